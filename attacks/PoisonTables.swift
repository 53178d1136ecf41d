import Pastry
import ProtocolTime
import SecureRouting

/// Repeated table updates fill unconstrained routing tables with faulty nodes.
///
/// A proximity table takes any node with the right prefix that claims to be near, and claims are
/// cheap; repeated updates drive the faulty fraction of its slots to one. A constrained table takes
/// only the id closest to a fixed point, so the same updates change nothing there.
///
/// In the protocol the fraction is an outcome, so `level` is the sampling engine's alone. Members
/// tell nodes that they are near, unasked, a node at each tick and a member for each of its slots;
/// every row that a member hands out names members alone; and the coalition answers from hosts next
/// to everybody, so that whoever measures a member finds it near.
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

  var protocolForm: (any ProtocolForm)? { Form() }
}

private struct Form: ProtocolForm {
  /// Ten nodes a second: ten thousand nodes hear of members once in one exchange of rows.
  var tickPeriod: TimeSpan? { .milliseconds(100) }

  /// Less than any other node is away, but for those in the same network.
  var spoofedDelay: TimeSpan? { AttackScene.nearbyDelay }

  mutating func send(
    _ message: OverlayMessage, to receiver: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    guard scene.isVictim(receiver), case .pastry(let message) = message else { return message }
    return .pastry(scene.forgedTables(message, for: receiver))
  }

  mutating func tick(_ scene: inout AttackScene) {
    guard let victim = scene.randomVictim() else { return }
    scene.claimProximity(to: victim)
  }
}
