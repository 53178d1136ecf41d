/// Repeated table updates fill unconstrained routing tables with faulty nodes.
///
/// A proximity table takes any node with the right prefix that claims to be near, and claims are
/// cheap; repeated updates drive the faulty fraction of its slots to one. A constrained table takes
/// only the id closest to a fixed point, so the same updates change nothing there.
struct PoisonTables: Attack {
  static let descriptor = AttackDescriptor(
    name: "poison-tables",
    summary: "Table updates with spoofed proximity fill proximity tables with faulty nodes.",
    parameters: [
      AttackParameter(
        "level", summary: "fraction of the proximity tables' slots that hold a planted faulty node",
        unit: "1", domain: .number(0...1), defaultValue: "0.8")
    ],
    source: "[Castro02], routing table maintenance; [Singh06]",
    defence: "constrained routing tables")

  private let level: Double

  init(parameters: AttackParameters) throws(AttackError) {
    level = parameters.number("level")
  }

  var staticForm: StaticForm? { StaticForm(tablePoisoning: level) }
}
