import RingIdentifiers
import Testing

@testable import NodeCredentials

/// Overlay documents cut short and changed by one bit, the values they are made of, and bounds.
struct OverlaySweepTests {
  private static func documents(_ authority: TestAuthority) throws -> [[UInt8]] {
    let configuration = try OverlaySample.configuration(
      authority, badNodes: [OverlaySample.nodeId("a")])
    return [
      try configuration.signedXML(by: authority.issuing),
      try configuration.signedJSON(by: authority.issuing),
    ]
  }

  @Test(arguments: KeyAlgorithm.allCases)
  func aDocumentCutAnywhereIsRefused(_ algorithm: KeyAlgorithm) throws {
    let authority = try TestAuthority(algorithm: algorithm)
    for document in try OverlaySweepTests.documents(authority) {
      for count in document.indices {
        let rejection = OverlaySample.rejection(Array(document[..<count]), authority)
        #expect(rejection?.name == "malformed", "cut to \(count) octets")
      }
      #expect(OverlaySample.rejection(document + [0x0A], authority)?.name == "malformed")
      #expect(OverlaySample.rejection(document + document, authority) != nil)
      #expect(OverlaySample.rejection(document, authority) == nil)
    }
  }

  /// Every bit takes half a minute without optimisation, so debug builds try one of each octet.
  private static func bits(of index: Int) -> ClosedRange<UInt8> {
    #if DEBUG
      UInt8(index % 8)...UInt8(index % 8)
    #else
      0...7
    #endif
  }

  @Test(arguments: KeyAlgorithm.allCases)
  func everyBitCounts(_ algorithm: KeyAlgorithm) throws {
    let authority = try TestAuthority(algorithm: algorithm)
    for document in try OverlaySweepTests.documents(authority) {
      var spoilt = document
      for index in document.indices {
        for bit in OverlaySweepTests.bits(of: index) {
          spoilt[index] ^= 1 << bit
          if OverlaySample.rejection(spoilt, authority) == nil {
            Issue.record("octet \(index), bit \(bit)")
          }
          spoilt[index] ^= 1 << bit
        }
      }
      #expect(OverlaySample.rejection(spoilt, authority) == nil)
    }
  }

  @Test(arguments: KeyAlgorithm.allCases)
  func aSecurityBlockHasOneForm(_ algorithm: KeyAlgorithm) throws {
    let authority = try TestAuthority(algorithm: algorithm)
    let block = SecurityBlock(
      certificate: authority.issuing.certificate, algorithm: algorithm,
      signature: try authority.issuing.signature(over: [0x3C]))
    let bytes = try block.encoded()
    let certificate = authority.issuing.certificate.count
    #expect(Int(bytes[0]) << 8 | Int(bytes[1]) == certificate + 3)
    #expect(bytes[2] == 0)
    let identity = certificate + 5
    #expect(Array(bytes[identity..<identity + 2]) == (algorithm == .p256 ? [4, 3] : [8, 7]))
    #expect(Array(bytes[(identity + 2)..<(identity + 7)]) == [1, 0, 34, 4, 32])
    #expect(try SecurityBlock(bytes) == block)
    for count in bytes.indices { #expect(try SecurityBlock(Array(bytes[..<count])) == nil) }
    #expect(try SecurityBlock(bytes + [0]) == nil)
    // What the block does not sign itself: the length, the type and the digest of the certificate.
    for index in 0..<identity + 39 {
      var spoilt = bytes
      spoilt[index] ^= 1
      #expect(try SecurityBlock(spoilt) == nil, "octet \(index)")
    }
  }

  @Test func garbageIsRefusedUnread() throws {
    let authority = try TestAuthority()
    for text in ["", "<", "{", "<?xml version=\"1.0\"?>", "{}", "null", "\u{FEFF}{\"payload\":\""] {
      #expect(OverlaySample.rejection(Array(text.utf8), authority)?.name == "malformed")
    }
    let deep = Array(OverlayXML.prologue.utf8) + [UInt8](repeating: 0x3C, count: 1 << 20)
    #expect(OverlaySample.rejection(deep, authority)?.name == "malformed")
    let large = [UInt8](repeating: 0x3C, count: OverlayDocument.maximumCount + 1)
    #expect(OverlaySample.rejection(large, authority) == .tooLarge(large.count))
  }

  @Test func partsOutOfBoundsMakeNoConfiguration() throws {
    let authority = try TestAuthority()
    func element(
      _ roots: [[UInt8]] = [[0x30]], _ servers: [String] = [], _ nodes: [NodeAddress] = [],
      plugin: String = OverlaySample.plugin, size: UInt32 = 1, hops: UInt8 = 1,
      signers: [NodeId] = [], extensions: [String] = []
    ) throws -> String? {
      let sequence = try #require(OverlaySequence(0))
      do {
        _ = try OverlayConfiguration(
          overlay: authority.overlay, sequence: sequence, expiration: OverlaySample.expiration,
          roots: roots, enrollmentServers: servers, bootstrapNodes: nodes, badNodes: [],
          topologyPlugin: plugin, messageSizeMax: size, initialTTL: hops, kindSigners: signers,
          mandatoryExtensions: extensions)
        return nil
      } catch {
        return error.element
      }
    }
    let address = try #require(NodeAddress("192.0.2.1:1"))
    #expect(try element() == nil)
    #expect(try element([]) == "root-cert")
    #expect(try element([[]]) == "root-cert")
    #expect(try element([[UInt8](repeating: 1, count: 4_097)]) == "root-cert")
    #expect(try element([[UInt8]](repeating: [1], count: 5)) == "root-cert")
    let wrong = [
      "", "https://", "http://a", "https://a b", "https://a\"", "https://a\\", "https://a<",
      "https://\u{E9}", "https://a\n", "https://" + String(repeating: "a", count: 505),
    ]
    for url in wrong { #expect(try element([[1]], [url]) == "enrollment-server", "\(url)") }
    let servers = [String](repeating: "https://a", count: 17)
    #expect(try element([[1]], servers) == "enrollment-server")
    let nodes = [NodeAddress](repeating: address, count: 65)
    #expect(try element([[1]], [], nodes) == "bootstrap-node")
    for plugin in ["", "lower", "A B", String(repeating: "A", count: 65)] {
      #expect(try element(plugin: plugin) == "topology-plugin")
    }
    #expect(try element(size: 0) == "max-message-size")
    #expect(try element(hops: 0) == "initial-ttl")
    let signers = try [NodeId](repeating: OverlaySample.nodeId("1"), count: 17)
    #expect(try element(signers: signers) == "kind-signer")
    #expect(try element(extensions: [""]) == "mandatory-extension")
  }

  @Test func sequencesCountAround() throws {
    #expect(OverlaySequence(65_535) == nil)
    func isNewer(_ left: UInt16, _ right: UInt16) throws -> Bool {
      try #require(OverlaySequence(left)).isNewer(than: #require(OverlaySequence(right)))
    }
    #expect(try !isNewer(7, 7))
    #expect(try isNewer(8, 7) && !isNewer(7, 8))
    #expect(try isNewer(0, 65_534) && !isNewer(65_534, 0))
    #expect(try isNewer(32_767, 0) && !isNewer(0, 32_767))
    #expect(try !isNewer(32_768, 0) && isNewer(0, 32_768))
    for number in [1, 65_534, 65_535, 65_536, UInt64.max] {
      let next = OverlaySequence(listNumber: number)
      #expect(next.isNewer(than: OverlaySequence(listNumber: number - 1)))
    }
  }

  @Test func base64URLHasOneForm() throws {
    // Source: RFC 4648 section 10, without padding.
    let vectors = [
      ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"),
      ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
    ]
    for (plain, text) in vectors {
      #expect(Base64URL.text(Array(plain.utf8)) == Array(text.utf8))
      #expect(Base64URL.octets(Array(text.utf8)) == Array(plain.utf8))
    }
    #expect(Base64URL.text([0xFB, 0xFF]) == Array("-_8".utf8))
    #expect(Base64URL.octets(Array("-_8".utf8)) == [0xFB, 0xFF])
    for text in ["Z", "Zg==", "Zh", "Zm9", "+/8", "Zm9v=", "Zm9vZ", "Zm9v\n", "Zm 9v"] {
      #expect(Base64URL.octets(Array(text.utf8)) == nil, "\(text)")
    }
    let all = (0...255).map { UInt8($0) }
    #expect(Base64URL.octets(Base64URL.text(all)) == all)
  }

  @Test func ellipticSignaturesGoBothWays() throws {
    // Source: RFC 7515 appendix A.3.
    let message =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
      + "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    let text =
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU"
      + "1Q"
    let left = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
    let right = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    let point = try [left, right].flatMap { try #require(Base64URL.octets(Array($0.utf8))) }
    let key = try #require(PublicKey(algorithm: .p256, rawRepresentation: [4] + point))
    let raw = try #require(Base64URL.octets(Array(text.utf8)))
    let der = try #require(JSONWebSignature.held(raw, algorithm: .p256))
    #expect(key.isSignature(der, over: Array(message.utf8)))
    #expect(JSONWebSignature.raw(der, algorithm: .p256) == raw)
    // Short and long halves: leading zeros come and go.
    for first in [UInt8(0), 1, 0x7F, 0x80, 0xFF] {
      for second in [UInt8(0), 1, 0x80] {
        let half = [first, second] + [UInt8](repeating: 9, count: 30)
        let whole = half + half.reversed()
        let held = try #require(JSONWebSignature.held(whole, algorithm: .p256))
        #expect(JSONWebSignature.raw(held, algorithm: .p256) == whole)
      }
    }
    #expect(JSONWebSignature.held(Array(raw.dropLast()), algorithm: .p256) == nil)
    #expect(JSONWebSignature.raw(der + [0], algorithm: .p256) == nil)
    #expect(JSONWebSignature.raw(raw, algorithm: .ed25519) == raw)
  }
}
