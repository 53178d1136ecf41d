import Foundation
import GRDB

/// The SQLite file behind the ledger: schema, connection settings, errors in the ledger's terms.
///
/// Only the two unique indexes of `reservations` are filled in random order; all other tables grow
/// at their end, so that a bulk issue does not rewrite the whole file again and again.
///
/// Everything that was issued, revoked, logged or paid is append-only: triggers refuse UPDATE,
/// DELETE and the replacing INSERT on these tables, so that no slip of ours unsays it. Whoever can
/// write the file can drop the triggers first; what readers trust is the signature of each
/// certificate and of each checkpoint, not the table. The rate limits and the puzzle solutions of
/// recent epochs are the only rows that change and go: see `forgettable`.
enum LedgerDatabase {
  static let schemaVersion = 2

  private static let tables = """
    CREATE TABLE authority (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      schema_version INTEGER NOT NULL,
      overlay TEXT NOT NULL,
      log_key TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE issuers (
      number INTEGER PRIMARY KEY CHECK (number > 0),
      sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
      der BLOB NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE reservations (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      serial BLOB NOT NULL UNIQUE CHECK (length(serial) = 16),
      node_id BLOB NOT NULL CHECK (length(node_id) = 20),
      renews INTEGER REFERENCES certificates (sequence),
      account TEXT REFERENCES accounts (name),
      reserved_at INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX reservations_node_id ON reservations (node_id) WHERE renews IS NULL;
    CREATE INDEX reservations_renewed ON reservations (node_id) WHERE renews IS NOT NULL;
    CREATE INDEX reservations_account ON reservations (account) WHERE account IS NOT NULL;
    CREATE TABLE certificates (
      sequence INTEGER PRIMARY KEY REFERENCES reservations (sequence),
      position INTEGER NOT NULL UNIQUE CHECK (position >= 0),
      issuer INTEGER NOT NULL REFERENCES issuers (number),
      address TEXT NOT NULL,
      not_before INTEGER NOT NULL,
      not_after INTEGER NOT NULL,
      der BLOB NOT NULL
    ) STRICT;
    CREATE TABLE checkpoints (
      size INTEGER PRIMARY KEY CHECK (size >= 0),
      right_edge BLOB NOT NULL,
      note TEXT NOT NULL,
      made_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE events (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL CHECK (kind IN ('issued', 'revoked')),
      certificate INTEGER NOT NULL REFERENCES certificates (sequence),
      at INTEGER NOT NULL,
      reason TEXT CHECK ((kind = 'revoked') = (reason IS NOT NULL)),
      UNIQUE (certificate, kind)
    ) STRICT;
    CREATE INDEX events_revoked ON events (certificate) WHERE kind = 'revoked';
    CREATE TABLE revocation_lists (
      issuer INTEGER NOT NULL REFERENCES issuers (number),
      number INTEGER NOT NULL CHECK (number > 0),
      this_update INTEGER NOT NULL,
      next_update INTEGER NOT NULL,
      der BLOB NOT NULL,
      PRIMARY KEY (issuer, number)
    ) STRICT;
    CREATE TABLE accounts (
      name TEXT PRIMARY KEY,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE account_secrets (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      account TEXT NOT NULL REFERENCES accounts (name),
      hash TEXT,
      set_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX account_secrets_account ON account_secrets (account, sequence);
    CREATE TABLE credits (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      account TEXT NOT NULL REFERENCES accounts (name),
      amount INTEGER NOT NULL,
      balance INTEGER NOT NULL CHECK (balance >= 0),
      reservation INTEGER REFERENCES reservations (sequence),
      note TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX credits_account ON credits (account, sequence);
    """

  /// State of the policy that may be forgotten: when the next request fits under each limit, and
  /// the solutions that were spent in recent epochs of the puzzle.
  private static let forgettable = """
    CREATE TABLE rate_limits (
      key TEXT PRIMARY KEY,
      arrival INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE spent_solutions (
      epoch INTEGER NOT NULL,
      digest BLOB NOT NULL,
      PRIMARY KEY (epoch, digest)
    ) STRICT, WITHOUT ROWID;
    """

  /// Per append-only table, the condition under which an INSERT would replace a row.
  static let guarded = [
    ("authority", "id = NEW.id"),
    ("issuers", "number = NEW.number OR sha256 = NEW.sha256"),
    (
      "reservations",
      """
      sequence = NEW.sequence OR serial = NEW.serial
      OR (node_id = NEW.node_id AND renews IS NULL AND NEW.renews IS NULL)
      """
    ),
    ("certificates", "sequence = NEW.sequence OR position = NEW.position"),
    ("checkpoints", "size >= NEW.size"),
    (
      "events",
      "sequence = NEW.sequence OR (certificate = NEW.certificate AND kind = NEW.kind)"
    ),
    ("revocation_lists", "issuer = NEW.issuer AND number = NEW.number"),
    ("accounts", "name = NEW.name"),
    ("account_secrets", "sequence = NEW.sequence"),
    ("credits", "sequence = NEW.sequence"),
  ]

  static func createSchema(_ database: Database) throws {
    try database.execute(sql: tables)
    try database.execute(sql: forgettable)
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

  /// Names and texts of all that `createSchema` makes, for comparison with what a file has.
  static func schema() throws -> [[String]] {
    let blank = try DatabaseQueue()
    try blank.write(createSchema)
    return try blank.read { database in
      try Row.fetchAll(
        database, sql: "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
      ).map { [try $0.required("name"), try $0.required("sql")] }
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
