import Foundation
import NodeCredentials
import Testing

/// Signatures over messages, HMAC, and keys from raw octets.
@Suite struct MessageSignatureTests {
  /// RFC 8032 section 7.1: seed, public key, message, signature.
  static let vectors: [[String]] = [
    [
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
        + "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
        + "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
        + "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
  ]

  @Test(arguments: vectors)
  func ed25519FollowsTheVectorsOfRFC8032(_ vector: [String]) throws {
    let seed = octets(vector[0])
    // PKCS#8 of RFC 8410: version 0, the algorithm, the seed in two OCTET STRINGs.
    let info = octets("302e020100300506032b657004220420") + seed
    let key = try PrivateKey(pem: PEM.encode(info, label: "PRIVATE KEY"))
    let (message, signature) = (octets(vector[2]), octets(vector[3]))
    #expect(key.publicKey.rawRepresentation == octets(vector[1]))
    #expect(try key.signature(over: message) == signature)
    let read = try #require(PublicKey(ed25519: octets(vector[1])))
    let held = key.publicKey
    #expect(read == held)
    #expect(read.isSignature(signature, over: message))
    #expect(!read.isSignature(signature, over: message + [0]))
  }

  @Test(arguments: KeyAlgorithm.allCases)
  func onlyTheWholeSignatureCounts(_ algorithm: KeyAlgorithm) throws {
    let key = try PrivateKey(generating: algorithm)
    let message = Array("checkpoint".utf8)
    let signature = try key.signature(over: message)
    let holder = key.publicKey
    #expect(holder.isSignature(signature, over: message))
    #expect(try !PrivateKey(generating: algorithm).publicKey.isSignature(signature, over: message))
    for index in signature.indices {
      #expect(!holder.isSignature(Array(signature[..<index]), over: message))
      var spoilt = signature
      spoilt[index] ^= 1 << UInt8(index % 8)
      #expect(!holder.isSignature(spoilt, over: message), "octet \(index)")
    }
    #expect(!holder.isSignature(signature + [0], over: message))
    #expect(!holder.isSignature([UInt8](repeating: 0, count: 1 << 16), over: message))
    #expect(holder.isSignature(try key.signature(over: []), over: []))
    let long = [UInt8](repeating: 7, count: 100_000)
    #expect(holder.isSignature(try key.signature(over: long), over: long))
  }

  /// S + L satisfies the equation too; RFC 8032 section 5.1.7 demands S < L.
  @Test func theSecondFormOfAnEd25519SignatureIsRefused() throws {
    let key = try PrivateKey(generating: .ed25519)
    let signature = try key.signature(over: [1])
    let order = octets("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
    var carry = 0
    let sum = zip(signature.suffix(32), order).map { left, right in
      let total = Int(left) + Int(right) + carry
      carry = total >> 8
      return UInt8(total & 0xFF)
    }
    let twin = Array(signature.prefix(32)) + sum
    #expect(!key.publicKey.isSignature(twin, over: [1]))
  }

  @Test func rawKeysAreOfThirtyTwoOctetsAndOfLargeOrder() throws {
    let raw = try PrivateKey(generating: .ed25519).publicKey.rawRepresentation
    #expect(PublicKey(ed25519: raw) != nil)
    for octets in [[], Array(raw.dropLast()), raw + [0], [1] + [UInt8](repeating: 0, count: 31)] {
      #expect(PublicKey(ed25519: octets) == nil)
    }
    // The y coordinate 2 belongs to no point, so nothing is signed by it.
    let nowhere = try #require(PublicKey(ed25519: [2] + [UInt8](repeating: 0, count: 31)))
    #expect(!nowhere.isSignature([UInt8](repeating: 0, count: 64), over: []))
  }

  @Test func hmacFollowsTheVectorsOfRFC4231() throws {
    let vectors: [([UInt8], [UInt8], String)] = [
      (
        [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
      (
        [UInt8](repeating: 0xAA, count: 131),
        Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
      ([], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ]
    for (key, message, expected) in vectors {
      #expect(try Digest.hmacSHA256(key: key, message: message) == octets(expected))
    }
  }

  @Test(
    .enabled(if: ForeignProgram.openssl.isInstalled, "needs openssl"),
    arguments: KeyAlgorithm.allCases)
  func opensslAgreesInBothDirections(_ algorithm: KeyAlgorithm) throws {
    let scratch = try ScratchDirectory()
    let key = try PrivateKey(generating: algorithm)
    let message = Array("both directions".utf8)
    let holder = key.publicKey
    let keyFile = try scratch.write(key.pem(), "key")
    let publicFile = try scratch.write(
      PEM.encode(holder.subjectPublicKeyInfo, label: "PUBLIC KEY"), "public")
    let messageFile = try scratch.write(message, "message")
    let ours = try scratch.write(key.signature(over: message), "ours")
    let theirs = scratch.url.appendingPathComponent("theirs").path
    let (verify, sign): ([String], [String])
    switch algorithm {
    case .p256:
      verify = ["dgst", "-sha256", "-verify", publicFile, "-signature", ours, messageFile]
      sign = ["dgst", "-sha256", "-sign", keyFile, "-out", theirs, messageFile]
    case .ed25519:
      verify = [
        "pkeyutl", "-verify", "-pubin", "-inkey", publicFile, "-rawin", "-in", messageFile,
        "-sigfile", ours,
      ]
      sign = [
        "pkeyutl", "-sign", "-inkey", keyFile, "-rawin", "-in", messageFile, "-out", theirs,
      ]
    }
    let verified = try ForeignProgram.openssl.run(verify)
    #expect(verified.status == 0, "\(verified.output)")
    let signed = try ForeignProgram.openssl.run(sign)
    #expect(signed.status == 0, "\(signed.output)")
    let made = [UInt8](try Data(contentsOf: URL(fileURLWithPath: theirs)))
    #expect(holder.isSignature(made, over: message))
  }
}

/// The octets that these hex digits stand for.
func octets(_ hex: String) -> [UInt8] {
  let digits = Array(hex.utf8)
  return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
    UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
  }
}
