import Pastry
import RingIdentifiers

/// What a node does for others.
extension SecureRouter {
  /// The leaf set with the node in the middle, in ring order.
  static func rootSet(of node: borrowing PastryNode) -> NodeList {
    var nodes = NodeList(node.leafSet.counterclockwise.reversed().map(\.index))
    nodes.append(node.peer.index)
    // With few nodes one can be on both sides; then the list has another size and is not believed.
    for peer in node.leafSet.clockwise where !nodes.contains(peer.index) {
      nodes.append(peer.index)
    }
    return nodes
  }

  mutating func answer(
    _ message: SecureMessage, from sender: NodeIndex, _ node: inout PastryNode,
    _ world: borrowing PastryEnvironment, into actions: inout OverlayActions
  ) {
    switch message {
    case .list(let request, let nodes):
      guard sender == request.source, node.leafSet.covers(request.key) else { return }
      take(request, node, into: &actions)
      answerList(request, nodes, node, world, into: &actions)
    case .forwarded(let request):
      guard node.leafSet.covers(request.key), request.source != node.peer.index else { return }
      take(request, node, into: &actions)
      actions.secure.append(.send(.found(nonce: request.nonce), to: request.source))
    case .needed(let request):
      // Whose message it is may hand it to anybody.
      guard sender == request.source else { return }
      deliver(request, into: &actions)
    case .clusterRequest(let key, let nonce):
      actions.secure.append(
        .send(
          .clusterReply(
            node.leafSet.memberIndices,
            slot: slots(of: node).entry(for: key), nonce: nonce),
          to: sender))
    case .lookupRequest(let key, let nonce):
      // Who is looked up for is not in the overlay; its contact may be asked by anybody.
      guard key.value == world.book[sender].value, hasRoom(for: sender) else { return }
      start(key, replicas: 0, for: .joining(sender, nonce: nonce), &node, world, into: &actions)
    case .rootSet, .confirmed, .found, .clusterReply, .lookupReply: break
    }
  }

  /// Whether a node that joins may be looked up for: it has no other call open, and joining nodes
  /// leave half of all calls to this node's application.
  private func hasRoom(for client: NodeIndex) -> Bool {
    var others = 0
    for call in calls {
      guard case .joining(let other, _) = call.client else { continue }
      if other == client { return false }
      others += 1
    }
    return 2 * others < configuration.callsMax
  }

  /// The slots that redundant routing follows.
  private func slots(of node: borrowing PastryNode) -> SlotTable {
    switch configuration.copyTable {
    case .constrained: node.constrainedTable.slots
    case .proximity: node.routingTable.slots
    }
  }

  /// Confirms a list in which nobody is missing; else hands the message on to those who are, and
  /// says no more than that it is there.
  private mutating func answerList(
    _ request: SecureRequest, _ nodes: NodeList, _ node: borrowing PastryNode,
    _ world: borrowing PastryEnvironment, into actions: inout OverlayActions
  ) {
    // A root set has l/2 nodes at least on both sides of the key; the list of a caller one more.
    var list = RootList(around: request.key, sideCapacity: world.configuration.leafSetSize / 2)
    for index in nodes { _ = list.insert(world.book.peer(index)) }
    var missing: NodeList = []
    for member in node.leafSet.members
    where member.index != request.source && list.lacks(member) {
      missing.append(member.index)
    }
    if list.lacks(node.peer) { missing.append(node.peer.index) }
    if missing.isEmpty {
      actions.secure.append(.send(.confirmed(nonce: request.nonce), to: request.source))
      return
    }
    let place = remember(request)
    for index in missing
    where index != node.peer.index && !seen[place].handedTo.contains(index) {
      seen[place].handedTo.append(index)
      actions.secure.append(.send(.forwarded(request), to: index))
    }
    actions.secure.append(.send(.found(nonce: request.nonce), to: request.source))
  }

  /// Delivers a message that has reached one of the nodes that it is for, as far as this node
  /// knows.
  mutating func take(
    _ request: SecureRequest, _ node: borrowing PastryNode, into actions: inout OverlayActions
  ) {
    guard request.replicas > 0, node.phase == .active, node.leafSet.covers(request.key) else {
      return
    }
    let roots = node.leafSet.replicaRoots(of: request.key, count: Int(request.replicas))
    if roots.contains(where: { $0.index == node.peer.index }) {
      deliver(request, into: &actions)
    }
  }

  /// Delivers a message once.
  private mutating func deliver(_ request: SecureRequest, into actions: inout OverlayActions) {
    guard request.replicas > 0 else { return }
    let place = remember(request)
    guard !seen[place].isDelivered else { return }
    seen[place].isDelivered = true
    actions.secure.append(.deliver(request))
  }

  /// The place of a request in memory. The oldest makes room: a message that comes back after that
  /// is delivered again.
  private mutating func remember(_ request: SecureRequest) -> Int {
    let known = seen.firstIndex { $0.nonce == request.nonce && $0.source == request.source }
    if let known { return known }
    if seen.count >= configuration.seenMax { seen.removeFirst() }
    seen.append(SeenRequest(nonce: request.nonce, source: request.source))
    return seen.count - 1
  }
}
