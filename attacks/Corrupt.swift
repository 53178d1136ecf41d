/// Faulty nodes alter the messages that they forward.
///
/// Applications authenticate data, so an altered message is rejected where it arrives: it counts
/// as not delivered, but it still costs every hop of its route.
struct Corrupt: Attack {
  static let descriptor = AttackDescriptor(
    name: "corrupt",
    summary: "Faulty nodes forward altered messages, which the receiver rejects.",
    source: "[Druschel] securing data",
    defence: "authenticated data turns corruption into loss; redundant routing (anycast, sec-route)"
  )

  init(parameters: AttackParameters) throws(AttackError) {}

  var staticForm: StaticForm? { StaticForm(interception: .corruption) }
}
