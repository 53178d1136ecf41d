import Randomness

/// 64 independent fault sets: one word per node, bit j says whether the node is faulty in set j.
///
/// Sets are coupled across faulty fractions: the same stream and a larger fraction give supersets,
/// so that curves over f are compared on common random numbers.
/// - Complexity: O(N) to draw, about 40 ns per node; 8 bytes per node, 16 with coalitions.
final class FaultSets: Sendable {
  /// Number of fault sets in a word.
  static let count = 64

  /// Faulty nodes.
  let faulty: FlatColumn<UInt64>
  /// Members of the coalition, a subset of the faulty nodes; the same column when all collude.
  let coalition: FlatColumn<UInt64>

  /// Draws the sets.
  /// - Parameters:
  ///   - faultyFraction: probability that a node is faulty.
  ///   - coalitionFraction: probability that a node is faulty and in the coalition, at most
  ///     `faultyFraction`.
  ///   - alwaysFaulty: nodes that are faulty and in the coalition in all sets.
  init(
    nodeCount: Int, faultyFraction: Double, coalitionFraction: Double, alwaysFaulty: Range<Int>?,
    stream: StreamKey
  ) {
    faulty = FlatColumn(count: nodeCount)
    FaultSets.fill(faulty, probability: faultyFraction, stream: stream["faults"])
    let allCollude = coalitionFraction >= faultyFraction
    coalition = allCollude ? faulty : FlatColumn(count: nodeCount)
    if !allCollude {
      FaultSets.fill(
        coalition, probability: coalitionFraction / faultyFraction, stream: stream["coalition"])
      for node in 0..<nodeCount { unsafe coalition.base[node] &= faulty.base[node] }
    }
    for node in alwaysFaulty ?? 0..<0 {
      faulty[node] = ~0
      coalition[node] = ~0
    }
  }

  private static func fill(_ column: FlatColumn<UInt64>, probability: Double, stream: StreamKey) {
    let mask = BernoulliMask(probability: probability)
    var random = RandomStream(stream)
    for node in 0..<column.count { unsafe column.base[node] = mask.next(from: &random) }
  }
}

/// Copies in 64 fault sets at once.
@safe
struct MaskLanes: CopyAlgebra {
  /// A number per fault set in bit planes, least significant first; up to 255.
  typealias Copies = SIMD8<UInt64>

  /// One word of fault sets per node.
  let faulty: UnsafePointer<UInt64>
  /// The fault sets in which copies are sent at all.
  let sending: UInt64

  init(_ sets: FaultSets, sending: UInt64 = ~0) {
    unsafe faulty = UnsafePointer(sets.faulty.base)
    self.sending = sending
  }

  var certain: UInt64 { ~sending }
  var noTotal: Double { 0 }

  var oneCopy: SIMD8<UInt64> {
    var planes = SIMD8<UInt64>.zero
    planes[0] = sending
    return planes
  }

  @inline(__always)
  func meeting(_ a: UInt64, _ b: UInt64) -> UInt64 { a & b }

  @inline(__always)
  func lossLeaving(_ node: UInt32, _ loss: UInt64) -> UInt64 {
    unsafe loss | faulty[Int(truncatingIfNeeded: node)]
  }

  @inline(__always)
  func copiesLeaving(_ node: UInt32, _ copies: SIMD8<UInt64>) -> SIMD8<UInt64> {
    unsafe copies & SIMD8(repeating: ~faulty[Int(truncatingIfNeeded: node)])
  }

  /// Adds bit planes with carry.
  @inline(__always)
  func sum(_ a: SIMD8<UInt64>, _ b: SIMD8<UInt64>) -> SIMD8<UInt64> {
    var result = SIMD8<UInt64>.zero
    var carry: UInt64 = 0
    for plane in 0..<8 {
      let either = a[plane] ^ b[plane]
      result[plane] = either ^ carry
      carry = (a[plane] & b[plane]) | (either & carry)
    }
    return result
  }

  /// Total number of copies over all fault sets.
  @inline(__always)
  func add(_ copies: SIMD8<UInt64>, to total: inout Double) {
    for plane in 0..<8 where copies[plane] != 0 {
      total += Double(copies[plane].nonzeroBitCount << plane)
    }
  }
}
