/// Faulty nodes send messages the wrong way, to an accomplice who keeps them.
///
/// A message misrouted to a correct node would only take a detour, because that node routes it on
/// by the same rule; the strongest wrong way ends at an accomplice. For delivery this equals
/// `drop`; it costs the overlay one more message per lost copy.
struct Misroute: Attack {
  static let descriptor = AttackDescriptor(
    name: "misroute",
    summary: "Faulty nodes forward messages to an accomplice, who keeps them.",
    source: "[Castro02], message forwarding", defence: "redundant routing (anycast, sec-route)")

  init(parameters: AttackParameters) throws(AttackError) {}

  var staticForm: StaticForm? { StaticForm(interception: .diversion) }
}
