public import RingIdentifiers

/// How long certificates live, as an authority's profile sets it.
public struct ValidityPeriod: Hashable, Sendable {
  /// First second.
  public let notBefore: CredentialTime
  /// Last second.
  public let notAfter: CredentialTime

  /// A period; `notAfter` must not be earlier than `notBefore`.
  public init(notBefore: CredentialTime, notAfter: CredentialTime) {
    precondition(
      notBefore <= notAfter, "a validity must not end (\(notAfter)) before it begins (\(notBefore))"
    )
    self.notBefore = notBefore
    self.notAfter = notAfter
  }
}

/// One tier of the authority: a certificate with its private key.
///
/// The profile is that of a two-tier authority: an offline root (path length 1, no name
/// constraints) and an issuing authority (path length 0, critical name constraints to the overlay's
/// domain), which signs nodes and revocation lists.
public final class AuthorityCredentials: Sendable {
  /// The overlay.
  public let overlay: OverlayName
  /// DER of the certificate.
  public let certificate: [UInt8]
  private let key: PrivateKey
  private let commonName: String
  private let keyIdentifier: [UInt8]

  private init(
    overlay: OverlayName, certificate: [UInt8], key: consuming PrivateKey, commonName: String
  ) throws(OpenSSLError) {
    self.overlay = overlay
    self.certificate = certificate
    self.commonName = commonName
    keyIdentifier = try key.publicKey.identifier()
    self.key = key
  }

  /// The key as PKCS#8 in PEM.
  /// - Throws: `OpenSSLError`.
  public func privateKeyPEM() throws(OpenSSLError) -> [UInt8] { try key.pem() }

  /// The algorithm of the authority's key.
  public var algorithm: KeyAlgorithm { key.publicKey.algorithm }

  /// Draws a root key and signs its own certificate.
  /// - Throws: `OpenSSLError`.
  public static func root(
    overlay: OverlayName, algorithm: KeyAlgorithm, validity: ValidityPeriod
  ) throws(OpenSSLError) -> AuthorityCredentials {
    let key = try PrivateKey(generating: algorithm)
    let name = rootName(overlay)
    let identifier = try key.publicKey.identifier()
    let content = CertificateContent(
      serial: try SerialNumber.random(), issuer: name, subject: name,
      notBefore: validity.notBefore, notAfter: validity.notAfter, publicKey: key.publicKey,
      extensions: [
        .basicConstraints(pathLength: 1), .authorityKeyUsage, .subjectKeyIdentifier(identifier),
        .authorityKeyIdentifier(identifier),
      ])
    let certificate = try signedCertificate(content, by: key)
    return try AuthorityCredentials(
      overlay: overlay, certificate: certificate, key: key, commonName: name)
  }

  /// Draws an issuing key and certifies it with this root.
  /// - Throws: `OpenSSLError`.
  public func issuingAuthority(
    algorithm: KeyAlgorithm, validity: ValidityPeriod
  ) throws(OpenSSLError) -> AuthorityCredentials {
    try issuingAuthority(algorithm: algorithm, validity: validity, hash: .sha256)
  }

  /// The same with a choice of digest, for tests of bad authorities.
  package func issuingAuthority(
    algorithm: KeyAlgorithm, validity: ValidityPeriod, hash: SignatureHash
  ) throws(OpenSSLError) -> AuthorityCredentials {
    let lower = try PrivateKey(generating: algorithm)
    let name = AuthorityCredentials.issuingName(overlay)
    let content = CertificateContent(
      serial: try SerialNumber.random(), issuer: commonName, subject: name,
      notBefore: validity.notBefore, notAfter: validity.notAfter, publicKey: lower.publicKey,
      extensions: [
        .basicConstraints(pathLength: 0), .authorityKeyUsage, .nameConstraints(overlay),
        .subjectKeyIdentifier(try lower.publicKey.identifier()),
        .authorityKeyIdentifier(keyIdentifier),
      ])
    let certificate = try signedCertificate(content, by: key, hash: hash)
    return try AuthorityCredentials(
      overlay: overlay, certificate: certificate, key: lower, commonName: name)
  }

  /// Reopens an issuing authority from its stored parts.
  /// - Throws: `OpenSSLError` when the key cannot be read or is not the certificate's.
  public static func issuing(
    overlay: OverlayName, certificate: [UInt8], keyPEM: [UInt8]
  ) throws(OpenSSLError) -> AuthorityCredentials {
    let key = try PrivateKey(pem: keyPEM)
    guard try holdsKey(certificate: certificate, key.publicKey) else {
      throw OpenSSLError(
        operation: "open the issuing authority",
        reasons: ["the private key does not belong to the certificate"])
    }
    return try AuthorityCredentials(
      overlay: overlay, certificate: certificate, key: key, commonName: issuingName(overlay))
  }

  private static func holdsKey(
    certificate: [UInt8], _ key: PublicKey
  ) throws(OpenSSLError) -> Bool {
    do {
      let fields = try CertificateHandle(der: certificate).fields()
      return fields.publicKeyInfo == key.subjectPublicKeyInfo
    } catch let error as OpenSSLError {
      throw error
    } catch {
      throw OpenSSLError(operation: "read the issuing certificate", reasons: ["\(error)"])
    }
  }

  /// Certifies a node; the nodeId comes from the authority, never from the applicant.
  /// - Returns: DER.
  /// - Throws: `OpenSSLError`.
  /// - Complexity: about 0.06 ms.
  public func certify(
    nodeId: NodeId, serial: SerialNumber, publicKey: PublicKey, address: NodeAddress,
    validity: ValidityPeriod, distributionPoint: String
  ) throws(OpenSSLError) -> [UInt8] {
    try sign(
      nodeContent(
        nodeId: nodeId, serial: serial, publicKey: publicKey, address: address,
        validity: validity, distributionPoint: distributionPoint))
  }

  /// What a node certificate holds, before it is signed; tests bend it.
  package func nodeContent(
    nodeId: NodeId, serial: SerialNumber, publicKey: PublicKey, address: NodeAddress,
    validity: ValidityPeriod, distributionPoint: String
  ) throws(OpenSSLError) -> CertificateContent {
    let hex = nodeId.hex
    return CertificateContent(
      serial: serial, issuer: commonName, subject: hex,
      notBefore: validity.notBefore, notAfter: validity.notAfter, publicKey: publicKey,
      extensions: [
        .basicConstraints(pathLength: nil), .nodeKeyUsage, .nodeExtendedKeyUsage,
        .subjectKeyIdentifier(try publicKey.identifier()), .authorityKeyIdentifier(keyIdentifier),
        .subjectAlternativeName(
          uris: [NodeURI.text(nodeId, overlay: overlay)], hosts: ["\(hex).\(overlay.value)"],
          ips: [address.ip]),
        .distributionPoint(distributionPoint), .nodePort(address.port),
      ])
  }

  /// Signs any content; for `certify` and for tests of bad certificates.
  package func sign(
    _ content: CertificateContent, hash: SignatureHash = .sha256
  ) throws(OpenSSLError) -> [UInt8] {
    try signedCertificate(content, by: key, hash: hash)
  }

  /// Signs a revocation list.
  /// - Returns: DER.
  /// - Throws: `OpenSSLError`.
  public func revocationList(
    number: UInt64, thisUpdate: CredentialTime, nextUpdate: CredentialTime,
    entries: [RevokedCertificate]
  ) throws(OpenSSLError) -> [UInt8] {
    try revocationList(
      number: number, thisUpdate: thisUpdate, nextUpdate: nextUpdate, entries: entries,
      hash: .sha256)
  }

  /// The same with a choice of digest, for tests of bad lists.
  package func revocationList(
    number: UInt64, thisUpdate: CredentialTime, nextUpdate: CredentialTime,
    entries: [RevokedCertificate], hash: SignatureHash
  ) throws(OpenSSLError) -> [UInt8] {
    let content = RevocationListContent(
      issuer: commonName, number: number, thisUpdate: thisUpdate, nextUpdate: nextUpdate,
      entries: entries)
    return try signedRevocationList(content, by: key, hash: hash)
  }

  private static func rootName(_ overlay: OverlayName) -> String { "\(overlay.value) root CA" }

  private static func issuingName(_ overlay: OverlayName) -> String {
    "\(overlay.value) issuing CA"
  }
}
