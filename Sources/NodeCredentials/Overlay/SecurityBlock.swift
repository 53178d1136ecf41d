/// The part of a RELOAD message or document that says who signed it, and how.
///
/// Source: RFC 6940 section 6.3.4. In TLS encoding:
/// ```
/// uint16 length of the certificates, then for each: uint8 0 (X.509), uint16 length, DER
/// uint8 hash, uint8 signature: (4, 3) for ecdsa-with-SHA256, (8, 7) for Ed25519 (RFC 8422)
/// uint8 1 (cert_hash), uint16 34, uint8 4 (SHA-256), uint8 32, SHA-256 of the signer's DER
/// uint16 length, signature
/// ```
/// - Deviation: exactly one certificate, the signer's; the root is the reader's own.
struct SecurityBlock: Hashable {
  /// DER of the signer's certificate.
  let certificate: [UInt8]
  let algorithm: KeyAlgorithm
  /// As `PrivateKey.signature(over:)` gives it.
  let signature: [UInt8]

  init(certificate: [UInt8], algorithm: KeyAlgorithm, signature: [UInt8]) {
    self.certificate = certificate
    self.algorithm = algorithm
    self.signature = signature
  }

  /// Reads exactly one block; nil for anything that `encoded()` would not write.
  init?(_ bytes: [UInt8]) throws(OpenSSLError) {
    var reader = OpaqueReader(bytes)
    guard let bucket = reader.opaque16() else { return nil }
    var inner = OpaqueReader(Array(bucket))
    guard inner.octet() == 0, let certificate = inner.opaque16(), let hash = reader.octet(),
      let kind = reader.octet(), reader.octet() == 1, reader.opaque16() != nil,
      let signature = reader.opaque16()
    else { return nil }
    guard
      let algorithm = KeyAlgorithm.allCases.first(where: {
        SecurityBlock.identifier($0) == [hash, kind]
      })
    else { return nil }
    self.init(
      certificate: Array(certificate), algorithm: algorithm, signature: Array(signature))
    guard try encoded() == bytes else { return nil }
  }

  func encoded() throws(OpenSSLError) -> [UInt8] {
    let identity = SecurityBlock.identity(try Digest.sha256(certificate))
    let bucket = [0] + SecurityBlock.opaque16(certificate)
    return SecurityBlock.opaque16(bucket) + SecurityBlock.identifier(algorithm) + identity
      + SecurityBlock.opaque16(signature)
  }

  private static func identity(_ digest: [UInt8]) -> [UInt8] {
    [1] + opaque16([4, UInt8(truncatingIfNeeded: digest.count)] + digest)
  }

  /// SignatureAndHashAlgorithm of TLS 1.2.
  private static func identifier(_ algorithm: KeyAlgorithm) -> [UInt8] {
    switch algorithm {
    case .p256: [4, 3]
    case .ed25519: [8, 7]
    }
  }

  private static func opaque16(_ content: [UInt8]) -> [UInt8] {
    [UInt8(truncatingIfNeeded: content.count >> 8), UInt8(truncatingIfNeeded: content.count)]
      + content
  }
}

/// Reads octets and strings with a length of 16 bits before them.
private struct OpaqueReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func octet() -> UInt8? { rest.popFirst() }

  mutating func opaque16() -> ArraySlice<UInt8>? {
    guard let high = rest.popFirst(), let low = rest.popFirst() else { return nil }
    let count = Int(high) << 8 | Int(low)
    guard count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }
}
