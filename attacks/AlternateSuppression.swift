import Pastry
import ProtocolTime
import Randomness
import SecureRouting

/// Members hide around the keys from one half of the callers, and around the caller from the other.
///
/// A coalition that hides at one side has to choose before it knows which side hurts; one that
/// changes sides from caller to caller, and from time to time, leaves honest nodes no way to learn
/// which. What hiding is in the protocol, `suppress-ids` says.
struct AlternateSuppression: Attack {
  static let descriptor = AttackDescriptor(
    name: "alternate-suppression",
    summary: "Members hide at the root side or at the sender side, caller by caller.",
    parameters: [
      AttackParameter(
        "period",
        summary: "time after which the two halves of the callers change places; 0 for never",
        unit: "s", domain: .integer(0...31_536_000), defaultValue: "1200")
    ],
    source: "[Castro02], routing failure test",
    defence: "a density threshold chosen for suppression; more samples")

  private let period: TimeSpan

  init(parameters: AttackParameters) throws(AttackError) {
    period = .seconds(UInt64(parameters.integer("period")))
  }

  var protocolForm: (any ProtocolForm)? { Form(period: period) }
}

private struct Form: ProtocolForm {
  let period: TimeSpan

  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    let side = side(for: sender, scene)
    guard let answer = scene.sparseSample(message, from: sender, side: side) else { return message }
    scene.send(.secure(answer), to: sender)
    return nil
  }

  mutating func send(
    _ message: OverlayMessage, to receiver: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    var caller = receiver
    if case .secure(.forwarded(let request)) = message { caller = request.source }
    return scene.hidden(message, to: receiver, side: side(for: caller, scene))
  }

  private func side(for caller: NodeIndex, _ scene: AttackScene) -> SuppressionSide {
    let turn = period == .zero ? 0 : scene.now.nanoseconds / period.nanoseconds
    return (splitMix64(UInt64(caller.number)) &+ turn) % 2 == 0 ? .root : .sender
  }
}
