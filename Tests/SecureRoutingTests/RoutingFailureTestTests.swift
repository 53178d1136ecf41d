import Randomness
import SecureRouting
import Testing

/// [Castro02], routing failure test, as recomputed from the F law; tolerance 3 % of each published
/// value or half a unit of its last digit.
@Suite struct RoutingFailureTestTests {
  @Test func publishedPointWithoutSuppression() {
    // c = .3, n = 256, k = 32, gamma = 1.72: alpha = beta = .0008.
    let test = RoutingFailureTest(rootGaps: 32, localGaps: 256, densityThreshold: 1.72)
    let alpha = test.falsePositiveRate(coalitionFraction: 0.3, suppression: .none)
    let beta = test.falseNegativeRate(coalitionFraction: 0.3, suppression: .none)
    #expect(abs(alpha - 0.00083) < 0.00001)
    #expect(abs(beta - 0.00072) < 0.00001)
  }

  @Test func publishedPointWithSuppression() {
    // c = .3, gamma = 1.23: alpha = .12 without and .77 with suppression, beta .001.
    let test = RoutingFailureTest(rootGaps: 32, localGaps: 256, densityThreshold: 1.23)
    #expect(
      abs(test.falsePositiveRate(coalitionFraction: 0.3, suppression: .none) - 0.12) < 0.005)
    #expect(
      abs(test.falsePositiveRate(coalitionFraction: 0.3, suppression: .rootSide) - 0.77) < 0.005)
    #expect(
      abs(test.falseNegativeRate(coalitionFraction: 0.3, suppression: .senderSide) - 0.001)
        < 0.0001)
  }

  @Test(arguments: [(16, 0.18, 1.79, 0.0052), (32, 0.25, 1.58, 0.0042)])
  func operatingPoints(rootGaps: Int, design: Double, gamma: Double, alpha: Double) {
    let chosen = RoutingFailureTest.threshold(
      rootGaps: rootGaps, localGaps: 256, designFraction: design, targetError: 0.001)
    #expect(abs(chosen - gamma) < 0.01)
    let test = RoutingFailureTest(
      rootGaps: rootGaps, localGaps: 256, densityThreshold: rootGaps == 16 ? 1.8 : 1.58)
    let rate = test.falsePositiveRate(coalitionFraction: 0, suppression: .none)
    #expect(abs(rate - alpha) < 0.0001)
  }

  @Test func theDecisionIsExactAtTheThreshold() {
    let test = RoutingFailureTest(rootGaps: 4, localGaps: 2, densityThreshold: 1.5)
    // mean 30 against 1.5 * 20.
    #expect(test.accepts(rootGapSum: 120, localGapSum: 40))
    #expect(!test.accepts(rootGapSum: 121, localGapSum: 40))
    // The largest sums do not overflow.
    #expect(!test.accepts(rootGapSum: .max, localGapSum: 1))
    #expect(test.accepts(rootGapSum: 1, localGapSum: .max))
  }

  @Test func measuredErrorRatesFollowTheLaw() {
    // Exponential gaps, 20,000 trials: rates within four standard errors of the law.
    let test = RoutingFailureTest(rootGaps: 8, localGaps: 32, densityThreshold: 1.4)
    var random = RandomStream(StreamKey(seed: 12)["gaps"])
    func sum(_ gaps: Int, density: Double) -> UInt64 {
      // The sum of n exponential gaps: the n-th of many uniform ids, drawn gap by gap as geometric
      // counts of empty cells of width 1 / 4096.
      var total: UInt64 = 0
      for _ in 0..<gaps {
        repeat { total += 1 } while random.unit() >= density / 64
      }
      return total
    }
    let trials = 4_000
    var rejected = 0
    var accepted = 0
    for _ in 0..<trials {
      let local = sum(32, density: 1)
      if !test.accepts(rootGapSum: sum(8, density: 1), localGapSum: local) { rejected += 1 }
      if test.accepts(rootGapSum: sum(8, density: 0.3), localGapSum: local) { accepted += 1 }
    }
    let alpha = test.falsePositiveRate(coalitionFraction: 0.3, suppression: .none)
    let beta = test.falseNegativeRate(coalitionFraction: 0.3, suppression: .none)
    for (count, rate) in [(rejected, alpha), (accepted, beta)] {
      let sigma = (rate * (1 - rate) / Double(trials)).squareRoot()
      #expect(abs(Double(count) / Double(trials) - rate) < 4 * sigma + 0.004)
    }
  }
}
