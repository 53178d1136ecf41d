import COpenSSL

/// Owns one `OCSP_REQUEST`.
struct StatusRequestHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { OCSP_REQUEST_free(pointer) }

  /// Parses exactly one DER request of version 1.
  init(der: [UInt8]) throws(OCSPRequestError) {
    defer { ERR_clear_error() }
    let parsed = decodeAll(der) {
      d2i_OCSP_REQUEST(nil, $0, $1)
    } discard: {
      OCSP_REQUEST_free($0)
    }
    guard let parsed else {
      throw OCSPRequestError(detail: OpenSSLError.drained("parse a request").description)
    }
    let handle = StatusRequestHandle(adopting: parsed)
    guard let again = try? derBytes("encode a request", { i2d_OCSP_REQUEST(parsed, $0) }),
      again == der
    else { throw OCSPRequestError(detail: "it is not in the distinguished encoding") }
    guard StatusRequestHandle.hasFirstVersion(der) else {
      throw OCSPRequestError(detail: "its version is not 1")
    }
    self = handle
  }

  private init(adopting pointer: OpaquePointer) { self.pointer = pointer }

  /// Version 1 is the default, which the distinguished encoding leaves out.
  private static func hasFirstVersion(_ der: [UInt8]) -> Bool {
    do {
      var outer = DERReader(der)
      var request = try outer.descend(DER.sequenceTag)
      var signed = try request.descend(DER.sequenceTag)
      return try signed.element().tag != 0xA0
    } catch {
      return false
    }
  }

  borrowing func entries() throws(OCSPRequestError) -> [OCSPRequest.Entry] {
    let count = OCSP_request_onereq_count(pointer)
    guard (1...OCSPRequest.entryCountMax).contains(Int(count)) else {
      throw OCSPRequestError(
        detail: "it asks about \(count) certificates; 1 to \(OCSPRequest.entryCountMax) are allowed"
      )
    }
    var entries: [OCSPRequest.Entry] = []
    for index in 0..<count {
      guard let single = OCSP_request_onereq_get0(pointer, index),
        OCSP_ONEREQ_get_ext_by_critical(single, 1, -1) < 0,
        let identifier = OCSP_onereq_get0_id(single)
      else { throw OCSPRequestError(detail: "entry \(index) has a critical extension") }
      entries.append(try StatusRequestHandle.entry(identifier))
    }
    return entries
  }

  private static func entry(
    _ identifier: OpaquePointer
  ) throws(OCSPRequestError) -> OCSPRequest.Entry {
    var name: UnsafeMutablePointer<ASN1_OCTET_STRING>?
    var key: UnsafeMutablePointer<ASN1_OCTET_STRING>?
    var digest: OpaquePointer?
    var serial: UnsafeMutablePointer<ASN1_INTEGER>?
    guard OCSP_id_get0_info(&name, &digest, &key, &serial, identifier) == 1, let digest, let serial,
      let data = OBJ_get0_data(digest),
      let der = try? derBytes("encode a CertID", { i2d_OCSP_CERTID(identifier, $0) })
    else { throw OCSPRequestError(detail: "an entry cannot be read") }
    let isNegative = serial.pointee.type == V_ASN1_NEG_INTEGER
    return OCSPRequest.Entry(
      identifier: der,
      digest: [UInt8](UnsafeBufferPointer(start: data, count: OBJ_length(digest))),
      issuerNameHash: octets(of: name), issuerKeyHash: octets(of: key),
      serial: isNegative ? nil : SerialNumber(bytes: octets(of: serial)))
  }

  /// The nonce; nil when there is none. All other extensions must not be critical.
  borrowing func nonce() throws(OCSPRequestError) -> [UInt8]? {
    var nonce: [UInt8]?
    for index in 0..<OCSP_REQUEST_get_ext_count(pointer) {
      guard let content = parsedExtension(OCSP_REQUEST_get_ext(pointer, index)) else {
        throw OCSPRequestError(detail: "an extension cannot be read")
      }
      guard content.objectIdentifier == ObjectIdentifiers.ocspNonce else {
        if content.isCritical { throw OCSPRequestError(detail: "it has a critical extension") }
        continue
      }
      var reader = DERReader(content.value)
      guard nonce == nil, let octets = try? reader.content(DER.octetStringTag), reader.isAtEnd,
        (1...OCSPRequest.nonceCountMax).contains(octets.count)
      else {
        throw OCSPRequestError(
          detail: "the nonce must be one OCTET STRING of 1 to \(OCSPRequest.nonceCountMax) octets")
      }
      nonce = [UInt8](octets)
    }
    return nonce
  }
}

/// Owns one `OCSP_BASICRESP`.
private struct StatusResponseHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { OCSP_BASICRESP_free(pointer) }
}

/// Owns one `OCSP_CERTID`.
private struct StatusIdentifierHandle: ~Copyable {
  let pointer: OpaquePointer

  deinit { OCSP_CERTID_free(pointer) }

  init(der: [UInt8]) throws(OpenSSLError) {
    let parsed = decodeAll(der) {
      d2i_OCSP_CERTID(nil, $0, $1)
    } discard: {
      OCSP_CERTID_free($0)
    }
    pointer = try required(parsed, "repeat a CertID")
  }
}

/// One line of a response.
struct StatusAnswer {
  /// DER of the CertID, as it was asked.
  let identifier: [UInt8]
  let status: OCSPStatus
}

/// Everything that goes into a response before it is signed.
struct StatusResponseContent {
  let answers: [StatusAnswer]
  let nonce: [UInt8]?
  let thisUpdate: CredentialTime
  let nextUpdate: CredentialTime
  let producedAt: CredentialTime
}

/// An issuing certificate, parsed once, in whose name responses are signed.
///
/// - Note: `@unchecked Sendable` is sound: nothing changes the certificate after `init`, and
///   OpenSSL 3 lets many threads read one unchanging `X509`.
final class StatusSigner: @unchecked Sendable {
  private let certificate: CertificateHandle

  init(certificate der: [UInt8]) throws(OpenSSLError) {
    do {
      certificate = try CertificateHandle(der: der)
    } catch {
      throw OpenSSLError(operation: "read an authority's certificate", reasons: ["\(error)"])
    }
  }

  /// One OCSPResponse in DER, signed by `key`, which is the certificate's.
  func response(
    _ content: StatusResponseContent, by key: borrowing PrivateKey
  ) throws(OpenSSLError) -> [UInt8] {
    try signedStatusResponse(content, signer: certificate, by: key)
  }
}

/// Without certificates, since whoever asks about a leaf has its issuer.
private func signedStatusResponse(
  _ content: StatusResponseContent, signer: borrowing CertificateHandle,
  by key: borrowing PrivateKey
) throws(OpenSSLError) -> [UInt8] {
  let operation = "assemble an OCSP response"
  let response = StatusResponseHandle(pointer: try required(OCSP_BASICRESP_new(), operation))
  let thisUpdate = try TimeHandle(content.thisUpdate)
  let nextUpdate = try TimeHandle(content.nextUpdate)
  for answer in content.answers {
    try append(answer, to: response.pointer, thisUpdate: thisUpdate, nextUpdate: nextUpdate)
  }
  if var nonce = content.nonce {
    let count = Int32(clamping: nonce.count)
    try succeed(
      nonce.withUnsafeMutableBufferPointer {
        OCSP_basic_add1_nonce(response.pointer, $0.baseAddress, count)
      }, operation)
  }
  // There is no setter; the element is there from the start and is ours to change.
  let produced = try required(OCSP_resp_get0_produced_at(response.pointer), operation)
  let seconds = Int(content.producedAt.secondsSinceEpoch)
  _ = try required(
    ASN1_GENERALIZEDTIME_set(UnsafeMutablePointer(mutating: produced), seconds), operation)
  try succeed(
    OCSP_basic_sign(
      response.pointer, signer.pointer, key.handle.pointer, key.digest(.sha256), nil,
      UInt(OCSP_NOCERTS | OCSP_RESPID_KEY | OCSP_NOTIME)), "sign an OCSP response")
  let whole = try required(
    OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, response.pointer), operation)
  defer { OCSP_RESPONSE_free(whole) }
  return try derBytes("encode an OCSP response") { i2d_OCSP_RESPONSE(whole, $0) }
}

private func append(
  _ answer: StatusAnswer, to response: OpaquePointer, thisUpdate: borrowing TimeHandle,
  nextUpdate: borrowing TimeHandle
) throws(OpenSSLError) {
  let operation = "state the status of a certificate"
  let identifier = try StatusIdentifierHandle(der: answer.identifier)
  let added: OpaquePointer?
  switch answer.status {
  case .good, .unknown:
    let code = answer.status == .good ? V_OCSP_CERTSTATUS_GOOD : V_OCSP_CERTSTATUS_UNKNOWN
    added = OCSP_basic_add1_status(
      response, identifier.pointer, code, 0, nil, thisUpdate.pointer, nextUpdate.pointer)
  case .revoked(let time, let reason):
    let since = try TimeHandle(time)
    // Like in the list, an unspecified reason is left out.
    let code = reason == .unspecified ? OCSP_REVOKED_STATUS_NOSTATUS : Int32(reason.code)
    added = OCSP_basic_add1_status(
      response, identifier.pointer, V_OCSP_CERTSTATUS_REVOKED, code, since.pointer,
      thisUpdate.pointer, nextUpdate.pointer)
  }
  _ = try required(added, operation)
}
