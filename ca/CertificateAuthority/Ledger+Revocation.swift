import Foundation
import GRDB
import NodeCredentials

/// The facts from which a revocation list is signed.
struct RevocationListRequest: Sendable {
  /// The number of the issuing certificate that signs it.
  let issuer: Int64
  let number: UInt64
  let entries: [RevokedCertificate]
}

/// A revocation list as the ledger keeps it.
struct RecordedList: Sendable {
  let issuer: Int64
  let number: UInt64
  let thisUpdate: CredentialTime
  let nextUpdate: CredentialTime
  let der: [UInt8]

  init(_ row: Row) throws {
    issuer = try row.required("issuer")
    guard let number = UInt64(exactly: try row.required("number", as: Int64.self)) else {
      throw Row.mismatch("a revocation list has a negative number")
    }
    self.number = number
    thisUpdate = try row.time("this_update")
    nextUpdate = try row.time("next_update")
    der = try row.octets("der")
  }
}

extension Ledger {
  /// What became of a revocation.
  enum RevocationResult {
    case revoked(LedgerRecord)
    case alreadyRevoked(LedgerRecord)
  }

  /// Makes the DER of a list.
  typealias ListSigner = (RevocationListRequest) throws -> [UInt8]

  /// Records a revocation and the lists that announce it, in one transaction.
  ///
  /// A nodeId names all its certificates, renewals included; each is revoked, and the result is
  /// that of the newest. A certificate that has expired needs no list of its own issuer, whose key
  /// may have been put away.
  /// - Parameter issuers: those whose lists can be signed.
  /// - Throws: `.unknownCertificate` when nothing was issued under this name.
  func revoke(
    _ name: CertificateName, reason: RevocationReason, issuers: [Int64], at now: CredentialTime,
    period: ValidityPeriod, sign: ListSigner
  ) throws(LedgerError) -> RevocationResult {
    try write { database in
      let records = try LedgerReader.fetchRecords(name, in: database)
      guard let newest = records.last else {
        throw LedgerError.unknownCertificate(path: self.url.path, name: name.description)
      }
      let affected = records.filter { $0.revocation == nil }
      for record in affected {
        try database.execute(
          sql: "INSERT INTO events (kind, certificate, at, reason) VALUES ('revoked', ?, ?, ?)",
          arguments: [record.sequence, now.secondsSinceEpoch, reason.rawValue])
      }
      if !affected.isEmpty {
        let concerned = affected.filter { $0.notAfter >= now }.map(\.issuer)
        for issuer in Set(issuers + concerned).sorted() {
          try Ledger.insertList(
            of: issuer, at: now, period: period, into: database, sign: sign)
        }
      }
      let result = try LedgerReader.fetchRecords(name, in: database).last ?? newest
      return newest.revocation == nil ? .revoked(result) : .alreadyRevoked(result)
    }
  }

  /// Makes and records the next revocation list of some issuers.
  func renewLists(
    of issuers: [Int64], at now: CredentialTime, period: ValidityPeriod, sign: ListSigner
  ) throws(LedgerError) {
    try write { database in
      for issuer in issuers {
        try Ledger.insertList(of: issuer, at: now, period: period, into: database, sign: sign)
      }
    }
  }

  /// The newest list of every issuer that has one, by issuer.
  func latestLists() throws(LedgerError) -> [RecordedList] {
    try read(LedgerReader.fetchLatestLists)
  }

  /// Every list holds the revocations of all issuers: they share one name, and a verifier that
  /// keeps one list per name (GnuTLS 3.7 does) would otherwise miss those of the others. Revoked
  /// certificates stay listed for one period after they expire, so that no list can miss the
  /// moment. Source: RFC 5280 section 3.3.
  private static func insertList(
    of issuer: Int64, at now: CredentialTime, period: ValidityPeriod, into database: Database,
    sign: ListSigner
  ) throws {
    let previous = try Int64.fetchOne(
      database, sql: "SELECT max(number) FROM revocation_lists WHERE issuer = ?",
      arguments: [issuer])
    let (number, overflow) = max(previous ?? 0, 0).addingReportingOverflow(1)
    guard !overflow else {
      throw Row.mismatch("the numbers of revocation lists are used up")
    }
    let (next, this) = (period.notAfter.secondsSinceEpoch, period.notBefore.secondsSinceEpoch)
    let entries = try Row.fetchAll(
      database,
      sql: """
        SELECT r.serial, e.at, e.reason FROM events e
        JOIN certificates c ON c.sequence = e.certificate
        JOIN reservations r ON r.sequence = e.certificate
        WHERE e.kind = 'revoked' AND c.not_after + ? >= ? ORDER BY e.sequence
        """, arguments: [next - now.secondsSinceEpoch, now.secondsSinceEpoch]
    ).map(LedgerReader.revokedCertificate)
    let der = try sign(
      RevocationListRequest(issuer: issuer, number: UInt64(number), entries: entries))
    try database.execute(
      sql: "INSERT INTO revocation_lists VALUES (?, ?, ?, ?, ?)",
      arguments: [issuer, number, this, next, Data(der)])
  }
}
