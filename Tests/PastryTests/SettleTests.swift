import Testing

@testable import Pastry

/// Whom a node asks whose leaf set is not complete.
@Suite struct SettleTests {
  typealias Machine = NodeMachineTests

  private static func ends(_ set: LeafSet) -> Set<NodeIndex> {
    Set([set.clockwise.last?.index, set.counterclockwise.last?.index].compactMap { $0 })
  }

  private static func probed(_ actions: [PastryAction]) -> Set<NodeIndex> {
    Set(Machine.requests(actions).map(\.to))
  }

  /// The next node of the ring on each side of node 0.
  private static var neighbours: [Peer] {
    let ring = Machine.ring.sorted { $0.nodeId < $1.nodeId }
    guard let place = ring.firstIndex(of: Machine.ring[0]) else { return [] }
    return [1, ring.count - 1].map { ring[(place + $0) % ring.count] }
  }

  @Test func aRestoredNodeAsksTheFarthestMembersOfBothSides() {
    var bench = Machine.bench(.idle)
    var snapshot = PastryNode.Snapshot()
    snapshot.leafSet += Self.neighbours
    let actions = bench.run { $0.restore(snapshot, $1, into: &$2) }
    let ends = Self.ends(bench.node.leafSet)
    #expect(ends.count == 2)
    #expect(Self.probed(actions) == ends)
  }
}
