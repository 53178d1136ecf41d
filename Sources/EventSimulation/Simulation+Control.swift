import Adversary
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting

/// Starts, stops and lookups: what the engine itself does.
extension Simulation {
  mutating func control<Observer: SimulationObserver>(
    _ kind: Kind, _ event: Event, _ observer: inout Observer
  ) {
    switch kind {
    case .start: begin(event.target, &observer)
    case .stop: end(event.target, &observer)
    case .lookup:
      // A workload that was stopped leaves its next lookup behind.
      if event.payload == workloadNumber { nextLookup(&observer) }
    case .deadline:
      guard let tag = lookups.tag(of: event), let lookup = lookups.close(tag) else { return }
      if hasStayed(lookup.source, since: lookup.startedAt) {
        counters.overdue &+= 1
      } else {
        counters.abandoned &+= 1
      }
      observer.overdue(tag, at: now)
      refill()
    default: break
    }
  }

  mutating func begin<Observer: SimulationObserver>(
    _ node: UInt32, _ observer: inout Observer
  ) {
    let index = Int(node)
    guard !nodes[host: index].isRunning else { return }
    nodes[host: index].isRunning = true
    nodes[host: index].startedAt = now
    counters.started &+= 1
    if nodes[host: index].incarnation > 0 {
      nodes[index] = PastryNode(
        nodes[index].peer, configuration: settings.pastry,
        stream: streams.nodes[index][Int(nodes[host: index].incarnation)])
      renewSecurity(of: node)
      renewReader(of: node)
    }
    observer.started(node, at: now)
    world.now = nodes[host: index].clock.reading(at: now)
    if joinsSecurely {
      joinSecurely(node, streams.contacts[index]["secure"][Int(nodes[host: index].incarnation)])
    } else if let contact = contact(for: node) {
      nodes[index].join(via: NodeIndex(contact), world, into: &actions.pastry)
    } else {
      nodes[index].create(world, into: &actions.pastry)
    }
    drain(node, &observer)
  }

  /// A random node of the overlay to join through; nil when there is none.
  private func contact(for node: UInt32) -> UInt32? {
    guard membership.count > 0 else { return nil }
    var stream = RandomStream(streams.contacts[Int(node)][Int(nodes[host: Int(node)].incarnation)])
    return membership.list[Int(stream.index(below: UInt32(membership.count)))]
  }

  /// Another random node to join through, for a node whose contact does not help it.
  mutating func newContact(for node: UInt32, instead old: UInt32) {
    let index = Int(node)
    contactChanges &+= 1
    if joinsSecurely {
      return joinSecurely(node, streams.contacts[index]["secure again"][contactChanges])
    }
    guard membership.count > 0 else {
      // The overlay has died out, and starts again from here.
      return nodes[index].create(world, into: &actions.pastry)
    }
    var stream = RandomStream(streams.contacts[Int(node)]["again"][contactChanges])
    let contact = membership.list[Int(stream.index(below: UInt32(membership.count)))]
    guard contact != old, contact != node else { return }
    nodes[index].join(via: NodeIndex(contact), world, into: &actions.pastry)
  }

  mutating func end<Observer: SimulationObserver>(
    _ node: UInt32, _ observer: inout Observer
  ) {
    let index = Int(node)
    guard nodes[host: index].isRunning else {
      // A faulty node that is away for a while is now gone for good.
      if adversary != nil { nodes[host: index].incarnation &+= 1 }
      return
    }
    nodes[host: index].isRunning = false
    nodes[host: index].incarnation &+= 1
    counters.stopped &+= 1
    countActiveTime(until: now)
    let wasIn = membership.contains(node)
    let peer = world.book.peer(NodeIndex(node))
    membership.remove(node, peer.nodeId)
    if wasIn { adversary?.left(peer) }
    observer.stopped(node, at: now)
  }

  // MARK: lookups

  /// Starts the workload at this moment.
  public mutating func startWorkload() {
    isLookingUp = true
    workloadNumber &+= 1
    switch settings.workload {
    case .none: break
    case .inFlight(let count):
      for _ in 0..<count { refill() }
    case .every:
      schedule.schedule(event(.lookup, at: now, target: 0, source: 0, payload: workloadNumber))
    }
  }

  /// Ends the workload: nothing new is looked up.
  public mutating func stopWorkload() {
    isLookingUp = false
  }

  /// Schedules the next lookup of a workload that keeps a number of them under way.
  /// - Parameter pause: after a lookup that took no time, so that time goes on.
  mutating func refill(after pause: TimeSpan = .zero) {
    guard isLookingUp, case .inFlight = settings.workload else { return }
    schedule.schedule(
      event(.lookup, at: now + pause, target: 0, source: 0, payload: workloadNumber))
  }

  private mutating func nextLookup<Observer: SimulationObserver>(_ observer: inout Observer) {
    guard isLookingUp else { return }
    var stream = RandomStream(streams.lookups[lookupNumber])
    lookupNumber &+= 1
    if case .every(let spans) = settings.workload {
      let wait = spans.span(of: stream.next())
      schedule.schedule(
        event(.lookup, at: now + wait, target: 0, source: 0, payload: workloadNumber))
    }
    guard let source = honestNode(from: &stream) else { return refill(after: .seconds(1)) }
    let key = Key.random(from: &stream)
    switch settings.lookupKind {
    case .plain:
      prefetchLookups()
      lookUp(key, from: source, &observer)
    case .secure(let replicas): call(key, replicas: replicas, from: source, &observer)
    }
  }

  /// A random node of the overlay that is not faulty; nil when there is none, or hardly any.
  func honestNode(from stream: inout RandomStream) -> UInt32? {
    guard membership.count > 0 else { return nil }
    for _ in 0..<1_000 {
      let node = membership.list[Int(stream.index(below: UInt32(membership.count)))]
      guard let adversary, adversary.isFaulty(node) else { return node }
    }
    return nil
  }

  /// Lets a node look up a key.
  mutating func lookUp<Observer: SimulationObserver>(
    _ key: Key, from source: UInt32, _ observer: inout Observer
  ) {
    let tag = lookups.open(LookupLedger.Lookup(key: key, source: source, startedAt: now))
    counters.lookups &+= 1
    addDeadline(.deadline, of: tag, after: settings.lookupDeadline)
    world.now = nodes[host: Int(source)].clock.reading(at: now)
    let message = RouteMessage(key: key, source: NodeIndex(source), tag: tag)
    observer.lookedUp(message, at: now)
    if adversary != nil { noteReach(message, at: source) }
    nodes[Int(source)].route(message, world, into: &actions.pastry)
    drain(source, &observer)
  }
}
