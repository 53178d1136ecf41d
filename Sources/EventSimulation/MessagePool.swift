import Pastry

/// The messages under way, in slots that events name.
struct MessagePool: ~Copyable, Sendable {
  private var slots: ContiguousArray<PastryMessage> = []
  private var free: ContiguousArray<UInt32> = []

  /// Messages under way.
  var count: Int { slots.count - free.count }

  /// Puts a message into a slot and gives its number.
  mutating func put(_ message: consuming PastryMessage) -> UInt32 {
    if let slot = free.popLast() {
      slots[Int(slot)] = message
      return slot
    }
    slots.append(message)
    return UInt32(slots.count - 1)
  }

  /// Takes the message out; its slot is free again.
  mutating func take(_ slot: UInt32) -> PastryMessage {
    let message = slots[Int(slot)]
    slots[Int(slot)] = .heartbeat
    free.append(slot)
    return message
  }
}
