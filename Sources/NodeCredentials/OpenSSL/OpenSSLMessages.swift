import COpenSSL

// Signatures over messages of any kind, as the log's checkpoints and the overlay document use
// them; certificates, requests and lists are signed by OpenSSL as a whole.

extension PrivateKey {
  /// The signature over a message: pure Ed25519 (RFC 8032), 64 octets, or ECDSA on P-256 with
  /// SHA-256 as a DER `Ecdsa-Sig-Value` (RFC 3279), at most 72 octets.
  ///
  /// Ed25519 gives the same octets each time, ECDSA different ones.
  /// - Throws: `OpenSSLError` when the library refuses.
  /// - Complexity: O(message.count); a short message takes less than 0.1 ms.
  public borrowing func signature(over message: [UInt8]) throws(OpenSSLError) -> [UInt8] {
    let operation = "sign a message"
    let context = try DigestContextHandle()
    try succeed(
      EVP_DigestSignInit(context.pointer, nil, digest(.sha256), nil, handle.pointer), operation)
    var output = [UInt8](repeating: 0, count: PublicKey.signatureCountMax)
    var count = output.count
    let status = output.withUnsafeMutableBufferPointer {
      EVP_DigestSign(context.pointer, $0.baseAddress, &count, message, message.count)
    }
    try succeed(status, operation)
    return [UInt8](output.prefix(count))
  }
}

extension PublicKey {
  /// The longest signature of either algorithm: the DER of two integers of 33 octets.
  static let signatureCountMax = 72

  /// Whether `signature` is one over `message` by the holder of this key, in the form that
  /// `PrivateKey.signature(over:)` gives.
  ///
  /// For P-256 anybody can turn one good signature into a second one over the same message (r, -s),
  /// so the octets of a signature identify nothing. Ed25519 signatures have one form: S is below
  /// the order of the group.
  /// - Complexity: O(message.count); for a short message about 0.25 ms, for P-256 0.4 ms, most of
  ///   it to read the key.
  public func isSignature(_ signature: [UInt8], over message: [UInt8]) -> Bool {
    guard signature.count <= PublicKey.signatureCountMax,
      algorithm == .p256 || signature.count == 64
    else { return false }
    defer { ERR_clear_error() }
    guard let key = try? KeyHandle(self), let context = try? DigestContextHandle(),
      EVP_DigestVerifyInit(
        context.pointer, nil, algorithm == .p256 ? EVP_sha256() : nil, nil, key.pointer) == 1
    else { return false }
    return EVP_DigestVerify(
      context.pointer, signature, signature.count, message, message.count) == 1
  }
}

extension KeyHandle {
  /// The public key as OpenSSL holds it.
  /// - Throws: `OpenSSLError` for a P-256 point that does not lie on the curve.
  init(_ key: PublicKey) throws(OpenSSLError) {
    let operation = "read a public key"
    switch key.algorithm {
    case .ed25519:
      pointer = try required(
        EVP_PKEY_new_raw_public_key(
          EVP_PKEY_ED25519, nil, key.rawRepresentation, key.rawRepresentation.count), operation)
    case .p256:
      pointer = try required(
        decodeAll(key.subjectPublicKeyInfo) {
          d2i_PUBKEY(nil, $0, $1)
        } discard: {
          EVP_PKEY_free($0)
        }, operation)
    }
  }
}
