import Pastry
import RingIdentifiers
import SecureRouting

/// Taking messages away from those whom the attack is aimed at.
extension AttackScene {
  /// A routed message that an attack on forwarding acts on: any but a request to join, from a node
  /// that the attack is aimed at. Requests to join are what `hostile-bootstrap` acts on.
  func routed(_ message: OverlayMessage) -> (message: RouteMessage, id: RequestId)? {
    guard case .pastry(.route(let route, let id)) = message, route.purpose != .join,
      isVictim(route.source)
    else { return nil }
    return (route, id)
  }

  /// Tells the last hop that its message is in good hands, so that it looks for no other way.
  mutating func acknowledge(_ id: RequestId, to sender: NodeIndex) {
    send(.pastry(.acknowledge(id)), to: sender)
  }
}
