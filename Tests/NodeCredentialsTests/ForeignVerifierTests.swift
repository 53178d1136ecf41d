import Foundation
import NodeCredentials
import RingIdentifiers
import Testing

/// What OpenSSL's and GnuTLS's own programs say about our certificates, beside our own verdict.
@Suite(
  .enabled(
    if: ForeignProgram.openssl.isInstalled && ForeignProgram.certtool.isInstalled,
    "needs openssl and certtool; \"make setup\" installs them"))
struct ForeignVerifierTests {
  /// Lays an authority out as files and asks both programs.
  private struct Bench {
    let authority: TestAuthority
    let directory: ScratchDirectory

    init(_ authority: TestAuthority, revoked: [SerialNumber] = []) throws {
      self.authority = authority
      directory = try ScratchDirectory()
      _ = try directory.write(
        PEM.encode(authority.root.certificate, label: "CERTIFICATE"), "root.pem")
      _ = try directory.write(
        PEM.encode(authority.issuing.certificate, label: "CERTIFICATE"), "issuing.pem")
      _ = try directory.write(PEM.encode(authority.list(revoked), label: "X509 CRL"), "list.pem")
    }

    func path(_ name: String) -> String { directory.url.appendingPathComponent(name).path }

    func openssl(_ leaf: [UInt8]) throws -> (status: Int32, output: String) {
      let file = try directory.write(PEM.encode(leaf, label: "CERTIFICATE"), "leaf.pem")
      return try ForeignProgram.openssl.run([
        "verify", "-x509_strict", "-CAfile", path("root.pem"), "-untrusted", path("issuing.pem"),
        "-crl_check", "-CRLfile", path("list.pem"), "-purpose", "sslserver", file,
      ])
    }

    func certtool(_ leaf: [UInt8]) throws -> (status: Int32, output: String) {
      let chain =
        try PEM.encode(leaf, label: "CERTIFICATE")
        + PEM.encode(authority.issuing.certificate, label: "CERTIFICATE")
      let file = try directory.write(chain, "chain.pem")
      return try ForeignProgram.certtool.run([
        "--verify", "--load-ca-certificate", path("root.pem"), "--load-crl", path("list.pem"),
        "--infile", file,
      ])
    }

    /// All three must refuse.
    func expectRefused(_ leaf: [UInt8], _ name: String, revoked: [SerialNumber] = []) throws {
      let rejection = try authority.rejection(leaf, revoked: revoked)
      #expect(rejection?.name == name, "ours: \(rejection?.description ?? "accepted")")
      let first = try openssl(leaf)
      #expect(first.status != 0, "openssl: \(first.output)")
      let second = try certtool(leaf)
      #expect(second.status != 0, "certtool: \(second.output)")
    }
  }

  @Test(arguments: KeyAlgorithm.allCases)
  func goodCertificatesAreAccepted(_ algorithm: KeyAlgorithm) throws {
    let bench = try Bench(TestAuthority(algorithm: algorithm))
    for address in ["192.0.2.7:4000", "[2001:db8::7]:65535"] {
      let content = try bench.authority.content(algorithm: algorithm, address: address)
      let leaf = try bench.authority.issuing.sign(content)
      #expect(try bench.authority.rejection(leaf) == nil)
      let first = try bench.openssl(leaf)
      #expect(first.status == 0, "\(first.output)")
      let second = try bench.certtool(leaf)
      #expect(second.status == 0, "\(second.output)")
    }
  }

  @Test func revokedCertificatesAreRefused() throws {
    let authority = try TestAuthority()
    let content = try authority.content()
    let leaf = try authority.issuing.sign(content)
    let bench = try Bench(authority, revoked: [content.serial])
    try bench.expectRefused(leaf, "revoked", revoked: [content.serial])
    #expect(try bench.openssl(leaf).output.contains("certificate revoked"))
  }

  @Test func expiredAndFutureCertificatesAreRefused() throws {
    let bench = try Bench(TestAuthority())
    let past = ValidityPeriod(
      notBefore: TestAuthority.moment(2020), notAfter: TestAuthority.moment(2021))
    let future = ValidityPeriod(
      notBefore: TestAuthority.moment(2048), notAfter: TestAuthority.moment(2049))
    let issuing = bench.authority.issuing
    try bench.expectRefused(issuing.sign(bench.authority.content(validity: past)), "expired")
    try bench.expectRefused(
      issuing.sign(bench.authority.content(validity: future)), "not-yet-valid")
  }

  @Test func tamperedCertificatesAreRefused() throws {
    let bench = try Bench(TestAuthority())
    let leaf = try bench.authority.issuing.sign(bench.authority.content())
    // One bit in the nodeId's URI and one in the signature.
    let text = Array("reload://0114".utf8)
    let uri =
      try #require(
        leaf.indices.first { leaf[$0...].starts(with: text) }) + text.count
    for position in [uri, leaf.count - 5] {
      var spoilt = leaf
      spoilt[position] ^= 1
      try bench.expectRefused(spoilt, "chain")
    }
  }

  @Test func certificatesOfAForeignAuthorityAreRefused() throws {
    let bench = try Bench(TestAuthority())
    let stranger = try TestAuthority()
    try bench.expectRefused(stranger.issuing.sign(stranger.content()), "chain")
  }

  @Test func namesOutsideTheOverlayAreRefused() throws {
    let bench = try Bench(TestAuthority())
    let stranger = try TestAuthority(overlay: "other.example")
    let nodeId = try NodeId.assigned()
    var content = try bench.authority.content(nodeId: nodeId)
    let foreign = try stranger.content(nodeId: nodeId)
    content.extensions[5] = foreign.extensions[5]
    try bench.expectRefused(bench.authority.issuing.sign(content), "foreign-overlay")
  }

  @Test func aNodeCannotActAsAnAuthority() throws {
    let bench = try Bench(TestAuthority())
    var content = try bench.authority.content()
    content.extensions[0] = .basicConstraints(pathLength: 0)
    content.extensions[1] = .authorityKeyUsage
    // OpenSSL refuses it for the purpose of a TLS server; certtool does not look at the purpose.
    let leaf = try bench.authority.issuing.sign(content)
    #expect(try bench.authority.rejection(leaf) == .profile(.authority))
  }

  @Test func bothProgramsReadOurKeysRequestsAndLists() throws {
    let scratch = try ScratchDirectory()
    for algorithm in KeyAlgorithm.allCases {
      let key = try PrivateKey(generating: algorithm)
      let file = try scratch.write(key.pem(), "\(algorithm).key")
      let check = try ForeignProgram.openssl.run(["pkey", "-in", file, "-check", "-noout"])
      #expect(check.status == 0, "\(check.output)")
      let info = try ForeignProgram.certtool.run(["--key-info", "--infile", file])
      #expect(info.status == 0, "\(info.output)")
      let request = try scratch.write(
        PEM.encode(CertificationRequest.der(for: key), label: "CERTIFICATE REQUEST"), "request")
      let verified = try ForeignProgram.openssl.run([
        "req", "-verify", "-noout", "-in", request,
      ])
      #expect(verified.status == 0, "\(verified.output)")
    }
    let authority = try TestAuthority()
    let bench = try Bench(authority, revoked: [SerialNumber.random()])
    let list = try ForeignProgram.openssl.run([
      "crl", "-in", bench.path("list.pem"), "-CAfile", bench.path("issuing.pem"), "-noout",
      "-text",
    ])
    #expect(list.output.contains("verify OK"))
    #expect(list.output.contains("X509v3 CRL Number"))
    #expect(list.output.contains("Key Compromise"))
    #expect(list.output.contains("X509v3 Authority Key Identifier"))
  }

  @Test func requestsOfForeignProgramsAreAccepted() throws {
    let scratch = try ScratchDirectory()
    let key = scratch.url.appendingPathComponent("node.key").path
    let request = scratch.url.appendingPathComponent("node.csr").path
    let made = try ForeignProgram.openssl.run([
      "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
      key, "-out", request, "-subj", "/CN=0000000000000000000000000000000000000000",
    ])
    #expect(made.status == 0, "\(made.output)")
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: request)))
    let accepted = try CertificationRequest(pemOrDER: bytes)
    let held = try PrivateKey(
      pem: [UInt8](try Data(contentsOf: URL(fileURLWithPath: key))))
    let expected = held.publicKey
    #expect(accepted.publicKey == expected)
  }

  @Test func requestsWithUnsupportedKeysAreRefused() throws {
    let scratch = try ScratchDirectory()
    for (parameters, rule) in [
      (["rsa:2048"], ProfileRule.publicKeyAlgorithm),
      (["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], .publicKeyCurve),
    ] {
      let request = scratch.url.appendingPathComponent("node.csr").path
      let made = try ForeignProgram.openssl.run(
        ["req", "-new", "-newkey"] + parameters + [
          "-nodes", "-keyout", scratch.url.appendingPathComponent("node.key").path, "-out",
          request, "-subj", "/CN=node",
        ])
      #expect(made.status == 0, "\(made.output)")
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: request)))
      #expect(throws: RequestRejection.unsupportedKey(rule)) {
        try CertificationRequest(pemOrDER: bytes)
      }
    }
  }
}
