/// The two tail probabilities of a point, each computed without subtracting from one where small.
///
/// `lower + upper == 1` up to rounding; the smaller of the two carries full relative accuracy.
public struct Tails: Hashable, Sendable {
  /// The probability at or below the point.
  public let lower: Double
  /// The probability above the point.
  public let upper: Double

  init(lower: Double) {
    self.lower = lower
    upper = 1 - lower
  }

  init(upper: Double) {
    lower = 1 - upper
    self.upper = upper
  }

  package init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// The same tails seen from the other side.
  var mirrored: Tails { Tails(lower: upper, upper: lower) }
}

/// Which tail a quantile is counted from.
enum TailSide {
  case lower
  case upper
}

/// A tail probability to be inverted, always the smaller one.
///
/// Counting from the nearer end loses nothing: 1 - p is exact for p >= 1/2.
struct TailTarget {
  let side: TailSide
  let probability: Double

  /// The point with probability `probability` below it.
  init(lower probability: Double) {
    requireProbability(probability)
    (side, self.probability) =
      probability <= 0.5 ? (.lower, probability) : (.upper, 1 - probability)
  }

  /// The point with probability `probability` above it.
  init(upper probability: Double) {
    requireProbability(probability)
    (side, self.probability) =
      probability <= 0.5 ? (.upper, probability) : (.lower, 1 - probability)
  }
}

/// Traps unless `probability` lies in 0...1.
func requireProbability(_ probability: Double) {
  precondition(
    probability >= 0 && probability <= 1, "a probability must be in 0...1, got \(probability)")
}

/// Traps unless `confidence` lies strictly between 0 and 1.
func requireConfidence(_ confidence: Double) {
  precondition(
    confidence > 0 && confidence < 1,
    "a confidence level must lie strictly between 0 and 1, got \(confidence)")
}
