import SecureRouting
import Statistics
import Testing

/// Both errors of the sequential test, by simulation of exponential gaps.
@Suite struct SequentialDensityTestTests {
  struct Outcome {
    var errors: Int
    var samples: Int
    var trials: Int
    var rate: Interval { wilsonInterval(successes: errors, trials: trials, confidence: 0.999) }
    var meanSamples: Double { Double(samples) / Double(trials) }
  }

  /// Runs `trials` tests over gaps of one density and counts the wrong decisions.
  static func simulate(
    _ test: SequentialDensityTest, _ name: String, senderDensity: Double, rootDensity: Double,
    wrong: SequentialDensityTest.Decision, trials: Int
  ) -> Outcome {
    var gaps = ExponentialGaps(name)
    var outcome = Outcome(errors: 0, samples: 0, trials: trials)
    for _ in 0..<trials {
      let local = gaps.sum(test.localGaps, density: senderDensity)
      let (decision, samples) = test.run(localGapSum: local) { _ in gaps.gap(density: rootDensity) }
      if decision == wrong { outcome.errors += 1 }
      outcome.samples += samples
    }
    return outcome
  }

  static func test(_ c: Double, n: Int = 256, kmax: Int = 256, alpha: Double, beta: Double) throws
    -> SequentialDensityTest
  {
    try #require(
      SequentialDensityTest(
        localGaps: n, maximumSamples: kmax, designFraction: c, falseAlarm: alpha, forgery: beta))
  }

  /// Few local gaps, so that an estimated mean in the place of the true one would show.
  @Test func bothErrorsHoldWithFewLocalGaps() throws {
    let (c, target) = (0.2, 0.02)
    let test = try Self.test(c, n: 12, kmax: 64, alpha: target, beta: target)
    let honest = Self.simulate(
      test, "honest", senderDensity: 1, rootDensity: 1 - c, wrong: .refuse, trials: 4_000)
    let forged = Self.simulate(
      test, "forged", senderDensity: 1 - c, rootDensity: c, wrong: .accept, trials: 4_000)
    #expect(honest.rate.low <= test.falseAlarmBound)
    #expect(forged.rate.low <= target)
    // With enough of them the bound is the target.
    #expect(try Self.test(c, alpha: target, beta: target).falseAlarmBound < 1.01 * target)
    // And they are used, not wasted: within an order of magnitude of the target.
    #expect(honest.rate.high > target / 10)
    #expect(forged.rate.high > target / 10)
  }

  /// The plug-in test, which takes the estimated mean for the true one, exceeds its error here.
  @Test func theErrorsOfAPlugInTestWouldNotHold() throws {
    let (c, target, n) = (0.2, 0.02, 12)
    // Simple hypotheses with the mean known: n so large that the estimate is exact.
    let plugIn = try Self.test(c, n: 1 << 20, kmax: 64, alpha: target, beta: target)
    var gaps = ExponentialGaps("plug-in")
    let trials = 4_000
    var errors = 0
    for _ in 0..<trials {
      let mean = gaps.sum(n, density: 1 - c) / UInt64(n)
      let result = plugIn.run(localGapSum: mean << 20) { _ in gaps.gap(density: c) }
      if result.decision == .accept { errors += 1 }
    }
    let rate = wilsonInterval(successes: errors, trials: trials, confidence: 0.999)
    #expect(rate.low > target)
  }

  /// c = .25 with suppression on both sides: errors .001 from some thirty gaps, where the fixed
  /// test with k = 32 has a minimum error of .016.
  @Test func sequentialSamplingBeatsTheFixedTest() throws {
    let c = 0.25
    let test = try Self.test(c, alpha: 0.001, beta: 0.001)
    let honest = Self.simulate(
      test, "honest 25", senderDensity: 1, rootDensity: 1 - c, wrong: .refuse, trials: 3_000)
    let forged = Self.simulate(
      test, "forged 25", senderDensity: 1 - c, rootDensity: c, wrong: .accept, trials: 3_000)
    #expect(test.falseAlarmBound < 0.002)
    #expect(honest.rate.low <= test.falseAlarmBound)
    #expect(forged.rate.low <= 0.001)
    let quiet = Self.simulate(
      test, "quiet 25", senderDensity: 1, rootDensity: 1, wrong: .refuse, trials: 3_000)
    #expect(quiet.meanSamples < honest.meanSamples)
    // About 34, 21 and 21 gaps.
    #expect(honest.meanSamples < 40)
    #expect(forged.meanSamples < 25)
  }

  @Test(arguments: [0.1, 0.2, 0.3])
  func smallerCoalitionsErrLess(c: Double) throws {
    let test = try Self.test(0.3, n: 128, kmax: 128, alpha: 0.02, beta: 0.02)
    let forged = Self.simulate(
      test, "smaller \(c)", senderDensity: 1 - c, rootDensity: c, wrong: .accept, trials: 1_000)
    #expect(forged.rate.low <= 0.02)
  }

  @Test func inseparableCoalitionsAreRefused() {
    func exists(_ c: Double, _ sides: HidingSides) -> Bool {
      SequentialDensityTest(
        localGaps: 64, maximumSamples: 64, designFraction: c, hiding: sides, falseAlarm: 0.01,
        forgery: 0.01) != nil
    }
    #expect(exists(0.38, .both))
    #expect(!exists(0.39, .both))
    #expect(exists(0.49, .sender))
    #expect(!exists(0.51, .sender))
    #expect(exists(0.9, []))
  }

  @Test func aSingleGapCannotOverrunTheTable() throws {
    let test = try Self.test(0.2, n: 4, kmax: 8, alpha: 0.01, beta: 0.01)
    // Enormous and vanishing gaps end in a decision whatever the sums.
    #expect(test.run(localGapSum: 1) { _ in .max }.decision == .refuse)
    #expect(test.run(localGapSum: .max) { _ in 0 }.decision == .accept)
    #expect(test.decision(samples: 8, rootGapSum: .max, localGapSum: .max) != .more)
  }

  /// The table against the likelihood ratio itself.
  @Test func theTableSolvesTheLikelihoodRatio() throws {
    let (c, n, kmax) = (0.2, 32, 40)
    let (alpha, beta) = (0.01, 0.02)
    let test = try Self.test(c, n: n, kmax: kmax, alpha: alpha, beta: beta)
    let (r0, r1) = (1 / (1 - c), (1 - c) / c)
    for k in 1..<kmax {
      for step in 1...200 {
        let ratio = Double(step) * Double(k) / Double(n) / 20
        var likelihood = 1.0
        for _ in 0..<k { likelihood *= r0 / r1 }
        for _ in 0..<(n + k) { likelihood *= (1 + ratio / r0) / (1 + ratio / r1) }
        let decision = test.decision(
          samples: k, rootGapSum: UInt64(ratio * 0x1p32), localGapSum: 1 << 32)
        let margin = 1e-6
        if likelihood > (1 + margin) / alpha { #expect(decision == .refuse) }
        if likelihood < beta / 2 * (1 - margin) { #expect(decision == .accept) }
        if likelihood < (1 - margin) / alpha && likelihood > beta / 2 * (1 + margin) {
          #expect(decision == .more)
        }
      }
    }
  }
}
