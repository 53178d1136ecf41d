import Foundation
import NodeCredentials
import RingIdentifiers
import Testing

/// OCSP: requests of openssl answered by us, and our answers read by openssl.
@Suite(.enabled(if: ForeignProgram.openssl.isInstalled, "needs openssl"))
struct StatusResponderTests {
  let authority: TestAuthority
  let scratch: ScratchDirectory
  let serials: [SerialNumber]

  init() throws {
    authority = try TestAuthority()
    scratch = try ScratchDirectory()
    _ = try scratch.write(
      PEM.encode(authority.root.certificate, label: "CERTIFICATE"), "root.pem")
    _ = try scratch.write(
      PEM.encode(authority.issuing.certificate, label: "CERTIFICATE"), "issuing.pem")
    var serials: [SerialNumber] = []
    for name in ["good.pem", "revoked.pem", "unlisted.pem"] {
      let content = try authority.content()
      let leaf = try authority.issuing.sign(content)
      _ = try scratch.write(PEM.encode(leaf, label: "CERTIFICATE"), name)
      serials.append(content.serial)
    }
    self.serials = serials
  }

  private func path(_ name: String) -> String { scratch.url.appendingPathComponent(name).path }

  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: scratch.url.appendingPathComponent(name)))
  }

  /// The request that openssl makes about our three leaves and more.
  private func request(_ options: [String] = [], more: [String] = []) throws -> [UInt8] {
    let names = ["good.pem", "revoked.pem", "unlisted.pem"].flatMap { ["-cert", path($0)] }
    let made = try ForeignProgram.openssl.run(
      ["ocsp"] + options + ["-issuer", path("issuing.pem")] + names + more
        + ["-reqout", path("request")])
    #expect(made.status == 0, "\(made.output)")
    return try bytes("request")
  }

  private func respond(
    _ der: [UInt8], by issuer: AuthorityCredentials? = nil
  ) throws -> [UInt8] {
    try (issuer ?? authority.issuing).ocspResponse(
      to: OCSPRequest(der: der),
      statuses: [
        serials[0]: .good,
        serials[1]: .revoked(time: TestAuthority.moment(2025), reason: .keyCompromise),
      ],
      thisUpdate: TestAuthority.moment(2020), nextUpdate: TestAuthority.moment(2049),
      producedAt: TestAuthority.moment(2021))
  }

  /// What openssl says about each leaf, by a response.
  private func read(
    _ response: [UInt8], options: [String] = [], more: [String] = []
  ) throws -> (status: Int32, output: String) {
    let names = ["good.pem", "revoked.pem", "unlisted.pem"].flatMap { ["-cert", path($0)] }
    return try verify(
      response, options + ["-issuer", path("issuing.pem")] + names + more)
  }

  /// Whether openssl takes a response for the answer to the last request: nonces are compared.
  private func compare(_ response: [UInt8]) throws -> (status: Int32, output: String) {
    try verify(response, ["-issuer", path("issuing.pem"), "-reqin", path("request")])
  }

  private func verify(
    _ response: [UInt8], _ options: [String]
  ) throws -> (status: Int32, output: String) {
    let file = try scratch.write(response, "response")
    // Else openssl adds a nonce to the request that it read or made.
    return try ForeignProgram.openssl.run(
      ["ocsp", "-no_nonce", "-respin", file, "-CAfile", path("root.pem")] + options)
  }

  @Test(arguments: [[], ["-sha256"], ["-no_nonce"]])
  func opensslReadsOurAnswers(_ options: [String]) throws {
    let der = try request(options)
    let asked = try OCSPRequest(der: der)
    #expect((asked.nonce == nil) == (options == ["-no_nonce"]))
    #expect(asked.entries.count == 3)
    #expect(authority.issuing.isIssuer(in: asked))
    #expect(authority.issuing.serials(in: asked) == serials)
    #expect(asked.entries.map(\.serial) == serials)
    let base64 = try OCSPRequest(base64: Array(Data(der).base64EncodedString().utf8))
    #expect(base64 == asked)
    let response = try respond(der)
    let compared = try compare(response)
    #expect(compared.status == 0 && !compared.output.contains("WARNING"), "\(compared.output)")
    let read = try read(response, options: options, more: ["-text"])
    #expect(read.status == 0, "\(read.output)")
    for line in [
      "Response verify OK", "good.pem: good", "revoked.pem: revoked", "Reason: keyCompromise",
      "Revocation Time: Jan  1 00:00:00 2025 GMT", "unlisted.pem: unknown",
      "Produced At: Jan  1 00:00:00 2021 GMT", "Next Update: Jan  1 00:00:00 2049 GMT",
      "Responder Id: ",
    ] {
      #expect(read.output.contains(line), "no \"\(line)\" in \(read.output)")
    }
    #expect(!read.output.contains("WARNING"), "\(read.output)")
  }

  @Test func anEd25519AuthorityAnswersToo() throws {
    let other = try TestAuthority(algorithm: .ed25519)
    _ = try scratch.write(PEM.encode(other.root.certificate, label: "CERTIFICATE"), "root.pem")
    _ = try scratch.write(
      PEM.encode(other.issuing.certificate, label: "CERTIFICATE"), "issuing.pem")
    let read = try read(respond(request(), by: other.issuing))
    #expect(read.output.contains("Response verify OK"), "\(read.output)")
    #expect(read.output.contains("good.pem: good"), "\(read.output)")
  }

  @Test func anotherNonceIsNoticedByOpenSSL() throws {
    let response = try respond(request())
    _ = try request()
    let read = try compare(response)
    #expect(read.status != 0)
    #expect(read.output.contains("Nonce Verify error"), "\(read.output)")
  }

  @Test func serialsOfAnotherKindAreUnknown() throws {
    let der = try request(more: [
      "-serial", "5", "-serial", "0x" + String(repeating: "7f", count: 20),
    ])
    let asked = try OCSPRequest(der: der)
    #expect(asked.entries.suffix(2).map(\.serial) == [nil, nil])
    let read = try read(respond(der), more: ["-serial", "5"])
    #expect(read.output.contains("5: unknown"), "\(read.output)")
  }

  @Test func requestsAboutOthersAreRefusedByName() throws {
    let stranger = try TestAuthority()
    let der = try request()
    #expect(try respond(der, by: stranger.issuing) == OCSPFailure.unauthorized.der)
    let sameNameOtherKey = try authority.root.issuingAuthority(
      algorithm: .p256, validity: TestAuthority.validity)
    #expect(try respond(der, by: sameNameOtherKey) == OCSPFailure.unauthorized.der)
    // MD5 names no issuer that we know.
    #expect(try respond(request(["-md5"])) == OCSPFailure.unauthorized.der)
  }

  @Test(arguments: [
    (OCSPFailure.malformedRequest, "malformedrequest"), (.internalError, "internalerror"),
    (.tryLater, "trylater"), (.unauthorized, "unauthorized"),
  ])
  func failuresAreReadByOpenSSL(_ failure: OCSPFailure, _ name: String) throws {
    let file = try scratch.write(failure.der, "response")
    let read = try ForeignProgram.openssl.run(["ocsp", "-respin", file, "-noverify"])
    #expect(read.output.contains("\(name) (\(failure.rawValue))"), "\(read.output)")
  }

  @Test func atMostThirtyTwoAreAnsweredAtOnce() throws {
    func asking(_ count: Int) throws -> [UInt8] {
      try request(more: (4...count).flatMap { ["-serial", "\($0)"] })
    }
    #expect(try OCSPRequest(der: asking(32)).entries.count == 32)
    #expect(throws: OCSPRequestError.self) { try OCSPRequest(der: asking(33)) }
  }

  @Test func aRequestCutAnywhereIsMalformed() throws {
    let der = try request()
    for count in der.indices {
      #expect(throws: OCSPRequestError.self, "cut to \(count) octets") {
        try OCSPRequest(der: Array(der[..<count]))
      }
      // A changed bit may give another good request, about something else.
      for bit in 0..<8 {
        var spoilt = der
        spoilt[count] ^= 1 << UInt8(bit)
        if let read = try? OCSPRequest(der: spoilt) {
          #expect(try read != OCSPRequest(der: der), "octet \(count)")
        }
      }
    }
    #expect(throws: OCSPRequestError.self) { try OCSPRequest(der: der + [0]) }
    #expect(throws: OCSPRequestError.self) {
      try OCSPRequest(der: [UInt8](repeating: 0x30, count: OCSPRequest.maximumCount + 1))
    }
    for text in ["", "====", "MA==\n", "!"] {
      #expect(throws: OCSPRequestError.self) { try OCSPRequest(base64: Array(text.utf8)) }
    }
  }
}

/// Requests that no program makes: built here, octet by octet.
@Suite struct HostileStatusRequestTests {
  private static func element(_ tag: UInt8, _ parts: [UInt8]...) -> [UInt8] {
    let content = parts.flatMap { $0 }
    let length: [UInt8] =
      content.count < 0x80
      ? [UInt8(content.count)] : [0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)]
    guard content.count < 0x80 || content.count > 0xFF else {
      return [tag, 0x81, UInt8(content.count)] + content
    }
    return [tag] + length + content
  }

  private static let nonceIdentifier: [UInt8] = [
    6, 9, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02,
  ]

  private static func nonce(_ value: [UInt8]) -> [UInt8] {
    element(0x30, nonceIdentifier, element(4, value))
  }

  /// SHA-1 of something, serial number 5.
  private static func single(_ more: [UInt8] = []) -> [UInt8] {
    let hash = element(4, [UInt8](repeating: 7, count: 20))
    let digest = element(0x30, [6, 5, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 5, 0])
    return element(0x30, element(0x30, digest, hash, hash, [2, 1, 5]), more)
  }

  private static func request(
    before: [UInt8] = [], singles: [UInt8] = single(), extensions: [[UInt8]] = []
  ) -> [UInt8] {
    let list = extensions.flatMap { $0 }
    let tagged = extensions.isEmpty ? [] : element(0xA2, element(0x30, list))
    return element(0x30, element(0x30, before, element(0x30, singles), tagged))
  }

  @Test func theSameRequestInGoodFormIsAccepted() throws {
    let read = try OCSPRequest(der: Self.request())
    #expect(read.entries.count == 1)
    #expect(read.nonce == nil)
    for count in [1, 16, 32] {
      let value = [UInt8](repeating: 9, count: count)
      let der = Self.request(extensions: [Self.nonce(Self.element(4, value))])
      #expect(try OCSPRequest(der: der).nonce == value)
    }
    // An extension that is unknown and not critical.
    let other = Self.element(0x30, [6, 3, 0x2A, 3, 4], [4, 2, 5, 0])
    #expect(throws: Never.self) { try OCSPRequest(der: Self.request(extensions: [other])) }
  }

  @Test func otherFormsAreMalformed() throws {
    let good = Self.nonce(Self.element(4, [1, 2]))
    let critical = Self.element(0x30, [6, 3, 0x2A, 3, 4], [1, 1, 0xFF], [4, 2, 5, 0])
    let bad: [(String, [UInt8])] = [
      ("no entry", Self.request(singles: [])),
      ("version 1 spelt out", Self.request(before: [0xA0, 3, 2, 1, 0])),
      ("version 2", Self.request(before: [0xA0, 3, 2, 1, 1])),
      ("empty nonce", Self.request(extensions: [Self.nonce([4, 0])])),
      ("bare nonce", Self.request(extensions: [Self.nonce([1, 2, 3, 4])])),
      ("nonce and more", Self.request(extensions: [Self.nonce([4, 1, 9, 0])])),
      ("two nonces", Self.request(extensions: [good, good])),
      ("critical extension", Self.request(extensions: [critical])),
      (
        "critical extension of an entry",
        Self.request(singles: Self.single(Self.element(0xA0, Self.element(0x30, critical))))
      ),
      (
        "33 octets of nonce",
        Self.request(
          extensions: [Self.nonce(Self.element(4, [UInt8](repeating: 9, count: 33)))])
      ),
      ("indefinite length", [0x30, 0x80] + Self.request().dropFirst(2) + [0, 0]),
      ("empty", []),
    ]
    for (name, der) in bad {
      #expect(throws: OCSPRequestError.self, "\(name)") { try OCSPRequest(der: der) }
    }
  }

  @Test func negativeSerialsAreUnknown() throws {
    let der = Self.request()
    let place = try #require(der.indices.last { der[$0...].starts(with: [2, 1, 5]) })
    var negative = der
    negative[place + 2] = 0xFB
    #expect(try OCSPRequest(der: negative).entries.first?.serial == nil)
  }
}
