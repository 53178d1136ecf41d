public import Foundation

/// Where the parts of an authority lie.
///
///     root.crt issuing.crt issuing.crl   published: PEM
///     issuing-2.crt issuing-2.crl ...    those of later issuing keys, one pair for each rotation
///     log/                               published: the transparency log, as static files
///     log.pub                            published: the key that signs the log, as text
///     profile.yaml                       how certificates are made
///     policy.yaml                        who may enroll, how often, and for what
///     ledger.sqlite                      everything that was ever issued, revoked, logged or paid
///     root/root.key                      to be moved offline after init; only a rotation needs it
///     issuing/issuing.key ...            sign nodes and revocation lists
///     issuing/log.key                    signs the log
///     nodes/                             keys and certificates of nodes issued here
public struct AuthorityDirectory: Hashable, Sendable {
  /// The directory itself.
  public let url: URL

  /// Names a directory; nothing is read.
  public init(_ url: URL) { self.url = url }

  /// The root certificate.
  public var rootCertificate: URL { url.appendingPathComponent("root.crt") }
  /// The first issuing certificate.
  public var issuingCertificate: URL { issuingCertificate(1) }
  /// The first issuer's revocation list.
  public var revocationList: URL { revocationList(1) }
  /// An issuing certificate by its number, from 1.
  public func issuingCertificate(_ number: Int64) -> URL {
    url.appendingPathComponent(AuthorityDirectory.issuerName(number) + ".crt")
  }
  /// The revocation list of an issuer by its number, from 1.
  public func revocationList(_ number: Int64) -> URL {
    url.appendingPathComponent(AuthorityDirectory.issuerName(number) + ".crl")
  }
  /// The profile.
  public var profile: URL { url.appendingPathComponent("profile.yaml") }
  /// The policy of enrollment; without it everybody is refused.
  public var policy: URL { url.appendingPathComponent("policy.yaml") }
  /// The ledger.
  public var ledger: URL { url.appendingPathComponent("ledger.sqlite") }
  /// The root's private key.
  public var rootKey: URL { url.appendingPathComponent("root/root.key") }
  /// The private key of an issuer by its number, from 1.
  public func issuingKey(_ number: Int64) -> URL {
    url.appendingPathComponent("issuing/" + AuthorityDirectory.issuerName(number) + ".key")
  }
  /// The first issuer's private key.
  public var issuingKey: URL { issuingKey(1) }
  /// The key that signs the log.
  public var logKey: URL { url.appendingPathComponent("issuing/log.key") }
  /// The public half of that key as text.
  public var logVerifierKey: URL { url.appendingPathComponent("log.pub") }
  /// The transparency log as static files.
  public var log: URL { url.appendingPathComponent("log") }
  /// Keys and certificates of nodes.
  public var nodes: URL { url.appendingPathComponent("nodes") }

  /// `issuing` for the first issuer, `issuing-2` for the second.
  static func issuerName(_ number: Int64) -> String {
    number == 1 ? "issuing" : "issuing-\(number)"
  }

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
