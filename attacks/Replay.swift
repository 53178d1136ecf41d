import Pastry
import ProtocolTime
import Randomness
import SecureRouting

/// Members send again what they have received or sent before.
///
/// What a member has sent goes to the same receiver once more; what it has received goes to another
/// node. A member signs what it sends, so it cannot pass as the sender of what it has received; a
/// routed message keeps its source, who has signed it.
struct Replay: Attack {
  static let descriptor = AttackDescriptor(
    name: "replay",
    summary: "Members resend old messages to the same receiver or to another one.",
    parameters: [
      AttackParameter(
        "rate", summary: "messages that a coalition resends in a second", unit: "1/s",
        domain: .integer(1...100_000), defaultValue: "10")
    ],
    source: "[Sit02], unsolicited messages",
    defence: "nonces and request numbers; requests are remembered and done once")

  private let rate: Int

  init(parameters: AttackParameters) throws(AttackError) {
    rate = parameters.integer("rate")
  }

  var protocolForm: (any ProtocolForm)? { Form(rate: rate) }
}

private struct Form: ProtocolForm {
  private struct Heard: Hashable, Sendable {
    let message: OverlayMessage
    let member: NodeIndex
    /// The receiver of a message that a member has sent, or `.none`.
    let receiver: NodeIndex
  }

  /// Messages that a coalition remembers: a round of a few dozen members. What it resends is then
  /// young enough for receivers to remember it, and old enough to have been answered.
  private static let heardMax = 1_024

  let rate: Int
  private var heard = RecentMemory<Heard>(capacity: heardMax)

  init(rate: Int) {
    self.rate = rate
  }

  var tickPeriod: TimeSpan? { .seconds(1) }

  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    if scene.isVictim(sender) {
      _ = heard.insert(Heard(message: message, member: scene.node.index, receiver: .none))
    }
    return message
  }

  mutating func send(
    _ message: OverlayMessage, to receiver: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    if scene.isVictim(receiver) {
      _ = heard.insert(Heard(message: message, member: scene.node.index, receiver: receiver))
    }
    return message
  }

  mutating func tick(_ scene: inout AttackScene) {
    for _ in 0..<rate where heard.count > 0 {
      let old = heard[Int(scene.random.index(below: UInt32(heard.count)))]
      guard let receiver = old.receiver.exists ? old.receiver : scene.randomVictim() else {
        continue
      }
      scene.send(old.message, to: receiver, from: old.member)
    }
  }
}
