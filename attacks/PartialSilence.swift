import Pastry
import Randomness
import SecureRouting

/// Members leave a random part of what is asked of them unanswered.
///
/// A node that answers some requests is slower to be given up than one that answers none. Pings and
/// leaf set probes are answered, so members stay in tables and leaf sets.
struct PartialSilence: Attack {
  static let descriptor = AttackDescriptor(
    name: "partial-silence",
    summary: "Members leave a random share of requests without an answer.",
    parameters: [
      AttackParameter(
        "share", summary: "fraction of the requests that get no answer", unit: "1",
        domain: .number(0...1), defaultValue: "0.5")
    ],
    source: "[Sit02], inconsistent behaviour",
    defence: "acknowledged hops; several rounds of redundant routing")

  private let share: Double

  init(parameters: AttackParameters) throws(AttackError) {
    share = parameters.number("share")
  }

  var protocolForm: (any ProtocolForm)? { Form(share: share) }
}

private struct Form: ProtocolForm {
  let share: Double

  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    guard let source = asking(message, sender), scene.isVictim(source) else { return message }
    return scene.random.unit() < share ? nil : message
  }

  /// Who wants something of a member; nil for what keeps the member in tables and leaf sets, and
  /// for answers.
  private func asking(_ message: OverlayMessage, _ sender: NodeIndex) -> NodeIndex? {
    switch message {
    case .pastry(.route(let route, _)): route.source
    case .pastry(.nearbyRequest), .pastry(.rowRequest), .pastry(.constrainedRequest): sender
    case .secure(.list(let request, _)), .secure(.forwarded(let request)): request.source
    case .secure(.clusterRequest), .secure(.lookupRequest), .read(.request): sender
    case .pastry, .secure, .read: nil
    }
  }
}
