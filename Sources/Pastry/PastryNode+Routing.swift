import ProtocolTime
public import RingIdentifiers

/// Handing messages on, hop by hop, with acknowledgements.
extension PastryNode {
  /// Takes a message for its key, acknowledges it and hands it on.
  mutating func take(
    _ message: RouteMessage, _ id: RequestId, from sender: NodeIndex,
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    var message = message
    if message.purpose == .join {
      // What comes back to who wants to join leads nowhere; the sender finds another way.
      if message.source == peer.index { return }
      doubt(message.source, world, into: &actions)
    }
    // Without room to keep it, the sender finds another way.
    if phase != .active && held.count >= world.configuration.heldMax { return }
    actions.append(.send(.acknowledge(id), to: sender))
    guard Int(message.hopCount) < min(world.configuration.hopsMax, Int(UInt8.max)) else {
      actions.append(.drop(message, .tooManyHops))
      return
    }
    message.hopCount &+= 1
    if message.purpose == .join { sendRows(&message, world, into: &actions) }
    routeOn(message, attempts: 0, world, into: &actions)
  }

  /// Sends an application's message by way of a node of its choice, which is no step back only if
  /// the message is a copy: that ends wherever the root is in the leaf set.
  public mutating func route(
    _ message: RouteMessage, via first: NodeIndex, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    guard phase != .departed, phase != .idle else {
      actions.append(.drop(message, .departed))
      return
    }
    hand(message, to: first, toRoot: false, attempts: 0, world, into: &actions)
  }

  mutating func acknowledged(
    _ id: RequestId, by sender: NodeIndex, _ world: borrowing PastryEnvironment
  ) {
    _ = answered(id, by: sender, world, fits: \.isHop)
  }

  /// Delivers a message, hands it on, or holds it.
  mutating func routeOn(
    _ message: RouteMessage, attempts: UInt16, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    guard phase == .active else {
      // A request to join that failed is made again by its own timer.
      if message.purpose == .join, message.source == peer.index { return }
      return hold(message, world, into: &actions)
    }
    guard attempts < world.configuration.attemptsMax else {
      actions.append(.drop(message, .unacknowledged))
      return
    }
    if leafSet.covers(message.key) {
      if message.purpose == .copy { return arrive(message, world, into: &actions) }
      // Who joins is not in the overlay, whatever the leaf set says of an earlier time.
      let joining = message.purpose == .join ? message.source : .none
      let root = leafSet.closest(to: message.key, excluding: joining)
      if root.index == peer.index {
        arrive(message, world, into: &actions)
      } else {
        hand(message, to: root.index, toRoot: true, attempts: attempts, world, into: &actions)
      }
      return
    }
    guard let next = nextHop(for: message, world) else {
      return hold(message, world, into: &actions)
    }
    hand(message, to: next, toRoot: false, attempts: attempts, world, into: &actions)
  }

  private mutating func arrive(
    _ message: RouteMessage, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    switch message.purpose {
    case .application, .roots, .copy: actions.append(.deliver(message))
    case .join:
      guard message.source != peer.index else { return }
      var members = leafSet.memberIndices
      members.append(peer.index)
      actions.append(.send(.joinReply(LeafSetReport(members: members)), to: message.source))
    }
  }

  private mutating func hold(
    _ message: RouteMessage, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    guard held.count < world.configuration.heldMax else {
      actions.append(.drop(message, .overloaded))
      return
    }
    held.append(message)
  }

  /// Routes what was held, now that the node can.
  mutating func releaseHeld(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    guard !held.isEmpty else { return }
    let waiting = held
    held.removeAll()
    for message in waiting { routeOn(message, attempts: 0, world, into: &actions) }
  }

  private mutating func hand(
    _ message: RouteMessage, to next: NodeIndex, toRoot: Bool, attempts: UInt16,
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    let timeout = hopTimeout(next, for: message.key, world)
    let request = RequestTable.Request(
      purpose: .hop(message, toRoot: toRoot), attempts: 1 + attempts, peer: next,
      sentAt: world.now)
    guard let id = requests.open(request, most: world.configuration.pendingMax) else {
      actions.append(.drop(message, .overloaded))
      return
    }
    actions.append(.send(.route(message, id), to: next))
    actions.append(.arm(.request(id), after: timeout))
  }

  /// How long to wait for an acknowledgement: as long as the last answers took, or, without any, as
  /// the round trip in the table by proximity lets expect, taken as a first sample.
  @inline(__always)
  private mutating func hopTimeout(
    _ next: NodeIndex, for key: Key, _ world: borrowing PastryEnvironment
  ) -> TimeSpan {
    var initial = world.configuration.probeTimeout
    if !roundTrips.knows(next) {
      let roundTrip = expectedRoundTrip(next, for: key, world)
      if roundTrip != RoutingTable.unmeasured {
        initial = min(initial, .microseconds(3 * UInt64(roundTrip)))
      }
    }
    let lowest = world.configuration.hopTimeoutMin
    return max(lowest, roundTrips.timeout(for: next, initial: initial, lowest: lowest))
  }

  /// The round-trip time of a node in the table by proximity: most hops go to the key's own slot.
  @inline(__always)
  private func expectedRoundTrip(
    _ next: NodeIndex, for key: Key, _ world: borrowing PastryEnvironment
  ) -> UInt32 {
    if let slot = routingTable.slots.slot(of: key), routingTable.slots[slot] == next {
      return routingTable.roundTrip(slot)
    }
    guard let slot = routingTable.slots.slot(of: world.book[next]),
      routingTable.slots[slot] == next
    else { return RoutingTable.unmeasured }
    return routingTable.roundTrip(slot)
  }

  /// A hop was not acknowledged in time: the peer is probed, and the message goes another way, or,
  /// to the root itself, once more.
  mutating func hopTimedOut(
    _ message: RouteMessage, toRoot: Bool, _ request: RequestTable.Request, _ id: RequestId,
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    suspect(request.peer, world, into: &actions)
    guard toRoot, leafSet.contains(request.peer) else {
      _ = requests.close(id)
      routeOn(message, attempts: request.attempts, world, into: &actions)
      return
    }
    guard request.attempts < world.configuration.attemptsMax else {
      _ = requests.close(id)
      actions.append(.drop(message, .unacknowledged))
      return
    }
    requests.resent(id, at: world.now)
    actions.append(.send(.route(message, id), to: request.peer))
    let first = hopTimeout(request.peer, for: message.key, world)
    let doubled = first * (1 << UInt64(min(request.attempts, 20)))
    actions.append(.arm(.request(id), after: min(doubled, world.configuration.probeTimeout)))
  }

  /// Sends messages that wait for a failed peer another way.
  mutating func reroute(
    from lost: NodeIndex, _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    for id in requests.open(to: lost) {
      guard let request = requests.request(id), case .hop(let message, _) = request.purpose else {
        continue
      }
      _ = requests.close(id)
      routeOn(message, attempts: 0, world, into: &actions)
    }
  }

  // MARK: next hops

  // A call of a method that only reads copies the whole node: what every hop asks is not called.

  /// The next hop outside the leaf set: the entry of the key's slot, or the best other candidate.
  @inline(__always)
  mutating func nextHop(
    for message: RouteMessage, _ world: borrowing PastryEnvironment
  ) -> NodeIndex? {
    message.table == .proximity
      ? nextHop(for: message, in: routingTable.slots, world)
      : constrainedNextHop(for: message, world)
  }

  /// Called, because what is inlined reads the lines of both tables before it chooses.
  @inline(never)
  private mutating func constrainedNextHop(
    for message: RouteMessage, _ world: borrowing PastryEnvironment
  ) -> NodeIndex? {
    nextHop(for: message, in: constrainedTable.slots, world)
  }

  @inline(__always)
  private func nextHop(
    for message: RouteMessage, in slots: borrowing SlotTable, _ world: borrowing PastryEnvironment
  ) -> NodeIndex? {
    let entry = slots.entry(for: message.key)
    let joining = message.purpose == .join ? message.source : .none
    if entry.exists, entry != joining, suspected.isEmpty || !suspected.contains(entry) {
      return entry
    }
    return PastryNode.detour(
      for: message.key, instead: joining, leafSet, slots, suspected, world)
  }

  /// The first of the `rankedCandidates` but the entry of the key's slot, found without ranking
  /// them.
  /// - Complexity: O(n) for n known nodes.
  @inline(never)
  private static func detour(
    for key: Key, instead excluded: NodeIndex, _ leafSet: borrowing LeafSet,
    _ slots: borrowing SlotTable, _ suspected: borrowing NodeList,
    _ world: borrowing PastryEnvironment
  ) -> NodeIndex? {
    guard let row = slots.slot(of: key)?.row else { return nil }
    var best = leafSet.owner
    func consider(_ peer: Peer, _ suspected: borrowing NodeList) {
      guard peer.nodeId.isCloser(than: best.nodeId, to: key),
        peer.nodeId.sharedPrefixLength(with: key, digitBits: slots.digitBits) >= row,
        peer.index != excluded, !suspected.contains(peer.index)
      else { return }
      best = peer
    }
    for place in leafSet.clockwise.indices { consider(leafSet.clockwise[place], suspected) }
    for place in leafSet.counterclockwise.indices {
      consider(leafSet.counterclockwise[place], suspected)
    }
    // Nodes of the rows before share fewer digits with the key.
    for place in min(row &* slots.columnCount, slots.slotCount)..<slots.slotCount {
      let node = slots.entry(at: place)
      if node.exists { consider(world.book.peer(node), suspected) }
    }
    return best.index == leafSet.owner.index ? nil : best.index
  }

  /// The nodes that bring a message nearer to the root of its key, best first: the entry of the
  /// key's slot, then all known nodes that share as many digits with the key as this node and are
  /// numerically closer to it. Suspected ones are left out. Source: [Rowstron01], routing.
  ///
  /// For whoever wants more than one way; `detour` finds the first of them alone.
  /// - Complexity: O(n log n) for n known nodes; the slot's entry alone is O(1).
  public func rankedCandidates(
    for key: Key, table: RoutingTableKind, _ world: borrowing PastryEnvironment
  ) -> NodeList {
    let slots = table == .proximity ? routingTable.slots : constrainedTable.slots
    guard let slot = slots.slot(of: key) else { return [] }
    let entry = slots[slot]
    var others: ContiguousArray<Peer> = []
    for peer in leafSet.members { others.append(peer) }
    for node in slots.nodes { others.append(world.book.peer(node)) }
    others.removeAll { candidate in
      candidate.index == entry || suspected.contains(candidate.index)
        || candidate.nodeId.sharedPrefixLength(with: key, digitBits: slots.digitBits) < slot.row
        || !candidate.nodeId.isCloser(than: peer.nodeId, to: key)
    }
    others.sort { $0.nodeId.isCloser(than: $1.nodeId, to: key) }
    var ranked: NodeList = []
    if entry.exists, !suspected.contains(entry) { ranked.append(entry) }
    for candidate in others where ranked.last != candidate.index {
      ranked.append(candidate.index)
    }
    return ranked
  }
}
