public import Adversary
public import Randomness
import SecureRouting

/// One router under one adversary on one overlay, for up to eight faulty fractions at once.
///
/// A cell is a pure function from a batch number to a result: the same cell and batch give the same
/// bytes on any thread, and a lane's result does not depend on the other lanes. Routes come from
/// `stream["routes"][batch]`, fault sets from `stream["fault sets"][batch]` for `masks` and from
/// `stream["lookup fault sets"][batch]` for `trials`, so that cells of one method which
/// share a stream share routes and (coupled) faults and can be compared pair by pair.
public struct SamplingCell: Sendable {
  /// The routing graph.
  public let overlay: SampledOverlay
  /// The router.
  public let router: Router
  /// The attacks.
  public let adversary: StaticAdversary
  /// The points of the sweep, 1...8.
  public let lanes: [FaultLane]
  /// What counts as delivery.
  public let event: DeliveryEvent
  /// Routes per batch.
  public let routesPerBatch: Int
  /// How the probability is evaluated.
  public let method: SamplingMethod
  let stream: StreamKey
  /// f per lane, bought identities included.
  let faultyFractions: [Double]

  /// Checks that the parts fit together.
  /// - Parameter method: nil takes `exact` where it applies: for `prefix` and `anycast` with faults
  ///   that are independent of node and place; `masks` for `sec-route`, `trials` for all others.
  /// - Throws: `SamplingError`.
  public init(
    overlay: SampledOverlay, router: Router, adversary: StaticAdversary, lanes: [FaultLane],
    event: DeliveryEvent, stream: StreamKey, routesPerBatch: Int = 64,
    method: SamplingMethod? = nil
  ) throws(SamplingError) {
    try SamplingCell.check(lanes: lanes)
    try router.check(on: overlay)
    guard (1...1 << 20).contains(routesPerBatch) else {
      throw SamplingError(.batchSize, "routesPerBatch must be in 1...2^20, got \(routesPerBatch)")
    }
    guard adversary.chosenIdentifiers == overlay.chosen?.count ?? 0 else {
      throw SamplingError(
        .adversary,
        "the adversary chooses \(adversary.chosenIdentifiers) ids, but the overlay was built with "
          + "\(overlay.chosen?.count ?? 0); build it with the same placement")
    }
    let methods = SamplingCell.methods(router: router, adversary: adversary)
    if let method, !methods.contains(method) {
      throw SamplingError(
        .method,
        "\(router.name) under \(adversary.names) cannot be evaluated by the method "
          + "\(method.rawValue); use " + methods.map(\.rawValue).joined(separator: " or "))
    }
    self.overlay = overlay
    self.router = router
    self.adversary = adversary
    self.lanes = lanes
    self.event = event
    self.stream = stream
    self.routesPerBatch = routesPerBatch
    self.method = method ?? methods[0]
    faultyFractions = lanes.map {
      adversary.faultyFraction(base: $0.faultyFraction, nodes: overlay.nodeCount)
    }
  }

  /// The methods that can evaluate a router, the preferred one first.
  static func methods(router: Router, adversary: StaticAdversary) -> [SamplingMethod] {
    switch router {
    case .prefix, .anycast:
      adversary.chosenIdentifiers > 0 ? [.masks, .trials] : [.exact, .masks, .trials]
    case .secRoute(let parameters):
      parameters.fallback == .anycast ? [.masks, .trials] : [.trials]
    case .checkedIterative, .diverseAnycast, .disjoint, .wide, .clusterIterative, .fortified,
      .chord, .quorumGroups, .failureTest, .hopTest, .anycastSpread, .tableUpdates:
      [.trials]
    }
  }

  private static func check(lanes: [FaultLane]) throws(SamplingError) {
    guard (1...8).contains(lanes.count) else {
      throw SamplingError(.lanes, "a cell takes 1 to 8 fault lanes, got \(lanes.count)")
    }
    for lane in lanes {
      guard lane.faultyFraction >= 0, lane.faultyFraction <= 1 else {
        throw SamplingError(
          .fraction, "the faulty fraction must be in 0...1, got \(lane.faultyFraction)")
      }
      guard lane.coalitionFraction >= 0, lane.coalitionFraction <= lane.faultyFraction else {
        throw SamplingError(
          .fraction,
          "the coalition fraction must be in 0...f = \(lane.faultyFraction), got "
            + "\(lane.coalitionFraction)")
      }
    }
  }

  /// Samples one batch.
  /// - Precondition: `batch >= 0`.
  /// - Complexity: O(routes per batch), times lanes for `masks` and `trials`, plus O(N) per
  ///   lane for `masks`.
  public func sample(batch: Int) -> BatchOutcome {
    if method == .trials {
      defer { withExtendedLifetime(overlay) {} }
      return LookupBatch(cell: self, batch: batch).run()
    }
    let ring = RingView(overlay.ring)
    let computed = ConstrainedSlots(ring: ring, geometry: overlay.geometry)
    // Compile the kernels once per way of reading slots; no dispatch inside.
    if let proximity = overlay.proximityTable {
      let slots = StoredSlots(proximity, ring: ring, geometry: overlay.geometry)
      return sample(batch: batch, routing: slots, constrained: computed)
    }
    if let table = overlay.constrainedTable {
      let slots = StoredSlots(table, ring: ring, geometry: overlay.geometry)
      return sample(batch: batch, routing: slots, constrained: slots)
    }
    return sample(batch: batch, routing: computed, constrained: computed)
  }

  private func sample<Routing: SlotColumns, Constrained: SlotColumns>(
    batch: Int, routing: Routing, constrained: Constrained
  ) -> BatchOutcome {
    defer { withExtendedLifetime(overlay) {} }
    let half = UInt32(overlay.configuration.leafSetSize / 2)
    let batchRun = BatchRun(
      cell: self, batch: batch, routing: PrefixWalk(columns: routing, half: half),
      constrained: PrefixWalk(columns: constrained, half: half))
    switch (router, method) {
    case (.prefix, .exact): return batchRun.exactPrefix()
    case (.anycast(let copies), .exact): return batchRun.exactAnycast(copies: copies)
    default: return batchRun.masks(router)
    }
  }

  /// Fraction of the nodes that are in the coalition, at most f: bought identities join it.
  func coalitionFraction(lane: Int) -> Double {
    let bought = faultyFractions[lane] - lanes[lane].faultyFraction
    return min(lanes[lane].coalitionFraction + bought, faultyFractions[lane])
  }

  /// Probability that a slot of the routing tables is poisoned: constrained slots never are, and
  /// nothing is while nobody is faulty.
  func slotPoisoning(faultyFraction: Double) -> Double {
    overlay.proximityTable == nil || faultyFraction == 0 ? 0 : adversary.tablePoisoning
  }
}

/// One batch under way.
struct BatchRun<Routing: SlotColumns, Constrained: SlotColumns> {
  let cell: SamplingCell
  let batch: Int
  /// The walk over the tables that `prefix` follows.
  let routing: PrefixWalk<Routing>
  /// The walk over constrained tables.
  let constrained: PrefixWalk<Constrained>
}
