import Randomness
import RingIdentifiers
import SecureRouting
import Statistics
import Testing

/// Verdicts on claimed root sets.
@Suite struct RootSetTests {
  /// l = 4 on the 8-bit ring: five distances, at most twice the mean local gap of 10.
  let check = RootSetCheck(leafSetSize: 4, localGaps: 4, densityThreshold: 2)

  func verdict(_ claimed: [UInt8]?, key: UInt8 = 100, unconfirmed: Int = 0) -> RootSetVerdict {
    check.verdict(
      on: claimed, key: key, localGapSum: 40 << 56, unconfirmed: unconfirmed)
  }

  @Test func aGoodSetIsAccepted() {
    #expect(verdict([80, 90, 101, 110, 120]) == .accepted)
    // Across the end of the ring.
    #expect(verdict([236, 250, 4, 10, 20], key: 2) == .accepted)
    // Exactly at the threshold: five distances of 20.
    #expect(verdict([50, 70, 100, 130, 150]) == .accepted)
  }

  @Test(
    arguments: [
      (nil, RootSetRefusal.timeout), ([], .malformed),
      ([90, 101, 110, 120], .malformed), ([70, 80, 90, 101, 110, 120], .malformed),
      ([80, 90, 101, 110, 110], .malformed), ([80, 101, 90, 110, 120], .malformed),
      ([120, 110, 101, 90, 80], .malformed), ([101, 110, 80, 90, 100], .notClosest),
      ([80, 90, 95, 101, 120], .notClosest), ([101, 105, 110, 115, 120], .notClosest),
      ([50, 70, 100, 130, 151], .tooSparse),
    ] as [([UInt8]?, RootSetRefusal)])
  func refusals(claimed: [UInt8]?, reason: RootSetRefusal) {
    #expect(verdict(claimed) == .refused(reason))
  }

  @Test func unconfirmedNodesRefuseADenseSet() {
    #expect(verdict([80, 90, 101, 110, 120], unconfirmed: 1) == .refused(.unconfirmed))
    // The first reason wins.
    #expect(verdict([50, 70, 100, 130, 151], unconfirmed: 1) == .refused(.tooSparse))
  }

  /// Every list of three ids of a small sample and every key against a plain definition.
  @Test func shapesAgreeWithTheDefinition() {
    let check = RootSetCheck(leafSetSize: 2, localGaps: 1, densityThreshold: 1)
    let ids: [UInt8] = [0, 1, 60, 127, 128, 200, 255]
    for a in ids {
      for b in ids {
        for c in ids {
          // In ring order: rotating the list so that its first id is 0 sorts it.
          let (x, y) = (b &- a, c &- a)
          let isOrdered = x > 0 && y > x
          for key in UInt8.min...UInt8.max {
            let isClosest = key.numericallyClosest(among: [a, b, c]) == b
            let expected: RootSetRefusal? =
              !isOrdered ? .malformed : isClosest ? nil : .notClosest
            #expect(check.shapeRefusal(of: [a, b, c], key: key) == expected)
          }
        }
      }
    }
  }

  /// The true neighbour set of every key passes; leaving out the root does not.
  @Test func trueNeighbourSetsOfTheFullRing() throws {
    var random = RandomStream(StreamKey(seed: 3)["ids"])
    let ids = (0..<200).map { _ in UInt160.random(from: &random) }.sorted()
    let check = RootSetCheck(leafSetSize: 16, localGaps: 64, densityThreshold: 4)
    let local = ringSpan(from: ids[0], to: ids[64])
    for _ in 0..<40 {
      let key = UInt160.random(from: &random)
      let root = try #require(key.numericallyClosestIndex(inSorted: ids))
      func window(_ middle: Int, without omitted: Int?) -> [UInt160] {
        let all = (0..<19).map { (middle + $0 - 9 + 200) % 200 }.filter { $0 != omitted }
        let start = all.count == 19 ? 1 : 0
        return all[start..<(start + 17)].map { ids[$0] }
      }
      #expect(
        check.verdict(
          on: window(root, without: nil), key: key, localGapSum: local, unconfirmed: 0)
          == .accepted)
      #expect(check.shapeRefusal(of: window(root + 1, without: nil), key: key) == .notClosest)
    }
  }

  /// The set around a random key spans l + 1 mean gaps, not l: measured against both laws.
  @Test func theGapThatHoldsTheKeyCountsTwice() {
    let (l, trials) = (16, 8_000)
    let check = RootSetCheck(leafSetSize: l, localGaps: 64, densityThreshold: 1.4)
    var gaps = ExponentialGaps("key gap")
    var refused = 0
    for _ in 0..<trials {
      // Nodes on both sides of the key by their distance; the root is the closest of all.
      var sides: [[UInt64]] = [[], []]
      for side in 0...1 {
        var distance: UInt64 = 0
        for _ in 0...l / 2 {
          distance += gaps.gap()
          sides[side].append(distance)
        }
      }
      // l / 2 on either side of the root, which itself lies on one side of the key.
      let rootSide = sides[0][0] < sides[1][0] ? 0 : 1
      let span = sides[rootSide][l / 2] + sides[1 - rootSide][l / 2 - 1]
      if !check.failureTest.accepts(rootGapSum: span, localGapSum: gaps.sum(64)) { refused += 1 }
    }
    let measured = wilsonInterval(successes: refused, trials: trials, confidence: 0.999)
    let law = FDistribution(Double(2 * (l + 1)), 128)
    #expect(measured.contains(law.survival(1.4)))
    // Dividing the same spans by l would refuse as if gamma were smaller.
    #expect(!measured.contains(law.survival(1.4 * Double(l) / Double(l + 1))))
  }

  @Test func spansAreLeadingBits() {
    #expect(ringSpan(from: UInt8(250), to: 4) == 10 << 56)
    #expect(ringSpan(from: UInt16(1), to: 0) == 0xffff << 48)
    let top = UInt160.leadingMask(64)
    #expect(ringSpan(from: .zero, to: top) == .max)
    #expect(ringSpan(from: UInt160.zero, to: ~top) == 0)
  }
}
