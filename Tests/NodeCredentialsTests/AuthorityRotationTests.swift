import Foundation
import NodeCredentials
import RingIdentifiers
import Testing

/// Authorities that are opened again from their files, and issuing keys that follow one another.
@Suite struct AuthorityRotationTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority() }

  @Test func bothTiersAreReopenedFromCertificateAndEncryptedKey() throws {
    let overlay = authority.overlay
    func key(_ tier: AuthorityCredentials) throws -> PrivateKey {
      guard let passphrase = Passphrase(firstLineOf: [0x78]) else { throw NoPassphrase() }
      let pem = try tier.privateKeyPEM(
        passphrase: passphrase, encryption: .pbkdf2(iterations: 1_000))
      return try PrivateKey(pem: pem, passphrase: Passphrase(firstLineOf: [0x78]))
    }
    let (root, issuing) = (authority.root, authority.issuing)
    let upper = try AuthorityCredentials.root(
      overlay: overlay, certificate: root.certificate, key: key(root))
    #expect(upper.certificate == root.certificate)
    let lower = try AuthorityCredentials.issuing(
      overlay: overlay, certificate: issuing.certificate, key: key(issuing))
    #expect(try authority.rejection(lower.sign(authority.content())) == nil)
    // Another tier's key, tier or overlay.
    #expect(throws: OpenSSLError.self) {
      try AuthorityCredentials.root(
        overlay: overlay, certificate: root.certificate, key: key(issuing))
    }
    #expect(throws: OpenSSLError.self) {
      try AuthorityCredentials.root(
        overlay: overlay, certificate: issuing.certificate, key: key(issuing))
    }
    #expect(throws: OpenSSLError.self) {
      try AuthorityCredentials.issuing(
        overlay: overlay, certificate: root.certificate, key: key(root))
    }
    #expect(throws: OpenSSLError.self) {
      try AuthorityCredentials.issuing(
        overlay: OverlayName("other.example"), certificate: issuing.certificate, key: key(issuing))
    }
    #expect(throws: OpenSSLError.self) {
      try AuthorityCredentials.issuing(
        overlay: overlay, certificate: Array(issuing.certificate.dropLast()), key: key(issuing))
    }
  }

  private struct NoPassphrase: Error {}

  // MARK: two issuing keys

  /// An authority whose root certified a second issuing key, with a leaf and a list of each.
  struct Generations {
    let old: TestAuthority
    let new: TestAuthority
    let oldLeaf: CertificateContent
    let newLeaf: CertificateContent

    init(_ old: TestAuthority) throws {
      self.old = old
      let key = try PrivateKey(pem: old.root.privateKeyPEM())
      let root = try AuthorityCredentials.root(
        overlay: old.overlay, certificate: old.root.certificate, key: key)
      new = TestAuthority(
        overlay: old.overlay, root: root,
        issuing: try root.issuingAuthority(
          algorithm: .p256, validity: TestAuthority.validity))
      oldLeaf = try old.content()
      newLeaf = try new.content()
    }

    func verifier(
      oldRevoked: [SerialNumber] = [], newRevoked: [SerialNumber] = [],
      oldNextUpdate: CredentialTime = TestAuthority.moment(2049)
    ) throws -> CertificateVerifier {
      try CertificateVerifier(
        overlay: old.overlay, root: old.root.certificate,
        issuers: [
          IssuerRevocation(
            certificate: old.issuing.certificate,
            revocation: .list(old.list(oldRevoked, nextUpdate: oldNextUpdate))),
          IssuerRevocation(
            certificate: new.issuing.certificate, revocation: .list(new.list(newRevoked))),
        ])
    }

    /// The name of the reason against the leaf of each generation.
    func names(_ verifier: CertificateVerifier) throws -> [String?] {
      try [old.issuing.sign(oldLeaf), new.issuing.sign(newLeaf)].map { der in
        rejection(verifier, try UnverifiedNodeCertificate(der: der))?.name
      }
    }

    func rejection(
      _ verifier: CertificateVerifier, _ leaf: UnverifiedNodeCertificate
    ) -> CertificateRejection? {
      do throws(CertificateRejection) {
        _ = try verifier.verify(leaf, at: TestAuthority.now)
        return nil
      } catch {
        return error
      }
    }
  }

  @Test func leavesOfBothGenerationsAreAccepted() throws {
    let both = try Generations(authority)
    #expect(try both.names(both.verifier()) == [nil, nil])
    // Each generation's own verifier knows nothing of the other.
    #expect(try both.names(both.old.verifier()) == [nil, "chain"])
    #expect(try both.names(both.new.verifier()) == ["chain", nil])
    let serials = try both.verifier().revocationLists.map(\.number)
    #expect(serials == [1, 1])
  }

  @Test func theListOfOneGenerationDoesNotVouchForTheOther() throws {
    let both = try Generations(authority)
    let (old, new) = (both.oldLeaf.serial, both.newLeaf.serial)
    #expect(try both.names(both.verifier(oldRevoked: [old])) == ["revoked", nil])
    #expect(try both.names(both.verifier(newRevoked: [new])) == [nil, "revoked"])
    // Listed by the wrong issuer, a serial number means nothing.
    #expect(try both.names(both.verifier(oldRevoked: [new], newRevoked: [old])) == [nil, nil])
    let stale = TestAuthority.moment(2025)
    #expect(try both.names(both.verifier(oldNextUpdate: stale)) == ["crl-stale", nil])
    // Neither list can stand in for the other.
    let list = try both.new.list()
    #expect(throws: CertificateRejection.self) {
      try CertificateVerifier(
        overlay: both.old.overlay, root: both.old.root.certificate,
        issuing: both.old.issuing.certificate, revocation: .list(list))
    }
    let verifier = try both.verifier()
    #expect(try verifier.revocationList(from: list).number == 1)
    #expect(try verifier.revocationList(from: both.old.list()).number == 1)
    let strangers = try TestAuthority().list()
    #expect(throws: CertificateRejection.self) { try verifier.revocationList(from: strangers) }
    #expect(throws: CertificateRejection.self) {
      try verifier.revocationList(from: Array(list.dropLast()))
    }
  }

  @Test func aLeafThatNamesTheOtherIssuerIsRefused() throws {
    let both = try Generations(authority)
    let verifier = try both.verifier()
    func name(_ content: CertificateContent) throws -> String? {
      let der = try both.new.issuing.sign(content)
      return both.rejection(verifier, try UnverifiedNodeCertificate(der: der))?.name
    }
    // Signed by the new key, naming the old one: content made by the old authority.
    #expect(try name(both.oldLeaf) == "chain")
    var nameless = both.newLeaf
    nameless.extensions.remove(at: VerificationTests.authorityKey)
    #expect(try name(nameless) == "profile")
    var foreign = both.newLeaf
    foreign.extensions[VerificationTests.authorityKey] = .authorityKeyIdentifier(
      [UInt8](repeating: 7, count: 20))
    #expect(try name(foreign) == "chain")
  }

  @Test func onlySensibleSetsOfIssuersAreTaken() throws {
    let both = try Generations(authority)
    func count(_ certificates: [[UInt8]]) throws {
      _ = try CertificateVerifier(
        overlay: both.old.overlay, root: both.old.root.certificate,
        issuers: certificates.map { IssuerRevocation(certificate: $0, revocation: .ledger([])) })
    }
    let (old, new) = (both.old.issuing.certificate, both.new.issuing.certificate)
    #expect(throws: Never.self) { try count([old, new]) }
    let foreign = try TestAuthority().issuing.certificate
    for set in [[], [old, old], [old, foreign], [old, both.old.root.certificate]] {
      #expect(throws: CertificateRejection.self) { try count(set) }
    }
    #expect(throws: CertificateRejection.self) {
      try count([[UInt8]](repeating: old, count: CertificateVerifier.issuerCountMax + 1))
    }
  }

  @Test(
    .enabled(
      if: ForeignProgram.openssl.isInstalled && ForeignProgram.certtool.isInstalled,
      "needs openssl and certtool"))
  func foreignProgramsAcceptBothGenerations() throws {
    let both = try Generations(authority)
    let scratch = try ScratchDirectory()
    let root = try scratch.write(
      PEM.encode(both.old.root.certificate, label: "CERTIFICATE"), "root.pem")
    let generations = [(both.old, both.oldLeaf), (both.new, both.newLeaf)]
    let issuing = try generations.flatMap {
      try PEM.encode($0.0.issuing.certificate, label: "CERTIFICATE")
    }
    let untrusted = try scratch.write(issuing, "issuing.pem")
    let serials = generations.map(\.1.serial)
    for isRevoked in [false, true] {
      func lists(_ revoked: (SerialNumber) -> [SerialNumber]) throws -> [UInt8] {
        try generations.flatMap { authority, leaf in
          try PEM.encode(
            authority.list(isRevoked ? revoked(leaf.serial) : []), label: "X509 CRL")
        }
      }
      // Each list with its own revocations, and each with those of both. Of two lists under one
      // name GnuTLS keeps one, whoever signed it, so only the second way serves it.
      let own = try scratch.write(lists { [$0] }, "own.pem")
      let all = try scratch.write(lists { _ in serials }, "all.pem")
      for (authority, content) in generations {
        let leaf = try PEM.encode(authority.issuing.sign(content), label: "CERTIFICATE")
        for list in [own, all] {
          let first = try ForeignProgram.openssl.run([
            "verify", "-x509_strict", "-CAfile", root, "-untrusted", untrusted, "-crl_check",
            "-CRLfile", list, scratch.write(leaf, "leaf.pem"),
          ])
          #expect((first.status == 0) == !isRevoked, "\(first.output)")
          #expect(first.output.contains("certificate revoked") == isRevoked)
        }
        let chain =
          try leaf + PEM.encode(authority.issuing.certificate, label: "CERTIFICATE")
        let second = try ForeignProgram.certtool.run([
          "--verify", "--load-ca-certificate", root, "--load-crl", all, "--infile",
          scratch.write(chain, "chain.pem"),
        ])
        #expect((second.status == 0) == !isRevoked, "\(second.output)")
      }
    }
    // With the list of the other generation alone, openssl has none for this leaf.
    let foreign = try scratch.write(
      PEM.encode(both.new.list(), label: "X509 CRL"), "foreign.pem")
    let leaf = try scratch.write(
      PEM.encode(both.old.issuing.sign(both.oldLeaf), label: "CERTIFICATE"), "leaf.pem")
    let verdict = try ForeignProgram.openssl.run([
      "verify", "-x509_strict", "-CAfile", root, "-untrusted", untrusted, "-crl_check", "-CRLfile",
      foreign, leaf,
    ])
    #expect(verdict.status != 0, "\(verdict.output)")
  }
}
