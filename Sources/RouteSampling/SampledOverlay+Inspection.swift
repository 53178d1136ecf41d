extension SampledOverlay {
  /// The leading 64 bits of a node's id; nodes are numbered by ascending id.
  /// - Precondition: `0 <= node < nodeCount`.
  public func identifier(of node: Int) -> UInt64 { ring.identifiers[node] }

  /// The root of a key: the node numerically closest to it, counterclockwise on a tie.
  public func root(of key: UInt64) -> Int {
    Int(RingView(ring).nearest(to: key))
  }

  /// The node in a slot of the tables that `prefix` follows, or nil if the slot is empty.
  ///
  /// For the node's own digit this is the node itself.
  /// - Precondition: row and digit exist; `0 <= node < nodeCount`.
  public func slot(row: Int, digit: Int, of node: Int) -> Int? {
    precondition(row >= 0 && row < geometry.wholeDigits, "no row \(row)")
    precondition(digit >= 0 && digit < geometry.base, "no digit \(digit)")
    precondition(node >= 0 && node < nodeCount, "no node \(node)")
    let found = withRoutingSlots { $0.node(in: row, digit: digit, of: UInt32(node)) }
    return found == emptySlot ? nil : Int(found)
  }

  /// The route of a message over the tables that `prefix` follows.
  /// - Returns: the nodes in order, from sender to root; one node if the sender is the root.
  /// - Precondition: `0 <= source < nodeCount`.
  public func route(from source: Int, to key: UInt64) -> [Int] {
    precondition(source >= 0 && source < nodeCount, "no node \(source)")
    let root = root(of: key)
    let position = UInt32(ring.rank(of: key))
    var nodes = [source]
    withRoutingSlots { slots in
      nodes += follow(slots, from: UInt32(source), key: key, position: position)
    }
    if nodes[nodes.count - 1] != root { nodes.append(root) }
    return nodes
  }

  /// Bytes of the ring and its index, without which nothing is routed.
  public var ringByteCount: Int {
    ring.identifiers.count * MemoryLayout<UInt64>.stride
      + ring.lines.count * MemoryLayout<SIMD16<UInt16>>.stride
  }

  /// Bytes of a stored row of routing tables; 0 where nothing is stored.
  public var rowByteCount: Int {
    guard let table = proximityTable ?? constrainedTable else { return 0 }
    return table.cells.count * MemoryLayout<UInt32>.stride / table.rows
  }

  private func follow(
    _ slots: some SlotColumns, from source: UInt32, key: UInt64, position: UInt32
  ) -> [Int] {
    let walk = PrefixWalk(
      columns: slots, half: UInt32(configuration.leafSetSize / 2))
    var nodes: [Int] = []
    var current = source
    while !walk.spans(current, position) {
      current = walk.nextHop(from: current, key: key)
      nodes.append(Int(current))
    }
    return nodes
  }

  /// Calls `body` with the slots that `prefix` follows.
  private func withRoutingSlots<Result>(_ body: (any SlotColumns) -> Result) -> Result {
    let view = RingView(ring)
    if let table = proximityTable ?? constrainedTable {
      return body(StoredSlots(table, ring: view, geometry: geometry))
    }
    return body(ConstrainedSlots(ring: view, geometry: geometry))
  }
}
