import Foundation
public import NodeCredentials

/// What became of a revocation.
public struct RevocationOutcome: Hashable, Sendable {
  /// The certificate with its revocation.
  public let record: LedgerRecord
  /// True when it had been revoked before; then nothing changed.
  public let wasAlreadyRevoked: Bool
  /// The number of the list that is published now.
  public let listNumber: UInt64
}

extension OverlayAuthority {
  /// Revokes one certificate for good and publishes a new revocation list.
  ///
  /// Revoking again changes nothing and keeps the first time and reason.
  /// - Throws: `.ledger(.unknownCertificate)` when nothing was issued under this name.
  public func revoke(
    _ name: CertificateName, reason: RevocationReason, at now: CredentialTime
  ) throws(AuthorityError) -> RevocationOutcome {
    let result = try wrapping { () throws(LedgerError) in
      try ledger.revoke(
        name, reason: reason, at: now, period: listPeriod(now), sign: listSigner(now))
    }
    let number = try publishRevocationList()
    switch result {
    case .revoked(let record):
      return RevocationOutcome(record: record, wasAlreadyRevoked: false, listNumber: number)
    case .alreadyRevoked(let record):
      return RevocationOutcome(record: record, wasAlreadyRevoked: true, listNumber: number)
    }
  }

  /// Makes and publishes the next revocation list.
  /// - Throws: `AuthorityError`.
  public func renewRevocationList(at now: CredentialTime) throws(AuthorityError) -> RevocationList {
    try wrapping { () throws(LedgerError) in
      try ledger.renewList(at: now, period: listPeriod(now), sign: listSigner(now))
    }
    _ = try publishRevocationList()
    let latest = try wrapping { () throws(LedgerError) in try ledger.latestList() }
    let path = directory.ledger.path
    guard let latest else {
      throw .invalid(path: path, line: nil, detail: "it has no revocation list")
    }
    do {
      return try verifier.revocationList(from: latest.der)
    } catch {
      throw .selfCheck(error)
    }
  }

  /// Backdated as certificates are, so that a verifier whose clock is behind takes the list.
  private func listPeriod(_ now: CredentialTime) -> ValidityPeriod {
    ValidityPeriod(
      notBefore: now.adding(seconds: -Int64(profile.backdateSeconds)),
      notAfter: now.adding(seconds: Int64(profile.revocationListHours) * 3_600))
  }

  private func listSigner(
    _ now: CredentialTime
  ) -> (UInt64, [RevokedCertificate]) throws -> [UInt8] {
    { number, entries in
      let period = self.listPeriod(now)
      let der = try self.credentials.revocationList(
        number: number, thisUpdate: period.notBefore, nextUpdate: period.notAfter,
        entries: entries)
      try self.checkList(der, number: number)
      return der
    }
  }

  /// The authority's own verdict on a list, before it is recorded and again before it is published.
  private func checkList(_ der: [UInt8], number: UInt64) throws(LedgerError) {
    do {
      let list = try verifier.revocationList(from: der)
      guard list.number == number else {
        throw CertificateRejection.malformed("its number is \(list.number), not \(number)")
      }
    } catch {
      throw .listRefused(
        path: directory.revocationList.path,
        rejection: error as? CertificateRejection ?? .malformed("\(error)"))
    }
  }

  /// Writes the newest list of the ledger to its file; gives its number.
  ///
  /// Another process may commit and publish at the same time. After its own write each looks at the
  /// ledger again and repeats until what it wrote is the newest, so the file ends up newest too.
  private func publishRevocationList() throws(AuthorityError) -> UInt64 {
    var written: UInt64 = 0
    while true {
      let latest = try wrapping { () throws(LedgerError) in try ledger.latestList() }
      guard let latest, latest.number != written else { return written }
      try wrapping { () throws(LedgerError) in try checkList(latest.der, number: latest.number) }
      let text = try signing { () throws(OpenSSLError) in
        try PEM.encode(latest.der, label: "X509 CRL")
      }
      try AuthorityFile.write(text, to: directory.revocationList, .published)
      written = latest.number
    }
  }
}
