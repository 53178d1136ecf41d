import Testing

@testable import RingIdentifiers

/// Digits, prefixes and constrained points of 160-bit identifiers.
@Suite struct DigitTests {
  /// (b, digits, width of the last digit); 160 = b * (digits - 1) + last width.
  @Test(arguments: [
    (1, 160, 1), (2, 80, 2), (3, 54, 1), (4, 40, 4), (5, 32, 5), (6, 27, 4), (7, 23, 6), (8, 20, 8),
  ])
  func aRemainderMakesTheLastDigitNarrower(digitBits: Int, digits: Int, lastWidth: Int) {
    #expect(UInt160.digitCount(digitBits: digitBits) == digits)
    #expect(UInt160.digitWidth(at: 0, digitBits: digitBits) == digitBits)
    #expect(UInt160.digitWidth(at: digits - 1, digitBits: digitBits) == lastWidth)
  }

  @Test(arguments: digitBitsRange)
  func wholeDigitsAreThoseOfADivision(digitBits: Int) {
    for bits in 0..<256 {
      #expect(UInt160.wholeDigits(in: bits, digitBits: digitBits) == bits / digitBits)
    }
  }

  @Test(arguments: digitBitsRange)
  func digitsAndPrefixesAgreeWithTheBits(digitBits: Int) {
    for (a, b) in samplePairs("digits", count: 150) {
      let aDigits = Oracle.digits(a, digitBits: digitBits)
      let bDigits = Oracle.digits(b, digitBits: digitBits)
      #expect(aDigits == aDigits.indices.map { a.digit(at: $0, digitBits: digitBits) })
      #expect(
        a.sharedPrefixLength(with: b, digitBits: digitBits)
          == zip(aDigits, bDigits).prefix { $0 == $1 }.count)
    }
  }

  /// The worked example of the paper: node 26AE9, slot (2, 5), point 265E9.
  @Test func thePapersExampleOfAConstrainedPoint() throws {
    let tail = "0123456789abcdef0123456789abcdef012"
    let node = try NodeId(hex: "26ae9" + tail)
    let expected = try Key(hex: "265e9" + tail)
    #expect(node.constrainedPoint(row: 2, column: 5, digitBits: 4) == expected)
    let range = node.value.slotRange(row: 2, column: 5, digitBits: 4)
    #expect(range.lowerBound == (try Key(hex: "265" + String(repeating: "0", count: 37))).value)
    #expect(range.upperBound == (try Key(hex: "265" + String(repeating: "f", count: 37))).value)
  }

  @Test(arguments: digitBitsRange)
  func constrainedPointsReplaceOneDigit(digitBits: Int) {
    for (node, noise) in samplePairs("constrained", count: 40) {
      for row in 0..<UInt160.digitCount(digitBits: digitBits) {
        let width = UInt160.digitWidth(at: row, digitBits: digitBits)
        let column = noise.digit(at: row, digitBits: digitBits)
        #expect(column < 1 << width)
        let point = node.constrainedPoint(row: row, column: column, digitBits: digitBits)
        var expected = Oracle.digits(node, digitBits: digitBits)
        expected[row] = column
        if Oracle.digits(point, digitBits: digitBits) != expected {
          Issue.record("p(\(row), \(column)) of \(node), b = \(digitBits)")
        }
        let range = node.slotRange(row: row, column: column, digitBits: digitBits)
        let size = range.lowerBound.clockwiseDistance(to: range.upperBound)
        if !range.contains(point) || size != ~UInt160.leadingMask(row * digitBits + width) {
          Issue.record("slot (\(row), \(column)) of \(node), b = \(digitBits)")
        }
      }
    }
  }

  @Test func theOwnColumnGivesTheNodeItself() {
    for node in samplePoints("own", count: 10) {
      for row in 0..<40 {
        let column = node.digit(at: row, digitBits: 4)
        #expect(node.constrainedPoint(row: row, column: column, digitBits: 4) == node)
      }
    }
  }

  @Test func digitsOutsideTheRangeAreProgrammerErrors() async {
    await #expect(processExitsWith: .failure) {
      _ = UInt160.digitCount(digitBits: 0)
    }
    await #expect(processExitsWith: .failure) {
      _ = UInt160.digitCount(digitBits: 9)
    }
    await #expect(processExitsWith: .failure) {
      _ = UInt160.max.digit(at: 40, digitBits: 4)
    }
    await #expect(processExitsWith: .failure) {
      _ = UInt160.max.digit(at: -1, digitBits: 4)
    }
    await #expect(processExitsWith: .failure) {
      _ = UInt160.max.constrainedPoint(row: 0, column: 16, digitBits: 4)
    }
    // The last digit for b = 3 has one bit: column 2 does not exist there.
    await #expect(processExitsWith: .failure) {
      _ = UInt160.max.constrainedPoint(row: 53, column: 2, digitBits: 3)
    }
  }
}
