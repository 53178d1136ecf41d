import Adversary

/// Faulty nodes keep every message, and those around the key pretend not to exist.
struct Blackout: Attack {
  static let descriptor = AttackDescriptor(
    name: "blackout",
    summary: "Faulty nodes keep messages and hide around the key.",
    parameters: [
      AttackParameter(
        "level", summary: "fraction of the proximity tables' slots that were poisoned before",
        unit: "1", domain: .number(0...1), defaultValue: "0.25")
    ],
    source: "this guide", defence: "redundant routing over constrained tables")

  private let level: Double

  init(parameters: AttackParameters) throws(AttackError) {
    level = parameters.number("level")
  }

  var staticForm: StaticForm? {
    StaticForm(tablePoisoning: level, interception: .silence, suppression: .root)
  }
}
