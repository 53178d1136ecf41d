/// A closed interval of real numbers, usually a confidence interval.
///
/// An end may be infinite; neither is NaN.
public struct Interval: Hashable, Sendable {
  /// The lower end.
  public let low: Double
  /// The upper end, at least `low`.
  public let high: Double

  /// The interval from `low` to `high`.
  /// - Precondition: `low <= high`.
  public init(low: Double, high: Double) {
    precondition(low <= high, "an interval needs low <= high, got \(low) and \(high)")
    self.low = low
    self.high = high
  }

  /// The length, `high - low`.
  public var width: Double { high - low }

  /// Half of the length: the precision that a campaign asks for.
  public var halfWidth: Double { width / 2 }

  /// The middle.
  public var midpoint: Double { low + width / 2 }

  /// Whether `value` lies inside or on an end.
  public func contains(_ value: Double) -> Bool { low <= value && value <= high }

  /// The part of this interval inside `bounds`; if they are disjoint, the nearest end of `bounds`.
  ///
  /// For the interval of a quantity that is known to lie in `bounds`, such as a probability.
  public func clamped(to bounds: Interval) -> Interval {
    Interval(
      low: min(max(low, bounds.low), bounds.high), high: max(min(high, bounds.high), bounds.low))
  }
}

extension Interval {
  /// The range of a probability.
  public static let unit = Interval(low: 0, high: 1)
}

extension Interval: CustomStringConvertible {
  /// The two ends in brackets.
  public var description: String { "[\(low), \(high)]" }
}
