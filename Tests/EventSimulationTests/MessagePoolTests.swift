import Pastry
import Randomness
import RingIdentifiers
import Testing

@testable import EventSimulation

@Suite("Message pool")
struct MessagePoolTests {
  private final class Token: Sendable {
    let number: UInt64
    init(_ number: UInt64) { self.number = number }
  }

  @Test("messages come out as they went in; each is given up where it is taken, or with the pool")
  func messages() {
    var draws = RandomStream(StreamKey(seed: 5)["pool"])
    var witnesses: [() -> Token?] = []
    do {
      var pool = MessagePool<Token>()
      var open: [(slot: UInt32, number: UInt64)] = []
      for number in UInt64(0)..<3_000 {
        if draws.index(below: 100) < 55 || open.isEmpty {
          let token = Token(number)
          witnesses.append { [weak token] in token }
          open.append((pool.put(token), number))
        } else {
          let (slot, number) = open.remove(at: Int(draws.index(below: UInt32(open.count))))
          #expect(pool.take(slot).number == number)
        }
        #expect(pool.count == open.count)
      }
      #expect(Set(open.map(\.slot)).count == open.count)
      #expect(open.count > 128, "the pool has grown")
      #expect(witnesses.count { $0() != nil } == open.count)
    }
    #expect(witnesses.allSatisfy { $0() == nil })
  }

  @Test("a slot says whether it holds a message")
  func occupation() {
    var pool = MessagePool<Int>()
    let slot = pool.put(5)
    #expect(pool.has(slot) && !pool.has(slot + 1) && !pool.has(1 << 30))
    #expect(pool.take(slot) == 5 && !pool.has(slot))
    #expect(MemoryLayout<HostState>.stride == 32)
  }

  @Test("a ticket names the slot, and says whether the message is one to hand on")
  func tickets() {
    var pool = MessagePool<PastryMessage>()
    let route = RouteMessage(key: Key(.max), source: NodeIndex(3), tag: 4)
    let messages: [PastryMessage] = [
      .heartbeat, .route(route, RequestId(1)), .acknowledge(RequestId(2)), .row([NodeIndex(5)]),
    ]
    let tickets = messages.map { pool.ticket(for: $0) }
    #expect(tickets.map(\.slot) == [0, 1, 2, 3])
    #expect(tickets.map(\.isHop) == [false, true, false, false])
    for (ticket, message) in zip(tickets, messages) {
      let carried = MessageTicket(ticket.payload)
      let isExpected = if case .hop = pool.expected(carried) { true } else { false }
      #expect(isExpected == carried.isHop)
      #expect(pool.take(carried.slot) == message)
    }
  }

  @Test("a slot that was freed last is used first")
  func slots() {
    var pool = MessagePool<Int>()
    let slots = (0..<100).map { pool.put($0) }
    #expect(slots == Array(0..<100))
    #expect(pool.take(7) == 7 && pool.take(70) == 70)
    #expect(pool.put(-1) == 70 && pool.put(-2) == 7 && pool.put(-3) == 100)
    #expect(pool.count == 101)
  }
}
