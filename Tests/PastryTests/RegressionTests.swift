import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// Errors that the protocol had, each with the property that it broke.
@Suite struct RegressionTests {
  typealias Machine = NodeMachineTests

  /// A peer answers a leaf set probe with a pong of the same number: the request stays open.
  @Test func anAnswerOfTheWrongKindDoesNotStopTheRepair() throws {
    var bench = Machine.bench(.active)
    let actions = bench.receive(.leafSetProbe(LeafSetReport(members: [NodeIndex(2)]), RequestId(1)))
    let probe = try #require(Machine.requests(actions).first { $0.to == NodeIndex(2) })
    _ = bench.receive(.pong(probe.id), from: 2)
    #expect(bench.node.probing.isEmpty || !bench.node.requests.open(to: NodeIndex(2)).isEmpty)
  }

  /// The same for lists.
  @Test func aListDoesNotAnswerALeafSetProbe() throws {
    var bench = Machine.bench(.active)
    let actions = bench.receive(.leafSetProbe(LeafSetReport(members: [NodeIndex(2)]), RequestId(1)))
    let probe = try #require(Machine.requests(actions).first { $0.to == NodeIndex(2) })
    _ = bench.receive(.nearbyReply([], probe.id), from: 2)
    #expect(bench.node.probing.isEmpty || !bench.node.requests.open(to: NodeIndex(2)).isEmpty)
  }

  /// The only known member leaves and names others: they have to be asked before anything else.
  @Test func aNodeThatSettlesDoesNotGoOnAloneWhenItsRootLeaves() {
    var bench = Machine.bench(.settling)
    let report = LeafSetReport(members: Machine.numbers(2..<4))
    let actions = Machine.names(bench.receive(.departure(report)))
    #expect(!actions.contains("activated"))
    #expect(!bench.node.leafSet.isWhole)
  }

  /// A node that joins and whose root crashes knows nobody: it must join again, not found a second
  /// overlay that is root of everything.
  @Test func aNodeThatSettlesDoesNotFoundItsOwnOverlayWhenItsRootCrashes() throws {
    var bench = Machine.bench(.joining)
    let probes = Machine.requests(bench.receive(.joinReply(LeafSetReport(members: []))))
    let probe = try #require(probes.first)
    for _ in 0..<3 { _ = bench.fire(.request(probe.id)) }
    #expect(bench.node.phase != .active)
    #expect(!bench.node.leafSet.isWhole)
  }

  @Test func whatAJoiningNodeHoldsIsDroppedWhenItLeaves() {
    var bench = Machine.bench(.joining)
    let route = RouteMessage(key: Key(.zero), source: NodeIndex(0), tag: 1)
    _ = bench.run { $0.route(route, $1, into: &$2) }
    let actions = bench.run { $0.depart($1, into: &$2) }
    #expect(actions.contains(.drop(route, .departed)))
    #expect(bench.node.held.isEmpty)
  }

  @Test func oneFailureIsFoundOnce() throws {
    var bench = Machine.bench(.active)
    let measured = Machine.requests(bench.receive(.row([NodeIndex(2)])))
    _ = bench.receive(.pong(try #require(measured.first).id), from: 2)
    #expect(bench.node.routingTable.slots.nodes == [NodeIndex(2)])
    // Long after, two probes are open at one time.
    bench.world.now = bench.world.now + .hours(3)
    let pings = (0..<2).flatMap { _ in Machine.requests(bench.fire(.tableProbe)) }
    try #require(pings.filter { $0.to == NodeIndex(2) }.count == 2)
    var found = 0
    for _ in 0..<3 {
      for ping in pings {
        let actions = bench.fire(.request(ping.id))
        found += actions.filter { $0 == .foundFailed(NodeIndex(2)) }.count
      }
    }
    #expect(found == 1)
  }

  /// The search goes from the last row of the contact's table to the first.
  @Test func theSearchAsksForTheLastRow() throws {
    var network = OverlayTests.overlay(20)
    let rows = network.nodes[0].routingTable.slots.rowCount
    var newcomer = TinyNetwork(
      randomRing("overlay 20", count: 20) + [Machine.peer(20)], OverlayTests.configuration())
    for node in 0..<20 { newcomer.nodes[node] = network.nodes[node] }
    newcomer.world.now = network.world.now
    let box = RowBox()
    newcomer.loses = { message, from, _, _ in
      if from == 20, case .rowRequest(let row, _) = message { box.rows.append(Int(row)) }
      return false
    }
    newcomer.join(20, via: 0)
    newcomer.run(.seconds(20))
    network = newcomer
    try #require(rows >= 2 && network.nodes[20].phase == .active && box.rows.count >= 2)
    // From a row that nobody has to the last one of the nearest node, then down to the first.
    let rowCounts = network.nodes.prefix(20).map(\.routingTable.slots.rowCount)
    #expect(rowCounts.contains(box.rows[1] + 1))
    #expect(box.rows.dropFirst().last == 0)
  }
}

/// Collects what a loss predicate sees.
final class RowBox {
  var rows: [Int] = []
}

extension NodeMachineTests {
  /// A node beyond the ring of 20, next to its first node.
  static func peer(_ number: UInt32) -> Peer {
    let first = randomRing("overlay 20", count: 20)[0].nodeId.value
    return Peer(NodeId(first &+ UInt160(12_345)), NodeIndex(number))
  }
}
