/// A moment on one clock, counted in nanoseconds from the start of that clock.
///
/// Whose clock it is, the holder knows: a protocol value reads its node's clock, an engine its own.
/// Two clocks may start at different moments and run at different speeds, so instants of different
/// nodes are never compared.
@frozen
public struct Instant: Comparable, Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
  /// Nanoseconds since the clock started.
  public let nanoseconds: UInt64

  /// The moment that many nanoseconds after the start.
  @inlinable
  public init(nanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
  }

  /// The start of the clock.
  @inlinable
  public static var zero: Instant { Instant(nanoseconds: 0) }
  /// A moment that never comes.
  @inlinable
  public static var never: Instant { Instant(nanoseconds: .max) }

  /// Whether `lhs` is earlier.
  @inlinable
  public static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.nanoseconds < rhs.nanoseconds }

  /// The moment `span` later, at most `never`.
  @inlinable
  public static func + (lhs: Instant, span: TimeSpan) -> Instant {
    let (sum, overflow) = lhs.nanoseconds.addingReportingOverflow(span.nanoseconds)
    return Instant(nanoseconds: overflow ? .max : sum)
  }

  /// The time from `earlier` to this moment; `zero` when it is not earlier.
  @inlinable
  public func since(_ earlier: Instant) -> TimeSpan {
    TimeSpan(
      nanoseconds: nanoseconds > earlier.nanoseconds ? nanoseconds &- earlier.nanoseconds : 0)
  }

  /// Seconds since the clock started.
  public var seconds: Double { Double(nanoseconds) * 1e-9 }

  /// Seconds since the clock started, with their unit.
  public var description: String { "\(seconds) s" }
}
