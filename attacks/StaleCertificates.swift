import Pastry
import RingIdentifiers
import SecureRouting

/// Root sets and leaf sets are padded with nodes that have left.
///
/// The certificate of a node that has left is valid until it expires, so a coalition that remembers
/// such nodes can name them and looks as dense as the honest overlay. The member closest to the key
/// must stay in the middle, because it answers, so departed nodes that are closer are left out.
/// Members confirm lists of members and departed nodes; the departed ones cannot.
struct StaleCertificates: Attack {
  static let descriptor = AttackDescriptor(
    name: "stale-certificates",
    summary: "Forged root sets and leaf sets name departed nodes to look dense.",
    source: "[Castro02], routing failure test",
    defence: "nodes of a root set must confirm that they are there")

  init(parameters: AttackParameters) throws(AttackError) {}

  var protocolForm: (any ProtocolForm)? { Form() }
}

private struct Form: ProtocolForm {
  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    if let (route, id) = scene.routed(message), route.purpose == .roots {
      scene.acknowledge(id, to: sender)
      guard let middle = scene.coalition.closest(to: route.key, count: 1).first else { return nil }
      let roots = scene.paddedSet(around: middle, beside: route.key)
      scene.send(.secure(.rootSet(roots, nonce: route.tag)), to: route.source, from: middle)
      return nil
    }
    guard case .secure(let secure) = message else { return message }
    switch secure {
    case .list(let request, let nodes) where scene.isVictim(request.source):
      guard nodes.allSatisfy({ scene.isMember($0) || scene.isDeparted($0) }) else {
        return message
      }
      scene.send(.secure(.confirmed(nonce: request.nonce)), to: request.source)
      return nil
    case .clusterRequest(let key, let nonce) where scene.isVictim(sender):
      var leafSet = scene.paddedSet(around: scene.node.index, beside: nil)
      leafSet.removeAll { $0 == scene.node.index }
      scene.send(
        .secure(.clusterReply(leafSet, slot: scene.paddedSlot(for: key), nonce: nonce)),
        to: sender)
      return nil
    case .rootSet, .list, .confirmed, .forwarded, .needed, .found, .clusterRequest, .clusterReply,
      .lookupRequest, .lookupReply:
      return message
    }
  }
}

extension AttackScene {
  /// Whether the coalition remembers that a node has left.
  /// - Complexity: O(n) for n departed nodes.
  fileprivate func isDeparted(_ node: NodeIndex) -> Bool { coalition.departed.contains(node) }

  /// l + 1 nodes in ring order with a member in the middle: members and departed nodes, the closest
  /// on each side.
  /// - Parameter key: a point to which no other node of the set may be closer than the middle.
  /// - Complexity: O(n + m log m) for n departed nodes, m of them among the members taken.
  fileprivate func paddedSet(around middle: NodeIndex, beside key: Key?) -> NodeList {
    let center = book[middle]
    let size = configuration.leafSetSize + 1
    let members = coalition.rootSet(around: center, size: size)
    // Beyond the members that would do, nobody is needed.
    let reach =
      members.count < size
      ? UInt160.max : members.map { book[$0].ringDistance(to: center) }.max() ?? .zero
    var others: ContiguousArray<Peer> = []
    for node in members where node != middle { others.append(book.peer(node)) }
    for node in coalition.departed {
      let peer = book.peer(node)
      if let key, peer.nodeId.isCloser(than: center, to: key) { continue }
      if peer.nodeId.ringDistance(to: center) <= reach { others.append(peer) }
    }
    others.sort {
      center.clockwiseDistance(to: $0.nodeId) < center.clockwiseDistance(to: $1.nodeId)
    }
    let half = min(size / 2, others.count / 2)
    let set = others.suffix(half).map(\.index) + [middle] + others.prefix(half).map(\.index)
    return NodeList(set)
  }

  /// The node closest to a key that the acting member's slot for it may hold: a member or a
  /// departed node.
  fileprivate func paddedSlot(for key: Key) -> NodeIndex {
    guard let range = slotRange(for: key) else { return .none }
    var best = forgedSlot(for: key)
    for node in coalition.departed where range.contains(book[node].value) {
      if !best.exists || book[node].isCloser(than: book[best], to: key) { best = node }
    }
    return best
  }
}
