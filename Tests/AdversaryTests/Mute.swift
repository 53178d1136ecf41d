import Adversary
import Pastry
import SecureRouting

/// Faulty nodes never confirm that they are there.
struct Mute: Attack {
  static let descriptor = AttackDescriptor(
    name: "mute", summary: "Faulty nodes confirm no list of roots.",
    source: "this guide", defence: "redundant routing")

  init(parameters: AttackParameters) throws(AttackError) {}

  var protocolForm: (any ProtocolForm)? { Form() }

  private struct Form: ProtocolForm {
    mutating func send(
      _ message: OverlayMessage, to receiver: NodeIndex, _ scene: inout AttackScene
    ) -> OverlayMessage? {
      guard case .secure(.confirmed) = message, scene.isVictim(receiver) else { return message }
      return nil
    }
  }
}
