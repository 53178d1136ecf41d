/// A flattened JSON Web Signature (RFC 7515 section 7.2.2) in one form only.
///
/// `{"payload":"…","protected":"…","signature":"…"}` and a line end. The protected header is
/// `{"alg":"ES256","typ":"p2p-overlay+json","x5c":["…"]}`, or `EdDSA` (RFC 8037); `x5c` holds the
/// signer's certificate, the root is the reader's own. The signature is over the ASCII octets of
/// protected header, full stop and payload, as they stand there.
struct JSONWebSignature {
  /// The octets that were signed over, in base 64.
  let payload: [UInt8]
  /// DER of the signer's certificate.
  let certificate: [UInt8]
  let algorithm: KeyAlgorithm
  /// As `PrivateKey.signature(over:)` gives it.
  let signature: [UInt8]
  /// Protected header, full stop, payload: what is signed.
  let signedOctets: [UInt8]

  /// Signs a payload.
  init(
    payload: [UInt8], by authority: AuthorityCredentials
  ) throws(OpenSSLError) {
    self.payload = payload
    certificate = authority.certificate
    algorithm = authority.algorithm
    let header = JSONWebSignature.header(algorithm: algorithm, certificate: certificate)
    signedOctets = Base64URL.text(header) + [0x2E] + Base64URL.text(payload)
    signature = try authority.signature(over: signedOctets)
  }

  /// Reads what `encoded()` writes; the signature is not checked here.
  init(_ bytes: [UInt8]) throws(TextError) {
    let limit = OverlayConfiguration.Bounds.document
    var cursor = TextCursor(bytes)
    try cursor.expect("{\"payload\":\"")
    let payload = try cursor.value(until: 0x22, limit: limit, called: "payload")
    try cursor.expect(",\"protected\":\"")
    let protected = try cursor.value(until: 0x22, limit: limit, called: "protected")
    try cursor.expect(",\"signature\":\"")
    let signature = try cursor.value(until: 0x22, limit: 86, called: "signature")
    try cursor.expect("}\n")
    guard cursor.isAtEnd, let content = Base64URL.octets(payload),
      let header = Base64URL.octets(protected), let raw = Base64URL.octets(signature)
    else { throw TextError(problem: "a part is not in base 64, or more follows") }
    var inner = TextCursor(header)
    let algorithm: KeyAlgorithm
    if inner.skip("{\"alg\":\"ES256\"") {
      algorithm = .p256
    } else {
      try inner.expect("{\"alg\":\"EdDSA\"")
      algorithm = .ed25519
    }
    try inner.expect(",\"typ\":\"p2p-overlay+json\",\"x5c\":[\"")
    let text = try inner.value(until: 0x22, limit: OverlayFields.valueLimit, called: "x5c")
    try inner.expect("]}")
    guard inner.isAtEnd, let certificate = Base64.octets(text) else {
      throw TextError(problem: "x5c is not one certificate in base 64")
    }
    guard let held = JSONWebSignature.held(raw, algorithm: algorithm) else {
      throw TextError(problem: "the signature has not 64 octets")
    }
    self.payload = content
    self.certificate = certificate
    self.algorithm = algorithm
    self.signature = held
    signedOctets = protected + [0x2E] + payload
  }

  func encoded() throws(OpenSSLError) -> [UInt8] {
    guard let raw = JSONWebSignature.raw(signature, algorithm: algorithm) else {
      throw OpenSSLError(operation: "encode a signature", reasons: ["its form is unknown"])
    }
    let header = JSONWebSignature.header(algorithm: algorithm, certificate: certificate)
    var output = Array("{\"payload\":\"".utf8)
    output += Base64URL.text(payload)
    output += Array("\",\"protected\":\"".utf8) + Base64URL.text(header)
    output += Array("\",\"signature\":\"".utf8) + Base64URL.text(raw) + Array("\"}\n".utf8)
    return output
  }

  private static func header(algorithm: KeyAlgorithm, certificate: [UInt8]) -> [UInt8] {
    let name =
      switch algorithm {
      case .p256: "ES256"
      case .ed25519: "EdDSA"
      }
    let text = Base64.text(certificate)
    return Array(
      "{\"alg\":\"\(name)\",\"typ\":\"p2p-overlay+json\",\"x5c\":[\"\(text)\"]}".utf8)
  }

  /// 64 octets: R and S side by side (RFC 7518 section 3.4) for ECDSA; Ed25519 has that form.
  static func raw(_ signature: [UInt8], algorithm: KeyAlgorithm) -> [UInt8]? {
    guard algorithm == .p256 else { return signature.count == 64 ? signature : nil }
    var output: [UInt8] = []
    var outer = DERReader(signature)
    guard var inner = try? outer.descend(DER.sequenceTag), outer.isAtEnd else { return nil }
    for _ in 0..<2 {
      guard let content = try? inner.content(DER.integerTag) else { return nil }
      let magnitude = content.drop { $0 == 0 }
      guard magnitude.count <= 32 else { return nil }
      output += [UInt8](repeating: 0, count: 32 - magnitude.count) + magnitude
    }
    return inner.isAtEnd ? output : nil
  }

  /// The reverse of `raw(_:algorithm:)`.
  static func held(_ raw: [UInt8], algorithm: KeyAlgorithm) -> [UInt8]? {
    guard raw.count == 64 else { return nil }
    guard algorithm == .p256 else { return raw }
    return DER.sequence(
      DER.integer(magnitude: Array(raw[..<32])) + DER.integer(magnitude: Array(raw[32...])))
  }
}
