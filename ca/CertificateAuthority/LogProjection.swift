public import Foundation
import Synchronization
public import TransparencyLog

/// Writes the ledger's log as static files, which any web server can serve (C2SP tlog-tiles).
///
/// The ledger is the truth and these files follow from it: what is missing is written, and what is
/// there is never changed but for the checkpoint. A partial tile goes when its full one is there.
final class LogProjection: Sendable {
  private let ledger: Ledger
  private let directory: URL
  private let frontier = Mutex<TileFrontier?>(nil)

  init(_ ledger: Ledger, directory: URL) {
    self.ledger = ledger
    self.directory = directory
  }

  /// Where the checkpoint is.
  var checkpoint: URL { directory.appendingPathComponent("checkpoint") }

  /// Brings the files up to the newest checkpoint of the ledger; gives its size.
  ///
  /// Another process may commit and publish at the same time. They publish one after the other, and
  /// each looks at the ledger once it is its turn: the published checkpoint never goes back. After
  /// its own write each looks again and repeats until what it wrote is the newest.
  /// - Complexity: O(new entries), and O(all entries) when the files are not those of this ledger.
  func publish() throws(AuthorityError) -> UInt64 {
    try frontier.withLock { (frontier) throws(AuthorityError) in
      let turn = try lockDirectory()
      defer { close(turn) }
      return try publish(&frontier)
    }
  }

  /// Adds cosignatures to the published checkpoint; false when another one is published by now.
  func publish(
    _ cosignatures: [NoteSignature], of cosigned: Checkpoint
  ) throws(AuthorityError) -> Bool {
    try frontier.withLock { (_) throws(AuthorityError) in
      let turn = try lockDirectory()
      defer { close(turn) }
      guard let note = publishedNote(), note.text == cosigned.text else { return false }
      let grown: SignedNote
      do {
        grown = try note.adding(cosignatures)
      } catch {
        throw .invalid(path: checkpoint.path, line: nil, detail: "\(error)")
      }
      if grown != note { try AuthorityFile.write(grown.octets, to: checkpoint, .published) }
      return true
    }
  }

  private func publish(_ frontier: inout TileFrontier?) throws(AuthorityError) -> UInt64 {
    var written: UInt64?
    while true {
      let latest = try wrapping { () throws(LedgerError) in try ledger.latestCheckpoint() }
      guard let latest, latest.edge.size != written else { return written ?? 0 }
      var current = published(upTo: latest.edge.size, known: frontier)
      do throws(AuthorityError) {
        try write(from: &current, to: latest)
      } catch .invalid where current.size > 0 {
        // The files were removed or changed behind our back: write them all anew.
        current = TileFrontier()
        try write(from: &current, to: latest)
      }
      frontier = current
      written = latest.edge.size
    }
  }

  /// Waits for other processes that publish; the lock ends when the descriptor is closed.
  private func lockDirectory() throws(AuthorityError) -> Int32 {
    try? FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let descriptor = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .io(path: directory.path, detail: String(cString: strerror(errno)))
    }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        let detail = String(cString: strerror(errno))
        close(descriptor)
        throw .io(path: directory.path, detail: detail)
      }
    }
    return descriptor
  }

  /// The note of the checkpoint's file; nil when there is none that can be read.
  private func publishedNote() -> SignedNote? {
    guard let octets = try? AuthorityFile.read(checkpoint) else { return nil }
    return try? SignedNote(octets: octets)
  }

  /// Whether a note is published already, perhaps with cosignatures, which are kept then.
  private func isPublished(_ note: SignedNote) -> Bool {
    guard let known = publishedNote(), known.text == note.text else { return false }
    return note.signatures.allSatisfy(known.signatures.contains)
  }

  /// The frontier of what the files hold; the empty one when they cannot be gone on with.
  private func published(upTo size: UInt64, known frontier: TileFrontier?) -> TileFrontier {
    guard let note = publishedNote(),
      let known = try? Checkpoint(text: note.text).size, known <= size
    else { return TileFrontier() }
    if let frontier, frontier.size == known { return frontier }
    return (try? TileFrontier(size: known, tile: tile)) ?? TileFrontier()
  }

  private func write(
    from frontier: inout TileFrontier, to latest: RecordedCheckpoint
  ) throws(AuthorityError) {
    let old = frontier.size
    guard let layout = TileLayout(size: latest.edge.size) else { return }
    var leaves: [MerkleHash] = []
    for coordinate in layout.tiles(since: old) where coordinate.kind == .entries {
      let start = coordinate.index * UInt64(TileCoordinate.fullWidth)
      let entries = try wrapping { () throws(LedgerError) in
        try ledger.entries(from: start, count: coordinate.width)
      }
      for (offset, entry) in entries.enumerated() where start + UInt64(offset) >= old {
        leaves.append(.leaf(entry))
      }
      try writeFile(try encoded(entries), at: coordinate)
    }
    for tile in frontier.append(leaves) { try writeFile(tile.octets, at: tile.coordinate) }
    try checkRoot(of: latest)
    if !isPublished(latest.note) {
      try AuthorityFile.write(latest.note.octets, to: checkpoint, .published)
    }
    for coordinate in layout.tiles(since: old) where !coordinate.isPartial {
      let partials = directory.appendingPathComponent(coordinate.path + ".p")
      try? FileManager.default.removeItem(at: partials)
    }
  }

  private func encoded(_ entries: [[UInt8]]) throws(AuthorityError) -> [UInt8] {
    do {
      return try EntryBundle.encode(entries)
    } catch {
      throw .invalid(path: directory.path, line: nil, detail: error.description)
    }
  }

  /// The files must lead to the root that was signed, or they are not published.
  private func checkRoot(of latest: RecordedCheckpoint) throws(AuthorityError) {
    do {
      var tree = try TiledTree(size: latest.edge.size, source: tile)
      guard try tree.root() == latest.edge.root else {
        throw TransparencyRejection.tile(path: "checkpoint", detail: "another root")
      }
    } catch {
      throw .invalid(
        path: directory.path, line: nil,
        detail: "the log's files do not lead to its signed root (\(error)); "
          + "see \"redoubt ca audit\"")
    }
  }

  /// The hashes of one published tile.
  private func tile(
    _ coordinate: TileCoordinate
  ) throws(TransparencyRejection) -> [MerkleHash] {
    try LogFiles(directory).tile(coordinate)
  }

  private func writeFile(
    _ octets: [UInt8], at coordinate: TileCoordinate
  ) throws(AuthorityError) {
    let url = directory.appendingPathComponent(coordinate.path)
    do {
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw .cannotCreate(path: url.path, detail: AuthorityFile.reason(error))
    }
    try AuthorityFile.write(octets, to: url, .published)
  }
}

/// The log's published files, as anybody reads them.
public struct LogFiles: Sendable {
  private let directory: URL

  /// Names the directory; nothing is read.
  public init(_ directory: URL) { self.directory = directory }

  /// The signed checkpoint's text.
  /// - Throws: `AuthorityError.io`.
  public func checkpoint() throws(AuthorityError) -> [UInt8] {
    try AuthorityFile.read(directory.appendingPathComponent("checkpoint"))
  }

  /// The octets of one tile or bundle.
  /// - Throws: `AuthorityError.io`.
  public func octets(_ coordinate: TileCoordinate) throws(AuthorityError) -> [UInt8] {
    try AuthorityFile.read(directory.appendingPathComponent(coordinate.path))
  }

  /// The entries of one bundle; of a partial one that is gone, the first of the full one.
  /// - Throws: `TransparencyRejection`, or `AuthorityError.io`.
  public func entries(_ coordinate: TileCoordinate) throws -> [[UInt8]] {
    if let octets = try? octets(coordinate) {
      return try EntryBundle.decode(octets, width: coordinate.width)
    }
    let full = try EntryBundle.decode(try octets(coordinate.full), width: coordinate.full.width)
    return [[UInt8]](full.prefix(coordinate.width))
  }

  /// The hashes of one tile; of a partial one that is gone, the first of the full one.
  /// - Throws: `TransparencyRejection.tile`.
  public func tile(
    _ coordinate: TileCoordinate
  ) throws(TransparencyRejection) -> [MerkleHash] {
    do {
      if let octets = try? octets(coordinate) {
        return try HashTile.hashes(of: coordinate, octets: octets)
      }
      let full = try octets(coordinate.full)
      let hashes = try HashTile.hashes(of: coordinate.full, octets: full)
      return [MerkleHash](hashes.prefix(coordinate.width))
    } catch let error as TransparencyRejection {
      throw error
    } catch {
      throw .tile(path: coordinate.path, detail: "\(error)")
    }
  }
}
