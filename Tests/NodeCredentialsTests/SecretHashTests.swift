import NodeCredentials
import Testing

/// scrypt, the stored form of secrets, and base 64.
@Suite struct SecretHashTests {
  @Test func scryptFollowsTheVectorsOfRFC7914() throws {
    let vectors: [(String, String, UInt64, UInt64, UInt64, String)] = [
      (
        "", "", 16, 1, 1,
        "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
          + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
      ),
      (
        "password", "NaCl", 1024, 8, 16,
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
          + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
      ),
      (
        "pleaseletmein", "SodiumChloride", 16384, 8, 1,
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
          + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
      ),
    ]
    for (secret, salt, rounds, blockSize, parallelism, expected) in vectors {
      let derived = try Digest.scrypt(
        Array(secret.utf8), salt: Array(salt.utf8), rounds: rounds, blockSize: blockSize,
        parallelism: parallelism, count: 64)
      #expect(derived == octets(expected))
    }
    #expect(throws: OpenSSLError.self) {
      try Digest.scrypt([1], salt: [], rounds: 1000, blockSize: 8, parallelism: 1, count: 32)
    }
    #expect(throws: OpenSSLError.self) {
      try Digest.scrypt([1], salt: [], rounds: 1 << 22, blockSize: 8, parallelism: 1, count: 32)
    }
  }

  @Test func aSecretMatchesItsHashAndNoOther() throws {
    let secret = Array("correct horse".utf8)
    let hash = try SecretHash(hashing: secret, cost: .least)
    #expect(try hash.matches(secret))
    for wrong in ["correct horsf", "correct hors", "correct horse ", ""] {
      #expect(try !hash.matches(Array(wrong.utf8)))
    }
    let again = try SecretHash(hashing: secret, cost: .least)
    #expect(again != hash, "each hash has a salt of its own")
    #expect(throws: OpenSSLError.self) { try SecretHash(hashing: [], cost: .least) }
  }

  @Test func theStandardCostIsThirtyTwoMebibytes() throws {
    #expect(ScryptCost.standard.memoryByteCount == 32 << 20)
    let hash = try SecretHash(hashing: [1, 2, 3])
    #expect(hash.description.hasPrefix("scrypt:ln=15,r=8,p=1:"))
    #expect(try hash.matches([1, 2, 3]))
  }

  @Test func theTextFormIsReadBack() throws {
    let hash = try SecretHash(hashing: [7], cost: .least)
    let read = try #require(SecretHash(hash.description))
    #expect(read == hash)
    #expect(try read.matches([7]))
  }

  @Test func otherTextIsNoHash() throws {
    let text = try SecretHash(hashing: [7], cost: .least).description
    for count in 0..<text.count {
      #expect(SecretHash(String(text.prefix(count))) == nil, "cut to \(count)")
    }
    let parts = text.split(separator: ":").map(String.init)
    let rest = ":\(parts[2]):\(parts[3])"
    let costs = [
      "ln=010,r=8,p=1", "ln=+10,r=8,p=1", "ln=9,r=8,p=1", "ln=21,r=8,p=1", "ln=10,r=7,p=1",
      "ln=10,r=33,p=1", "ln=10,r=8,p=0", "ln=10,r=8,p=17", "ln=10,r=8,p=-1", "ln=19,r=8,p=1",
      "ln=18,r=8,p=9", "r=8,ln=10,p=1", "ln=10,r=8", "ln=10,r=8,p=1,x=1", "ln=,r=8,p=1",
      "ln=10, r=8,p=1", "ln=99999999999999999999,r=8,p=1", "",
    ]
    for cost in costs {
      #expect(SecretHash("scrypt:\(cost)\(rest)") == nil, "\(cost)")
    }
    #expect(SecretHash("scrypt:ln=18,r=8,p=8\(rest)") != nil)
    for other in [
      text + ":", text + " ", " " + text, text.uppercased(), "argon2\(text.dropFirst(6))",
      text.replacing("=:", with: ":"), text + text,
    ] {
      #expect(SecretHash(other) == nil, "\(other)")
    }
  }

  @Test func baseSixtyFourHasOneForm() {
    let vectors = [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ]
    for (plain, text) in vectors {
      #expect(Base64.text(Array(plain.utf8)) == text)
      #expect(Base64.octets(text.utf8) == Array(plain.utf8))
    }
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 251 &* $0 &+ 17 &* count) }
      #expect(Base64.octets(Base64.text(bytes).utf8) == bytes)
    }
    for text in [
      "Zg=", "Zg", "Z", "Zh==", "Zm9=", "====", "Z===", "Zg==Zg==", "Zg==Zm9v", "Zm 9", "Zm9v\n",
      "Zm9-", "Zm9_", "=Zm9", "Z=g=",
    ] {
      #expect(Base64.octets(text.utf8) == nil, "\(text)")
    }
  }

  @Test func equalityOfSecretsIsThatOfOctets() {
    #expect(SecretBytes.areEqual([], []))
    #expect(SecretBytes.areEqual([1, 2], [1, 2]))
    #expect(!SecretBytes.areEqual([1, 2], [1, 3]))
    #expect(!SecretBytes.areEqual([1, 2], [1, 2, 3]))
  }
}
