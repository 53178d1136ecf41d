public import Foundation
import GRDB
public import NodeCredentials
import RingIdentifiers
import Statistics
import TransparencyLog

/// What one check of an audit looked at.
public struct AuditCheck: Hashable, Sendable {
  /// A stable word.
  public let name: String
  /// How many things were looked at.
  public let count: Int
  /// What was found, as one phrase.
  public let summary: String
}

/// The first thing that does not fit.
public struct AuditFinding: Error, Hashable, Sendable, CustomStringConvertible {
  /// The check that found it.
  public let check: String
  /// What is at fault: a file, a row, a certificate, a checkpoint.
  public let subject: String
  /// What is wrong with it.
  public let detail: String

  /// One line.
  public var description: String { "\(check): \(subject): \(detail)" }
}

/// The outcome of an audit.
public struct AuditReport: Hashable, Sendable {
  /// The checks that passed, in order.
  public let checks: [AuditCheck]
  /// What the first check that failed found; nil when all passed.
  public let finding: AuditFinding?
}

/// Checks an authority's directory from the root up, as a stranger would, without any secret key.
///
/// Ledger, log, certificates and revocation lists are re-derived from each other: nothing is
/// believed because a table says so. It reads one state of the ledger, also while the authority is
/// at work. The first inconsistency ends the audit and is named.
public final class LedgerAudit: Sendable {
  let reader: LedgerReader
  let time: CredentialTime
  let logPolicy: LogPolicy

  /// Below this p-value the assigned nodeIds are called not uniform: one sound audit in a million.
  public static let uniformityLevel = 1e-6

  /// Prepares an audit of a directory.
  /// - Parameter time: the instant for which published lists must be current.
  /// - Throws: `LedgerError` when the directory cannot be opened at all.
  public init(_ url: URL, at time: CredentialTime) throws(LedgerError) {
    let reader = try LedgerReader(directory: url)
    self.reader = reader
    self.time = time
    logPolicy = try reader.logPolicy()
  }

  /// Runs all checks.
  /// - Parameter progress: told how many certificates were verified, and of how many.
  /// - Throws: `LedgerError` when reading fails.
  /// - Complexity: about 0.3 ms of one core per certificate, memory 60 octets per nodeId.
  public func run(progress: (Int, Int) -> Void = { _, _ in }) throws(LedgerError) -> AuditReport {
    // Read before the ledger, which is then at least as far.
    let checkpoint = try? LogFiles(reader.directory.log).checkpoint()
    return try reader.read { database in
      var checks: [AuditCheck] = []
      do {
        checks.append(try self.checkDatabase(database))
        checks.append(try self.checkAuthorities(database))
        checks.append(try self.checkReservations(database))
        let (certificates, tree) = try self.checkCertificates(database, progress)
        checks.append(certificates)
        checks.append(try self.checkCheckpoints(database, tree))
        checks.append(try self.checkLogFiles(tree, published: checkpoint))
        checks.append(try self.checkRevocationLists(database))
        checks.append(try self.checkAccounts(database))
        checks.append(try self.checkUniformity(database))
      } catch let finding as AuditFinding {
        return AuditReport(checks: checks, finding: finding)
      } catch let error as DatabaseError where error.resultCode == .SQLITE_MISMATCH {
        let finding = AuditFinding(
          check: "ledger", subject: self.reader.directory.ledger.lastPathComponent,
          detail: error.message ?? "\(error)")
        return AuditReport(checks: checks, finding: finding)
      }
      return AuditReport(checks: checks, finding: nil)
    }
  }

  // MARK: database

  /// The file is whole, references lead somewhere, and the append-only triggers are in force.
  private func checkDatabase(_ database: Database) throws -> AuditCheck {
    let path = reader.directory.ledger.lastPathComponent
    func fail(_ detail: String) -> AuditFinding {
      AuditFinding(check: "database", subject: path, detail: detail)
    }
    if let complaint = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)"),
      complaint != "ok"
    {
      throw fail(complaint)
    }
    if let row = try Row.fetchOne(database, sql: "PRAGMA foreign_key_check") {
      throw fail("a row of \(row[0] as String? ?? "?") refers to a row that is not there")
    }
    let expected = try LedgerDatabase.schema()
    let found = try Row.fetchAll(
      database, sql: "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
    ).map { [try $0.required("name", as: String.self), try $0.required("sql", as: String.self)] }
    let missing = expected.first { !found.contains($0) }
    if let missing { throw fail("the schema lacks or changes \(missing[0])") }
    // A foreign trigger could undo what it likes behind the back of every writer.
    let foreign = found.first { !expected.contains($0) }
    if let foreign { throw fail("the schema has an additional \(foreign[0])") }
    return AuditCheck(name: "database", count: found.count, summary: "whole and append-only")
  }

  /// Every issuing certificate leads to the root, and the published files are the ledger's.
  private func checkAuthorities(_ database: Database) throws -> AuditCheck {
    for issuer in reader.issuers {
      let url = reader.directory.issuingCertificate(issuer.number)
      guard let text = try? AuthorityFile.read(url),
        PEM.decode(text, label: "CERTIFICATE") == issuer.der
      else {
        throw AuditFinding(
          check: "authorities", subject: url.lastPathComponent,
          detail: "is not the issuing certificate that the ledger names")
      }
    }
    do {
      _ = try reader.verifier(revoked: [])
    } catch {
      throw AuditFinding(check: "authorities", subject: "root.crt", detail: error.description)
    }
    let published = try? AuthorityFile.read(reader.directory.logVerifierKey)
    guard published == Array((reader.logKey + "\n").utf8) else {
      throw AuditFinding(
        check: "authorities", subject: reader.directory.logVerifierKey.lastPathComponent,
        detail: "is not the log key that the ledger names")
    }
    return AuditCheck(
      name: "authorities", count: reader.issuers.count, summary: "lead to the root")
  }

  /// A renewal has the nodeId, and the account, of what it renews.
  private func checkReservations(_ database: Database) throws -> AuditCheck {
    let wrong = try Row.fetchOne(
      database,
      sql: """
        SELECT r.sequence FROM reservations r JOIN reservations old ON old.sequence = r.renews
        WHERE r.node_id <> old.node_id OR r.account IS NOT old.account
          OR r.sequence <= old.sequence LIMIT 1
        """)
    if let wrong {
      throw AuditFinding(
        check: "reservations", subject: "reservation \(wrong[0] as Int64? ?? 0)",
        detail: "is no renewal of the certificate that it names")
    }
    let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM reservations") ?? 0
    let burnt = try Int.fetchOne(
      database,
      sql: """
        SELECT count(*) FROM reservations r
        WHERE NOT EXISTS (SELECT 1 FROM certificates c WHERE c.sequence = r.sequence)
        """)
    return AuditCheck(
      name: "reservations", count: count, summary: "no id twice; \(burnt ?? 0) burnt")
  }

  // MARK: fairness

  /// The assigned nodeIds look like independent uniform draws: all of them, the burnt ones too.
  private func checkUniformity(_ database: Database) throws -> AuditCheck {
    var places: [Double] = []
    let rows = try Row.fetchCursor(
      database, sql: "SELECT node_id FROM reservations WHERE renews IS NULL ORDER BY sequence")
    while let row = try rows.next() {
      let head = try row.octets("node_id").prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      places.append(Double(head >> 11) * 0x1p-53)
    }
    guard places.count >= 100 else {
      return AuditCheck(
        name: "uniformity", count: places.count, summary: "too few nodeIds to test (100 needed)")
    }
    let test = kuiperUniformity(places)
    let text =
      "Kuiper V = \(LedgerAudit.short(test.statistic)), p = \(LedgerAudit.short(test.pValue))"
    guard test.pValue >= LedgerAudit.uniformityLevel else {
      throw AuditFinding(
        check: "uniformity", subject: "\(places.count) nodeIds",
        detail: "are not spread as uniform draws are: \(text)")
    }
    return AuditCheck(name: "uniformity", count: places.count, summary: text)
  }

  private static func short(_ value: Double) -> String { String(format: "%.4g", value) }
}
