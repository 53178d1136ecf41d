/// A length of time in whole nanoseconds, never negative; at most 584 years.
///
/// Delays, time-outs and periods. Integers, so that the order of events never depends on rounding.
/// Arithmetic stops at `zero` and at `max` instead of trapping or wrapping: a time-out that a
/// stranger can stretch must not end the program.
@frozen
public struct TimeSpan: Comparable, Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
  /// The number of nanoseconds.
  public let nanoseconds: UInt64

  /// That many nanoseconds.
  @inlinable
  public init(nanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
  }

  /// No time.
  @inlinable
  public static var zero: TimeSpan { TimeSpan(nanoseconds: 0) }
  /// The longest span; as a delay it stands for "never".
  @inlinable
  public static var max: TimeSpan { TimeSpan(nanoseconds: .max) }

  /// That many microseconds.
  @inlinable
  public static func microseconds(_ count: UInt64) -> TimeSpan { of(count, 1_000) }
  /// That many milliseconds.
  @inlinable
  public static func milliseconds(_ count: UInt64) -> TimeSpan { of(count, 1_000_000) }
  /// That many seconds.
  @inlinable
  public static func seconds(_ count: UInt64) -> TimeSpan { of(count, 1_000_000_000) }
  /// That many minutes.
  @inlinable
  public static func minutes(_ count: UInt64) -> TimeSpan { of(count, 60_000_000_000) }
  /// That many hours.
  @inlinable
  public static func hours(_ count: UInt64) -> TimeSpan { of(count, 3_600_000_000_000) }

  /// The nearest span to a number of seconds; nil when it is negative, not a number or too long.
  public init?(seconds: Double) {
    let nanoseconds = (seconds * 1e9).rounded()
    guard nanoseconds >= 0, nanoseconds < 0x1p64 else { return nil }
    self.nanoseconds = UInt64(nanoseconds)
  }

  /// The number of seconds in a unit of time as people write it: ns, us, ms, s, m or min, h, d; nil
  /// for any other word.
  public static func seconds(in unit: some StringProtocol) -> Double? {
    switch unit {
    case "ns": 1e-9
    case "us": 1e-6
    case "ms": 1e-3
    case "s": 1
    case "min", "m": 60
    case "h": 3_600
    case "d": 86_400
    default: nil
    }
  }

  @inlinable
  static func of(_ count: UInt64, _ unit: UInt64) -> TimeSpan {
    let (product, overflow) = count.multipliedReportingOverflow(by: unit)
    return TimeSpan(nanoseconds: overflow ? .max : product)
  }

  /// The number of seconds, rounded.
  public var seconds: Double { Double(nanoseconds) * 1e-9 }
  /// The number of milliseconds, rounded.
  public var milliseconds: Double { Double(nanoseconds) * 1e-6 }

  /// Whether `lhs` is shorter.
  @inlinable
  public static func < (lhs: TimeSpan, rhs: TimeSpan) -> Bool { lhs.nanoseconds < rhs.nanoseconds }

  /// The sum, at most `max`.
  @inlinable
  public static func + (lhs: TimeSpan, rhs: TimeSpan) -> TimeSpan {
    let (sum, overflow) = lhs.nanoseconds.addingReportingOverflow(rhs.nanoseconds)
    return TimeSpan(nanoseconds: overflow ? .max : sum)
  }

  /// What `rhs` leaves of `lhs`; `zero` when it is the longer one.
  @inlinable
  public static func - (lhs: TimeSpan, rhs: TimeSpan) -> TimeSpan {
    TimeSpan(
      nanoseconds: lhs.nanoseconds > rhs.nanoseconds ? lhs.nanoseconds &- rhs.nanoseconds : 0)
  }

  /// The span `factor` times, at most `max`.
  @inlinable
  public static func * (lhs: TimeSpan, factor: UInt64) -> TimeSpan { of(lhs.nanoseconds, factor) }

  /// The span divided, rounded down.
  /// - Precondition: `divisor > 0`.
  @inlinable
  public static func / (lhs: TimeSpan, divisor: UInt64) -> TimeSpan {
    TimeSpan(nanoseconds: lhs.nanoseconds / divisor)
  }

  /// The number with the largest unit that it fills: `1.5 s`, `250 ms`, `3 us`, `7 ns`.
  public var description: String {
    switch nanoseconds {
    case 1_000_000_000...: "\(Double(nanoseconds) * 1e-9) s"
    case 1_000_000...: "\(Double(nanoseconds) * 1e-6) ms"
    case 1_000...: "\(Double(nanoseconds) * 1e-3) us"
    default: "\(nanoseconds) ns"
    }
  }
}
