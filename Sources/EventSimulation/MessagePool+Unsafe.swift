import CPrefetch
import Pastry
import RingIdentifiers

/// The messages under way of one type, in slots that events name.
///
/// Messages are moved in and out and never copied. A slot that was freed last is used first.
/// - Complexity: O(1) for each message; no allocation while slots are free.
@safe
struct MessagePool<Message>: ~Copyable {
  private var slots: UnsafeMutablePointer<Message>
  /// Whether a slot holds a message.
  private var holds: UnsafeMutablePointer<Bool>
  /// The numbers of the free slots, a stack.
  private var free: UnsafeMutablePointer<UInt32>
  private var capacity = 64
  private var freeCount = 0

  /// An empty pool.
  init() {
    unsafe slots = .allocate(capacity: capacity)
    unsafe holds = .allocate(capacity: capacity)
    unsafe free = .allocate(capacity: capacity)
    free(0..<capacity)
  }

  deinit {
    for slot in 0..<capacity where unsafe holds[slot] {
      unsafe (slots + slot).deinitialize(count: 1)
    }
    unsafe slots.deallocate()
    unsafe holds.deallocate()
    unsafe free.deallocate()
  }

  /// Messages under way.
  var count: Int { capacity - freeCount }

  /// Puts a message into a slot and gives its number.
  @inline(__always)
  mutating func put(_ message: consuming Message) -> UInt32 {
    if _slowPath(freeCount == 0) { grow() }
    freeCount &-= 1
    let slot = unsafe free[freeCount]
    unsafe (slots + Int(slot)).initialize(to: message)
    unsafe holds[Int(slot)] = true
    return slot
  }

  /// Takes the message out; its slot is free again.
  /// - Precondition: there is one.
  @inline(__always)
  mutating func take(_ slot: UInt32) -> Message {
    precondition(has(slot), "no message has slot \(slot)")
    unsafe holds[Int(slot)] = false
    unsafe free[freeCount] = slot
    freeCount &+= 1
    return unsafe (slots + Int(slot)).move()
  }

  /// Whether a slot holds a message.
  @inline(__always)
  func has(_ slot: UInt32) -> Bool { unsafe slot < capacity && holds[Int(slot)] }

  /// Asks for the memory of a slot.
  @inline(__always)
  func prefetch(_ slot: UInt32) {
    let message = unsafe UnsafeRawPointer(slots + Int(slot))
    unsafe redoubt_prefetch(message)
    unsafe redoubt_prefetch(message + (MemoryLayout<Message>.size &- 1))
  }

  /// Puts new slots on the stack, the lowest on top.
  private mutating func free(_ slots: Range<Int>) {
    for slot in slots.reversed() {
      unsafe holds[slot] = false
      unsafe free[freeCount] = UInt32(slot)
      freeCount += 1
    }
  }

  /// Doubles the capacity; called when every slot holds a message.
  @inline(never)
  private mutating func grow() {
    // A ticket has 31 bits for a slot.
    precondition(capacity < 1 << 31, "more than 2^31 messages are under way")
    let wider = UnsafeMutablePointer<Message>.allocate(capacity: 2 * capacity)
    unsafe wider.moveInitialize(from: slots, count: capacity)
    unsafe slots.deallocate()
    unsafe slots = wider
    unsafe holds.deallocate()
    unsafe holds = .allocate(capacity: 2 * capacity)
    unsafe holds.initialize(repeating: true, count: capacity)
    unsafe free.deallocate()
    unsafe free = .allocate(capacity: 2 * capacity)
    capacity *= 2
    free(capacity / 2..<capacity)
  }
}

/// What a message will make its receiver do, as far as that matters for asking for memory.
enum ExpectedWork {
  case hop(Key, from: UInt32, tag: UInt64), answer(RequestId), other
}

/// What the event of an overlay's message carries: the message's slot, and whether it is one to
/// hand on, which says what memory its receiver will need before the message itself is there.
struct MessageTicket {
  /// Both, as the event holds them.
  let payload: UInt32

  /// The ticket that an event holds.
  init(_ payload: UInt32) { self.payload = payload }

  /// The message's slot in its pool.
  var slot: UInt32 { payload &>> 1 }
  /// Whether the receiver hands the message on, or delivers it.
  var isHop: Bool { payload & 1 != 0 }
}

extension MessagePool where Message == PastryMessage {
  /// Puts a message into a slot and gives what its event carries.
  @inline(__always)
  mutating func ticket(for message: consuming PastryMessage) -> MessageTicket {
    let isHop = if case .route = message { true } else { false }
    return MessageTicket(put(message) << 1 | (isHop ? 1 : 0))
  }

  /// What the message of a ticket will be about.
  /// - Precondition: there is one.
  @inline(__always)
  func expected(_ ticket: MessageTicket) -> ExpectedWork {
    let slot = ticket.slot
    precondition(has(slot), "no message has slot \(slot)")
    return switch unsafe slots[Int(slot)] {
    case .route(let message, _):
      .hop(message.key, from: message.source.number, tag: message.tag)
    case .acknowledge(let id): .answer(id)
    default: .other
    }
  }
}
