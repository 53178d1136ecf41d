import Pastry
import ProtocolTime
import RingIdentifiers

/// Redundant routing: copies or clusters, then rounds of lists. [Castro02], redundant routing
extension SecureRouter {
  /// One route was not enough.
  mutating func goRedundant(
    _ place: Int, _ node: inout PastryNode, _ world: borrowing PastryEnvironment,
    into actions: inout OverlayActions
  ) {
    calls[place].isTestPositive = configuration.testsFirst
    calls[place].outcome = .redundant
    let request = calls[place].request
    // Who is in only because others named it has to show itself.
    let confirmed = calls[place].roots.nodes(.confirmed) + calls[place].roots.nodes(.answered)
    calls[place].roots = RootList(
      around: request.key, sideCapacity: world.configuration.leafSetSize / 2 + 1)
    for peer in confirmed { _ = calls[place].roots.insert(world.book.peer(peer)) }
    switch configuration.redundancy {
    case .none: finish(place, .failed, into: &actions)
    case .copies: sendCopies(place, &node, world, into: &actions)
    case .clusters:
      let walk = ClusterWalk(node, to: request.key, width: configuration.clusterWidth, world)
      calls[place].stage = .walking(walk)
      walkOn(place, &node, world, into: &actions)
    }
  }

  // MARK: copies

  private mutating func sendCopies(
    _ place: Int, _ node: inout PastryNode, _ world: borrowing PastryEnvironment,
    into actions: inout OverlayActions
  ) {
    let request = calls[place].request
    calls[place].stage = .copying
    let message = RouteMessage(
      key: request.key, source: request.source, tag: request.nonce, purpose: .copy,
      table: configuration.copyTable, replicas: request.replicas)
    for member in starts(node) { node.route(message, via: member, world, into: &actions.pastry) }
    wait(place, configuration.lookupTimeout, into: &actions)
  }

  /// The leaf-set members that copies start at: the nearest ones.
  private func starts(_ node: borrowing PastryNode) -> NodeList {
    var members = node.leafSet.members
    let own = node.peer.nodeId
    members.sort { $0.nodeId.isCloser(than: $1.nodeId, to: own) }
    return NodeList(members.prefix(configuration.copies).map(\.index))
  }

  /// A node that has the root in its leaf set has got the message.
  mutating func takeArrival(
    _ nonce: UInt64, from sender: NodeIndex, _ node: inout PastryNode,
    _ world: borrowing PastryEnvironment, into actions: inout OverlayActions
  ) {
    guard let place = place(ofNonce: nonce) else {
      // The last copies arrive when the call is over.
      return
    }
    let peer = world.book.peer(sender)
    switch calls[place].stage {
    case .confirming(let claimed):
      // A listed node has handed the message on to one that was left out.
      if calls[place].roots.advance(sender, to: .answered) { return }
      guard !claimed.contains(sender), isInside(peer, claimed, world) else { return }
      goRedundant(place, &node, world, into: &actions)
      // It may have ended at once.
      guard let place = self.place(ofNonce: nonce) else { return }
      _ = calls[place].roots.insert(peer)
    case .copying:
      calls[place].arrivals += 1
      _ = calls[place].roots.insert(peer)
      // A coalition can answer as often as it likes; what it cannot do is answer densely.
      guard calls[place].arrivals >= min(configuration.copies, node.leafSet.members.count),
        isDense(calls[place].roots.nodes, confirmed: calls[place].roots.count, world)
      else { return }
      sendList(place, &node, world, into: &actions)
    case .listing where calls[place].roots.standing(of: sender) == .listed:
      _ = calls[place].roots.advance(sender, to: .answered)
    case .walking, .listing: _ = calls[place].roots.insert(peer)
    case .sampling, .testing: actions.secure.append(.refused(from: sender, .unsolicited))
    }
  }

  /// Whether a node lies between the ends of a root set.
  private func isInside(
    _ peer: Peer, _ claimed: NodeList, _ world: borrowing PastryEnvironment
  ) -> Bool {
    guard let first = claimed.first, let last = claimed.last else { return false }
    let start = world.book[first]
    return start.clockwiseDistance(to: peer.nodeId) < start.clockwiseDistance(to: world.book[last])
  }

  // MARK: clusters

  /// Asks the next cluster, or sends the list.
  mutating func walkOn(
    _ place: Int, _ node: inout PastryNode, _ world: borrowing PastryEnvironment,
    into actions: inout OverlayActions
  ) {
    guard case .walking(var walk) = calls[place].stage else { return }
    let request = calls[place].request
    let next = walk.nextToAsk()
    calls[place].stage = .walking(walk)
    for peer in next {
      actions.secure.append(.send(.clusterRequest(request.key, nonce: request.nonce), to: peer))
    }
    if !next.isEmpty { return wait(place, configuration.roundTimeout, into: &actions) }
    for peer in walk.answered { _ = calls[place].roots.insert(peer) }
    sendList(place, &node, world, into: &actions)
  }

  // MARK: lists

  /// Sends the list to the nodes that are new in it; without any, the call is over.
  mutating func sendList(
    _ place: Int, _ node: inout PastryNode, _ world: borrowing PastryEnvironment,
    into actions: inout OverlayActions
  ) {
    calls[place].stage = .listing
    let request = calls[place].request
    if node.leafSet.covers(request.key) {
      _ = calls[place].roots.insert(node.peer)
      takeOwn(place, node, into: &actions)
    }
    let pending = calls[place].roots.nodes(.found)
    guard !pending.isEmpty, calls[place].listRounds < configuration.listRounds else {
      let outcome = calls[place].roots.isEmpty ? .failed : calls[place].outcome
      callForRest(place, into: &actions)
      return finish(place, outcome, into: &actions)
    }
    calls[place].listRounds += 1
    let list = calls[place].roots.nodes
    for peer in pending {
      actions.secure.append(.send(.list(request, list), to: peer))
      _ = calls[place].roots.advance(peer, to: .listed)
    }
    wait(place, configuration.roundTimeout, into: &actions)
  }

  /// The caller itself is one of the nodes.
  mutating func takeOwn(
    _ place: Int, _ node: borrowing PastryNode, into actions: inout OverlayActions
  ) {
    guard calls[place].roots.advance(node.peer.index, to: .confirmed) else { return }
    take(calls[place].request, node, into: &actions)
  }

  mutating func takeConfirmation(
    _ nonce: UInt64, from sender: NodeIndex, _ node: inout PastryNode,
    _ world: borrowing PastryEnvironment, into actions: inout OverlayActions
  ) {
    guard let place = place(ofNonce: nonce) else { return }
    switch calls[place].stage {
    case .confirming(let claimed):
      guard calls[place].roots.advance(sender, to: .confirmed),
        calls[place].roots.isConfirmed
      else { return }
      judge(place, claimed, &node, world, into: &actions)
    case .listing:
      guard calls[place].roots.advance(sender, to: .confirmed),
        calls[place].roots.isConfirmed
      else { return }
      finish(place, calls[place].outcome, into: &actions)
    case .sampling, .testing, .copying, .walking:
      actions.secure.append(.refused(from: sender, .unsolicited))
    }
  }

  // MARK: time-outs

  mutating func timedOut(
    _ place: Int, _ node: inout PastryNode, _ world: borrowing PastryEnvironment,
    into actions: inout OverlayActions
  ) {
    switch calls[place].stage {
    case .sampling: break
    case .testing: goRedundant(place, &node, world, into: &actions)
    case .confirming(let claimed): judge(place, claimed, &node, world, into: &actions)
    case .copying, .listing: sendList(place, &node, world, into: &actions)
    case .walking(var walk):
      walk.timeOut()
      calls[place].stage = .walking(walk)
      walkOn(place, &node, world, into: &actions)
    }
  }
}
