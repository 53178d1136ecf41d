import ProtocolTime
import Randomness
import RingIdentifiers

@testable import Pastry

/// A dumb engine: one sorted list of events, one constant delay, actions carried out in order.
///
/// Not the simulator's engine on purpose: where both run the same nodes, they check each other.
struct TinyNetwork {
  enum Event {
    case message(PastryMessage, from: Int, to: Int)
    case timer(PastryTimer, of: Int)
  }

  /// An action that ends something, with the node whose action it is.
  struct Entry {
    let node: Int
    let action: PastryAction
    let at: Instant
  }

  var world: PastryEnvironment
  var nodes: [PastryNode]
  var isAlive: [Bool]
  /// Deliveries, drops, refusals, failures found, activations.
  var log: [Entry] = []
  var sentCount = 0
  var eventCount = 0
  /// Whether a message is lost, given the network's own stream of draws.
  var loses: (PastryMessage, Int, Int, inout RandomStream) -> Bool = { _, _, _, _ in false }
  let delay: TimeSpan
  private var random: RandomStream
  /// A binary heap by time, then by number.
  private var queue: [(at: Instant, number: Int, event: Event)] = []
  private var nextNumber = 0

  init(
    _ ring: [Peer], _ configuration: PastryConfiguration, seed: UInt64 = 1,
    delay: TimeSpan = .milliseconds(40)
  ) {
    let key = StreamKey(seed: seed)
    world = PastryEnvironment(
      configuration: configuration, book: PeerBook(ContiguousArray(ring.map(\.nodeId))))
    nodes = ring.map { peer in
      PastryNode(
        peer, configuration: configuration, stream: key["node"][Int(peer.index.number)])
    }
    isAlive = ring.map { _ in true }
    self.delay = delay
    random = RandomStream(key["losses"])
  }

  /// Runs one input of a node and carries out its actions.
  mutating func input(
    _ node: Int,
    _ body: (inout PastryNode, borrowing PastryEnvironment, inout PastryActions) -> Void
  ) {
    var actions = PastryActions()
    body(&nodes[node], world, &actions)
    while let action = actions.takeFirst() {
      switch action {
      case .send(let message, let receiver):
        sentCount += 1
        let to = Int(receiver.number)
        if !loses(message, node, to, &random) {
          schedule(.message(message, from: node, to: to), after: delay)
        }
      case .arm(let timer, let span): schedule(.timer(timer, of: node), after: span)
      case .deliver, .drop, .activated, .joinFailed, .foundFailed, .refused:
        log.append(Entry(node: node, action: action, at: world.now))
      }
    }
  }

  mutating func create(_ node: Int) {
    input(node) { $0.create($1, into: &$2) }
  }

  mutating func join(_ node: Int, via contact: Int) {
    input(node) { $0.join(via: NodeIndex(UInt32(contact)), $1, into: &$2) }
  }

  mutating func depart(_ node: Int) {
    input(node) { $0.depart($1, into: &$2) }
    isAlive[node] = false
  }

  /// Stops a node without a word.
  mutating func crash(_ node: Int) {
    isAlive[node] = false
  }

  /// Starts a node anew, with nothing but its nodeId; the timers of its earlier life are gone.
  mutating func restart(_ node: Int, via contact: Int) {
    queue.removeAll { entry in
      if case .timer(_, node) = entry.event { true } else { false }
    }
    // A sorted list is a heap.
    queue.sort { ($0.at, $0.number) < ($1.at, $1.number) }
    nodes[node] = PastryNode(
      nodes[node].peer, configuration: world.configuration,
      stream: StreamKey(seed: 2)["restarted"][node])
    isAlive[node] = true
    join(node, via: contact)
  }

  mutating func route(
    from node: Int, _ key: Key, tag: UInt64, table: RoutingTableKind = .proximity
  ) {
    let message = RouteMessage(
      key: key, source: NodeIndex(UInt32(node)), tag: tag, table: table)
    input(node) { $0.route(message, $1, into: &$2) }
  }

  /// Runs all events of the next `span`.
  mutating func run(_ span: TimeSpan) {
    let end = world.now + span
    while let first = queue.first, first.at <= end {
      step()
    }
    world.now = end
  }

  /// Runs until every live node that was started is active, at most for `span`; true when they are.
  mutating func runUntilActive(within span: TimeSpan) -> Bool {
    let end = world.now + span
    while let first = queue.first, first.at <= end {
      if isQuiet { return true }
      step()
    }
    world.now = max(world.now, end)
    return isQuiet
  }

  private var isQuiet: Bool {
    nodes.indices.allSatisfy { !isAlive[$0] || [.active, .idle].contains(nodes[$0].phase) }
  }

  /// The live nodes that have started, around the ring.
  var ring: [Peer] {
    nodes.indices.filter { isAlive[$0] && nodes[$0].phase != .idle }.map { nodes[$0].peer }
      .sorted { $0.nodeId < $1.nodeId }
  }

  func root(of key: Key) -> Int? {
    let root = key.root(among: ring.map(\.nodeId))
    return ring.first { $0.nodeId == root }.map { Int($0.index.number) }
  }

  /// Live nodes whose leaf sets are not those of the sorted ring, or that are not active.
  var wrongNodes: [Int] {
    let sorted = ring
    let sideCapacity = world.configuration.leafSetSize / 2
    return sorted.indices.filter { position in
      let node = nodes[Int(sorted[position].index.number)]
      let expected = RingOracle.sides(of: position, in: sorted, sideCapacity: sideCapacity)
      return node.phase != .active || Array(node.leafSet.clockwise) != expected.clockwise
        || Array(node.leafSet.counterclockwise) != expected.counterclockwise
        || !node.leafSet.isComplete
    }.map { Int(sorted[$0].index.number) }
  }

  /// The nodes that delivered the message with this tag.
  func deliveries(of tag: UInt64) -> [Int] {
    log.compactMap { entry in
      if case .deliver(let message) = entry.action, message.tag == tag { entry.node } else { nil }
    }
  }

  private mutating func step() {
    let entry = pop()
    world.now = entry.at
    eventCount += 1
    switch entry.event {
    case .message(let message, let sender, let receiver):
      guard isAlive[receiver] else { return }
      input(receiver) { $0.receive(message, from: NodeIndex(UInt32(sender)), $1, into: &$2) }
    case .timer(let timer, let node):
      guard isAlive[node] else { return }
      input(node) { $0.timerFired(timer, $1, into: &$2) }
    }
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    (queue[left].at, queue[left].number) < (queue[right].at, queue[right].number)
  }

  private mutating func schedule(_ event: Event, after span: TimeSpan) {
    queue.append((world.now + span, nextNumber, event))
    nextNumber += 1
    var child = queue.count - 1
    while child > 0, isBefore(child, (child - 1) / 2) {
      queue.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func pop() -> (at: Instant, number: Int, event: Event) {
    queue.swapAt(0, queue.count - 1)
    let first = queue.removeLast()
    var parent = 0
    while 2 * parent + 1 < queue.count {
      var child = 2 * parent + 1
      if child + 1 < queue.count, isBefore(child + 1, child) { child += 1 }
      guard isBefore(child, parent) else { break }
      queue.swapAt(child, parent)
      parent = child
    }
    return first
  }
}
