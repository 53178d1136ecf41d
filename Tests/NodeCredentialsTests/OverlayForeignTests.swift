import Foundation
import RingIdentifiers
import Testing

@testable import NodeCredentials

/// What foreign programs say about our overlay documents.
struct OverlayForeignTests {
  static let xmllint = ForeignProgram(path: "/usr/bin/xmllint")

  private func text(_ program: ForeignProgram, _ arguments: [String]) throws -> String {
    let result = try program.run(arguments)
    #expect(result.status == 0, "\(result.output)")
    return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Source: Reference/overlay_documents.py, on PyPI cryptography and jwcrypto.
  @Test(arguments: ["overlay.xml", "overlay.json"])
  func aDocumentOfForeignMakingIsRead(_ name: String) throws {
    func file(_ name: String) throws -> [UInt8] {
      let url = try #require(
        Bundle.module.url(forResource: "Reference/\(name)", withExtension: nil))
      return [UInt8](try Data(contentsOf: url))
    }
    let root = try #require(try PEM.decode(file("root.crt"), label: "CERTIFICATE"))
    let overlay = try OverlayName("overlay.example")
    let document = try OverlayDocument(
      verifying: file(name), overlay: overlay, root: root, at: TestAuthority.now)
    let first = try NodeId(hex: String(repeating: "0", count: 39) + "1")
    let expected = try OverlayConfiguration(
      overlay: overlay, sequence: OverlaySequence(listNumber: 42),
      expiration: TestAuthority.moment(2040), roots: [root],
      enrollmentServers: ["https://ca.example/enroll?a=1&b=2"],
      bootstrapNodes: [
        #require(NodeAddress("192.0.2.1:4000")), #require(NodeAddress("[2001:db8::1]:6084")),
      ],
      badNodes: [first, OverlaySample.nodeId("f")], clientsPermitted: true, messageSizeMax: 4_000,
      initialTTL: 30)
    #expect(document.configuration == expected)
  }

  @Test(.enabled(if: xmllint.isInstalled, "needs xmllint of libxml2-utils"))
  func xmllintReadsTheDocument() throws {
    let authority = try TestAuthority()
    let configuration = try OverlaySample.configuration(
      authority, badNodes: [OverlaySample.nodeId("a"), OverlaySample.nodeId("b")])
    let scratch = try ScratchDirectory()
    let file = try scratch.write(configuration.signedXML(by: authority.issuing), "overlay.xml")
    let program = OverlayForeignTests.xmllint
    #expect(try text(program, ["--noout", "--nonet", file]) == "")
    func value(_ path: String) throws -> String {
      // The namespace is matched by its name, so that no prefix needs to be declared.
      let steps = path.split(separator: "/").map { step in
        "/*[local-name()='\(step)' and namespace-uri()='urn:ietf:params:xml:ns:p2p:config-base']"
      }
      return try text(program, ["--nonet", "--xpath", "string(\(steps.joined()))", file])
    }
    #expect(try value("overlay/configuration/topology-plugin") == "REDOUBT-PASTRY")
    #expect(try value("overlay/configuration/bad-node") == String(repeating: "a", count: 40))
    let count = "count(//*[local-name()='bad-node'])"
    #expect(try text(program, ["--nonet", "--xpath", count, file]) == "2")
    let second = "string(//*[local-name()='enrollment-server'][2])"
    #expect(
      try text(program, ["--nonet", "--xpath", second, file])
        == "https://ca.example/enroll?a=1&b='2'")
    let block = try value("overlay/signature")
    #expect(Data(base64Encoded: block) != nil)
  }

  @Test(.enabled(if: ForeignProgram.openssl.isInstalled, "needs openssl"))
  func opensslChecksTheSignatureOverTheElement() throws {
    let authority = try TestAuthority()
    let xml = try OverlaySample.configuration(authority).signedXML(by: authority.issuing)
    let text = String(decoding: xml, as: UTF8.self)
    let start = try #require(text.range(of: "<configuration "))
    let end = try #require(text.range(of: "</configuration>"))
    let open = try #require(text.range(of: "<signature>"))
    let close = try #require(text.range(of: "</signature>"))
    let block = try #require(
      Data(base64Encoded: String(text[open.upperBound..<close.lowerBound])))
    // The signature follows 2 octets of algorithm, 37 of identity and 2 of its own length.
    let signature = block.dropFirst(authority.issuing.certificate.count + 5 + 41)
    let scratch = try ScratchDirectory()
    let issuing = try scratch.write(
      PEM.encode(authority.issuing.certificate, label: "CERTIFICATE"), "issuing.pem")
    let key = try self.text(.openssl, ["x509", "-in", issuing, "-pubkey", "-noout"])
    let arguments = [
      "dgst", "-sha256", "-verify", try scratch.write(Array(key.utf8), "issuing.pub"),
      "-signature", try scratch.write([UInt8](signature), "signature"),
      try scratch.write(Array(text[start.lowerBound..<end.upperBound].utf8), "element"),
    ]
    #expect(try self.text(.openssl, arguments) == "Verified OK")
  }
}
