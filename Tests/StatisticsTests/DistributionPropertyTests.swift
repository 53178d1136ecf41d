import Foundation
import Randomness
import Statistics
import Testing

@Suite struct DistributionPropertyTests {
  private func logUniform(_ stream: inout RandomStream, _ low: Double, _ high: Double) -> Double {
    low * pow(high / low, stream.unit())
  }

  /// The quantile of a probability has that probability below (or above) it, for shapes from 0.1
  /// to a million and probabilities down to 1e-30.
  @Test(arguments: LawName.allCases)
  func quantilesRoundTrip(name: LawName) {
    var stream = RandomStream(StreamKey(seed: 50)["round trip"][name.rawValue])
    var checked = 0
    for _ in 0..<200 {
      let law = name.law([logUniform(&stream, 0.1, 1e6), logUniform(&stream, 0.1, 1e6)])
      let p = logUniform(&stream, 1e-30, 0.5)
      let low = law.quantile(p)
      let high = law.upperQuantile(p)
      // Far out the point itself leaves the range where doubles are dense.
      if abs(low) > 1e-250, abs(low) < 1e150 {
        // A rounding of the point moves the probability by density * point * 2^-53.
        let slack = 1e-12 + 1e-15 * law.density(low) * abs(low) / p
        #expect(abs(law.cdf(low) / p - 1) <= slack, "\(law) \(p) \(low)")
        checked += 1
      }
      if high < 1e150, name != .beta || high < 0.999 {
        let slack = 1e-12 + 1e-15 * law.density(high) * abs(high) / p
        #expect(abs(law.survival(high) / p - 1) <= slack, "\(law) \(p) \(high)")
        checked += 1
      }
    }
    #expect(checked > 250)
  }

  @Test func tailsAreMonotoneAndAddUpToOne() {
    let laws: [any ContinuousLaw] = [
      NormalDistribution(mean: 2, standardDeviation: 3), StudentDistribution(degreesOfFreedom: 3),
      GammaDistribution(shape: 0.4, scale: 2), BetaDistribution(a: 0.7, b: 4),
      FDistribution(64, 512),
    ]
    for law in laws {
      var last = -1.0
      for step in -200...800 {
        let x = Double(step) / 100
        let below = law.cdf(x)
        #expect(below >= last - 1e-15 && below >= 0 && below <= 1)
        #expect(abs(below + law.survival(x) - 1) < 1e-15)
        last = below
      }
    }
  }

  @Test func endsOfTheSupport() {
    for law in [GammaDistribution(shape: 2), GammaDistribution(shape: 0.5)] {
      #expect(law.quantile(0) == 0)
      #expect(law.quantile(1) == .infinity)
      #expect(law.cdf(-1) == 0)
      #expect(law.density(-1) == 0)
      #expect(law.survival(.infinity) == 0)
    }
    #expect(GammaDistribution(shape: 0.5).density(0) == .infinity)
    #expect(GammaDistribution(shape: 1, scale: 4).density(0) == 0.25)
    #expect(BetaDistribution(a: 2, b: 3).quantile(1) == 1)
    #expect(BetaDistribution(a: 2, b: 3).upperQuantile(1) == 0)
    #expect(BetaDistribution(a: 2, b: 3).cdf(7) == 1)
    #expect(FDistribution(3, 4).quantile(1) == .infinity)
    #expect(FDistribution(3, 4).survival(.infinity) == 0)
    #expect(FDistribution(2, 4).density(0) == 1)
    #expect(StudentDistribution(degreesOfFreedom: 5).quantile(0.5) == 0)
    #expect(StudentDistribution(degreesOfFreedom: 5).quantile(0) == -.infinity)
    #expect(StudentDistribution(degreesOfFreedom: 5).cdf(.infinity) == 1)
    #expect(NormalDistribution().upperQuantile(0) == .infinity)
  }

  @Test func symmetries() {
    for x in [0.3, 0.9, 1.0, 1.7, 12] {
      let forward = FDistribution(7, 11).cdf(x)
      #expect(abs(FDistribution(11, 7).survival(1 / x) / forward - 1) < 1e-14)
      #expect(
        StudentDistribution(degreesOfFreedom: 4).cdf(-x)
          == StudentDistribution(degreesOfFreedom: 4).survival(x))
      // t squared is F(1, nu).
      let twoSided = 2 * StudentDistribution(degreesOfFreedom: 4).survival(x)
      #expect(abs(FDistribution(1, 4).survival(x * x) / twoSided - 1) < 1e-14)
    }
  }

  @Test func scalesAreApplied() {
    #expect(GammaDistribution(shape: 3, scale: 5).cdf(10) == GammaDistribution(shape: 3).cdf(2))
    #expect(NormalDistribution(mean: 1, standardDeviation: 2).cdf(5) == NormalDistribution().cdf(2))
    let ratio =
      GammaDistribution(shape: 3, scale: 5).quantile(0.5)
      / GammaDistribution(shape: 3).quantile(0.5)
    #expect(abs(ratio - 5) < 1e-14)
  }

  /// The routing failure test's error rates follow F(2k, 2n): published points of [Castro02],
  /// routing failure test, to the digits printed there.
  @Test func routingFailureTestPoints() {
    let law = FDistribution(64, 512)
    #expect(abs(law.survival(1.72) - 0.00083) < 5e-6)
    #expect(abs(law.cdf(0.3 * 1.72) - 0.00072) < 5e-6)
    #expect(abs(law.survival(1.23) - 0.119) < 5e-4)
    #expect(abs(law.survival(1.23 * 0.7) - 0.768) < 5e-4)
    #expect(abs(FDistribution(32, 512).survival(1.8) - 0.0052) < 5e-5)
    // The threshold for a false negative of 0.001 at c = 0.25 under suppression.
    #expect(abs(law.quantile(0.001) * (1 - 0.25) / 0.25 - 1.58) < 5e-3)
  }

  @Test func binomialEdges() {
    let never = BinomialDistribution(trials: 5, probability: 0)
    #expect((0...5).map(never.mass) == [1, 0, 0, 0, 0, 0])
    #expect((0...5).map(never.cdf) == [1, 1, 1, 1, 1, 1])
    let always = BinomialDistribution(trials: 5, probability: 1)
    #expect((0...5).map(always.mass) == [0, 0, 0, 0, 0, 1])
    #expect((0...5).map(always.survival) == [1, 1, 1, 1, 1, 0])
    #expect(always.quantile(0.5) == 5)
    let none = BinomialDistribution(trials: 0, probability: 0.3)
    #expect(none.mass(0) == 1 && none.cdf(0) == 1 && none.quantile(1) == 0)
    let law = BinomialDistribution(trials: 12, probability: 0.3)
    #expect(law.mass(-1) == 0 && law.mass(13) == 0)
    #expect(law.cdf(-1) == 0 && law.survival(12) == 0)
    var sum = 0.0
    for k in 0...12 {
      sum += law.mass(k)
      #expect(abs(law.cdf(k) - sum) < 1e-15)
      #expect(law.quantile(law.cdf(k)) == k)
    }
  }

  @Test func programmerErrorsTrap() async {
    await #expect(processExitsWith: .failure) { _ = FDistribution(0, 3) }
    await #expect(processExitsWith: .failure) { _ = FDistribution(3, 3).quantile(1.1) }
    await #expect(processExitsWith: .failure) { _ = FDistribution(3, 3).cdf(.nan) }
    await #expect(processExitsWith: .failure) {
      _ = BinomialDistribution(trials: -1, probability: 0.5)
    }
    await #expect(processExitsWith: .failure) { _ = NormalDistribution(standardDeviation: 0) }
  }
}
