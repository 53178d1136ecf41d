import Testing

@testable import TransparencyLog

@Suite("Names of tiles")
struct TileNameTests {
  @Test(
    "paths and their tiles",
    arguments: [
      ("tile/0/000", 0, 0, 256),
      ("tile/0/x001/x234/067", 0, 1_234_067, 256),
      ("tile/0/x001/x234/067.p/5", 0, 1_234_067, 5),
      ("tile/1/x001/000.p/255", 1, 1000, 255),
      ("tile/63/999", 63, 999, 256),
      ("tile/2/x009/x223/x372/x036/x854/x775/807.p/1", 2, UInt64(Int64.max), 1),
    ] as [(String, Int, UInt64, Int)])
  func paths(path: String, level: Int, index: UInt64, width: Int) throws {
    let tile = try #require(TileCoordinate(.hashes(level: level), index: index, width: width))
    #expect(tile.path == path)
    #expect(TileCoordinate(path: path) == tile)
    #expect(tile.isPartial == (width < 256))
    let bundle = try #require(TileCoordinate(.entries, index: index, width: width))
    let name = path.split(separator: "/").dropFirst(2).joined(separator: "/")
    #expect(bundle.path == "tile/entries/" + name)
    #expect(TileCoordinate(path: bundle.path) == bundle)
    // Every cut of a path names another tile or none.
    for count in 0..<path.utf8.count {
      #expect(TileCoordinate(path: String(path.prefix(count))) != tile)
    }
  }

  @Test(
    "texts that are no paths",
    arguments: [
      "", "tile", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000",
      "tile/00/000", "tile/64/000", "tile/-1/000", "tile/+1/000", "/tile/0/000", "tile/0/000/",
      "tile/0/000\n", "tile/0/x000/001", "tile/0/x000", "tile/0/x001/x002", "tile/0/001/002",
      "tile/0/X001/002", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256",
      "tile/0/000.p/01", "tile/0/000.p/1/", "tile/0/000.p/-1", "tile/0/x001.p/1", "tile/0/.p/1",
      "tile/0//000", "tile/entries", "tile/entries/1", "tile/data/000", "TILE/0/000",
      "tile/0/\u{0661}\u{0661}\u{0661}", "tile/0/x00\u{0301}1/000",
      "tile/0/x009/x223/x372/x036/x854/x775/808",
      "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
      "tile/0/x001/x000/x000/x000/x000/x000/x000/x000/x000/x000/x000/000",
    ])
  func noPaths(path: String) {
    #expect(TileCoordinate(path: path) == nil)
  }

  @Test("levels, indexes and widths out of range")
  func ranges() {
    #expect(TileCoordinate(.hashes(level: -1), index: 0) == nil)
    #expect(TileCoordinate(.hashes(level: 64), index: 0) == nil)
    #expect(TileCoordinate(.entries, index: 0, width: 0) == nil)
    #expect(TileCoordinate(.entries, index: 0, width: 257) == nil)
    #expect(TileCoordinate(.entries, index: 1 << 63) == nil)
    #expect(TileLayout(size: 1 << 63) == nil)
  }
}

@Suite("Which tiles a log has")
struct TileLayoutTests {
  private func paths(_ size: UInt64, since old: UInt64 = 0) throws -> [String] {
    try #require(TileLayout(size: size)).tiles(since: old).map(\.path)
  }

  @Test("sizes around the widths of tiles")
  func boundaries() throws {
    #expect(try paths(0) == [])
    #expect(try paths(1) == ["tile/0/000.p/1", "tile/entries/000.p/1"])
    #expect(try paths(255) == ["tile/0/000.p/255", "tile/entries/000.p/255"])
    #expect(try paths(256) == ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"])
    #expect(
      try paths(257) == [
        "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000",
        "tile/entries/001.p/1",
      ])
    let tail = try paths(65_536, since: 65_535)
    #expect(
      tail == ["tile/0/255", "tile/1/000", "tile/2/000.p/1", "tile/entries/255"])
    #expect(
      try paths(65_537, since: 65_536) == ["tile/0/256.p/1", "tile/entries/256.p/1"])
    #expect(try paths(256_256, since: 256_255).first == "tile/0/x001/000")
  }

  @Test("the example of the specification: 70,000 entries")
  func example() throws {
    let tiles = try #require(TileLayout(size: 70_000)).tiles(since: 0)
    func widths(_ level: Int) -> [Int] {
      tiles.filter { $0.kind == .hashes(level: level) }.map(\.width)
    }
    #expect(widths(0) == [Int](repeating: 256, count: 273) + [112])
    #expect(widths(1) == [256, 17])
    #expect(widths(2) == [1])
    #expect(widths(3) == [])
    #expect(tiles.filter { $0.kind == .entries }.count == 274)
  }

  @Test("new tiles are those that the old tree had not, sizes up to 1,100")
  func differences() throws {
    let sizes = [0, 1, 2, 254, 255, 256, 257, 300, 511, 512, 513, 768, 1024, 1100] as [UInt64]
    for new in sizes {
      for old in sizes where old <= new {
        let before = Set(try paths(old))
        let want = try paths(new).filter { !before.contains($0) }
        #expect(try paths(new, since: old) == want)
      }
    }
  }

  @Test("the largest tree ends at level 7")
  func largest() throws {
    let layout = try #require(TileLayout(size: LogLimits.treeSizeMax))
    #expect(layout.hashCount(level: 7) == 127)
    #expect(layout.hashCount(level: 8) == 0)
    #expect(layout.hashCount(level: -1) == 0)
    #expect(layout.tile(.hashes(level: 63), holding: 0) == nil)
    #expect(layout.tile(.hashes(level: 7), holding: 126)?.width == 127)
    #expect(layout.tiles(since: LogLimits.treeSizeMax) == [])
    #expect(layout.tiles(since: LogLimits.treeSizeMax - 1).count == 2)
  }
}

@Suite("Trees in tiles")
struct TiledTreeTests {
  /// A static log in memory, cut from what a frontier gave out.
  final class Files {
    var tiles: [String: [MerkleHash]] = [:]
    var readCount = 0

    func write(_ tile: HashTile) { tiles[tile.coordinate.path] = tile.hashes }

    func read(_ coordinate: TileCoordinate) throws(TransparencyRejection) -> [MerkleHash] {
      readCount += 1
      guard let hashes = tiles[coordinate.path] else {
        throw .tile(path: coordinate.path, detail: "no such file")
      }
      return hashes
    }
  }

  @Test("roots and all proofs at sizes around 256", arguments: [1, 2, 3, 255, 256, 257, 300])
  func proofs(size: Int) throws {
    let oracle = Oracle(entries: size)
    let files = Files()
    var frontier = TileFrontier()
    frontier.append(oracle.leaves).forEach(files.write)
    var tree = try TiledTree(size: UInt64(size), source: files.read)
    #expect(try tree.root() == oracle.root(size))
    let badLeaves = try (0..<size).filter {
      try tree.inclusionProof(ofLeaf: UInt64($0)) != oracle.inclusion($0, size)
    }
    #expect(badLeaves == [])
    let badSizes = try (0...size).filter {
      try tree.consistencyProof(from: UInt64($0)).hashes != oracle.consistency($0, size)
    }
    #expect(badSizes == [])
    // Each tile was read once.
    #expect(files.readCount <= files.tiles.count)
  }

  @Test("a frontier writes exactly the new tiles, in batches of all kinds")
  func frontier() throws {
    let oracle = Oracle(entries: 1200)
    for batches in [[1, 254, 1, 1, 255, 256, 257], [1024], [300, 300, 300, 300], [513, 0, 511]] {
      var frontier = TileFrontier()
      let files = Files()
      var size = 0
      for count in batches {
        let tiles = frontier.append([MerkleHash](oracle.leaves[size..<(size + count)]))
        let layout = try #require(TileLayout(size: UInt64(size + count)))
        #expect(
          tiles.map(\.coordinate)
            == layout.tiles(since: UInt64(size)).filter { $0.kind != .entries })
        for tile in tiles {
          #expect(tile.hashes == oracle.tile(tile.coordinate))
          #expect(
            try HashTile.hashes(of: tile.coordinate, octets: tile.octets) == tile.hashes)
          files.write(tile)
        }
        size += count
        #expect(frontier.size == UInt64(size))
        #expect(try TileFrontier(size: UInt64(size), tile: files.read) == frontier)
      }
    }
  }

  @Test("trees of three levels, 65,535 to 65,537 entries")
  func threeLevels() throws {
    let leaves = (0..<65_537).map { MerkleHash.leaf([UInt8($0 & 255), UInt8($0 >> 8 & 255)]) }
    let files = Files()
    var frontier = TileFrontier()
    var range = CompactRange()
    var size = 0
    for count in [65_535, 1, 1] {
      let batch = [MerkleHash](leaves[size..<(size + count)])
      frontier.append(batch).forEach(files.write)
      let (grown, proofs) = range.appending(batch)
      range = grown
      size += count
      var tree = try TiledTree(size: UInt64(size), source: files.read)
      #expect(try tree.root() == range.root)
      let last = try tree.inclusionProof(ofLeaf: UInt64(size - 1))
      #expect(last == proofs.last)
      for index in [0, 255, 256, 32_767, 32_768, 65_279, 65_280, 65_534] {
        try tree.inclusionProof(ofLeaf: UInt64(index)).verify(
          leaf: leaves[index], size: UInt64(size), root: range.root)
      }
    }
    #expect(files.tiles["tile/2/000.p/1"] != nil)
    var old = try TiledTree(size: 65_535, source: files.read)
    var new = try TiledTree(size: 65_537, source: files.read)
    try new.consistencyProof(from: 65_535).verify(
      oldSize: 65_535, oldRoot: old.root(), newSize: 65_537, newRoot: new.root())
  }

  @Test("missing, short, long and forged tiles")
  func damaged() throws {
    let oracle = Oracle(entries: 300)
    let files = Files()
    var frontier = TileFrontier()
    frontier.append(oracle.leaves).forEach(files.write)
    let path = "tile/0/001.p/44"
    let good = try #require(files.tiles[path])

    func refusal() throws -> String? {
      var tree = try TiledTree(size: 300, source: files.read)
      return rejection { () throws(TransparencyRejection) in try tree.root() }?.name
    }
    #expect(try refusal() == nil)
    files.tiles[path] = nil
    #expect(try refusal() == "tile")
    files.tiles[path] = [MerkleHash](good.dropLast())
    #expect(try refusal() == "tile")
    files.tiles[path] = good + good
    #expect(try refusal() == "tile")
    #expect(throws: TransparencyRejection.self) { try TileFrontier(size: 300, tile: files.read) }

    files.tiles[path] = good.reversed()
    var tree = try TiledTree(size: 300, source: files.read)
    #expect(try tree.root() != oracle.root(300))
    let proof = try tree.inclusionProof(ofLeaf: 0)
    #expect(
      rejection { () throws(TransparencyRejection) in
        try proof.verify(leaf: oracle.leaves[0], size: 300, root: oracle.root(300))
      } == .rootMismatch)

    #expect(
      rejection { () throws(TransparencyRejection) in try tree.inclusionProof(ofLeaf: 300) }
        == .outOfRange(value: 300, size: 300))
    #expect(
      rejection { () throws(TransparencyRejection) in try tree.consistencyProof(from: 301) }
        == .outOfRange(value: 301, size: 300))
    #expect(throws: TransparencyRejection.self) {
      try TiledTree(size: 1 << 63, source: files.read)
    }
    #expect(throws: TransparencyRejection.self) {
      try TileFrontier(size: 1 << 63, tile: files.read)
    }
    let coordinate = try #require(TileCoordinate(.hashes(level: 0), index: 0, width: 2))
    let octets = HashTile(coordinate: coordinate, hashes: [good[0], good[1]]).octets
    expectEveryCutRefused(octets) { octets throws(TransparencyRejection) in
      _ = try HashTile.hashes(of: coordinate, octets: octets)
    }
    #expect(throws: TransparencyRejection.self) {
      try HashTile.hashes(of: coordinate, octets: octets + [0])
    }
  }

  @Test("the empty tree needs no tile")
  func empty() throws {
    let files = Files()
    var tree = try TiledTree(size: 0, source: files.read)
    #expect(try tree.root() == .emptyTree)
    #expect(try tree.consistencyProof(from: 0).hashes == [])
    #expect(try TileFrontier(size: 0, tile: files.read) == TileFrontier())
    var frontier = TileFrontier()
    #expect(frontier.append([]) == [])
  }
}

@Suite("Bundles of entries")
struct EntryBundleTests {
  @Test("what is written is read back, and a cut or more is refused")
  func roundTrip() throws {
    let entries: [[UInt8]] = [[], [1], [UInt8](repeating: 7, count: 300)]
    let octets = try EntryBundle.encode(entries)
    #expect(octets.prefix(5) == [0, 0, 0, 1, 1])
    #expect(try EntryBundle.decode(octets, width: 3) == entries)
    expectEveryCutRefused(octets) { octets throws(TransparencyRejection) in
      _ = try EntryBundle.decode(octets, width: 3)
    }
    #expect(throws: TransparencyRejection.self) { try EntryBundle.decode(octets, width: 2) }
    #expect(throws: TransparencyRejection.self) { try EntryBundle.decode(octets, width: 4) }
    #expect(throws: TransparencyRejection.self) {
      try EntryBundle.decode(octets + [0], width: 3)
    }
  }

  @Test("an entry of 65,535 octets fits, one more does not")
  func limits() throws {
    let largest = [UInt8](repeating: 1, count: 65_535)
    let octets = try EntryBundle.encode([largest])
    #expect(octets.count == 65_537)
    #expect(try EntryBundle.decode(octets, width: 1) == [largest])
    #expect(throws: TransparencyRejection.oversize(part: "an entry", limit: 65_535)) {
      try EntryBundle.encode([largest + [1]])
    }
    #expect(throws: TransparencyRejection.oversize(part: "a bundle", limit: 256)) {
      try EntryBundle.encode([[UInt8]](repeating: [], count: 257))
    }
    #expect(throws: TransparencyRejection.self) { try EntryBundle.encode([]) }
    #expect(try EntryBundle.encode([[UInt8]](repeating: [], count: 256)).count == 512)
  }
}
