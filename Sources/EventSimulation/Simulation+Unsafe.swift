import CPrefetch
import NetworkModels
import Pastry
import Randomness
import RingIdentifiers

/// Asking for memory before it is needed: most of a large run's time is spent waiting for it.
///
/// In stages: the first line of an event's node; the event's message, and the node's other lines on
/// that page; what the node's arrays hold; and what the next hop's entry leads to. The first two
/// know the event alone, the others read what was asked for before them. The first and the third
/// touch pages that the processor has not used lately; they are taken for a batch of events at once
/// (see `PrefetchList`), the others event by event. Changes nothing: which events come next may
/// still change, and then the memory was asked for in vain.
extension Simulation {
  /// How many events ahead each stage works, and for how many at once those work that do not go
  /// event by event: decision 35. `LadderState.lookAheadEvents` covers them. Events of rings come
  /// between, so that some places are seen twice, and none is left out.
  private enum Stage {
    static var batch: Int { 8 }
    static var nodes: Range<Int> { 32..<32 + batch }
    static var message: Int { 23 }
    static var tables: Range<Int> { 11..<11 + batch }
    static var nextHop: Int { 3 }
    /// Within one ring, whose events are farther apart.
    static var timerNode: Int { 10 }
    static var timerTables: Int { 5 }
  }

  @inline(__always)
  mutating func prefetchAhead() {
    eventsUntilBatch &-= 1
    if eventsUntilBatch <= 0 {
      eventsUntilBatch = Stage.batch
      prefetchBatch()
    }
    if let event = schedule.upcoming(Stage.message) { prefetchMessage(of: event) }
    if let event = schedule.upcoming(Stage.nextHop), event.kind == Kind.message.rawValue,
      MessageTicket(event.payload).work == .hop,
      case .hop(let key, let source, let tag) = messages.expected(MessageTicket(event.payload))
    {
      prefetchNextHop(Int(event.target), key, source: source, tag)
    }
    if let timer = schedule.upcomingTimer(Stage.timerNode) { prefetchNode(of: timer) }
    if let timer = schedule.upcomingTimer(Stage.timerTables) { listTables(of: timer) }
  }

  @inline(never)
  private mutating func prefetchBatch() {
    for place in Stage.nodes {
      guard let event = schedule.upcoming(place) else { break }
      // The engine's own state of the node is on the same line.
      unsafe nodes.withPlace(of: Int(event.target)) { node in unsafe pages.add(node) }
    }
    for place in Stage.tables {
      guard let event = schedule.upcoming(place) else { break }
      if event.kind == Kind.message.rawValue {
        prefetchTables(event)
      } else if event.kind == Kind.tableProbe.rawValue {
        unsafe nodes.withPlace(of: Int(event.target)) { node in
          unsafe PastryNode.list(probeOf: node, &pages)
          unsafe PastryNode.list(membersOf: node, &pages)
        }
      }
    }
    pages.askForAll()
  }

  /// Asks for what can be found with the event alone, on the node's page and in the pool.
  @inline(__always)
  private func prefetchMessage(of event: Event) {
    unsafe nodes.withPlace(of: Int(event.target)) { node in
      if event.kind == Kind.message.rawValue {
        let ticket = MessageTicket(event.payload)
        messages.prefetch(ticket.slot)
        switch ticket.work {
        case .hop:
          unsafe PastryNode.prefetch(hopAt: node)
          prefetchPlaces(of: event)
        case .upkeep:
          let sender = NodeIndex(event.source)
          unsafe PastryNode.prefetch(upkeepAt: node)
          unsafe PastryNode.prefetch(roundTripTo: sender, at: node)
          world.book.prefetch(sender)
        case .other: break
        }
      } else if event.kind == Kind.request.rawValue {
        unsafe PastryNode.prefetch(timerOf: RequestId(event.payload), at: node)
      } else if event.kind == Kind.tableProbe.rawValue {
        unsafe PastryNode.prefetch(upkeepAt: node)
      }
    }
  }

  /// Asks for what can be found with the event's message and the node's own lines.
  @inline(__always)
  private mutating func prefetchTables(_ event: Event) {
    let ticket = MessageTicket(event.payload)
    let index = Int(event.target)
    switch messages.expected(ticket) {
    case .hop(let key, _, _): prefetchHop(index, key)
    case .answer(let id):
      unsafe nodes.withPlace(of: index) { node in
        unsafe PastryNode.prefetch(answerOf: id, by: NodeIndex(event.source), at: node)
      }
    case .comparison(let id):
      listRequest(id, of: index)
      guard event.source < nodes.count else { return }
      unsafe nodes.withPlace(of: index) { node in
        unsafe PastryNode.list(rivalsOf: world.book[NodeIndex(event.source)], at: node, &pages)
      }
    case .report(let id):
      listRequest(id, of: index)
      messages.listNames(in: ticket, &pages)
      unsafe nodes.withPlace(of: index) { node in
        unsafe PastryNode.list(membersOf: node, &pages)
      }
      prefetchPlaces(of: event)
    case .row(let id):
      listRequest(id, of: index)
      messages.listNames(in: ticket, &pages)
    case .heartbeat:
      unsafe nodes.withPlace(of: index) { node in
        unsafe PastryNode.list(neighbourOf: node, &pages)
      }
    case .other: prefetchPlaces(of: event)
    }
  }

  /// Asks for the place of a request, or lists it where it is far from its node.
  @inline(__always)
  private mutating func listRequest(_ id: RequestId?, of index: Int) {
    guard let id else { return }
    unsafe nodes.withPlace(of: index) { node in
      unsafe PastryNode.prefetch(timerOf: id, at: node)
      unsafe PastryNode.list(id, at: node, &pages)
    }
  }

  /// Asks for a timer's own lines of its node.
  @inline(__always)
  private func prefetchNode(of timer: Event) {
    unsafe nodes.withPlace(of: Int(timer.target)) { node in
      if timer.kind == Kind.request.rawValue {
        unsafe redoubt_prefetch(node)
        unsafe PastryNode.prefetch(timerOf: RequestId(timer.payload), at: node)
      } else if timer.kind == Kind.heartbeat.rawValue {
        unsafe redoubt_prefetch(node)
        unsafe PastryNode.prefetch(upkeepAt: node)
      }
    }
  }

  /// Lists what a timer needs of its node's arrays.
  @inline(__always)
  private mutating func listTables(of timer: Event) {
    unsafe nodes.withPlace(of: Int(timer.target)) { node in
      if timer.kind == Kind.request.rawValue {
        unsafe PastryNode.list(RequestId(timer.payload), at: node, &pages)
      } else if timer.kind == Kind.heartbeat.rawValue {
        unsafe PastryNode.list(newRequestOf: node, &pages)
        unsafe PastryNode.list(membersOf: node, &pages)
      }
    }
  }

  @inline(__always)
  private mutating func prefetchHop(_ index: Int, _ key: Key) {
    unsafe nodes.withPlace(of: index) { node in
      if unsafe PastryNode.prefetch(hopFor: key, at: node, &pages) {
        membership.prefetch(sectorOf: key)
      }
    }
  }

  /// At the root, where there is no next hop, the place of the message's source tells how long it
  /// could have taken.
  @inline(__always)
  private func prefetchNextHop(_ index: Int, _ key: Key, source: UInt32, _ tag: UInt64) {
    unsafe nodes.withPlace(of: index) { node in
      let next = unsafe PastryNode.prefetch(nextHopFor: key, at: node)
      if next.number == index {
        membership.prefetch(key)
        lookups.prefetch(tag)
      }
      prefetchPlace(of: next.number == index ? source : next.number)
    }
  }

  /// Asks for where sender and receiver of a message are, for what the receiver sends back.
  @inline(__always)
  private func prefetchPlaces(of event: Event) {
    prefetchPlace(of: event.target)
    prefetchPlace(of: event.source)
  }

  /// Asks for where a node is in the network.
  @inline(__always)
  private func prefetchPlace(of node: UInt32) {
    guard settings.places.isEmpty, node < nodes.count else { return }
    settings.network.prefetch(node)
  }

  /// The same for the lookups that come next, whose sources and keys depend on their numbers alone.
  mutating func prefetchLookups() {
    guard adversary == nil, membership.count > 0 else { return }
    let (first, second, planned) = lookupsAhead
    var third = planned
    var last = LookupAhead()
    var stream = RandomStream(streams.lookups[lookupNumber &+ 3])
    if case .every = settings.workload { _ = stream.next() }
    last.place = stream.index(below: UInt32(membership.count))
    last.key = Key.random(from: &stream)
    membership.prefetch(listed: Int(last.place))
    third.source = membership.list[min(Int(third.place), membership.count - 1)]
    unsafe nodes.withPlace(of: Int(third.source)) { node in
      unsafe redoubt_prefetch(node)
      unsafe PastryNode.prefetch(hopAt: node)
    }
    prefetchHop(Int(second.source), second.key)
    prefetchPlace(of: second.source)
    prefetchNextHop(Int(first.source), first.key, source: first.source, 0)
    lookupsAhead = (second, third, last)
  }

  @inline(__always)
  static func prefetch<Element>(_ index: Int, of array: borrowing ContiguousArray<Element>) {
    unsafe array.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let element = unsafe UnsafeRawPointer(base + index)
      unsafe redoubt_prefetch(element)
      unsafe redoubt_prefetch(element + (MemoryLayout<Element>.size &- 1))
    }
  }
}
