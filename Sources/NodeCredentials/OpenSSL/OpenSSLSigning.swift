import COpenSSL

/// Everything that goes into a certificate before it is signed.
package struct CertificateContent: Sendable {
  /// 16 octets.
  package let serial: SerialNumber
  /// The issuer's common name.
  package let issuer: String
  /// The subject's common name.
  package var subject: String
  /// First second of validity.
  package let notBefore: CredentialTime
  /// Last second of validity.
  package let notAfter: CredentialTime
  /// The certified key.
  package let publicKey: PublicKey
  /// In the order in which they are written.
  package var extensions: [CertificateExtension]
}

/// One line of a revocation list.
public struct RevokedCertificate: Hashable, Sendable {
  /// Which certificate.
  public let serial: SerialNumber
  /// Since when.
  public let time: CredentialTime
  /// Why.
  public let reason: RevocationReason

  /// A line from its parts.
  public init(serial: SerialNumber, time: CredentialTime, reason: RevocationReason) {
    self.serial = serial
    self.time = time
    self.reason = reason
  }
}

/// Everything that goes into a revocation list before it is signed.
package struct RevocationListContent: Sendable {
  package let issuer: String
  package let number: UInt64
  package let thisUpdate: CredentialTime
  package let nextUpdate: CredentialTime
  package let entries: [RevokedCertificate]
}

/// One X.509 certificate in DER, signed by `key`.
package func signedCertificate(
  _ content: CertificateContent, by key: borrowing PrivateKey, hash: SignatureHash = .sha256
) throws(OpenSSLError) -> [UInt8] {
  let operation = "assemble a certificate"
  let certificate = CertificateHandle(pointer: try required(X509_new(), operation))
  let x509 = certificate.pointer
  try succeed(X509_set_version(x509, 2), operation)
  let serial = try IntegerHandle(magnitude: content.serial.bytes)
  try succeed(X509_set_serialNumber(x509, serial.pointer), operation)
  let issuer = try NameHandle(commonName: content.issuer)
  try succeed(X509_set_issuer_name(x509, issuer.pointer), operation)
  let subject = try NameHandle(commonName: content.subject)
  try succeed(X509_set_subject_name(x509, subject.pointer), operation)
  let notBefore = try TimeHandle(content.notBefore)
  try succeed(X509_set1_notBefore(x509, notBefore.pointer), operation)
  let notAfter = try TimeHandle(content.notAfter)
  try succeed(X509_set1_notAfter(x509, notAfter.pointer), operation)
  try setPublicKey(content.publicKey, in: X509_get_X509_PUBKEY(x509))
  for content in content.extensions {
    let handle = try ExtensionHandle(content)
    try succeed(X509_add_ext(x509, handle.pointer, -1), "add an extension")
  }
  try succeed(X509_sign(x509, key.handle.pointer, key.digest(hash)), "sign a certificate")
  return try derBytes("encode a certificate") { i2d_X509(x509, $0) }
}

/// Sets a key by its octets; the usual setter encodes and decodes it again, 100 us each.
private func setPublicKey(
  _ key: PublicKey, in slot: OpaquePointer?
) throws(OpenSSLError) {
  let operation = "set a public key"
  let raw = key.rawRepresentation
  let memory = try required(shim_malloc(raw.count), operation)
  memory.copyMemory(from: raw, byteCount: raw.count)
  let octets = memory.assumingMemoryBound(to: UInt8.self)
  let status: Int32
  switch key.algorithm {
  case .p256:
    // Both objects are OpenSSL's static ones and need no release.
    status = X509_PUBKEY_set0_param(
      slot, OBJ_nid2obj(NID_X9_62_id_ecPublicKey), V_ASN1_OBJECT,
      UnsafeMutableRawPointer(OBJ_nid2obj(NID_X9_62_prime256v1)), octets, Int32(raw.count))
  case .ed25519:
    status = X509_PUBKEY_set0_param(
      slot, OBJ_nid2obj(NID_ED25519), V_ASN1_UNDEF, nil, octets, Int32(raw.count))
  }
  if status != 1 { shim_free(memory) }
  try succeed(status, operation)
}

/// One version 2 revocation list in DER with its number and authority key identifier.
/// - Complexity: O(entries.count log entries.count).
package func signedRevocationList(
  _ content: RevocationListContent, by key: borrowing PrivateKey, hash: SignatureHash = .sha256
) throws(OpenSSLError) -> [UInt8] {
  let operation = "assemble a revocation list"
  let list = RevocationListHandle(pointer: try required(X509_CRL_new(), operation))
  let crl = list.pointer
  try succeed(X509_CRL_set_version(crl, 1), operation)
  let issuer = try NameHandle(commonName: content.issuer)
  try succeed(X509_CRL_set_issuer_name(crl, issuer.pointer), operation)
  let thisUpdate = try TimeHandle(content.thisUpdate)
  try succeed(X509_CRL_set1_lastUpdate(crl, thisUpdate.pointer), operation)
  let nextUpdate = try TimeHandle(content.nextUpdate)
  try succeed(X509_CRL_set1_nextUpdate(crl, nextUpdate.pointer), operation)
  for entry in content.entries { try append(entry, to: crl) }
  try succeed(X509_CRL_sort(crl), operation)
  let extensions = [
    CertificateExtension.authorityKeyIdentifier(try key.publicKey.identifier()),
    CertificateExtension.revocationListNumber(content.number),
  ]
  for content in extensions {
    let handle = try ExtensionHandle(content)
    try succeed(X509_CRL_add_ext(crl, handle.pointer, -1), "add an extension")
  }
  try succeed(
    X509_CRL_sign(crl, key.handle.pointer, key.digest(hash)), "sign a revocation list")
  return try derBytes("encode a revocation list") { i2d_X509_CRL(crl, $0) }
}

private func append(_ entry: RevokedCertificate, to crl: OpaquePointer) throws(OpenSSLError) {
  let operation = "list a revoked certificate"
  let revoked = try required(X509_REVOKED_new(), operation)
  var isOwned = false
  defer { if !isOwned { X509_REVOKED_free(revoked) } }
  let serial = try IntegerHandle(magnitude: entry.serial.bytes)
  try succeed(X509_REVOKED_set_serialNumber(revoked, serial.pointer), operation)
  let time = try TimeHandle(entry.time)
  try succeed(X509_REVOKED_set_revocationDate(revoked, time.pointer), operation)
  if entry.reason != .unspecified {
    let handle = try ExtensionHandle(.reasonCode(entry.reason))
    try succeed(X509_REVOKED_add_ext(revoked, handle.pointer, -1), operation)
  }
  try succeed(X509_CRL_add0_revoked(crl, revoked), operation)
  isOwned = true
}
