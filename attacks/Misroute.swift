import Pastry
import SecureRouting

/// Faulty nodes send messages the wrong way, to an accomplice who keeps them.
///
/// A message misrouted to a correct node would only take a detour, because that node routes it on
/// by the same rule; the strongest wrong way ends at an accomplice. For delivery this equals
/// `drop`; it costs the overlay one more message per lost copy. In the protocol the accomplice is
/// another member, drawn anew for each message.
struct Misroute: Attack {
  static let descriptor = AttackDescriptor(
    name: "misroute",
    summary: "Faulty nodes forward messages to an accomplice, who keeps them.",
    source: "[Castro02], message forwarding", defence: "redundant routing (anycast, sec-route)")

  init(parameters: AttackParameters) throws(AttackError) {}

  var staticForm: StaticForm? { StaticForm(interception: .diversion) }

  var protocolForm: (any ProtocolForm)? { Form() }
}

private struct Form: ProtocolForm {
  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    guard let (route, id) = scene.routed(message) else { return message }
    // A member forwards nothing to a member, so this message was handed over to be kept.
    if scene.isMember(sender) { return nil }
    scene.acknowledge(id, to: sender)
    guard let accomplice = scene.randomAccomplice() else { return nil }
    var diverted = route
    diverted.hopCount = route.hopCount.addingReportingOverflow(1).partialValue
    // Nobody waits for the accomplice's acknowledgement, so the number says nothing.
    scene.send(.pastry(.route(diverted, RequestId(0))), to: accomplice)
    return nil
  }
}
