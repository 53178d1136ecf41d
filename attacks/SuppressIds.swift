import Pastry
import RingIdentifiers
import SecureRouting

/// Coalition members hide, so that honest density measurements come out too sparse.
///
/// At the root side the honest root set fails the routing failure test more often; at the sender
/// side the sender accepts sparser forged sets. With `worst` the adversary knows, for each lookup,
/// whether it holds the route, and hides where that lookup is hurt more. A real coalition must
/// hide before it knows, so `worst` bounds what it can do from above.
///
/// In the protocol a member stays in leaf sets, because a node that does not answer leaf set probes
/// is gone from both sides at once, and the ratio of densities stays as it was. At the root side it
/// says nothing that would make it one of a key's roots: it confirms no list, hands no message on,
/// answers no copy, and, if it is the root itself, names no other member. At the sender side a
/// member that is asked for the neighbourhood of the asker's own nodeId, which is how density is
/// sampled, names members alone: a sample of density c, which for c < 1/2 is sparser than one
/// without members. `worst` does both. Put after an attack that answers in the coalition's name,
/// what that attack sends is not held back.
struct SuppressIds: Attack {
  static let descriptor = AttackDescriptor(
    name: "suppress-ids",
    summary: "Coalition members hide their nodeIds from density measurements.",
    parameters: [
      AttackParameter(
        "side", summary: "where they hide", unit: "1",
        domain: .choice(SuppressionSide.allCases.map(\.rawValue)), defaultValue: "worst")
    ],
    source: "[Castro02], routing failure test",
    defence: "a density threshold chosen for suppression; more samples")

  private let side: SuppressionSide

  init(parameters: AttackParameters) throws(AttackError) {
    side = SuppressionSide(rawValue: parameters.text("side")) ?? .worst
  }

  var staticForm: StaticForm? { StaticForm(suppression: side) }

  var protocolForm: (any ProtocolForm)? { Form(side: side) }
}

private struct Form: ProtocolForm {
  let side: SuppressionSide

  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    guard let answer = scene.sparseSample(message, from: sender, side: side) else { return message }
    scene.send(.secure(answer), to: sender)
    return nil
  }

  mutating func send(
    _ message: OverlayMessage, to receiver: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    scene.hidden(message, to: receiver, side: side)
  }
}

/// Hiding from those who measure densities.
extension AttackScene {
  /// What a member answers a node that asks for the nodes around itself, to sample their density;
  /// nil for other messages, and when members do not hide at that side.
  func sparseSample(
    _ message: OverlayMessage, from sender: NodeIndex, side: SuppressionSide
  ) -> SecureMessage? {
    guard side != .root, case .secure(.clusterRequest(let key, let nonce)) = message,
      isVictim(sender), book[sender].value == key.value
    else { return nil }
    return forgedClusterReply(for: key, nonce: nonce)
  }

  /// What is left of what a member's honest machine wants to say, when members hide around keys;
  /// nil when nothing is.
  func hidden(
    _ message: OverlayMessage, to receiver: NodeIndex, side: SuppressionSide
  ) -> OverlayMessage? {
    guard side != .sender, case .secure(let secure) = message else { return message }
    switch secure {
    case .confirmed where isVictim(receiver), .found where isVictim(receiver): return nil
    case .forwarded(let request) where isVictim(request.source): return nil
    case .rootSet(let nodes, let nonce) where isVictim(receiver):
      let shown = NodeList(nodes.filter { $0 == node.index || !isMember($0) })
      return .secure(.rootSet(shown, nonce: nonce))
    case .rootSet, .list, .confirmed, .forwarded, .needed, .found, .clusterRequest, .clusterReply,
      .lookupRequest, .lookupReply:
      return message
    }
  }
}
