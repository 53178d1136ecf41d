import NodeCredentials
import RingIdentifiers
import Testing

/// Hostile octets: always a named error, never a crash, never an acceptance.
@Suite struct MalformedInputTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority() }

  @Test func aCertificateCutAnywhereIsMalformed() throws {
    let leaf = try authority.issuing.sign(authority.content())
    let verifier = try authority.verifier()
    for count in leaf.indices {
      let name = rejectionName(Array(leaf[..<count]), verifier)
      #expect(name == "malformed", "cut to \(count) octets")
    }
    #expect(rejectionName(leaf + [0], verifier) == "malformed")
    #expect(rejectionName(leaf, verifier) == nil)
  }

  @Test func noSingleBitCanBeChanged() throws {
    let leaf = try authority.issuing.sign(authority.content())
    let verifier = try authority.verifier()
    for index in leaf.indices {
      var spoilt = leaf
      spoilt[index] ^= 1 << UInt8(index % 8)
      let name = rejectionName(spoilt, verifier)
      #expect(name == "malformed" || name == "chain", "octet \(index): \(name ?? "accepted")")
    }
  }

  @Test func aListCutOrChangedAnywhereIsRefused() throws {
    let list = try authority.list([SerialNumber.random()])
    func reason(_ list: [UInt8]) throws -> String? {
      do {
        _ = try CertificateVerifier(
          overlay: authority.overlay, root: authority.root.certificate,
          issuing: authority.issuing.certificate, revocation: .list(list))
        return nil
      } catch {
        return error.name
      }
    }
    for index in list.indices {
      #expect(try reason(Array(list[..<index])) == "malformed", "cut to \(index) octets")
    }
    for index in stride(from: 0, to: list.count, by: 3) {
      var spoilt = list
      spoilt[index] ^= 1 << UInt8(index % 8)
      #expect(try reason(spoilt) != nil, "octet \(index)")
    }
  }

  @Test func aRequestCutOrChangedAnywhereIsRefused() throws {
    let request = try CertificationRequest.der(for: PrivateKey(generating: .p256))
    for index in request.indices {
      #expect(throws: RequestRejection.self, "cut to \(index) octets") {
        try CertificationRequest(pemOrDER: Array(request[..<index]))
      }
      var spoilt = request
      spoilt[index] ^= 1 << UInt8(index % 8)
      #expect(throws: RequestRejection.self, "octet \(index)") {
        try CertificationRequest(pemOrDER: spoilt)
      }
    }
    #expect(throws: Never.self) { try CertificationRequest(pemOrDER: request) }
  }

  @Test func aRequestWithAnothersSignatureProvesNothing() throws {
    let first = try CertificationRequest.der(for: PrivateKey(generating: .ed25519))
    let second = try CertificationRequest.der(for: PrivateKey(generating: .ed25519))
    let mixed = first.dropLast(64) + second.suffix(64)
    #expect(throws: RequestRejection.noProofOfPossession) {
      try CertificationRequest(pemOrDER: Array(mixed))
    }
  }

  /// The encodings of the Ed25519 points whose order divides 8, the sign of x left out.
  static let smallOrderPoints = [
    "00" + String(repeating: "00", count: 31),
    "01" + String(repeating: "00", count: 31),
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ec" + String(repeating: "ff", count: 30) + "7f",
    "ed" + String(repeating: "ff", count: 30) + "7f",
    "ee" + String(repeating: "ff", count: 30) + "7f",
  ]

  @Test(arguments: smallOrderPoints)
  func aKeyOfSmallOrderIsNoKey(_ text: String) throws {
    var key = stride(from: 0, to: 64, by: 2).compactMap { place in
      UInt8(text.dropFirst(place).prefix(2), radix: 16)
    }
    let prefix = try PrivateKey(generating: .ed25519).publicKey.subjectPublicKeyInfo.dropLast(32)
    #expect(PublicKey(subjectPublicKeyInfo: prefix + key) == nil)
    key[31] |= 0x80
    #expect(PublicKey(subjectPublicKeyInfo: prefix + key) == nil)
    // One bit beside it lies a key like any other.
    key[10] ^= 4
    #expect(PublicKey(subjectPublicKeyInfo: prefix + key) != nil)
  }

  @Test func aSignatureThatFitsAnyMessageProvesNothing() throws {
    let key = try PrivateKey(generating: .ed25519)
    let held = key.publicKey.rawRepresentation
    var request = try CertificationRequest.der(for: key)
    let place = try #require(request.indices.first { request[$0...].starts(with: held) })
    // The neutral point as key and as R, and S = 0: the equation holds for every message.
    let neutral = [1] + [UInt8](repeating: 0, count: 31)
    request.replaceSubrange(place..<place + 32, with: neutral)
    request.replaceSubrange(
      request.count - 64..<request.count, with: neutral + [UInt8](repeating: 0, count: 32))
    #expect(throws: RequestRejection.unsupportedKey(.publicKeyOrder)) {
      try CertificationRequest(pemOrDER: request)
    }
  }

  @Test func sizesAreBounded() throws {
    let limit = UnverifiedNodeCertificate.maximumCount
    #expect(throws: CertificateRejection.self) { try UnverifiedNodeCertificate(der: []) }
    #expect(throws: CertificateRejection.self) {
      try UnverifiedNodeCertificate(der: [UInt8](repeating: 0x30, count: limit + 1))
    }
    #expect(throws: CertificateRejection.self) {
      try UnverifiedNodeCertificate(pemOrDER: [UInt8](repeating: 0x2D, count: 4 * limit + 1))
    }
    #expect(throws: RequestRejection.self) {
      try CertificationRequest(
        pemOrDER: [UInt8](repeating: 0x30, count: CertificationRequest.maximumCount + 1))
    }
  }

  @Test func onlyTheRightArmourIsOpened() throws {
    let leaf = try authority.issuing.sign(authority.content())
    let armoured = try PEM.encode(leaf, label: "CERTIFICATE")
    #expect(try UnverifiedNodeCertificate(pemOrDER: armoured).der == leaf)
    #expect(try UnverifiedNodeCertificate(pemOrDER: leaf).der == leaf)
    for text in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n"] {
      #expect(throws: CertificateRejection.self) {
        try UnverifiedNodeCertificate(pemOrDER: Array(text.utf8))
      }
    }
    #expect(throws: CertificateRejection.self) {
      try UnverifiedNodeCertificate(pemOrDER: PEM.encode(leaf, label: "X509 CRL"))
    }
    #expect(throws: OpenSSLError.self) { _ = try PrivateKey(pem: armoured) }
    for count in stride(from: 0, to: armoured.count - 1, by: 7) {
      #expect(PEM.decode(Array(armoured[..<count]), label: "CERTIFICATE") == nil)
    }
  }

  @Test func oneFileHoldsOneCertificate() throws {
    let leaf = try authority.issuing.sign(authority.content())
    let armoured = try PEM.encode(leaf, label: "CERTIFICATE")
    for rest in [armoured, Array("x".utf8), Array("\n\n-----BEGIN X-----\n".utf8), [0]] {
      #expect(throws: CertificateRejection.self) {
        try UnverifiedNodeCertificate(pemOrDER: armoured + rest)
      }
    }
    for text in [armoured + Array(" \r\n\t\n".utf8), Array("subject=x\n".utf8) + armoured] {
      #expect(try UnverifiedNodeCertificate(pemOrDER: text).der == leaf)
    }
    let request = try PEM.encode(
      CertificationRequest.der(for: PrivateKey(generating: .p256)), label: "CERTIFICATE REQUEST")
    #expect(throws: Never.self) { try CertificationRequest(pemOrDER: request) }
    #expect(throws: RequestRejection.self) {
      try CertificationRequest(pemOrDER: request + request)
    }
  }

  private func rejectionName(_ der: [UInt8], _ verifier: CertificateVerifier) -> String? {
    do {
      _ = try verifier.verify(UnverifiedNodeCertificate(der: der), at: TestAuthority.now)
      return nil
    } catch {
      return error.name
    }
  }
}
