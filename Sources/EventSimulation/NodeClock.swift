public import ProtocolTime

/// A node's own clock: it starts at another moment than the engine's and runs at another speed.
@frozen
public struct NodeClock: Hashable, Sendable, BitwiseCopyable {
  /// What it shows when the engine's clock starts.
  public let offset: TimeSpan
  /// Nanoseconds that it gains, or loses, in every 2^20 of them; about parts per million.
  public let drift: Int32

  /// The engine's own clock.
  public static let exact = NodeClock(offset: .zero, drift: 0)
  /// The largest drift either way: one in a thousand.
  public static let driftMax: Int32 = 1_049

  /// A clock.
  /// - Precondition: `abs(drift) <= driftMax`.
  public init(offset: TimeSpan, drift: Int32) {
    precondition(abs(drift) <= NodeClock.driftMax, "a drift of \(drift) in 2^20 is too much")
    self.offset = offset
    self.drift = drift
  }

  /// What it shows at a moment of the engine's clock.
  @inlinable
  public func reading(at moment: Instant) -> Instant {
    if drift == 0 { return moment + offset }
    let parts = moment.nanoseconds &>> 20
    let gained = parts.multipliedReportingOverflow(by: UInt64(drift.magnitude)).partialValue
    let shown = drift > 0 ? moment.nanoseconds &+ gained : moment.nanoseconds &- gained
    return Instant(nanoseconds: shown) + offset
  }

  /// How long the engine waits while this clock counts `span`.
  @inlinable
  public func duration(of span: TimeSpan) -> TimeSpan {
    if drift == 0 { return span }
    let gained = (span.nanoseconds &>> 20) &* UInt64(drift.magnitude)
    return drift > 0
      ? span - TimeSpan(nanoseconds: gained) : span + TimeSpan(nanoseconds: gained)
  }
}
