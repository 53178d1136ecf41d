import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// The next hop is found without ranking; it has to be the first of the ranking.
@Suite struct NextHopTests {
  static let ring = randomRing("next hop", count: 120, depth: 12)

  /// Node 0 with a leaf set and some of the other nodes in its tables.
  static func node(_ draws: inout RandomStream) -> (PastryNode, PastryEnvironment) {
    let configuration = PastryConfiguration(digitBits: 2, leafSetSize: 8)
    let world = PastryEnvironment(
      configuration: configuration, book: PeerBook(ContiguousArray(ring.map(\.nodeId))))
    var node = PastryNode(ring[0], configuration: configuration, stream: StreamKey(seed: 1))
    var snapshot = PastryNode.Snapshot()
    let sorted = ring.dropFirst().sorted {
      ring[0].nodeId.clockwiseDistance(to: $0.nodeId)
        < ring[0].nodeId.clockwiseDistance(to: $1.nodeId)
    }
    snapshot.leafSet = ContiguousArray(sorted.prefix(4) + sorted.suffix(4))
    for peer in ring.dropFirst() where draws.index(below: 3) == 0 {
      snapshot.table.append((peer, 1_000 + draws.index(below: 1_000)))
      snapshot.constrained.append(peer)
    }
    var actions = PastryActions()
    node.restore(snapshot, world, into: &actions)
    return (node, world)
  }

  @Test(arguments: [RoutingTableKind.proximity, .constrained])
  func isTheFirstOfTheRanking(table: RoutingTableKind) {
    var draws = RandomStream(StreamKey(seed: 4)["keys"])
    var detours = 0
    for _ in 0..<40 {
      var (node, world) = Self.node(&draws)
      for _ in 0..<50 {
        // Near a node of the ring, so that rows of all depths are met.
        let near = Self.ring[Int(draws.index(below: 120))].nodeId.value
        let key = Key(
          near
            &+ UInt160(
              high: draws.next() >> (2 * UInt64(draws.index(below: 20))), middle: 1, low: 1))
        node.suspected = NodeList(
          (0..<draws.index(below: 40)).map { _ in NodeIndex(draws.index(below: 120)) })
        let joins = draws.index(below: 2) == 0
        let source = NodeIndex(1 + draws.index(below: 119))
        let message = RouteMessage(
          key: key, source: source, tag: 1, purpose: joins ? .join : .application, table: table)
        let ranked = node.rankedCandidates(for: key, table: table, world)
          .first { !joins || $0 != source }
        let next = node.nextHop(for: message, world)
        #expect(next == ranked)
        let slots = table == .proximity ? node.routingTable.slots : node.constrainedTable.slots
        if let ranked, slots.entry(for: key) != ranked { detours += 1 }
      }
    }
    #expect(detours > 200)
  }
}
