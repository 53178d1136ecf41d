/// Faulty nodes keep every message that they should forward.
struct Drop: Attack {
  static let descriptor = AttackDescriptor(
    name: "drop",
    summary: "Faulty nodes keep every message that they should forward and stay silent.",
    source: "[Castro02], message forwarding", defence: "redundant routing (anycast, sec-route)")

  init(parameters: AttackParameters) throws(AttackError) {}

  var staticForm: StaticForm? { StaticForm(interception: .silence) }
}
