import Foundation
import NodeCredentials
import Testing

/// What EST hands in and out: bundles, base 64 requests, attributes.
@Suite struct EnrollmentFormTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority() }

  @Test(.enabled(if: ForeignProgram.openssl.isInstalled, "needs openssl"))
  func opensslListsTheCertificatesOfABundle() throws {
    let scratch = try ScratchDirectory()
    let leaf = try authority.issuing.sign(authority.content())
    let all = [leaf, authority.issuing.certificate, authority.root.certificate]
    for count in 0...all.count {
      let file = try scratch.write(CertificateBundle.pkcs7(Array(all.prefix(count))), "bundle")
      let read = try ForeignProgram.openssl.run([
        "pkcs7", "-inform", "DER", "-in", file, "-print_certs",
      ])
      #expect(read.status == 0, "\(read.output)")
      // The order is kept, and every octet.
      var rest = Substring(read.output)
      for der in all.prefix(count) {
        let text = String(decoding: try PEM.encode(der, label: "CERTIFICATE"), as: UTF8.self)
        let place = try #require(rest.range(of: text))
        rest = rest[place.upperBound...]
      }
      #expect(!rest.contains("BEGIN"))
      let structure = try ForeignProgram.openssl.run([
        "asn1parse", "-inform", "DER", "-in", file,
      ])
      #expect(structure.output.contains("pkcs7-signedData"))
      // SEQUENCE { OID data }: no content, not even an empty one.
      let plain = structure.output.split(separator: "\n").map(String.init)
      let place = try #require(plain.firstIndex { $0.contains("pkcs7-data") })
      #expect(plain[place - 1].contains("hl=2 l=  11 cons: SEQUENCE"), "\(structure.output)")
    }
  }

  @Test(.enabled(if: ForeignProgram.certtool.isInstalled, "needs certtool"))
  func certtoolReadsABundle() throws {
    let scratch = try ScratchDirectory()
    let file = try scratch.write(
      CertificateBundle.pkcs7([authority.issuing.certificate, authority.root.certificate]),
      "bundle")
    let read = try ForeignProgram.certtool.run(["--p7-info", "--inder", "--infile", file])
    #expect(read.status == 0, "\(read.output)")
    #expect(read.output.contains("Number of certificates: 2"), "\(read.output)")
  }

  @Test func onlyCertificatesAreBundled() throws {
    let leaf = try authority.issuing.sign(authority.content())
    for other in [[], [0x30, 0], Array(leaf.dropLast()), leaf + [0], try authority.list()] {
      #expect(throws: OpenSSLError.self) { try CertificateBundle.pkcs7([leaf, other]) }
    }
  }

  // MARK: requests

  /// The body that an EST client sends for these octets.
  private static func body(_ der: [UInt8], _ lineEnd: String = "\r\n") -> [UInt8] {
    let text = Array(Data(der).base64EncodedString())
    let lines = stride(from: 0, to: text.count, by: 64).map {
      String(text[$0..<min($0 + 64, text.count)])
    }
    return Array((lines.joined(separator: lineEnd) + lineEnd).utf8)
  }

  @Test func theBodyOfAnEnrollmentIsBaseSixtyFour() throws {
    for algorithm in KeyAlgorithm.allCases {
      let der = try CertificationRequest.der(for: PrivateKey(generating: algorithm))
      let expected = try CertificationRequest(pemOrDER: der)
      for lineEnd in ["\r\n", "\n", "", " \t\r\n\n"] {
        #expect(try CertificationRequest(estBody: Self.body(der, lineEnd)) == expected)
      }
    }
  }

  @Test func otherBodiesAreMalformed() throws {
    let der = try CertificationRequest.der(for: PrivateKey(generating: .p256))
    let good = Self.body(der)
    var bad: [(String, [UInt8])] = [
      ("nothing", []), ("white space", Array(" \r\n".utf8)), ("DER", der),
      ("armour", try PEM.encode(der, label: "CERTIFICATE REQUEST")),
      ("twice", good + good), ("more octets", Self.body(der + [0])),
      ("vertical tab", good + [0x0B]), ("NUL", good + [0]),
      ("UTF-8 mark", [0xEF, 0xBB, 0xBF] + good),
      ("URL alphabet", good.map { $0 == 0x2B ? 0x2D : $0 == 0x2F ? 0x5F : $0 } + [0x2D]),
      ("percent", Array("%0A".utf8) + good),
      ("too much", [UInt8](repeating: 0x20, count: 4 * CertificationRequest.maximumCount + 1)),
      ("a long request", Self.body([UInt8](repeating: 0x30, count: 20_000), "")),
    ]
    for count in good.indices.dropLast(2) { bad.append(("cut to \(count)", Array(good[..<count]))) }
    for (name, text) in bad {
      #expect(throws: RequestRejection.self, "\(name)") {
        try CertificationRequest(estBody: text)
      }
    }
  }

  @Test func otherVersionsAndLooseEncodingsAreMalformed() throws {
    let key = try PrivateKey(generating: .ed25519)
    var der = try CertificationRequest.der(for: key)
    // SEQUENCE { SEQUENCE { INTEGER 0, ... }, algorithm of 7 octets, BIT STRING of 67 }
    let info = Array(der[3..<der.count - 74])
    #expect(der[0...1] == [0x30, 0x81] && info[2...4] == [2, 1, 0])
    var changed = info
    changed[4] = 1
    der.replaceSubrange(3..<3 + info.count, with: changed)
    der.replaceSubrange(der.count - 64..<der.count, with: try key.signature(over: changed))
    #expect(throws: RequestRejection.malformed("its version is not 1")) {
      try CertificationRequest(pemOrDER: der)
    }
    der.replaceSubrange(3..<3 + info.count, with: info)
    der.replaceSubrange(der.count - 64..<der.count, with: try key.signature(over: info))
    #expect(throws: Never.self) { try CertificationRequest(pemOrDER: der) }
    #expect(throws: RequestRejection.self) { try CertificationRequest(pemOrDER: der + [0]) }
    // The same with a longer length than needed, and with an indefinite one.
    for (loose, fault) in [
      ([0x30, 0x82, 0] + der.dropFirst(2), "the length is not in its shortest form"),
      ([0x30, 0x80] + der.dropFirst(3) + [0, 0], "the length is indefinite"),
    ] {
      let detail = "it is not in the distinguished encoding: octet 1: \(fault)"
      #expect(throws: RequestRejection.malformed(detail)) {
        try CertificationRequest(pemOrDER: loose)
      }
    }
  }

  @Test(
    .enabled(if: ForeignProgram.openssl.isInstalled, "needs openssl"),
    arguments: [
      ("/CN=0011223344556677", "0011223344556677"), ("/O=Somebody/CN=node 7/C=NL", "node 7"),
      ("/O=Somebody", nil), ("/CN=a/CN=b", nil), ("/CN=a+CN=b", nil), ("/CN=a+O=b", "a"),
      ("/CN=caf\u{E9}", nil), ("/CN=a\tb", nil), ("/", nil),
    ] as [(String, String?)])
  func onlyOnePlainCommonNameIsRead(_ subject: String, _ expected: String?) throws {
    let scratch = try ScratchDirectory()
    let key = try scratch.write(PrivateKey(generating: .p256).pem(), "key")
    let file = scratch.url.appendingPathComponent("request").path
    let made = try ForeignProgram.openssl.run([
      "req", "-new", "-key", key, "-utf8", "-multivalue-rdn", "-subj", subject, "-out", file,
      "-outform", "DER",
    ])
    #expect(made.status == 0, "\(made.output)")
    let der = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    #expect(try CertificationRequest(estBody: Self.body(der)).subjectCommonName == expected)
  }

  @Test(.enabled(if: ForeignProgram.certtool.isInstalled, "needs certtool"))
  func requestsOfGnuTLSAreAccepted() throws {
    let scratch = try ScratchDirectory()
    let template = try scratch.write(Array("cn = \"node 7\"\n".utf8), "template")
    for algorithm in KeyAlgorithm.allCases {
      let key = try PrivateKey(generating: algorithm)
      let request = scratch.url.appendingPathComponent("request").path
      let made = try ForeignProgram.certtool.run([
        "--generate-request", "--load-privkey", scratch.write(key.pem(), "key"), "--template",
        template, "--outfile", request,
      ])
      #expect(made.status == 0, "\(made.output)")
      let text = [UInt8](try Data(contentsOf: URL(fileURLWithPath: request)))
      let accepted = try CertificationRequest(pemOrDER: text)
      let held = key.publicKey
      #expect(accepted.publicKey == held)
      #expect(accepted.subjectCommonName == "node 7")
    }
  }

  // MARK: attributes

  @Test func theAttributesNameWhatTheProfileAllows() {
    // SEQUENCE { ecPublicKey, SET { prime256v1 } }
    let curve = "301506072a8648ce3d0201310a06082a8648ce3d030107"
    let ecdsa = "06082a8648ce3d040302"
    let edwards = "06032b6570"
    #expect(
      CSRAttributes.der(allowing: [.ed25519, .p256, .p256])
        == octets("3026" + curve + ecdsa + edwards))
    #expect(CSRAttributes.der(allowing: [.p256]) == octets("3021" + curve + ecdsa))
    #expect(CSRAttributes.der(allowing: [.ed25519]) == octets("3005" + edwards))
    #expect(CSRAttributes.der(allowing: []) == [0x30, 0])
  }

  @Test(.enabled(if: ForeignProgram.openssl.isInstalled, "needs openssl"))
  func opensslReadsTheAttributes() throws {
    let scratch = try ScratchDirectory()
    let file = try scratch.write(
      CSRAttributes.der(allowing: KeyAlgorithm.allCases), "attributes")
    let read = try ForeignProgram.openssl.run(["asn1parse", "-inform", "DER", "-in", file])
    #expect(read.status == 0)
    for name in [":id-ecPublicKey", ":prime256v1", ":ecdsa-with-SHA256", ":ED25519", "cons: SET"] {
      #expect(read.output.contains(name), "\(read.output)")
    }
  }
}
