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
    // A ticket has 30 bits for a slot.
    precondition(capacity < 1 << 30, "more than 2^30 messages are under way")
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
  /// Handing on.
  case hop(Key, from: UInt32, tag: UInt64)
  /// Ending a request.
  case answer(RequestId)
  /// Ending a request and comparing the sender with who is in the tables.
  case comparison(RequestId)
  /// Comparing leaf sets, perhaps at the end of a request.
  case report(RequestId?)
  /// Looking at the nodes of a row, perhaps at the end of a request.
  case row(RequestId?)
  /// Noting that the neighbour lives.
  case heartbeat
  /// Little, or something rare.
  case other
}

/// What the event of an overlay's message carries: the message's slot, and what its receiver will
/// do, which says what memory that will need before the message itself is there.
struct MessageTicket {
  enum Work: UInt32 {
    /// Little, or something rare.
    case other
    /// Handing the message on, or delivering it.
    case hop
    /// Upkeep of tables and sets.
    case upkeep
  }

  /// Both, as the event holds them.
  let payload: UInt32

  /// The ticket that an event holds.
  @inline(__always)
  init(_ payload: UInt32) { self.payload = payload }

  /// A new ticket.
  @inline(__always)
  init(slot: UInt32, _ work: Work) { payload = slot &<< 2 | work.rawValue }

  /// The message's slot in its pool.
  @inline(__always)
  var slot: UInt32 { payload &>> 2 }
  /// What the receiver will do.
  @inline(__always)
  var work: Work { Work(rawValue: payload & 3) ?? .other }
}

extension MessagePool where Message == PastryMessage {
  /// Puts a message into a slot and gives what its event carries.
  @inline(__always)
  mutating func ticket(for message: consuming PastryMessage) -> MessageTicket {
    let work: MessageTicket.Work =
      switch message {
      case .route: .hop
      case .heartbeat, .pong, .leafSetProbe, .leafSetReply, .rowReply, .row, .constrainedRow:
        .upkeep
      case .acknowledge, .joinReply, .ping, .arrival, .nearbyRequest, .nearbyReply, .rowRequest,
        .constrainedRequest, .departure:
        .other
      }
    return MessageTicket(slot: put(message), work)
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
    case .pong(let id): .comparison(id)
    case .leafSetReply(_, let id): .report(id)
    case .leafSetProbe: .report(nil)
    case .rowReply(_, _, let id): .row(id)
    case .row, .constrainedRow: .row(nil)
    case .heartbeat: .heartbeat
    case .joinReply, .ping, .arrival, .nearbyRequest, .nearbyReply, .rowRequest,
      .constrainedRequest, .departure:
      .other
    }
  }

  /// Where the list of a message that starts with one lies. For any other message it is no place at
  /// all: then nothing but time is lost by asking for it.
  /// - Precondition: there is a message.
  @inline(__always)
  func listPlace(of ticket: MessageTicket) -> UnsafeRawPointer? {
    assert(has(ticket.slot), "no message has slot \(ticket.slot)")
    return unsafe UnsafeRawPointer(slots + Int(ticket.slot)).load(as: UnsafeRawPointer?.self)
  }

  /// Lists the nodes that a message names, the first 32 of them: behind four words, on three lines
  /// or a piece of a fourth.
  @inline(__always)
  func listNames(in ticket: MessageTicket, _ pages: inout PrefetchList) {
    guard let list = unsafe listPlace(of: ticket) else { return }
    for line in 0..<3 { unsafe pages.add(list + 64 &* line) }
    unsafe pages.add(list + 159)
  }
}
