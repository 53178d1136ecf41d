/// The sorted nodeIds of an overlay and the index that finds the node nearest to any point.
///
/// A node is its rank: node i has the i-th smallest id. The engine works on the leading 64
/// of the 160 bits, as a ring modulo 2^64. That is exact as long as no two ids agree in them, which
/// the initialiser checks (for N random ids a collision has probability N^2 / 2^65: 3e-6 at ten
/// million nodes), and as long as no key falls within 2^-64 of the ring of a border between nodes.
///
/// Nearest node = number of Voronoi borders below the point. The borders (midpoints between
/// consecutive ids) are packed by their top bits into 32-byte lines of one start rank and 14
/// fragments of 16 bits, so one vector comparison finds the node.
/// - Note: on equal distance the node with the lower id, counterclockwise of the point, is nearest.
/// - Complexity: build O(N) expected for random ids, O(N log N) worst; nearest O(1) expected,
///   O(log N) worst; about 8 + 32/3.5 bytes per node.
final class SortedRing: Sendable {
  /// Number of nodes, N.
  let count: Int
  /// The ids' leading 64 bits in ascending order.
  let identifiers: FlatColumn<UInt64>
  /// Packed border lines, and an empty one behind the last.
  let lines: FlatColumn<SIMD16<UInt16>>
  /// A point's line is its top `64 - lineShift` bits.
  let lineShift: UInt64
  /// 1 if the border between the last and the first node lies at the low end of the ring, else 0.
  let lowBorders: UInt32

  /// Fragments that fit one line.
  static let fragmentsPerLine = 14

  /// Sorts the ids and builds the index.
  /// - Throws: `OverlayError` with code `duplicateIdentifier` or `nodeCount`.
  init(leadingBits: [UInt64]) throws(OverlayError) {
    guard leadingBits.count >= 2, leadingBits.count < 1 << 31 - 1 else {
      throw OverlayError(
        .nodeCount, "an overlay needs 2 to 2^31 - 2 nodes, got \(leadingBits.count)")
    }
    count = leadingBits.count
    identifiers = SortedRing.sorted(leadingBits)
    for index in 1..<count where identifiers[index] == identifiers[index - 1] {
      throw OverlayError(
        .duplicateIdentifier,
        "two nodeIds agree in their leading 64 bits (\(hex(identifiers[index]))); "
          + "remove one of them or draw other ids")
    }
    // 2^m lines with 3.5 to 7 borders each.
    var lineBits = 1
    while 7 << lineBits <= count { lineBits += 1 }
    lineShift = UInt64(64 - lineBits)
    let first = identifiers[0]
    let last = identifiers[count - 1]
    let wrapBorder = last &+ (first &- last) / 2
    lowBorders = wrapBorder < first ? 1 : 0
    // One line more, so that a look behind the last line stays inside.
    lines = FlatColumn(count: 1 << lineBits + 1)
    packLines(wrapBorder: wrapBorder)
  }

  /// The rank of the first id that is not below `point`, in `0...count`.
  /// - Complexity: O(log N).
  func rank(of point: UInt64) -> Int {
    defer { withExtendedLifetime(self) {} }
    return Int(RingView(self).rank(of: point))
  }
}

/// 16 hexadecimal digits, for messages.
func hex(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
