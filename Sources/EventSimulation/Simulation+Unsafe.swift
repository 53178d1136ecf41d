import CPrefetch
import NetworkModels
import Pastry
import Randomness
import RingIdentifiers

/// Asking for memory before it is needed: most of a large run's time is spent waiting for it.
///
/// In stages, each of which reads what the one before has asked for: the node and the message of an
/// event, then what the node's arrays hold, then what the next hop's entry leads to. Changes
/// nothing: which events come next may still change, and then the memory was asked for in vain.
extension Simulation {
  /// How many events ahead each stage works; fewer than `LadderState.lookAheadEvents`.
  private static var stages: (node: Int, tables: Int, state: Int, nextHop: Int) { (15, 11, 7, 3) }

  @inline(__always)
  func prefetchAhead() {
    if let event = schedule.upcoming(Simulation.stages.node) { prefetchTarget(of: event) }
    if let event = schedule.upcoming(Simulation.stages.tables),
      event.kind == Kind.message.rawValue
    {
      prefetchFixed(event)
    }
    if let event = schedule.upcoming(Simulation.stages.state),
      event.kind == Kind.message.rawValue,
      case .hop(let key, _, _) = messages.expected(event.payload)
    {
      prefetchHop(Int(event.target), key)
    }
    if let event = schedule.upcoming(Simulation.stages.nextHop),
      event.kind == Kind.message.rawValue,
      case .hop(let key, let source, let tag) = messages.expected(event.payload)
    {
      prefetchNextHop(Int(event.target), key, source: source, tag)
    }
  }

  /// Asks for what can be found with the event alone.
  @inline(__always)
  private func prefetchTarget(of event: Event) {
    unsafe nodes.withPlace(of: Int(event.target)) { node in
      // The engine's own state of the node is on the same line.
      unsafe redoubt_prefetch(node)
      if event.kind == Kind.message.rawValue {
        messages.prefetch(event.payload)
      } else if event.kind == Kind.request.rawValue {
        unsafe PastryNode.prefetch(timerOf: RequestId(event.payload), at: node)
      }
    }
  }

  /// Asks for what can be found with the event's message.
  @inline(__always)
  private func prefetchFixed(_ event: Event) {
    unsafe nodes.withPlace(of: Int(event.target)) { node in
      switch messages.expected(event.payload) {
      case .hop:
        unsafe PastryNode.prefetch(hopAt: node)
        prefetchPlace(of: event.target)
        prefetchPlace(of: event.source)
      case .answer(let id):
        unsafe PastryNode.prefetch(answerOf: id, by: NodeIndex(event.source), at: node)
      case .other: break
      }
    }
  }

  @inline(__always)
  private func prefetchHop(_ index: Int, _ key: Key) {
    unsafe nodes.withPlace(of: index) { node in
      if unsafe PastryNode.prefetch(hopFor: key, at: node) { membership.prefetch(sectorOf: key) }
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
