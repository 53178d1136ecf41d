import Adversary
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting

/// What the engine keeps of reads; nothing in it when the settings have none.
struct ReadState: ~Copyable {
  /// One read that has not ended.
  struct Open: Sendable {
    let key: Key
    let source: UInt32
    let startedAt: Instant
  }

  /// The reader of each node, by node index.
  var readers: ContiguousArray<SelfCertifyingReader> = []
  var objects = PlacedObjects()
  var open = TaggedSlots<Open>()
  var messages = MessagePool<ReadMessage>()
  var actions = ReadActions()
}

/// Reads of self-certifying objects: their messages and timers, and the judgement of each.
extension Simulation {
  /// A new reader for a node that starts.
  mutating func renewReader(of node: UInt32) {
    guard let configuration = settings.reads, Int(node) < reads.readers.count else { return }
    reads.readers[Int(node)] = SelfCertifyingReader(
      owner: NodeIndex(node), configuration: configuration,
      stream: streams.reads[Int(node)][Int(nodes[host: Int(node)].incarnation)])
  }

  /// Puts an object where it belongs: at the nodes that are closest to its key now, faulty ones
  /// included.
  /// - Returns: its key.
  mutating func place(_ octets: ObjectOctets, replicas: UInt8) -> Key {
    let key = PlacedObjects.key(of: octets)
    reads.objects.place(
      octets, under: key, at: membership.closest(to: key, count: Int(replicas)))
    return key
  }

  /// Lets a node read an object.
  /// - Precondition: the settings have reads; `replicas` is above zero.
  mutating func read<Observer: SimulationObserver>(
    _ key: Key, replicas: UInt8, from source: UInt32, _ observer: inout Observer
  ) {
    precondition(!reads.readers.isEmpty && replicas > 0, "no reads, or \(replicas) replicas")
    let index = Int(source)
    let tag = reads.open.open(ReadState.Open(key: key, source: source, startedAt: now))
    counters.reads.started &+= 1
    addDeadline(.readDeadline, of: tag, after: settings.lookupDeadline)
    world.now = nodes[host: index].clock.reading(at: now)
    let objects = reads.objects.kept(by: source)
    reads.readers[index].read(key, replicas: replicas, tag: tag, objects, into: &reads.actions)
    drainReads(source, &observer)
    drain(source, &observer)
  }

  // MARK: events

  @inline(never)
  mutating func stepReads<Observer: SimulationObserver>(
    _ kind: Kind, _ event: Event, _ observer: inout Observer
  ) {
    let target = event.target
    let index = Int(target)
    if kind == .readMessage {
      let message = reads.messages.take(event.payload)
      digest.absorb(event, detail: UInt64(ReadMessageKind(message).rawValue))
      guard nodes[host: index].isRunning else {
        counters.toStoppedNodes &+= 1
        return
      }
      counters.received &+= 1
      return takeIn(.read(message), from: event.source, at: target, &observer)
    }
    digest.absorb(event, detail: UInt64(event.payload))
    if kind == .readDeadline { return endRead(event) }
    guard isCurrent(event) else { return }
    world.now = nodes[host: index].clock.reading(at: now)
    reads.readers[index].timerFired(event.payload, into: &reads.actions)
    drainReads(target, &observer)
    drain(target, &observer)
  }

  /// A message of a read has come to a node.
  mutating func readReceived<Observer: SimulationObserver>(
    _ message: ReadMessage, from sender: UInt32, at node: UInt32, _ observer: inout Observer
  ) {
    guard Int(node) < reads.readers.count else { return }
    let objects = reads.objects.kept(by: node)
    reads.readers[Int(node)].receive(
      message, from: NodeIndex(sender), objects, world, into: &reads.actions)
    drainReads(node, &observer)
  }

  /// A node has delivered the routed message of a read.
  mutating func readArrived<Observer: SimulationObserver>(
    _ message: RouteMessage, at node: UInt32, _ observer: inout Observer
  ) {
    let objects = reads.objects.kept(by: node)
    reads.readers[Int(node)].arrived(message, objects, into: &reads.actions)
    drainReads(node, &observer)
  }

  /// Secure routing has found the replica roots for a read, or has failed to.
  mutating func readRootsFound<Observer: SimulationObserver>(
    _ result: SecureResult, at node: UInt32, _ observer: inout Observer
  ) {
    guard Int(node) < reads.readers.count else { return }
    let objects = reads.objects.kept(by: node)
    reads.readers[Int(node)].completed(result, objects, into: &reads.actions)
    drainReads(node, &observer)
  }

  /// Carries out what a node's reads want done. What they want of the node and of secure routing
  /// goes into the buffers that `drain` empties next.
  private mutating func drainReads<Observer: SimulationObserver>(
    _ node: UInt32, _ observer: inout Observer
  ) {
    let index = Int(node)
    // Nothing in here calls a reader again, so the buffer does not grow meanwhile.
    for place in reads.actions.indices {
      switch reads.actions[place] {
      case .route(let message): nodes[index].route(message, world, into: &actions.pastry)
      case .secRoute(let key, replicas: let replicas, tag: let tag):
        secure[index].secRoute(
          key, replicas: replicas, tag: tag, &nodes[index], world, into: &actions)
      case .send(let message, to: let receiver):
        post(.read(message), from: node, to: receiver.number)
      case .arm(let number, after: let span):
        arm(.readTimer, of: node, after: span, payload: number)
      case .completed(let result): judge(result)
      case .refused(_, let reason): counters.refused[Int(reason.rawValue)] &+= 1
      }
    }
    reads.actions.removeAll(keepingCapacity: true)
  }

  // MARK: ends

  /// Judges a read by what was placed.
  private mutating func judge(_ result: ReadResult) {
    guard let read = reads.open.close(result.tag) else { return }
    counters.reads.delay = counters.reads.delay + now.since(read.startedAt)
    if result.fellBack { counters.reads.fellBack &+= 1 }
    if case .found(let octets, from: _) = result.outcome {
      if octets == reads.objects.object(read.key) {
        counters.reads.found &+= 1
      } else {
        counters.reads.forged &+= 1
      }
      return
    }
    let isThere = reads.objects.holders(of: read.key).contains { node in
      membership.contains(node) && adversary?.isFaulty(node) != true
    }
    guard isThere else {
      counters.reads.vacuous &+= 1
      return
    }
    switch result.outcome {
    case .found: break
    case .absent: counters.reads.falselyAbsent &+= 1
    case .failed(let failure): counters.reads.failed[Int(failure.rawValue)] &+= 1
    }
  }

  /// Ends a read at its deadline.
  private mutating func endRead(_ deadline: Event) {
    guard let tag = reads.open.tag(of: deadline), let read = reads.open.close(tag) else { return }
    if hasStayed(read.source, since: read.startedAt) {
      counters.reads.overdue &+= 1
    } else {
      counters.reads.abandoned &+= 1
    }
  }
}
