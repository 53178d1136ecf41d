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

  /// The node `offset` places clockwise of `node`.
  @inline(__always)
  func neighbor(_ node: UInt32, _ offset: Int) -> UInt32 {
    let count = Int(ring.count)
    let index = Int(node) &+ offset
    return UInt32(
      truncatingIfNeeded: index < 0 ? index &+ count : index >= count ? index &- count : index)
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

  /// The `count` nodes nearest to the constrained point of `owner`'s slot for the key's next digit,
  /// among the nodes with the slot's prefix: what a wide slot holds, consecutive nodes.
  /// - Returns: the first node and how many follow it, itself included; nil if the slot is empty.
  func wideSlot(of owner: UInt32, key: UInt64, count: Int) -> (first: UInt32, count: Int)? {
    let identifier = ring.identifier(owner)
    let row = geometry.sharedPrefixLength(identifier, key)
    guard row < geometry.wholeDigits else { return nil }
    let mask = geometry.lowMask(row: row)
    let point = (key & ~mask) | (identifier & mask)
    let nearest = constrained.columns.nearestInBlock(point, lowMask: mask)
    guard nearest != emptySlot else { return nil }
    var first = nearest
    var last = nearest
    var held = 1
    while held < count {
      let before = neighbor(first, -1)
      let after = neighbor(last, 1)
      let hasBefore = (ring.identifier(before) ^ point) & ~mask == 0 && before != last
      let hasAfter = (ring.identifier(after) ^ point) & ~mask == 0 && after != first
      if !hasBefore && !hasAfter { break }
      let takesBefore =
        hasBefore
        && (!hasAfter
          || distance(ring.identifier(before), point) <= distance(ring.identifier(after), point))
      if takesBefore { first = before } else { last = after }
      held += 1
    }
    return (first, held)
  }
}
