import Foundation
import NodeCredentials
import Testing

/// Private keys under a passphrase.
@Suite struct EncryptedKeyTests {
  /// Cheap, for everything but the tests of the real parameters.
  static let quick = KeyEncryption.pbkdf2(iterations: 1_000)

  private func passphrase(_ text: String) throws -> Passphrase {
    guard let made = Passphrase(firstLineOf: Array(text.utf8)) else { throw NoPassphrase() }
    return made
  }

  private struct NoPassphrase: Error {}

  /// Why a text gives no key; nil when it does.
  private func rejection(_ pem: [UInt8], _ text: String?) throws -> PrivateKeyRejection? {
    do throws(PrivateKeyRejection) {
      if let text {
        _ = try PrivateKey(pem: pem, passphrase: Passphrase(firstLineOf: Array(text.utf8)))
      } else {
        _ = try PrivateKey(pem: pem, passphrase: nil)
      }
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: KeyAlgorithm.allCases, [KeyEncryption.scrypt, .pbkdf2, quick])
  func anEncryptedKeyIsReadBack(_ algorithm: KeyAlgorithm, _ encryption: KeyEncryption) throws {
    let key = try PrivateKey(generating: algorithm)
    let pem = try key.pem(passphrase: passphrase("tr\u{E9}s secret"), encryption: encryption)
    let read = try PrivateKey(pem: pem, passphrase: passphrase("tr\u{E9}s secret"))
    let (expected, found) = (key.publicKey, read.publicKey)
    #expect(found == expected)
    #expect(found.isSignature(try read.signature(over: [1]), over: [1]))
    #expect(pem.starts(with: Array("-----BEGIN ENCRYPTED PRIVATE KEY-----\n".utf8)))
    let again = try key.pem(passphrase: passphrase("tr\u{E9}s secret"), encryption: Self.quick)
    #expect(again != pem, "salt and vector are fresh each time")
  }

  @Test func aPlainKeyNeedsNoPassphrase() throws {
    for algorithm in KeyAlgorithm.allCases {
      let pem = try PrivateKey(generating: algorithm).pem()
      #expect(try rejection(pem, nil) == nil)
      #expect(try rejection(pem, "needless") == nil)
    }
  }

  @Test func eachFailureIsNamed() throws {
    let key = try PrivateKey(generating: .p256)
    let pem = try key.pem(passphrase: passphrase("right"), encryption: Self.quick)
    #expect(try rejection(pem, "right") == nil)
    #expect(try rejection(pem, "right\n") == nil)
    #expect(try rejection(pem, nil) == .passphraseMissing)
    #expect(try rejection(pem, "wrong") == .passphraseWrong)
    for text in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
      #expect(try rejection(Array(text.utf8), "right") == .noKey)
    }
    #expect(try rejection(pem + pem, "right")?.isDamage == true)
    let junk = try PEM.encode([0x30, 0x03, 2, 1, 0], label: "ENCRYPTED PRIVATE KEY")
    #expect(try rejection(junk, "right")?.isDamage == true)
    let plainJunk = try PEM.encode([0x30, 0x03, 2, 1, 0], label: "PRIVATE KEY")
    #expect(try rejection(plainJunk, nil)?.isDamage == true)
  }

  /// In 1 of 256 cases the padding of a wrong decryption is good by chance.
  @Test func aWrongPassphraseIsAlwaysCalledThat() throws {
    let key = try PrivateKey(generating: .ed25519)
    let pem = try key.pem(passphrase: passphrase("right"), encryption: .pbkdf2(iterations: 1))
    for attempt in 0..<2_000 {
      #expect(try rejection(pem, "wrong \(attempt)") == .passphraseWrong)
    }
  }

  @Test func aKeyCutAnywhereIsRefused() throws {
    let key = try PrivateKey(generating: .p256)
    let pem = try key.pem(passphrase: passphrase("right"), encryption: Self.quick)
    // The last line feed may be missing.
    for count in 0..<pem.count - 1 {
      let reason = try rejection(Array(pem[..<count]), "right")
      let hasHeader = count >= "-----BEGIN ENCRYPTED PRIVATE KEY-----".count
      #expect(hasHeader ? reason?.isDamage == true : reason == .noKey, "cut to \(count)")
    }
    let der = try #require(PEM.decode(pem, label: "ENCRYPTED PRIVATE KEY"))
    for index in der.indices.dropFirst() {
      let cut = try PEM.encode(Array(der[..<index]), label: "ENCRYPTED PRIVATE KEY")
      #expect(try rejection(cut, "right")?.isDamage == true, "cut to \(index) octets")
    }
  }

  @Test func encryptedOctetsThatAreNoBlocksAreDamaged() throws {
    let key = try PrivateKey(generating: .p256)
    let pem = try key.pem(passphrase: passphrase("right"), encryption: Self.quick)
    var der = try #require(PEM.decode(pem, label: "ENCRYPTED PRIVATE KEY"))
    // SEQUENCE { algorithm, OCTET STRING of 0x90 octets }: one octet less, lengths to match.
    let place = try #require(
      der.indices.last { der[$0...].starts(with: [0x04, 0x81, 0x90]) })
    der[place + 2] -= 1
    der.removeLast()
    der[2] -= 1
    let text = try PEM.encode(der, label: "ENCRYPTED PRIVATE KEY")
    #expect(try rejection(text, "right")?.isDamage == true)
  }

  @Test func passphrasesAreOneLine() {
    for text in ["", "\n", "\r\n", "a\0b", String(repeating: "x", count: 1_001)] {
      let isNone = Passphrase(firstLineOf: Array(text.utf8)) == nil
      #expect(isNone, "\(text.debugDescription)")
    }
    for text in ["a", "a\nb", " a \r\n", String(repeating: "x", count: 1_000)] {
      let isSome = Passphrase(firstLineOf: Array(text.utf8)) != nil
      #expect(isSome, "\(text.debugDescription)")
    }
    var secret: [UInt8] = [1, 2, 3]
    Passphrase.wipe(&secret)
    #expect(secret.isEmpty)
  }

  @Test(
    .enabled(
      if: ForeignProgram.openssl.isInstalled && ForeignProgram.certtool.isInstalled,
      "needs openssl and certtool"),
    arguments: KeyAlgorithm.allCases)
  func foreignProgramsReadOurs(_ algorithm: KeyAlgorithm) throws {
    let scratch = try ScratchDirectory()
    let secret = try scratch.write(Array("open sesame\n".utf8), "passphrase")
    let key = try PrivateKey(generating: algorithm)
    for (name, encryption) in [("scrypt", KeyEncryption.scrypt), ("pbkdf2", .pbkdf2)] {
      let file = try scratch.write(
        key.pem(passphrase: passphrase("open sesame"), encryption: encryption), name)
      let check = try ForeignProgram.openssl.run([
        "pkey", "-in", file, "-passin", "file:\(secret)", "-check", "-noout",
      ])
      #expect(check.status == 0, "\(check.output)")
    }
    let info = try ForeignProgram.certtool.run([
      "--key-info", "--password", "open sesame", "--infile",
      scratch.url.appendingPathComponent("pbkdf2").path,
    ])
    #expect(info.status == 0, "\(info.output)")
    #expect(info.output.contains("AES-256-CBC"))
  }

  @Test(
    .enabled(if: ForeignProgram.openssl.isInstalled, "needs openssl"),
    arguments: [["-scrypt"], ["-v2", "aes-256-cbc"], ["-v2", "des3"]])
  func keysOfOpenSSLAreRead(_ options: [String]) throws {
    let scratch = try ScratchDirectory()
    let secret = try scratch.write(Array("open sesame\n".utf8), "passphrase")
    let key = try PrivateKey(generating: .p256)
    let plain = try scratch.write(key.pem(), "plain")
    let made = scratch.url.appendingPathComponent("made").path
    let result = try ForeignProgram.openssl.run(
      ["pkcs8", "-topk8", "-in", plain, "-out", made, "-passout", "file:\(secret)"] + options)
    #expect(result.status == 0, "\(result.output)")
    let text = [UInt8](try Data(contentsOf: URL(fileURLWithPath: made)))
    #expect(try rejection(text, "open sesame") == nil)
    #expect(try rejection(text, "open") == .passphraseWrong)
  }

  @Test(.enabled(if: ForeignProgram.openssl.isInstalled, "needs openssl"))
  func otherKeysAreUnsupported() throws {
    let scratch = try ScratchDirectory()
    let made = scratch.url.appendingPathComponent("made").path
    for options in [["RSA"], ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"], ["ED448"]] {
      let result = try ForeignProgram.openssl.run(
        ["genpkey", "-out", made, "-algorithm"] + options)
      #expect(result.status == 0, "\(result.output)")
      let text = [UInt8](try Data(contentsOf: URL(fileURLWithPath: made)))
      #expect(try rejection(text, nil) == .unsupportedKey)
    }
  }
}

extension PrivateKeyRejection {
  fileprivate var isDamage: Bool {
    if case .damaged = self { return true }
    return false
  }
}
