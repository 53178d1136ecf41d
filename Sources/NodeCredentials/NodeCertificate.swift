public import RingIdentifiers

/// A node certificate as it came from a file or a peer: octets that nobody has checked.
///
/// Nothing is parsed here but the armour; the nodeId inside is out of reach until
/// `CertificateVerifier` has accepted the whole.
public struct UnverifiedNodeCertificate: Hashable, Sendable {
  /// The DER octets.
  public let der: [UInt8]

  /// More octets than this are refused unread; a node certificate has about 700.
  public static let maximumCount = 8_192

  /// Takes DER octets.
  /// - Throws: `CertificateRejection.malformed` when they are none or too many.
  public init(der: [UInt8]) throws(CertificateRejection) {
    guard !der.isEmpty else { throw .malformed("there are no octets") }
    guard der.count <= UnverifiedNodeCertificate.maximumCount else {
      throw .malformed(
        "\(der.count) octets are more than the \(UnverifiedNodeCertificate.maximumCount) allowed")
    }
    self.der = der
  }

  /// Takes PEM text with one CERTIFICATE block at its end, or DER octets when there is no armour.
  /// - Throws: `CertificateRejection.malformed` when there is neither, or too much: of several
  ///   certificates only the first would be judged, so they are refused.
  public init(pemOrDER bytes: [UInt8]) throws(CertificateRejection) {
    guard bytes.count <= 4 * UnverifiedNodeCertificate.maximumCount else {
      throw .malformed("\(bytes.count) octets are too many for one certificate")
    }
    if bytes.first == DER.sequenceTag {
      try self.init(der: bytes)
    } else if let der = PEM.decodeOnly(bytes, label: "CERTIFICATE") {
      try self.init(der: der)
    } else if PEM.decode(bytes, label: "CERTIFICATE") != nil {
      throw .malformed("more follows after the first certificate; give one at a time")
    } else {
      throw .malformed("neither DER nor a PEM block of kind CERTIFICATE")
    }
  }
}

/// A node whose certificate passed every check; only `CertificateVerifier` makes one.
public struct CertifiedNode: Hashable, Sendable {
  /// The nodeId that the authority assigned.
  public let nodeId: NodeId
  /// The certified IP address and port.
  public let address: NodeAddress
  /// The node's public key.
  public let publicKey: PublicKey
  /// The certificate's serial number.
  public let serial: SerialNumber
  /// First second of validity.
  public let notBefore: CredentialTime
  /// Last second of validity.
  public let notAfter: CredentialTime
}

/// What the caller knows of the peer that presents a certificate; nil parts are not compared.
public struct PeerExpectation: Hashable, Sendable {
  /// The nodeId that was dialled.
  public let nodeId: NodeId?
  /// The IP address that the peer uses.
  public let ip: IPAddress?
  /// The port that was dialled.
  public let port: UInt16?

  /// An expectation from its parts.
  public init(nodeId: NodeId? = nil, ip: IPAddress? = nil, port: UInt16? = nil) {
    self.nodeId = nodeId
    self.ip = ip
    self.port = port
  }
}
