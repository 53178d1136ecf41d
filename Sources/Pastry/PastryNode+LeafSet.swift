import ProtocolTime
import RingIdentifiers

/// How far a repair of the leaf set has come.
struct RepairProgress: Sendable {
  /// Rounds since the set was complete.
  var rounds = 0
  /// Whether the set has changed since the last round.
  var changed = false
}

/// The leaf set: probes, replies, failures and repair. Source: [Castro04].
extension PastryNode {
  /// What this node says of its leaf set.
  func report() -> LeafSetReport {
    LeafSetReport(members: leafSet.memberIndices, failed: failed)
  }

  /// Probes a node that belongs or may belong into the leaf set.
  /// - Parameter hearsay: whether others already know what is suspected of it.
  mutating func probe(
    _ node: NodeIndex, hearsay: Bool = false, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    guard node != peer.index, !probing.contains(node) else { return }
    let report = report()
    let opened = ask(
      .leafSet(hearsay: hearsay), node, timeout: world.configuration.probeTimeout, world,
      into: &actions
    ) {
      .leafSetProbe(report, $0)
    }
    if opened { probing.append(node) }
  }

  mutating func takeProbe(
    _ report: LeafSetReport, _ id: RequestId, from sender: NodeIndex,
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    // A node that is not in the overlay yet is no member of anybody's leaf set.
    guard isMember else { return }
    // Nodes probe those that others name before they take them in. The sender lives, but this node
    // must not be active before the sender has it in its set and leaves its keys to it.
    let confirms = report.members.contains(peer.index)
    // The answer is what was known before: the sender may push out the very member that it lacks.
    let answer = self.report()
    if !isGivenUp(sender, unless: confirms) {
      heard(sender, set: true, confirms: confirms, world)
      absorb(report, from: sender, world, into: &actions)
    }
    actions.append(.send(.leafSetReply(answer, id), to: sender))
    if probing.isEmpty { settle(world, into: &actions) }
  }

  /// A node of the overlay was heard.
  /// - Parameters:
  ///   - set: whether it said what its leaf set is, which is what a leaf set probe asks.
  ///   - confirms: whether it has this node in that set, now that it has heard this node.
  private mutating func heard(
    _ node: NodeIndex, set: Bool, confirms: Bool, _ world: borrowing PastryEnvironment
  ) {
    suspected.removeAll { $0 == node }
    roundTrips.note(node, at: world.now)
    if node == neighbour { neighbourHeard = world.now }
    // A word that confirms nothing ends a probe once: else a member that sends nothing but such
    // words could keep a node from becoming active for ever.
    let ends = set && (confirms || phase != .settling || !doubted.contains(node))
    _ = requests.close { request in
      guard request.peer == node else { return false }
      switch request.purpose {
      case .liveness: return true
      case .leafSet: return ends
      case .hop, .candidate, .search, .searchList, .row: return false
      }
    }
    guard ends else { return }
    endProbe(of: node)
    guard phase == .settling else { return }
    if confirms {
      if !confirmed.contains(node) { Self.note(node, in: &confirmed, settlingMax) }
    } else {
      if !doubted.contains(node) { Self.note(node, in: &doubted, settlingMax) }
    }
  }

  private mutating func endProbe(of node: NodeIndex) {
    probing.removeAll { $0 == node }
    // An empty list of its own is memory to wait for, whenever it is asked whether it is empty.
    if probing.isEmpty { probing = [] }
  }

  /// The room of the lists of settling: enough for all that may become members meanwhile.
  private var settlingMax: Int { 4 * leafSet.sideCapacity }

  /// Appends to a list of bounded length, of which the oldest entry gives way.
  private static func note(_ node: NodeIndex, in list: inout NodeList, _ most: Int) {
    if list.count == most { list.removeFirst() }
    list.append(node)
  }

  /// Whether this node settles and has given the other one up. Only a word that confirms this node
  /// brings it back, and only once: else it could begin the round again for ever.
  private func isGivenUp(_ node: NodeIndex, unless confirms: Bool) -> Bool {
    guard phase == .settling, failed.contains(node) else { return false }
    return !confirms || lostWhileSettling.count { $0 == node } > 1
  }

  /// A heartbeat comes from the clockwise neighbour. One from any other node means that one of the
  /// two does not know the nodes between them.
  mutating func takeHeartbeat(
    from sender: NodeIndex, _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    guard isMember, !isGivenUp(sender, unless: false) else { return }
    heard(sender, set: false, confirms: false, world)
    failed.removeAll { $0 == sender }
    if sender != leafSet.clockwise.first?.index { probe(sender, world, into: &actions) }
  }

  /// A node behaves as one that is not in the overlay. If it is a member here, that was an earlier
  /// life of it: it is probed, and does not answer until it has joined.
  mutating func doubt(
    _ node: NodeIndex, _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    if leafSet.contains(node) { probe(node, world, into: &actions) }
  }

  mutating func takeReply(
    _ report: LeafSetReport, _ id: RequestId, from sender: NodeIndex,
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    guard answered(id, by: sender, world, fits: \.isLeafSet) != nil else {
      actions.append(.refused(from: sender, .unsolicited))
      return
    }
    heard(sender, set: true, confirms: true, world)
    absorb(report, from: sender, world, into: &actions)
    probeUnmentioned(in: report, of: sender, world, into: &actions)
    if probing.isEmpty { settle(world, into: &actions) }
  }

  /// Probes members that belong into the sender's leaf set too and that it does not mention: they
  /// may have failed without this node being told.
  private mutating func probeUnmentioned(
    in report: LeafSetReport, of sender: NodeIndex, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    var beside = MemberSearch(leafSet.members)
    _ = beside.place(of: sender)
    for node in report.members { _ = beside.place(of: node) }
    guard !beside.hasFoundAll else { return }
    var theirs = LeafSet(
      owner: world.book.peer(sender), size: world.configuration.leafSetSize)
    theirs.insert(each: report.members, of: world.book, wraps: leafSet.mayWrap)
    // Whom the sender mentions it does not lack.
    for place in beside.members.indices where !beside.hasFound(at: place) {
      let member = beside.members[place]
      if theirs.lacks(member) { probeOnHearsay(member.index, world, into: &actions) }
    }
  }

  /// Probes a member of which others say or suggest that it has failed, unless that was done within
  /// a probe's time-out. Without this bound, nodes that disagree would keep each other busy.
  private mutating func probeOnHearsay(
    _ node: NodeIndex, _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    let patience = world.configuration.probeTimeout
    hearsay.removeAll { patience <= world.now.since($0.at) }
    guard hearsay.count < world.configuration.leafSetSize,
      !hearsay.contains(where: { $0.node == node })
    else { return }
    hearsay.append((node, world.now))
    probe(node, hearsay: true, world, into: &actions)
  }

  /// Takes in what a live node says of its leaf set: it itself may be a member, those that it lists
  /// are probed first, and members that it found to have failed are probed too.
  private mutating func absorb(
    _ report: LeafSetReport, from sender: NodeIndex, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    failed.removeAll { $0 == sender }
    enter(world.book.peer(sender), world)
    probeCandidates(report.members, world, into: &actions)
    for node in report.failed where leafSet.contains(node) {
      probeOnHearsay(node, world, into: &actions)
    }
  }

  /// Probes those nodes of a list that would be members if all of them lived.
  ///
  /// Not all that the set wants: a side that lacks one member wants every node of the list, and has
  /// room for the nearest.
  private mutating func probeCandidates(
    _ nodes: NodeList, _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    // A set that is full and apart wants no member on its other side.
    let isFull = leafSet.isFullAndApart
    var beside = MemberSearch(leafSet.members)
    var strangers = NodeList()
    for node in nodes where node != peer.index && !failed.contains(node) {
      if isFull, beside.place(of: node) != nil { continue }
      strangers.append(node)
    }
    world.book.prefetch(strangers)
    let wraps = leafSet.mayWrap
    var wanted: ContiguousArray<Peer> = []
    for node in strangers {
      let candidate = world.book.peer(node)
      if leafSet.wants(candidate, wraps: wraps) { wanted.append(candidate) }
    }
    guard !wanted.isEmpty else { return }
    var trial = leafSet
    for candidate in wanted { _ = trial.insert(candidate, wraps: wraps) }
    for member in trial.members where !leafSet.contains(member.index) {
      probe(member.index, world, into: &actions)
    }
  }

  /// Puts a node that was heard just now into the leaf set, if it belongs there.
  private mutating func enter(_ node: Peer, _ world: borrowing PastryEnvironment) {
    guard leafSet.insert(node, wraps: leafSet.mayWrap) == .inserted else { return }
    former.removeAll { $0 == node.index }
    repair.changed = true
    watchNeighbour(world)
    if world.configuration.keepsConstrainedTable {
      _ = constrainedTable.offer(node, in: world.book)
    }
  }

  /// Keeps an eye on the node that is next clockwise.
  mutating func watchNeighbour(_ world: borrowing PastryEnvironment) {
    let first = leafSet.clockwise.first?.index ?? .none
    guard first != neighbour else { return }
    neighbour = first
    neighbourHeard = world.now
  }

  /// All probes of the leaf set have ended: the node is active if the set is complete; otherwise
  /// the farthest members are asked, then nodes of the tables that lie beyond them.
  mutating func settle(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    guard phase == .settling || phase == .active else { return }
    if phase == .settling, !leafSet.isWhole, leafSet.clockwise.isEmpty {
      // All that the root named are gone, and the root too: the node is as far as before.
      return joinAgain(world, into: &actions)
    }
    if leafSet.isComplete {
      // Others join at the same time: until a whole round brings no change, there may be more.
      if phase == .settling, repair.changed {
        repair.changed = false
        confirmed.removeAll()
      }
      if phase == .settling {
        let open = leafSet.members.filter { !confirmed.contains($0.index) }
        for member in open { probe(member.index, world, into: &actions) }
        // Without room for a probe, the timer of the join tries again.
        if !open.isEmpty { return }
      }
      failed.removeAll()
      repair = RepairProgress()
      return becomeActive(world, into: &actions)
    }
    let progressed = repair.changed || repair.rounds == 0
    repair.changed = false
    repair.rounds += 1
    if progressed {
      let before = probing.count
      for side in [leafSet.clockwise, leafSet.counterclockwise] {
        if let last = side.last { probe(last.index, world, into: &actions) }
      }
      if probing.count > before { return }
    }
    // Without room for a probe nothing is found out; the next heartbeat, or the timer of the join,
    // tries again.
    guard requests.count < world.configuration.pendingMax else { return }
    if let outside = nearestOutside(world) {
      // It may have no room to offer; whoever is missing will be heard of by the next heartbeat.
      guard repair.rounds <= world.configuration.leafSetSize else { return }
      return probe(outside, world, into: &actions)
    }
    // Nobody knows of any other node.
    leafSet.declareWhole()
    settle(world, into: &actions)
  }

  /// The node of the tables that is numerically closest to this one and no member of its leaf set;
  /// one that the set has room for, if there is any.
  private func nearestOutside(_ world: borrowing PastryEnvironment) -> NodeIndex? {
    var best: Peer?
    var bestFits = false
    let wraps = leafSet.mayWrap
    for table in [routingTable.slots, constrainedTable.slots] {
      for node in table.nodes where !leafSet.contains(node) && !failed.contains(node) {
        let candidate = world.book.peer(node)
        let fits = leafSet.wants(candidate, wraps: wraps)
        if let current = best {
          if bestFits, !fits { continue }
          let isCloser = candidate.nodeId.isCloser(than: current.nodeId, to: peer.nodeId)
          if fits == bestFits, !isCloser { continue }
        }
        best = candidate
        bestFits = fits
      }
    }
    return best?.index
  }

  // MARK: failures

  /// A peer did not acknowledge a hop: it is probed, and routes avoid it until it answers.
  mutating func suspect(
    _ node: NodeIndex, _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    if leafSet.contains(node) { return probe(node, world, into: &actions) }
    guard !suspected.contains(node) else { return }
    let opened = ask(
      .liveness, node, timeout: world.configuration.probeTimeout, world, into: &actions
    ) { .ping($0) }
    if opened { suspected.append(node) }
  }

  /// A peer has failed: it leaves all sets, and what waited for it goes on without it.
  /// - Parameter announces: whether the rest of the leaf set is told, if it was the clockwise
  ///   neighbour: every node has one watcher, so it is told once.
  mutating func lose(
    _ node: NodeIndex, announces: Bool, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    let lost = world.book.peer(node)
    endProbe(of: node)
    suspected.removeAll { $0 == node }
    neighborhood.remove(node)
    let row = routingTable.slots.slot(of: lost.nodeId)?.row
    let wasInTable = routingTable.remove(lost)
    let wasConstrained = constrainedTable.remove(lost)
    // A node that was in no set, or was lost before, says nothing of how often peers fail.
    if wasInTable || wasConstrained || leafSet.contains(node) {
      probeCycle.recordFailure(at: world.now)
    }
    let wasWatched = node == neighbour
    actions.append(.foundFailed(node))
    closeRequests(to: node)
    if phase == .settling { Self.note(node, in: &lostWhileSettling, settlingMax) }
    if !failed.contains(node), failed.count < world.configuration.leafSetSize {
      failed.append(node)
    }
    if leafSet.remove(node, wraps: leafSet.mayWrap) {
      watchNeighbour(world)
      former.removeAll { $0 == node }
      if former.count == world.configuration.leafSetSize { former.removeFirst() }
      former.append(node)
      formerPause = FormerPause()
      // The others learn of it, and what they know fills the gap.
      if announces, wasWatched, phase == .active {
        for member in leafSet.members { probe(member.index, world, into: &actions) }
      }
      repair.changed = true
    }
    if wasInTable, let row { askForRow(row, world, into: &actions) }
    if wasConstrained { askForConstrainedRows(world, into: &actions) }
    reroute(from: node, world, into: &actions)
    if probing.isEmpty { settle(world, into: &actions) }
  }

  /// Ends what was asked of a node that is gone. Messages under way to it are rerouted, and a
  /// search goes on when its timer runs out.
  private mutating func closeRequests(to node: NodeIndex) {
    _ = requests.close { request in
      guard request.peer == node else { return false }
      switch request.purpose {
      case .leafSet, .liveness, .candidate, .row: return true
      case .hop, .search, .searchList: return false
      }
    }
  }

  /// Leaves the overlay, telling the leaf set.
  public mutating func depart(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    if phase == .active || phase == .settling {
      let report = report()
      for member in leafSet.members {
        actions.append(.send(.departure(report), to: member.index))
      }
    }
    for request in requests.close(where: { _ in true }) {
      if case .hop(let message, _) = request.purpose { actions.append(.drop(message, .departed)) }
    }
    for message in held { actions.append(.drop(message, .departed)) }
    held.removeAll()
    phase = .departed
  }

  mutating func takeDeparture(
    _ report: LeafSetReport, of sender: NodeIndex, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    // Those that it names come first: without them its loss could leave nobody to ask.
    if isMember { probeCandidates(report.members, world, into: &actions) }
    lose(sender, announces: false, world, into: &actions)
    former.removeAll { $0 == sender }
  }
}
