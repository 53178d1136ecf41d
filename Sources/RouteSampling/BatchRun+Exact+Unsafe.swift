import Adversary

/// Flights and their index list for one chunk of a batch.
final class Chunk {
  static let capacity = 64
  let flights = FlatColumn<Flight>(count: capacity)
  let active = FlatColumn<Int32>(count: capacity)
}

extension BatchRun {
  /// Calls `body` for each chunk with flights at their senders; `sources[k]` keeps the sender.
  @inline(__always)
  func forEachChunk(
    _ chunk: Chunk, sources: FlatColumn<UInt32>, _ body: (_ count: Int) -> Void
  ) {
    var lookups = RandomLookups(cell, batch: batch)
    var left = cell.routesPerBatch
    while left > 0 {
      let count = min(left, Chunk.capacity)
      for k in 0..<count {
        let (source, key) = lookups.next()
        unsafe chunk.flights.base[k] = Flight(key: key, current: source)
        unsafe sources.base[k] = source
      }
      body(count)
      left -= count
    }
  }

  /// `prefix` without sampled faults: the hop histogram determines delivery for every f.
  func exactPrefix() -> BatchOutcome {
    let chunk = Chunk()
    let sources = FlatColumn<UInt32>(count: Chunk.capacity)
    let histogram = FlatColumn<UInt32>(count: 2 * HopHistogram.bins)
    var observer = NoObserver()
    forEachChunk(chunk, sources: sources) { count in
      unsafe routing.route(
        chunk.flights.base, count: count, active: chunk.active.base, observer: &observer)
      for k in 0..<count {
        let flight = unsafe chunk.flights.base + k
        let endsAtRoot = unsafe flight.pointee.current == flight.pointee.next
        let hops = unsafe min(Int(truncatingIfNeeded: flight.pointee.hops), HopHistogram.bins &- 1)
        unsafe histogram.base[endsAtRoot ? hops : HopHistogram.bins &+ hops] &+= 1
      }
    }
    let hops = HopHistogram(
      endingAtRoot: (0..<HopHistogram.bins).map { Int(histogram[$0]) },
      endingBeforeRoot: (0..<HopHistogram.bins).map { Int(histogram[HopHistogram.bins + $0]) })
    let outcomes = cell.faultyFractions.map {
      hops.outcome(
        faultyFraction: $0, poisoning: cell.slotPoisoning(faultyFraction: $0), event: cell.event,
        interception: cell.adversary.interception)
    }
    return BatchOutcome(routes: cell.routesPerBatch, faultSets: 0, lanes: outcomes)
  }

  /// `anycast` without sampled faults: loss propagates along the tree of routes.
  func exactAnycast(copies: Int) -> BatchOutcome {
    let chunk = Chunk()
    let sources = FlatColumn<UInt32>(count: Chunk.capacity)
    var faulty = SIMD8<Double>.zero
    for (lane, fraction) in cell.faultyFractions.enumerated() { faulty[lane] = fraction }
    let tree = AnycastTree<Constrained, ExactLanes>(
      walk: constrained, copies: copies, event: cell.event)
    let group = AnycastTree<Constrained, ExactLanes>.group
    let storage = (0..<group).map { _ in ExactLanes.Storage(faulty: faulty) }
    let algebras = FlatColumn<ExactLanes>(count: group)
    var delivered = SIMD8<Double>.zero
    var messages = AnycastMessages()
    forEachChunk(chunk, sources: sources) { count in
      unsafe constrained.locate(chunk.flights.base, count: count)
      for first in stride(from: 0, to: count, by: group) {
        let size = min(group, count - first)
        for k in 0..<size { algebras[k] = ExactLanes(storage[k]) }
        unsafe tree.route(
          chunk.flights.base + first, sources: sources.base + first, count: size,
          algebras: algebras.base
        ) { k, outcome in
          delivered += 1 - outcome.loss
          messages.hops += outcome.hopsPerCopy
          messages.sentWithoutFaults += outcome.sent
          messages.hopsWithoutFaults += outcome.hops
          if _fastPath(outcome.deepest <= DepthCounts.deepest) {
            messages.add(sent: algebras[k].sent, arrived: algebras[k].arrived)
          } else {
            let flight = unsafe chunk.flights.base[first + k]
            let source = unsafe sources.base[first + k]
            messages.addOneByOne(constrained, source: source, lookup: flight, copies: copies)
          }
        }
      }
    }
    withExtendedLifetime(storage) {}
    let routes = Double(cell.routesPerBatch)
    let outcomes = cell.faultyFractions.enumerated().map { lane, fraction in
      LaneOutcome(
        deliveredMean: delivered[lane] / routes, hopsMean: messages.hops / routes,
        messagesMean: messages.mean(fraction, interception: cell.adversary.interception) / routes,
        faultyFraction: fraction, testFiredMean: 0, forgeryAcceptedMean: 0)
    }
    return BatchOutcome(routes: cell.routesPerBatch, faultSets: 0, lanes: outcomes)
  }
}

/// Messages of many anycasts by the number of nodes that might have lost them before.
struct AnycastMessages {
  /// Sum of the mean hops of a copy.
  var hops = 0.0
  /// Copies and their hops when nothing is faulty.
  var sentWithoutFaults = 0
  var hopsWithoutFaults = 0
  private var sent = SIMD16<UInt32>.zero
  private var arrived = SIMD16<UInt32>.zero
  /// The same of lookups that are too deep for `DepthCounts`.
  private var sentDeep: [Int] = []
  private var arrivedDeep: [Int] = []

  @inline(__always)
  mutating func add(sent new: DepthCounts, arrived done: DepthCounts) {
    sent &+= new.byDepth
    arrived &+= done.byDepth
  }

  /// Adds a lookup that is too deep for `DepthCounts` by following each copy alone.
  mutating func addOneByOne(
    _ walk: PrefixWalk<some SlotColumns>, source: UInt32, lookup: Flight, copies: Int
  ) {
    let below = copies / 2
    for index in 0..<copies {
      let step = index < below ? index - below : index - below + 1
      var node = walk.wrapped(source &+ UInt32(truncatingIfNeeded: step))
      var depth = 0
      AnycastMessages.count(&sentDeep, depth)
      while !walk.spans(node, lookup.position) {
        let next = walk.nextHop(from: node, key: lookup.key)
        if node != source { depth += 1 }
        AnycastMessages.count(&sentDeep, depth)
        node = next
      }
      AnycastMessages.count(&arrivedDeep, depth)
    }
  }

  private static func count(_ counts: inout [Int], _ depth: Int) {
    if depth >= counts.count { counts += [Int](repeating: 0, count: depth + 1 - counts.count) }
    counts[depth] += 1
  }

  /// The expected number of messages.
  func mean(_ faultyFraction: Double, interception: Interception) -> Double {
    // Copies at depth d are intact with probability (1 - f)^d: Horner's rule.
    func intact(_ counts: SIMD16<UInt32>, _ deep: [Int]) -> Double {
      let all = (0..<max(16, deep.count)).map {
        ($0 < 16 ? Double(counts[$0]) : 0) + ($0 < deep.count ? Double(deep[$0]) : 0)
      }
      return all.reversed().reduce(0) { $0 * (1 - faultyFraction) + $1 }
    }
    let sent = intact(sent, sentDeep)
    switch interception {
    case .silence, .rootImpersonation: return sent
    case .diversion:
      return sent + Double(sentWithoutFaults) - intact(arrived, arrivedDeep)
    case .corruption: return Double(hopsWithoutFaults)
    }
  }
}
