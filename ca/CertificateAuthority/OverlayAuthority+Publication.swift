import Foundation
import GRDB
public import NodeCredentials
import TransparencyLog

/// A revocation list as it is published.
public struct PublishedList: Sendable {
  /// `issuing.crl`, or `issuing-2.crl` for the second issuer.
  public let fileName: String
  /// When the next one is due.
  public let nextUpdate: CredentialTime
  /// The list in DER.
  public let der: [UInt8]
}

/// What an authority has done so far.
public struct AuthorityFigures: Hashable, Sendable {
  /// Certificates ever issued.
  public let certificates: Int
  /// Certificates ever revoked.
  public let revoked: Int
  /// Ids that were set aside and not issued, those in work included.
  public let burnt: Int
  /// Entries in the log.
  public let logSize: UInt64
  /// When the newest revocation list ends.
  public let listNextUpdate: CredentialTime?
}

extension OverlayAuthority {
  /// The newest revocation list of every issuer, the oldest issuer first.
  /// - Throws: `AuthorityError`.
  public func publishedRevocationLists() throws(AuthorityError) -> [PublishedList] {
    let ledger = ledger
    return try wrapping { () throws(LedgerError) in try ledger.latestLists() }.map { list in
      PublishedList(
        fileName: directory.revocationList(list.issuer).lastPathComponent,
        nextUpdate: list.nextUpdate, der: list.der)
    }
  }

  /// Counts from the ledger.
  /// - Throws: `AuthorityError`.
  public func figures() throws(AuthorityError) -> AuthorityFigures {
    let ledger = ledger
    return try wrapping { () throws(LedgerError) in
      try ledger.read { database in
        // Positions and sequence numbers are dense, so their maxima count without a scan.
        let log = try LedgerReader.fetchLatestCheckpoint(database)?.edge.size ?? 0
        let reserved =
          try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM reservations") ?? 0
        let revoked = try Int.fetchOne(
          database, sql: "SELECT count(*) FROM events WHERE kind = 'revoked'")
        return AuthorityFigures(
          certificates: Int(clamping: log), revoked: revoked ?? 0,
          burnt: Int(clamping: reserved) - Int(clamping: log), logSize: log,
          listNextUpdate: try LedgerReader.fetchLatestLists(database).last?.nextUpdate)
      }
    }
  }

  /// The certificates of the authority in DER: the issuer that signs now first, the root last.
  public var authorityCertificates: [[UInt8]] { issuerCertificates.reversed() + [rootCertificate] }

  /// A certificate of the issuing authority for the enrollment server itself, with a new key.
  ///
  /// It names no node and has no overlay URI, so no verifier of ours takes it for one. It is made
  /// anew at every start, is not in the ledger, and its key exists in memory only.
  /// - Parameters:
  ///   - hosts: names below the overlay's, which is always named too.
  ///   - ip: the address that is served.
  /// - Returns: DER, the server's first, and the key in PEM.
  /// - Throws: `AuthorityError.invalid` for a host outside the overlay.
  public func serverCertificate(
    hosts: [String], ip: IPAddress, at now: CredentialTime
  ) throws(AuthorityError) -> (chain: [[UInt8]], keyPEM: [UInt8]) {
    for host in hosts where !host.hasSuffix("." + overlay.value) {
      throw .invalid(
        path: directory.url.path, line: nil,
        detail: "the host \"\(host)\" is not below \(overlay.value), which is all that the issuing "
          + "authority may name; give a TLS certificate of your own for it")
    }
    let key = try signing { () throws(OpenSSLError) in try PrivateKey(generating: .p256) }
    let publicKey = key.publicKey
    let certificate = try signing { () throws(OpenSSLError) in
      try keys.issuing.certifyServer(
        hosts: [overlay.value] + hosts, ip: ip, publicKey: publicKey,
        validity: profile.validity(days: 365, from: now),
        distributionPoint: profile.distributionPoint(overlay, issuer: keys.current))
    }
    let issuer = issuerCertificates.last.map { [$0] } ?? []
    let pem = try OverlayAuthority.armoured(key, nil)
    return ([certificate] + issuer, pem)
  }
}
