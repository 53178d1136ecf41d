import RingIdentifiers

// The values of the golden profile's extensions.
extension CertificateExtension {
  /// cA=TRUE with a path length, or cA=FALSE; always critical.
  package static func basicConstraints(pathLength: UInt64?) -> CertificateExtension {
    let content =
      pathLength.map { DER.element(DER.booleanTag, [0xFF]) + DER.integer($0) } ?? []
    return CertificateExtension(
      objectIdentifier: ObjectIdentifiers.basicConstraints, isCritical: true,
      value: DER.sequence(content))
  }

  /// keyCertSign and cRLSign.
  package static let authorityKeyUsage = CertificateExtension(
    objectIdentifier: ObjectIdentifiers.keyUsage, isCritical: true,
    value: DER.element(DER.bitStringTag, [1, 0x06]))

  /// keyCertSign, cRLSign, and digitalSignature for OCSP responses.
  package static let issuingKeyUsage = CertificateExtension(
    objectIdentifier: ObjectIdentifiers.keyUsage, isCritical: true,
    value: DER.element(DER.bitStringTag, [1, 0x86]))

  /// digitalSignature.
  package static let nodeKeyUsage = CertificateExtension(
    objectIdentifier: ObjectIdentifiers.keyUsage, isCritical: true,
    value: DER.element(DER.bitStringTag, [7, 0x80]))

  /// serverAuth and clientAuth.
  package static let nodeExtendedKeyUsage = CertificateExtension(
    objectIdentifier: ObjectIdentifiers.extendedKeyUsage, isCritical: false,
    value: DER.sequence(
      DER.objectIdentifier(ObjectIdentifiers.serverAuthentication)
        + DER.objectIdentifier(ObjectIdentifiers.clientAuthentication)))

  package static func subjectKeyIdentifier(_ identifier: [UInt8]) -> CertificateExtension {
    CertificateExtension(
      objectIdentifier: ObjectIdentifiers.subjectKeyIdentifier, isCritical: false,
      value: DER.octetString(identifier))
  }

  package static func authorityKeyIdentifier(_ identifier: [UInt8]) -> CertificateExtension {
    CertificateExtension(
      objectIdentifier: ObjectIdentifiers.authorityKeyIdentifier, isCritical: false,
      value: DER.sequence(DER.tagged(0, identifier)))
  }

  /// Where the revocation list is published.
  package static func distributionPoint(_ location: String) -> CertificateExtension {
    let name = DER.tagged(6, Array(location.utf8))
    let point = DER.tagged(0, constructed: true, DER.tagged(0, constructed: true, name))
    return CertificateExtension(
      objectIdentifier: ObjectIdentifiers.revocationListDistributionPoints, isCritical: false,
      value: DER.sequence(DER.sequence(point)))
  }

  /// Names under the overlay's domain and all IP addresses; critical.
  package static func nameConstraints(_ overlay: OverlayName) -> CertificateExtension {
    let names = [
      DER.tagged(2, Array(overlay.value.utf8)),
      DER.tagged(7, [UInt8](repeating: 0, count: 8)),
      DER.tagged(7, [UInt8](repeating: 0, count: 32)),
    ]
    let permitted = names.flatMap { DER.sequence($0) }
    return CertificateExtension(
      objectIdentifier: ObjectIdentifiers.nameConstraints, isCritical: true,
      value: DER.sequence(DER.tagged(0, constructed: true, permitted)))
  }

  /// The one overlay URI, the host name and the IP address of a node.
  package static func subjectAlternativeName(
    uris: [String], hosts: [String], ips: [IPAddress]
  ) -> CertificateExtension {
    let names =
      uris.flatMap { DER.tagged(6, Array($0.utf8)) }
      + hosts.flatMap { DER.tagged(2, Array($0.utf8)) }
      + ips.flatMap { DER.tagged(7, $0.octets) }
    return CertificateExtension(
      objectIdentifier: ObjectIdentifiers.subjectAlternativeName, isCritical: false,
      value: DER.sequence(names))
  }

  /// The port in the private extension: SEQUENCE { INTEGER port, ... }.
  package static func nodePort(_ port: UInt16) -> CertificateExtension {
    CertificateExtension(
      objectIdentifier: ObjectIdentifiers.nodePort, isCritical: false,
      value: DER.sequence(DER.integer(UInt64(port))))
  }

  static func revocationListNumber(_ number: UInt64) -> CertificateExtension {
    CertificateExtension(
      objectIdentifier: ObjectIdentifiers.revocationListNumber, isCritical: false,
      value: DER.integer(number))
  }

  static func reasonCode(_ reason: RevocationReason) -> CertificateExtension {
    CertificateExtension(
      objectIdentifier: ObjectIdentifiers.reasonCode, isCritical: false,
      value: DER.element(DER.enumeratedTag, [reason.code]))
  }
}

extension PublicKey {
  /// The key identifier: the leftmost 160 bits of SHA-256 over the key (RFC 7093, method 1).
  /// - Throws: `OpenSSLError` when the digest fails.
  package func identifier() throws(OpenSSLError) -> [UInt8] {
    [UInt8](try Digest.sha256(rawRepresentation).prefix(20))
  }
}
