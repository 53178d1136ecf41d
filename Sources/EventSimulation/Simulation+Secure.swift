import Adversary
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting

/// Secure routing: its messages and timers, its calls, and the judgement of each.
extension Simulation {
  /// Carries out what secure routing of a node wants done, and what the node wants because of it.
  mutating func drainSecure<Observer: SimulationObserver>(
    _ node: UInt32, _ observer: inout Observer
  ) {
    // Nothing in here calls a node or its router again, so the buffer does not grow meanwhile.
    for index in actions.secure.indices {
      switch actions.secure[index] {
      case .send(let message, let receiver):
        post(.secure(message), from: node, to: receiver.number)
      case .arm(let number, let span):
        arm(.secureTimer, of: node, after: span, payload: number)
      case .deliver(let request):
        secureDelivered(request, at: node, &observer)
      case .completed(let result):
        secureCompleted(result, at: node, &observer)
      case .refused(_, let reason):
        counters.refused[Int(reason.rawValue)] &+= 1
      }
    }
    actions.secure.removeAll(keepingCapacity: true)
  }

  /// What happens only with secure routing or an adversary.
  @inline(never)
  mutating func stepBeyond<Observer: SimulationObserver>(
    _ kind: Kind, _ event: Event, _ observer: inout Observer
  ) {
    let target = event.target
    if kind == .secureMessage {
      let message = secureMessages.take(event.payload)
      digest.absorb(event, detail: UInt64(SecureMessageKind(message).rawValue))
      observer.secureArrived(message, from: event.source, to: target, at: now)
      guard nodes[host: Int(target)].isRunning else {
        counters.toStoppedNodes &+= 1
        return
      }
      counters.received &+= 1
      return takeIn(.secure(message), from: event.source, at: target, &observer)
    }
    digest.absorb(event, detail: UInt64(event.payload))
    switch kind {
    case .secureTimer:
      let index = Int(target)
      guard isCurrent(event) else { return }
      world.now = nodes[host: index].clock.reading(at: now)
      secure[index].timerFired(event.payload, &nodes[index], world, into: &actions)
      drain(target, &observer)
    case .secureDeadline:
      if let tag = calls.tag(of: event) { judge(tag) }
    case .adversaryTick: tick(event.payload)
    case .memberLeave:
      if nodes[host: Int(target)].incarnation == event.payload { end(target, &observer) }
    case .memberReturn:
      if nodes[host: Int(target)].incarnation == event.payload { begin(target, &observer) }
    default: break
    }
  }

  /// A node has delivered a message that is for secure routing.
  mutating func secureArrived(_ message: RouteMessage, at node: UInt32) {
    let index = Int(node)
    guard index < secure.count else { return }
    if message.purpose == .copy { note(SecureRequest(message), at: node, isDelivery: false) }
    world.now = nodes[host: index].clock.reading(at: now)
    secure[index].arrived(message, &nodes[index], world, into: &actions)
  }

  // MARK: calls

  /// Lets a node send a message to the replica roots of a key.
  /// - Precondition: the settings have secure routing; `replicas` is above zero.
  mutating func call<Observer: SimulationObserver>(
    _ key: Key, replicas: UInt8, from source: UInt32, _ observer: inout Observer
  ) {
    precondition(!secure.isEmpty && replicas > 0, "no secure routing, or \(replicas) replicas")
    let tag = calls.open(
      SecureLedger.Call(
        key: key, source: source, replicas: replicas, startedAt: now,
        roots: membership.closest(to: key, count: Int(replicas))))
    counters.secure.calls &+= 1
    addDeadline(.secureDeadline, of: tag, after: settings.lookupDeadline)
    world.now = nodes[host: Int(source)].clock.reading(at: now)
    observer.secureCalled(key, replicas: replicas, from: source, tag: tag, at: now)
    secure[Int(source)].secRoute(
      key, replicas: replicas, tag: tag, &nodes[Int(source)], world, into: &actions)
    drain(source, &observer)
  }

  private mutating func secureDelivered<Observer: SimulationObserver>(
    _ request: SecureRequest, at node: UInt32, _ observer: inout Observer
  ) {
    observer.secureDelivered(request, at: node, moment: now)
    note(request, at: node, isDelivery: true)
  }

  /// Notes that a node has had a message; faulty ones do not count.
  private mutating func note(_ request: SecureRequest, at node: UInt32, isDelivery: Bool) {
    if let adversary, adversary.isFaulty(node) { return }
    let isNear = membership.isNear(
      nodes[Int(node)].peer.nodeId, rootOf: request.key, reach: settings.pastry.leafSetSize / 2)
    let arrival = SecureLedger.Arrival(
      node: node, nonce: request.nonce, isNear: isNear, isDelivery: isDelivery)
    let note = calls.note(arrival, of: request.key, from: request.source.number)
    guard isDelivery else { return }
    switch note {
    case .unknown: counters.secure.late &+= 1
    case .repeated: counters.secure.duplicates &+= 1
    case .noted: break
    }
  }

  private mutating func secureCompleted<Observer: SimulationObserver>(
    _ result: SecureResult, at node: UInt32, _ observer: inout Observer
  ) {
    guard let call = calls.complete(result.tag, result, at: now) else {
      return readRootsFound(result, at: node, &observer)
    }
    counters.secure.outcomes[Int(result.outcome.rawValue)] &+= 1
    if result.isTestPositive { counters.secure.positives &+= 1 }
    counters.secure.rounds &+= UInt64(result.rounds)
    counters.secure.delay = counters.secure.delay + now.since(call.startedAt)
    observer.secureCompleted(result, at: node, moment: now)
    addDeadline(.secureDeadline, of: result.tag, after: settings.deliveryGrace)
    refill(after: now == call.startedAt ? .seconds(1) : .zero)
  }

  /// Judges a call when its message has had its time.
  private mutating func judge(_ tag: UInt64) {
    guard let open = calls[tag] else { return }
    // It ended shortly before its deadline, and has another judgement ahead.
    if open.result != nil, now < open.endedAt + settings.deliveryGrace { return }
    guard let call = calls.close(tag) else { return }
    if call.result == nil {
      refill()
      guard hasStayed(call.source, since: call.startedAt) else {
        counters.secure.abandoned &+= 1
        return
      }
      counters.secure.overdue &+= 1
    }
    let arrivals = call.own
    let delivered = arrivals.filter(\.isDelivery)
    let last = membership.closest(to: call.key, count: Int(call.replicas))
    let expected = call.roots.filter { node in
      last.contains(node) && nodes[host: Int(node)].startedAt <= call.startedAt
        && adversary?.isFaulty(node) != true
    }
    counters.secure.deliveries &+= UInt64(delivered.count)
    for arrival in delivered where !call.roots.contains(arrival.node) {
      if !last.contains(arrival.node) { counters.secure.atOthers &+= 1 }
    }
    if arrivals.contains(where: \.isNear) { counters.secure.reached &+= 1 }
    if expected.isEmpty {
      counters.secure.vacuous &+= 1
    } else if expected.allSatisfy({ node in delivered.contains { $0.node == node } }) {
      counters.secure.complete &+= 1
    } else {
      let place = call.result.map { Int($0.outcome.rawValue) } ?? counters.secure.missed.count - 1
      counters.secure.missed[place] &+= 1
    }
  }

  // MARK: joining

  /// Whether nodes find the nodes around them by secure routing when they join.
  var joinsSecurely: Bool { settings.joinsSecurely && !secure.isEmpty }

  /// Gives a node that starts anew a router that knows nothing of before.
  mutating func renewSecurity(of node: UInt32) {
    guard let configuration = settings.secure, Int(node) < secure.count else { return }
    secure[Int(node)] = SecureRouter(
      configuration: configuration,
      stream: streams.secure[Int(node)][Int(nodes[host: Int(node)].incarnation)])
  }

  /// Lets a node join through several random nodes of the overlay, the first of them for its table;
  /// without any it founds the overlay anew.
  mutating func joinSecurely(_ node: UInt32, _ key: StreamKey) {
    let index = Int(node)
    let wanted = min(settings.secure?.contacts ?? 1, membership.count)
    var stream = RandomStream(key)
    var contacts: NodeList = []
    // Distinct ones by drawing again, as long as that is likely to succeed.
    var draws = 0
    while contacts.count < wanted, draws < 64 * wanted {
      draws += 1
      let contact = NodeIndex(
        membership.list[Int(stream.index(below: UInt32(membership.count)))])
      if contact.number != node, !contacts.contains(contact) { contacts.append(contact) }
    }
    guard let first = contacts.first else {
      return nodes[index].create(world, into: &actions.pastry)
    }
    nodes[index].join(via: first, awaitsRoots: true, world, into: &actions.pastry)
    secure[index].join(via: contacts, &nodes[index], world, into: &actions)
  }
}
