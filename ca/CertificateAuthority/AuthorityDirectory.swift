public import Foundation

/// Where the parts of an authority lie.
///
///     root.crt issuing.crt issuing.crl   published: PEM
///     profile.yaml                       how certificates are made
///     ledger.sqlite                      everything that was ever issued or revoked
///     root/root.key                      to be moved offline after init; nothing here needs it
///     issuing/issuing.key                signs nodes and revocation lists
///     nodes/                             keys and certificates of nodes issued here
public struct AuthorityDirectory: Hashable, Sendable {
  /// The directory itself.
  public let url: URL

  /// Names a directory; nothing is read.
  public init(_ url: URL) { self.url = url }

  /// The root certificate.
  public var rootCertificate: URL { url.appendingPathComponent("root.crt") }
  /// The issuing certificate.
  public var issuingCertificate: URL { url.appendingPathComponent("issuing.crt") }
  /// The revocation list.
  public var revocationList: URL { url.appendingPathComponent("issuing.crl") }
  /// The profile.
  public var profile: URL { url.appendingPathComponent("profile.yaml") }
  /// The ledger.
  public var ledger: URL { url.appendingPathComponent("ledger.sqlite") }
  /// The root's private key.
  public var rootKey: URL { url.appendingPathComponent("root/root.key") }
  /// The issuing authority's private key.
  public var issuingKey: URL { url.appendingPathComponent("issuing/issuing.key") }
  /// Keys and certificates of nodes.
  public var nodes: URL { url.appendingPathComponent("nodes") }

  /// Checks that the parts that a reader needs are there.
  /// - Throws: `LedgerError.notAnAuthority`, naming the first part that is missing.
  func requireParts() throws(LedgerError) {
    for part in [ledger, rootCertificate, issuingCertificate] {
      guard FileManager.default.fileExists(atPath: part.path) else {
        throw .notAnAuthority(path: url.path, missing: part.lastPathComponent)
      }
    }
  }
}
