import NodeCredentials
import RingIdentifiers
import Testing

/// Every rejection, each provoked by one change to an otherwise good certificate.
@Suite struct VerificationTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority() }

  @Test func aGoodCertificateGivesTheNodeThatWasCertified() throws {
    let nodeId = try NodeId.assigned()
    let content = try authority.content(nodeId: nodeId, address: "[2001:db8::9]:6084")
    let der = try authority.issuing.sign(content)
    let node = try authority.verifier().verify(
      UnverifiedNodeCertificate(der: der), at: TestAuthority.now,
      expecting: PeerExpectation(nodeId: nodeId, ip: IPAddress("2001:db8::9"), port: 6084))
    #expect(node.nodeId == nodeId)
    #expect(node.address == NodeAddress("[2001:db8::9]:6084"))
    #expect(node.serial == content.serial)
    #expect(node.publicKey == content.publicKey)
    #expect(node.notBefore == TestAuthority.validity.notBefore)
    #expect(node.notAfter == TestAuthority.validity.notAfter)
  }

  /// A change to a good certificate and the rule that it breaks.
  struct Variant: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let expected: ProfileRule
    let change: @Sendable (inout CertificateContent) throws -> Void

    init(
      _ name: String, _ expected: ProfileRule,
      _ change: @escaping @Sendable (inout CertificateContent) throws -> Void
    ) {
      testDescription = name
      self.expected = expected
      self.change = change
    }
  }

  // Positions of the extensions in a node certificate.
  static let (basic, usage, extended, subjectKey, authorityKey, names, point, port) =
    (0, 1, 2, 3, 4, 5, 6, 7)

  static let variants: [Variant] = [
    Variant("an authority", .authority) {
      $0.extensions[basic] = .basicConstraints(pathLength: 0)
      $0.extensions[usage] = .authorityKeyUsage
    },
    Variant("no basic constraints", .basicConstraints) { $0.extensions.remove(at: basic) },
    Variant("no key usage", .keyUsageMissing) { $0.extensions.remove(at: usage) },
    Variant("basic constraints not critical", .basicConstraints) {
      $0.extensions[basic] = $0.extensions[basic].with(isCritical: false)
    },
    Variant("no extended key usage", .extendedKeyUsageMissing) {
      $0.extensions.remove(at: extended)
    },
    Variant("no key identifier", .authorityKeyIdentifier) {
      $0.extensions.remove(at: authorityKey)
    },
    Variant("foreign subject key identifier", .subjectKeyIdentifier) {
      $0.extensions[subjectKey] = .subjectKeyIdentifier([UInt8](repeating: 7, count: 20))
    },
    Variant("no distribution point", .distributionPoint) { $0.extensions.remove(at: point) },
    Variant("no port", .portMissing) { $0.extensions.remove(at: port) },
    Variant("port 0", .port) { $0.extensions[port] = .nodePort(0) },
    Variant("port 65536", .port) {
      $0.extensions[port] = $0.extensions[port].with(value: [0x30, 5, 2, 3, 1, 0, 0])
    },
    Variant("negative port", .port) {
      $0.extensions[port] = $0.extensions[port].with(value: [0x30, 3, 2, 1, 0xFF])
    },
    Variant("port with octets left over", .portForm) {
      $0.extensions[port] = $0.extensions[port].with(value: [0x30, 3, 2, 1, 9, 0])
    },
    Variant("twice the port", .duplicateExtension) {
      $0.extensions.append(.nodePort(4000))
    },
    Variant("unknown critical extension", .unknownCriticalExtension) {
      $0.extensions.append(.unknown(isCritical: true))
    },
    Variant("no alternative names", .alternativeNamesMissing) { $0.extensions.remove(at: names) },
  ]

  @Test(arguments: variants)
  func aBrokenRuleIsNamed(_ variant: Variant) throws {
    var content = try authority.content()
    try variant.change(&content)
    #expect(
      try authority.rejection(authority.issuing.sign(content)) == .profile(variant.expected))
  }

  @Test func unknownExtensionsThatAreNotCriticalAreIgnored() throws {
    var content = try authority.content()
    content.extensions.append(.unknown(isCritical: false))
    content.extensions[Self.port] = content.extensions[Self.port].with(
      value: [0x30, 6, 2, 1, 9, 4, 1, 0])
    #expect(try authority.rejection(authority.issuing.sign(content)) == nil)
  }

  // MARK: names

  private func rejection(
    uris: [String], hosts: [String]? = nil, ips: [String] = ["192.0.2.7"], subject: String? = nil
  ) throws -> CertificateRejection? {
    var content = try authority.content(nodeId: NodeId(hex: Self.hex))
    content.subject = subject ?? Self.hex
    content.extensions[Self.names] = .subjectAlternativeName(
      uris: uris, hosts: hosts ?? ["\(Self.hex).overlay.example"],
      ips: ips.compactMap { IPAddress($0) })
    return try authority.rejection(authority.issuing.sign(content))
  }

  static let hex = "00112233445566778899aabbccddeeff01234567"
  static let good = "reload://0114\(hex)@overlay.example/"

  @Test func bothFormsOfTheURIAreAccepted() throws {
    #expect(try rejection(uris: [Self.good]) == nil)
    #expect(try rejection(uris: ["reload://\(Self.hex)@overlay.example/"]) == nil)
  }

  @Test(arguments: [
    ("reload://0114\(hex.uppercased())@overlay.example/", ProfileRule.uriCase),
    ("RELOAD://0114\(hex)@overlay.example/", ProfileRule.uriScheme),
    ("reload://0110\(hex)@overlay.example/", ProfileRule.destinationLength),
    ("reload://0214\(hex)@overlay.example/", ProfileRule.destinationType),
    ("reload://0114\(hex)0114\(hex)@overlay.example/", ProfileRule.destinationCount),
    ("reload://0114\(hex.dropLast())@overlay.example/", ProfileRule.destinationForm),
    ("reload://0114\(hex)0@overlay.example/", ProfileRule.destinationEnd),
    ("reload://0114%30\(hex.dropFirst())@overlay.example/", ProfileRule.uriEscape),
    ("reload://0114\(hex.dropLast())g@overlay.example/", ProfileRule.uriDigits),
    ("reload://0114\(hex):x@overlay.example/", ProfileRule.uriDestination),
    ("reload://x@0114\(hex)@overlay.example/", ProfileRule.uriAt),
    ("reload://0114\(hex)@@overlay.example/", ProfileRule.uriAt),
    ("reload://0114\(hex)@overlay.example", ProfileRule.uriPath),
    ("reload://0114\(hex)@overlay.example/x", ProfileRule.uriPath),
    ("reload://0114\(hex)@overlay.example/#", ProfileRule.uriPath),
    ("reload://0114\(hex)@overlay.example:6084/", ProfileRule.uriPort),
    ("reload://0114\(hex)@Overlay.example/", ProfileRule.uriOverlay),
    ("reload://0114\(hex)@overlay.example%2f/", ProfileRule.uriEscape),
    ("reload://0114\(hex)@overlay.example\u{0}.other.example/", ProfileRule.uriOctets),
    ("reload://\(hex)\u{0}0000@overlay.example/", ProfileRule.uriOctets),
    ("reload://0114\(hex)overlay.example/", ProfileRule.uriAt),
    ("https://overlay.example/", ProfileRule.uriScheme),
    ("reload:///", ProfileRule.uriAt),
    ("reload://", ProfileRule.uriAt),
    ("/", ProfileRule.uriScheme),
  ])
  func otherFormsOfTheURIAreRefused(_ uri: String, _ rule: ProfileRule) throws {
    #expect(try rejection(uris: [uri]) == .profile(rule))
  }

  @Test func exactlyOneURIIsAllowed() throws {
    let other = "reload://0114\(String(repeating: "0", count: 40))@overlay.example/"
    #expect(try rejection(uris: []) == .profile(.uriMissing))
    #expect(try rejection(uris: [Self.good, other]) == .profile(.uriCount))
    #expect(try rejection(uris: [Self.good, Self.good]) == .profile(.uriCount))
    #expect(try rejection(uris: [Self.good, "https://x.example/"]) == .profile(.uriCount))
  }

  @Test func theURIOfAnotherOverlayIsForeign() throws {
    #expect(
      try rejection(uris: ["reload://0114\(Self.hex)@other.example/"])
        == .foreignOverlay(expected: "overlay.example", found: "other.example"))
  }

  @Test func hostNameAndCommonNameMustBeTheNodeId() throws {
    let other = String(repeating: "0", count: 40)
    for host in ["\(other).overlay.example", "overlay.example", "x.\(Self.hex).overlay.example"] {
      #expect(try rejection(uris: [Self.good], hosts: [host])?.name == "node-id-mismatch")
    }
    for subject in [other, Self.hex.uppercased(), "\(Self.hex)0", "node"] {
      #expect(try rejection(uris: [Self.good], subject: subject)?.name == "node-id-mismatch")
    }
    let host = "\(Self.hex).overlay.example"
    #expect(try rejection(uris: [Self.good], hosts: [host, host]) == .profile(.hostCount))
  }

  @Test func exactlyOneAddressIsAllowed() throws {
    #expect(try rejection(uris: [Self.good], ips: []) == .profile(.addressMissing))
    #expect(
      try rejection(uris: [Self.good], ips: ["192.0.2.7", "192.0.2.8"])
        == .profile(.addressCount))
  }

  // MARK: signatures

  /// Why the hash of a certificate does not identify it.
  @Test func theSecondFormOfASignatureIsTheSameCertificate() throws {
    let content = try authority.content()
    let der = try authority.issuing.sign(content)
    // SEQUENCE { ..., BIT STRING { 0, SEQUENCE { INTEGER r, INTEGER s } } }
    let info: [UInt8] = [0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]
    let place = try #require(der.indices.last { der[$0...].starts(with: info) }) + info.count
    let rStart = place + 5
    let sStart = rStart + 2 + Int(der[rStart + 1])
    let s = der[(sStart + 2)...].drop { $0 == 0 }
    let order = stride(from: 0, to: 64, by: 2).compactMap { place in
      UInt8(
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551".dropFirst(place)
          .prefix(2), radix: 16)
    }
    var borrow = 0
    var rest = [UInt8](repeating: 0, count: 32 - s.count) + s
    for index in rest.indices.reversed() {
      let difference = Int(order[index]) - Int(rest[index]) - borrow
      borrow = difference < 0 ? 1 : 0
      rest[index] = UInt8(difference & 0xFF)
    }
    var other = [UInt8](rest.drop { $0 == 0 })
    if other[0] >= 0x80 { other.insert(0, at: 0) }
    let pair = Array(der[rStart..<sStart]) + [2, UInt8(other.count)] + other
    let bits = [0, 0x30, UInt8(pair.count)] + pair
    let body = Array(der[4..<place]) + [3, UInt8(bits.count)] + bits
    let twin = [0x30, 0x82, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
    #expect(twin != der)
    #expect(try authority.rejection(twin) == nil)
    #expect(try authority.rejection(twin, revoked: [content.serial])?.name == "revoked")
  }

  @Test func aWeakSignatureIsRefusedByName() throws {
    let weak = CertificateRejection.profile(.signatureAlgorithm)
    let leaf = try authority.issuing.sign(authority.content(), hash: .sha1)
    #expect(try authority.rejection(leaf) == weak)

    func refusal(issuing: AuthorityCredentials, list: [UInt8]) throws -> CertificateRejection? {
      do {
        _ = try CertificateVerifier(
          overlay: authority.overlay, root: authority.root.certificate,
          issuing: issuing.certificate, revocation: .list(list))
        return nil
      } catch {
        return error
      }
    }
    func list(_ issuing: AuthorityCredentials, _ hash: SignatureHash) throws -> [UInt8] {
      try issuing.revocationList(
        number: 1, thisUpdate: TestAuthority.moment(2020), nextUpdate: TestAuthority.moment(2049),
        entries: [], hash: hash)
    }
    let good = authority.issuing
    #expect(try refusal(issuing: good, list: list(good, .sha1)) == weak)
    #expect(try refusal(issuing: good, list: list(good, .sha256)) == nil)
    let lower = try authority.root.issuingAuthority(
      algorithm: .p256, validity: TestAuthority.validity, hash: .sha1)
    #expect(try refusal(issuing: lower, list: list(lower, .sha256)) == weak)

    let key = try PrivateKey(generating: .p256)
    let request = try CertificationRequest.der(for: key, hash: .sha1)
    #expect(throws: RequestRejection.unsupportedSignature) {
      try CertificationRequest(pemOrDER: request)
    }
  }

  // MARK: time, revocation, peer

  @Test func theTimeIsTheCallersAndItsBoundsBelongToTheValidity() throws {
    let validity = ValidityPeriod(
      notBefore: TestAuthority.moment(2025), notAfter: TestAuthority.moment(2027))
    let der = try authority.issuing.sign(authority.content(validity: validity))
    func reason(_ time: CredentialTime) throws -> CertificateRejection? {
      try authority.rejection(der, at: time)
    }
    #expect(try reason(validity.notBefore) == nil)
    #expect(try reason(validity.notAfter) == nil)
    #expect(
      try reason(validity.notBefore.adding(seconds: -1)) == .notYetValid(validity.notBefore))
    #expect(try reason(validity.notAfter.adding(seconds: 1)) == .expired(validity.notAfter))
    let long = try authority.issuing.sign(
      authority.content(
        validity: ValidityPeriod(
          notBefore: TestAuthority.moment(2010), notAfter: TestAuthority.moment(2060))))
    // The authority's own last and first second, and the list's, belong to its validity too.
    for time in [TestAuthority.validity.notAfter, TestAuthority.validity.notBefore] {
      #expect(try authority.rejection(long, at: time) == nil)
    }
    let young = try authority.issuing.sign(
      authority.content(
        validity: ValidityPeriod(notBefore: validity.notBefore, notAfter: validity.notBefore)))
    #expect(try authority.rejection(young, at: validity.notBefore) == nil)
    #expect(
      try authority.rejection(long, at: TestAuthority.moment(2055))
        == .expired(TestAuthority.validity.notAfter))
    #expect(
      try authority.rejection(long, at: TestAuthority.moment(2015))
        == .notYetValid(TestAuthority.validity.notBefore))
  }

  @Test func revocationIsFoundInListAndLedger() throws {
    let content = try authority.content()
    let der = try authority.issuing.sign(content)
    let entry = RevokedCertificate(
      serial: content.serial, time: TestAuthority.moment(2025), reason: .keyCompromise)
    #expect(try authority.rejection(der, revoked: [content.serial]) == .revoked(entry))
    let byLedger = try CertificateVerifier(
      overlay: authority.overlay, root: authority.root.certificate,
      issuing: authority.issuing.certificate, revocation: .ledger([entry]))
    #expect(throws: CertificateRejection.revoked(entry)) {
      try byLedger.verify(UnverifiedNodeCertificate(der: der), at: TestAuthority.now)
    }
    #expect(try authority.rejection(der, revoked: [SerialNumber.random()]) == nil)
  }

  @Test func aStaleListIsRefusedBeforeItsSilenceIsTrusted() throws {
    let der = try authority.issuing.sign(authority.content())
    let verifier = try authority.verifier(nextUpdate: TestAuthority.moment(2025))
    #expect(
      throws: CertificateRejection.revocationListStale(nextUpdate: TestAuthority.moment(2025))
    ) {
      try verifier.verify(UnverifiedNodeCertificate(der: der), at: TestAuthority.now)
    }
  }

  @Test func thePeerMustBeTheOneThatWasDialled() throws {
    let der = try authority.issuing.sign(authority.content())
    func reason(_ expectation: PeerExpectation) throws -> String? {
      try authority.rejection(der, expecting: expectation)?.name
    }
    #expect(try reason(PeerExpectation(nodeId: NodeId.assigned())) == "node-id-mismatch")
    #expect(try reason(PeerExpectation(ip: IPAddress("192.0.2.8"))) == "address-mismatch")
    #expect(try reason(PeerExpectation(port: 4001)) == "address-mismatch")
    #expect(try reason(PeerExpectation(ip: IPAddress("192.0.2.7"), port: 4000)) == nil)
  }

  // MARK: authorities

  @Test func theAuthorityItselfIsChecked() throws {
    let stranger = try TestAuthority(overlay: "other.example")
    func reason(
      overlay: OverlayName, root: [UInt8], issuing: [UInt8], list: [UInt8]
    ) throws -> String? {
      do {
        _ = try CertificateVerifier(
          overlay: overlay, root: root, issuing: issuing, revocation: .list(list))
        return nil
      } catch {
        return error.name
      }
    }
    let (root, issuing) = (authority.root.certificate, authority.issuing.certificate)
    let list = try authority.list()
    let overlay = authority.overlay
    #expect(try reason(overlay: overlay, root: root, issuing: issuing, list: list) == nil)
    #expect(
      try reason(
        overlay: overlay, root: stranger.root.certificate, issuing: issuing, list: list)
        == "chain")
    #expect(
      try reason(overlay: stranger.overlay, root: root, issuing: issuing, list: list)
        == "foreign-overlay")
    #expect(
      try reason(overlay: overlay, root: root, issuing: issuing, list: stranger.list())
        == "chain")
    #expect(try reason(overlay: overlay, root: root, issuing: root, list: list) == "chain")
    #expect(
      try reason(overlay: overlay, root: issuing, issuing: issuing, list: list) == "chain")
  }

  @Test func anIssuingAuthorityCannotMakeAnother() throws {
    let third = try authority.issuing.issuingAuthority(
      algorithm: .p256, validity: TestAuthority.validity)
    #expect(throws: CertificateRejection.self) {
      try CertificateVerifier(
        overlay: authority.overlay, root: authority.root.certificate,
        issuing: third.certificate, revocation: .ledger([]))
    }
  }
}

extension CertificateExtension {
  func with(isCritical: Bool? = nil, value: [UInt8]? = nil) -> CertificateExtension {
    CertificateExtension(
      objectIdentifier: objectIdentifier, isCritical: isCritical ?? self.isCritical,
      value: value ?? self.value)
  }

  /// 1.3.6.1.4.1.32473.9 with a NULL inside.
  static func unknown(isCritical: Bool) -> CertificateExtension {
    CertificateExtension(
      objectIdentifier: [0x2B, 0x06, 0x01, 0x04, 0x01, 0x81, 0xFD, 0x59, 0x09],
      isCritical: isCritical, value: [5, 0])
  }
}
