import Pastry
import ProtocolTime
import RingIdentifiers
import SecureRouting

/// Members of one region leave and join again, over and over.
///
/// Each change makes the honest nodes around repair leaf sets and tables, and what is under way
/// meets nodes that are gone. The region is that of a named victim, drawn anew each time; if none
/// is named, one that the coalition draws once.
struct JoinLeave: Attack {
  static let descriptor = AttackDescriptor(
    name: "join-leave",
    summary: "Members around one place leave without a word and join again, periodically.",
    parameters: [
      AttackParameter(
        "period", summary: "time between two departures of members", unit: "s",
        domain: .number(0.1...86_400), defaultValue: "60"),
      AttackParameter(
        "pause", summary: "time after which a member joins again", unit: "s",
        domain: .number(0.1...86_400), defaultValue: "30"),
      AttackParameter(
        "members", summary: "members that leave at one time", unit: "nodes",
        domain: .integer(1...4096), defaultValue: "4"),
    ],
    source: "[Sit02], rapid joins and leaves",
    defence: "leaf set repair; a price on certificates, so that members are few")

  private let period: TimeSpan
  private let pause: TimeSpan
  private let members: Int

  init(parameters: AttackParameters) throws(AttackError) {
    period = TimeSpan(seconds: parameters.number("period")) ?? .max
    pause = TimeSpan(seconds: parameters.number("pause")) ?? .max
    members = parameters.integer("members")
  }

  var protocolForm: (any ProtocolForm)? {
    Form(tickPeriod: period, pause: pause, members: members)
  }
}

private struct Form: ProtocolForm {
  let tickPeriod: TimeSpan?
  let pause: TimeSpan
  let members: Int
  private var region: NodeId?

  init(tickPeriod: TimeSpan, pause: TimeSpan, members: Int) {
    self.tickPeriod = tickPeriod
    self.pause = pause
    self.members = members
  }

  mutating func tick(_ scene: inout AttackScene) {
    for member in scene.coalition.closest(to: place(&scene), count: members) {
      scene.leave(member, returningAfter: pause)
    }
  }

  private mutating func place(_ scene: inout AttackScene) -> NodeId {
    if !scene.victims.isEmpty { return scene.book[scene.randomNode(of: scene.victims)] }
    if let region { return region }
    let drawn = NodeId.random(from: &scene.random)
    region = drawn
    return drawn
  }
}
