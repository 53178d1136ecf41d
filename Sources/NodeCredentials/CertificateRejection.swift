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

/// The rules of the node profile, each of which can be broken on its own.
public enum ProfileRule: String, Hashable, Sendable, CaseIterable {
  /// Signed with ecdsa-with-SHA256 or Ed25519: a leaf, the issuing certificate or the list.
  case signatureAlgorithm
  /// X.509 version 3.
  case version
  /// 16 octets, positive.
  case serialNumber
  /// At most one extension of each kind.
  case duplicateExtension
  /// No critical extension that is not understood.
  case unknownCriticalExtension
  /// The strict rules of RFC 5280 that OpenSSL checks.
  case strictForm
  /// A P-256 (named curve, uncompressed) or Ed25519 key.
  case publicKey
  /// Critical, cA=FALSE.
  case basicConstraints
  /// Critical, digitalSignature and nothing else.
  case keyUsage
  /// serverAuth and clientAuth.
  case extendedKeyUsage
  /// The identifier of the certified key.
  case subjectKeyIdentifier
  /// The identifier of the issuing key.
  case authorityKeyIdentifier
  /// One distribution point of the revocation list.
  case distributionPoint
  /// Only URI, DNS and IP names.
  case alternativeNameKind
  /// Exactly one URI.
  case uriCount
  /// `reload://0114<40 hex>@<overlay>/`, or with the bare 40 digits.
  case uriForm
  /// Exactly one DNS name.
  case hostCount
  /// Exactly one IP address.
  case addressCount
  /// The port extension: SEQUENCE { INTEGER 1...65535, ... }.
  case port
  /// A subject of exactly one common name.
  case subject

  /// What the rule demands, as one sentence.
  public var requirement: String {
    switch self {
    case .signatureAlgorithm:
      "the signature must be ecdsa-with-SHA256 or Ed25519, in certificates and in the list"
    case .version: "the version must be 3"
    case .serialNumber: "the serial number must have 16 octets and be positive"
    case .duplicateExtension: "no extension may appear twice"
    case .unknownCriticalExtension: "a critical extension is not understood"
    case .strictForm: "the certificate breaks the strict rules of RFC 5280"
    case .publicKey: "the key must be P-256 (named curve, uncompressed) or Ed25519"
    case .basicConstraints: "basic constraints must be critical with cA=FALSE"
    case .keyUsage: "key usage must be critical with digitalSignature alone"
    case .extendedKeyUsage: "extended key usage must be serverAuth and clientAuth"
    case .subjectKeyIdentifier: "the subject key identifier must be that of the key"
    case .authorityKeyIdentifier: "the authority key identifier must be the issuing key's"
    case .distributionPoint: "a revocation list distribution point must be present"
    case .alternativeNameKind: "only URI, DNS and IP alternative names are allowed"
    case .uriCount: "there must be exactly one URI among the alternative names"
    case .uriForm: "the URI must be reload://0114<40 lower-case hex digits>@<overlay>/"
    case .hostCount: "there must be exactly one DNS name among the alternative names"
    case .addressCount: "there must be exactly one IP address among the alternative names"
    case .port: "the port extension must hold a port from 1 to 65535"
    case .subject: "the subject must be exactly one common name"
    }
  }
}
