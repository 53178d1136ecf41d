import Pastry
import ProtocolTime
import RingIdentifiers

/// A lookup that will be made.
struct LookupAhead: Sendable {
  /// The source's place in the list of members.
  var place: UInt32 = 0
  var source: UInt32 = 0
  var key = Key(.zero)
}

/// The lookups under way: who asked for which key when.
///
/// A lookup's tag is its slot and the slot's generation; what arrives of a lookup that is over
/// finds nothing and is counted as a duplicate.
struct LookupLedger: ~Copyable, Sendable {
  struct Lookup {
    let key: Key
    let source: UInt32
    let startedAt: Instant
    /// Whether an honest node that knows the root has had the message.
    var isReached = false
  }

  private var slots = TaggedSlots<Lookup>()

  var openCount: Int { slots.openCount }
  var closedCount: UInt64 { slots.closedCount }

  /// Asks for the memory of a lookup.
  @inline(__always)
  func prefetch(_ tag: UInt64) { slots.prefetch(tag) }

  mutating func open(_ lookup: Lookup) -> UInt64 { slots.open(lookup) }

  /// Ends a lookup; nil when it is over already.
  mutating func close(_ tag: UInt64) -> Lookup? { slots.close(tag) }

  /// Notes that an honest node that knows the root has the message; false when that is known, or
  /// the lookup is over.
  mutating func reach(_ tag: UInt64) -> Bool {
    guard let slot = slots.slot(of: tag), slots[slot]?.isReached == false else { return false }
    slots[slot]?.isReached = true
    return true
  }

  /// The tag that a lookup in this slot has now.
  func tag(ofSlot slot: UInt32) -> UInt64 { slots.tag(ofSlot: slot) }

  /// The tag of the lookup that a deadline was set for; nil when another one has its slot.
  func tag(of deadline: Event) -> UInt64? { slots.tag(of: deadline) }
}
