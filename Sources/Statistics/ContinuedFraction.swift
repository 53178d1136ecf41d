/// A continued fraction b0 + a1 / (b1 + a2 / (b2 + ...)), evaluated from its front.
///
/// The modified Lentz scheme: each step multiplies the value by the ratio of two successive
/// convergents, and a zero on the way is replaced by a tiny number.
struct ContinuedFraction {
  private(set) var value: Double
  private var numeratorRatio: Double
  private var denominatorRatio = 0.0
  private static let tiny = 1e-300

  /// Starts with b0.
  init(_ first: Double) {
    value = first == 0 ? ContinuedFraction.tiny : first
    numeratorRatio = value
  }

  /// Takes the next pair a, b.
  /// - Returns: whether the value has stopped changing.
  mutating func take(_ a: Double, _ b: Double) -> Bool {
    denominatorRatio = b + a * denominatorRatio
    if denominatorRatio == 0 { denominatorRatio = ContinuedFraction.tiny }
    denominatorRatio = 1 / denominatorRatio
    numeratorRatio = b + a / numeratorRatio
    if numeratorRatio == 0 { numeratorRatio = ContinuedFraction.tiny }
    let change = numeratorRatio * denominatorRatio
    value *= change
    return abs(change - 1) <= 2.3e-16
  }
}
