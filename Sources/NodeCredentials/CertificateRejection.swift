import RingIdentifiers

/// The one reason why a node certificate was not accepted.
///
/// The checks run in this order and the first that fails is the reason: form, chain, time,
/// revocation, profile, identity, and last what the caller expected of the peer.
public enum CertificateRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// The octets are no DER certificate (or list), or too many.
  case malformed(String)
  /// No unbroken chain of signatures leads to the overlay's root.
  case chain(String)
  /// Valid only from the given time on.
  case notYetValid(CredentialTime)
  /// Valid only up to the given time.
  case expired(CredentialTime)
  /// On the revocation list.
  case revoked(RevokedCertificate)
  /// The revocation list itself is made later than the time of verification.
  case revocationListNotYetValid(thisUpdate: CredentialTime)
  /// The revocation list itself is out of date at the time of verification.
  case revocationListStale(nextUpdate: CredentialTime)
  /// A rule of the node profile is broken.
  case profile(ProfileRule)
  /// The names inside the certificate, or the name that was dialled, are not one nodeId.
  case nodeIdMismatch(expected: String, found: String)
  /// The peer's address is not the certified one.
  case addressMismatch(expected: String, found: String)
  /// The certificate belongs to another overlay.
  case foreignOverlay(expected: String, found: String)

  /// A stable lower-case word per reason, for scripts.
  public var name: String {
    switch self {
    case .malformed: "malformed"
    case .chain: "chain"
    case .notYetValid: "not-yet-valid"
    case .expired: "expired"
    case .revoked: "revoked"
    case .revocationListNotYetValid: "crl-not-yet-valid"
    case .revocationListStale: "crl-stale"
    case .profile: "profile"
    case .nodeIdMismatch: "node-id-mismatch"
    case .addressMismatch: "address-mismatch"
    case .foreignOverlay: "foreign-overlay"
    }
  }

  /// One line that names the reason and the facts behind it.
  public var description: String {
    switch self {
    case .malformed(let detail): "malformed: \(detail)"
    case .chain(let detail): "chain: \(detail)"
    case .notYetValid(let time): "not yet valid: valid from \(time)"
    case .expired(let time): "expired: valid until \(time)"
    case .revoked(let entry): "revoked: since \(entry.time), reason \(entry.reason.rawValue)"
    case .revocationListNotYetValid(let time):
      "revocation list not yet valid: it is good from \(time); use the list of that time, or "
        + "\"redoubt ca verify --ledger\""
    case .revocationListStale(let time):
      "revocation list stale: it was good until \(time); publish a new one with \"redoubt ca crl\""
    case .profile(let rule): "profile: \(rule.requirement)"
    case .nodeIdMismatch(let expected, let found):
      "nodeId mismatch: expected \(expected), found \(found)"
    case .addressMismatch(let expected, let found):
      "address mismatch: expected \(expected), found \(found)"
    case .foreignOverlay(let expected, let found):
      "foreign overlay: expected \(expected), found \(found)"
    }
  }
}
