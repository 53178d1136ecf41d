import Randomness

/// The routing graph as lookups see it: who knows whom, whatever anybody says.
@safe
struct LookupGraph {
  let ring: RingView
  let geometry: DigitGeometry
  /// Half a leaf set, l/2.
  let half: UInt32
  let constrained: PrefixWalk<ConstrainedSlots>
  /// The walk over proximity tables, if nodes hold them.
  private let proximity: PrefixWalk<StoredSlots>?

  init(_ overlay: SampledOverlay) {
    ring = RingView(overlay.ring)
    geometry = overlay.geometry
    half = UInt32(overlay.configuration.leafSetSize / 2)
    constrained = PrefixWalk(
      columns: ConstrainedSlots(ring: ring, geometry: geometry), half: half)
    if let table = overlay.proximityTable {
      proximity = PrefixWalk(
        columns: StoredSlots(table, ring: ring, geometry: geometry), half: half)
    } else {
      proximity = nil
    }
  }

  /// Whether nodes hold proximity tables beside their constrained ones.
  var hasProximityTables: Bool { proximity != nil }

  /// Leaf-set size, l.
  var leafSetSize: Int { Int(2 * half) }

  /// Whether the leaf set of `node` spans the key of rank `position`: the node knows the root.
  @inline(__always)
  func spans(_ node: UInt32, _ position: UInt32) -> Bool { constrained.spans(node, position) }

  /// The next hop over the tables that a plain message follows.
  func plainNextHop(from owner: UInt32, key: UInt64) -> UInt32 {
    if let proximity { return proximity.nextHop(from: owner, key: key) }
    return constrained.nextHop(from: owner, key: key)
  }

  /// The node in a slot of the tables that a plain message follows; nil where the slot is empty.
  func plainSlot(row: Int, digit: Int, of owner: UInt32) -> UInt32? {
    let node =
      proximity?.columns.node(in: row, digit: digit, of: owner)
      ?? constrained.columns.node(in: row, digit: digit, of: owner)
    return node == emptySlot ? nil : node
  }

  /// The node `offset` places clockwise of `node`.
  @inline(__always)
  func neighbor(_ node: UInt32, _ offset: Int) -> UInt32 {
    let count = Int(ring.count)
    let index = Int(node) &+ offset
    return UInt32(
      truncatingIfNeeded: index < 0 ? index &+ count : index >= count ? index &- count : index)
  }

  /// The leaf-set member number `index` of `node`, from 0: nearest first, clockwise first.
  @inline(__always)
  func leafSetMember(_ index: Int, of node: UInt32) -> UInt32 {
    neighbor(node, index % 2 == 0 ? index / 2 + 1 : -(index / 2 + 1))
  }

  /// Places from `node` clockwise to `other`, negative where counterclockwise is shorter.
  @inline(__always)
  func offset(from node: UInt32, to other: UInt32) -> Int {
    let count = Int(ring.count)
    let distance = Int(other) &- Int(node)
    if distance > count / 2 { return distance &- count }
    return distance < -(count / 2) ? distance &+ count : distance
  }

  /// Ring distance between two ids or points, in ring units.
  @inline(__always)
  func distance(_ a: UInt64, _ b: UInt64) -> UInt64 { min(a &- b, b &- a) }

  /// What a slot for the key's next digit holds: the `count` nodes nearest to the slot's
  /// constrained point, those with the slot's prefix first. One entry is the constrained table as
  /// published, which leaves a slot empty when no node has its prefix; a wide slot fills up with
  /// the nodes next to its block, so that small blocks do not make small clusters.
  /// - Returns: the first of consecutive nodes and their number; nil if the slot is empty.
  func slot(of owner: UInt32, key: UInt64, count: Int) -> (first: UInt32, count: Int)? {
    let identifier = ring.identifier(owner)
    let row = geometry.sharedPrefixLength(identifier, key)
    guard row < geometry.wholeDigits else { return nil }
    let mask = geometry.lowMask(row: row)
    let point = (key & ~mask) | (identifier & mask)
    let inBlock = constrained.columns.nearestInBlock(point, lowMask: mask)
    if inBlock == emptySlot && count == 1 { return nil }
    let nearest = inBlock == emptySlot ? ring.nearest(to: point) : inBlock
    return extend(nearest, to: min(count, Int(ring.count)), point: point, mask: mask)
  }

  /// Grows a run of nodes by the nearer neighbour at either end, the block of `mask` first.
  private func extend(
    _ nearest: UInt32, to count: Int, point: UInt64, mask: UInt64
  ) -> (first: UInt32, count: Int) {
    var first = nearest
    var last = nearest
    for _ in 1..<count {
      let before = neighbor(first, -1)
      let after = neighbor(last, 1)
      let below = ring.identifier(before)
      let above = ring.identifier(after)
      let isBelowInBlock = (below ^ point) & ~mask == 0
      let isAboveInBlock = (above ^ point) & ~mask == 0
      let takesBefore =
        isBelowInBlock == isAboveInBlock
        ? distance(below, point) <= distance(above, point) : isBelowInBlock
      if takesBefore { first = before } else { last = after }
    }
    return (first, count)
  }
}
