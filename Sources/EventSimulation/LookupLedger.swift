import Pastry
import ProtocolTime
import RingIdentifiers

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

  private var slots: ContiguousArray<(lookup: Lookup, generation: UInt32, isOpen: Bool)> = []
  private var free: ContiguousArray<UInt32> = []

  var openCount: Int { slots.count - free.count }

  mutating func open(_ lookup: Lookup) -> UInt64 {
    let slot: UInt32
    if let last = free.popLast() {
      slot = last
      slots[Int(slot)].lookup = lookup
      slots[Int(slot)].isOpen = true
    } else {
      slot = UInt32(slots.count)
      slots.append((lookup, 0, true))
    }
    return UInt64(slots[Int(slot)].generation) << 32 | UInt64(slot)
  }

  /// Ends a lookup; nil when it is over already.
  mutating func close(_ tag: UInt64) -> Lookup? {
    let slot = Int(UInt32(truncatingIfNeeded: tag))
    guard slot < slots.count, slots[slot].isOpen,
      slots[slot].generation == UInt32(truncatingIfNeeded: tag >> 32)
    else { return nil }
    slots[slot].isOpen = false
    slots[slot].generation &+= 1
    free.append(UInt32(slot))
    return slots[slot].lookup
  }

  /// Notes that an honest node that knows the root has the message; false when that is known, or
  /// the lookup is over.
  mutating func reach(_ tag: UInt64) -> Bool {
    let slot = Int(UInt32(truncatingIfNeeded: tag))
    guard slot < slots.count, slots[slot].isOpen, !slots[slot].lookup.isReached,
      slots[slot].generation == UInt32(truncatingIfNeeded: tag >> 32)
    else { return false }
    slots[slot].lookup.isReached = true
    return true
  }

  /// The tag that a lookup in this slot has now.
  func tag(ofSlot slot: UInt32) -> UInt64 {
    UInt64(slots[Int(slot)].generation) << 32 | UInt64(slot)
  }
}
