import Adversary
import Randomness

/// One batch of lookups, each in a fault set of its own.
struct LookupBatch {
  let cell: SamplingCell
  let batch: Int

  /// Simulates the batch, all lanes on the same lookups.
  func run() -> BatchOutcome {
    // Opens the existential once per batch.
    simulate(cell.router.lookupRouter)
  }

  private func simulate(_ router: some LookupRouter) -> BatchOutcome {
    let graph = LookupGraph(cell.overlay)
    let scratch = LookupScratch()
    var lookups = RandomLookups(cell, batch: batch)
    var seeds = RandomStream(cell.stream["lookup fault sets"][batch])
    let chosen = cell.overlay.chosenNodes ?? 0..<0
    var tallies = [LookupTally](repeating: LookupTally(), count: cell.lanes.count)
    for _ in 0..<cell.routesPerBatch {
      let (source, key) = lookups.next()
      let seed = seeds.next()
      let position = graph.ring.rank(of: key)
      let root = graph.ring.nearest(to: key, rank: position)
      for lane in cell.lanes.indices {
        let fraction = cell.faultyFractions[lane]
        let lookup = Lookup(
          graph: graph, adversary: cell.adversary, event: cell.event,
          faults: LookupFaults(
            seed: seed, faultyFraction: fraction,
            coalitionFraction: cell.coalitionFraction(lane: lane),
            chosen: UInt32(chosen.lowerBound)..<UInt32(chosen.upperBound), sender: source),
          slotPoisoning: cell.slotPoisoning(faultyFraction: fraction), source: source, key: key,
          position: position, root: root)
        tallies[lane].add(router.route(lookup, scratch))
      }
    }
    let outcomes = cell.lanes.indices.map {
      tallies[$0].outcome(routes: cell.routesPerBatch, faultyFraction: cell.faultyFractions[$0])
    }
    return BatchOutcome(
      routes: cell.routesPerBatch, faultSets: cell.routesPerBatch, lanes: outcomes)
  }
}

/// Sums over the lookups of one batch and lane.
private struct LookupTally {
  private var delivered = 0
  private var hops = 0
  private var cost = LookupCost()
  private var fired = 0
  private var forged = 0

  mutating func add(_ report: LookupReport) {
    delivered += report.isDelivered ? 1 : 0
    hops += report.hops
    cost.add(report.cost)
    fired += report.hasTestFired ? 1 : 0
    forged += report.isForgeryAccepted ? 1 : 0
  }

  func outcome(routes: Int, faultyFraction: Double) -> LaneOutcome {
    func mean(_ sum: Int) -> Double { Double(sum) / Double(routes) }
    return LaneOutcome(
      deliveredMean: mean(delivered), hopsMean: mean(hops), messagesMean: mean(cost.messages),
      faultyFraction: faultyFraction, testFiredMean: mean(fired),
      forgeryAcceptedMean: mean(forged),
      costs: LookupCosts(
        bytesMean: mean(cost.bytes), roundsMean: mean(cost.rounds),
        timeoutsMean: mean(cost.timeouts)))
  }
}
