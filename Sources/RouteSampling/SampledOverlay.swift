public import Adversary

/// The true routing graph of an overlay: sorted nodeIds, leaf sets and routing tables.
///
/// A leaf set is implicit: the l/2 nodes on either side of a node in the sorted ring. Constrained
/// tables are computed from the ring, or stored where that is faster; proximity tables are stored.
/// Both ways of reading a constrained table give the same hops.
/// - Complexity: build O(N) plus O(2^b N log N / b) where a table is stored; 12 to 20 bytes per
///   node without a stored table, 2^b * 4 more for each stored row.
public final class SampledOverlay: Sendable {
  /// Where constrained routing tables live.
  public enum Storage: String, Sendable, CaseIterable {
    /// Stored up to 64 MiB, computed beyond.
    case automatic
    /// Stored as columns.
    case stored
    /// Computed from the ring at every hop.
    case computed
  }

  /// The shape.
  public let configuration: OverlayConfiguration
  /// Number of nodes, N, chosen ids included.
  public let nodeCount: Int
  /// Ids of the adversary's choice, if any; their nodes are always faulty.
  public let chosen: ChosenPlacement?

  /// The largest routing table that is stored: 8 GiB.
  static let tableBytesAtMost = 8 << 30

  let ring: SortedRing
  let geometry: DigitGeometry
  let constrainedTable: StoredTable?
  let proximityTable: StoredTable?
  /// Ranks of the chosen ids.
  let chosenNodes: Range<Int>?

  /// Builds the graph.
  /// - Parameters:
  ///   - leadingBits: the leading 64 bits of each nodeId, any order, all different.
  ///   - configuration: the shape.
  ///   - positions: with proximity tables, each node's place in a plane, in the order of
  ///     `leadingBits` and in one unit of the caller's choice; else nil.
  ///   - chosen: ids that the adversary packs around a target key, added to `leadingBits`.
  ///   - storage: where constrained tables live.
  /// - Throws: `OverlayError`.
  public init(
    leadingBits: [UInt64], configuration: OverlayConfiguration, positions: [SIMD2<Float>]? = nil,
    chosen: ChosenPlacement? = nil, storage: Storage = .automatic
  ) throws(OverlayError) {
    self.configuration = configuration
    self.chosen = chosen
    var identifiers = leadingBits
    if let chosen {
      if let taken = chosen.enclosed(among: identifiers) {
        throw OverlayError(
          .duplicateIdentifier,
          "the chosen ids around \(hex(chosen.target)) would enclose the nodeId "
            + "\(hex(taken)); take another target")
      }
      identifiers += chosen.identifiers
    }
    nodeCount = identifiers.count
    guard leadingBits.count > configuration.leafSetSize else {
      throw OverlayError(
        .nodeCount,
        "an overlay with leaf sets of \(configuration.leafSetSize) needs more than "
          + "\(configuration.leafSetSize) nodes, got \(leadingBits.count)")
    }
    ring = try SortedRing(leadingBits: identifiers)
    geometry = DigitGeometry(bits: UInt64(configuration.digitBits))
    if let chosen, let lowest = chosen.identifiers.min() {
      let first = ring.rank(of: lowest)
      chosenNodes = first..<(first + chosen.identifiers.count)
    } else {
      chosenNodes = nil
    }
    let bytes = StoredTable.byteCount(
      rows: StoredTable.rowsNeeded(count: nodeCount, geometry: geometry), base: geometry.base,
      count: nodeCount)
    // Beside a proximity table the constrained slots are computed.
    let isStored = configuration.tables == .constrained && storage != .computed
    guard bytes <= SampledOverlay.tableBytesAtMost || (storage != .stored && positions == nil)
    else {
      throw OverlayError(
        .tableSize,
        "the routing tables of \(nodeCount) nodes with digits of \(configuration.digitBits) bits "
          + "take \(bytes >> 20) MiB; take fewer nodes, smaller digits or computed tables")
    }
    switch isStored ? storage : .computed {
    case .stored: constrainedTable = .constrained(ring: ring, geometry: geometry)
    case .computed: constrainedTable = nil
    case .automatic:
      constrainedTable =
        bytes <= 64 << 20 ? .constrained(ring: ring, geometry: geometry) : nil
    }
    switch (configuration.tables, positions) {
    case (.constrained, nil): proximityTable = nil
    case (.proximity, let positions?):
      guard positions.count == leadingBits.count, chosen == nil else {
        throw OverlayError(
          .positions,
          "proximity tables need one position per node and no chosen ids: \(positions.count) "
            + "positions for \(nodeCount) nodes")
      }
      proximityTable = .proximity(
        ring: ring, geometry: geometry, leadingBits: leadingBits, positions: positions)
    case (.constrained, _?):
      throw OverlayError(.positions, "constrained tables take no positions; leave them out")
    case (.proximity, nil):
      throw OverlayError(.positions, "proximity tables need positions: name a network model")
    }
  }
}
