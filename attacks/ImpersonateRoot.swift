import Pastry
import Randomness
import SecureRouting

/// A coalition answers in the name of the key's replica roots.
///
/// The first faulty node on the route returns the coalition members closest to the key, the
/// densest well-formed set that certified ids allow: consecutive members, the closest one in the
/// middle. The sender of an undefended lookup believes it.
///
/// In the protocol the coalition plays every part that follows. It confirms its own root set and no
/// other list; the first copy is answered by l members around the key at once; members that are
/// asked for their leaf sets, or to look up a nodeId, name members alone. Messages for the
/// application are acknowledged and kept. A read is answered in the name of the member closest to
/// the key, and by each member that is asked as a replica root: half of the time by a forged
/// object, else by word that there is none.
struct ImpersonateRoot: Attack {
  static let descriptor = AttackDescriptor(
    name: "impersonate-root",
    summary: "A coalition answers as the replica roots with the densest set that it can forge.",
    source: "[Castro02], routing failure test", defence: "routing failure test (sec-route)")

  init(parameters: AttackParameters) throws(AttackError) {}

  var staticForm: StaticForm? { StaticForm(interception: .rootImpersonation) }

  var protocolForm: (any ProtocolForm)? { Form() }
}

private struct Form: ProtocolForm {
  /// Requests whose copies were answered. A caller sends its copies within seconds; this is more
  /// requests than one coalition meets in that time.
  private static let answeredMax = 4_096

  private var answered = RecentMemory<SecureRequest>(capacity: answeredMax)

  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    if let read = scene.read(in: message, from: sender) {
      answer(read, from: sender, &scene)
      return nil
    }
    if let (route, id) = scene.routed(message) {
      scene.acknowledge(id, to: sender)
      answer(SecureRequest(route), route.purpose, &scene)
      return nil
    }
    guard case .secure(let secure) = message else { return message }
    switch secure {
    case .list(let request, let nodes) where scene.isVictim(request.source):
      if nodes.allSatisfy({ scene.isMember($0) }) {
        scene.send(.secure(.confirmed(nonce: request.nonce)), to: request.source)
      }
      return nil
    case .clusterRequest(let key, let nonce) where scene.isVictim(sender):
      scene.send(.secure(scene.forgedClusterReply(for: key, nonce: nonce)), to: sender)
      return nil
    case .lookupRequest(let key, let nonce) where scene.isVictim(sender):
      scene.send(.secure(scene.forgedLookupReply(for: key, nonce: nonce)), to: sender)
      return nil
    case .rootSet, .list, .confirmed, .forwarded, .needed, .found, .clusterRequest, .clusterReply,
      .lookupRequest, .lookupReply:
      return message
    }
  }

  /// Says what the caller cannot check, or hopes that it does not check.
  private func answer(
    _ read: AttackScene.ReadMet, from sender: NodeIndex, _ scene: inout AttackScene
  ) {
    let root = scene.coalition.closest(to: read.key, count: 1).first
    let member = read.hop == nil ? scene.node.index : root ?? scene.node.index
    let answer: ReadMessage =
      scene.random.index(below: 2) == 0
      ? .object(AttackScene.forgedObject, nonce: read.nonce) : .absent(nonce: read.nonce)
    scene.answer(read, from: sender, with: answer, as: member)
  }

  /// Answers a routed message in the name of those who should have got it.
  private mutating func answer(
    _ request: SecureRequest, _ purpose: RouteMessage.Purpose, _ scene: inout AttackScene
  ) {
    switch purpose {
    case .roots:
      let roots = scene.coalition.rootSet(
        around: request.key, size: scene.configuration.leafSetSize + 1)
      guard !roots.isEmpty else { return }
      scene.send(
        .secure(.rootSet(roots, nonce: request.nonce)), to: request.source,
        from: roots[roots.count / 2])
    case .copy:
      guard answered.insert(request) else { return }
      // As many answers as a caller ever waits for: one for each copy, at most l. It may then take
      // no notice of those that honest nodes send later.
      let members = scene.coalition.bothSides(
        of: request.key, count: scene.configuration.leafSetSize / 2)
      for member in members {
        scene.send(.secure(.found(nonce: request.nonce)), to: request.source, from: member)
      }
    case .application, .join: break
    }
  }
}
