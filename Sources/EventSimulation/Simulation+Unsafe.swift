import CPrefetch
#if canImport(Glibc)
  import Glibc
#endif
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
    if let event = schedule.upcoming(Simulation.stages.node), event.target < nodes.count {
      prefetchNode(Int(event.target), all: false)
      if event.kind == Kind.message.rawValue { messages.prefetch(event.payload) }
    }
    if let event = schedule.upcoming(Simulation.stages.tables),
      event.kind == Kind.message.rawValue, case .hop = messages.expected(event.payload)
    {
      prefetchNode(Int(event.target), all: true)
    }
    if let event = schedule.upcoming(Simulation.stages.state) { prefetchState(event) }
    if let event = schedule.upcoming(Simulation.stages.nextHop),
      event.kind == Kind.message.rawValue, case .hop(let key) = messages.expected(event.payload)
    {
      prefetchNextHop(Int(event.target), key)
    }
  }

  /// Asks for the lines of the node that every event needs, or for the others that a hop needs.
  @inline(__always)
  private func prefetchNode(_ index: Int, all: Bool) {
    unsafe nodes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let state = unsafe UnsafeRawPointer(base + index)
      if all {
        for line in 2..<4 { unsafe redoubt_prefetch(state + 64 &* line) }
        unsafe redoubt_prefetch(state + (PastryNode.hopBytes &- 1))
      } else {
        for line in 0..<2 { unsafe redoubt_prefetch(state + 64 &* line) }
      }
    }
    if all {
      Simulation.prefetch(index, of: sequences)
    } else {
      Simulation.prefetch(index, of: clocks)
      Simulation.prefetch(index, of: incarnations)
    }
  }

  @inline(__always)
  private func prefetchState(_ event: Event) {
    let index = Int(event.target)
    if event.kind == Kind.request.rawValue {
      unsafe nodes[index].locate(timerOf: RequestId(event.payload)) { unsafe redoubt_prefetch($0) }
    } else if event.kind == Kind.message.rawValue {
      switch messages.expected(event.payload) {
      case .hop(let key): prefetchHop(index, key)
      case .answer(let id):
        unsafe nodes[index].locate(answerOf: id, by: NodeIndex(event.source)) {
          unsafe redoubt_prefetch($0)
        }
      case .other: break
      }
    }
  }

  @inline(__always)
  private func prefetchHop(_ index: Int, _ key: Key) {
    unsafe nodes[index].locate(hopFor: key) { unsafe redoubt_prefetch($0) }
  }

  @inline(__always)
  private func prefetchNextHop(_ index: Int, _ key: Key) {
    unsafe nodes[index].locate(nextHopFor: key) { unsafe redoubt_prefetch($0) }
  }

  /// The same for the lookups that come next, whose sources and keys depend on their numbers alone.
  func prefetchLookups() {
    guard adversary == nil, membership.count > 0 else { return }
    func draw(_ ahead: UInt64) -> (source: Int, key: Key) {
      var stream = RandomStream(streams.lookups[lookupNumber &+ ahead])
      if case .every = settings.workload { _ = stream.next() }
      let source = membership.list[Int(stream.index(below: UInt32(membership.count)))]
      return (Int(source), Key.random(from: &stream))
    }
    let first = draw(2)
    prefetchNode(first.source, all: false)
    prefetchNode(first.source, all: true)
    let second = draw(1)
    prefetchHop(second.source, second.key)
    let third = draw(0)
    prefetchNextHop(third.source, third.key)
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
      unsafe redoubt_prefetch(base + index)
    }
  }
}
