public import Foundation
public import NodeCredentials

/// A new issuing key.
public struct RotationOutcome: Hashable, Sendable {
  /// The number of the new issuer.
  public let issuer: Int64
  /// Its certificate.
  public let certificateFile: URL
  /// Its private key, mode 0600.
  public let keyFile: URL
}

extension OverlayAuthority {
  /// Puts a new issuing key beside the old one, which goes on signing its own revocation lists.
  ///
  /// Certificates of the old key stay valid; new ones are signed by the new key. Verifiers need
  /// both issuing certificates and both lists for as long as certificates of both are in force. The
  /// old key may be put away when its last certificate has expired. A server that is running goes
  /// on with the old key until it is started again.
  /// - Parameters:
  ///   - rootKey: the file of the root's private key; it is read and not kept.
  ///   - token: where the new key is; nil to draw one and keep it in a file.
  ///   - passphrase: of the root's key, and of the new key; the PIN of a token.
  /// - Throws: `AuthorityError`; without a new row in the ledger nothing has changed.
  public static func rotate(
    _ url: URL, rootKey: URL, token: TokenKey? = nil, wait: Double = 10,
    passphrase: borrowing Passphrase? = nil, at now: CredentialTime
  ) throws(AuthorityError) -> RotationOutcome {
    let authority = try OverlayAuthority(opening: url, wait: wait, passphrase: passphrase)
    let number = authority.keys.current + 1
    let count = authority.issuerCertificates.count
    guard count < CertificateVerifier.issuerCountMax else {
      throw .invalid(
        path: url.path, line: nil,
        detail: "there are \(count) issuing keys already, as many as verifiers take")
    }
    let directory = authority.directory
    let keyFile = directory.issuingKey(number)
    let issuing: AuthorityCredentials
    let text: [UInt8]
    if let token {
      issuing = try certified(
        token.open(pin: passphrase, path: keyFile.path), authority, rootKey, passphrase, at: now)
      text = token.text
    } else {
      let algorithm = authority.profile.keyAlgorithm
      let key = try signing { () throws(OpenSSLError) in try PrivateKey(generating: algorithm) }
      issuing = try certified(key, authority, rootKey, passphrase, at: now)
      text = try armoured(issuing, passphrase)
    }
    let ledger = authority.ledger
    let isRecorded = try wrapping { () throws(LedgerError) in
      try ledger.addIssuer(issuing.certificate, as: number, at: now) {
        try AuthorityFile.write(text, to: keyFile, .secret)
        try writeTier(issuing.certificate, to: directory.issuingCertificate(number))
      }
    }
    guard isRecorded else {
      throw .invalid(
        path: directory.ledger.path, line: nil,
        detail: "another process rotated at the same time; nothing was changed by this one")
    }
    try wrapping { () throws(LedgerError) in try ledger.close() }
    let renewed = try OverlayAuthority(opening: url, wait: wait, passphrase: passphrase)
    _ = try renewed.renewRevocationList(at: now)
    return RotationOutcome(
      issuer: number, certificateFile: directory.issuingCertificate(number),
      keyFile: directory.issuingKey(number))
  }

  private static func certified(
    _ issuingKey: consuming PrivateKey, _ authority: OverlayAuthority, _ rootKey: URL,
    _ passphrase: borrowing Passphrase?, at now: CredentialTime
  ) throws(AuthorityError) -> AuthorityCredentials {
    var pem = try AuthorityFile.read(rootKey)
    defer { Passphrase.wipe(&pem) }
    let key = try AuthorityKeys.key(pem, passphrase, path: rootKey.path)
    let profile = authority.profile
    do {
      return try AuthorityCredentials.root(
        overlay: authority.overlay, certificate: authority.rootCertificate, key: key
      ).issuingAuthority(
        key: issuingKey,
        validity: profile.validity(days: profile.issuingValidityDays, from: now))
    } catch {
      throw .invalid(path: rootKey.path, line: nil, detail: error.description)
    }
  }
}
