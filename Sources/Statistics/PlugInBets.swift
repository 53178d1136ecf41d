/// The predictable plug-in bets of a confidence sequence for a mean in 0...1.
///
/// Before observation t, from the observations before it alone:
/// lambda_t = sqrt(2 log(2 / alpha) / (s2_{t-1} t log(1 + t))), where
/// m_t = (1/2 + sum x_i) / (t + 1) and s2_t = (1/4 + sum (x_i - m_i)^2) / (t + 1).
/// Source: [WaudbySmith24], the bets of theorem 2.
struct PlugInBets: Hashable, Sendable {
  /// log(2 / alpha): what the capital of either side has to reach.
  let threshold: Double
  /// The number of observations so far.
  private(set) var count = 0
  /// m_t, the shrunk mean of the observations so far.
  private(set) var center = 0.5
  private var sum = 0.0
  private var squares = 0.0

  init(confidence: Double) {
    requireConfidence(confidence)
    threshold = naturalLog(2 / (1 - confidence))
  }

  /// The bet on the next observation, not yet truncated.
  var next: Double {
    let variance = (0.25 + squares) / Double(count + 1)
    let t = Double(count + 1)
    return (2 * threshold / (variance * t * naturalLogOnePlus(t))).squareRoot()
  }

  /// Takes the observation in.
  mutating func add(_ x: Double) {
    precondition(
      x >= 0 && x <= 1, "a confidence sequence takes observations in 0...1, got \(x)")
    count += 1
    sum += x
    center = (0.5 + sum) / Double(count + 1)
    squares += (x - center) * (x - center)
  }
}
