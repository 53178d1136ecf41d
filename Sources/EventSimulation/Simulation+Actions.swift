import Adversary
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting

/// Carrying out what nodes want done.
extension Simulation {
  /// Carries out all actions of one node, in their order.
  @inline(__always)
  mutating func drain<Observer: SimulationObserver>(_ node: UInt32, _ observer: inout Observer) {
    while let action = actions.pastry.takeFirst() { carryOut(action, of: node, &observer) }
    if !actions.secure.isEmpty { drainSecure(node, &observer) }
  }

  @inline(__always)
  private mutating func carryOut<Observer: SimulationObserver>(
    _ action: consuming PastryAction, of node: UInt32, _ observer: inout Observer
  ) {
    switch consume action {
    case .send(let message, let receiver):
      send(message, from: node, to: receiver.number)
    case .arm(let timer, let span):
      arm(timer, of: node, after: span)
    case .deliver(let message):
      guard message.purpose == .application else { return secureArrived(message, at: node) }
      delivered(message, at: node, &observer)
    case .drop(let message, let reason):
      guard message.purpose == .application, lookups.close(message.tag) != nil else { return }
      counters.dropped[Int(reason.rawValue)] &+= 1
      observer.dropped(message, by: node, reason, at: now)
      refill()
    case .activated:
      guard nodes[host: Int(node)].isRunning else { return }
      countActiveTime(until: now)
      let peer = world.book.peer(NodeIndex(node))
      membership.insert(node, peer.nodeId)
      adversary?.joined(peer)
      counters.activated &+= 1
      counters.joinDelay = counters.joinDelay + now.since(nodes[host: Int(node)].startedAt)
      observer.activated(node, at: now)
    case .joinFailed(via: let contact):
      newContact(for: node, instead: contact.number)
    case .foundFailed(let peer):
      counters.foundFailed &+= 1
      if membership.contains(peer.number) { counters.foundFailedAlive &+= 1 }
      observer.foundFailed(peer.number, by: node, at: now)
    case .refused(_, let reason):
      counters.refused[Int(reason.rawValue)] &+= 1
    }
  }

  @inline(__always)
  mutating func sequence(of node: UInt32) -> UInt32 {
    let sequence = nodes[host: Int(node)].sequence
    nodes[host: Int(node)].sequence = sequence &+ 1
    return sequence
  }

  @inline(__always)
  private mutating func send(
    _ message: consuming PastryMessage, from sender: UInt32, to receiver: UInt32
  ) {
    if adversary != nil { return post(.pastry(message), from: sender, to: receiver) }
    counters.sent[MessageKind(message).rawValue] &+= 1
    carry(message, from: sender, to: receiver, after: .zero)
  }

  /// Gives a message to the network.
  @inline(__always)
  mutating func carry(
    _ message: consuming PastryMessage, from sender: UInt32, to receiver: UInt32,
    after wait: TimeSpan
  ) {
    let number = sequence(of: sender)
    guard let delay = transit(from: sender, to: receiver, number) else { return }
    let ticket = messages.ticket(for: message)
    schedule.schedule(
      Event(
        time: now + wait + delay, kind: Kind.message.rawValue, target: receiver, source: sender,
        sequence: number, payload: ticket.payload))
  }

  /// How long the network takes for a message; nil when it loses it.
  @inline(__always)
  mutating func transit(
    from sender: UInt32, to receiver: UInt32, _ number: UInt32
  ) -> TimeSpan? {
    var delay = settings.delay(from: sender, to: receiver)
    if adversary != nil, let spoofed = spoofedDelay(from: sender, to: receiver) {
      delay = spoofed
    }
    if !settings.conditions.isIdeal {
      var draws = RandomStream(streams.links[UInt64(sender)][UInt64(number)])
      switch settings.conditions.outcome(from: sender, to: receiver, now: now, using: &draws) {
      case .delivered(let jitter): delay = delay + jitter
      case .lost, .partitioned:
        counters.lostInNetwork &+= 1
        return nil
      }
    }
    return delay
  }

  @inline(__always)
  private mutating func arm(_ timer: PastryTimer, of node: UInt32, after span: TimeSpan) {
    let kind: Kind
    var payload: UInt32 = 0
    switch timer {
    case .request(let id): (kind, payload) = (.request, id.number)
    case .heartbeat: kind = .heartbeat
    case .tableProbe: kind = .tableProbe
    case .rowExchange: kind = .rowExchange
    case .join(let attempt): (kind, payload) = (.join, attempt)
    }
    arm(kind, of: node, after: span, payload: payload)
  }

  /// Adds a timer of a node, which runs out by its clock and only for its present incarnation.
  @inline(__always)
  mutating func arm(_ kind: Kind, of node: UInt32, after span: TimeSpan, payload: UInt32) {
    let delay = nodes[host: Int(node)].clock.duration(of: span)
    let event = Event(
      time: now + delay, kind: kind.rawValue, target: node,
      source: nodes[host: Int(node)].incarnation & 0xFFF_FFFF, sequence: sequence(of: node),
      payload: payload)
    add(event, after: delay)
  }

  /// Whether a timer was armed by the incarnation of its node that runs now.
  @inline(__always)
  func isCurrent(_ timer: Event) -> Bool {
    let index = Int(timer.target)
    return nodes[host: index].isRunning
      && nodes[host: index].incarnation & 0xFFF_FFFF == timer.source
  }

  /// Adds the deadline of a lookup, call or read; `TaggedSlots.tag(of:)` finds it again.
  mutating func addDeadline(_ kind: Kind, of tag: UInt64, after span: TimeSpan) {
    let deadline = event(
      kind, at: now + span, target: UInt32(truncatingIfNeeded: tag),
      source: UInt32(truncatingIfNeeded: tag >> 32) & 0xFFF_FFFF, payload: 0)
    add(deadline, after: span)
  }

  /// Whether a node has been in the overlay, or on its way into it, since a moment.
  func hasStayed(_ node: UInt32, since moment: Instant) -> Bool {
    nodes[host: Int(node)].isRunning && nodes[host: Int(node)].startedAt <= moment
  }

  /// Adds an event that was armed with a delay, through the delay's ring where it has one.
  @inline(__always)
  mutating func add(_ event: Event, after delay: TimeSpan) {
    if let ring = schedule.index(of: delay) {
      schedule.schedule(event, afterConstant: ring)
    } else {
      schedule.schedule(event)
    }
  }

  private mutating func delivered<Observer: SimulationObserver>(
    _ message: RouteMessage, at node: UInt32, _ observer: inout Observer
  ) {
    if !reads.readers.isEmpty { return readArrived(message, at: node, &observer) }
    let isRoot = membership.root(of: message.key) == node
    // Whatever a faulty node says, the application has not got the message.
    if let adversary, adversary.isFaulty(node) { return }
    observer.delivered(message, at: node, isRoot: isRoot, moment: now)
    guard let lookup = lookups.close(message.tag) else {
      counters.duplicates &+= 1
      if !isRoot { counters.wrongDuplicates &+= 1 }
      return
    }
    if isRoot { counters.delivered &+= 1 } else { counters.misdelivered &+= 1 }
    counters.hops[min(Int(message.hopCount), counters.hops.count - 1)] &+= 1
    if lookup.source != node {
      let direct = settings.delay(from: lookup.source, to: node)
      let taken = now.since(lookup.startedAt)
      counters.lookupDelay = counters.lookupDelay + taken
      counters.directDelay = counters.directDelay + direct
      if direct > .zero {
        counters.stretchSum &+= (taken.nanoseconds << 20) / direct.nanoseconds
        counters.stretchCount &+= 1
      }
    }
    refill(after: now == lookup.startedAt ? .seconds(1) : .zero)
  }
}
