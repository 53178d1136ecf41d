/// A tile of hashes with its contents.
public struct HashTile: Hashable, Sendable {
  /// Which tile; never of entries.
  public let coordinate: TileCoordinate
  /// As many hashes as the tile is wide.
  public let hashes: [MerkleHash]

  /// The contents of the file: 32 octets for each hash.
  public var octets: [UInt8] {
    var octets: [UInt8] = []
    octets.reserveCapacity(MerkleHash.byteCount * hashes.count)
    for hash in hashes { hash.append(to: &octets) }
    return octets
  }

  /// The hashes in the contents of a tile's file.
  /// - Throws: `tile` when the contents are not exactly as long as the tile is wide.
  public static func hashes(
    of coordinate: TileCoordinate, octets: [UInt8]
  ) throws(TransparencyRejection) -> [MerkleHash] {
    guard octets.count == coordinate.width * MerkleHash.byteCount else {
      throw .tile(
        path: coordinate.path,
        detail: "\(octets.count) octets where \(coordinate.width * MerkleHash.byteCount) belong")
    }
    return stride(from: 0, to: octets.count, by: MerkleHash.byteCount).compactMap {
      MerkleHash(bytes: octets[$0..<($0 + MerkleHash.byteCount)])
    }
  }
}

/// The rightmost tile of every level: all that is needed to write the tiles of a growing log.
///
/// At most 8 levels of 255 hashes, 65 kB.
public struct TileFrontier: Hashable, Sendable {
  /// The number of leaves.
  public private(set) var size: UInt64
  /// By level: the hashes of the tile that is not yet full; at most 255 each.
  private var open: [[MerkleHash]]

  /// The frontier of the tree without leaves.
  public init() {
    size = 0
    open = TileLayout.levels.map { _ in [] }
  }

  /// Reads the frontier of a tree from its partial tiles.
  /// - Throws: what `tile` throws, `outOfRange` for a size of 2^63 and more, `tile` for a tile
  ///   that is not as wide as was asked for.
  public init(
    size: UInt64,
    tile: (TileCoordinate) throws(TransparencyRejection) -> [MerkleHash]
  ) throws(TransparencyRejection) {
    guard let layout = TileLayout(size: size) else {
      throw .outOfRange(value: size, size: LogLimits.treeSizeMax)
    }
    self.init()
    self.size = size
    for level in TileLayout.levels {
      let count = layout.hashCount(level: level)
      guard count % 256 > 0,
        let coordinate = layout.tile(.hashes(level: level), holding: count - 1)
      else { continue }
      let hashes = try tile(coordinate)
      guard hashes.count == coordinate.width else {
        throw .tile(path: coordinate.path, detail: "\(hashes.count) hashes")
      }
      open[level] = hashes
    }
  }

  /// Appends leaf hashes and gives the tiles that the log must now write: those of
  /// `TileLayout.tiles(since:)` but the entries, in the same order.
  /// - Complexity: O(leaves.count) hashes.
  public mutating func append(_ leaves: [MerkleHash]) -> [HashTile] {
    precondition(
      UInt64(leaves.count) <= LogLimits.treeSizeMax - size,
      "\(leaves.count) more leaves than \(size) are too many")
    var tiles: [HashTile] = []
    var row = leaves
    for level in TileLayout.levels {
      let first = size >> UInt64(8 * level)
      var above: [MerkleHash] = []
      var index = first / 256
      var hashes = open[level]
      var rest = row[...]
      while !rest.isEmpty {
        let taken = rest.prefix(256 - hashes.count)
        hashes += taken
        rest = rest.dropFirst(taken.count)
        if let coordinate = TileCoordinate(
          .hashes(level: level), index: index, width: hashes.count)
        {
          tiles.append(HashTile(coordinate: coordinate, hashes: hashes))
        }
        guard hashes.count == 256 else { break }
        above.append(TileFrontier.perfectRoot(hashes[...]))
        hashes = []
        index += 1
      }
      open[level] = hashes
      row = above
    }
    size += UInt64(leaves.count)
    return tiles
  }

  /// The root over a power of two of hashes.
  static func perfectRoot(_ hashes: ArraySlice<MerkleHash>) -> MerkleHash {
    var row = [MerkleHash](hashes)
    while row.count > 1 {
      row = stride(from: 0, to: row.count - 1, by: 2).map { .node(row[$0], row[$0 + 1]) }
    }
    return row.first ?? .emptyTree
  }
}
