import COpenSSL

/// Verifies the chain that a TLS server presents, by OpenSSL, against one root certificate.
///
/// For clients whose TLS library cannot: an issuing authority of an overlay permits all addresses
/// by name constraints, and BoringSSL, which does not know constraints of that kind, refuses every
/// certificate below it that names an address.
public struct ServerVerifier: Sendable {
  private let root: [UInt8]

  /// Longer chains are refused unread.
  public static let chainCountMax = 8

  /// Trusts this root certificate (DER) and nothing else.
  public init(root: [UInt8]) { self.root = root }

  /// Checks a chain: signatures, times, constraints, that it may serve TLS, and its name.
  /// - Parameters:
  ///   - chain: DER, the server's own certificate first.
  ///   - host: the DNS name that it must have; nil to ask for the address instead.
  ///   - address: the numeric IP address that it must have when there is no host.
  /// - Throws: `.malformed` or `.chain`.
  public func verify(
    chain: [[UInt8]], host: String?, address: String, at time: CredentialTime
  ) throws(CertificateRejection) {
    guard let first = chain.first, chain.count <= ServerVerifier.chainCountMax else {
      throw .malformed("a chain has from 1 to \(ServerVerifier.chainCountMax) certificates")
    }
    let anchor = try CertificateHandle(der: root)
    let leaf = try CertificateHandle(der: first)
    guard let storePointer = X509_STORE_new() else { throw .chain("out of memory") }
    let store = StoreHandle(pointer: storePointer)
    guard X509_STORE_add_cert(store.pointer, anchor.pointer) == 1,
      let contextPointer = X509_STORE_CTX_new()
    else { throw .chain("out of memory") }
    let context = StoreContextHandle(pointer: contextPointer)
    defer { ERR_clear_error() }
    // The stack owns what is on it and gives all of it back at the end.
    guard let others = OPENSSL_sk_new_null() else { throw .chain("out of memory") }
    defer { OPENSSL_sk_pop_free(others) { X509_free(OpaquePointer($0)) } }
    for der in chain.dropFirst() {
      let handle = try CertificateHandle(der: der)
      guard X509_up_ref(handle.pointer) == 1 else { throw .chain("out of memory") }
      guard OPENSSL_sk_push(others, UnsafeRawPointer(handle.pointer)) > 0 else {
        X509_free(handle.pointer)
        throw .chain("out of memory")
      }
    }
    guard X509_STORE_CTX_init(context.pointer, store.pointer, leaf.pointer, others) == 1,
      X509_STORE_CTX_set_purpose(context.pointer, X509_PURPOSE_SSL_SERVER) == 1,
      let parameters = X509_STORE_CTX_get0_param(context.pointer),
      expect(host: host, address: address, parameters)
    else { throw .chain(OpenSSLError.drained("prepare a verification").description) }
    X509_VERIFY_PARAM_set_time(parameters, time_t(time.secondsSinceEpoch))
    if X509_verify_cert(context.pointer) == 1 { return }
    let code = X509_STORE_CTX_get_error(context.pointer)
    throw .chain(
      X509_verify_cert_error_string(Int(code)).map { String(cString: $0) } ?? "error \(code)")
  }

  private func expect(host: String?, address: String, _ parameters: OpaquePointer) -> Bool {
    if let host { return X509_VERIFY_PARAM_set1_host(parameters, host, host.utf8.count) == 1 }
    return X509_VERIFY_PARAM_set1_ip_asc(parameters, address) == 1
  }
}
