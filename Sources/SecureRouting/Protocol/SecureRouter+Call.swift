import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers

/// A call, from its start to what the failure test says. [Castro02], routing failure test
extension SecureRouter {
  mutating func start(
    _ key: Key, replicas: UInt8, for client: SecureCall.Client, _ node: inout PastryNode,
    _ world: borrowing PastryEnvironment, into actions: inout OverlayActions
  ) {
    let request = SecureRequest(
      key: key, source: node.peer.index, nonce: random.next(), replicas: replicas)
    let call = SecureCall(
      request: request, client: client,
      roots: RootList(around: key, sideCapacity: world.configuration.leafSetSize / 2 + 1))
    calls.append(call)
    let place = calls.count - 1
    guard node.phase == .active, place < configuration.callsMax else {
      return finish(place, node.phase == .active ? .overloaded : .failed, into: &actions)
    }
    if node.leafSet.covers(key) {
      calls[place].outcome = .ownLeafSet
      for member in node.leafSet.members { _ = calls[place].roots.insert(member) }
      return sendList(place, &node, world, into: &actions)
    }
    guard configuration.testsFirst else { return goRedundant(place, &node, world, into: &actions) }
    switch sampling {
    case .done(_, let moment) where world.now.since(moment) <= configuration.sampleAge:
      test(place, &node, world, into: &actions)
    case .running: break
    case .none, .done: startSample(&node, world, into: &actions)
    }
  }

  // MARK: the gaps around the caller

  private mutating func startSample(
    _ node: inout PastryNode, _ world: borrowing PastryEnvironment,
    into actions: inout OverlayActions
  ) {
    sampling = .running(
      DensitySample(node.leafSet, gaps: configuration.localSamples), nonce: random.next(),
      timer: 0)
    sampleOn(&node, world, into: &actions)
  }

  /// Asks the next nodes, or ends the sample and tests what has waited for it.
  mutating func sampleOn(
    _ node: inout PastryNode, _ world: borrowing PastryEnvironment,
    into actions: inout OverlayActions
  ) {
    guard case .running(var sample, let nonce, _) = sampling else { return }
    let next = sample.nextToAsk()
    if next.isEmpty {
      sampling = .done(sample, at: world.now)
      for call in calls {
        // Places change when a call ends at once.
        guard case .sampling = call.stage, let place = place(ofNonce: call.request.nonce) else {
          continue
        }
        test(place, &node, world, into: &actions)
      }
      return
    }
    for peer in next {
      actions.secure.append(
        .send(.clusterRequest(Key(node.peer.nodeId.value), nonce: nonce), to: peer))
    }
    sampling = .running(
      sample, nonce: nonce,
      timer: arm(configuration.roundTimeout, into: &actions))
  }

  mutating func takeCluster(
    _ members: NodeList, slot: NodeIndex, _ nonce: UInt64, from sender: NodeIndex,
    _ node: inout PastryNode, _ world: borrowing PastryEnvironment,
    into actions: inout OverlayActions
  ) {
    if case .running(var sample, nonce, let timer) = sampling,
      sample.take(members, from: sender, world.book)
    {
      let isIdle = sample.isIdle
      sampling = .running(sample, nonce: nonce, timer: timer)
      if isIdle { sampleOn(&node, world, into: &actions) }
      return
    }
    guard let place = place(ofNonce: nonce), case .walking(var walk) = calls[place].stage,
      walk.take(members, slot: slot, from: world.book.peer(sender), world.book)
    else {
      actions.secure.append(.refused(from: sender, .unsolicited))
      return
    }
    let isIdle = walk.isIdle
    calls[place].stage = .walking(walk)
    if isIdle { walkOn(place, &node, world, into: &actions) }
  }

  // MARK: the failure test

  private mutating func test(
    _ place: Int, _ node: inout PastryNode, _ world: borrowing PastryEnvironment,
    into actions: inout OverlayActions
  ) {
    let request = calls[place].request
    calls[place].stage = .testing
    node.route(
      RouteMessage(
        key: request.key, source: request.source, tag: request.nonce, purpose: .roots,
        replicas: request.replicas),
      world, into: &actions.pastry)
    wait(place, configuration.lookupTimeout, into: &actions)
  }

  mutating func takeRootSet(
    _ claimed: NodeList, _ nonce: UInt64, from sender: NodeIndex, _ node: inout PastryNode,
    _ world: borrowing PastryEnvironment, into actions: inout OverlayActions
  ) {
    guard let place = place(ofNonce: nonce), case .testing = calls[place].stage else {
      actions.secure.append(.refused(from: sender, .unsolicited))
      return
    }
    let size = world.configuration.leafSetSize
    let check = RootSetCheck(
      leafSetSize: size, localGaps: max(1, size), densityThreshold: configuration.densityThreshold)
    let points = claimed.map { world.book[$0].value }
    guard check.shapeRefusal(of: points, key: calls[place].request.key.value) == nil,
      claimed[size / 2] == sender, isDense(claimed, confirmed: claimed.count, world)
    else { return goRedundant(place, &node, world, into: &actions) }
    calls[place].stage = .confirming(claimed)
    for index in claimed { _ = calls[place].roots.insert(world.book.peer(index), .listed) }
    let request = calls[place].request
    for index in claimed {
      if index == request.source {
        takeOwn(place, node, into: &actions)
      } else {
        actions.secure.append(.send(.list(request, claimed), to: index))
      }
    }
    guard configuration.confirms else { return finish(place, .tested, into: &actions) }
    wait(place, configuration.roundTimeout, into: &actions)
  }

  /// Whether a root set is dense enough if so many of its nodes have confirmed: each of the others
  /// leaves its gap to its neighbour.
  func isDense(
    _ claimed: NodeList, confirmed: Int, _ world: borrowing PastryEnvironment
  ) -> Bool {
    guard case .done(let sample, _) = sampling, sample.gaps >= world.configuration.leafSetSize,
      let first = claimed.first, let last = claimed.last, confirmed > 0
    else { return false }
    let test = RoutingFailureTest(
      rootGaps: confirmed, localGaps: sample.gaps,
      densityThreshold: configuration.densityThreshold)
    return test.accepts(
      rootGapSum: world.book[first].clockwiseDistance(to: world.book[last]).high,
      localGapSum: sample.span)
  }

  /// All have confirmed, or the time is up.
  mutating func judge(
    _ place: Int, _ claimed: NodeList, _ node: inout PastryNode,
    _ world: borrowing PastryEnvironment, into actions: inout OverlayActions
  ) {
    let confirmed = calls[place].roots.count(.confirmed) + calls[place].roots.count(.answered)
    if isDense(claimed, confirmed: confirmed, world) {
      callForRest(place, into: &actions)
      finish(place, .tested, into: &actions)
    } else {
      goRedundant(place, &node, world, into: &actions)
    }
  }

  /// Tells nodes that may take others for closer to the key that they are needed: those others have
  /// not confirmed a root set, or have not answered at all.
  ///
  /// With more than l/4 replicas, all of them on one side of the key and a node in between that is
  /// gone, the last one may be outside of the root set; it is not told then.
  mutating func callForRest(_ place: Int, into actions: inout OverlayActions) {
    let call = calls[place]
    let count = Int(call.request.replicas)
    // Who is in a list has answered; who is in a root set, or in this node's leaf set, may be gone.
    let mustAnswer = call.outcome != .redundant
    var rank = 0
    var chosen = 0
    for peer in call.roots.closestFirst where chosen < count {
      let standing = call.roots.standing(of: peer.index)
      let hasConfirmed = standing == .confirmed
      rank += 1
      guard hasConfirmed || standing == .answered || !mustAnswer else { continue }
      chosen += 1
      // Who has confirmed misses nobody in the list, and so counts as the caller does.
      let knows = hasConfirmed && rank <= count
      if !knows, peer.index != call.request.source {
        actions.secure.append(.send(.needed(call.request), to: peer.index))
      }
    }
  }
}
