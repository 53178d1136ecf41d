import ProtocolTime
import Randomness
import RingIdentifiers

/// When the next former member is asked whether it is back: at the first heartbeat after a loss,
/// then after 2 and after every 4 heartbeats.
///
/// Most that are lost stay away: under the Gnutella trace of [Castro04], one message in 26 went to
/// them when one was asked at every heartbeat.
struct FormerPause: Sendable {
  /// The longest pause, in heartbeats.
  static let longest = 4
  private var length = 1
  private var left = 1

  /// Counts a heartbeat; whether the pause is over.
  mutating func isOver() -> Bool {
    left -= 1
    guard left <= 0 else { return false }
    length = min(2 * length, FormerPause.longest)
    left = length
    return true
  }
}

/// Heartbeats, liveness of table entries, exchanges of rows, candidates. Sources: [Castro04];
/// [Rowstron01], node departure; [Castro02], routing table maintenance.
extension PastryNode {
  mutating func startPeriods(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    probeCycle.startedAt = world.now
    neighbourHeard = world.now
    // Nodes that start together do not stay in step.
    actions.append(.arm(.heartbeat, after: fraction(world.configuration.heartbeatPeriod)))
    actions.append(.arm(.tableProbe, after: fraction(entryPeriod(world))))
    actions.append(.arm(.rowExchange, after: fraction(world.configuration.rowExchangePeriod)))
  }

  /// A random part of a span, in 2^-16 steps.
  private mutating func fraction(_ span: TimeSpan) -> TimeSpan {
    (span / (1 << 16)) * UInt64(random.index(below: 1 << 16))
  }

  /// Tells the counterclockwise neighbour that this node lives, and looks for the clockwise one.
  mutating func beat(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    actions.append(.arm(.heartbeat, after: world.configuration.heartbeatPeriod))
    if let left = leafSet.counterclockwise.first {
      actions.append(.send(.heartbeat, to: left.index))
    }
    missNeighbour(world, into: &actions)
    // One member in turn compares sets, and one that was lost is asked whether it is back.
    let members = leafSet.members
    if !members.isEmpty {
      memberTurn = (memberTurn + 1) % members.count
      probe(members[memberTurn].index, world, into: &actions)
    }
    // Where all are in one leaf set, few ask, and an answer depends on each.
    if !former.isEmpty, leafSet.isWhole || formerPause.isOver() {
      let chosen = former[Int(random.index(below: UInt32(former.count)))]
      _ = ask(
        .candidate, chosen, timeout: world.configuration.probeTimeout, world, into: &actions
      ) { .ping($0) }
    }
    if probing.isEmpty {
      if !leafSet.isComplete { repair = RepairProgress() }
      settle(world, into: &actions)
    }
  }

  /// Probes the clockwise neighbour if its heartbeat is overdue.
  ///
  /// Looked for whenever something is received, not only at heartbeats: those come up to a period
  /// after the time-out, and until the failure is found lookups wait for the dead root.
  mutating func missNeighbour(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    guard neighbour.exists else { return }
    let patience = world.configuration.heartbeatPeriod + world.configuration.probeTimeout
    if patience < world.now.since(neighbourHeard) { probe(neighbour, world, into: &actions) }
  }

  // MARK: liveness of table entries

  /// Entries that are probed in one turn on average.
  private func entryCount(_ configuration: PastryConfiguration) -> Int {
    routingTable.slots.nodes.count
      + constrainedTable.slots.nodes.count / configuration.constrainedProbeTurns
  }

  /// Nodes of leaf set and tables, each counted once, as each is found to have failed once.
  var peerCount: Int {
    let table = routingTable.slots.nodes
    return leafSet.members.count + table.count { !leafSet.contains($0) }
      + constrainedTable.slots.nodes.count { !leafSet.contains($0) && !table.contains($0) }
  }

  /// The time between two probes of table entries; tuned anew after every full turn.
  mutating func entryPeriod(_ world: borrowing PastryEnvironment) -> TimeSpan {
    let configuration = world.configuration
    if probeCycle.probesUntilTuned > 0 {
      probeCycle.probesUntilTuned -= 1
      return probeCycle.entryPeriod
    }
    let entries = max(1, entryCount(configuration))
    probeCycle.probesUntilTuned = entries
    let peers = peerCount
    let timeouts = configuration.probeTimeout * (UInt64(configuration.probeRetries) + 1)
    let base = Double(1 << configuration.digitBits)
    probeCycle.period = ProbeCycle.period(
      rate: probeCycle.failureRate(peers: peers, at: world.now),
      hops: max(1, (base - 1) / base * Double(routingTable.slots.rowCount) - 1),
      target: Double(configuration.rawLossTarget) / 65_536,
      leafSetDelay: (configuration.heartbeatPeriod + timeouts).seconds,
      tableDelay: timeouts.seconds, bounds: configuration.tableProbePeriod)
    probeCycle.entryPeriod = max(.milliseconds(100), probeCycle.period / UInt64(entries))
    return probeCycle.entryPeriod
  }

  /// Probes the next table entry that was not heard within the tuned period.
  mutating func probeNextEntry(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    let first = routingTable.slots.slotCount
    let both = first + constrainedTable.slots.slotCount
    var looked = 0
    while looked < both {
      // Most turns go round the table that routes follow.
      let isConstrainedTurn = probeCycle.turn % world.configuration.constrainedProbeTurns == 0
      let total = isConstrainedTurn ? both : first
      if probeCycle.cursor >= total {
        probeCycle.cursor = 0
        probeCycle.turn += 1
      }
      let place = probeCycle.cursor
      guard place < both else { break }
      probeCycle.cursor += 1
      looked += 1
      let entry =
        place < first
        ? routingTable.slots.entry(at: place) : constrainedTable.slots.entry(at: place - first)
      guard entry.exists else { continue }
      if !leafSet.contains(entry), !suspected.contains(entry),
        !roundTrips.heard(entry, within: probeCycle.period, at: world.now)
      {
        _ = ask(
          .liveness, entry, timeout: world.configuration.probeTimeout, world, into: &actions
        ) { .ping($0) }
      }
      break
    }
    actions.append(.arm(.tableProbe, after: entryPeriod(world)))
  }

  mutating func takePong(
    _ id: RequestId, from sender: NodeIndex, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    let request = answered(id, by: sender, world) { purpose in
      switch purpose {
      case .liveness, .candidate, .search: true
      default: false
      }
    }
    guard let request else {
      actions.append(.refused(from: sender, .unsolicited))
      return
    }
    suspected.removeAll { $0 == sender }
    if request.attempts == 1 {
      let roundTrip = RoutingTable.microseconds(world.now.since(request.sentAt))
      offer(sender, roundTrip: roundTrip, world)
      if case .search = request.purpose {
        searchAnswered((sender, roundTrip), world, into: &actions)
      }
    }
    guard phase == .active else { return }
    if leafSet.wants(world.book.peer(sender), wraps: leafSet.mayWrap) {
      probe(sender, world, into: &actions)
    }
    releaseHeld(world, into: &actions)
  }

  // MARK: candidates

  /// Takes a measured live node into the tables, where it is better than what is there.
  mutating func offer(
    _ node: NodeIndex, roundTrip: UInt32, _ world: borrowing PastryEnvironment
  ) {
    let candidate = world.book.peer(node)
    _ = routingTable.offer(candidate, roundTrip: roundTrip)
    if world.configuration.keepsConstrainedTable {
      _ = constrainedTable.offer(candidate, in: world.book)
    }
    _ = neighborhood.offer(node, roundTrip: roundTrip)
  }

  /// Measures a node that was heard of, if a table could use it. Only its answer puts it in.
  mutating func consider(
    _ node: NodeIndex, _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    guard node != peer.index, phase != .idle, phase != .departed else { return }
    let candidate = world.book.peer(node)
    guard routingTable.wants(candidate) || constrainedWants(candidate, world) else { return }
    guard !requests.contains(node, where: { !$0.isHop }) else { return }
    _ = ask(
      .candidate, node, timeout: world.configuration.probeTimeout, world, into: &actions
    ) { .ping($0) }
  }

  /// Whether a table lacks a node that a constrained row names.
  ///
  /// The nodes closest to the points are the same for all nodes around, who name them again in
  /// every answer. So they are measured where the constrained table takes them or the table by
  /// proximity has nobody, not for being nearer.
  func isMissed(_ node: NodeIndex, _ world: borrowing PastryEnvironment) -> Bool {
    let candidate = world.book.peer(node)
    return constrainedWants(candidate, world)
      || routingTable.wants(candidate, at: RoutingTable.unmeasured)
  }

  private func constrainedWants(
    _ candidate: Peer, _ world: borrowing PastryEnvironment
  ) -> Bool {
    world.configuration.keepsConstrainedTable && constrainedTable.wants(candidate, in: world.book)
  }

  // MARK: exchange and repair

  /// Asks one node of each row for its own row: the second stage of [Rowstron01], repeated.
  mutating func exchangeRows(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    actions.append(.arm(.rowExchange, after: world.configuration.rowExchangePeriod))
    for row in 0..<routingTable.slots.rowCount {
      askForRow(row, world, into: &actions)
    }
    askForConstrainedRows(world, into: &actions)
  }

  /// Asks a node of this row, or of the next row that has one, for the row.
  mutating func askForRow(
    _ row: Int, _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    for next in row..<max(row + 1, routingTable.slots.rowCount) {
      let nodes = routingTable.slots.row(next)
      guard !nodes.isEmpty else { continue }
      let chosen = nodes[Int(random.index(below: UInt32(nodes.count)))]
      _ = ask(
        .row, chosen, timeout: world.configuration.probeTimeout, world, into: &actions
      ) { .rowRequest(row: UInt8(clamping: row), $0) }
      return
    }
  }

  /// Asks both neighbours for their constrained tables: their points lie next to this node's.
  mutating func askForConstrainedRows(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    guard world.configuration.keepsConstrainedTable else { return }
    var last = NodeIndex.none
    for side in [leafSet.clockwise, leafSet.counterclockwise] {
      guard let first = side.first, first.index != last else { continue }
      last = first.index
      actions.append(.send(.constrainedRequest, to: last))
    }
  }

  /// Nodes that one who looks for a near node may like: leaf set, then neighborhood set.
  func nearbyNodes(_ world: borrowing PastryEnvironment) -> NodeList {
    var nodes = leafSet.memberIndices
    for member in neighborhood.members
    where nodes.count < world.configuration.listMax && !nodes.contains(member.index) {
      nodes.append(member.index)
    }
    return nodes
  }
}
