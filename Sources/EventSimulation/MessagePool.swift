import Pastry
import RingIdentifiers

/// The messages under way of one type, in slots that events name.
struct MessagePool<Message: Sendable>: ~Copyable, Sendable {
  fileprivate var slots: ContiguousArray<Message> = []
  private var free: ContiguousArray<UInt32> = []
  /// What lies in a free slot: a message that holds no memory.
  private let vacant: Message

  /// An empty pool.
  init(vacant: Message) {
    self.vacant = vacant
  }

  /// Messages under way.
  var count: Int { slots.count - free.count }

  /// Puts a message into a slot and gives its number.
  @inline(__always)
  mutating func put(_ message: consuming Message) -> UInt32 {
    if let slot = free.popLast() {
      slots[Int(slot)] = message
      return slot
    }
    slots.append(message)
    return UInt32(slots.count - 1)
  }

  /// Takes the message out; its slot is free again.
  @inline(__always)
  mutating func take(_ slot: UInt32) -> Message {
    let message = slots[Int(slot)]
    slots[Int(slot)] = vacant
    free.append(slot)
    return message
  }

  /// Asks for the memory of a slot.
  @inline(__always)
  func prefetch(_ slot: UInt32) {
    Simulation.prefetch(Int(slot), of: slots)
    // A message lies on two cache lines, more often than not.
    Simulation.prefetch(Int(slot) &+ 1, of: slots)
  }
}

/// What a message will make its receiver do, as far as that matters for asking for memory.
enum ExpectedWork {
  case hop(Key), answer(RequestId), other
}

extension MessagePool where Message == PastryMessage {
  /// What the message in a slot will be about.
  @inline(__always)
  func expected(_ slot: UInt32) -> ExpectedWork {
    switch slots[Int(slot)] {
    case .route(let message, _): .hop(message.key)
    case .acknowledge(let id): .answer(id)
    default: .other
    }
  }
}
