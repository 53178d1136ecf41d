/// A Merkle tree that is read from tiles: its root, and proofs in it.
///
/// Nothing that is read is trusted or checked here: a root or a proof from false tiles is false,
/// and verifying it against a signed checkpoint shows that.
public struct TiledTree {
  /// Gives the hashes of one tile, exactly as many as it is wide.
  ///
  /// A log may delete a partial tile once the full one exists; the source then cuts the full one.
  public typealias Source = (TileCoordinate) throws(TransparencyRejection) -> [MerkleHash]

  /// The number of leaves.
  public let size: UInt64
  private let layout: TileLayout
  private let source: Source
  private var cache: [TileCoordinate: [MerkleHash]] = [:]

  /// Tiles that are kept; a proof reads at most two on each of 8 levels.
  private static let cacheCountMax = 64

  /// The tree of the first `size` leaves.
  /// - Throws: `outOfRange` for a size of 2^63 and more.
  public init(size: UInt64, source: @escaping Source) throws(TransparencyRejection) {
    guard let layout = TileLayout(size: size) else {
      throw .outOfRange(value: size, size: LogLimits.treeSizeMax)
    }
    self.size = size
    self.layout = layout
    self.source = source
  }

  /// The root.
  /// - Throws: what the source throws, `tile` for a tile of the wrong width.
  /// - Complexity: at most 8 tiles.
  public mutating func root() throws(TransparencyRejection) -> MerkleHash {
    size == 0 ? .emptyTree : try subtree(0..<size)
  }

  /// The proof that a leaf is in this tree.
  /// - Throws: `outOfRange` when there is no such leaf; what `root` throws.
  public mutating func inclusionProof(
    ofLeaf index: UInt64
  ) throws(TransparencyRejection) -> InclusionProof {
    guard index < size else { throw .outOfRange(value: index, size: size) }
    var range = 0..<size
    var siblings: [Range<UInt64>] = []
    while range.count > 1 {
      let (left, right) = TiledTree.split(range)
      siblings.append(left.contains(index) ? right : left)
      range = left.contains(index) ? left : right
    }
    return InclusionProof(index: index, hashes: try hashes(of: siblings))
  }

  /// The proof that this tree grew out of that of its first `oldSize` leaves.
  /// - Throws: `outOfRange` when `oldSize` is above this size; what `root` throws.
  public mutating func consistencyProof(
    from oldSize: UInt64
  ) throws(TransparencyRejection) -> ConsistencyProof {
    guard oldSize <= size else { throw .outOfRange(value: oldSize, size: size) }
    if oldSize == 0 || oldSize == size { return ConsistencyProof(hashes: []) }
    var range = 0..<size
    var ranges: [Range<UInt64>] = []
    // Down to the subtree that ends where the old tree ended.
    while range.upperBound != oldSize {
      let (left, right) = TiledTree.split(range)
      let goesLeft = oldSize <= left.upperBound
      ranges.append(goesLeft ? right : left)
      range = goesLeft ? left : right
    }
    // A perfect old tree is known to the verifier.
    if range.lowerBound > 0 { ranges.append(range) }
    return ConsistencyProof(hashes: try hashes(of: ranges))
  }

  /// The hashes of ranges, the last one first: from the leaves up.
  private mutating func hashes(
    of ranges: [Range<UInt64>]
  ) throws(TransparencyRejection) -> [MerkleHash] {
    var hashes: [MerkleHash] = []
    for range in ranges.reversed() { hashes.append(try subtree(range)) }
    return hashes
  }

  /// The two parts of a range of more than one leaf: the left one is the largest power of two that
  /// is smaller than the whole.
  private static func split(_ range: Range<UInt64>) -> (Range<UInt64>, Range<UInt64>) {
    let count = range.upperBound - range.lowerBound
    let half = UInt64(1) << UInt64(63 - (count - 1).leadingZeroBitCount)
    let middle = range.lowerBound + half
    return (range.lowerBound..<middle, middle..<range.upperBound)
  }

  /// The hash over a range that starts where subtrees of its size start.
  private mutating func subtree(
    _ range: Range<UInt64>
  ) throws(TransparencyRejection) -> MerkleHash {
    var rest = range
    var parts: [MerkleHash] = []
    while rest.upperBound - rest.lowerBound > 0 {
      let count = rest.upperBound - rest.lowerBound
      let height = 63 - count.leadingZeroBitCount
      parts.append(try perfect(height: height, index: rest.lowerBound >> UInt64(height)))
      rest = (rest.lowerBound + (UInt64(1) << UInt64(height)))..<rest.upperBound
    }
    guard var hash = parts.popLast() else { return .emptyTree }
    while let left = parts.popLast() { hash = .node(left, hash) }
    return hash
  }

  /// The root of a perfect subtree of 2^height leaves; all of it is in one tile.
  private mutating func perfect(
    height: Int, index: UInt64
  ) throws(TransparencyRejection) -> MerkleHash {
    let count = 1 << (height % 8)
    let first = index << UInt64(height % 8)
    guard let coordinate = layout.tile(.hashes(level: height / 8), holding: first) else {
      throw .outOfRange(value: index, size: size)
    }
    let hashes = try tile(coordinate)
    let start = Int(first % 256)
    guard start + count <= hashes.count else {
      throw .tile(path: coordinate.path, detail: "\(hashes.count) hashes")
    }
    return TileFrontier.perfectRoot(hashes[start..<(start + count)])
  }

  private mutating func tile(
    _ coordinate: TileCoordinate
  ) throws(TransparencyRejection) -> [MerkleHash] {
    if let hashes = cache[coordinate] { return hashes }
    let hashes = try source(coordinate)
    guard hashes.count == coordinate.width else {
      throw .tile(
        path: coordinate.path,
        detail: "\(hashes.count) hashes where \(coordinate.width) belong")
    }
    if cache.count >= TiledTree.cacheCountMax { cache.removeAll() }
    cache[coordinate] = hashes
    return hashes
  }
}
