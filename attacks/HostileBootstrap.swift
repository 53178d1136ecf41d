import Pastry
import RingIdentifiers
import SecureRouting

/// A faulty contact keeps joining nodes among coalition members.
///
/// Whoever joins through a member hears of members alone: as near nodes, as rows, as the nodes
/// around its nodeId. The coalition then answers the leaf set probes that follow in the same way
/// and keeps the new node from its own honest machines, so that no honest node learns of it. What
/// the node routes later goes to members; `drop` or `impersonate-root` says what becomes of it.
struct HostileBootstrap: Attack {
  static let descriptor = AttackDescriptor(
    name: "hostile-bootstrap",
    summary: "A faulty contact tells joining nodes of coalition members only.",
    source: "[Castro02], routing table maintenance; [Sit02]",
    defence: "joining through several contacts, of which one is honest")

  init(parameters: AttackParameters) throws(AttackError) {}

  var protocolForm: (any ProtocolForm)? { Form() }
}

private struct Form: ProtocolForm {
  /// Nodes that the coalition keeps to itself. A node that is forgotten is told the truth from then
  /// on; so many nodes are more than what joins through one coalition while any of them joins.
  private static let enclosedMax = 4_096

  private var enclosed = RecentMemory<NodeIndex>(capacity: enclosedMax)

  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    switch message {
    case .pastry(.nearbyRequest(let id)) where scene.isVictim(sender):
      _ = enclosed.insert(sender)
      scene.send(.pastry(.nearbyReply(scene.forgedNearby(), id)), to: sender)
      return nil
    case .pastry(.route(let route, let id))
    where route.purpose == .join && scene.isVictim(route.source):
      scene.acknowledge(id, to: sender)
      welcome(route, &scene)
      return nil
    case .secure(.lookupRequest(let key, let nonce)) where scene.isVictim(sender):
      scene.send(.secure(scene.forgedLookupReply(for: key, nonce: nonce)), to: sender)
      return nil
    case .pastry, .secure, .read:
      guard enclosed.contains(sender) else { return message }
      return scene.answersEnclosed(message, from: sender) ? nil : message
    }
  }

  mutating func send(
    _ message: OverlayMessage, to receiver: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    guard enclosed.contains(receiver) else { return message }
    return scene.forgedForEnclosed(message, to: receiver)
  }

  /// Gives a node that joins the rows that it lacks and a leaf set.
  private mutating func welcome(_ route: RouteMessage, _ scene: inout AttackScene) {
    _ = enclosed.insert(route.source)
    let joining = scene.book[route.source]
    let digitBits = scene.configuration.digitBits
    for row in Int(
      route.nextRow)..<max(
        Int(route.nextRow), UInt160.digitCount(digitBits: digitBits))
    {
      let nodes = scene.forgedRow(row, for: joining)
      if nodes.isEmpty { break }
      scene.send(.pastry(.row(nodes)), to: route.source)
    }
    scene.send(.pastry(.joinReply(scene.forgedReport(for: joining))), to: route.source)
  }
}
