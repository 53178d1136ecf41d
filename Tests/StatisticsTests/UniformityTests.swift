import Randomness
import Statistics
import Testing

@Suite struct UniformityTests {
  private func sample(_ run: Int, count: Int) -> [Double] {
    var stream = RandomStream(StreamKey(seed: 40)["uniformity"][run])
    return (0..<count).map { _ in stream.unit() }
  }

  /// Exact p-values: `scipy.stats.kstwo.sf(D, n)`, SciPy 1.17.1.
  @Test func kolmogorovSmirnovAgreesWithTheExactLaw() {
    // n values at (i + 1/2) / n, shifted: D = 1/(2n) + shift.
    for (count, shift, exact, tolerance) in [
      (10, 0.1081, 0.9317370332845454, 0.003),
      (10, 0.203, 0.46913771279211935, 0.003),
      (10, 0.2662, 0.21836653207639767, 0.003),
      (10, 0.3801, 0.033881603897737866, 0.003),
      (10, 0.5825, 0.00020879030658337158, 0.003),
      (100, 0.045, 0.9532159710635725, 0.0002),
      (100, 0.075, 0.5182193645480672, 0.0002),
      (100, 0.095, 0.2526927570063874, 0.0002),
      (100, 0.131, 0.044860299790847456, 0.0002),
      (100, 0.195, 0.0005551927327988775, 0.0002),
      (1000, 0.0153, 0.9608049786137023, 0.00003),
      (1000, 0.0248, 0.5355999517633387, 0.00003),
      (1000, 0.0311, 0.2651706589437829, 0.00003),
      (1000, 0.0425, 0.04811098765192634, 0.00003),
      (1000, 0.0627, 0.0006472089374998342, 0.00003),
    ] {
      let values = (0..<count).map { min(1, (Double($0) + 0.5) / Double(count) + shift) }
      let result = kolmogorovSmirnovUniformity(values)
      #expect(abs(result.statistic - (0.5 / Double(count) + shift)) < 1e-12)
      #expect(abs(result.pValue - exact) < tolerance, "\(count) \(shift) \(result)")
    }
  }

  /// Under uniformity a p-value below 0.05 comes in one run of twenty.
  @Test func pValuesAreUniformUnderTheHypothesis() {
    let runs = 2000
    let law = BinomialDistribution(trials: runs, probability: 0.05)
    let allowed = law.quantile(1e-5)...law.upperQuantile(1e-5)
    let samples = (0..<runs).map { sample($0, count: 100) }
    let smirnov = samples.count { kolmogorovSmirnovUniformity($0).pValue < 0.05 }
    let kuiper = samples.count { kuiperUniformity($0).pValue < 0.05 }
    #expect(allowed.contains(smirnov), "\(smirnov)")
    #expect(allowed.contains(kuiper), "\(kuiper)")
  }

  @Test func clusteredValuesAreFound() {
    let clustered = sample(0, count: 200).map { 0.3 + 0.6 * $0 }
    #expect(kolmogorovSmirnovUniformity(clustered).pValue < 1e-10)
    #expect(kuiperUniformity(clustered).pValue < 1e-10)
    #expect(kuiperUniformity(sample(1, count: 200)).pValue > 0.01)
  }

  /// Cutting the ring elsewhere changes Kolmogorov-Smirnov, not Kuiper.
  @Test func kuiperDoesNotDependOnTheCut() {
    let values = sample(2, count: 50)
    let turned = values.map { ($0 + 0.37).truncatingRemainder(dividingBy: 1) }
    #expect(
      abs(kuiperUniformity(values).statistic - kuiperUniformity(turned).statistic) < 1e-12)
    #expect(
      abs(
        kolmogorovSmirnovUniformity(values).statistic
          - kolmogorovSmirnovUniformity(turned).statistic) > 1e-3)
  }

  @Test func valuesOutsideTheRangeTrap() async {
    await #expect(processExitsWith: .failure) {
      _ = kuiperUniformity([0.1, 0.2, 0.3, 0.4, 1.5])
    }
  }
}
