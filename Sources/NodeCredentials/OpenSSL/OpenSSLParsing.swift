import COpenSSL

/// The fields of a parsed certificate, copied out of OpenSSL: plain octets from here on.
struct CertificateFields {
  let version: Int
  /// The magnitude of the serial number, and whether it is negative.
  let serial: [UInt8]
  let isSerialNegative: Bool
  /// DER of the Name.
  let subject: [UInt8]
  let notBefore: CredentialTime?
  let notAfter: CredentialTime?
  /// DER of the SubjectPublicKeyInfo.
  let publicKeyInfo: [UInt8]
  /// Whether OpenSSL found a key in it that can be used, so a point on its curve.
  let isKeyUsable: Bool
  /// Whether the certificate is signed with ecdsa-with-SHA256 or Ed25519.
  let hasAcceptedSignature: Bool
  let extensions: [CertificateExtension]
}

extension CertificateHandle {
  /// Parses exactly one DER certificate.
  /// - Throws: `.malformed` for anything that is not DER from the first octet to the last.
  init(der: [UInt8]) throws(CertificateRejection) {
    if let fault = DERForm.fault(in: der, isDefaultFalse: true) {
      throw .malformed("the certificate is not in the distinguished encoding: \(fault)")
    }
    let parsed = decodeAll(der) {
      d2i_X509(nil, $0, $1)
    } discard: {
      X509_free($0)
    }
    guard let parsed else {
      throw .malformed(OpenSSLError.drained("parse a certificate").description)
    }
    let handle = CertificateHandle(pointer: parsed)
    let again = try? derBytes("encode a certificate") { i2d_X509(parsed, $0) }
    // A key that the parser could not use leaves complaints behind.
    ERR_clear_error()
    guard again == der else {
      throw .malformed("the certificate has another form when it is encoded again")
    }
    self = handle
  }

  borrowing func fields() throws(OpenSSLError) -> CertificateFields {
    let serial = X509_get0_serialNumber(pointer)
    let subject = X509_get_subject_name(pointer)
    let key = X509_get_X509_PUBKEY(pointer)
    let info = try derBytes("encode a public key") { i2d_X509_PUBKEY(key, $0) }
    let isKeyUsable = X509_get0_pubkey(pointer) != nil
    ERR_clear_error()
    return CertificateFields(
      version: X509_get_version(pointer) + 1, serial: octets(of: serial),
      isSerialNegative: serial?.pointee.type == V_ASN1_NEG_INTEGER,
      subject: try derBytes("encode a name") { i2d_X509_NAME(subject, $0) },
      notBefore: instant(of: X509_get0_notBefore(pointer)),
      notAfter: instant(of: X509_get0_notAfter(pointer)),
      publicKeyInfo: info, isKeyUsable: isKeyUsable,
      hasAcceptedSignature: hasAcceptedSignature(), extensions: extensions())
  }

  borrowing func extensions() -> [CertificateExtension] {
    (0..<X509_get_ext_count(pointer)).compactMap { parsedExtension(X509_get_ext(pointer, $0)) }
  }

  /// Whether this certificate's signature is by the holder of `issuer`.
  borrowing func isSigned(by issuer: borrowing CertificateHandle) -> Bool {
    defer { ERR_clear_error() }
    guard let key = X509_get0_pubkey(issuer.pointer) else { return false }
    return X509_verify(pointer, key) == 1
  }
}

/// Copies one extension.
func parsedExtension(_ pointer: OpaquePointer?) -> CertificateExtension? {
  guard let pointer, let object = X509_EXTENSION_get_object(pointer) else { return nil }
  let count = OBJ_length(object)
  guard count > 0, let data = OBJ_get0_data(object) else { return nil }
  return CertificateExtension(
    objectIdentifier: [UInt8](UnsafeBufferPointer(start: data, count: count)),
    isCritical: X509_EXTENSION_get_critical(pointer) == 1,
    value: octets(of: X509_EXTENSION_get_data(pointer)))
}

/// A revocation list whose signature was checked.
public struct RevocationList: Hashable, Sendable {
  /// Rises by one with every list.
  public let number: UInt64
  /// When it was made.
  public let thisUpdate: CredentialTime
  /// When the next one is due.
  public let nextUpdate: CredentialTime
  /// In the order of the list.
  public let entries: [RevokedCertificate]
}

extension RevocationListHandle {
  /// Parses exactly one DER revocation list.
  /// - Throws: `.malformed`.
  init(der: [UInt8]) throws(CertificateRejection) {
    if let fault = DERForm.fault(in: der, isDefaultFalse: true) {
      throw .malformed("the revocation list is not in the distinguished encoding: \(fault)")
    }
    let parsed = decodeAll(der) {
      d2i_X509_CRL(nil, $0, $1)
    } discard: {
      X509_CRL_free($0)
    }
    guard let parsed else {
      throw .malformed(OpenSSLError.drained("parse a revocation list").description)
    }
    let handle = RevocationListHandle(pointer: parsed)
    let again = try? derBytes("encode a list") { i2d_X509_CRL(parsed, $0) }
    ERR_clear_error()
    guard again == der else {
      throw .malformed("the revocation list has another form when it is encoded again")
    }
    self = handle
  }

  /// The list's contents, once its issuer, signature and extensions are found good.
  /// - Throws: `.chain` for another issuer or a bad signature, `.profile` for another algorithm of
  ///   signature, `.malformed` for the rest.
  /// - Complexity: O(entries).
  borrowing func verified(
    issuer: borrowing CertificateHandle
  ) throws(CertificateRejection) -> RevocationList {
    defer { ERR_clear_error() }
    let name = X509_get_subject_name(issuer.pointer)
    guard X509_NAME_cmp(X509_CRL_get_issuer(pointer), name) == 0,
      let key = X509_get0_pubkey(issuer.pointer), X509_CRL_verify(pointer, key) == 1
    else { throw .chain("the revocation list is not signed by the issuing authority") }
    guard hasAcceptedSignature() else { throw .profile(.signatureAlgorithm) }
    var number: UInt64?
    for index in 0..<X509_CRL_get_ext_count(pointer) {
      guard let content = parsedExtension(X509_CRL_get_ext(pointer, index)), !content.isCritical
      else { throw .malformed("the revocation list has a critical extension") }
      if content.objectIdentifier == ObjectIdentifiers.revocationListNumber {
        var reader = DERReader(content.value)
        number = try? reader.smallInteger()
      }
    }
    guard X509_CRL_get_version(pointer) == 1, let number else {
      throw .malformed("the revocation list has no number")
    }
    guard let thisUpdate = instant(of: X509_CRL_get0_lastUpdate(pointer)),
      let nextUpdate = instant(of: X509_CRL_get0_nextUpdate(pointer))
    else { throw .malformed("the revocation list does not say when the next one is due") }
    return RevocationList(
      number: number, thisUpdate: thisUpdate, nextUpdate: nextUpdate, entries: try entries())
  }

  /// Entries with other serials than this authority's kind cannot concern its nodes.
  private borrowing func entries() throws(CertificateRejection) -> [RevokedCertificate] {
    let count = shim_X509_CRL_count(pointer)
    var entries: [RevokedCertificate] = []
    entries.reserveCapacity(Int(count))
    for index in 0..<count {
      guard let entry = shim_X509_CRL_entry(pointer, index),
        let time = instant(of: X509_REVOKED_get0_revocationDate(entry))
      else { throw .malformed("entry \(index) of the revocation list has no time") }
      var reason = RevocationReason.unspecified
      for position in 0..<X509_REVOKED_get_ext_count(entry) {
        guard let content = parsedExtension(X509_REVOKED_get_ext(entry, position)),
          !content.isCritical
        else { throw .malformed("entry \(index) of the revocation list has a critical extension") }
        if content.objectIdentifier == ObjectIdentifiers.reasonCode {
          reason = RevocationReason.allCases.first { $0.code == content.value.last } ?? reason
        }
      }
      let octets = octets(of: X509_REVOKED_get0_serialNumber(entry))
      if let serial = SerialNumber(bytes: octets) {
        entries.append(RevokedCertificate(serial: serial, time: time, reason: reason))
      }
    }
    return entries
  }
}
