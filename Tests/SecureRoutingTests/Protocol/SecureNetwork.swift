import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers

@testable import SecureRouting

/// A dumb engine for nodes with secure routing: one sorted list of events, one constant delay.
///
/// Not the simulator's engine on purpose: where both run the same nodes, they check each other.
struct SecureNetwork {
  enum Event {
    case message(OverlayMessage, from: Int, to: Int)
    case timer(PastryTimer, of: Int)
    case secureTimer(UInt32, of: Int)
  }

  /// What faulty nodes do: looks at a message to a faulty node, may send others, and says whether
  /// the honest machine inside gets it.
  typealias Interception =
    @Sendable (
      _ message: OverlayMessage, _ from: Int, _ at: Int, _ sends: inout [(OverlayMessage, Int, Int)]
    ) -> Bool

  var world: PastryEnvironment
  var nodes: [PastryNode] = []
  var routers: [SecureRouter] = []
  var isFaulty: [Bool]
  var isAlive: [Bool]
  var intercept: Interception = { _, _, _, _ in true }
  /// Nodes that have got the message of a call, by its nonce.
  var deliveries: [UInt64: [Int]] = [:]
  var results: [(node: Int, result: SecureResult)] = []
  var refusals: [RefusalReason] = []
  var activated: [Int] = []
  var sentCount = 0
  let delay = TimeSpan.milliseconds(40)
  private var queue: [(at: Instant, event: Event)] = []

  /// An overlay in which every node has the leaf set and tables that the ring gives it.
  /// - Parameters:
  ///   - absent: the last nodes, which are not in it.
  ///   - isStill: whether nodes leave each other in peace, because nothing changes.
  init(
    nodes count: Int, leafSetSize: Int = 16, seed: UInt64, secure: SecureConfiguration,
    absent: Int = 0, isStill: Bool = true
  ) {
    let key = StreamKey(seed: seed)
    var draws = RandomStream(key["ids"])
    let ids = ContiguousArray((0..<count).map { _ in NodeId.random(from: &draws) })
    var configuration = PastryConfiguration(digitBits: 4, leafSetSize: leafSetSize)
    if isStill {
      configuration.heartbeatPeriod = .hours(1_000)
      configuration.rowExchangePeriod = .hours(1_000)
      configuration.tableProbePeriod = .hours(1_000)...(.hours(1_000))
    }
    world = PastryEnvironment(configuration: configuration, book: PeerBook(ids))
    isFaulty = Array(repeating: false, count: count)
    isAlive = Array(repeating: true, count: count)
    let peers = ids.enumerated().map { Peer($0.element, NodeIndex(UInt32($0.offset))) }
    for peer in peers {
      let number = Int(peer.index.number)
      nodes.append(
        PastryNode(peer, configuration: configuration, stream: key["node"][number]))
      routers.append(SecureRouter(configuration: secure, stream: key["router"][number]))
    }
    let ring = peers.dropLast(absent).sorted { $0.nodeId < $1.nodeId }
    for place in ring.indices { restore(place, ring) }
  }

  private mutating func restore(_ place: Int, _ ring: [Peer]) {
    var snapshot = PastryNode.Snapshot()
    for step in 1...world.configuration.leafSetSize / 2 {
      snapshot.leafSet.append(ring[(place + step) % ring.count])
      snapshot.leafSet.append(ring[(place + ring.count - step) % ring.count])
    }
    let own = ring[place]
    var table = ConstrainedRoutingTable(owner: own.nodeId, digitBits: 4)
    for peer in ring { _ = table.offer(peer, in: world.book) }
    snapshot.constrained = ContiguousArray(table.slots.nodes.map { world.book.peer($0) })
    // Without proximity any fitting node will do: the first one offered.
    var any = RoutingTable(owner: own.nodeId, digitBits: 4)
    for step in ring.indices {
      _ = any.offer(ring[(place * 7 + step * 13) % ring.count], roundTrip: 80_000)
    }
    for node in any.slots.nodes {
      snapshot.table.append((peer: world.book.peer(node), roundTrip: 80_000))
    }
    input(Int(own.index.number)) { $0.restore(snapshot, $2, into: &$3.pastry) }
  }

  // MARK: inputs

  /// Runs one input of a node and carries out all that follows from it at once.
  mutating func input(
    _ node: Int,
    _ body: (
      inout PastryNode, inout SecureRouter, borrowing PastryEnvironment, inout OverlayActions
    ) -> Void
  ) {
    var actions = OverlayActions()
    body(&nodes[node], &routers[node], world, &actions)
    while !actions.pastry.isEmpty || !actions.secure.isEmpty {
      var next = OverlayActions()
      while let action = actions.pastry.takeFirst() { carryOut(action, of: node, into: &next) }
      for action in actions.secure { carryOut(action, of: node) }
      actions = next
    }
  }

  private mutating func carryOut(
    _ action: PastryAction, of node: Int, into next: inout OverlayActions
  ) {
    switch action {
    case .send(let message, let receiver):
      send(.pastry(message), from: node, to: Int(receiver.number))
    case .arm(let timer, let span): schedule(.timer(timer, of: node), after: span)
    case .deliver(let message):
      routers[node].arrived(message, &nodes[node], world, into: &next)
    case .activated: activated.append(node)
    case .drop, .joinFailed, .foundFailed, .refused: break
    }
  }

  private mutating func carryOut(_ action: SecureAction, of node: Int) {
    switch action {
    case .send(let message, let receiver):
      send(.secure(message), from: node, to: Int(receiver.number))
    case .arm(let number, let span): schedule(.secureTimer(number, of: node), after: span)
    case .deliver(let request): deliveries[request.nonce, default: []].append(node)
    case .completed(let result): results.append((node, result))
    case .refused(_, let reason): refusals.append(reason)
    }
  }

  mutating func send(_ message: OverlayMessage, from sender: Int, to receiver: Int) {
    sentCount += 1
    schedule(.message(message, from: sender, to: receiver), after: delay)
  }

  private mutating func schedule(_ event: Event, after span: TimeSpan) {
    let at = world.now + span
    var low = 0
    var high = queue.count
    // Latest first: what comes next is at the end.
    while low < high {
      let middle = (low + high) / 2
      if queue[middle].at > at { low = middle + 1 } else { high = middle }
    }
    queue.insert((at, event), at: low)
  }

  // MARK: running

  mutating func run(_ span: TimeSpan) {
    let end = world.now + span
    while let last = queue.last, last.at <= end {
      queue.removeLast()
      world.now = last.at
      take(last.event)
    }
    world.now = end
  }

  private mutating func take(_ event: Event) {
    switch event {
    case .message(let message, let sender, let receiver):
      guard isAlive[receiver] else { return }
      if isFaulty[receiver] {
        var sends: [(OverlayMessage, Int, Int)] = []
        let isKept = !intercept(message, sender, receiver, &sends)
        for (message, from, to) in sends { send(message, from: from, to: to) }
        if isKept { return }
      }
      let from = NodeIndex(UInt32(sender))
      input(receiver) { node, router, world, actions in
        switch message {
        case .pastry(let message):
          node.receive(message, from: from, world, into: &actions.pastry)
        case .secure(let message):
          router.receive(message, from: from, &node, world, into: &actions)
        case .read: break
        }
      }
    case .timer(let timer, let node):
      guard isAlive[node] else { return }
      input(node) { $0.timerFired(timer, $2, into: &$3.pastry) }
    case .secureTimer(let number, let node):
      guard isAlive[node] else { return }
      input(node) { $1.timerFired(number, &$0, $2, into: &$3) }
    }
  }

  mutating func secRoute(_ key: Key, from node: Int, replicas: UInt8, tag: UInt64 = 0) {
    input(node) {
      $1.secRoute(key, replicas: replicas, tag: tag, &$0, $2, into: &$3)
    }
  }

  // MARK: the truth

  /// Live nodes closest to a key, by sorting them all.
  func replicaRoots(of key: Key, count: Int) -> [Int] {
    let all = nodes.indices.filter { isAlive[$0] && nodes[$0].phase == .active }
    let sorted = all.sorted {
      nodes[$0].peer.nodeId.isCloser(than: nodes[$1].peer.nodeId, to: key)
    }
    return Array(sorted.prefix(count))
  }
}
