import COpenSSL

/// Why a text gave no private key.
public enum PrivateKeyRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no PKCS#8 block in it.
  case noKey
  /// The block is there but cannot be read.
  case damaged(String)
  /// The key is encrypted, and no passphrase was given.
  case passphraseMissing
  /// The passphrase does not open the key.
  case passphraseWrong
  /// The key is neither P-256 nor Ed25519.
  case unsupportedKey

  /// One line with the remedy.
  public var description: String {
    switch self {
    case .noKey:
      "there is no block of kind PRIVATE KEY or ENCRYPTED PRIVATE KEY; "
        + "\"openssl pkcs8 -topk8\" makes one"
    case .damaged(let detail): "the private key is damaged: \(detail)"
    case .passphraseMissing: "the private key is encrypted; give its passphrase"
    case .passphraseWrong:
      "the passphrase is wrong, or the encrypted octets are damaged (the two cannot be told apart)"
    case .unsupportedKey: "only P-256 and Ed25519 keys are supported"
    }
  }
}

/// How a passphrase becomes the key that encrypts a private key (PBES2 of RFC 8018, AES-256-CBC).
public struct KeyEncryption: Hashable, Sendable {
  fileprivate enum Derivation: Hashable {
    case scrypt(parallelism: UInt64)
    case pbkdf2(iterations: Int32)
  }

  fileprivate let derivation: Derivation

  /// scrypt with N=2^14, r=8, p=5: 16 MiB of memory, the most that `openssl pkey` of OpenSSL 3.0
  /// reads, made up for by p. GnuTLS 3.7 cannot read it.
  public static let scrypt = KeyEncryption(derivation: .scrypt(parallelism: 5))

  /// PBKDF2 with HMAC-SHA256 and 600,000 iterations, which every program reads.
  public static let pbkdf2 = KeyEncryption(derivation: .pbkdf2(iterations: 600_000))

  /// PBKDF2 with a choice of iterations, so that tests can try many passphrases.
  package static func pbkdf2(iterations: Int32) -> KeyEncryption {
    KeyEncryption(derivation: .pbkdf2(iterations: iterations))
  }

  /// The AlgorithmIdentifier with fresh salt and initialisation vector; the caller owns it.
  fileprivate func algorithm() throws(OpenSSLError) -> UnsafeMutablePointer<X509_ALGOR> {
    let operation = "prepare the encryption of a key"
    var salt = try SecureRandom.bytes(count: 16)
    let count = Int32(salt.count)
    let made = salt.withUnsafeMutableBufferPointer { salt in
      switch derivation {
      case .scrypt(let parallelism):
        PKCS5_pbe2_set_scrypt(
          EVP_aes_256_cbc(), salt.baseAddress, count, nil, 1 << 14, 8, parallelism)
      case .pbkdf2(let iterations):
        PKCS5_pbe2_set_iv(
          EVP_aes_256_cbc(), iterations, salt.baseAddress, count, nil, NID_hmacWithSHA256)
      }
    }
    return try required(made, operation)
  }
}

extension PrivateKey {
  /// The key as PKCS#8 in PEM, encrypted (EncryptedPrivateKeyInfo of RFC 5958).
  ///
  /// The key in the clear stays in OpenSSL's memory, which wipes it.
  /// - Throws: `OpenSSLError` when there is no entropy or not enough memory.
  /// - Complexity: 0.1 to 0.3 s, on purpose.
  public borrowing func pem(
    passphrase: borrowing Passphrase, encryption: KeyEncryption = .scrypt
  ) throws(OpenSSLError) -> [UInt8] {
    let operation = "encrypt a private key"
    try checkExportable()
    let info = try required(EVP_PKEY2PKCS8(handle.pointer), operation)
    defer { PKCS8_PRIV_KEY_INFO_free(info) }
    let algorithm = try encryption.algorithm()
    let made = passphrase.withCharacters { PKCS8_set0_pbe($0, $1, info, algorithm) }
    guard let made else {
      X509_ALGOR_free(algorithm)
      throw OpenSSLError.drained(operation)
    }
    // From here on it owns the algorithm.
    defer { X509_SIG_free(made) }
    let der = try derBytes("encode an encrypted key") { i2d_X509_SIG(made, $0) }
    return try PEM.encode(der, label: PrivateKey.encryptedLabel)
  }

  /// Reads a PKCS#8 key in PEM, encrypted or not; nothing may follow it.
  ///
  /// A passphrase for a key that is not encrypted is ignored.
  /// - Throws: `PrivateKeyRejection`.
  /// - Complexity: for an encrypted key, as long as its parameters demand: a key file is taken to
  ///   be the caller's own.
  public init(
    pem: [UInt8], passphrase: borrowing Passphrase?
  ) throws(PrivateKeyRejection) {
    defer { ERR_clear_error() }
    let info: OpaquePointer
    if let encrypted = PEM.decodeOnly(pem, label: PrivateKey.encryptedLabel) {
      info = try PrivateKey.decrypted(encrypted, passphrase: passphrase)
    } else if var plain = PEM.decodeOnly(pem, label: PrivateKey.plainLabel) {
      let parsed = decodeAll(plain) {
        d2i_PKCS8_PRIV_KEY_INFO(nil, $0, $1)
      } discard: {
        PKCS8_PRIV_KEY_INFO_free($0)
      }
      Passphrase.wipe(&plain)
      guard let parsed else { throw .damaged("it is no PKCS#8 structure") }
      info = parsed
    } else {
      let isThere = [PrivateKey.encryptedLabel, PrivateKey.plainLabel].contains {
        contains(pem, Array("-----BEGIN \($0)-----".utf8))
      }
      throw isThere ? .damaged("its armour is broken, or more text follows") : .noKey
    }
    defer { PKCS8_PRIV_KEY_INFO_free(info) }
    guard let pointer = EVP_PKCS82PKEY(info) else { throw .unsupportedKey }
    do {
      try self.init(adopting: KeyHandle(pointer: pointer))
    } catch {
      throw .unsupportedKey
    }
  }

  private static let encryptedLabel = "ENCRYPTED PRIVATE KEY"
  private static let plainLabel = "PRIVATE KEY"

  /// Opens an EncryptedPrivateKeyInfo; the caller owns what comes back.
  private static func decrypted(
    _ der: [UInt8], passphrase: borrowing Passphrase?
  ) throws(PrivateKeyRejection) -> OpaquePointer {
    let parsed = decodeAll(der) {
      d2i_X509_SIG(nil, $0, $1)
    } discard: {
      X509_SIG_free($0)
    }
    guard let parsed else { throw .damaged("it is no encrypted PKCS#8 structure") }
    defer { X509_SIG_free(parsed) }
    ERR_clear_error()
    let opened: OpaquePointer?
    switch passphrase {
    case .none: throw .passphraseMissing
    case .some(let passphrase):
      opened = passphrase.withCharacters { PKCS8_decrypt(parsed, $0, $1) }
    }
    if let opened { return opened }
    let error = OpenSSLError.drained("decrypt a private key")
    // Bad padding, or padding that is good by chance and no key before it.
    let isWrong = error.reasons.contains("bad decrypt") || error.reasons.contains("decode error")
    throw isWrong ? .passphraseWrong : .damaged(error.description)
  }
}

/// Whether `part` occurs in `whole`.
private func contains(_ whole: [UInt8], _ part: [UInt8]) -> Bool {
  whole.indices.contains { whole[$0...].starts(with: part) }
}
