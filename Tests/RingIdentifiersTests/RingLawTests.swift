import Randomness
import RingIdentifiers
import Testing

/// Laws that hold for all 160-bit points, on edge points and seeded random ones.
@Suite struct RingLawTests {
  static let points = samplePoints("laws", count: 60)

  @Test func ringDistanceIsAMetric() {
    for a in Self.points {
      #expect(a.ringDistance(to: a) == .zero)
      for b in Self.points {
        let distance = a.ringDistance(to: b)
        if distance != b.ringDistance(to: a) { Issue.record("symmetry: \(a), \(b)") }
        if (distance == .zero) != (a == b) { Issue.record("identity: \(a), \(b)") }
        if UInt160.leadingMask(1) < distance { Issue.record("beyond half the ring: \(a), \(b)") }
      }
    }
  }

  @Test func theTriangleInequalityHolds() {
    for (index, a) in Self.points.enumerated() {
      for b in Self.points {
        let c = Self.points[(index * 31 + 17) % Self.points.count]
        // Both terms are at most 2^159, so the sum wraps (to zero) only when both are 2^159;
        // the true sum is then the whole ring and the inequality holds.
        let first = a.ringDistance(to: b)
        let second = b.ringDistance(to: c)
        let sum = first &+ second
        if sum < first { continue }
        if sum < a.ringDistance(to: c) { Issue.record("\(a), \(b), \(c)") }
      }
    }
  }

  @Test func clockwiseDistancesOfThereAndBackWrapToZero() {
    for a in Self.points {
      for b in Self.points {
        if a.clockwiseDistance(to: b) &+ b.clockwiseDistance(to: a) != .zero {
          Issue.record("\(a), \(b)")
        }
        if a &+ a.clockwiseDistance(to: b) != b { Issue.record("\(a) does not reach \(b)") }
      }
    }
  }

  @Test func theRingWraps() {
    let one = UInt160(1)
    #expect(UInt160.max &+ one == .zero)
    #expect(UInt160.zero &- one == .max)
    #expect(UInt160.max.clockwiseDistance(to: .zero) == one)
    #expect(UInt160.max.ringDistance(to: one) == UInt160(2))
    #expect(UInt160.zero.ringDistance(to: UInt160.leadingMask(1)) == UInt160.leadingMask(1))
  }

  @Test func rotationChangesNoDistanceAndNoDecision() {
    for (index, rotation) in Self.points.enumerated() {
      let key = Self.points[(index * 7 + 3) % Self.points.count]
      for (a, b) in zip(Self.points, Self.points.reversed()) {
        let distance = (a &+ rotation).ringDistance(to: b &+ rotation)
        if distance != a.ringDistance(to: b) { Issue.record("\(a), \(b) by \(rotation)") }
        let decision = (a &+ rotation).isCloser(than: b &+ rotation, to: key &+ rotation)
        if decision != a.isCloser(than: b, to: key) { Issue.record("\(a), \(b) at \(key)") }
      }
    }
  }

  @Test func closenessIsAStrictTotalOrder() {
    for key in Self.points.prefix(30) {
      for a in Self.points {
        for b in Self.points {
          let verdicts = [a == b, a.isCloser(than: b, to: key), b.isCloser(than: a, to: key)]
          if verdicts.filter({ $0 }).count != 1 { Issue.record("\(a), \(b) at \(key)") }
        }
      }
      let sorted = Set(Self.points).sorted { $0.isCloser(than: $1, to: key) }
      #expect(sorted.first == key.numericallyClosest(among: Self.points))
      for (near, far) in zip(sorted, sorted.dropFirst()) {
        if key.ringDistance(to: far) < key.ringDistance(to: near) { Issue.record("at \(key)") }
      }
    }
  }

  @Test func aTieOnTheLargeRingGoesToTheCounterclockwisePoint() {
    for (key, step) in samplePairs("ties", count: 200) where step.leadingZeroBitCount > 0 {
      let counterclockwise = key &- step
      let clockwise = key &+ step
      #expect(counterclockwise.isCloser(than: clockwise, to: key))
      #expect(!clockwise.isCloser(than: counterclockwise, to: key))
      #expect(key.numericallyClosest(among: [clockwise, counterclockwise]) == counterclockwise)
    }
  }

  @Test func searchInASortedListAgreesWithTheScan() throws {
    for size in [1, 2, 3, 17, 200] {
      var stream = RandomStream(StreamKey(seed: 3)["sorted"][size])
      let nodes = (0..<size).map { _ in UInt160.random(from: &stream) }.sorted()
      let keys = edgePoints + nodes + (0..<200).map { _ in UInt160.random(from: &stream) }
      for key in keys {
        let index = try #require(key.numericallyClosestIndex(inSorted: nodes))
        if nodes[index] != key.numericallyClosest(among: nodes) { Issue.record("key \(key)") }
      }
    }
  }

  /// Prefixes form an ultrametric: p(a, c) >= min(p(a, b), p(b, c)), so the two least are equal.
  @Test(arguments: digitBitsRange)
  func sharedPrefixesFormAnUltrametric(digitBits: Int) {
    let digitCount = UInt160.digitCount(digitBits: digitBits)
    for (a, b) in samplePairs("ultrametric", count: 300) {
      for c in [a ^ (b &+ UInt160(1)), (a & .leadingMask(50)) | (b & ~.leadingMask(50)), b] {
        let sides = [
          a.sharedPrefixLength(with: b, digitBits: digitBits),
          b.sharedPrefixLength(with: c, digitBits: digitBits),
          c.sharedPrefixLength(with: a, digitBits: digitBits),
        ].sorted()
        #expect(sides[0] == sides[1])
      }
      let shared = a.sharedPrefixLength(with: b, digitBits: digitBits)
      #expect(shared == b.sharedPrefixLength(with: a, digitBits: digitBits))
      #expect((shared == digitCount) == (a == b))
    }
  }
}
