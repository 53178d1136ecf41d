import Adversary
@testable import EventSimulation
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting

/// An attack of the tests: whatever form it is given.
struct TestAttack: Attack {
  static let descriptor = AttackDescriptor(
    name: "test", summary: "Does what a test wants.", source: "", defence: "")

  var protocolForm: (any ProtocolForm)?

  init(_ form: (any ProtocolForm)?) { protocolForm = form }

  init(parameters: AttackParameters) throws(AttackError) {}
}

/// Acknowledges every lookup and every copy and keeps it.
struct DropForm: ProtocolForm {
  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    guard case .pastry(.route(let route, let id)) = message, route.purpose != .join else {
      return message
    }
    scene.send(.pastry(.acknowledge(id)), to: sender)
    return nil
  }
}

/// Says nothing at all.
struct MuteForm: ProtocolForm {
  mutating func send(
    _ message: OverlayMessage, to receiver: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? { nil }
}

/// Answers from next to everybody.
struct NearForm: ProtocolForm {
  var spoofedDelay: TimeSpan? { .milliseconds(1) }
}

/// Pings node 0 every ten seconds, half a second late.
struct PingForm: ProtocolForm {
  var tickPeriod: TimeSpan? { .seconds(10) }

  mutating func tick(_ scene: inout AttackScene) {
    scene.send(.pastry(.ping(RequestId(7))), to: NodeIndex(0), after: .milliseconds(500))
  }
}

/// Its members leave one after the other, each for a minute, whatever else is said meanwhile.
struct LeaveForm: ProtocolForm {
  var tickPeriod: TimeSpan? { .seconds(100) }

  mutating func tick(_ scene: inout AttackScene) {
    scene.leave(scene.node.index, returningAfter: .seconds(60))
    scene.leave(scene.node.index, returningAfter: .seconds(70))
  }
}

/// Overlays and adversaries of the tests.
enum Opposition {
  static func nodeIds(_ count: Int, seed: UInt64 = 99) -> ContiguousArray<NodeId> {
    var draws = RandomStream(StreamKey(seed: seed)["ids"])
    return ContiguousArray((0..<count).map { _ in NodeId.random(from: &draws) })
  }

  /// - Parameter secure: how nodes route securely; nil when they do not.
  static func simulation(
    _ count: Int, network: Network = .constant(.milliseconds(20)),
    secure: SecureConfiguration? = nil, joinsSecurely: Bool = false
  ) -> Simulation {
    var settings = SimulationSettings(
      pastry: PastryConfiguration(digitBits: 2, leafSetSize: 8), network: network, seed: 5)
    settings.secure = secure
    settings.joinsSecurely = joinsSecurely
    return Simulation(settings: settings, nodeIds: nodeIds(count))
  }

  /// One coalition of these nodes.
  static func adversary(
    _ members: NodeList, among nodeIds: ContiguousArray<NodeId>, _ forms: [any ProtocolForm]
  ) throws -> ProtocolAdversary {
    let book = PeerBook(nodeIds)
    let scene = AttackScene(
      coalition: Coalition(members, in: book), victims: [],
      configuration: PastryConfiguration(digitBits: 2, leafSetSize: 8), book: book,
      stream: StreamKey(seed: 3)["coalition"])
    return try ProtocolAdversary(
      playing: forms.map { TestAttack($0) }, on: [scene], nodeCount: nodeIds.count)
  }
}
