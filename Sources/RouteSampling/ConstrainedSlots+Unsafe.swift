/// Constrained routing tables computed from the ring, slot by slot: nothing is stored.
///
/// Slot (row, digit) of a node holds the live node closest to the slot's constrained point among
/// the nodes with the slot's prefix, and is empty exactly if there is none. [Castro02], routing
/// table maintenance
/// - Complexity: O(1) expected per slot, about 90 instructions; no memory beyond the ring.
@safe
struct ConstrainedSlots {
  let ring: RingView
  let geometry: DigitGeometry

  /// The node in a slot, `emptySlot` if there is none, the node itself for its own digit.
  func node(in row: Int, digit: Int, of owner: UInt32) -> UInt32 {
    let point = geometry.constrainedPoint(ring.identifier(owner), row: row, digit: digit)
    return nearestInBlock(point, lowMask: geometry.lowMask(row: row))
  }

  /// The node nearest to `point` among those that share its bits above `lowMask`.
  @inline(__always)
  func nearestInBlock(_ point: UInt64, lowMask: UInt64) -> UInt32 {
    inBlock(ring.nearest(to: point), point, lowMask: lowMask)
  }

  /// Moves a nearest node that lies outside the block to its neighbour inside, if there is one.
  @inline(__always)
  func inBlock(_ nearest: UInt32, _ point: UInt64, lowMask: UInt64) -> UInt32 {
    let difference = ring.identifier(nearest) ^ point
    if difference & ~lowMask == 0 { return nearest }
    return neighborInBlock(nearest, point, lowMask: lowMask)
  }

  private func neighborInBlock(_ nearest: UInt32, _ point: UInt64, lowMask: UInt64) -> UInt32 {
    let last = ring.count &- 1
    let before = nearest == 0 ? last : nearest &- 1
    if (ring.identifier(before) ^ point) & ~lowMask == 0 { return before }
    let after = nearest == last ? 0 : nearest &+ 1
    if (ring.identifier(after) ^ point) & ~lowMask == 0 { return after }
    return emptySlot
  }
}
