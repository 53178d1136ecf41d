/// Why a certificate was revoked, by the names and codes of RFC 5280 section 5.3.1.
///
/// `certificateHold` and `removeFromCRL` are left out: a revocation here is final.
public enum RevocationReason: String, Hashable, Sendable, CaseIterable {
  /// No reason stated; the list then carries no reason code.
  case unspecified
  /// The node's private key is known to someone else.
  case keyCompromise
  /// The authority's own key is.
  case cACompromise
  /// The holder's name or affiliation changed.
  case affiliationChanged
  /// Replaced by another certificate.
  case superseded
  /// The node left for good.
  case cessationOfOperation
  /// The holder lost the right to take part.
  case privilegeWithdrawn
  /// An attribute authority was compromised.
  case aACompromise

  /// The CRLReason code.
  public var code: UInt8 {
    switch self {
    case .unspecified: 0
    case .keyCompromise: 1
    case .cACompromise: 2
    case .affiliationChanged: 3
    case .superseded: 4
    case .cessationOfOperation: 5
    case .privilegeWithdrawn: 9
    case .aACompromise: 10
    }
  }
}
