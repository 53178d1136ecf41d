import RingIdentifiers

/// A point of the ring in five 32-bit limbs, most significant first: the checkers' own arithmetic.
///
/// Slow and plain, so that it shares nothing with `UInt160` but the bits.
struct RingPoint: Hashable, Sendable {
  private(set) var limbs: [UInt32]

  init(_ value: UInt160) {
    limbs = [
      UInt32(truncatingIfNeeded: value.high >> 32), UInt32(truncatingIfNeeded: value.high),
      UInt32(truncatingIfNeeded: value.middle >> 32), UInt32(truncatingIfNeeded: value.middle),
      value.low,
    ]
  }

  private init(limbs: [UInt32]) {
    self.limbs = limbs
  }

  func isBelow(_ other: RingPoint) -> Bool {
    limbs.lexicographicallyPrecedes(other.limbs)
  }

  /// The way from this point up to another, around the ring.
  func way(upTo other: RingPoint) -> RingPoint {
    var result = [UInt32](repeating: 0, count: 5)
    var borrow: Int64 = 0
    for place in [4, 3, 2, 1, 0] {
      var limb = Int64(other.limbs[place]) - Int64(limbs[place]) - borrow
      borrow = limb < 0 ? 1 : 0
      if limb < 0 { limb += 1 << 32 }
      result[place] = UInt32(limb)
    }
    return RingPoint(limbs: result)
  }

  /// Whether this point is nearer to `key` than another; at the same length the one below is.
  func isNearer(than other: RingPoint, to key: RingPoint) -> Bool {
    let ownUp = way(upTo: key)
    let ownDown = key.way(upTo: self)
    let otherUp = other.way(upTo: key)
    let otherDown = key.way(upTo: other)
    let own = ownUp.isBelow(ownDown) ? ownUp : ownDown
    let others = otherUp.isBelow(otherDown) ? otherUp : otherDown
    if own != others { return own.isBelow(others) }
    return self != other && ownUp == own
  }

  /// Bit number `place`, the most significant one being 0.
  func bit(_ place: Int) -> Int {
    Int(limbs[place / 32] >> UInt32(31 - place % 32)) & 1
  }

  /// The digit in this row, or what is left of one at the end.
  func digit(_ row: Int, bits: Int) -> Int {
    var digit = 0
    for place in row * bits..<min(160, (row + 1) * bits) { digit = 2 * digit + bit(place) }
    return digit
  }

  /// This point with another digit in a row.
  func with(digit: Int, row: Int, bits: Int) -> RingPoint {
    var result = self
    for (step, place) in (row * bits..<min(160, (row + 1) * bits)).enumerated() {
      let mask: UInt32 = 1 << UInt32(31 - place % 32)
      if digit >> (bits - 1 - step) & 1 == 1 {
        result.limbs[place / 32] |= mask
      } else {
        result.limbs[place / 32] &= ~mask
      }
    }
    return result
  }

  /// Whether both have the same digits before a row.
  func agrees(with other: RingPoint, before row: Int, bits: Int) -> Bool {
    for place in 0..<row * bits where bit(place) != other.bit(place) { return false }
    return true
  }
}

/// The checkers' own ring of active nodes, sorted by nodeId.
struct CheckedRing: Sendable {
  private(set) var entries: [(point: RingPoint, node: UInt32)] = []

  var count: Int { entries.count }

  mutating func insert(_ node: UInt32, _ point: RingPoint) {
    guard !entries.contains(where: { $0.node == node }) else { return }
    let place = entries.firstIndex { point.isBelow($0.point) } ?? entries.count
    entries.insert((point, node), at: place)
  }

  mutating func remove(_ node: UInt32) {
    entries.removeAll { $0.node == node }
  }

  func contains(_ node: UInt32) -> Bool {
    entries.contains { $0.node == node }
  }

  /// The nearest node to a key, by looking at all of them.
  func root(of key: RingPoint) -> UInt32? {
    var best = entries.first
    for entry in entries.dropFirst() {
      if let current = best, entry.point.isNearer(than: current.point, to: key) { best = entry }
    }
    return best?.node
  }

  /// The next nodes from a node in steps of 1 or -1, at most `count`, never the node itself.
  func neighbours(of node: UInt32, step: Int, count: Int) -> [UInt32] {
    guard let place = entries.firstIndex(where: { $0.node == node }) else { return [] }
    let most = min(count, entries.count - 1)
    guard most > 0 else { return [] }
    return (1...most).map { distance in
      entries[(place + step * distance + entries.count * (distance + 1)) % entries.count].node
    }
  }
}
