public import Adversary
import Pastry
import ProtocolTime
import RingIdentifiers
import SecureRouting

/// The adversary's place: between its nodes' honest machines and the network.
extension Simulation {
  /// Gives the faulty nodes to an adversary, from this moment on.
  ///
  /// Faulty nodes that are not in the overlay yet are unknown to their coalition until they join.
  /// - Precondition: there is no adversary yet.
  public mutating func oppose(_ adversary: ProtocolAdversary) {
    precondition(self.adversary == nil, "a run has one adversary")
    self.adversary = adversary
    for node in nodes.indices where adversary.isFaulty(UInt32(node)) {
      if !membership.contains(UInt32(node)) {
        self.adversary?.left(world.book.peer(NodeIndex(UInt32(node))))
      }
    }
    for (index, entry) in adversary.tickPeriods.enumerated() {
      scheduleTick(UInt32(index), after: entry.period)
    }
  }

  private mutating func scheduleTick(_ index: UInt32, after period: TimeSpan) {
    schedule.schedule(
      event(.adversaryTick, at: now + period, target: 0, source: 0, payload: index))
  }

  /// An attack acts unasked.
  mutating func tick(_ index: UInt32) {
    guard let period = adversary?.tickPeriods[Int(index)].period else { return }
    adversary?.tick(Int(index), now: now)
    carryOutDeeds()
    scheduleTick(index, after: period)
  }

  /// Gives a message that has arrived to a node, or to the adversary in front of it.
  @inline(never)
  mutating func takeIn<Observer: SimulationObserver>(
    _ message: OverlayMessage, from sender: UInt32, at target: UInt32,
    _ observer: inout Observer
  ) {
    let index = Int(target)
    var message = message
    if adversary?.isFaulty(target) == true {
      let peer = world.book.peer(NodeIndex(target))
      let bent = adversary?.receive(message, from: NodeIndex(sender), at: peer, now: now)
      carryOutDeeds()
      guard let bent else { return }
      message = bent
    } else if case .pastry(.route(let route, _)) = message, route.purpose == .application {
      noteReach(route, at: target)
    }
    world.now = nodes[host: index].clock.reading(at: now)
    switch message {
    case .pastry(let message):
      nodes[index].receive(message, from: NodeIndex(sender), world, into: &actions.pastry)
    case .secure(let message):
      guard index < secure.count else { return }
      secure[index].receive(
        message, from: NodeIndex(sender), &nodes[index], world, into: &actions)
    case .read(let message):
      readReceived(message, from: sender, at: target, &observer)
    }
    drain(target, &observer)
  }

  /// Notes that an honest node has a plain lookup's message, if it knows the key's root.
  mutating func noteReach(_ message: RouteMessage, at node: UInt32) {
    guard adversary?.isFaulty(node) == false, nodes[Int(node)].leafSet.covers(message.key),
      lookups.reach(message.tag)
    else { return }
    counters.reached &+= 1
  }

  /// Sends a message of a node's machine, as the adversary lets it out.
  @inline(never)
  mutating func post(_ message: OverlayMessage, from sender: UInt32, to receiver: UInt32) {
    var message = message
    if adversary?.isFaulty(sender) == true {
      let peer = world.book.peer(NodeIndex(sender))
      let bent = adversary?.send(message, from: peer, to: NodeIndex(receiver), now: now)
      carryOutDeeds()
      guard let bent else { return }
      message = bent
    }
    switch message {
    case .pastry(let message): counters.sent[MessageKind(message).rawValue] &+= 1
    case .secure(let message): counters.secure.sent[SecureMessageKind(message).rawValue] &+= 1
    case .read(let message): counters.reads.sent[ReadMessageKind(message).rawValue] &+= 1
    }
    carry(message, from: sender, to: receiver, after: .zero)
  }

  private mutating func carry(
    _ message: OverlayMessage, from sender: UInt32, to receiver: UInt32, after wait: TimeSpan
  ) {
    switch message {
    case .pastry(let message):
      carry(message, from: sender, to: receiver, after: wait)
    case .secure(let message):
      let number = sequence(of: sender)
      guard let delay = transit(from: sender, to: receiver, number) else { return }
      let slot = secureMessages.put(message)
      schedule.schedule(
        Event(
          time: now + wait + delay, kind: Kind.secureMessage.rawValue, target: receiver,
          source: sender, sequence: number, payload: slot))
    case .read(let message):
      let number = sequence(of: sender)
      guard let delay = transit(from: sender, to: receiver, number) else { return }
      let slot = reads.messages.put(message)
      schedule.schedule(
        Event(
          time: now + wait + delay, kind: Kind.readMessage.rawValue, target: receiver,
          source: sender, sequence: number, payload: slot))
    }
  }

  /// How long a message takes because the coalition decides that; nil when the network does.
  func spoofedDelay(from sender: UInt32, to receiver: UInt32) -> TimeSpan? {
    guard let adversary, let delay = adversary.spoofedDelay, sender != receiver,
      adversary.isFaulty(sender) || adversary.isFaulty(receiver)
    else { return nil }
    return delay
  }

  /// Does what attacks want done. Only members that run can act, and only in the overlay's book.
  private mutating func carryOutDeeds() {
    guard let deeds = adversary?.takeDeeds(), !deeds.isEmpty else { return }
    for deed in deeds {
      switch deed {
      case .send(let message, from: let member, to: let receiver, after: let wait):
        guard canAct(member), world.book.contains(receiver) else { continue }
        counters.adversaryMessages &+= 1
        carry(message, from: member.number, to: receiver.number, after: wait)
      case .leave(let member, returningAfter: let pause):
        guard canAct(member) else { continue }
        // Not at once: the node's machine may have more to do in this event. Both mean this
        // incarnation, so that one that stops meanwhile for another reason does not come back.
        let incarnation = nodes[host: Int(member.number)].incarnation
        schedule.schedule(
          event(
            .memberLeave, at: now, target: member.number, source: 0, payload: incarnation))
        schedule.schedule(
          event(
            .memberReturn, at: now + pause, target: member.number, source: 0,
            payload: incarnation &+ 1))
      }
    }
  }

  private func canAct(_ member: NodeIndex) -> Bool {
    world.book.contains(member) && nodes[host: Int(member.number)].isRunning
      && adversary?.isFaulty(member.number) == true
  }
}
