import COpenSSL

/// Why a certification request was refused.
public enum RequestRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// The octets are no PKCS#10 request, or too many.
  case malformed(String)
  /// The key is neither P-256 (named curve, uncompressed) nor Ed25519, or of small order.
  case unsupportedKey
  /// The request is signed with another algorithm than ecdsa-with-SHA256 and Ed25519.
  case unsupportedSignature
  /// The request is not signed with the private half of its key.
  case noProofOfPossession

  /// One line with the remedy.
  public var description: String {
    switch self {
    case .malformed(let detail): "the request is malformed: \(detail)"
    case .unsupportedKey:
      "the request's key is not supported; use P-256 (named curve, uncompressed) or Ed25519, "
        + "and no point of small order"
    case .unsupportedSignature:
      "the request's signature algorithm is not supported; use ecdsa-with-SHA256 or Ed25519"
    case .noProofOfPossession:
      "the request is not signed with its own key, so the applicant may not hold it; sign it anew"
    }
  }
}

/// A PKCS#10 request whose applicant proved to hold the private key.
///
/// Only the key is taken from it. Names, extensions and attributes are the authority's to choose
/// and are not even read: an applicant never has a say in its nodeId.
public struct CertificationRequest: Hashable, Sendable {
  /// The key to certify.
  public let publicKey: PublicKey

  /// More octets than this are refused unread.
  public static let maximumCount = 16_384

  /// Reads PEM or DER and checks the signature.
  /// - Throws: `RequestRejection`.
  public init(pemOrDER bytes: [UInt8]) throws(RequestRejection) {
    guard bytes.count <= 2 * CertificationRequest.maximumCount else {
      throw .malformed("\(bytes.count) octets are too many")
    }
    let isDER = bytes.first == DER.sequenceTag
    let armoured =
      PEM.decodeOnly(bytes, label: "CERTIFICATE REQUEST")
      ?? PEM.decodeOnly(bytes, label: "NEW CERTIFICATE REQUEST")
    guard let der = isDER ? bytes : armoured else {
      throw .malformed("neither DER nor a single PEM block of kind CERTIFICATE REQUEST")
    }
    guard der.count <= CertificationRequest.maximumCount else {
      throw .malformed("\(der.count) octets are too many")
    }
    let parsed = decodeAll(der) {
      d2i_X509_REQ(nil, $0, $1)
    } discard: {
      X509_REQ_free($0)
    }
    guard let parsed else {
      throw .malformed(OpenSSLError.drained("parse a request").description)
    }
    let request = RequestHandle(pointer: parsed)
    defer { ERR_clear_error() }
    let slot = X509_REQ_get_X509_PUBKEY(request.pointer)
    guard let key = X509_REQ_get0_pubkey(request.pointer),
      let info = try? derBytes("encode a public key", { i2d_X509_PUBKEY(slot, $0) }),
      let publicKey = PublicKey(subjectPublicKeyInfo: info)
    else { throw .unsupportedKey }
    guard request.hasAcceptedSignature() else { throw .unsupportedSignature }
    guard X509_REQ_verify(request.pointer, key) == 1 else { throw .noProofOfPossession }
    self.publicKey = publicKey
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
