import NodeCredentials
import Testing

/// A node's certificate names a host and an address below an issuer that constrains both, and so
/// stands for a server's.
@Suite struct ServerVerifierTests {
  private struct Server {
    let authority: TestAuthority
    let leaf: [UInt8]
    let host: String

    init(validity: ValidityPeriod = TestAuthority.validity) throws {
      authority = try TestAuthority()
      let content = try authority.content(validity: validity)
      leaf = try authority.issuing.sign(content)
      host = "\(content.subject).overlay.example"
    }

    var chain: [[UInt8]] { [leaf, authority.issuing.certificate] }

    /// The reason for which a chain is refused; nil when it is accepted.
    func rejection(
      _ chain: [[UInt8]], host: String? = nil, address: String = "192.0.2.7",
      root: [UInt8]? = nil, at time: CredentialTime = TestAuthority.now
    ) -> CertificateRejection? {
      do {
        try ServerVerifier(root: root ?? authority.root.certificate)
          .verify(chain: chain, host: host, address: address, at: time)
        return nil
      } catch {
        return error
      }
    }
  }

  @Test func aChainWithTheRightNameOrAddressIsAccepted() throws {
    let server = try Server()
    #expect(server.rejection(server.chain) == nil)
    #expect(server.rejection(server.chain, host: server.host, address: "192.0.2.99") == nil)
    let extended = server.chain + [server.authority.root.certificate]
    #expect(server.rejection(extended, host: server.host) == nil)
  }

  @Test func otherNamesAndAddressesAreRefused() throws {
    let server = try Server()
    for host in ["overlay.example", "x.\(server.host)", "192.0.2.7", "*.overlay.example"] {
      #expect(server.rejection(server.chain, host: host) == .chain("hostname mismatch"), "\(host)")
    }
    for address in ["192.0.2.8", "::1", "127.0.0.1"] {
      let found = server.rejection(server.chain, address: address)
      #expect(found == .chain("IP address mismatch"), "\(address)")
    }
    #expect(server.rejection(server.chain, address: "no address")?.name == "chain")
    #expect(server.rejection(server.chain, host: "a\0b")?.name == "chain")
  }

  @Test func brokenChainsAreRefused() throws {
    let server = try Server()
    let other = try TestAuthority()
    #expect(server.rejection([server.leaf])?.name == "chain")
    #expect(server.rejection([server.leaf, other.issuing.certificate])?.name == "chain")
    #expect(server.rejection(server.chain, root: other.root.certificate)?.name == "chain")
    #expect(server.rejection([])?.name == "malformed")
    let many = server.chain + [[UInt8]](repeating: other.issuing.certificate, count: 7)
    #expect(server.rejection(many)?.name == "malformed")
  }

  @Test func authoritiesAreNoServers() throws {
    let server = try Server()
    let issuing = server.authority.issuing.certificate
    #expect(server.rejection([issuing], host: "overlay.example")?.name == "chain")
  }

  @Test func timesAreThoseOfTheArgument() throws {
    let validity = ValidityPeriod(
      notBefore: TestAuthority.moment(2024), notAfter: TestAuthority.moment(2025))
    let server = try Server(validity: validity)
    let inside = TestAuthority.moment(2024).adding(seconds: 86_400)
    #expect(server.rejection(server.chain, at: inside) == nil)
    #expect(
      server.rejection(server.chain, at: TestAuthority.moment(2023))
        == .chain("certificate is not yet valid"))
    #expect(
      server.rejection(server.chain, at: TestAuthority.moment(2026))
        == .chain("certificate has expired"))
  }

  @Test func everyTruncationIsRefused() throws {
    let server = try Server()
    for count in 0..<server.leaf.count {
      let cut = Array(server.leaf.prefix(count))
      #expect(
        server.rejection([cut, server.authority.issuing.certificate])?.name == "malformed")
    }
    for count in stride(from: 0, to: server.authority.issuing.certificate.count, by: 7) {
      let cut = Array(server.authority.issuing.certificate.prefix(count))
      #expect(server.rejection([server.leaf, cut])?.name == "malformed")
    }
  }
}
