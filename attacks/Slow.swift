import Pastry
import ProtocolTime
import SecureRouting

/// Members answer at the last moment.
///
/// Acknowledgements and answers are held back just so long that they still count. Each round of a
/// lookup then takes as long as if the member were silent, and nobody can blame it. Pings are
/// answered as late as the rest, so that time-outs which follow measured round trips grow with the
/// delay. The default leaves 300 ms for the way there and back, of the 1,500 ms that a caller waits
/// for the answers of a round.
struct Slow: Attack {
  static let descriptor = AttackDescriptor(
    name: "slow",
    summary: "Acknowledgements and answers are held back to just before the time-out.",
    parameters: [
      AttackParameter(
        "delay", summary: "how long each acknowledgement and answer is held back", unit: "ms",
        domain: .integer(0...600_000), defaultValue: "1200")
    ],
    source: "[Sit02]", defence: "time-outs that follow the measured round trips")

  private let delay: TimeSpan

  init(parameters: AttackParameters) throws(AttackError) {
    delay = .milliseconds(UInt64(parameters.integer("delay")))
  }

  var protocolForm: (any ProtocolForm)? { Form(delay: delay) }
}

private struct Form: ProtocolForm {
  let delay: TimeSpan

  mutating func send(
    _ message: OverlayMessage, to receiver: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    guard answers(message), scene.isVictim(receiver) else { return message }
    scene.send(message, to: receiver, after: delay)
    return nil
  }

  private func answers(_ message: OverlayMessage) -> Bool {
    switch message {
    case .pastry(.acknowledge), .pastry(.leafSetReply), .pastry(.joinReply), .pastry(.pong),
      .pastry(.nearbyReply), .pastry(.rowReply), .pastry(.constrainedRow):
      true
    case .secure(.rootSet), .secure(.confirmed), .secure(.found), .secure(.clusterReply),
      .secure(.lookupReply):
      true
    case .read(.object), .read(.absent): true
    case .pastry, .secure, .read: false
    }
  }
}
