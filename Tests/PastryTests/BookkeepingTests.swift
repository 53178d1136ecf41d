import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// The neighborhood set: the nearest, in order, never more than M.
@Suite struct NeighborhoodSetTests {
  static func numbers(_ set: NeighborhoodSet) -> [UInt32] { set.members.map(\.index.number) }

  @Test func theNearestStandInOrderAndTiesByNumber() {
    var set = NeighborhoodSet(capacity: 3)
    let steps: [(node: UInt32, roundTrip: UInt32, taken: Bool, now: [UInt32])] = [
      (5, 100, true, [5]),
      (4, 100, true, [4, 5]),
      (9, 50, true, [9, 4, 5]),
      (1, 100, false, [9, 4, 5]),
      (1, 101, false, [9, 4, 5]),
      (1, 99, true, [9, 1, 4]),
      (9, 200, true, [1, 4, 9]),
      (9, 10, true, [9, 1, 4]),
    ]
    for (number, step) in steps.enumerated() {
      let taken = set.offer(NodeIndex(step.node), roundTrip: step.roundTrip)
      #expect(taken == step.taken, "step \(number)")
      #expect(Self.numbers(set) == step.now, "step \(number)")
    }
    set.remove(NodeIndex(1))
    set.remove(NodeIndex(77))
    #expect(Self.numbers(set) == [9, 4])
  }

  @Test func aSetWithoutCapacityTakesNobody() {
    var set = NeighborhoodSet(capacity: 0)
    let taken = set.offer(NodeIndex(1), roundTrip: 1)
    #expect(!taken && set.members.isEmpty)
  }

  @Test func randomOffersLeaveTheNearest() {
    var stream = RandomStream(StreamKey(seed: 11)["neighborhood"])
    var set = NeighborhoodSet(capacity: 8)
    var all: [(roundTrip: UInt32, number: UInt32)] = []
    for number in 0..<200 as Range<UInt32> {
      // Distinct, because among ties the earlier one stays.
      let roundTrip = stream.index(below: 1 << 20) << 8 | number
      all.append((roundTrip, number))
      _ = set.offer(NodeIndex(number), roundTrip: roundTrip)
      #expect(set.members.count <= 8)
    }
    let nearest = all.sorted { $0.roundTrip < $1.roundTrip }.prefix(8).map(\.number)
    #expect(Self.numbers(set) == nearest)
  }
}

/// The round-trip cache: RFC 6298 by hand, bounds, collisions.
@Suite struct RoundTripCacheTests {
  static let peer = NodeIndex(17)

  static func timeout(_ cache: RoundTripCache, lowest: TimeSpan = .milliseconds(50)) -> TimeSpan {
    var cache = cache
    return cache.timeout(for: peer, initial: .seconds(3), lowest: lowest)
  }

  @Test func aNoteIsHeardAndIsNoSample() {
    var cache = RoundTripCache()
    let now = Instant.zero + .seconds(100)
    cache.note(Self.peer, at: now)
    #expect(cache.heard(Self.peer, within: .seconds(5), at: now + .seconds(4)))
    #expect(!cache.heard(Self.peer, within: .seconds(5), at: now + .seconds(5)))
    #expect(Self.timeout(cache) == .seconds(3))
    cache.record(Self.peer, .milliseconds(80), at: now)
    #expect(Self.timeout(cache) == .milliseconds(240))
  }

  @Test func meanAndDeviationAreThoseOfRFC6298() {
    var cache = RoundTripCache()
    #expect(Self.timeout(cache) == .seconds(3))
    // First R = 80: SRTT = 80, RTTVAR = 40. Then, in milliseconds:
    // R = 160: RTTVAR = 3/4 * 40 + 1/4 * |80 - 160| = 50, SRTT = 7/8 * 80 + 1/8 * 160 = 90.
    // R = 90: RTTVAR = 37.5, SRTT = 90. R = 10: RTTVAR = 28.125 + 20, SRTT = 78.75 + 1.25.
    let steps: [(sample: UInt64, timeoutMicroseconds: UInt64)] = [
      (80, 80_000 + 4 * 40_000),
      (160, 90_000 + 4 * 50_000),
      (90, 90_000 + 4 * 37_500),
      (10, 80_000 + 4 * 48_125),
    ]
    for step in steps {
      cache.record(Self.peer, .milliseconds(step.sample), at: .zero)
      let timeout = Self.timeout(cache).nanoseconds / 1_000
      // Whole microseconds, rounded down in at most four places.
      let isClose = timeout <= step.timeoutMicroseconds && timeout + 32 >= step.timeoutMicroseconds
      #expect(isClose, "after \(step.sample) ms: \(timeout) us")
    }
  }

  @Test func theTimeoutStaysWithinItsBounds() {
    var cache = RoundTripCache()
    cache.record(Self.peer, .microseconds(10), at: .zero)
    #expect(Self.timeout(cache) == .milliseconds(50))
    #expect(Self.timeout(cache, lowest: .milliseconds(70)) == .milliseconds(70))
    cache.record(Self.peer, .max, at: .zero)
    #expect(Self.timeout(cache) == .seconds(3))
    for _ in 0..<40 { cache.record(Self.peer, .max, at: .never) }
    #expect(Self.timeout(cache) == .seconds(3))
    #expect(RoutingTable.microseconds(.max) < RoutingTable.unmeasured)
    #expect(RoutingTable.microseconds(.microseconds(7)) == 7)
  }

  /// With a constant delay the deviation vanishes; an answer must not come after its time-out.
  @Test(arguments: [51_000, 60_000, 99_999, 100_007, 250_003] as [UInt64])
  func aConstantRoundTripIsShorterThanItsTimeout(microseconds: UInt64) {
    var cache = RoundTripCache()
    var early = 0
    for _ in 0..<200 {
      cache.record(Self.peer, .microseconds(microseconds), at: .zero)
      if Self.timeout(cache) <= .microseconds(microseconds) { early += 1 }
    }
    #expect(early == 0)
    // But it comes close to the round trip: a lost message costs little more than one.
    #expect(Self.timeout(cache) < .microseconds(microseconds * 3 / 2))
  }

  @Test func twoPeersOnOneEntryPushEachOtherOut() {
    func knows(_ cache: RoundTripCache, _ number: UInt32) -> Bool {
      let peer = NodeIndex(number)
      var cache = cache
      return cache.timeout(for: peer, initial: .seconds(3), lowest: .zero) != .seconds(3)
    }
    var cache = RoundTripCache()
    var collisions = 0
    for number in 1...200 as ClosedRange<UInt32> {
      var two = RoundTripCache()
      two.record(NodeIndex(0), .milliseconds(80), at: .zero)
      two.record(NodeIndex(number), .milliseconds(80), at: .zero)
      #expect(knows(two, number))
      if !knows(two, 0) { collisions += 1 }
      cache.record(NodeIndex(number), .milliseconds(80), at: .zero)
      #expect(knows(cache, number))
    }
    #expect((1...20).contains(collisions))
    #expect((0...200).filter { knows(cache, $0) }.count <= 64)
  }

  @Test func heardMeansAnAnswerWithinTheSpan() {
    var cache = RoundTripCache()
    let start = Instant.zero + .milliseconds(10_900)
    #expect(!cache.heard(Self.peer, within: .max, at: .zero))
    cache.record(Self.peer, .milliseconds(1), at: start)
    for later in stride(from: 0, through: 9_000, by: 100) as StrideThrough<UInt64> {
      let heard = cache.heard(
        Self.peer, within: .seconds(5), at: start + .milliseconds(later))
      if later <= 4_000 { #expect(heard, "\(later) ms") }
      if later >= 5_000 { #expect(!heard, "\(later) ms") }
    }
    #expect(!cache.heard(NodeIndex(18), within: .max, at: start))
    // A clock that was set back makes nothing of it.
    #expect(cache.heard(Self.peer, within: .seconds(5), at: .zero))
  }
}

extension RoundTripCacheTests {
  @Test func aNoteKeepsTheSamplesOfItsPeerAndPushesOutThoseOfAnother() {
    var cache = RoundTripCache()
    cache.record(Self.peer, .milliseconds(80), at: .zero)
    cache.note(Self.peer, at: .zero + .seconds(9))
    #expect(Self.timeout(cache) == .milliseconds(80 + 160))
    #expect(cache.heard(Self.peer, within: .seconds(5), at: .zero + .seconds(10)))
    for number in 100..<1_000 as Range<UInt32> {
      cache.note(NodeIndex(number), at: .zero + .seconds(9))
    }
    #expect(Self.timeout(cache) == .seconds(3))
    #expect(!cache.heard(Self.peer, within: .seconds(5), at: .zero + .seconds(10)))
  }
}

/// The request table: generations, bounds, and the open requests of a peer.
@Suite struct RequestTableTests {
  static func request(_ peer: UInt32) -> RequestTable.Request {
    RequestTable.Request(
      purpose: .liveness, attempts: 1, peer: NodeIndex(peer), sentAt: .zero)
  }

  static func open(
    _ peer: UInt32, in table: inout RequestTable, most: Int
  ) throws -> RequestId {
    let id = table.open(request(peer), most: most)
    return try #require(id)
  }

  /// Nobody but the peer ends a hop: else a third one could keep it from being sent again.
  @Test func onlyItsPeerEndsAHopAndNothingButAHop() throws {
    var table = RequestTable()
    let message = RouteMessage(key: Key(.zero), source: NodeIndex(9), tag: 1)
    let hop = RequestTable.Request(
      purpose: .hop(message, toRoot: false), attempts: 3, peer: NodeIndex(1),
      sentAt: .zero + .seconds(7))
    let number = table.open(hop, most: 10)
    let id = try #require(number)
    let probe = try Self.open(1, in: &table, most: 10)
    let older = RequestId(id.number + 1 << RequestTable.placeBits)
    let wrong: [(RequestId, UInt32)] = [(id, 2), (probe, 1), (older, 1), (RequestId(5), 1)]
    for (wrong, peer) in wrong {
      let closed = table.close(wrong, to: NodeIndex(peer), fits: \.isHop)
      #expect(closed == nil && table.count == 2)
    }
    let closed = table.close(id, to: NodeIndex(1), fits: \.isHop)
    #expect(closed?.attempts == 3 && closed?.sentAt == .zero + .seconds(7) && table.count == 1)
    let again = table.close(id, to: NodeIndex(1), fits: \.isHop)
    #expect(again == nil && table.count == 1)
  }

  @Test func attemptsAreCountedToTheirLimit() throws {
    var table = RequestTable()
    let id = try Self.open(1, in: &table, most: 10)
    for _ in 0..<70_000 { table.resent(id, at: .zero) }
    #expect(table[id]?.attempts == .max)
  }

  @Test func aLateAnswerOfAClosedRequestFindsNothing() throws {
    var table = RequestTable()
    let first = try Self.open(1, in: &table, most: 10)
    #expect(table[first]?.peer == NodeIndex(1))
    let closed = table.close(first)
    #expect(closed?.peer == NodeIndex(1))
    let second = try Self.open(2, in: &table, most: 10)
    #expect(first != second)
    #expect(table[first] == nil)
    let again = table.close(first)
    #expect(again == nil && table.count == 1)
    table.resent(first, at: .never)
    #expect(table[second]?.attempts == 1)
    table.resent(second, at: .zero + .seconds(1))
    #expect(table[second]?.attempts == 2)
    #expect(table[second]?.sentAt == .zero + .seconds(1))
    #expect(table[RequestId(.max)] == nil && table[RequestId(77)] == nil)
  }

  @Test func noMoreThanTheBoundAreOpen() throws {
    var table = RequestTable()
    var open: [RequestId] = []
    for number in 0..<5 as Range<UInt32> {
      open.append(try Self.open(number, in: &table, most: 5))
    }
    let refused = table.open(Self.request(9), most: 5)
    #expect(refused == nil && table.count == 5)
    #expect(Set(open).count == 5)
    let closed = table.close(open[2])
    #expect(closed?.peer == NodeIndex(2))
    let reopened = table.open(Self.request(9), most: 5)
    #expect(reopened != nil && table.count == 5)
    var large = RequestTable()
    for number in 0..<4_096 as Range<UInt32> {
      let id = large.open(Self.request(number), most: .max)
      #expect(id != nil)
    }
    let beyond = large.open(Self.request(0), most: .max)
    #expect(beyond == nil)
  }

  @Test func aPlaceGivesEveryGenerationAnotherNumber() throws {
    var table = RequestTable()
    var seen: Set<RequestId> = []
    for number in 0..<2_000 as Range<UInt32> {
      let id = try Self.open(number, in: &table, most: 1)
      #expect(seen.insert(id).inserted)
      let closed = table.close(id)
      #expect(closed?.peer == NodeIndex(number))
    }
    let left = table.open { _ in true }
    #expect(table.count == 0 && left.isEmpty)
  }

  @Test func theOpenRequestsOfAPeerAreFound() throws {
    var table = RequestTable()
    let ids = try [1, 2, 1, 3, 1].map { try Self.open($0, in: &table, most: 9) }
    _ = table.close(ids[2])
    let found = [1, 4].map { table.open(to: NodeIndex($0)) }
    #expect(found == [[ids[0], ids[4]], []])
    let all = table.open { _ in true }
    #expect(all == [ids[0], ids[1], ids[3], ids[4]])
    let contained = [
      table.contains(NodeIndex(2)) { _ in true }, table.contains(NodeIndex(2)) { _ in false },
      table.contains(NodeIndex(9)) { _ in true },
    ]
    #expect(contained == [true, false, false])
  }

  /// Near and far, among places that were used before and are free now.
  @Test func theOpenRequestsAreFoundAmongFreePlaces() throws {
    var table = RequestTable()
    var ids: [RequestId] = []
    for number in 0..<40 as Range<UInt32> {
      ids.append(try Self.open(number, in: &table, most: 99))
    }
    for place in ids.indices where place != 3 && place != 17 { _ = table.close(ids[place]) }
    var seen: [NodeIndex] = []
    let open = table.open { request in
      seen.append(request.peer)
      return true
    }
    #expect(open == [ids[3], ids[17]] && seen == [NodeIndex(3), NodeIndex(17)])
    let closed = table.close { $0.peer == NodeIndex(17) }
    #expect(closed.map(\.peer) == [NodeIndex(17)] && table.count == 1)
    seen = []
    let isThere = table.contains(NodeIndex(3)) { _ in true }
    _ = table.close(ids[3])
    let none = table.open { request in
      seen.append(request.peer)
      return true
    }
    #expect(isThere && none.isEmpty && seen.isEmpty)
  }
}

extension RequestTable {
  subscript(id: RequestId) -> Request? {
    var copy = self
    return copy.request(id)
  }
}
