/// A coalition answers in the name of the key's replica roots.
///
/// The first faulty node on the route returns the coalition members closest to the key, the
/// densest well-formed set that certified ids allow: consecutive members, the closest one in the
/// middle. The sender of an undefended lookup believes it.
struct ImpersonateRoot: Attack {
  static let descriptor = AttackDescriptor(
    name: "impersonate-root",
    summary: "A coalition answers as the replica roots with the densest set that it can forge.",
    source: "[Castro02], routing failure test", defence: "routing failure test (sec-route)")

  init(parameters: AttackParameters) throws(AttackError) {}

  var staticForm: StaticForm? { StaticForm(interception: .rootImpersonation) }
}
