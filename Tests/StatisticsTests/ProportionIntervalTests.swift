import Statistics
import Testing

@Suite struct ProportionIntervalTests {
  /// Oracle values printed by statsmodels 0.15.0 (`proportion_confint`), six digits.
  @Test func oracleValues() {
    let wilson = wilsonInterval(successes: 99, trials: 100, confidence: 0.95)
    #expect(abs(wilson.low - 0.945514) < 5e-7)
    #expect(abs(wilson.high - 0.998233) < 5e-7)
    let exact = clopperPearsonInterval(successes: 99, trials: 100, confidence: 0.95)
    #expect(abs(exact.low - 0.945541) < 5e-7)
    #expect(abs(exact.high - 0.999747) < 5e-7)
    let none = wilsonInterval(successes: 0, trials: 100, confidence: 0.95)
    #expect(none.low == 0)
    #expect(abs(none.high - 0.036993) < 5e-7)
    let noneExact = clopperPearsonInterval(successes: 0, trials: 100, confidence: 0.95)
    #expect(noneExact.low == 0)
    #expect(abs(noneExact.high - 0.036217) < 5e-7)
  }

  @Test func zeroFailureBoundIsTheExactUpperEnd() {
    for trials in [1, 2, 30, 100, 4096, 1_000_000] {
      let exact = clopperPearsonInterval(successes: 0, trials: trials, confidence: 0.95)
      #expect(zeroFailureUpperBound(trials: trials, confidence: 0.95) == exact.high)
      let mirror = clopperPearsonInterval(successes: trials, trials: trials, confidence: 0.95)
      #expect(allSuccessesLowerBound(trials: trials, confidence: 0.95) == mirror.low)
      #expect(abs(mirror.low + exact.high - 1) < 1e-15)
    }
    let ruleOfThree = zeroFailureUpperBound(trials: 100, confidence: 0.95, error: .oneSided)
    #expect(abs(ruleOfThree - 0.029513) < 5e-7)
    #expect(
      abs(allSuccessesLowerBound(trials: 100, confidence: 0.95, error: .oneSided) - 0.970487)
        < 5e-7)
  }

  /// The ends of the exact interval solve the two binomial equations that define it.
  @Test func clopperPearsonInvertsTheBinomialTails() {
    for (successes, trials) in [(1, 2), (3, 40), (17, 40), (999, 1000), (500_000, 1_000_000)] {
      let interval = clopperPearsonInterval(
        successes: successes, trials: trials, confidence: 0.9)
      let atLow = BinomialDistribution(trials: trials, probability: interval.low)
      let atHigh = BinomialDistribution(trials: trials, probability: interval.high)
      #expect(abs(atLow.survival(successes - 1) / 0.05 - 1) < 1e-10)
      #expect(abs(atHigh.cdf(successes) / 0.05 - 1) < 1e-10)
    }
  }

  @Test func intervalsAreSymmetric() {
    for successes in 0...25 {
      let mirror = wilsonInterval(successes: 25 - successes, trials: 25, confidence: 0.99)
      let wilson = wilsonInterval(successes: successes, trials: 25, confidence: 0.99)
      #expect(abs(wilson.low + mirror.high - 1) < 1e-15)
      #expect(wilson.contains(Double(successes) / 25))
    }
  }

  /// Exact coverage at every true proportion of a grid, by summing the binomial masses of the
  /// outcomes whose interval contains it.
  @Test(arguments: [5, 10, 50, 200])
  func coverageByEnumeration(trials: Int) {
    let confidence = 0.95
    let wilson = (0...trials).map {
      wilsonInterval(successes: $0, trials: trials, confidence: confidence)
    }
    let exact = (0...trials).map {
      clopperPearsonInterval(successes: $0, trials: trials, confidence: confidence)
    }
    var wilsonMean = 0.0
    var wilsonLeast = 1.0
    var exactLeast = 1.0
    var exactMean = 0.0
    let steps = 1000
    for step in 0..<steps {
      let p = (Double(step) + 0.5) / Double(steps)
      let law = BinomialDistribution(trials: trials, probability: p)
      var wilsonCoverage = 0.0
      var exactCoverage = 0.0
      for successes in 0...trials {
        let mass = law.mass(successes)
        if wilson[successes].contains(p) { wilsonCoverage += mass }
        if exact[successes].contains(p) { exactCoverage += mass }
      }
      wilsonMean += wilsonCoverage / Double(steps)
      exactMean += exactCoverage / Double(steps)
      wilsonLeast = min(wilsonLeast, wilsonCoverage)
      exactLeast = min(exactLeast, exactCoverage)
    }
    #expect(exactLeast >= confidence)
    #expect(abs(wilsonMean - confidence) < 0.01)
    #expect(wilsonLeast < confidence, "Wilson guarantees no coverage; the checker must see that")
    #expect(exactMean > wilsonMean)
  }

  @Test func programmerErrorsTrap() async {
    await #expect(processExitsWith: .failure) {
      _ = wilsonInterval(successes: 3, trials: 2, confidence: 0.95)
    }
    await #expect(processExitsWith: .failure) {
      _ = clopperPearsonInterval(successes: 0, trials: 0, confidence: 0.95)
    }
    await #expect(processExitsWith: .failure) {
      _ = wilsonInterval(successes: 1, trials: 2, confidence: 1)
    }
    await #expect(processExitsWith: .failure) { _ = Interval(low: 1, high: 0) }
    await #expect(processExitsWith: .failure) { _ = Interval(low: .nan, high: 0) }
  }
}
