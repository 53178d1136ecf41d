import Foundation
import GRDB
public import NodeCredentials
import RingIdentifiers

/// An overlay document in both forms, signed.
public struct SignedOverlayDocument: Hashable, Sendable {
  /// Which one it is; a later one has a higher number.
  public let sequence: OverlaySequence
  /// `application/p2p-overlay+xml`.
  public let xml: [UInt8]
  /// `application/jose+json`.
  public let json: [UInt8]
}

extension OverlayAuthority {
  /// The number of the document that describes the overlay now.
  ///
  /// Each revocation list raises it by one: bad nodes change with the lists, and so does the
  /// expiration. Lists of all issuers count, so a rotation does not set it back.
  /// - Throws: `AuthorityError`.
  public func documentSequence() throws(AuthorityError) -> OverlaySequence {
    let ledger = ledger
    let lists = try wrapping { () throws(LedgerError) in try ledger.latestLists() }
    return OverlayAuthority.documentSequence(of: lists)
  }

  private static func documentSequence(of lists: [RecordedList]) -> OverlaySequence {
    OverlaySequence(listNumber: lists.reduce(0) { $0 &+ $1.number })
  }

  /// Signs the document that describes the overlay now; it ends when the revocation list does.
  ///
  /// Bad nodes are those whose newest certificate is revoked and not yet expired.
  /// - Parameters:
  ///   - enrollmentServers: URLs; empty for `https://<overlay>/enroll`.
  ///   - bootstrap: where to join.
  /// - Throws: `AuthorityError`.
  /// - Complexity: O(revocations), and two signatures.
  public func overlayDocument(
    enrollmentServers: [String], bootstrap: [NodeAddress], at now: CredentialTime
  ) throws(AuthorityError) -> SignedOverlayDocument {
    let ledger = ledger
    let (lists, badNodes) = try wrapping { () throws(LedgerError) in
      try ledger.read { database in
        (
          try LedgerReader.fetchLatestLists(database),
          try LedgerReader.fetchBadNodes(at: now, in: database)
        )
      }
    }
    // The last list of a key that was put away ends for good; no certificate needs it any more.
    let renewed = lists.filter { keys.issuers[$0.issuer] != nil }
    let servers =
      enrollmentServers.isEmpty ? ["https://\(overlay.value)/enroll"] : enrollmentServers
    let configuration: OverlayConfiguration
    do {
      configuration = try OverlayConfiguration(
        overlay: overlay, sequence: OverlayAuthority.documentSequence(of: lists),
        expiration: renewed.map(\.nextUpdate).min() ?? now, roots: [rootCertificate],
        enrollmentServers: servers, bootstrapNodes: bootstrap, badNodes: badNodes)
    } catch {
      throw .invalid(path: directory.url.path, line: nil, detail: "overlay document: \(error)")
    }
    let (xml, json) = try signing { () throws(OpenSSLError) in
      (
        try configuration.signedXML(by: keys.issuing),
        try configuration.signedJSON(by: keys.issuing)
      )
    }
    return SignedOverlayDocument(sequence: configuration.sequence, xml: xml, json: json)
  }
}

extension LedgerReader {
  /// The nodeIds whose newest certificate is revoked and has not expired.
  static func fetchBadNodes(
    at now: CredentialTime, in database: Database
  ) throws -> [NodeId] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT r.node_id FROM events e
        JOIN certificates c ON c.sequence = e.certificate
        JOIN reservations r ON r.sequence = c.sequence
        WHERE e.kind = 'revoked' AND c.not_after >= ? AND NOT EXISTS (
          SELECT 1 FROM reservations later JOIN certificates d ON d.sequence = later.sequence
          WHERE later.node_id = r.node_id AND later.renews IS NOT NULL
            AND later.sequence > r.sequence)
        """, arguments: [now.secondsSinceEpoch]
    ).map { try $0.nodeId("node_id") }
  }
}
