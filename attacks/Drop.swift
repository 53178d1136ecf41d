/// Faulty nodes keep every message that they should forward.
public struct Drop: Attack {
  public static let descriptor = AttackDescriptor(
    name: "drop",
    summary: "Faulty nodes keep every message that they should forward and stay silent.",
    source: "[Castro02] 4", defence: "redundant routing (anycast, sec-route)")

  public init(parameters: AttackParameters) throws(AttackError) {}

  public var staticForm: StaticForm? { StaticForm(interception: .silence) }
}
