import CPrefetch
#if canImport(Glibc)
  import Glibc
#endif
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
    if let event = schedule.upcoming(Simulation.stages.node) {
      prefetchNode(Int(event.target))
      if event.kind == Kind.message.rawValue { messages.prefetch(event.payload) }
    }
    if let event = schedule.upcoming(Simulation.stages.tables),
      event.kind == Kind.message.rawValue, case .hop = messages.expected(event.payload)
    {
      prefetchHopLines(Int(event.target))
      prefetchPlace(of: event.target)
      prefetchPlace(of: event.source)
    }
    if let event = schedule.upcoming(Simulation.stages.state) { prefetchState(event) }
    if let event = schedule.upcoming(Simulation.stages.nextHop),
      event.kind == Kind.message.rawValue,
      case .hop(let key, let source) = messages.expected(event.payload)
    {
      prefetchNextHop(Int(event.target), key, source: source)
    }
  }

  /// Asks for what every event needs of a node: its first lines, and the engine's own.
  @inline(__always)
  private func prefetchNode(_ index: Int) {
    unsafe withNode(index) { node in
      for line in 0..<2 { unsafe redoubt_prefetch(UnsafeRawPointer(node) + 64 &* line) }
      Simulation.prefetch(index, of: hosts)
    }
  }

  /// Asks for the lines of a node that a hop needs besides those.
  @inline(__always)
  private func prefetchHopLines(_ index: Int) {
    unsafe withNode(index) { node in
      for line in 2..<4 { unsafe redoubt_prefetch(UnsafeRawPointer(node) + 64 &* line) }
      unsafe redoubt_prefetch(UnsafeRawPointer(node) + (PastryNode.hopBytes &- 1))
    }
  }

  @inline(__always)
  private func prefetchState(_ event: Event) {
    let index = Int(event.target)
    if event.kind == Kind.request.rawValue {
      unsafe withNode(index) { node in
        unsafe PastryNode.locate(timerOf: RequestId(event.payload), at: node) {
          unsafe redoubt_prefetch($0)
        }
      }
    } else if event.kind == Kind.message.rawValue {
      switch messages.expected(event.payload) {
      case .hop(let key, _): prefetchHop(index, key)
      case .answer(let id):
        unsafe withNode(index) { node in
          unsafe PastryNode.locate(answerOf: id, by: NodeIndex(event.source), at: node) {
            unsafe redoubt_prefetch($0)
          }
        }
      case .other: break
      }
    }
  }

  @inline(__always)
  private func prefetchHop(_ index: Int, _ key: Key) {
    unsafe withNode(index) { node in
      unsafe PastryNode.locate(hopFor: key, at: node) { unsafe redoubt_prefetch($0) }
    }
  }

  /// At the root, where there is no next hop, the place of the message's source tells how long it
  /// could have taken.
  @inline(__always)
  private func prefetchNextHop(_ index: Int, _ key: Key, source: UInt32) {
    unsafe withNode(index) { node in
      let next = unsafe PastryNode.locate(nextHopFor: key, at: node) {
        unsafe redoubt_prefetch($0)
      }
      if next.number == index { membership.prefetch(key) }
      prefetchPlace(of: next.number == index ? source : next.number)
    }
  }

  /// Asks for where a node is in the network.
  @inline(__always)
  private func prefetchPlace(of node: UInt32) {
    guard settings.places.isEmpty, node < nodes.count else { return }
    unsafe settings.network.locate(node) { unsafe redoubt_prefetch($0) }
  }

  /// Gives the place of a node; nothing happens when there is none.
  @inline(__always)
  private func withNode(_ index: Int, _ body: (UnsafePointer<PastryNode>) -> Void) {
    unsafe nodes.withUnsafeBufferPointer { buffer in
      guard index < buffer.count, let base = buffer.baseAddress else { return }
      unsafe body(base + index)
    }
  }

  /// The same for the lookups that come next, whose sources and keys depend on their numbers alone.
  mutating func prefetchLookups() {
    guard adversary == nil, membership.count > 0 else { return }
    var stream = RandomStream(streams.lookups[lookupNumber &+ 2])
    if case .every = settings.workload { _ = stream.next() }
    let source = membership.list[Int(stream.index(below: UInt32(membership.count)))]
    let last = LookupAhead(source: source, key: Key.random(from: &stream))
    prefetchNode(Int(source))
    prefetchHopLines(Int(source))
    let (first, second) = lookupsAhead
    prefetchHop(Int(second.source), second.key)
    prefetchPlace(of: second.source)
    prefetchNextHop(Int(first.source), first.key, source: first.source)
    lookupsAhead = (second, last)
  }

  /// Lets the system back the nodes with huge pages, where it has them; called before the first
  /// node is there.
  func adviseHugePages() {
    #if os(Linux)
      let page = UInt(2 << 20)
      unsafe nodes.withUnsafeBufferPointer { buffer in
        let start = UInt(bitPattern: buffer.baseAddress)
        let end = start + UInt(nodes.capacity * MemoryLayout<PastryNode>.stride)
        let first = (start + page - 1) & ~(page - 1)
        guard end >= first + page else { return }
        unsafe _ = madvise(
          UnsafeMutableRawPointer(bitPattern: first), Int(end - first), MADV_HUGEPAGE)
      }
    #endif
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
