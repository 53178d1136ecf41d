import ProtocolTime
import RingIdentifiers
import Testing

@testable import Pastry

/// What a node does not ask, because it knows or because nobody would gain by it.
@Suite struct TrafficTests {
  typealias Machine = NodeMachineTests
  typealias Membership = MembershipTests

  /// Node 0, which has measured node 2, and another node of node 2's slot in the table by
  /// proximity.
  static func rivals() throws -> (bench: Machine.Bench, rival: NodeIndex) {
    var bench = Machine.bench(.active) { $0.keepsConstrainedTable = false }
    let ping = try #require(Machine.requests(bench.receive(.row([NodeIndex(2)]))).first)
    bench.world.now = bench.world.now + .milliseconds(5)
    _ = bench.receive(.pong(ping.id), from: 2)
    let slot = bench.node.routingTable.slots.slot(of: Machine.ring[2].nodeId)
    let rival = try #require(
      Machine.ring.dropFirst(3).first {
        bench.node.routingTable.slots.slot(of: $0.nodeId) == slot
      })
    return (bench, rival.index)
  }

  @Test func aConstrainedRowIsNoReasonToMeasureARivalOfAnEntry() throws {
    var (bench, rival) = try Self.rivals()
    #expect(bench.receive(.constrainedRow([rival]), from: 3) == [])
    // A row of the table by proximity is one.
    #expect(Membership.receivers(bench.receive(.row([rival]), from: 3)) == [rival])
  }

  @Test func aConstrainedRowFillsEmptySlotsOfBothTables() throws {
    for keepsConstrainedTable in [false, true] {
      var bench = Machine.bench(.active) { $0.keepsConstrainedTable = keepsConstrainedTable }
      let actions = bench.receive(.constrainedRow([NodeIndex(2)]))
      let ping = try #require(Machine.requests(actions).first)
      _ = bench.receive(.pong(ping.id), from: 2)
      #expect(bench.node.routingTable.slots.nodes == [NodeIndex(2)])
      #expect(bench.node.constrainedTable.slots.nodes.isEmpty == !keepsConstrainedTable)
      #expect(bench.receive(.constrainedRow([NodeIndex(2)])) == [])
    }
  }

  /// Beats at which a former member is asked, of the first 16 after the loss.
  static func askingBeats(_ bench: inout Machine.Bench, _ lost: NodeIndex) throws -> [Int] {
    _ = bench.receive(.nearbyRequest(RequestId(1)), from: lost.number)
    let probe = try #require(bench.node.requests.open(to: lost).first)
    for _ in 0..<3 { _ = bench.fire(.request(probe)) }
    try #require(bench.node.former.contains(lost))
    return (1...16).filter { _ in
      Machine.requests(bench.fire(.heartbeat)).contains { bench.node.former.contains($0.to) }
    }
  }

  @Test func theTimesBetweenQuestionsToFormerMembersGrow() throws {
    var bench = Membership.bench()
    for place in [0, 10, 3] {
      _ = bench.receive(
        .leafSetProbe(Membership.empty, RequestId(1)), from: Membership.around[place].number)
    }
    try #require(!bench.node.leafSet.isWhole)
    #expect(try Self.askingBeats(&bench, Membership.around[0]) == [1, 3, 7, 11, 15])
  }

  @Test func whereAllAreInOneLeafSetAFormerMemberIsAskedAtEveryBeat() throws {
    var bench = Machine.bench(.active)
    _ = bench.receive(.leafSetProbe(Membership.empty, RequestId(1)), from: 1)
    _ = bench.receive(.leafSetProbe(Membership.empty, RequestId(1)), from: 2)
    try #require(bench.node.leafSet.isWhole)
    #expect(try Self.askingBeats(&bench, NodeIndex(2)) == Array(1...16))
  }

  @Test func anOverdueNeighbourIsMissedAtTheNextMessage() {
    var bench = Membership.bench()
    let neighbour = Membership.full[0]
    let ping = PastryMessage.ping(RequestId(1))
    bench.world.now = bench.world.now + .seconds(33)
    #expect(Membership.receivers(bench.receive(ping, from: 3)) == [])
    bench.world.now = bench.world.now + .milliseconds(1)
    // Not when the message is its own.
    #expect(Membership.receivers(bench.receive(ping, from: neighbour.number)) == [])
    #expect(Membership.receivers(bench.receive(ping, from: 3)) == [neighbour])
    #expect(bench.node.probing == [neighbour])
    // Once.
    #expect(Membership.receivers(bench.receive(ping, from: 3)) == [])
  }

  @Test func theSearchMeasuresANodeOnce() throws {
    var bench = Machine.bench(.idle)
    let asked = Machine.requests(bench.run { $0.join(via: NodeIndex(1), $1, into: &$2) })
    let list = Machine.numbers(2..<5)
    var actions = bench.receive(.nearbyReply(list, try #require(asked.first).id))
    let pings = Machine.requests(actions)
    #expect(pings.map(\.to) == [2, 3, 4, 1].map { NodeIndex($0) })
    for ping in pings {
      bench.world.now = bench.world.now + .milliseconds(1)
      actions = bench.receive(.pong(ping.id), from: ping.to.number)
    }
    let row = try #require(Machine.requests(actions).first)
    actions = bench.receive(.rowReply(Machine.numbers(3..<7), rowCount: 1, row.id), from: 2)
    let more = Machine.requests(actions).map(\.to)
    #expect(more == [5, 6].map { NodeIndex($0) })
  }

  @Test func aNodeOfSeveralSetsCountsOnceAmongThoseThatFail() throws {
    var bench = Machine.bench(.active)
    let ping = try #require(Machine.requests(bench.receive(.row([NodeIndex(2)]))).first)
    _ = bench.receive(.pong(ping.id), from: 2)
    _ = bench.receive(.leafSetProbe(Membership.empty, RequestId(1)), from: 2)
    #expect(bench.node.leafSet.contains(NodeIndex(2)))
    #expect(bench.node.constrainedTable.slots.nodes == [NodeIndex(2)])
    #expect(bench.node.peerCount == 1)
  }
}
