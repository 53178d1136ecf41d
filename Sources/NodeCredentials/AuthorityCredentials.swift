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
  /// How OCSP requests name this authority.
  let statusIssuer: OCSPIssuer
  private let statusSigner: StatusSigner

  private init(
    overlay: OverlayName, certificate: [UInt8], key: consuming PrivateKey, commonName: String
  ) throws(OpenSSLError) {
    self.overlay = overlay
    self.certificate = certificate
    self.commonName = commonName
    keyIdentifier = try key.publicKey.identifier()
    statusIssuer = try OCSPIssuer(
      name: NameHandle(commonName: commonName).der(), key: key.publicKey)
    statusSigner = try StatusSigner(certificate: certificate)
    self.key = key
  }

  /// The key as PKCS#8 in PEM.
  /// - Throws: `OpenSSLError`.
  public func privateKeyPEM() throws(OpenSSLError) -> [UInt8] { try key.pem() }

  /// The key as PKCS#8 in PEM, encrypted.
  /// - Throws: `OpenSSLError`.
  /// - Complexity: 0.1 to 0.3 s, on purpose.
  public func privateKeyPEM(
    passphrase: borrowing Passphrase, encryption: KeyEncryption = .scrypt
  ) throws(OpenSSLError) -> [UInt8] {
    try key.pem(passphrase: passphrase, encryption: encryption)
  }

  /// The algorithm of the authority's key.
  public var algorithm: KeyAlgorithm { key.publicKey.algorithm }

  /// Draws a root key and signs its own certificate.
  /// - Throws: `OpenSSLError`.
  public static func root(
    overlay: OverlayName, algorithm: KeyAlgorithm, validity: ValidityPeriod
  ) throws(OpenSSLError) -> AuthorityCredentials {
    try root(overlay: overlay, key: PrivateKey(generating: algorithm), validity: validity)
  }

  /// Signs the root certificate of a key that is there already, such as one on a token.
  /// - Throws: `OpenSSLError`.
  public static func root(
    overlay: OverlayName, key: consuming PrivateKey, validity: ValidityPeriod
  ) throws(OpenSSLError) -> AuthorityCredentials {
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

  /// Draws an issuing key and certifies it with this root; each call begins a generation.
  ///
  /// All generations have one name; their key identifiers tell them apart. A revocation list is
  /// about a name (RFC 5280 section 5), so while generations overlap, each of their lists should
  /// hold the revocations of all: some verifiers keep only one list for a name.
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
    try issuingAuthority(key: PrivateKey(generating: algorithm), validity: validity, hash: hash)
  }

  /// Certifies, as an issuing key, one that is there already, such as one on a token.
  /// - Throws: `OpenSSLError`.
  public func issuingAuthority(
    key: consuming PrivateKey, validity: ValidityPeriod
  ) throws(OpenSSLError) -> AuthorityCredentials {
    try issuingAuthority(key: key, validity: validity, hash: .sha256)
  }

  private func issuingAuthority(
    key lower: consuming PrivateKey, validity: ValidityPeriod, hash: SignatureHash
  ) throws(OpenSSLError) -> AuthorityCredentials {
    let name = AuthorityCredentials.issuingName(overlay)
    let content = CertificateContent(
      serial: try SerialNumber.random(), issuer: commonName, subject: name,
      notBefore: validity.notBefore, notAfter: validity.notAfter, publicKey: lower.publicKey,
      extensions: [
        .basicConstraints(pathLength: 0), .issuingKeyUsage, .nameConstraints(overlay),
        .subjectKeyIdentifier(try lower.publicKey.identifier()),
        .authorityKeyIdentifier(keyIdentifier),
      ])
    let certificate = try signedCertificate(content, by: key, hash: hash)
    return try AuthorityCredentials(
      overlay: overlay, certificate: certificate, key: lower, commonName: name)
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

  /// Certifies a server of the authority itself: names and address, and no node's URI.
  /// - Returns: DER.
  /// - Throws: `OpenSSLError`.
  public func certifyServer(
    hosts: [String], ip: IPAddress, publicKey: PublicKey, validity: ValidityPeriod,
    distributionPoint: String
  ) throws(OpenSSLError) -> [UInt8] {
    try sign(
      CertificateContent(
        serial: try SerialNumber.random(), issuer: commonName, subject: hosts.first ?? "server",
        notBefore: validity.notBefore, notAfter: validity.notAfter, publicKey: publicKey,
        extensions: [
          .basicConstraints(pathLength: nil), .nodeKeyUsage, .nodeExtendedKeyUsage,
          .subjectKeyIdentifier(try publicKey.identifier()), .authorityKeyIdentifier(keyIdentifier),
          .subjectAlternativeName(uris: [], hosts: hosts, ips: [ip]),
          .distributionPoint(distributionPoint),
        ]))
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

  /// The signature over a message, as `PrivateKey.signature(over:)` gives it.
  ///
  /// Only for messages that cannot be taken for a certificate, a list or a status response, whose
  /// signed part begins with octet 0x30 (`0`).
  /// - Throws: `OpenSSLError`.
  public func signature(over message: [UInt8]) throws(OpenSSLError) -> [UInt8] {
    precondition(message.first != DER.sequenceTag, "a message must not look like DER")
    return try key.signature(over: message)
  }

  /// The identifier of the key, which names the signer of an overlay document.
  /// - Throws: `OpenSSLError`.
  package func signerId() throws(OpenSSLError) -> NodeId {
    do {
      return try NodeId(bytes: keyIdentifier)
    } catch {
      throw OpenSSLError(operation: "name the signer", reasons: ["\(error)"])
    }
  }

  /// Signs the answer to an OCSP request.
  func signedStatusResponse(
    _ content: StatusResponseContent
  ) throws(OpenSSLError) -> [UInt8] {
    try statusSigner.response(content, by: key)
  }
}

// MARK: - Reopening

extension AuthorityCredentials {
  /// Reopens an issuing authority from its stored parts, the key in the clear.
  /// - Throws: `OpenSSLError` when the key cannot be read, is not the certificate's, or the
  ///   certificate is not that of this overlay's issuing authority.
  public static func issuing(
    overlay: OverlayName, certificate: [UInt8], keyPEM: [UInt8]
  ) throws(OpenSSLError) -> AuthorityCredentials {
    try issuing(overlay: overlay, certificate: certificate, key: PrivateKey(pem: keyPEM))
  }

  /// Reopens an issuing authority from its certificate and key.
  /// - Throws: `OpenSSLError` when the key is not the certificate's, or the certificate is not that
  ///   of this overlay's issuing authority.
  public static func issuing(
    overlay: OverlayName, certificate: [UInt8], key: consuming PrivateKey
  ) throws(OpenSSLError) -> AuthorityCredentials {
    try reopened(
      overlay: overlay, certificate: certificate, key: key, commonName: issuingName(overlay),
      constraints: .basicConstraints(pathLength: 0), tier: "the issuing authority")
  }

  /// Reopens the root from its certificate and key, to certify another issuing key.
  /// - Throws: `OpenSSLError` when the key is not the certificate's, or the certificate is not that
  ///   of this overlay's root.
  public static func root(
    overlay: OverlayName, certificate: [UInt8], key: consuming PrivateKey
  ) throws(OpenSSLError) -> AuthorityCredentials {
    try reopened(
      overlay: overlay, certificate: certificate, key: key, commonName: rootName(overlay),
      constraints: .basicConstraints(pathLength: 1), tier: "the root")
  }

  /// That the certificate is signed and in force is left to `CertificateVerifier`.
  private static func reopened(
    overlay: OverlayName, certificate: [UInt8], key: consuming PrivateKey, commonName: String,
    constraints: CertificateExtension, tier: String
  ) throws(OpenSSLError) -> AuthorityCredentials {
    func failure(_ reason: String) -> OpenSSLError {
      OpenSSLError(operation: "open \(tier)", reasons: [reason])
    }
    let fields: CertificateFields
    do {
      fields = try CertificateHandle(der: certificate).fields()
    } catch let error as OpenSSLError {
      throw error
    } catch {
      throw failure("\(error)")
    }
    guard fields.publicKeyInfo == key.publicKey.subjectPublicKeyInfo else {
      throw failure("the private key does not belong to the certificate")
    }
    guard try fields.subject == NameHandle(commonName: commonName).der(),
      fields.extensions.contains(constraints)
    else { throw failure("the certificate is not that of \(tier) of \(overlay)") }
    return try AuthorityCredentials(
      overlay: overlay, certificate: certificate, key: key, commonName: commonName)
  }

  private static func rootName(_ overlay: OverlayName) -> String { "\(overlay.value) root CA" }

  private static func issuingName(_ overlay: OverlayName) -> String {
    "\(overlay.value) issuing CA"
  }
}
