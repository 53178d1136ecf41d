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
        name, reason: reason, issuers: keys.issuers.keys.sorted(), at: now,
        period: listPeriod(now), sign: listSigner(now))
    }
    let numbers = try publishRevocationLists()
    switch result {
    case .revoked(let record):
      return RevocationOutcome(
        record: record, wasAlreadyRevoked: false, listNumber: numbers[record.issuer] ?? 0)
    case .alreadyRevoked(let record):
      return RevocationOutcome(
        record: record, wasAlreadyRevoked: true, listNumber: numbers[record.issuer] ?? 0)
    }
  }

  /// Makes and publishes the next revocation list of every issuer whose key is here; gives that of
  /// the newest.
  /// - Throws: `AuthorityError`.
  public func renewRevocationList(at now: CredentialTime) throws(AuthorityError) -> RevocationList {
    try wrapping { () throws(LedgerError) in
      try ledger.renewLists(
        of: keys.issuers.keys.sorted(), at: now, period: listPeriod(now), sign: listSigner(now))
    }
    _ = try publishRevocationLists()
    return try currentRevocationList()
  }

  /// The newest list of the issuer that signs certificates now.
  /// - Throws: `AuthorityError`.
  public func currentRevocationList() throws(AuthorityError) -> RevocationList {
    let latest = try wrapping { () throws(LedgerError) in try ledger.latestLists() }
    guard let list = latest.last(where: { $0.issuer == keys.current }) else {
      throw .invalid(
        path: directory.ledger.path, line: nil, detail: "it has no revocation list")
    }
    do {
      return try verifier.revocationList(from: list.der)
    } catch {
      throw .selfCheck(error)
    }
  }

  /// Signs the lists anew when two thirds of the life of one are over, or an issuer has none yet;
  /// otherwise changes nothing.
  /// - Returns: whether new lists were published.
  /// - Throws: `AuthorityError`.
  public func renewRevocationListsIfDue(at now: CredentialTime) throws(AuthorityError) -> Bool {
    let latest = try wrapping { () throws(LedgerError) in try ledger.latestLists() }
    let own = latest.filter { keys.issuers[$0.issuer] != nil }
    let isDue = own.contains { list in
      let life = list.nextUpdate.secondsSinceEpoch - list.thisUpdate.secondsSinceEpoch
      return now >= list.thisUpdate.adding(seconds: life * 2 / 3) || now < list.thisUpdate
    }
    guard isDue || own.count < keys.issuers.count else { return false }
    _ = try renewRevocationList(at: now)
    return true
  }

  /// Backdated as certificates are, so that a verifier whose clock is behind takes the list.
  private func listPeriod(_ now: CredentialTime) -> ValidityPeriod {
    ValidityPeriod(
      notBefore: now.adding(seconds: -Int64(profile.backdateSeconds)),
      notAfter: now.adding(seconds: Int64(profile.revocationListHours) * 3_600))
  }

  private func listSigner(_ now: CredentialTime) -> Ledger.ListSigner {
    { request in
      guard let issuer = self.keys.issuers[request.issuer] else {
        throw LedgerError.io(
          path: self.directory.issuingKey(request.issuer).path,
          detail: "the key that signs this issuer's revocation list is missing")
      }
      let period = self.listPeriod(now)
      let der = try issuer.revocationList(
        number: request.number, thisUpdate: period.notBefore, nextUpdate: period.notAfter,
        entries: request.entries)
      try self.checkList(der, issuer: request.issuer, number: request.number)
      return der
    }
  }

  /// The authority's own verdict on a list, before it is recorded and again before it is published.
  private func checkList(
    _ der: [UInt8], issuer: Int64, number: UInt64
  ) throws(LedgerError) {
    do {
      let list = try verifier.revocationList(from: der)
      guard list.number == number else {
        throw CertificateRejection.malformed("its number is \(list.number), not \(number)")
      }
    } catch {
      throw .listRefused(
        path: directory.revocationList(issuer).path,
        rejection: error as? CertificateRejection ?? .malformed("\(error)"))
    }
  }

  /// Writes the newest lists of the ledger to their files; gives their numbers by issuer.
  ///
  /// Another process may have rotated since this one opened. What it signed with a newer key cannot
  /// be checked here, and is its to publish.
  ///
  /// Another process may commit and publish at the same time. After its own write each looks at the
  /// ledger again and repeats until what it wrote is the newest, so the files end up newest too.
  private func publishRevocationLists() throws(AuthorityError) -> [Int64: UInt64] {
    var written: [Int64: UInt64] = [:]
    while true {
      let latest = try wrapping { () throws(LedgerError) in try ledger.latestLists() }
      guard latest.contains(where: { $0.issuer == keys.current }) else {
        throw .ledger(
          .damaged(
            path: directory.ledger.path,
            detail: "the issuer \(keys.current) has no revocation list"))
      }
      let news = latest.filter {
        $0.issuer <= keys.current && written[$0.issuer] != $0.number
      }
      guard !news.isEmpty else { return written }
      for list in news {
        try wrapping { () throws(LedgerError) in
          try checkList(list.der, issuer: list.issuer, number: list.number)
        }
        let text = try signing { () throws(OpenSSLError) in
          try PEM.encode(list.der, label: "X509 CRL")
        }
        try AuthorityFile.write(text, to: directory.revocationList(list.issuer), .published)
        written[list.issuer] = list.number
      }
    }
  }
}
