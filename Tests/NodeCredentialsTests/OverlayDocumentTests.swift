import Foundation
import RingIdentifiers
import Testing

@testable import NodeCredentials

/// The overlay document: what is written, what is accepted, and for which reason it is refused.
struct OverlayDocumentTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority() }

  // MARK: what is written

  @Test(arguments: KeyAlgorithm.allCases)
  func bothFormsSayTheSame(_ algorithm: KeyAlgorithm) throws {
    let authority = try TestAuthority(algorithm: algorithm)
    let bad = try [OverlaySample.nodeId("b"), OverlaySample.nodeId("a")]
    let configuration = try OverlaySample.configuration(authority, badNodes: bad + bad)
    #expect(configuration.badNodes == bad.reversed())
    for bytes in [
      try configuration.signedXML(by: authority.issuing),
      try configuration.signedJSON(by: authority.issuing),
    ] {
      let document = try OverlayDocument(
        verifying: bytes, overlay: authority.overlay, root: authority.root.certificate,
        at: TestAuthority.now)
      #expect(document.configuration == configuration)
      #expect(try document.signer == authority.issuing.signerId())
    }
  }

  @Test func theElementHasOneForm() throws {
    let configuration = try OverlaySample.configuration(
      authority, badNodes: [OverlaySample.nodeId("b"), OverlaySample.nodeId("a")])
    let signer = try OverlaySample.nodeId("c")
    let text = String(
      decoding: OverlayXML.configuration(configuration, signer: signer), as: UTF8.self)
    let root = Data(authority.root.certificate).base64EncodedString()
    #expect(
      text == """
        <configuration instance-name="overlay.example" sequence="7" \
        expiration="2027-01-01T00:00:00Z">
        <topology-plugin>REDOUBT-PASTRY</topology-plugin>
        <node-id-length>20</node-id-length>
        <root-cert>\(root)</root-cert>
        <enrollment-server>https://ca.example/enroll</enrollment-server>
        <enrollment-server>https://ca.example/enroll?a=1&amp;b='2'</enrollment-server>
        <self-signed-permitted digest="sha256">false</self-signed-permitted>
        <bootstrap-node address="192.0.2.1" port="4000"/>
        <bootstrap-node address="2001:db8::1" port="65535"/>
        <clients-permitted>false</clients-permitted>
        <max-message-size>5000</max-message-size>
        <initial-ttl>100</initial-ttl>
        <kind-signer>\(String(repeating: "5", count: 40))</kind-signer>
        <configuration-signer>\(signer.hex)</configuration-signer>
        <bad-node>\(String(repeating: "a", count: 40))</bad-node>
        <bad-node>\(String(repeating: "b", count: 40))</bad-node>
        <mandatory-extension>urn:ietf:params:xml:ns:p2p:config-ext1</mandatory-extension>
        </configuration>
        """)
  }

  @Test func foundationReadsTheSignedPayload() throws {
    let configuration = try OverlaySample.configuration(
      authority, badNodes: [OverlaySample.nodeId("a")])
    let json = OverlayJSON.configuration(configuration, signer: try OverlaySample.nodeId("c"))
    let read = try #require(
      try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
    #expect(read["instance-name"] as? String == "overlay.example")
    #expect(read["sequence"] as? Int == 7)
    #expect(read["enrollment-server"] as? [String] == OverlaySample.servers)
    #expect(read["self-signed-permitted"] as? Bool == false)
    #expect(read["bad-node"] as? [String] == [String(repeating: "a", count: 40)])
    let nodes = try #require(read["bootstrap-node"] as? [[String: Any]])
    #expect(nodes.map { $0["address"] as? String } == ["192.0.2.1", "2001:db8::1"])
    #expect(read.count == 16)
  }

  @Test func theSmallestConfigurationGoesBothWays() throws {
    let configuration = try OverlayConfiguration(
      overlay: authority.overlay, sequence: OverlaySequence(listNumber: 65_535),
      expiration: OverlaySample.expiration, roots: [authority.root.certificate],
      enrollmentServers: [], bootstrapNodes: [], badNodes: [])
    #expect(configuration.sequence.value == 0)
    for bytes in [
      try configuration.signedXML(by: authority.issuing),
      try configuration.signedJSON(by: authority.issuing),
    ] {
      #expect(OverlaySample.rejection(bytes, authority) == nil)
    }
  }

  @Test func theLargestListOfBadNodesFits() throws {
    // In debug builds the largest takes seconds to sign and read, so it is reckoned from two.
    func nodes(_ count: Int) throws -> [NodeId] {
      try (0..<count).map { number in
        let tail = [number >> 16, number >> 8, number].map { UInt8(truncatingIfNeeded: $0) }
        return try NodeId(bytes: [UInt8](repeating: 1, count: 17) + tail)
      }
    }
    func sizes(_ count: Int) throws -> [Int] {
      let configuration = try OverlaySample.configuration(authority, badNodes: nodes(count))
      let documents = [
        try configuration.signedXML(by: authority.issuing),
        try configuration.signedJSON(by: authority.issuing),
      ]
      for bytes in documents { #expect(OverlaySample.rejection(bytes, authority) == nil) }
      return documents.map(\.count)
    }
    let limit = OverlayConfiguration.Bounds.badNodes
    for (small, large) in zip(try sizes(3), try sizes(1_003)) {
      #expect((large - small + 16) / 1_000 * limit + large <= OverlayDocument.maximumCount)
    }
    #expect(throws: OverlayConfigurationError.self) {
      try OverlaySample.configuration(authority, badNodes: nodes(limit + 1))
    }
  }

  // MARK: what is refused

  /// Both forms of a configuration must be refused for the same reason.
  private func expect(
    _ name: String?, _ configuration: OverlayConfiguration, by signer: AuthorityCredentials,
    at time: CredentialTime = TestAuthority.now
  ) throws {
    #expect(
      OverlaySample.rejection(try configuration.signedXML(by: signer), authority, at: time)?.name
        == name)
    #expect(
      OverlaySample.rejection(try configuration.signedJSON(by: signer), authority, at: time)?.name
        == name)
  }

  @Test func theLastSecondCounts() throws {
    let configuration = try OverlaySample.configuration(authority)
    try expect(nil, configuration, by: authority.issuing, at: OverlaySample.expiration)
    try expect(
      "expired", configuration, by: authority.issuing,
      at: OverlaySample.expiration.adding(seconds: 1))
  }

  @Test func onlyAnIssuingAuthorityUnderTheRootSigns() throws {
    let configuration = try OverlaySample.configuration(authority)
    let namesake = try TestAuthority()
    try expect("chain", configuration, by: namesake.issuing)
    try expect("chain", configuration, by: authority.root)
    let second = try authority.root.issuingAuthority(
      algorithm: .ed25519, validity: TestAuthority.validity)
    try expect(nil, configuration, by: second)
    let old = try authority.root.issuingAuthority(
      algorithm: .p256,
      validity: ValidityPeriod(
        notBefore: TestAuthority.moment(2020), notAfter: TestAuthority.moment(2021)))
    try expect("chain", configuration, by: old)
    let future = try authority.root.issuingAuthority(
      algorithm: .p256,
      validity: ValidityPeriod(
        notBefore: TestAuthority.moment(2048), notAfter: TestAuthority.moment(2049)))
    try expect("chain", configuration, by: future)
  }

  @Test func aNodeCannotSign() throws {
    let key = try PrivateKey(generating: .p256)
    let leaf = try authority.issuing.certify(
      nodeId: OverlaySample.nodeId("d"), serial: SerialNumber.random(), publicKey: key.publicKey,
      address: #require(NodeAddress("192.0.2.7:4000")), validity: TestAuthority.validity,
      distributionPoint: TestAuthority.listURL)
    let element = OverlayXML.configuration(
      try OverlaySample.configuration(authority), signer: try OverlaySample.nodeId("d"))
    let block = SecurityBlock(
      certificate: leaf, algorithm: .p256, signature: try key.signature(over: element))
    let bytes = try document(element, block)
    #expect(OverlaySample.rejection(bytes, authority)?.name == "chain")
  }

  private func document(_ element: [UInt8], _ block: SecurityBlock) throws -> [UInt8] {
    Array(OverlayXML.prologue.utf8) + element + Array(OverlayXML.signatureStart.utf8)
      + Array((Base64.text(try block.encoded()) + OverlayXML.epilogue).utf8)
  }

  /// A document of any element, rightly signed.
  private func signed(_ element: [UInt8]) throws -> [UInt8] {
    try document(
      element,
      SecurityBlock(
        certificate: authority.issuing.certificate, algorithm: .p256,
        signature: authority.issuing.signature(over: element)))
  }

  @Test func theContentMustFitReaderAndSigner() throws {
    let stranger = try TestAuthority(overlay: "other.example")
    let foreign = try OverlaySample.configuration(
      stranger, roots: [authority.root.certificate])
    let element = OverlayXML.configuration(foreign, signer: try authority.issuing.signerId())
    #expect(
      OverlaySample.rejection(try signed(element), authority)
        == .foreignOverlay(expected: "overlay.example", found: "other.example"))
    try expect(
      "foreign-root",
      OverlaySample.configuration(authority, roots: [stranger.root.certificate]),
      by: authority.issuing)
    try expect(
      nil,
      OverlaySample.configuration(
        authority, roots: [stranger.root.certificate, authority.root.certificate]),
      by: authority.issuing)
    let other = OverlayXML.configuration(
      try OverlaySample.configuration(authority), signer: try OverlaySample.nodeId("c"))
    #expect(OverlaySample.rejection(try signed(other), authority) == .foreignSigner)
    let payload = OverlayJSON.configuration(
      try OverlaySample.configuration(authority), signer: try OverlaySample.nodeId("c"))
    let json = try JSONWebSignature(payload: payload, by: authority.issuing).encoded()
    #expect(OverlaySample.rejection(json, authority) == .foreignSigner)
  }

  @Test func aSignatureIsGoodForItsOwnContentOnly() throws {
    let first = try OverlaySample.configuration(authority)
    let second = try OverlaySample.configuration(authority, sequence: 8)
    let xml = try first.signedXML(by: authority.issuing)
    let moved = try xml.replacing("sequence=\"7\"", with: "sequence=\"8\"")
    #expect(OverlaySample.rejection(moved, authority) == .signature)
    let payload = OverlayJSON.configuration(second, signer: try authority.issuing.signerId())
    let old = OverlayJSON.configuration(first, signer: try authority.issuing.signerId())
    let json = try first.signedJSON(by: authority.issuing)
    let swapped = try json.replacing(
      String(decoding: Base64URL.text(old), as: UTF8.self),
      with: String(decoding: Base64URL.text(payload), as: UTF8.self))
    #expect(OverlaySample.rejection(swapped, authority) == .signature)
  }

  /// Rightly signed, but not in the one form: what a lenient reader might take two ways.
  static let bendings: [(String, String)] = [
    ("<topology-plugin>", "<topology-plugin> "),
    ("sequence=\"7\"", "sequence=\"07\""),
    ("sequence=\"7\"", "sequence=\"65535\""),
    ("sequence=\"7\"", "sequence=\"+7\""),
    ("instance-name=\"", "instance-name='"),
    ("2027-01-01T00:00:00Z", "2027-01-01T00:00:00+00:00"),
    ("2027-01-01T00:00:00Z", "2027-02-30T00:00:00Z"),
    ("<node-id-length>20<", "<node-id-length>16<"),
    (">false</self-signed", ">true</self-signed"),
    ("<clients-permitted>false", "<clients-permitted>0"),
    ("<max-message-size>5000", "<max-message-size>4294967296"),
    ("<max-message-size>5000", "<max-message-size>0"),
    ("<initial-ttl>100", "<initial-ttl>256"),
    ("<initial-ttl>", "<initial-ttl>1</initial-ttl>\n<initial-ttl>"),
    ("192.0.2.1", "192.0.2.01"),
    ("2001:db8::1", "2001:DB8::1"),
    ("port=\"4000\"", "port=\"0\""),
    ("https://ca", "http://ca"),
    ("&amp;", "&#38;"),
    ("&amp;", "&evil;"),
    ("b='2'", "b=&apos;2&apos;"),
    ("<enrollment-server>", "<!-- --><enrollment-server>"),
    ("<enrollment-server>", "<![CDATA[x]]><enrollment-server>"),
    ("<enrollment-server>", "<x xmlns=\"urn:x\"><enrollment-server>"),
    ("<kind-signer>5555", "<kind-signer>F555"),
    ("<bad-node>a", "<bad-node>"),
    ("<bad-node>aaaa", "<bad-node>caaa"),
    ("<bad-node>aaaa", "<bad-node>AAAA"),
    ("REDOUBT-PASTRY", "CHORD-RELOAD\t"),
    ("\n<topology", "\r\n<topology"),
    ("<configuration ", "<!DOCTYPE overlay [<!ENTITY a \"b\">]><configuration "),
  ]

  @Test(arguments: bendings)
  func aSignedElementOfAnotherFormIsRefused(_ old: String, _ new: String) throws {
    let configuration = try OverlaySample.configuration(
      authority, badNodes: [OverlaySample.nodeId("a"), OverlaySample.nodeId("b")])
    let element = OverlayXML.configuration(
      configuration, signer: try authority.issuing.signerId())
    #expect(OverlaySample.rejection(try signed(element), authority) == nil)
    let bent = try element.replacing(old, with: new)
    #expect(OverlaySample.rejection(try signed(bent), authority)?.name == "malformed")
  }

  /// The same for JSON.
  static let jsonBendings: [(String, String)] = [
    ("\"sequence\":7", "\"sequence\":7.0"),
    ("\"sequence\":7", "\"sequence\":\"7\""),
    ("\"sequence\":7", "\"sequence\":7,\"sequence\":7"),
    ("\"sequence\"", " \"sequence\""),
    ("overlay.example", "overlay\\u002eexample"),
    ("\"self-signed-permitted\":false", "\"self-signed-permitted\":true"),
    ("\"port\":4000", "\"port\":04000"),
    ("},{\"address\"", "}{\"address\""),
    ("[{\"address\"", "[,{\"address\""),
    ("\"kind-signer\":[", "\"kind-signer\":[[[[["),
    ("\"kind-signer\":[", "\"kind-signer\":[,"),
    ("\"bad-node\":[", "\"bad-node\":null,\"x\":["),
    ("\"mandatory-extension\"", "\"x\":0,\"mandatory-extension\""),
    ("\"clients-permitted\":false", "\"clients-permitted\":null"),
  ]

  @Test(arguments: jsonBendings)
  func aSignedPayloadOfAnotherFormIsRefused(_ old: String, _ new: String) throws {
    let payload = OverlayJSON.configuration(
      try OverlaySample.configuration(authority), signer: try authority.issuing.signerId())
    func rejection(_ payload: [UInt8]) throws -> String? {
      OverlaySample.rejection(
        try JSONWebSignature(payload: payload, by: authority.issuing).encoded(), authority)?.name
    }
    #expect(try rejection(payload) == nil)
    #expect(try rejection(payload.replacing(old, with: new)) == "malformed")
    #expect(try rejection(payload + [0x20]) == "malformed")
  }
}
