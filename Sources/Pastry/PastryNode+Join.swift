import ProtocolTime
import RingIdentifiers

/// The search for a near node to join through.
struct NearbySearch: Sendable {
  /// Which list is asked for next.
  enum Stage: Sendable {
    /// Leaf set and neighborhood set of the first contact.
    case leafSet
    /// This row of the nearest node's table, from the last to the first.
    case row(Int)
  }

  var contact = NodeIndex.none
  /// Whether the root's answer is not enough.
  var awaitsRoots = false
  var attempt: UInt32 = 0
  var nearest = NodeIndex.none
  var roundTrip = RoutingTable.unmeasured
  var stage = Stage.leafSet
  /// Nodes that were measured: those near each other name the same ones again and again.
  var asked: NodeList = []
  /// Whether the first row brought a nearer node than the one before.
  var improved = false
  /// Answers that are still out.
  var outstanding = 0
}

/// Joining: the near contact, the route to the own nodeId, the leaf set. Sources: [Rowstron01],
/// node addition; [Castro03], the nearby contact; [Castro04], joining consistently.
extension PastryNode {
  /// Starts the first node of an overlay, or founds it anew when nobody is left to join through.
  public mutating func create(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    guard phase == .idle || phase == .searching || phase == .joining else { return }
    leafSet = LeafSet(owner: peer, size: world.configuration.leafSetSize)
    leafSet.declareWhole()
    phase = .settling
    settle(world, into: &actions)
  }

  /// Joins through any node of the overlay; tries again until it has joined.
  /// - Parameter awaitsRoots: whether the root's answer is not enough: the node joins once
  ///   `adopt(_:_:into:)` has named the nodes around its nodeId. The contact then only helps to
  ///   fill the table by proximity.
  public mutating func join(
    via contact: NodeIndex, awaitsRoots: Bool = false, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    guard phase == .idle || phase == .searching || phase == .joining,
      world.book.contains(contact), contact != peer.index
    else { return }
    let attempt = search.attempt &+ 1
    search = NearbySearch()
    search.attempt = attempt
    search.contact = contact
    search.awaitsRoots = awaitsRoots
    search.nearest = contact
    phase = .searching
    actions.append(.arm(.join(attempt), after: joinTimeout(world)))
    askForList(world, into: &actions)
  }

  /// The state of a node that does not join, because it was in the overlay before.
  public struct Snapshot: Sendable {
    /// Members of the leaf set.
    public var leafSet: ContiguousArray<Peer> = []
    /// Whether the overlay has no other nodes.
    public var isWhole = false
    /// Entries of the table by proximity, with round-trip times in microseconds.
    public var table: ContiguousArray<(peer: Peer, roundTrip: UInt32)> = []
    /// Entries of the constrained table.
    public var constrained: ContiguousArray<Peer> = []

    /// Nothing.
    public init() {}
  }

  /// Takes part at once, with state from before.
  /// - Precondition: not started.
  public mutating func restore(
    _ snapshot: borrowing Snapshot, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    precondition(phase == .idle, "a node that runs cannot be restored")
    for member in snapshot.leafSet { _ = leafSet.insert(member) }
    if snapshot.isWhole { leafSet.declareWhole() }
    for (node, roundTrip) in snapshot.table {
      _ = routingTable.offer(node, roundTrip: roundTrip)
    }
    if world.configuration.keepsConstrainedTable {
      for node in snapshot.constrained { _ = constrainedTable.offer(node, in: world.book) }
    }
    watchNeighbour(world)
    phase = .active
    actions.append(.activated)
    startPeriods(world, into: &actions)
    if !leafSet.isComplete { settle(world, into: &actions) }
  }

  /// Long enough for a search and a route in which time-outs happen.
  private func joinTimeout(_ world: borrowing PastryEnvironment) -> TimeSpan {
    world.configuration.probeTimeout * 10
  }

  mutating func joinTimedOut(
    _ attempt: UInt32, _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    guard attempt == search.attempt else { return }
    if phase == .settling {
      actions.append(.arm(.join(attempt), after: joinTimeout(world)))
      if probing.isEmpty { settle(world, into: &actions) }
      return
    }
    guard phase == .searching || phase == .joining else { return }
    joinAgain(world, into: &actions)
  }

  /// Starts over through the same contact, and says so: the contact may be gone for good, and only
  /// the application can name another one.
  mutating func joinAgain(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    let contact = search.contact
    guard contact.exists else { return }
    phase = .searching
    let awaitsRoots = search.awaitsRoots
    actions.append(.joinFailed(via: contact))
    join(via: contact, awaitsRoots: awaitsRoots, world, into: &actions)
  }

  // MARK: a near contact

  private mutating func askForList(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    let stage = search.stage
    let opened = ask(
      .searchList, search.nearest, timeout: world.configuration.probeTimeout, world, into: &actions
    ) { id in
      switch stage {
      case .leafSet: .nearbyRequest(id)
      case .row(let row): .rowRequest(row: UInt8(clamping: row), id)
      }
    }
    search.outstanding = opened ? 1 : 0
  }

  /// A list that was asked for: for the search, or to fill a row.
  mutating func takeList(
    _ nodes: NodeList, rowCount: Int?, _ id: RequestId, from sender: NodeIndex,
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    let request = answered(id, by: sender, world) { purpose in
      switch purpose {
      case .row: rowCount != nil
      case .searchList: true
      default: false
      }
    }
    guard let request else {
      actions.append(.refused(from: sender, .unsolicited))
      return
    }
    switch request.purpose {
    case .row:
      for node in nodes { consider(node, world, into: &actions) }
    case .searchList:
      guard phase == .searching else { return }
      // The first row's answer also says where to go on from.
      if case .leafSet = search.stage { search.stage = .row(Int(UInt8.max)) }
      if case .row(let row) = search.stage, let rowCount, row >= rowCount {
        // One is taken off before it asks for the last row.
        search.stage = .row(rowCount)
      }
      search.improved = false
      search.outstanding = 1
      for node in nodes + [sender] where node != peer.index && !search.asked.contains(node) {
        if search.asked.count < world.configuration.pendingMax { search.asked.append(node) }
        let opened = ask(
          .search, node, timeout: world.configuration.probeTimeout, world, into: &actions
        ) { .ping($0) }
        if opened { search.outstanding += 1 }
      }
      searchAnswered(nil, world, into: &actions)
    default: break
    }
  }

  /// One more answer of the search is in: a node with its round-trip time, or nothing.
  mutating func searchAnswered(
    _ answer: (node: NodeIndex, roundTrip: UInt32)?, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    guard phase == .searching else { return }
    if let answer, answer.roundTrip < search.roundTrip {
      search.improved = search.improved || answer.node != search.nearest
      search.nearest = answer.node
      search.roundTrip = answer.roundTrip
    }
    search.outstanding -= 1
    guard search.outstanding <= 0 else { return }
    switch search.stage {
    case .row(let row) where row > 0:
      search.stage = .row(row - 1)
      askForList(world, into: &actions)
    case .row where search.improved:
      askForList(world, into: &actions)
    case .leafSet, .row:
      startRoute(world, into: &actions)
    }
  }

  // MARK: the route to the own nodeId

  private mutating func startRoute(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    phase = .joining
    let message = RouteMessage(
      key: Key(peer.nodeId.value), source: peer.index, tag: UInt64(search.attempt), purpose: .join)
    let opened = ask(
      .hop(message, toRoot: false), search.nearest, timeout: world.configuration.probeTimeout,
      world, into: &actions
    ) { .route(message, $0) }
    if !opened { actions.append(.drop(message, .overloaded)) }
  }

  /// Sends a joining node the rows that this node shares with it and that it has not been sent.
  func sendRows(
    _ message: inout RouteMessage, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    let shared = peer.nodeId.sharedPrefixLength(
      with: message.key, digitBits: world.configuration.digitBits)
    let slots = routingTable.slots
    while Int(message.nextRow) <= shared, Int(message.nextRow) < slots.rowCount {
      var nodes = slots.row(Int(message.nextRow))
      nodes.append(peer.index)
      actions.append(.send(.row(nodes), to: message.source))
      message.nextRow += 1
    }
  }

  mutating func takeJoinReply(
    _ report: LeafSetReport, from sender: NodeIndex, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    guard phase == .joining, !search.awaitsRoots else { return }
    settle(among: report.members + [sender], world, into: &actions)
  }

  /// Names the nodes around this node's nodeId, as secure routing has found them. Those that live
  /// become its leaf set: a list that is wrong in part does no harm while another one is right.
  public mutating func adopt(
    _ roots: NodeList, _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    guard phase == .searching || phase == .joining, search.awaitsRoots, !roots.isEmpty else {
      return
    }
    settle(among: roots, world, into: &actions)
  }

  private mutating func settle(
    among nodes: NodeList, _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    phase = .settling
    repair = RepairProgress()
    confirmed.removeAll()
    doubted.removeAll()
    lostWhileSettling.removeAll()
    for node in nodes { _ = leafSet.insert(world.book.peer(node)) }
    watchNeighbour(world)
    for member in leafSet.members { probe(member.index, world, into: &actions) }
    if probing.isEmpty { settle(world, into: &actions) }
  }

  /// The node's leaf set is complete: it takes part, or goes on.
  mutating func becomeActive(
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    if phase == .settling {
      phase = .active
      actions.append(.activated)
      for node in routingTable.slots.nodes {
        guard let slot = routingTable.slots.slot(of: world.book[node]) else { continue }
        let roundTrip = routingTable.roundTrip(slot)
        if roundTrip != RoutingTable.unmeasured {
          actions.append(.send(.arrival(roundTrip: roundTrip), to: node))
        }
      }
      askForConstrainedRows(world, into: &actions)
      startPeriods(world, into: &actions)
    }
    releaseHeld(world, into: &actions)
  }
}
