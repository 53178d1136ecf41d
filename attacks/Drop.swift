import Pastry
import SecureRouting

/// Faulty nodes keep every message that they should forward.
///
/// In the protocol they acknowledge it first, so that the last hop looks for no other way, and are
/// honest in all else, so that they stay in everybody's tables and leaf sets. As replica roots they
/// leave reads unanswered.
struct Drop: Attack {
  static let descriptor = AttackDescriptor(
    name: "drop",
    summary: "Faulty nodes keep every message that they should forward and stay silent.",
    source: "[Castro02], message forwarding", defence: "redundant routing (anycast, sec-route)")

  init(parameters: AttackParameters) throws(AttackError) {}

  var staticForm: StaticForm? { StaticForm(interception: .silence) }

  var protocolForm: (any ProtocolForm)? { Form() }
}

private struct Form: ProtocolForm {
  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    if let (_, id) = scene.routed(message) {
      scene.acknowledge(id, to: sender)
      return nil
    }
    return scene.read(in: message, from: sender) == nil ? message : nil
  }
}
