import Foundation
import GRDB
import NodeCredentials

extension LedgerAudit {
  /// Every revocation list is signed, numbered without a gap, and says what the ledger says; the
  /// newest is complete, current, and the one that is published.
  func checkRevocationLists(_ database: Database) throws -> AuditCheck {
    let verifiers = try reader.verifiers()
    let revoked = Dictionary(
      try reader.fetchRevocations(database).map { ($0.serial, $0) }, uniquingKeysWith: { $1 })
    var count = 0
    var expected: [Int64: UInt64] = [:]
    let rows = try Row.fetchCursor(
      database, sql: "SELECT * FROM revocation_lists ORDER BY issuer, number")
    while let row = try rows.next() {
      let recorded = try RecordedList(row)
      let next = expected[recorded.issuer, default: 0] + 1
      expected[recorded.issuer] = next
      guard let verifier = verifiers[recorded.issuer] else {
        throw AuditFinding(
          check: "revocation lists", subject: "list \(recorded.number)",
          detail: "is of issuer \(recorded.issuer), which there is not")
      }
      try check(recorded, next, revoked, verifier)
      count += 1
    }
    let latest = try LedgerReader.fetchLatestLists(database)
    guard latest.map(\.issuer) == reader.issuers.map(\.number) else {
      throw AuditFinding(
        check: "revocation lists", subject: "ledger", detail: "an issuer has no revocation list")
    }
    for list in latest {
      guard let verifier = verifiers[list.issuer] else { continue }
      try checkNewest(list, database, verifier)
    }
    return AuditCheck(
      name: "revocation lists", count: count,
      summary: "signed and complete; \(revoked.count) revoked")
  }

  private func check(
    _ recorded: RecordedList, _ number: UInt64, _ revoked: [SerialNumber: RevokedCertificate],
    _ verifier: CertificateVerifier
  ) throws {
    func fail(_ detail: String) -> AuditFinding {
      AuditFinding(
        check: "revocation lists",
        subject: "list \(recorded.number) of issuer \(recorded.issuer)", detail: detail)
    }
    guard recorded.number == number else { throw fail("list \(number) is missing") }
    let list: RevocationList
    do {
      list = try verifier.revocationList(from: recorded.der)
    } catch {
      throw fail("\(error)")
    }
    guard list.number == number, list.thisUpdate == recorded.thisUpdate,
      list.nextUpdate == recorded.nextUpdate
    else { throw fail("its number or times are not those recorded") }
    for entry in list.entries where revoked[entry.serial] != entry {
      throw fail("lists \(entry.serial), which the ledger did not revoke so")
    }
  }

  /// The newest list of an issuer has what is revoked of all issuers, is published, and is current.
  ///
  /// Once the last certificate of an old issuer has expired, its key may be put away, and its lists
  /// end: what was revoked after the last one is not in it.
  private func checkNewest(
    _ recorded: RecordedList, _ database: Database, _ verifier: CertificateVerifier
  ) throws {
    func fail(_ detail: String) -> AuditFinding {
      AuditFinding(
        check: "revocation lists",
        subject: reader.directory.revocationList(recorded.issuer).lastPathComponent,
        detail: detail)
    }
    let isNeeded = try isNeeded(recorded.issuer, database)
    let listed: Set<SerialNumber>
    do {
      listed = Set(try verifier.revocationList(from: recorded.der).entries.map(\.serial))
    } catch {
      throw fail("\(error)")
    }
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT r.serial FROM events e JOIN certificates c ON c.sequence = e.certificate
        JOIN reservations r ON r.sequence = c.sequence
        WHERE e.kind = 'revoked' AND c.not_after >= ?
        """, arguments: [recorded.thisUpdate.secondsSinceEpoch])
    for row in rows where isNeeded {
      let serial = try row.serial("serial")
      guard listed.contains(serial) else { throw fail("does not list the revoked \(serial)") }
    }
    guard let published = try publishedList(recorded.issuer),
      try published == recorded.der || published == newestList(recorded.issuer)
    else { throw fail("is not the newest list of the ledger") }
    guard time <= recorded.nextUpdate || !isNeeded else {
      throw fail("was due to be renewed until \(recorded.nextUpdate)")
    }
  }

  /// Whether certificates of an issuer can still be in force.
  private func isNeeded(_ issuer: Int64, _ database: Database) throws -> Bool {
    if issuer == reader.issuers.last?.number { return true }
    let end = try Int64.fetchOne(
      database, sql: "SELECT max(not_after) FROM certificates WHERE issuer = ?",
      arguments: [issuer])
    return end.map { $0 >= time.secondsSinceEpoch } ?? false
  }

  private func publishedList(_ issuer: Int64) throws -> [UInt8]? {
    let text = try? AuthorityFile.read(reader.directory.revocationList(issuer))
    return text.flatMap { PEM.decode($0, label: "X509 CRL") }
  }

  /// The newest list as it is by now: the authority may have made one since the audit began.
  private func newestList(_ issuer: Int64) throws -> [UInt8]? {
    let queue = try LedgerDatabase.openForReading(reader.directory.ledger)
    defer { try? queue.close() }
    return try queue.read(LedgerReader.fetchLatestLists).last { $0.issuer == issuer }?.der
  }

  // MARK: accounts

  /// Balances follow from the entries, and what was charged for is an identity of that account.
  func checkAccounts(_ database: Database) throws -> AuditCheck {
    func fail(_ name: String, _ detail: String) -> AuditFinding {
      AuditFinding(check: "accounts", subject: "account \(name)", detail: detail)
    }
    var balances: [String: Int64] = [:]
    let rows = try Row.fetchCursor(
      database, sql: "SELECT account, amount, balance FROM credits ORDER BY sequence")
    while let row = try rows.next() {
      let name: String = try row.required("account")
      let (sum, overflow) = balances[name, default: 0].addingReportingOverflow(
        try row.required("amount"))
      guard !overflow, sum >= 0, sum == (try row.required("balance", as: Int64.self)) else {
        throw fail(name, "a balance does not follow from its entries")
      }
      balances[name] = sum
    }
    let unpaid = try Row.fetchOne(
      database,
      sql: """
        SELECT k.account FROM credits k JOIN reservations r ON r.sequence = k.reservation
        WHERE r.account IS NOT k.account OR r.renews IS NOT NULL LIMIT 1
        """)
    if let unpaid {
      throw fail(try unpaid.required("account"), "a charge is for another account's identity")
    }
    return AuditCheck(
      name: "accounts", count: balances.count, summary: "balances follow from their entries")
  }
}
