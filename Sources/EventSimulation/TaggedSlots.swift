/// Entries that are open for a while, in slots that are used again.
///
/// An entry's tag is its slot and the slot's generation, so what names an entry that is over finds
/// nothing.
/// - Complexity: O(1) for everything; no allocation while slots are free.
struct TaggedSlots<Entry: Sendable>: ~Copyable, Sendable {
  private var slots: ContiguousArray<(entry: Entry?, generation: UInt32)> = []
  private var free: ContiguousArray<UInt32> = []

  var openCount: Int { slots.count - free.count }
  /// Entries that are over.
  private(set) var closedCount: UInt64 = 0

  /// Asks for the memory of an entry.
  @inline(__always)
  func prefetch(_ tag: UInt64) {
    Simulation.prefetch(Int(UInt32(truncatingIfNeeded: tag)), of: slots)
  }

  /// Opens an entry and gives its tag.
  mutating func open(_ entry: Entry) -> UInt64 {
    let slot = free.popLast() ?? UInt32(slots.count)
    if Int(slot) == slots.count { slots.append((nil, 0)) }
    slots[Int(slot)].entry = entry
    return tag(ofSlot: slot)
  }

  /// The slot of an open entry; nil when it is over.
  func slot(of tag: UInt64) -> Int? {
    let slot = Int(UInt32(truncatingIfNeeded: tag))
    guard slot < slots.count, slots[slot].entry != nil,
      slots[slot].generation == UInt32(truncatingIfNeeded: tag >> 32)
    else { return nil }
    return slot
  }

  /// The entry in a slot; nil when the slot is free.
  subscript(slot: Int) -> Entry? {
    get { slots[slot].entry }
    _modify { yield &slots[slot].entry }
  }

  /// Ends an entry and gives it; nil when it is over already.
  mutating func close(_ tag: UInt64) -> Entry? {
    guard let slot = slot(of: tag), let entry = slots[slot].entry else { return nil }
    slots[slot].entry = nil
    slots[slot].generation &+= 1
    free.append(UInt32(slot))
    closedCount &+= 1
    return entry
  }

  /// The tag that an entry in this slot has now.
  func tag(ofSlot slot: UInt32) -> UInt64 {
    UInt64(slots[Int(slot)].generation) << 32 | UInt64(slot)
  }

  /// The tag of the entry that a deadline was set for; nil when the slot has another generation.
  func tag(of deadline: Event) -> UInt64? {
    let tag = tag(ofSlot: deadline.target)
    return UInt32(truncatingIfNeeded: tag >> 32) & 0xFFF_FFFF == deadline.source ? tag : nil
  }
}
