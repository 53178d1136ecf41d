extension SamplingCell {
  /// The lookups of a batch, in the order in which it makes them.
  /// - Precondition: `batch >= 0`.
  public func lookups(batch: Int) -> [(source: Int, key: UInt64)] {
    var lookups = RandomLookups(self, batch: batch)
    return (0..<routesPerBatch).map { _ in
      let (source, key) = lookups.next()
      return (Int(source), key)
    }
  }

  /// In how many fault sets each lookup of one batch is delivered, when these are drawn again and
  /// again: what `masks` averages over a batch, kept apart by lookup.
  ///
  /// All lookups see the same fault sets, so their counts depend on each other; those of one lookup
  /// are of independent sets.
  /// - Parameters:
  ///   - batch: whose lookups.
  ///   - faultBatches: whose fault sets, 64 for each lane and batch; the sets of a batch do not
  ///     depend on the others.
  /// - Returns: by lookup, then by lane.
  /// - Precondition: the router is `prefix` or `anycast` and the method is `masks`.
  /// - Complexity: as `masks`, times the fault batches.
  public func deliveries(batch: Int, faultBatches: Range<Int>) -> [[Int]] {
    precondition(
      method == .masks && batch >= 0 && faultBatches.lowerBound >= 0,
      "deliveries by lookup need the method masks and batches from 0 on")
    defer { withExtendedLifetime(overlay) {} }
    let ring = RingView(overlay.ring)
    let computed = ConstrainedSlots(ring: ring, geometry: overlay.geometry)
    if let proximity = overlay.proximityTable {
      let slots = StoredSlots(proximity, ring: ring, geometry: overlay.geometry)
      return deliveries(batch, faultBatches, routing: slots, constrained: computed)
    }
    if let table = overlay.constrainedTable {
      let slots = StoredSlots(table, ring: ring, geometry: overlay.geometry)
      return deliveries(batch, faultBatches, routing: slots, constrained: slots)
    }
    return deliveries(batch, faultBatches, routing: computed, constrained: computed)
  }

  private func deliveries<Routing: SlotColumns, Constrained: SlotColumns>(
    _ batch: Int, _ faultBatches: Range<Int>, routing: Routing, constrained: Constrained
  ) -> [[Int]] {
    let half = UInt32(overlay.configuration.leafSetSize / 2)
    func run(_ batch: Int) -> BatchRun<Routing, Constrained> {
      BatchRun(
        cell: self, batch: batch, routing: PrefixWalk(columns: routing, half: half),
        constrained: PrefixWalk(columns: constrained, half: half))
    }
    let lookups = run(batch)
    var tallies = [LaneTally](repeating: LaneTally(), count: routesPerBatch)
    for faultBatch in faultBatches {
      let sets = BatchFaults(run(faultBatch), router: router)
      switch router {
      case .prefix: lookups.addPrefix(sets, to: &tallies)
      case .anycast(let copies): lookups.addAnycast(copies: copies, sets, to: &tallies)
      default: preconditionFailure("\(router.name) is not counted by lookup")
      }
      withExtendedLifetime(sets) {}
    }
    return tallies.map { tally in
      let total = tally.total
      return lanes.indices.map { Int(total[$0]) }
    }
  }
}

extension BatchRun {
  /// Counts the sets in which each route delivers.
  fileprivate func addPrefix(_ sets: BatchFaults, to tallies: inout [LaneTally]) {
    let faults = sets.faulty.lines
    var route = 0
    _ = walkPrefix(sets) { losses in
      for k in 0..<losses.count {
        tallies[route].add(losses.delivered(k, event: cell.event, faults: faults))
        route += 1
      }
    }
  }

  /// Counts the sets in which a copy of each lookup arrives.
  fileprivate func addAnycast(
    copies: Int, _ sets: BatchFaults, to tallies: inout [LaneTally]
  ) {
    let chunk = Chunk()
    let sources = FlatColumn<UInt32>(count: Chunk.capacity)
    let sending = FlatColumn<LaneWords>(count: Chunk.capacity)
    for k in 0..<Chunk.capacity { sending[k] = .allSets }
    let anycast = MaskAnycast(self, copies: copies, faults: sets.faulty.lines)
    var done = 0
    forEachChunk(chunk, sources: sources) { count in
      unsafe constrained.locate(chunk.flights.base, count: count)
      unsafe anycast.send(
        chunk.flights.base, from: sources.base, in: sending.base, count: count
      ) { k, outcome in
        tallies[done + k].add(~outcome.loss)
      }
      done += count
    }
  }
}
