import RingIdentifiers
import Testing

/// Every pair, and where it matters every triple, of points on the 8-bit ring.
@Suite struct SmallRingTests {
  static let ring = UInt8.min...UInt8.max

  @Test func distancesAreTheStepsCountedByWalking() {
    for a in Self.ring {
      for b in Self.ring {
        let clockwise = Oracle.steps(from: a, to: b, by: 1)
        let counterclockwise = (256 - clockwise) % 256
        let isRight =
          Int(a.clockwiseDistance(to: b)) == clockwise
          && Int(a.ringDistance(to: b)) == min(clockwise, counterclockwise)
        if !isRight { Issue.record("distances from \(a) to \(b)") }
      }
    }
  }

  @Test func walkingBothWaysGoesOnceRound() {
    for b in Self.ring where b != 77 {
      let sum = Oracle.steps(from: 77, to: b, by: 1) + Oracle.steps(from: 77, to: b, by: -1)
      #expect(sum == 256)
    }
  }

  @Test func closenessIsTheStrictTotalOrderOfWalkingOutwards() {
    for key in Self.ring {
      let order = Oracle.byCloseness(to: key)
      #expect(Set(order).count == 256)
      for (rank, point) in order.enumerated() {
        if point.isCloser(than: point, to: key) { Issue.record("\(point) beats itself at \(key)") }
        guard rank > 0 else { continue }
        let before = order[rank - 1]
        if !before.isCloser(than: point, to: key) || point.isCloser(than: before, to: key) {
          Issue.record("\(before) must be closer to \(key) than \(point)")
        }
      }
    }
  }

  @Test(arguments: [UInt8](arrayLiteral: 0, 1, 100, 127, 128, 129, 254, 255))
  func closenessDecidesEveryPairByRank(key: UInt8) {
    var rank = [Int](repeating: 0, count: 256)
    for (index, point) in Oracle.byCloseness(to: key).enumerated() { rank[Int(point)] = index }
    for a in Self.ring {
      for b in Self.ring where a.isCloser(than: b, to: key) != (rank[Int(a)] < rank[Int(b)]) {
        Issue.record("\(a) against \(b) at \(key)")
      }
    }
  }

  @Test func closenessIsInvariantUnderRotation() {
    for rotation in Self.ring {
      for a in Self.ring {
        let b = a &* 37 &+ 11
        let rotated = (a &+ rotation).isCloser(than: b &+ rotation, to: 5 &+ rotation)
        if rotated != a.isCloser(than: b, to: 5) {
          Issue.record("\(a) against \(b) rotated by \(rotation)")
        }
      }
    }
  }

  @Test func aTieGoesToTheCounterclockwisePoint() {
    #expect(UInt8(90).isCloser(than: 110, to: 100))
    #expect(!UInt8(110).isCloser(than: 90, to: 100))
    // Across the wrap: 250 is counterclockwise of 0, and closer, though the larger number.
    #expect(UInt8(250).isCloser(than: 6, to: 0))
    #expect(!UInt8(6).isCloser(than: 250, to: 0))
    #expect(UInt8(0).numericallyClosest(among: [6, 250]) == 250)
  }

  /// All node sets of one and two points, and all sets inside one window of eight points that
  /// wraps, for all keys.
  @Test func theClosestOfASetIsTheFirstMetWalkingOutwards() {
    var sets: [[UInt8]] = Self.ring.map { [$0] }
    for a in stride(from: UInt8(0), through: 255, by: 5) {
      for b in Self.ring where a < b { sets.append([a, b]) }
    }
    let window: [UInt8] = [0, 1, 2, 128, 130, 253, 254, 255]
    for choice in 1..<256 {
      sets.append(window.indices.filter { choice >> $0 & 1 == 1 }.map { window[$0] })
    }
    let keys = stride(from: UInt8(0), through: 255, by: 3)
    let orders = keys.map { Oracle.byCloseness(to: $0) }
    for set in sets {
      var isMember = [Bool](repeating: false, count: 256)
      for point in set { isMember[Int(point)] = true }
      for order in orders {
        let key = order[0]
        let expected = order.first { isMember[Int($0)] }
        let index = key.numericallyClosestIndex(inSorted: set)
        if key.numericallyClosest(among: set.reversed()) != expected
          || index.map({ set[$0] }) != expected
        {
          Issue.record("closest to \(key) in \(set) is \(String(describing: expected))")
        }
      }
    }
  }

  @Test func anEmptySetHasNoClosestPoint() {
    #expect(UInt8(3).numericallyClosest(among: []) == nil)
    #expect(UInt8(3).numericallyClosestIndex(inSorted: []) == nil)
    let slice: ArraySlice<UInt8> = [9, 10, 20][1...]
    #expect(UInt8(11).numericallyClosestIndex(inSorted: slice) == 1)
  }

  @Test(arguments: digitBitsRange)
  func digitsAreCutFromTheBits(digitBits: Int) {
    let count = (8 + digitBits - 1) / digitBits
    #expect(UInt8.digitCount(digitBits: digitBits) == count)
    for point in Self.ring {
      let digits = (0..<count).map { point.digit(at: $0, digitBits: digitBits) }
      if digits != Oracle.digits(point, digitBits: digitBits) {
        Issue.record("digits of \(point): \(digits)")
      }
    }
  }

  @Test(arguments: digitBitsRange)
  func sharedPrefixLengthCountsEqualLeadingDigits(digitBits: Int) {
    let digits = Self.ring.map { Oracle.digits($0, digitBits: digitBits) }
    for a in Self.ring {
      for b in Self.ring {
        let expected = zip(digits[Int(a)], digits[Int(b)]).prefix { $0 == $1 }.count
        if a.sharedPrefixLength(with: b, digitBits: digitBits) != expected {
          Issue.record("prefix of \(a) and \(b) is \(expected)")
        }
      }
    }
  }

  @Test(arguments: digitBitsRange)
  func everyPointLiesInExactlyItsOwnSlot(digitBits: Int) {
    let spelled = Self.ring.map { Oracle.digits($0, digitBits: digitBits) }
    for node: UInt8 in [0, 0x35, 0x7f, 0xc6, 0xff] {
      for row in 0..<UInt8.digitCount(digitBits: digitBits) {
        let width = UInt8.digitWidth(at: row, digitBits: digitBits)
        for column in 0..<(1 << width) {
          let range = node.slotRange(row: row, column: column, digitBits: digitBits)
          let point = node.constrainedPoint(row: row, column: column, digitBits: digitBits)
          var expected = spelled[Int(node)]
          expected[row] = column
          if spelled[Int(point)] != expected {
            Issue.record("p(\(row), \(column)) of \(node) is \(point)")
          }
          for other in Self.ring {
            let isInSlot = spelled[Int(other)][...row] == expected[...row]
            if range.contains(other) != isInSlot {
              Issue.record("\(other) in slot (\(row), \(column)) of \(node)")
            }
          }
        }
      }
    }
  }
}

/// The 16-bit ring shares the code; its uneven digits are checked at every point.
@Suite struct SixteenBitRingTests {
  @Test(arguments: [3, 5, 6, 7])
  func theLastDigitIsTheNarrowerRemainder(digitBits: Int) {
    let count = UInt16.digitCount(digitBits: digitBits)
    #expect(UInt16.digitWidth(at: count - 1, digitBits: digitBits) == 16 % digitBits)
    for point in UInt16.min...UInt16.max {
      var rebuilt: UInt16 = 0
      for row in 0..<count {
        let width = UInt16.digitWidth(at: row, digitBits: digitBits)
        rebuilt = rebuilt << UInt16(width) | UInt16(point.digit(at: row, digitBits: digitBits))
      }
      if rebuilt != point { Issue.record("\(point) rebuilt from its digits is \(rebuilt)") }
    }
  }

  @Test func halfTheRingIsTheLargestDistance() {
    #expect(UInt16(0).ringDistance(to: 0x8000) == 0x8000)
    #expect(UInt16(0x8001).ringDistance(to: 0) == 0x7fff)
    #expect(UInt16(0xffff).ringDistance(to: 0) == 1)
  }
}
