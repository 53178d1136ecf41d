import SecureRouting
import Statistics
import Testing

/// [Castro02], checked iterative routing: the one-sample test.
@Suite struct HopTestTests {
  @Test(arguments: [(HidingSides(), 0.302), (.sender, 0.357)])
  func publishedMinimumErrors(sides: HidingSides, error: Double) {
    let best = HopTest.balancedThreshold(localGaps: 256, coalitionFraction: 0.3, hiding: sides)
    #expect(abs(best.error - error) < 0.002)
  }

  @Test func manyLocalGapsGiveTheExponentialLaw() {
    let test = HopTest(localGaps: 1 << 20, hopThreshold: 1)
    let alpha = test.falsePositiveRate(coalitionFraction: 0.3, suppression: .none)
    let beta = test.falseNegativeRate(coalitionFraction: 0.3, suppression: .none)
    let hidden = test.falseNegativeRate(coalitionFraction: 0.3, suppression: .senderSide)
    #expect(abs(alpha - 0.367879) < 1e-5)
    #expect(abs(beta - 0.259182) < 1e-5)
    #expect(abs(hidden - 0.348561) < 1e-5)
  }

  @Test func theDecisionIsExactAtTheThreshold() {
    // Mean gap 100, mean honest distance 50, threshold 75.
    let test = HopTest(localGaps: 2, hopThreshold: 1.5)
    #expect(test.accepts(distance: 75, localGapSum: 200))
    #expect(!test.accepts(distance: 76, localGapSum: 200))
    #expect(!test.accepts(distance: .max, localGapSum: 200))
  }

  @Test func measuredRatesFollowTheLaw() {
    let (c, n, trials) = (0.3, 64, 10_000)
    let test = HopTest(localGaps: n, hopThreshold: 1.03)
    var gaps = ExponentialGaps("hops")
    // The closest of two sides: the smaller of two exponential distances.
    func distance(density: Double) -> UInt64 {
      min(gaps.gap(density: density), gaps.gap(density: density))
    }
    var (refused, forged) = (0, 0)
    for _ in 0..<trials {
      let local = gaps.sum(n)
      if !test.accepts(distance: distance(density: 1), localGapSum: local) { refused += 1 }
      if test.accepts(distance: distance(density: c), localGapSum: local) { forged += 1 }
    }
    let alpha = wilsonInterval(successes: refused, trials: trials, confidence: 0.999)
    let beta = wilsonInterval(successes: forged, trials: trials, confidence: 0.999)
    #expect(alpha.contains(test.falsePositiveRate(coalitionFraction: c, suppression: .none)))
    #expect(beta.contains(test.falseNegativeRate(coalitionFraction: c, suppression: .none)))
  }
}
