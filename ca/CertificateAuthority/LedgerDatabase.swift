import Foundation
import GRDB

/// The SQLite file behind the ledger: schema, connection settings, errors in the ledger's terms.
///
/// Only the two unique indexes of `reservations` are filled in random order; all other tables grow
/// at their end, so that a bulk issue does not rewrite the whole file again and again.
///
/// Everything is append-only: triggers refuse UPDATE, DELETE and the replacing INSERT on every
/// table, so that no slip of ours unsays what was issued. Whoever can write the file can drop the
/// triggers first; what readers trust is the signature of each certificate, not the table.
enum LedgerDatabase {
  static let schemaVersion = 1

  private static let tables = """
    CREATE TABLE authority (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      schema_version INTEGER NOT NULL,
      overlay TEXT NOT NULL,
      issuing_sha256 BLOB NOT NULL CHECK (length(issuing_sha256) = 32),
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE reservations (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      serial BLOB NOT NULL UNIQUE CHECK (length(serial) = 16),
      node_id BLOB NOT NULL UNIQUE CHECK (length(node_id) = 20),
      reserved_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE certificates (
      sequence INTEGER PRIMARY KEY REFERENCES reservations (sequence),
      address TEXT NOT NULL,
      not_before INTEGER NOT NULL,
      not_after INTEGER NOT NULL,
      der BLOB NOT NULL
    ) STRICT;
    CREATE TABLE events (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL CHECK (kind IN ('issued', 'revoked')),
      certificate INTEGER NOT NULL REFERENCES certificates (sequence),
      at INTEGER NOT NULL,
      reason TEXT CHECK ((kind = 'revoked') = (reason IS NOT NULL)),
      UNIQUE (certificate, kind)
    ) STRICT;
    CREATE TABLE revocation_lists (
      number INTEGER PRIMARY KEY CHECK (number > 0),
      this_update INTEGER NOT NULL,
      next_update INTEGER NOT NULL,
      der BLOB NOT NULL
    ) STRICT;
    """

  /// Per table, the condition under which an INSERT would replace a row.
  private static let guarded = [
    ("authority", "id = NEW.id"),
    (
      "reservations",
      "sequence = NEW.sequence OR serial = NEW.serial OR node_id = NEW.node_id"
    ),
    ("certificates", "sequence = NEW.sequence"),
    (
      "events",
      "sequence = NEW.sequence OR (certificate = NEW.certificate AND kind = NEW.kind)"
    ),
    ("revocation_lists", "number = NEW.number"),
  ]

  static func createSchema(_ database: Database) throws {
    try database.execute(sql: tables)
    for (table, condition) in guarded {
      for verb in ["UPDATE", "DELETE"] {
        try database.execute(
          sql: """
            CREATE TRIGGER \(table)_no_\(verb.lowercased()) BEFORE \(verb) ON \(table)
            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
            """)
      }
      try database.execute(
        sql: """
          CREATE TRIGGER \(table)_no_replace BEFORE INSERT ON \(table)
          WHEN EXISTS (SELECT 1 FROM \(table) WHERE \(condition))
          BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
          """)
    }
  }

  /// Opens for writing; a lock is waited for up to `wait` seconds.
  static func openForWriting(
    _ url: URL, wait: Double, maximumPageCount: Int? = nil
  ) throws(LedgerError) -> DatabaseQueue {
    var configuration = Configuration()
    configuration.label = "redoubt.ledger"
    configuration.busyMode = .timeout(wait)
    configuration.prepareDatabase { database in
      // FULL: what is committed survives a power cut, so a reserved id stays burnt.
      // 16 MB of cache and of log: the indexes of a million ids are revisited in memory.
      try database.execute(
        sql: """
          PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
          PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4096
          """)
      if let maximumPageCount {
        try database.execute(sql: "PRAGMA max_page_count = \(maximumPageCount)")
      }
    }
    let frozen = configuration
    return try translating(url) { try DatabaseQueue(path: url.path, configuration: frozen) }
  }

  /// Opens for reading, also from a directory or medium that cannot be written.
  static func openForReading(_ url: URL, wait: Double = 5) throws(LedgerError) -> DatabaseQueue {
    var configuration = Configuration()
    configuration.label = "redoubt.ledger.reader"
    configuration.readonly = true
    configuration.busyMode = .timeout(wait)
    let frozen = configuration
    return try translating(url) {
      do {
        let queue = try DatabaseQueue(path: url.path, configuration: frozen)
        _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
        return queue
      } catch let error as DatabaseError
        where error.resultCode == .SQLITE_CANTOPEN || error.resultCode == .SQLITE_READONLY
      {
        // Without write access SQLite cannot make the index of the write-ahead log. When there is
        // no log, the file alone is the whole truth and can be read as immutable.
        let log = try? FileManager.default.attributesOfItem(atPath: url.path + "-wal")
        if let log, (log[.size] as? Int ?? 0) > 0 { throw error }
        let escaped = url.path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
        return try DatabaseQueue(
          path: "file:\(escaped ?? url.path)?immutable=1", configuration: frozen)
      }
    }
  }

  /// Runs database work; every failure comes out as a `LedgerError` that names the file.
  static func translating<Value>(
    _ url: URL, _ body: () throws -> Value
  ) throws(LedgerError) -> Value {
    do {
      return try body()
    } catch let error as LedgerError {
      throw error
    } catch let error as DatabaseError {
      throw ledgerError(error, path: url.path)
    } catch let error as RowDecodingError {
      throw .damaged(path: url.path, detail: "\(error)")
    } catch {
      throw .io(path: url.path, detail: "\(error)")
    }
  }

  private static func ledgerError(_ error: DatabaseError, path: String) -> LedgerError {
    let detail = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: return .locked(path: path)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_SCHEMA, .SQLITE_ERROR, .SQLITE_CONSTRAINT,
      .SQLITE_MISMATCH, .SQLITE_FORMAT:
      return .damaged(path: path, detail: detail)
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN: return .readOnly(path: path)
    case .SQLITE_FULL: return .io(path: path, detail: "the disk is full")
    default: return .io(path: path, detail: detail)
    }
  }
}
