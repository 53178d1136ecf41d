/// A test statistic with the probability of one at least as extreme under uniformity.
public struct UniformityTest: Hashable, Sendable {
  /// The statistic, without scaling by the sample size.
  public let statistic: Double
  /// Small values speak against uniformity.
  public let pValue: Double
}

/// The Kolmogorov-Smirnov test that values are uniform on 0...1.
///
/// The largest distance between the empirical and the uniform distribution function.
/// Source: [Vrbik18]: the limit law at t + 1 / (6 sqrt n) + (t - 1) / (4 n), t = sqrt n D.
/// - Parameter values: at least 5, each in 0...1, any order.
/// - Returns: p-value within 0.008 of exact for 5 values, 0.003 for 10, 0.0002 for 100 and 0.00003
///   for 1,000.
/// - Precondition: the domain above.
/// - Complexity: O(n log n).
public func kolmogorovSmirnovUniformity(_ values: [Double]) -> UniformityTest {
  let (above, below) = excursions(values)
  let statistic = max(above, below)
  let root = Double(values.count).squareRoot()
  let scaled = root * statistic
  return UniformityTest(
    statistic: statistic,
    pValue: kolmogorovSurvival(scaled + 1 / (6 * root) + (scaled - 1) / (4 * root * root)))
}

/// Kuiper's test that values are uniform on a ring of circumference 1.
///
/// The sum of the largest excursions to both sides, which does not depend on where the ring is cut:
/// the right test for nodeIds. Source: [Kuiper60]: the limit law with its term of order 1 / sqrt n,
/// which shifts sqrt n V by 1 / (3 sqrt n).
/// - Parameter values: at least 5, each in 0...1, any order; meant for 100 and more.
/// - Returns: p-value within 0.004 of exact for 100 values (0.001 where it is below 0.1), 0.03 for
///   10, by simulation.
/// - Precondition: the domain above.
/// - Complexity: O(n log n).
public func kuiperUniformity(_ values: [Double]) -> UniformityTest {
  let (above, below) = excursions(values)
  let statistic = above + below
  let root = Double(values.count).squareRoot()
  return UniformityTest(
    statistic: statistic, pValue: kuiperSurvival(root * statistic + 1 / (3 * root)))
}

/// How far the empirical distribution function gets above and below the uniform one.
private func excursions(_ values: [Double]) -> (above: Double, below: Double) {
  precondition(values.count >= 5, "a uniformity test needs 5 values, got \(values.count)")
  let n = Double(values.count)
  var above = 0.0
  var below = 0.0
  for (index, value) in values.sorted().enumerated() {
    precondition(
      value >= 0 && value <= 1, "a uniformity test takes values in 0...1, got \(value)")
    above = max(above, Double(index + 1) / n - value)
    below = max(below, value - Double(index) / n)
  }
  return (above, below)
}

/// The upper tail of Kolmogorov's limit law.
///
/// 2 sum over k of (-1)^(k-1) exp(-2 k^2 t^2), and its theta transform for small t.
private func kolmogorovSurvival(_ t: Double) -> Double {
  if t < 0.04 { return 1 }
  if t < 1 {
    let unit = Double.pi * Double.pi / (8 * t * t)
    var sum = 0.0
    for k in 1...10 {
      let odd = Double(2 * k - 1)
      sum += exponential(-odd * odd * unit)
    }
    return 1 - (2 * Double.pi).squareRoot() / t * sum
  }
  var sum = 0.0
  for k in stride(from: 10, through: 1, by: -1) {
    let term = exponential(-2 * Double(k * k) * t * t)
    sum += k.isMultiple(of: 2) ? -term : term
  }
  return 2 * sum
}

/// The upper tail of Kuiper's limit law: 2 sum over k of (4 k^2 t^2 - 1) exp(-2 k^2 t^2).
///
/// Below 0.4 it differs from 1 by less than 1e-7.
private func kuiperSurvival(_ t: Double) -> Double {
  if t < 0.4 { return 1 }
  var sum = 0.0
  for k in stride(from: 20, through: 1, by: -1) {
    let square = Double(k * k) * t * t
    sum += (4 * square - 1) * exponential(-2 * square)
  }
  return min(1, 2 * sum)
}
