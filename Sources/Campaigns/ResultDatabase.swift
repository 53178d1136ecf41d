import Foundation
import GRDB
import Glibc

/// `results.sqlite`: the rows of `results.csv` with typed columns, for queries.
///
/// Written by one process from the shards, to a temporary file that is then renamed.
enum ResultDatabase {
  /// Column types by name; all others are TEXT.
  private static let integers: Set<String> = [
    "nodes", "digit_bits", "leaf_set_size", "routes", "fault_sets", "seed", "batches",
  ]
  private static let reals: Set<String> = Set(
    [
      "faulty_fraction", "coalition_fraction", "ci_low", "ci_high", "reference", "confidence",
      "faulty_fraction_reached",
    ] + Quantity.allCases.flatMap { [$0.column, "\($0.column)_low", "\($0.column)_high"] })

  /// Replaces the database at `path`.
  /// - Throws: `CampaignError.Code.inputOutput` or `.cannotCreate`.
  static func write(
    _ table: ResultTable, plan: CampaignPlan, to path: String
  ) throws(CampaignError) {
    let temporary = AtomicFile.temporaryPath(beside: path)
    unlink(temporary)
    do {
      let queue = try DatabaseQueue(path: temporary)
      try queue.write { database in
        try create(in: database)
        try database.execute(
          sql: "INSERT INTO campaign VALUES (?, ?, ?, ?)",
          arguments: [
            plan.spec.name, plan.specHash, Int64(plan.spec.seed), plan.spec.text,
          ])
        let marks = ResultTable.columns.map { _ in "?" }.joined(separator: ", ")
        let insert = try database.makeStatement(sql: "INSERT INTO results VALUES (\(marks))")
        for row in table.rows {
          try insert.execute(arguments: StatementArguments(values(table.fields(row))))
        }
      }
      try queue.close()
    } catch {
      unlink(temporary)
      unlink(temporary + "-journal")
      throw failure(error, path: path)
    }
    try AtomicFile.commit(temporary, to: path)
  }

  /// The rows of the database as text fields, in file order.
  /// - Throws: `CampaignError.Code.badData` when it is truncated or not such a database.
  static func rows(_ path: String) throws(CampaignError) -> [[String]] {
    do {
      var configuration = Configuration()
      configuration.readonly = true
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      return try queue.read { database in
        guard try String.fetchOne(database, sql: "PRAGMA integrity_check") == "ok" else {
          throw DatabaseError(resultCode: .SQLITE_CORRUPT)
        }
        return try Row.fetchAll(database, sql: "SELECT * FROM results ORDER BY rowid").map { row in
          ResultTable.columns.map { text(row[$0] as DatabaseValue) }
        }
      }
    } catch {
      throw CampaignError(
        .badData, file: path, "is not a readable result database: \(error)",
        remedy: "`redoubt campaign report DIR` writes it again from the shards.")
    }
  }

  private static func create(in database: Database) throws {
    try database.execute(
      sql: "CREATE TABLE campaign (name TEXT, spec_hash TEXT, seed INTEGER, spec TEXT)")
    let columns = ResultTable.columns.map { name in
      integers.contains(name)
        ? "\(name) INTEGER" : reals.contains(name) ? "\(name) REAL" : "\(name) TEXT"
    }
    try database.execute(
      sql: "CREATE TABLE results (\(columns.joined(separator: ", ")), PRIMARY KEY (cell))")
  }

  private static func values(_ fields: [String]) -> [(any DatabaseValueConvertible)?] {
    zip(ResultTable.columns, fields).map { name, field in
      if field.isEmpty { return nil }
      if integers.contains(name) { return Int64(field) }
      if reals.contains(name) { return Double(field) }
      return field
    }
  }

  private static func text(_ value: DatabaseValue) -> String {
    switch value.storage {
    case .null: ""
    case .int64(let integer): "\(integer)"
    case .double(let double): "\(double)"
    case .string(let string): string
    case .blob(let data): "\(data.count) bytes"
    }
  }

  private static func failure(_ error: any Error, path: String) -> CampaignError {
    if let error = error as? DatabaseError {
      switch error.resultCode {
      case .SQLITE_FULL: return AtomicFile.failure("write", path, ENOSPC)
      case .SQLITE_IOERR: return AtomicFile.failure("write", path, EIO)
      case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
        return AtomicFile.failure("create", path, EACCES)
      default: break
      }
    }
    return CampaignError(.inputOutput, file: path, "cannot be written: \(error)")
  }
}
