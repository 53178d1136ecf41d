import GRDB
public import NodeCredentials
public import RingIdentifiers

/// Which certificate is meant.
public enum CertificateName: Hashable, Sendable, CustomStringConvertible {
  /// By serial number.
  case serial(SerialNumber)
  /// By nodeId.
  case nodeId(NodeId)

  /// The kind and the digits.
  public var description: String {
    switch self {
    case .serial(let serial): "with serial \(serial)"
    case .nodeId(let nodeId): "for nodeId \(nodeId.hex)"
    }
  }
}

/// What the ledger says of a certificate at some time.
public enum CertificateStatus: String, Hashable, Sendable, CaseIterable {
  /// In force.
  case active
  /// Revoked, whether or not it has also expired.
  case revoked
  /// Past its validity.
  case expired
  /// Before its validity.
  case notYetValid = "not-yet-valid"
}

/// One issued certificate as the ledger keeps it.
public struct LedgerRecord: Hashable, Sendable {
  /// Counts up in the order of reservation, from 1; burnt ids leave gaps, and renewals have a
  /// place of their own.
  public let sequence: Int64
  /// The number of the issuing certificate that signed it, from 1.
  public let issuer: Int64
  /// Its place in the transparency log, from 0.
  public let position: Int64
  /// The account that asked for it; nil when the operator did.
  public let account: String?
  /// The serial number.
  public let serial: SerialNumber
  /// The nodeId.
  public let nodeId: NodeId
  /// The certified address as text.
  public let address: String
  /// First second of validity.
  public let notBefore: CredentialTime
  /// Last second of validity.
  public let notAfter: CredentialTime
  /// Set when it was revoked.
  public let revocation: RevokedCertificate?
  /// The certificate in DER; empty in listings.
  public let der: [UInt8]

  /// Revocation counts before time.
  public func status(at time: CredentialTime) -> CertificateStatus {
    if revocation != nil { return .revoked }
    if time < notBefore { return .notYetValid }
    return time > notAfter ? .expired : .active
  }

  static let selection = """
    SELECT c.sequence, c.issuer, c.position, r.account, r.serial, r.node_id, c.address,
      c.not_before, c.not_after, e.at AS revoked_at, e.reason
    """
  static let source = """
    FROM certificates c JOIN reservations r ON r.sequence = c.sequence
    LEFT JOIN events e ON e.certificate = c.sequence AND e.kind = 'revoked'
    """

  /// Reads a row of `selection`, with `der` when that was selected too.
  init(_ row: Row) throws {
    serial = try row.serial("serial")
    nodeId = try row.nodeId("node_id")
    sequence = try row.required("sequence")
    issuer = try row.required("issuer")
    position = try row.required("position")
    account = try row.optional("account")
    address = try row.required("address")
    notBefore = try row.time("not_before")
    notAfter = try row.time("not_after")
    der = row.hasColumn("der") ? try row.octets("der") : []
    if let seconds: Int64 = try row.optional("revoked_at") {
      let name: String? = try row.optional("reason")
      revocation = RevokedCertificate(
        serial: serial, time: CredentialTime(secondsSinceEpoch: seconds),
        reason: name.flatMap { RevocationReason(rawValue: $0) } ?? .unspecified)
    } else {
      revocation = nil
    }
  }
}
