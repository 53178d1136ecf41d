/// The object identifiers in use, as DER content octets (without tag and length).
enum ObjectIdentifiers {
  static let ecPublicKey: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
  static let prime256v1: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
  static let ed25519: [UInt8] = [0x2B, 0x65, 0x70]
  static let ecdsaWithSHA256: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]
  static let commonName: [UInt8] = [0x55, 0x04, 0x03]

  static let sha1: [UInt8] = [0x2B, 0x0E, 0x03, 0x02, 0x1A]
  static let sha256: [UInt8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]

  static let subjectKeyIdentifier: [UInt8] = [0x55, 0x1D, 0x0E]
  static let keyUsage: [UInt8] = [0x55, 0x1D, 0x0F]
  static let subjectAlternativeName: [UInt8] = [0x55, 0x1D, 0x11]
  static let basicConstraints: [UInt8] = [0x55, 0x1D, 0x13]
  static let revocationListNumber: [UInt8] = [0x55, 0x1D, 0x14]
  static let reasonCode: [UInt8] = [0x55, 0x1D, 0x15]
  static let nameConstraints: [UInt8] = [0x55, 0x1D, 0x1E]
  static let revocationListDistributionPoints: [UInt8] = [0x55, 0x1D, 0x1F]
  static let authorityKeyIdentifier: [UInt8] = [0x55, 0x1D, 0x23]
  static let extendedKeyUsage: [UInt8] = [0x55, 0x1D, 0x25]

  static let serverAuthentication: [UInt8] = [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01]
  static let clientAuthentication: [UInt8] = [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02]

  static let ocspNonce: [UInt8] = [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02]

  /// 1.3.6.1.4.1.32473.1, in the documentation arc of RFC 5612: the node's port.
  static let nodePort: [UInt8] = [0x2B, 0x06, 0x01, 0x04, 0x01, 0x81, 0xFD, 0x59, 0x01]
}

/// One X.509 extension.
package struct CertificateExtension: Hashable, Sendable {
  /// The DER content octets of the object identifier.
  package let objectIdentifier: [UInt8]
  /// Whether a verifier that does not know the extension must refuse the certificate.
  package let isCritical: Bool
  /// The DER value.
  package let value: [UInt8]

  package init(objectIdentifier: [UInt8], isCritical: Bool, value: [UInt8]) {
    self.objectIdentifier = objectIdentifier
    self.isCritical = isCritical
    self.value = value
  }
}
