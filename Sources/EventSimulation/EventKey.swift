public import ProtocolTime

/// The place of an event in the total order: (time, kind, target, source, sequence).
///
/// The order never depends on when an event was inserted. Two events of one run never have the same
/// key, because a source numbers its own events: `sequence` wraps after 2^32 of them, and the 2^32
/// events around a wrap would have to share one nanosecond, kind and target to be confused.
/// - Complexity: comparison is one integer comparison, two or three when the times are equal.
@frozen
public struct EventKey: Comparable, Hashable, Sendable, BitwiseCopyable {
  /// When the event happens.
  public let time: Instant
  /// Kind (8 bits, most significant), target (28 bits) and source (28 bits).
  public let order: UInt64
  /// The source's own number of the event; counts up and wraps.
  public let sequence: UInt32

  /// The number of bits of a target or a source.
  @inlinable
  public static var nodeBits: UInt64 { 28 }

  /// Packs a key.
  /// - Precondition: `target` and `source` are below 2^28.
  @inlinable
  public init(time: Instant, kind: UInt8, target: UInt32, source: UInt32, sequence: UInt32) {
    precondition(
      (target | source) &>> 28 == 0, "target \(target) or source \(source) is not below 2^28")
    self.time = time
    order =
      UInt64(kind) &<< (2 &* EventKey.nodeBits) | UInt64(target) &<< EventKey.nodeBits
      | UInt64(source)
    self.sequence = sequence
  }

  /// A key from its packed parts.
  @inlinable
  init(time: Instant, order: UInt64, sequence: UInt32) {
    self.time = time
    self.order = order
    self.sequence = sequence
  }

  /// The last place of the order at `time`: no event of that moment lies behind it.
  @inlinable
  public static func last(at time: Instant) -> EventKey {
    EventKey(time: time, order: .max, sequence: .max)
  }

  /// What sort of event it is; lower kinds of one moment come first.
  @inlinable
  public var kind: UInt8 { UInt8(truncatingIfNeeded: order &>> (2 &* EventKey.nodeBits)) }

  /// The dense index of the node that the event happens to, below 2^28.
  @inlinable
  public var target: UInt32 {
    UInt32(truncatingIfNeeded: order &>> EventKey.nodeBits) & (1 &<< 28 &- 1)
  }

  /// The dense index of the node that caused the event, below 2^28.
  @inlinable
  public var source: UInt32 { UInt32(truncatingIfNeeded: order) & (1 &<< 28 &- 1) }

  /// Whether `lhs` comes first.
  @inlinable
  public static func < (lhs: EventKey, rhs: EventKey) -> Bool {
    if lhs.time.nanoseconds != rhs.time.nanoseconds {
      return lhs.time.nanoseconds < rhs.time.nanoseconds
    }
    if lhs.order != rhs.order { return lhs.order < rhs.order }
    return lhs.sequence < rhs.sequence
  }
}

/// One scheduled event: its place in the order and what belongs to it, in 24 bytes.
///
/// Equality covers both; the order is that of the key alone.
@frozen
public struct Event: Hashable, Sendable, BitwiseCopyable {
  /// The place in the total order.
  public let key: EventKey
  /// What the caller attaches; means nothing here.
  public let payload: UInt32

  /// An event at a place of the order.
  @inlinable
  public init(key: EventKey, payload: UInt32) {
    self.key = key
    self.payload = payload
  }

  /// An event from its parts.
  /// - Precondition: `target` and `source` are below 2^28.
  @inlinable
  public init(
    time: Instant, kind: UInt8, target: UInt32, source: UInt32, sequence: UInt32, payload: UInt32
  ) {
    key = EventKey(time: time, kind: kind, target: target, source: source, sequence: sequence)
    self.payload = payload
  }

  /// When the event happens.
  @inlinable
  public var time: Instant { key.time }
  /// What sort of event it is.
  @inlinable
  public var kind: UInt8 { key.kind }
  /// The dense index of the node that the event happens to.
  @inlinable
  public var target: UInt32 { key.target }
  /// The dense index of the node that caused the event.
  @inlinable
  public var source: UInt32 { key.source }
  /// The source's own number of the event.
  @inlinable
  public var sequence: UInt32 { key.sequence }
}
