import COpenSSL

/// A private key, held by OpenSSL and given back when the value goes out of scope.
///
/// - Note: `@unchecked Sendable` is sound: the value owns its only reference, never changes the
///   key after construction, and OpenSSL 3 allows concurrent use of one unchanging `EVP_PKEY`.
public struct PrivateKey: ~Copyable, @unchecked Sendable {
  let handle: KeyHandle
  /// The public half.
  public let publicKey: PublicKey
  /// Whether the private half is on a PKCS#11 token, which does not give it away.
  public let isOnToken: Bool

  init(adopting handle: consuming KeyHandle) throws(OpenSSLError) {
    isOnToken = false
    publicKey = try PrivateKey.publicKey(of: handle.pointer)
    self.handle = handle
  }

  /// Takes a key on a token, with its public half.
  init(onToken handle: consuming KeyHandle, publicKey: PublicKey) {
    isOnToken = true
    self.publicKey = publicKey
    self.handle = handle
  }

  /// Draws a new key.
  /// - Throws: `OpenSSLError` when no entropy can be had.
  public init(generating algorithm: KeyAlgorithm) throws(OpenSSLError) {
    let generator = try KeyGenerator(algorithm)
    self = try generator.next()
  }

  /// Reads an unencrypted PKCS#8 key in PEM.
  /// - Throws: `OpenSSLError` when the text holds no such key of a supported algorithm.
  public init(pem: [UInt8]) throws(OpenSSLError) {
    guard let der = PEM.decode(pem, label: "PRIVATE KEY") else {
      throw OpenSSLError(operation: "read a private key", reasons: ["no PRIVATE KEY block"])
    }
    let pointer = decodeAll(der) {
      d2i_AutoPrivateKey(nil, $0, $1)
    } discard: {
      EVP_PKEY_free($0)
    }
    try self.init(adopting: KeyHandle(pointer: try required(pointer, "read a private key")))
  }

  /// The key as unencrypted PKCS#8 in PEM; keep it in a file of mode 0600.
  /// - Throws: `OpenSSLError` when the key cannot be exported.
  public borrowing func pem() throws(OpenSSLError) -> [UInt8] {
    try checkExportable()
    let key: [UInt8]
    switch publicKey.algorithm {
    case .p256:
      // ECPrivateKey of RFC 5915 with its public key and without the curve, as RFC 5208 has it.
      let point = DER.element(DER.bitStringTag, [0] + publicKey.rawRepresentation)
      key = DER.sequence(
        DER.integer(1) + DER.octetString(try scalar()) + DER.tagged(1, constructed: true, point))
    case .ed25519:
      key = DER.octetString(try seed())
    }
    let info = DER.sequence(
      DER.integer(0) + DER.sequence(publicKey.algorithm.identifier) + DER.octetString(key))
    return try PEM.encode(info, label: "PRIVATE KEY")
  }

  /// OpenSSL 3.0 would export zeros for a key on a token.
  borrowing func checkExportable() throws(OpenSSLError) {
    guard !isOnToken else {
      throw OpenSSLError(
        operation: "export a private key", reasons: ["it is on a token, which keeps it"])
    }
  }

  private borrowing func scalar() throws(OpenSSLError) -> [UInt8] {
    var number: OpaquePointer?
    try succeed(EVP_PKEY_get_bn_param(handle.pointer, "priv", &number), "export a private key")
    defer { BN_clear_free(number) }
    var output = [UInt8](repeating: 0, count: 32)
    let count = output.withUnsafeMutableBufferPointer { BN_bn2binpad(number, $0.baseAddress, 32) }
    try succeed(count, "export a private key")
    return output
  }

  private borrowing func seed() throws(OpenSSLError) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: 32)
    var count = 32
    let status = output.withUnsafeMutableBufferPointer {
      EVP_PKEY_get_raw_private_key(handle.pointer, $0.baseAddress, &count)
    }
    try succeed(status, "export a private key")
    return output
  }

  private static func publicKey(of key: OpaquePointer) throws(OpenSSLError) -> PublicKey {
    var output = [UInt8](repeating: 0, count: 65)
    var count = 0
    let algorithm: KeyAlgorithm = EVP_PKEY_is_a(key, "ED25519") == 1 ? .ed25519 : .p256
    let status = output.withUnsafeMutableBufferPointer { buffer in
      EVP_PKEY_get_octet_string_param(key, "pub", buffer.baseAddress, buffer.count, &count)
    }
    try succeed(status, "export a public key")
    guard
      algorithm == .ed25519 || EVP_PKEY_get_bits(key) == 256 && isP256(key),
      let found = PublicKey(
        algorithm: algorithm, rawRepresentation: [UInt8](output.prefix(count)))
    else {
      throw OpenSSLError(
        operation: "read a key", reasons: ["only P-256 and Ed25519 keys are supported"])
    }
    return found
  }

  private static func isP256(_ key: OpaquePointer) -> Bool {
    var name = [CChar](repeating: 0, count: 32)
    var count = 0
    let status = name.withUnsafeMutableBufferPointer {
      EVP_PKEY_get_group_name(key, $0.baseAddress, $0.count, &count)
    }
    guard status == 1 else { return false }
    return String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      == "prime256v1"
  }

  /// The digest that signatures with this key use; nil for Ed25519, which brings its own.
  borrowing func digest(_ hash: SignatureHash) -> OpaquePointer? {
    guard publicKey.algorithm == .p256 else { return nil }
    return hash == .sha256 ? EVP_sha256() : EVP_sha1()
  }
}

/// Draws keys of one algorithm; reusing it halves the cost of a key.
public struct KeyGenerator: ~Copyable {
  private let context: KeyContextHandle

  /// Prepares for one algorithm.
  /// - Throws: `OpenSSLError` when the library lacks it.
  public init(_ algorithm: KeyAlgorithm) throws(OpenSSLError) {
    // The context keeps the pointer to the name, so the name must be there for ever.
    let name: StaticString = algorithm == .p256 ? "EC" : "ED25519"
    let prepared = KeyContextHandle(
      pointer: try required(
        name.withNulTerminated { EVP_PKEY_CTX_new_from_name(nil, $0, nil) },
        "prepare a key generator"))
    try succeed(EVP_PKEY_keygen_init(prepared.pointer), "prepare a key generator")
    if algorithm == .p256 {
      let curve: StaticString = "P-256"
      try succeed(
        curve.withNulTerminated { EVP_PKEY_CTX_set_group_name(prepared.pointer, $0) },
        "choose the curve P-256")
    }
    context = prepared
  }

  /// The next key, independent of all others.
  /// - Throws: `OpenSSLError` when no entropy can be had.
  public borrowing func next() throws(OpenSSLError) -> PrivateKey {
    var key: OpaquePointer?
    try succeed(EVP_PKEY_keygen(context.pointer, &key), "generate a key")
    return try PrivateKey(
      adopting: KeyHandle(pointer: try required(key, "generate a key")))
  }
}

extension StaticString {
  /// The text as a C string that lives as long as the program does.
  fileprivate func withNulTerminated<Result>(
    _ body: (UnsafePointer<CChar>) -> Result
  ) -> Result {
    UnsafeRawPointer(utf8Start).withMemoryRebound(
      to: CChar.self, capacity: utf8CodeUnitCount + 1, body)
  }
}
