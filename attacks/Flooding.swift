import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting

/// Members send bursts of messages that nobody asked for.
///
/// Once a second one node gets a burst from random members: answers to nothing, numbers that mean
/// nothing, lists as long as they may be, and requests that make work. The dearest are a list of
/// strangers for the node's own nodeId, which it hands on to its whole leaf set, and the wish to
/// have a member's nodeId looked up.
struct Flooding: Attack {
  static let descriptor = AttackDescriptor(
    name: "flooding",
    summary: "Members send bursts of junk, unsolicited answers and costly requests to a node.",
    parameters: [
      AttackParameter(
        "burst", summary: "messages that a coalition sends in a second", unit: "1/s",
        domain: .integer(1...100_000), defaultValue: "100")
    ],
    source: "[Sit02], overload of targeted nodes",
    defence: "bounds on open requests and on lists; answers to nothing are refused")

  private let burst: Int

  init(parameters: AttackParameters) throws(AttackError) {
    burst = parameters.integer("burst")
  }

  var protocolForm: (any ProtocolForm)? { Form(burst: burst) }
}

private struct Form: ProtocolForm {
  let burst: Int

  var tickPeriod: TimeSpan? { .seconds(1) }

  mutating func tick(_ scene: inout AttackScene) {
    guard let victim = scene.randomVictim() else { return }
    for _ in 0..<burst {
      let member = scene.randomNode(of: scene.coalition.members)
      scene.send(junk(from: member, to: victim, &scene), to: victim, from: member)
    }
  }

  /// One message of a kind drawn at random.
  private func junk(
    from member: NodeIndex, to victim: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage {
    let id = RequestId(UInt32(truncatingIfNeeded: scene.random.next()))
    let nonce = scene.random.next()
    let most = scene.configuration.listMax
    let kinds: UInt32 = 12
    switch scene.random.index(below: kinds) {
    case 0: return .pastry(.acknowledge(id))
    case 1: return .pastry(.pong(id))
    case 2: return .pastry(.row(nodes(most + 1, &scene)))
    case 3:
      return .pastry(
        .leafSetProbe(
          LeafSetReport(members: nodes(most + 1, &scene), failed: nodes(most, &scene)), id))
    case 4: return .pastry(.nearbyRequest(id))
    case 5: return .pastry(.constrainedRequest)
    case 6:
      let key = Key.random(from: &scene.random)
      return .pastry(.route(RouteMessage(key: key, source: member, tag: nonce), id))
    case 7: return .secure(.found(nonce: nonce))
    case 8: return .secure(.rootSet(secureNodes(&scene), nonce: nonce))
    case 9:
      let key = Key(scene.book[victim].value)
      let request = SecureRequest(key: key, source: member, nonce: nonce, replicas: 0)
      return .secure(.list(request, secureNodes(&scene)))
    case 10:
      return .secure(.clusterReply(secureNodes(&scene), slot: scene.randomNode(), nonce: nonce))
    default: return .secure(.lookupRequest(Key(scene.book[member].value), nonce: nonce))
    }
  }

  /// The longest list that a message of secure routing may hold.
  private func secureNodes(_ scene: inout AttackScene) -> NodeList {
    nodes(scene.configuration.leafSetSize + 2, &scene)
  }

  private func nodes(_ count: Int, _ scene: inout AttackScene) -> NodeList {
    var nodes: NodeList = []
    for _ in 0..<count { nodes.append(scene.randomNode()) }
    return nodes
  }
}
