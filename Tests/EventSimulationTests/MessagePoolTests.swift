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

  @Test("a ticket names the slot, and says what the receiver will do")
  func tickets() {
    var pool = MessagePool<PastryMessage>()
    let route = RouteMessage(key: Key(.max), source: NodeIndex(3), tag: 4)
    let report = LeafSetReport(members: [NodeIndex(1)])
    let id = RequestId(5)
    let messages: [(PastryMessage, MessageTicket.Work)] = [
      (.heartbeat, .upkeep), (.route(route, id), .hop), (.acknowledge(id), .other),
      (.row([NodeIndex(5)]), .upkeep), (.leafSetProbe(report, id), .upkeep),
      (.leafSetReply(report, id), .upkeep), (.joinReply(report), .other), (.ping(id), .other),
      (.pong(id), .upkeep), (.arrival(roundTrip: 6), .other), (.nearbyRequest(id), .other),
      (.nearbyReply([], id), .other), (.rowRequest(row: 1, id), .other),
      (.rowReply([], rowCount: 1, id), .upkeep), (.constrainedRequest, .other),
      (.constrainedRow([]), .upkeep), (.departure(report), .other),
    ]
    let tickets = messages.map { pool.ticket(for: $0.0) }
    #expect(tickets.map(\.slot) == Array(0..<UInt32(messages.count)))
    for (ticket, (message, work)) in zip(tickets, messages) {
      let carried = MessageTicket(ticket.payload)
      #expect(carried.work == work, "\(message)")
      let expected: MessageTicket.Work =
        switch pool.expected(carried) {
        case .hop: .hop
        case .comparison, .report, .row, .heartbeat: .upkeep
        case .answer, .other: .other
        }
      #expect(expected == work, "\(message)")
      #expect(pool.take(carried.slot) == message)
    }
    #expect(MessageTicket(slot: 1 << 30 - 1, .upkeep).slot == 1 << 30 - 1)
  }

  /// Else nothing but the time of large runs would show it.
  @Test("a message that names nodes starts with the place of their list")
  func lists() throws {
    var pool = MessagePool<PastryMessage>()
    let names = NodeList((0..<32).map { NodeIndex($0) })
    let report = LeafSetReport(members: names, failed: [NodeIndex(40)])
    let list = try #require(names.withUnsafeBufferPointer { UnsafeRawPointer($0.baseAddress) })
    let messages: [PastryMessage] = [
      .leafSetProbe(report, RequestId(1)), .leafSetReply(report, RequestId(2)),
      .rowReply(names, rowCount: 3, RequestId(3)), .row(names), .constrainedRow(names),
    ]
    for message in messages {
      let ticket = pool.ticket(for: message)
      #expect(pool.listPlace(of: ticket) == list - 32)
      switch (message, pool.expected(ticket)) {
      case (.leafSetProbe, .report(nil)), (.row, .row(nil)), (.constrainedRow, .row(nil)): break
      case (.leafSetReply(_, let own), .report(let id)): #expect(id == own)
      case (.rowReply(_, _, let own), .row(let id)): #expect(id == own)
      default: Issue.record("\(message)")
      }
    }
    if case .comparison(let id) = pool.expected(pool.ticket(for: .pong(RequestId(7)))) {
      #expect(id == RequestId(7))
    } else {
      Issue.record("a pong")
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
