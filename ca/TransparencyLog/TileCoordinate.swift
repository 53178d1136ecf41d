/// Names one tile of Merkle hashes, or one bundle of entries, of a tiled log.
///
/// Source: [TlogTiles24].
public struct TileCoordinate: Hashable, Sendable, CustomStringConvertible {
  /// What a tile holds.
  public enum Kind: Hashable, Sendable {
    /// Hashes of subtrees of 256^level leaves; level 0 holds the leaf hashes.
    case hashes(level: Int)
    /// The entries under a tile of level 0.
    case entries
  }

  /// Hashes or entries in a full tile.
  public static let fullWidth = 256
  /// The highest level that a path can name. Trees of less than 2^63 leaves end at level 7.
  public static let levelMax = 63
  /// Indexes stay in seven groups of three digits.
  static let indexMax = LogLimits.treeSizeMax

  /// What the tile holds.
  public let kind: Kind
  /// The place in the row, counted from 0.
  public let index: UInt64
  /// How many hashes or entries: 1...256; below 256 the tile is partial.
  public let width: Int

  /// Names a tile; nil when level, index or width are out of range.
  public init?(_ kind: Kind, index: UInt64, width: Int = fullWidth) {
    if case .hashes(let level) = kind, !(0...TileCoordinate.levelMax).contains(level) {
      return nil
    }
    guard index <= TileCoordinate.indexMax, (1...TileCoordinate.fullWidth).contains(width) else {
      return nil
    }
    self.init(unchecked: kind, index: index, width: width)
  }

  fileprivate init(unchecked kind: Kind, index: UInt64, width: Int) {
    self.kind = kind
    self.index = index
    self.width = width
  }

  /// The level of the hashes; for entries that of their hashes, 0.
  public var level: Int {
    if case .hashes(let level) = kind { return level }
    return 0
  }

  /// Whether more hashes or entries may still follow.
  public var isPartial: Bool { width < TileCoordinate.fullWidth }

  /// The tile that replaces this one once it is full.
  public var full: TileCoordinate {
    TileCoordinate(unchecked: kind, index: index, width: TileCoordinate.fullWidth)
  }

  /// The path below the log's prefix, such as `tile/0/x001/x234/067.p/5` or `tile/entries/000`.
  public var path: String {
    let row: String
    switch kind {
    case .hashes(let level): row = "\(level)"
    case .entries: row = "entries"
    }
    var groups = [TileCoordinate.digits(index % 1000)]
    var rest = index / 1000
    while rest > 0 {
      groups.append("x" + TileCoordinate.digits(rest % 1000))
      rest /= 1000
    }
    let name = groups.reversed().joined(separator: "/")
    return "tile/\(row)/\(name)" + (isPartial ? ".p/\(width)" : "")
  }

  /// The path.
  public var description: String { path }

  private static func digits(_ value: UInt64) -> String {
    let text = String(value)
    return String(repeating: "0", count: 3 - text.utf8.count) + text
  }

  /// Reads a path; nil for every text that `path` does not give.
  public init?(path: String) {
    // The longest: tile/entries/, seven groups, .p/255.
    guard path.utf8.count <= 64 else { return nil }
    var parts = path.split(separator: "/", omittingEmptySubsequences: false)[...]
    guard parts.popFirst() == "tile", let row = parts.popFirst() else { return nil }
    let kind: Kind
    if row == "entries" {
      kind = .entries
    } else if let level = Decimal.parse(row.utf8), level <= UInt64(TileCoordinate.levelMax) {
      kind = .hashes(level: Int(level))
    } else {
      return nil
    }
    var width = TileCoordinate.fullWidth
    if parts.count >= 2, parts[parts.endIndex - 2].hasSuffix(".p") {
      guard let text = parts.popLast(), let name = parts.popLast(),
        let number = Decimal.parse(text.utf8), (1..<256).contains(number)
      else { return nil }
      width = Int(number)
      parts.append(name.dropLast(2))
    }
    var index: UInt64 = 0
    for (place, part) in parts.enumerated() {
      let isLast = place == parts.count - 1
      guard isLast || part.first == "x" else { return nil }
      let digits = isLast ? part : part.dropFirst()
      guard digits.utf8.count == 3, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let value = UInt64(digits), isLast || place > 0 || value > 0
      else { return nil }
      let (product, overflow) = index.multipliedReportingOverflow(by: 1000)
      let (sum, carry) = product.addingReportingOverflow(value)
      guard !overflow, !carry else { return nil }
      index = sum
    }
    self.init(kind, index: index, width: width)
    guard !parts.isEmpty, self.path == path else { return nil }
  }
}

/// Which tiles and bundles a log of some size has.
public struct TileLayout: Hashable, Sendable {
  /// The number of leaves, below 2^63.
  public let size: UInt64

  /// The levels that a tree of less than 2^63 leaves can have.
  public static let levels = 0..<8

  /// The layout of a tree; nil when it has too many leaves.
  public init?(size: UInt64) {
    guard size <= LogLimits.treeSizeMax else { return nil }
    self.size = size
  }

  /// How many hashes the tiles of a level hold together: floor(size / 256^level).
  public func hashCount(level: Int) -> UInt64 {
    TileLayout.levels.contains(level) ? size >> UInt64(8 * level) : 0
  }

  /// The tile that holds a hash of a level, as wide as this tree makes it; nil when there is no
  /// such hash.
  public func tile(_ kind: TileCoordinate.Kind, holding hash: UInt64) -> TileCoordinate? {
    var level = 0
    if case .hashes(let found) = kind { level = found }
    let count = hashCount(level: level)
    guard hash < count else { return nil }
    let index = hash / 256
    return TileCoordinate(
      unchecked: kind, index: index, width: Int(min(256, count - index * 256)))
  }

  /// The tiles and bundles that this tree has and the tree of an older size has not.
  ///
  /// Order: levels from 0 up, then entries; in each the index upwards. From size 0 these are all.
  /// - Precondition: `oldSize <= size`.
  /// - Complexity: O((size - oldSize) / 256 + 8); the result holds as many coordinates.
  public func tiles(since oldSize: UInt64) -> [TileCoordinate] {
    precondition(oldSize <= size, "the older size \(oldSize) is above \(size)")
    let kinds = TileLayout.levels.map { TileCoordinate.Kind.hashes(level: $0) } + [.entries]
    return kinds.flatMap { kind in
      var shift: UInt64 = 0
      if case .hashes(let level) = kind { shift = UInt64(8 * level) }
      let old = oldSize >> shift
      let new = size >> shift
      guard new > old else { return [TileCoordinate]() }
      return (old / 256...(new - 1) / 256).map { index in
        TileCoordinate(
          unchecked: kind, index: index, width: Int(min(256, new - index * 256)))
      }
    }
  }
}
