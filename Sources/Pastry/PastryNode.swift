import ProtocolTime
public import Randomness
import RingIdentifiers

/// One honest node of the overlay, without input and output.
///
/// It takes messages, timers and commands, and appends actions to a queue of the caller, who
/// carries them out before the next input. It knows neither sockets nor that it may be simulated.
/// Leaf sets and delivery follow MSPastry [Castro04]: a node delivers only while it is active, and
/// is active only after every member of its leaf set has answered its probe; a member that fails is
/// replaced from the farthest live member's set. Tables follow [Rowstron01] and [Castro02].
public struct PastryNode: Sendable {
  /// How far the node has come.
  public enum Phase: UInt8, Sendable {
    /// Not started.
    case idle
    /// Looking for a near node to join through. [Rowstron01], node addition and locality
    case searching
    /// Waiting for the answer of its root.
    case joining
    /// Has a leaf set and waits until all of it has answered.
    case settling
    /// In the overlay.
    case active
    /// Gone for good.
    case departed
  }

  // What every message and timer of a lookup reads comes first, on few cache lines.

  /// How far it has come.
  public internal(set) var phase = Phase.idle
  var neighbour = NodeIndex.none
  /// When the clockwise neighbour was heard last.
  var neighbourHeard = Instant.zero
  var requests = RequestTable()
  /// The numerically closest nodes.
  public internal(set) var leafSet: LeafSet
  /// The table by proximity.
  public internal(set) var routingTable: RoutingTable
  /// Peers that did not acknowledge a hop and whose probe is open.
  var suspected: NodeList = []
  var roundTrips = RoundTripCache()

  /// The constrained table; empty when the overlay keeps none.
  public internal(set) var constrainedTable: ConstrainedRoutingTable
  /// The nearest nodes.
  public internal(set) var neighborhood: NeighborhoodSet
  var random: RandomStream
  /// Messages that wait until the node is active again or its leaf set is complete.
  var held: ContiguousArray<RouteMessage> = []
  /// Leaf set candidates and members whose probes are open.
  var probing: NodeList = []
  /// Nodes found to have failed since the leaf set was complete last.
  var failed: NodeList = []
  /// The members lost last: one of them is asked now and then whether it is back, so that parts of
  /// an overlay that were cut off from each other find together again.
  var former: NodeList = []
  var formerPause = FormerPause()
  /// Nodes that have this node in their leaf sets, as far as it knows, since it has one of its own
  /// and is not active yet.
  var confirmed: NodeList = []
  /// Nodes whose probe has ended without that, while this node settles.
  var doubted: NodeList = []
  /// Nodes that it lost meanwhile, as often as it did.
  var lostWhileSettling: NodeList = []
  /// Members probed lately because of what others said.
  var hearsay: ContiguousArray<(node: NodeIndex, at: Instant)> = []
  /// The member that is probed at the next heartbeat.
  var memberTurn = 0
  var repair = RepairProgress()
  var search = NearbySearch()
  var probeCycle = ProbeCycle()

  /// A node that has not started.
  /// - Parameter stream: the node's own; names every draw that it makes.
  public init(_ peer: Peer, configuration: PastryConfiguration, stream: StreamKey) {
    leafSet = LeafSet(owner: peer, size: configuration.leafSetSize)
    routingTable = RoutingTable(owner: peer.nodeId, digitBits: configuration.digitBits)
    constrainedTable = ConstrainedRoutingTable(
      owner: peer.nodeId, digitBits: configuration.digitBits)
    neighborhood = NeighborhoodSet(capacity: configuration.neighborhoodSize)
    random = RandomStream(stream)
  }

  /// The node itself.
  public var peer: Peer { leafSet.owner }

  /// Whether other nodes may count on it.
  var isMember: Bool { phase == .active || phase == .settling }

  // MARK: inputs

  /// A message has arrived.
  public mutating func receive(
    _ message: PastryMessage, from sender: NodeIndex, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    guard phase != .idle, phase != .departed else {
      actions.append(.refused(from: sender, .notRunning))
      return
    }
    if phase == .active, sender != neighbour { missNeighbour(world, into: &actions) }
    // The two messages of a hop come first: they name nothing that has to be looked up.
    switch message {
    case .acknowledge(let id):
      return acknowledged(id, by: sender, world)
    case .route(let route, let id)
    where world.book.contains(route.source) && world.book.contains(sender):
      return take(route, id, from: sender, world, into: &actions)
    default: break
    }
    guard world.book.contains(sender), message.names(only: world.book) else {
      actions.append(.refused(from: sender, .unknownNode))
      return
    }
    guard message.isBounded(by: world.configuration) else {
      actions.append(.refused(from: sender, .oversized))
      return
    }
    handle(message, from: sender, world, into: &actions)
  }

  private mutating func handle(
    _ message: PastryMessage, from sender: NodeIndex, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    switch message {
    case .route, .acknowledge: break
    case .heartbeat: takeHeartbeat(from: sender, world, into: &actions)
    case .leafSetProbe(let report, let id):
      takeProbe(report, id, from: sender, world, into: &actions)
    case .leafSetReply(let report, let id):
      takeReply(report, id, from: sender, world, into: &actions)
    case .joinReply(let report):
      takeJoinReply(report, from: sender, world, into: &actions)
    case .ping(let id):
      // Who is not in the overlay is of no use to anybody's tables.
      if isMember { actions.append(.send(.pong(id), to: sender)) }
    case .pong(let id): takePong(id, from: sender, world, into: &actions)
    case .arrival(let roundTrip):
      // What others say of their proximity is worth a measurement, and no more.
      if routingTable.wants(world.book.peer(sender), at: roundTrip) {
        consider(sender, world, into: &actions)
      }
    case .nearbyRequest(let id):
      doubt(sender, world, into: &actions)
      actions.append(.send(.nearbyReply(nearbyNodes(world), id), to: sender))
    case .rowRequest(let row, let id):
      let table = routingTable.slots
      actions.append(
        .send(
          .rowReply(table.row(Int(row)), rowCount: UInt8(clamping: table.rowCount), id),
          to: sender))
    case .nearbyReply(let nodes, let id):
      takeList(nodes, rowCount: nil, id, from: sender, world, into: &actions)
    case .rowReply(let nodes, let rowCount, let id):
      takeList(nodes, rowCount: Int(rowCount), id, from: sender, world, into: &actions)
    case .row(let nodes):
      for node in nodes { consider(node, world, into: &actions) }
    case .constrainedRow(let nodes):
      for node in nodes where isMissed(node, world) { consider(node, world, into: &actions) }
    case .constrainedRequest:
      let slots = constrainedTable.slots
      for row in 0..<slots.rowCount {
        let nodes = slots.row(row)
        if !nodes.isEmpty { actions.append(.send(.constrainedRow(nodes), to: sender)) }
      }
    case .departure(let report):
      takeDeparture(report, of: sender, world, into: &actions)
    }
  }

  /// A timer that the node armed has run out.
  public mutating func timerFired(
    _ timer: PastryTimer, _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    guard phase != .idle, phase != .departed else { return }
    switch timer {
    case .heartbeat: beat(world, into: &actions)
    case .tableProbe: probeNextEntry(world, into: &actions)
    case .rowExchange: exchangeRows(world, into: &actions)
    case .request(let id): timedOut(id, world, into: &actions)
    case .join(let attempt): joinTimedOut(attempt, world, into: &actions)
    }
  }

  /// Sends an application's message towards the root of its key.
  public mutating func route(
    _ message: RouteMessage, _ world: borrowing PastryEnvironment,
    into actions: inout PastryActions
  ) {
    guard phase != .departed, phase != .idle else {
      actions.append(.drop(message, .departed))
      return
    }
    routeOn(message, attempts: 0, world, into: &actions)
  }

  // MARK: requests

  /// Opens a request, sends it and arms its timer; false when too many are open.
  mutating func ask(
    _ purpose: RequestTable.Purpose, _ receiver: NodeIndex, timeout: TimeSpan,
    _ world: borrowing PastryEnvironment, into actions: inout PastryActions,
    _ message: (RequestId) -> PastryMessage
  ) -> Bool {
    let request = RequestTable.Request(
      purpose: purpose, attempts: 1, peer: receiver, sentAt: world.now)
    guard let id = requests.open(request, most: world.configuration.pendingMax) else {
      return false
    }
    actions.append(.send(message(id), to: receiver))
    actions.append(.arm(.request(id), after: timeout))
    return true
  }

  /// Closes the request that `sender` answers, and takes its round-trip time as a sample when it
  /// was sent once; nil when no such request is open, or the answer is of another kind.
  mutating func answered(
    _ id: RequestId, by sender: NodeIndex, _ world: borrowing PastryEnvironment,
    fits: (RequestTable.Purpose) -> Bool
  ) -> RequestTable.Request? {
    guard let request = requests.close(id, to: sender, fits: fits) else { return nil }
    if request.attempts == 1 {
      roundTrips.record(sender, world.now.since(request.sentAt), at: world.now)
    }
    return request
  }

  private mutating func timedOut(
    _ id: RequestId, _ world: borrowing PastryEnvironment, into actions: inout PastryActions
  ) {
    guard let request = requests.request(id) else { return }
    switch request.purpose {
    case .hop(let message, let toRoot):
      hopTimedOut(message, toRoot: toRoot, request, id, world, into: &actions)
    case .leafSet, .liveness:
      guard request.attempts > world.configuration.probeRetries else {
        requests.resent(id, at: world.now)
        var probe = PastryMessage.ping(id)
        if case .leafSet = request.purpose { probe = .leafSetProbe(report(), id) }
        actions.append(.send(probe, to: request.peer))
        actions.append(.arm(.request(id), after: world.configuration.probeTimeout))
        return
      }
      _ = requests.close(id)
      var announces = true
      if case .leafSet(hearsay: true) = request.purpose { announces = false }
      lose(request.peer, announces: announces, world, into: &actions)
    case .candidate, .row:
      _ = requests.close(id)
    case .search, .searchList:
      _ = requests.close(id)
      searchAnswered(nil, world, into: &actions)
    }
  }
}
