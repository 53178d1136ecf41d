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
    let tree = AnycastTree(walk: constrained, scratch: .init())
    var faulty = SIMD8<Double>.zero
    for (lane, fraction) in cell.faultyFractions.enumerated() { faulty[lane] = fraction }
    let algebra = ExactLanes(faulty: faulty)
    let losses = FlatColumn<SIMD8<Double>>(count: 128)
    let counts = FlatColumn<SIMD8<Double>>(count: 64)
    var delivered = SIMD8<Double>.zero
    var messages = SIMD8<Double>.zero
    var hops = 0.0
    forEachChunk(chunk, sources: sources) { count in
      unsafe constrained.locate(chunk.flights.base, count: count)
      for k in 0..<count {
        let flight = unsafe chunk.flights.base[k]
        let outcome = unsafe tree.route(
          source: sources.base[k], key: flight.key, position: flight.position, root: flight.next,
          copies: copies, event: cell.event, algebra: algebra, losses: losses.base,
          counts: counts.base)
        delivered += 1 - outcome.loss
        hops += outcome.hopsPerCopy
        switch cell.adversary.interception {
        case .silence, .rootImpersonation: messages += outcome.forwarded
        case .diversion: messages += outcome.forwarded + (Double(outcome.sent) - outcome.arrived)
        case .corruption: messages += Double(outcome.hops)
        }
      }
    }
    let routes = Double(cell.routesPerBatch)
    let outcomes = cell.faultyFractions.indices.map { lane in
      LaneOutcome(
        deliveredMean: delivered[lane] / routes, hopsMean: hops / routes,
        messagesMean: messages[lane] / routes, faultyFraction: cell.faultyFractions[lane],
        testFiredMean: 0, forgeryAcceptedMean: 0)
    }
    return BatchOutcome(routes: cell.routesPerBatch, faultSets: 0, lanes: outcomes)
  }
}
