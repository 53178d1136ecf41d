import COpenSSL

/// An overlay's root and one of its issuing certificates, checked once, ready to check many leaves.
///
/// - Note: `@unchecked Sendable` is sound: after `init` nothing is changed, and OpenSSL 3 lets many
///   threads verify against one unchanging `X509_STORE`, each with a context of its own.
final class TrustAnchor: @unchecked Sendable {
  private let issuing: CertificateHandle
  private let store: StoreHandle
  /// When both authority certificates are valid.
  let notBefore: CredentialTime
  let notAfter: CredentialTime
  /// The subject key identifier extension's value of the issuing certificate.
  let issuingKeyIdentifier: [UInt8]
  /// Set when a list was given.
  let revocationList: RevocationList?

  /// Checks root, issuing certificate and list; the times are left to each verification.
  /// - Throws: `.malformed`, `.chain`, `.foreignOverlay` or `.profile(.signatureAlgorithm)`;
  ///   all but the last name the part at fault.
  init(
    root: [UInt8], issuing: [UInt8], revocationList: [UInt8]?, overlay: OverlayName
  ) throws(CertificateRejection) {
    let rootHandle = try CertificateHandle(der: root)
    let issuingHandle = try CertificateHandle(der: issuing)
    let flags = UInt(
      X509_V_FLAG_X509_STRICT | X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_CHECK_SS_SIGNATURE)
    let rootStore = try TrustAnchor.store(trusting: rootHandle, flags: flags)
    if let failure = TrustAnchor.failure(
      of: rootHandle, store: rootStore, issuer: rootHandle)
    {
      throw .chain("the root certificate: \(failure.text)")
    }
    if let failure = TrustAnchor.failure(
      of: issuingHandle, store: rootStore, issuer: rootHandle)
    {
      throw .chain("the issuing certificate: \(failure.text)")
    }
    try TrustAnchor.checkIssuing(issuingHandle, overlay: overlay)
    // OpenSSL takes the last second of a validity for expired, so times are compared in `check`.
    store = try TrustAnchor.store(
      trusting: issuingHandle,
      flags: UInt(
        X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME))
    self.revocationList = try revocationList.map { (der) throws(CertificateRejection) in
      try RevocationListHandle(der: der).verified(issuer: issuingHandle)
    }
    do {
      let upper = try rootHandle.fields()
      let lower = try issuingHandle.fields()
      guard let rootStart = upper.notBefore, let rootEnd = upper.notAfter,
        let start = lower.notBefore, let end = lower.notAfter
      else { throw CertificateRejection.malformed("an authority certificate has no validity") }
      notBefore = max(rootStart, start)
      notAfter = min(rootEnd, end)
      guard
        let identifier = lower.extensions.first(where: {
          $0.objectIdentifier == ObjectIdentifiers.subjectKeyIdentifier
        })
      else { throw CertificateRejection.chain("the issuing certificate has no key identifier") }
      issuingKeyIdentifier = identifier.value
    } catch let error as CertificateRejection {
      throw error
    } catch {
      throw .malformed("\(error)")
    }
    self.issuing = issuingHandle
  }

  /// Checks another list of the same authority and reads it.
  func verifiedList(_ der: [UInt8]) throws(CertificateRejection) -> RevocationList {
    try RevocationListHandle(der: der).verified(issuer: issuing)
  }

  /// Whether the leaf names this issuing key as its issuer's; nothing vouches for that yet.
  func isNamed(by leaf: borrowing CertificateHandle) -> Bool {
    defer { ERR_clear_error() }
    let named = octets(of: X509_get0_authority_key_id(leaf.pointer))
    return issuingKeyIdentifier == DER.octetString(named)
  }

  /// Whether the leaf is signed by this issuing key.
  func isIssuer(of leaf: borrowing CertificateHandle) -> Bool { leaf.isSigned(by: issuing) }

  /// Checks one leaf's chain and times.
  /// - Throws: `.chain`, `.notYetValid`, `.expired`, `.foreignOverlay` or `.profile`.
  func check(
    _ leaf: borrowing CertificateHandle, at time: CredentialTime, overlay: OverlayName
  ) throws(CertificateRejection) {
    if let failure = TrustAnchor.failure(of: leaf, store: store, issuer: issuing) {
      // Whatever OpenSSL stopped at first, an unsigned certificate is called just that.
      guard leaf.isSigned(by: issuing) else {
        let detail = leaf.hasOneAlgorithm() ? failure.text : "its two signature algorithms differ"
        throw .chain("it is not signed by the issuing authority (\(detail))")
      }
      throw rejection(failure, overlay: overlay)
    }
    // Both ends belong to the validity. Source: RFC 5280 section 4.1.2.5.
    guard let start = instant(of: X509_get0_notBefore(leaf.pointer)),
      let end = instant(of: X509_get0_notAfter(leaf.pointer))
    else { throw .malformed("the validity cannot be read") }
    guard time >= start else { throw .notYetValid(start) }
    guard time <= end else { throw .expired(end) }
    guard time >= notBefore else { throw .notYetValid(notBefore) }
    guard time <= notAfter else { throw .expired(notAfter) }
  }

  private func rejection(
    _ failure: Failure, overlay: OverlayName
  ) -> CertificateRejection {
    switch failure.code {
    case X509_V_ERR_PERMITTED_VIOLATION, X509_V_ERR_EXCLUDED_VIOLATION,
      X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
      return .foreignOverlay(
        expected: overlay.value, found: "a name outside its domain (\(failure.text))")
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
      return .profile(.unknownCriticalExtension)
    case X509_V_ERR_CERT_SIGNATURE_FAILURE, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
      X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
      X509_V_ERR_SUBJECT_ISSUER_MISMATCH, X509_V_ERR_AKID_SKID_MISMATCH,
      X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH, X509_V_ERR_PATH_LENGTH_EXCEEDED:
      return .chain(failure.text)
    default:
      return failure.depth == 0 ? .profile(.strictForm) : .chain(failure.text)
    }
  }

  private struct Failure {
    let code: Int32
    let depth: Int32
    let text: String
  }

  private static func store(
    trusting certificate: borrowing CertificateHandle, flags: UInt
  ) throws(CertificateRejection) -> StoreHandle {
    guard let pointer = X509_STORE_new() else { throw .chain("out of memory") }
    let store = StoreHandle(pointer: pointer)
    guard X509_STORE_add_cert(pointer, certificate.pointer) == 1,
      X509_STORE_set_flags(pointer, flags) == 1
    else { throw .chain(OpenSSLError.drained("trust a certificate").description) }
    return store
  }

  /// What OpenSSL finds wrong with a certificate that `issuer`, the only one trusted, should have
  /// signed.
  private static func failure(
    of certificate: borrowing CertificateHandle, store: borrowing StoreHandle,
    issuer: borrowing CertificateHandle
  ) -> Failure? {
    defer { ERR_clear_error() }
    guard let pointer = X509_STORE_CTX_new() else {
      return Failure(code: X509_V_ERR_OUT_OF_MEM, depth: 0, text: "out of memory")
    }
    let context = StoreContextHandle(pointer: pointer)
    guard X509_STORE_CTX_init(context.pointer, store.pointer, certificate.pointer, nil) == 1 else {
      return Failure(code: X509_V_ERR_OUT_OF_MEM, depth: 0, text: "out of memory")
    }
    if X509_verify_cert(context.pointer) == 1 { return nil }
    var code = X509_STORE_CTX_get_error(context.pointer)
    if code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY {
      // There is only one to choose from, so it can be said why it is not the issuer.
      let cause = X509_check_issued(issuer.pointer, certificate.pointer)
      if cause != X509_V_OK { code = cause }
    }
    let text = X509_verify_cert_error_string(Int(code)).map { String(cString: $0) }
    return Failure(
      code: code, depth: X509_STORE_CTX_get_error_depth(context.pointer),
      text: text ?? "error \(code)")
  }

  /// The issuing certificate must be an authority of path length 0 for this overlay alone.
  private static func checkIssuing(
    _ issuing: borrowing CertificateHandle, overlay: OverlayName
  ) throws(CertificateRejection) {
    let extensions = issuing.extensions()
    guard issuing.hasAcceptedSignature() else { throw .profile(.signatureAlgorithm) }
    func find(_ identifier: [UInt8]) -> CertificateExtension? {
      extensions.first { $0.objectIdentifier == identifier }
    }
    guard find(ObjectIdentifiers.basicConstraints) == .basicConstraints(pathLength: 0) else {
      throw .chain("the issuing certificate is no authority of path length 0")
    }
    // Earlier issuing certificates have no digitalSignature, which OCSP responses need.
    let usage = find(ObjectIdentifiers.keyUsage)
    guard usage == .issuingKeyUsage || usage == .authorityKeyUsage else {
      throw .chain("the issuing certificate may not sign certificates and lists")
    }
    let constraints = find(ObjectIdentifiers.nameConstraints)
    guard constraints == .nameConstraints(overlay) else {
      throw .foreignOverlay(
        expected: overlay.value, found: permittedDomain(constraints) ?? "no name constraints")
    }
  }

  /// The first DNS subtree that name constraints permit, for messages.
  private static func permittedDomain(_ constraints: CertificateExtension?) -> String? {
    guard let constraints else { return nil }
    var reader = DERReader(constraints.value)
    do {
      var all = try reader.descend(DER.sequenceTag)
      var permitted = try all.descend(0xA0)
      var subtree = try permitted.descend(DER.sequenceTag)
      let name = try subtree.content(0x82)
      return try OverlayName(String(decoding: name, as: UTF8.self)).value
    } catch {
      return nil
    }
  }
}
