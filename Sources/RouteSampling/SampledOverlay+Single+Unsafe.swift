extension SampledOverlay {
  /// Hops of the route of a message over the tables that `prefix` follows, walked by itself: what
  /// one lookup costs without the engine's batches.
  /// - Precondition: `0 <= source < nodeCount`.
  /// - Complexity: O(hops), most of it waiting for memory.
  public func hopCount(from source: Int, to key: UInt64) -> Int {
    precondition(source >= 0 && source < nodeCount, "no node \(source)")
    defer { withExtendedLifetime(self) {} }
    let view = RingView(ring)
    if let table = proximityTable ?? constrainedTable {
      return hopCount(
        StoredSlots(table, ring: view, geometry: geometry), from: UInt32(source), to: key)
    }
    return hopCount(
      ConstrainedSlots(ring: view, geometry: geometry), from: UInt32(source), to: key)
  }

  /// The engine's walk with a batch of one.
  private func hopCount(_ slots: some SlotColumns, from source: UInt32, to key: UInt64) -> Int {
    let walk = PrefixWalk(columns: slots, half: UInt32(configuration.leafSetSize / 2))
    var flight = Flight(key: key, current: source)
    var active: Int32 = 0
    var observer = NoObserver()
    unsafe walk.route(&flight, count: 1, active: &active, observer: &observer)
    return Int(flight.hops) + (flight.current == flight.next ? 0 : 1)
  }
}
