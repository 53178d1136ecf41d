import Admission
import Foundation
import GRDB
public import NodeCredentials

/// An account as the ledger keeps it.
public struct AccountRecord: Hashable, Sendable {
  /// The name.
  public let name: String
  /// Credits not yet spent.
  public let credits: Int64
  /// nodeIds ever assigned to it.
  public let identities: Int
  /// Whether it has a secret, so that it can be used.
  public let isEnabled: Bool
  /// When it was opened.
  public let createdAt: CredentialTime
}

extension Ledger {
  /// Opens an account with its first credits.
  /// - Throws: `.accountExists`.
  func openAccount(
    _ name: AccountName, secret: SecretHash, credits: Int64, at now: CredentialTime
  ) throws(LedgerError) {
    try write { database in
      guard try Ledger.balance(of: name, in: database) == nil else {
        throw LedgerError.accountExists(path: self.url.path, name: name.value)
      }
      try database.execute(
        sql: "INSERT INTO accounts VALUES (?, ?)", arguments: [name.value, now.secondsSinceEpoch])
      try Ledger.insertSecret(secret.description, of: name, at: now, into: database)
      _ = try Ledger.insertCredits(
        credits, to: name, note: "opening", reservation: nil, at: now, into: database)
    }
  }

  /// Replaces an account's secret; nil closes the account until it gets another one.
  /// - Throws: `.unknownAccount`.
  func setSecret(
    _ secret: SecretHash?, of name: AccountName, at now: CredentialTime
  ) throws(LedgerError) {
    try write { database in
      guard try Ledger.balance(of: name, in: database) != nil else {
        throw LedgerError.unknownAccount(path: self.url.path, name: name.value)
      }
      try Ledger.insertSecret(secret?.description, of: name, at: now, into: database)
    }
  }

  /// Adds credits to an account, or takes some away; gives the new balance.
  /// - Throws: `.unknownAccount`, `.overdrawn`.
  func addCredits(
    _ amount: Int64, to name: AccountName, note: String, at now: CredentialTime
  ) throws(LedgerError) -> Int64 {
    try write { database in
      guard let balance = try Ledger.balance(of: name, in: database) else {
        throw LedgerError.unknownAccount(path: self.url.path, name: name.value)
      }
      guard balance.addingReportingOverflow(amount).overflow == false, balance + amount >= 0 else {
        throw LedgerError.overdrawn(path: self.url.path, name: name.value, balance: balance)
      }
      return try Ledger.insertCredits(
        amount, to: name, note: note, reservation: nil, at: now, into: database)
    }
  }

  /// The hash of an account's secret; nil when there is no such account or it is closed.
  func secretHash(of name: AccountName) throws(LedgerError) -> String? {
    try read { database in
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT hash FROM account_secrets WHERE account = ? ORDER BY sequence DESC LIMIT 1
          """, arguments: [name.value])
      return try row?.optional("hash")
    }
  }

  private static func insertSecret(
    _ text: String?, of name: AccountName, at now: CredentialTime, into database: Database
  ) throws {
    try database.execute(
      sql: "INSERT INTO account_secrets (account, hash, set_at) VALUES (?, ?, ?)",
      arguments: [name.value, text, now.secondsSinceEpoch])
  }

  /// The balance after the newest entry; nil when there is no such account.
  static func balance(of name: AccountName, in database: Database) throws -> Int64? {
    let statement = try database.cachedStatement(
      sql: "SELECT balance FROM credits WHERE account = ? ORDER BY sequence DESC LIMIT 1")
    return try Int64.fetchOne(statement, arguments: [name.value])
  }

  /// Books credits; gives the new balance.
  static func insertCredits(
    _ amount: Int64, to name: AccountName, note: String, reservation: Int64?,
    at now: CredentialTime, into database: Database
  ) throws -> Int64 {
    let balance = (try balance(of: name, in: database) ?? 0) + amount
    let statement = try database.cachedStatement(
      sql: """
        INSERT INTO credits (account, amount, balance, reservation, note, at)
        VALUES (?, ?, ?, ?, ?, ?)
        """)
    try statement.execute(
      arguments: [
        name.value, amount, balance, reservation, note, now.secondsSinceEpoch,
      ])
    return balance
  }
}

extension LedgerReader {
  /// All accounts by name.
  /// - Throws: `LedgerError`.
  public func accounts() throws(LedgerError) -> [AccountRecord] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT a.name, a.created_at,
            (SELECT balance FROM credits k WHERE k.account = a.name
              ORDER BY k.sequence DESC LIMIT 1) AS credits,
            (SELECT count(*) FROM reservations r
              WHERE r.account = a.name AND r.renews IS NULL) AS identities,
            (SELECT hash IS NOT NULL FROM account_secrets s WHERE s.account = a.name
              ORDER BY s.sequence DESC LIMIT 1) AS enabled
          FROM accounts a ORDER BY a.name
          """
      ).map { row in
        AccountRecord(
          name: try row.required("name"), credits: try row.required("credits"),
          identities: try row.required("identities"), isEnabled: try row.required("enabled"),
          createdAt: try row.time("created_at"))
      }
    }
  }
}
