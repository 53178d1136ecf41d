import GRDB
public import NodeCredentials

extension OverlayAuthority {
  /// The signed answer to an OCSP request: from the ledger, as it is now.
  ///
  /// `good` is said only of certificates that were issued and are not revoked; of a serial number
  /// that was never issued the status is `unknown`. A request about several issuers is answered by
  /// the first of them that it names, and the others' certificates are `unknown`.
  /// - Returns: DER of the OCSPResponse, which may itself say `unauthorized`.
  /// - Throws: `AuthorityError`.
  public func status(
    for request: OCSPRequest, at now: CredentialTime
  ) throws(AuthorityError) -> [UInt8] {
    let issuer = keys.issuers.sorted { $0.key > $1.key }.first { $0.value.isIssuer(in: request) }
    guard let issuer else { return OCSPFailure.unauthorized.der }
    let serials = issuer.value.serials(in: request)
    let ledger = ledger
    let statuses = try wrapping { () throws(LedgerError) in
      try ledger.read { database in
        var statuses: [SerialNumber: OCSPStatus] = [:]
        for serial in serials {
          let record = try LedgerReader.fetchRecords(.serial(serial), in: database).last
          guard let record, record.issuer == issuer.key else { continue }
          statuses[serial] =
            record.revocation.map { OCSPStatus.revoked(time: $0.time, reason: $0.reason) } ?? .good
        }
        return statuses
      }
    }
    // The answer is good for as long as a list would be; it begins when a list would.
    return try signing { () throws(OpenSSLError) in
      try issuer.value.ocspResponse(
        to: request, statuses: statuses,
        thisUpdate: now.adding(seconds: -Int64(profile.backdateSeconds)),
        nextUpdate: now.adding(seconds: Int64(profile.revocationListHours) * 3_600),
        producedAt: now)
    }
  }
}
