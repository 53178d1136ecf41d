import Pastry
import ProtocolTime
import SecureRouting

/// The coalition surrounds a few nodes: they hear of members alone, and what they send is kept.
///
/// To everybody else members behave as honest nodes, so a victim cannot tell from what others see.
/// The victims are those that the scenario names; if it names none, the coalition draws some.
struct Eclipse: Attack {
  static let descriptor = AttackDescriptor(
    name: "eclipse",
    summary: "Members fill the tables and leaf sets of a few victims and keep what they send.",
    parameters: [
      AttackParameter(
        "victims", summary: "nodes that a coalition draws when the scenario names no victims",
        unit: "nodes", domain: .integer(1...4096), defaultValue: "1")
    ],
    source: "[Singh06]; [Sit02]",
    defence: "constrained routing tables; redundant routing (anycast, sec-route)")

  private let victims: Int

  init(parameters: AttackParameters) throws(AttackError) {
    victims = parameters.integer("victims")
  }

  var protocolForm: (any ProtocolForm)? { Form(count: victims) }
}

private struct Form: ProtocolForm {
  let count: Int
  /// The victims that were drawn; at most `count`.
  private var drawn: NodeList = []
  private var victims = SortedNodes([])

  init(count: Int) {
    self.count = count
  }

  var tickPeriod: TimeSpan? { .seconds(1) }

  /// Members must look near to be taken into a table by proximity.
  var spoofedDelay: TimeSpan? { AttackScene.nearbyDelay }

  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    if let (route, id) = scene.routed(message), isEclipsed(route.source, scene) {
      scene.acknowledge(id, to: sender)
      return nil
    }
    guard isEclipsed(sender, scene) else { return message }
    switch message {
    case .secure(.clusterRequest(let key, let nonce)):
      scene.send(.secure(scene.forgedClusterReply(for: key, nonce: nonce)), to: sender)
      return nil
    case .secure(.list), .secure(.lookupRequest): return nil
    case .secure, .read: return message
    case .pastry: return scene.answersEnclosed(message, from: sender) ? nil : message
    }
  }

  mutating func send(
    _ message: OverlayMessage, to receiver: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    guard isEclipsed(receiver, scene) else { return message }
    return scene.forgedForEnclosed(message, to: receiver)
  }

  mutating func tick(_ scene: inout AttackScene) {
    if scene.victims.isEmpty && drawn.isEmpty { draw(&scene) }
    let chosen = scene.victims.isEmpty ? drawn : scene.victims
    guard !chosen.isEmpty else { return }
    let victim = scene.randomNode(of: chosen)
    if scene.isVictim(victim) { scene.claimProximity(to: victim) }
  }

  private func isEclipsed(_ node: NodeIndex, _ scene: AttackScene) -> Bool {
    scene.isVictim(node) && (!scene.victims.isEmpty || victims.contains(node))
  }

  private mutating func draw(_ scene: inout AttackScene) {
    for _ in 0..<count {
      if let node = scene.randomVictim(), !drawn.contains(node) { drawn.append(node) }
    }
    victims = SortedNodes(drawn)
  }
}
