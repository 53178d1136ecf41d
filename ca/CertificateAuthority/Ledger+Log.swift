import Foundation
import GRDB
import NodeCredentials
import TransparencyLog

/// Signs the log's checkpoints with the authority's log key.
final class LogNotary: Sendable {
  private let signer: LogSigner
  private let origin: LogOrigin
  private let puzzleSecretSource: [UInt8]

  /// The log of an overlay is called `<overlay>/nodes`.
  static func name(_ overlay: OverlayName) -> String { "\(overlay.value)/nodes" }

  /// - Throws: `.invalid`, naming the key's file.
  init(
    key: consuming PrivateKey, overlay: OverlayName, path: String
  ) throws(AuthorityError) {
    do {
      puzzleSecretSource = try key.signature(over: Array("redoubt enrollment puzzle secret".utf8))
    } catch {
      throw .cryptography(error)
    }
    do {
      origin = try LogOrigin(LogNotary.name(overlay))
      signer = try LogSigner(name: KeyName(LogNotary.name(overlay)), key: key)
    } catch {
      throw .invalid(path: path, line: nil, detail: error.description)
    }
  }

  /// The text by which others know the log's key.
  var verifierKey: String { signer.verifierKey.description }

  /// A secret of the authority that stays the same for as long as its log key does.
  ///
  /// An Ed25519 signature is a fixed function of key and message; this one is over a message that
  /// is no checkpoint and never leaves the process.
  func puzzleSecret() throws(OpenSSLError) -> [UInt8] { try Digest.sha256(puzzleSecretSource) }

  /// The signed checkpoint of a size.
  func note(_ edge: CompactRange) throws(TransparencyRejection) -> SignedNote {
    try signer.sign(Checkpoint(origin: origin, size: edge.size, root: edge.root))
  }
}

/// The log at one size, as the ledger keeps it.
struct RecordedCheckpoint: Sendable {
  let edge: CompactRange
  let note: SignedNote
  let madeAt: CredentialTime

  init(_ row: Row) throws {
    do {
      edge = try CompactRange(octets: try row.octets("right_edge"))
      note = try SignedNote(octets: Array(try row.required("note", as: String.self).utf8))
    } catch let error as TransparencyRejection {
      throw Row.mismatch("a checkpoint cannot be read: \(error)")
    }
    let size: Int64 = try row.required("size")
    guard UInt64(exactly: size) == edge.size else {
      throw Row.mismatch("the checkpoint of size \(size) has the edge of size \(edge.size)")
    }
    madeAt = try row.time("made_at")
  }
}

extension Ledger {
  /// Appends entries to the log and signs the new size, inside the transaction that records them.
  ///
  /// What is logged is the certificate's DER: whoever has the certificate has the leaf.
  /// - Returns: the proof of each entry, in order.
  static func append(
    _ entries: [[UInt8]], to database: Database, signedBy log: LogNotary, at now: CredentialTime
  ) throws -> [LogProof] {
    let edge = try LedgerReader.fetchLatestCheckpoint(database)?.edge ?? CompactRange()
    let (grown, proofs) = edge.appending(entries.map { MerkleHash.leaf($0) })
    let note = try log.note(grown)
    let statement = try database.cachedStatement(
      sql: "INSERT INTO checkpoints (size, right_edge, note, made_at) VALUES (?, ?, ?, ?)")
    try statement.execute(
      arguments: [
        Int64(clamping: grown.size), Data(grown.octets),
        String(decoding: note.octets, as: UTF8.self), now.secondsSinceEpoch,
      ])
    return try proofs.map { try LogProof(inclusion: $0, note: note) }
  }
}

extension LedgerReader {
  static func fetchLatestCheckpoint(_ database: Database) throws -> RecordedCheckpoint? {
    try Row.fetchOne(
      database, sql: "SELECT * FROM checkpoints ORDER BY size DESC LIMIT 1"
    ).map(RecordedCheckpoint.init)
  }

  /// The logged certificates from one place on, in the order of the log.
  static func fetchEntries(
    from position: UInt64, limit: Int, _ database: Database
  ) throws -> [[UInt8]] {
    try Row.fetchAll(
      database,
      sql: "SELECT position, der FROM certificates WHERE position >= ? ORDER BY position LIMIT ?",
      arguments: [Int64(clamping: position), limit]
    ).enumerated().map { offset, row in
      let found: Int64 = try row.required("position")
      guard UInt64(exactly: found) == position + UInt64(offset) else {
        throw Row.mismatch("log entry \(position + UInt64(offset)) is missing")
      }
      return try row.octets("der")
    }
  }
}

extension Ledger {
  /// The newest checkpoint; nil before the first.
  func latestCheckpoint() throws(LedgerError) -> RecordedCheckpoint? {
    try read(LedgerReader.fetchLatestCheckpoint)
  }

  /// Exactly `count` logged certificates from one place on.
  /// - Throws: `.damaged` when some are missing.
  func entries(from position: UInt64, count: Int) throws(LedgerError) -> [[UInt8]] {
    try read { database in
      let entries = try LedgerReader.fetchEntries(from: position, limit: count, database)
      guard entries.count == count else {
        throw Row.mismatch("the log ends before its entry \(position + UInt64(count))")
      }
      return entries
    }
  }
}
