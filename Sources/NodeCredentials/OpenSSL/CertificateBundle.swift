import COpenSSL

/// Several certificates in one structure, as EST hands them out (RFC 7030 section 4.1.3).
public enum CertificateBundle {
  /// Certificates as a PKCS#7 SignedData without signers and content ("certs-only"), in the order
  /// given.
  ///
  /// The order is kept although the set of certificates has none: many readers take the first for
  /// the one they asked for.
  /// - Parameter certificates: DER of each; an empty bundle is allowed.
  /// - Returns: DER.
  /// - Throws: `OpenSSLError` when one of them is no certificate.
  public static func pkcs7(_ certificates: [[UInt8]]) throws(OpenSSLError) -> [UInt8] {
    let operation = "bundle certificates"
    let bundle = BundleHandle(pointer: try required(PKCS7_new(), operation))
    try succeed(PKCS7_set_type(bundle.pointer, NID_pkcs7_signed), operation)
    try succeed(PKCS7_content_new(bundle.pointer, NID_pkcs7_data), operation)
    // Detached: the content is absent rather than empty. The answer is the new state.
    try succeed(
      Int32(clamping: PKCS7_ctrl(bundle.pointer, PKCS7_OP_SET_DETACHED_SIGNATURE, 1, nil)),
      operation)
    for der in certificates {
      do {
        let certificate = try CertificateHandle(der: der)
        try succeed(PKCS7_add_certificate(bundle.pointer, certificate.pointer), operation)
      } catch let error as OpenSSLError {
        throw error
      } catch {
        throw OpenSSLError(operation: operation, reasons: ["\(error)"])
      }
    }
    return try derBytes("encode a bundle") { i2d_PKCS7(bundle.pointer, $0) }
  }
}

/// Owns one `PKCS7`.
private struct BundleHandle: ~Copyable {
  let pointer: UnsafeMutablePointer<PKCS7>

  deinit { PKCS7_free(pointer) }
}
