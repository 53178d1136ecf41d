import COpenSSL

/// Why a certification request was refused.
public enum RequestRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// The octets are no PKCS#10 request, or too many.
  case malformed(String)
  /// The key breaks this rule: it must be P-256 (named curve, uncompressed) or Ed25519.
  case unsupportedKey(ProfileRule)
  /// The request is signed with another algorithm than ecdsa-with-SHA256 and Ed25519.
  case unsupportedSignature
  /// The request is not signed with the private half of its key.
  case noProofOfPossession

  /// A stable lower-case word per reason, for scripts.
  public var name: String {
    switch self {
    case .malformed: "malformed"
    case .unsupportedKey: "unsupported-key"
    case .unsupportedSignature: "unsupported-signature"
    case .noProofOfPossession: "no-proof-of-possession"
    }
  }

  /// One line with the remedy.
  public var description: String {
    switch self {
    case .malformed(let detail): "the request is malformed: \(detail)"
    case .unsupportedKey(let rule):
      "the request's key is not supported: \(rule.requirement); use P-256 (named curve, "
        + "uncompressed) or Ed25519"
    case .unsupportedSignature:
      "the request's signature algorithm is not supported; use ecdsa-with-SHA256 or Ed25519"
    case .noProofOfPossession:
      "the request is not signed with its own key, so the applicant may not hold it; sign it anew"
    }
  }
}

/// A PKCS#10 request whose applicant proved to hold the private key.
///
/// Only the key is taken from it. Names, extensions and attributes are the authority's to choose:
/// an applicant never has a say in its nodeId.
public struct CertificationRequest: Hashable, Sendable {
  /// The key to certify.
  public let publicKey: PublicKey
  /// The subject's common name, when there is exactly one, of 1 to 64 printable ASCII characters.
  ///
  /// Nothing vouches for it but the applicant. It serves to say which certificate a re-enrollment
  /// is about, never who asks or what to certify.
  public let subjectCommonName: String?

  /// More octets than this are refused unread.
  public static let maximumCount = 16_384

  /// Reads PEM or DER and checks the signature.
  /// - Throws: `RequestRejection`.
  public init(pemOrDER bytes: [UInt8]) throws(RequestRejection) {
    guard bytes.count <= 2 * CertificationRequest.maximumCount else {
      throw .malformed("\(bytes.count) octets are too many")
    }
    try self.init(der: try CertificationRequest.der(in: bytes))
  }

  /// Reads the body of an EST enrollment: base 64 of the DER (RFC 7030 section 4.2.1, RFC 8951),
  /// with spaces, tabs and line ends anywhere, and nothing else.
  /// - Throws: `RequestRejection`.
  public init(estBody text: [UInt8]) throws(RequestRejection) {
    guard text.count <= 4 * CertificationRequest.maximumCount else {
      throw .malformed("\(text.count) octets are too many")
    }
    let characters = text.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    guard let der = Base64.octets(characters) else {
      throw .malformed("it is not base 64 of a request without armour")
    }
    try self.init(der: der)
  }

  private init(der: [UInt8]) throws(RequestRejection) {
    guard der.count <= CertificationRequest.maximumCount else {
      throw .malformed("\(der.count) octets are too many")
    }
    let request = try RequestHandle(der: der)
    defer { ERR_clear_error() }
    let slot = X509_REQ_get_X509_PUBKEY(request.pointer)
    guard let info = try? derBytes("encode a public key", { i2d_X509_PUBKEY(slot, $0) }) else {
      throw .malformed("its key cannot be read")
    }
    guard let key = X509_REQ_get0_pubkey(request.pointer),
      let publicKey = PublicKey(subjectPublicKeyInfo: info)
    else { throw .unsupportedKey(PublicKey.fault(in: info)) }
    guard request.hasAcceptedSignature() else { throw .unsupportedSignature }
    guard X509_REQ_verify(request.pointer, key) == 1 else { throw .noProofOfPossession }
    self.publicKey = publicKey
    subjectCommonName = request.subjectCommonName()
  }

  /// The octets themselves, or what is inside the only PEM block.
  private static func der(in bytes: [UInt8]) throws(RequestRejection) -> [UInt8] {
    if bytes.first == DER.sequenceTag { return bytes }
    for label in ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"] {
      if let der = PEM.decodeOnly(bytes, label: label) { return der }
      guard PEM.decode(bytes, label: label) == nil else {
        throw .malformed("more follows after the first request; give one at a time")
      }
    }
    throw .malformed("neither DER nor a PEM block of kind CERTIFICATE REQUEST")
  }

  /// Makes the request that a node sends to the authority, in DER, signed with its key.
  /// - Throws: `OpenSSLError`.
  public static func der(for key: borrowing PrivateKey) throws(OpenSSLError) -> [UInt8] {
    try der(for: key, hash: .sha256)
  }

  /// The same with a choice of digest, for tests of bad requests.
  package static func der(
    for key: borrowing PrivateKey, hash: SignatureHash
  ) throws(OpenSSLError) -> [UInt8] {
    let operation = "assemble a request"
    let request = RequestHandle(pointer: try required(X509_REQ_new(), operation))
    let pointer = request.pointer
    try succeed(X509_REQ_set_version(pointer, 0), operation)
    let name = try NameHandle(commonName: "node")
    try succeed(X509_REQ_set_subject_name(pointer, name.pointer), operation)
    try succeed(X509_REQ_set_pubkey(pointer, key.handle.pointer), operation)
    try succeed(X509_REQ_sign(pointer, key.handle.pointer, key.digest(hash)), operation)
    return try derBytes("encode a request") { i2d_X509_REQ(pointer, $0) }
  }
}

extension RequestHandle {
  /// Parses exactly one DER request of version 1.
  /// - Throws: `.malformed`.
  init(der: [UInt8]) throws(RequestRejection) {
    if let fault = DERForm.fault(in: der) {
      throw .malformed("it is not in the distinguished encoding: \(fault)")
    }
    let parsed = decodeAll(der) {
      d2i_X509_REQ(nil, $0, $1)
    } discard: {
      X509_REQ_free($0)
    }
    guard let parsed else {
      throw .malformed(OpenSSLError.drained("parse a request").description)
    }
    let handle = RequestHandle(pointer: parsed)
    let again = try? derBytes("encode a request") { i2d_X509_REQ(parsed, $0) }
    // A key that the parser could not use leaves complaints behind.
    ERR_clear_error()
    guard again == der else { throw .malformed("it has another form when it is encoded again") }
    // Version 1 is written as 0.
    guard X509_REQ_get_version(parsed) == 0 else { throw .malformed("its version is not 1") }
    self = handle
  }

  /// The one common name; nil when there is none or another, or when it is not plain text.
  borrowing func subjectCommonName() -> String? {
    let name = X509_REQ_get_subject_name(pointer)
    let index = X509_NAME_get_index_by_NID(name, NID_commonName, -1)
    guard index >= 0, X509_NAME_get_index_by_NID(name, NID_commonName, index) < 0,
      let value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)),
      [V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING, V_ASN1_IA5STRING]
        .contains(ASN1_STRING_type(value))
    else { return nil }
    let text = octets(of: value)
    guard (1...64).contains(text.count), text.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      return nil
    }
    return String(decoding: text, as: UTF8.self)
  }
}
