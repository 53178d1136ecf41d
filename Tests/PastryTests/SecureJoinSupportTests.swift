import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// What secure routing needs of a node: copies, a first hop of the caller's choice, and roots that
/// are named from outside.
@Suite struct SecureJoinSupportTests {
  private static let ring = NodeMachineTests.ring

  @Test func aCopyEndsAtTheFirstNodeThatHasTheRootInItsLeafSet() {
    var network = TinyNetwork(randomRing("copies", count: 80), PastryConfiguration(leafSetSize: 8))
    network.create(0)
    network.run(.seconds(5))
    for node in 1..<80 {
      network.join(node, via: 0)
      network.run(.seconds(10))
    }
    var draws = RandomStream(StreamKey(seed: 3)["copies"])
    for tag in 0..<40 {
      let key = Key.random(from: &draws)
      let message = RouteMessage(
        key: key, source: NodeIndex(7), tag: UInt64(tag), purpose: .copy, table: .constrained,
        replicas: 3)
      network.log.removeAll()
      let first = network.nodes[7].leafSet.members[tag % 8].index
      network.input(7) { $0.route(message, via: first, $1, into: &$2) }
      network.run(.seconds(5))
      let ends: [(Int, RouteMessage)] = network.log.compactMap { entry in
        guard case .deliver(let delivered) = entry.action else { return nil }
        return (entry.node, delivered)
      }
      #expect(ends.count == 1)
      guard let (node, delivered) = ends.first else { continue }
      #expect(network.nodes[node].leafSet.covers(key))
      #expect(delivered.replicas == 3 && delivered.tag == UInt64(tag))
      #expect(delivered.hopCount >= 1)
    }
  }

  @Test func aNodeThatIsGoneSendsNothingOn() {
    for phase in [PastryNode.Phase.idle, .departed] {
      var bench = NodeMachineTests.bench(phase)
      let message = RouteMessage(key: Key(.zero), source: NodeIndex(0), tag: 1, purpose: .copy)
      let actions = bench.run { $0.route(message, via: NodeIndex(1), $1, into: &$2) }
      #expect(actions == [.drop(message, .departed)])
    }
  }

  @Test func aNodeThatAwaitsRootsDoesNotBelieveTheAnswerOfOne() {
    var bench = NodeMachineTests.bench(.idle)
    let asked = bench.run { $0.join(via: NodeIndex(1), awaitsRoots: true, $1, into: &$2) }
    if let request = NodeMachineTests.requests(asked).first {
      _ = bench.fire(.request(request.id))
    }
    #expect(bench.node.phase == .joining)
    let report = LeafSetReport(members: NodeMachineTests.numbers(2..<5))
    #expect(bench.receive(.joinReply(report)).isEmpty)
    #expect(bench.node.phase == .joining)
    let adopted = bench.run { $0.adopt(NodeMachineTests.numbers(2..<5), $1, into: &$2) }
    #expect(bench.node.phase == .settling)
    let probed = NodeMachineTests.requests(adopted).map(\.to)
    #expect(Set(probed) == Set(NodeMachineTests.numbers(2..<5)))
  }

  @Test(arguments: NodeMachineTests.allPhases)
  func onlyANodeThatAwaitsRootsAdoptsAny(_ phase: PastryNode.Phase) {
    var bench = NodeMachineTests.bench(phase)
    let actions = bench.run { $0.adopt(NodeMachineTests.numbers(2..<5), $1, into: &$2) }
    #expect(actions.isEmpty)
    #expect(bench.node.phase == phase)
  }

  @Test func anAttemptThatIsMadeAgainStillAwaitsRoots() {
    var bench = NodeMachineTests.bench(.idle)
    _ = bench.run { $0.join(via: NodeIndex(1), awaitsRoots: true, $1, into: &$2) }
    let again = bench.fire(.join(bench.node.search.attempt))
    #expect(again.contains(.joinFailed(via: NodeIndex(1))))
    #expect(bench.node.search.awaitsRoots)
  }
}
