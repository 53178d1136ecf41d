import SecureRouting
import Statistics
import Testing

/// [Castro02], routing failure test: every published or recomputed row, within 10 % relative.
@Suite struct Castro02FailureTestTests {
  /// n, c, the minimum error at k = 32 without suppression.
  @Test(arguments: [
    (32, 0.2, 7.8e-4), (32, 0.3, 8.6e-3), (64, 0.2, 1.3e-4), (64, 0.3, 3.0e-3),
    (128, 0.2, 3.2e-5), (128, 0.3, 1.3e-3), (256, 0.2, 1.3e-5), (256, 0.3, 7.6e-4),
  ])
  func minimumErrorWithoutSuppression(n: Int, c: Double, error: Double) {
    let best = RoutingFailureTest.balancedThreshold(
      rootGaps: 32, localGaps: n, coalitionFraction: c, hiding: [])
    #expect(abs(best.error / error - 1) < 0.1)
  }

  @Test func thePublishedMinimumIsAtThePublishedThreshold() {
    // gamma 1.72, alpha = beta = .0008; the exact optimum is 1.73 with .00076.
    let best = RoutingFailureTest.balancedThreshold(
      rootGaps: 32, localGaps: 256, coalitionFraction: 0.3, hiding: [])
    #expect(abs(best.densityThreshold - 1.73) < 0.01)
    #expect(abs(best.error / 0.0008 - 1) < 0.1)
  }

  /// c, the minimum error at n = 256, k = 32 with suppression: above .001 once c > .2.
  @Test(arguments: [(0.15, 2e-5), (0.2, 0.00109), (0.25, 0.016), (0.3, 0.097)])
  func minimumErrorWithSuppression(c: Double, error: Double) {
    let best = RoutingFailureTest.balancedThreshold(
      rootGaps: 32, localGaps: 256, coalitionFraction: c, hiding: .both)
    #expect(abs(best.error / error - 1) < 0.1)
  }

  /// What more samples at the root buy: k = n = 256.
  @Test(arguments: [(0.25, 2.4e-6), (0.3, 2.8e-3)])
  func minimumErrorOfALargeTest(c: Double, error: Double) {
    let best = RoutingFailureTest.balancedThreshold(
      rootGaps: 256, localGaps: 256, coalitionFraction: c, hiding: .both)
    #expect(abs(best.error / error - 1) < 0.1)
  }

  /// k, c, gamma that keeps beta at .001 with n = 256.
  @Test(arguments: [
    (16, 0.10, 3.54), (16, 0.15, 2.23), (16, 0.18, 1.79), (16, 0.20, 1.58), (16, 0.25, 1.18),
    (16, 0.30, 0.92), (32, 0.10, 4.75), (32, 0.15, 2.99), (32, 0.18, 2.40), (32, 0.20, 2.11),
    (32, 0.25, 1.58), (32, 0.30, 1.23),
  ])
  func designThresholds(k: Int, c: Double, gamma: Double) {
    let chosen = RoutingFailureTest.threshold(
      rootGaps: k, localGaps: 256, designFraction: c, targetError: 0.001)
    #expect(abs(chosen - gamma) <= 0.006)
  }

  @Test(arguments: [
    (HidingSides(), 1.0), (.root, 0.5), (.sender, 0.5), (.both, 0.381966),
  ])
  func separableCoalitions(sides: HidingSides, limit: Double) {
    let bound = RoutingFailureTest.largestSeparableCoalition(hiding: sides)
    #expect(abs(bound - limit) < 1e-6)
    // Just below, a very large test errs less than a small one by far; just above, it errs more
    // than half of the time on one side.
    guard limit < 1 else { return }
    func error(_ c: Double, samples: Int) -> Double {
      RoutingFailureTest.balancedThreshold(
        rootGaps: samples, localGaps: samples, coalitionFraction: c, hiding: sides
      ).error
    }
    #expect(error(bound - 0.02, samples: 20_000) < 1e-3)
    #expect(error(bound + 0.02, samples: 20_000) > 0.999)
  }

  @Test func theBestResponseIsTheWorstState() {
    let test = RoutingFailureTest(rootGaps: 32, localGaps: 256, densityThreshold: 1.58)
    let alphas = DensitySuppression.allCases.map {
      test.falsePositiveRate(coalitionFraction: 0.25, suppression: $0)
    }
    let betas = DensitySuppression.allCases.map {
      test.falseNegativeRate(coalitionFraction: 0.25, suppression: $0)
    }
    #expect(test.worstFalsePositiveRate(coalitionFraction: 0.25, hiding: .both) == alphas.max())
    #expect(test.worstFalseNegativeRate(coalitionFraction: 0.25, hiding: .both) == betas.max())
    #expect(test.worstFalsePositiveRate(coalitionFraction: 0.25, hiding: .sender) == alphas[0])
    #expect(test.worstFalseNegativeRate(coalitionFraction: 0.25, hiding: .root) == betas[0])
  }

  /// Exponential gaps through the integer test: rates within their Wilson intervals of the F law.
  @Test(arguments: [
    (DensitySuppression.none, 1.23), (.rootSide, 1.23), (.senderSide, 1.23), (.senderSide, 2.2),
  ])
  func measuredRatesFollowTheLaw(suppression: DensitySuppression, gamma: Double) {
    let c = 0.3
    let test = RoutingFailureTest(rootGaps: 32, localGaps: 256, densityThreshold: gamma)
    var gaps = ExponentialGaps("rates \(suppression) \(gamma)")
    let senderDensity = suppression == .senderSide ? 1 - c : 1
    let rootDensity = suppression == .rootSide ? 1 - c : 1
    let trials = 5_000
    var (refused, forged) = (0, 0)
    for _ in 0..<trials {
      let local = gaps.sum(256, density: senderDensity)
      if !test.accepts(rootGapSum: gaps.sum(32, density: rootDensity), localGapSum: local) {
        refused += 1
      }
      if test.accepts(rootGapSum: gaps.sum(32, density: c), localGapSum: local) { forged += 1 }
    }
    let alpha = wilsonInterval(successes: refused, trials: trials, confidence: 0.999)
    let beta = wilsonInterval(successes: forged, trials: trials, confidence: 0.999)
    let expected = (
      test.falsePositiveRate(coalitionFraction: c, suppression: suppression),
      test.falseNegativeRate(coalitionFraction: c, suppression: suppression)
    )
    #expect(alpha.contains(expected.0), "alpha \(expected.0) outside \(alpha)")
    #expect(beta.contains(expected.1), "beta \(expected.1) outside \(beta)")
  }
}

/// gamma from what audits say about c.
@Suite struct CoalitionBoundTests {
  @Test func theBoundIsExact() {
    // No fault among 30: 1 - .05^(1/30), the rule of three.
    let none = CoalitionBound(faulty: 0, audited: 30, confidence: 0.95)
    #expect(abs(none.coalitionFraction - 0.0950) < 0.0001)
    #expect(CoalitionBound(faulty: 5, audited: 5, confidence: 0.95).coalitionFraction == 1)
    // P(X <= 20 | bound) = 1 - confidence defines it.
    let some = CoalitionBound(faulty: 20, audited: 100, confidence: 0.99)
    let law = BinomialDistribution(trials: 100, probability: some.coalitionFraction)
    #expect(abs(law.cdf(20) - 0.01) < 1e-9)
  }

  @Test func allFaultyGivesNoThreshold() {
    let bound = CoalitionBound(faulty: 4, audited: 4, confidence: 0.9)
    #expect(
      RoutingFailureTest.threshold(
        rootGaps: 32, localGaps: 256, bound: bound, targetError: 0.001) == nil)
  }

  /// The exact probability that a forged set passes, over all outcomes of the audits.
  @Test(arguments: [0.05, 0.15, 0.25])
  func betaIsKeptOverRepeatedAudits(c: Double) throws {
    let audited = 60
    let law = BinomialDistribution(trials: audited, probability: c)
    var accepted = 0.0
    for faulty in 0...audited where law.mass(faulty) > 1e-12 {
      let bound = CoalitionBound(faulty: faulty, audited: audited, confidence: 0.999)
      let gamma = try #require(
        RoutingFailureTest.threshold(
          rootGaps: 32, localGaps: 256, bound: bound, targetError: 0.001))
      let test = RoutingFailureTest(
        rootGaps: 32, localGaps: 256, densityThreshold: min(gamma, 4096))
      accepted +=
        law.mass(faulty) * test.worstFalseNegativeRate(coalitionFraction: c, hiding: .sender)
    }
    #expect(accepted <= 0.002)
    // Taking the observed fraction for c instead would not keep it.
    #expect(accepted < 0.001)
  }
}
