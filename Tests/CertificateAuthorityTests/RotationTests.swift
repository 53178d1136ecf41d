import Admission
import CertificateAuthority
import Foundation
import NodeCredentials
import RingIdentifiers
import Testing
import TransparencyLog

/// Issuing keys that follow one another on disk.
@Suite struct RotationTests {
  private static let now = AuthorityBench.now

  /// An authority before and after a rotation.
  private struct Generations {
    let bench: AuthorityBench
    let old: IssuedNode
    let new: IssuedNode
    let outcome: RotationOutcome
    var directory: AuthorityDirectory { AuthorityDirectory(bench.url) }

    init(_ bench: AuthorityBench, at time: CredentialTime = RotationTests.now) throws {
      self.bench = bench
      old = try bench.open().issue(address: AuthorityBench.address("192.0.2.1:1"), at: time)
      outcome = try OverlayAuthority.rotate(
        bench.url, rootKey: AuthorityDirectory(bench.url).rootKey, at: time)
      new = try bench.open().issue(address: AuthorityBench.address("192.0.2.2:1"), at: time)
    }

    func reason(
      _ node: IssuedNode, at time: CredentialTime = RotationTests.now
    ) throws -> String? {
      do throws(CertificateRejection) {
        let certificate = try UnverifiedNodeCertificate(der: node.certificate)
        guard let verifier = try? bench.reader().listVerifier() else { return "no verifier" }
        _ = try verifier.verify(certificate, at: time)
        return nil
      } catch {
        return error.name
      }
    }
  }

  private func generations() throws -> Generations { try Generations(AuthorityBench()) }

  @Test func bothGenerationsAreInForce() async throws {
    let both = try generations()
    #expect(both.outcome.issuer == 2)
    #expect(both.outcome.certificateFile == both.directory.issuingCertificate(2))
    #expect(both.outcome.keyFile == both.directory.issuingKey(2))
    #expect(try both.reason(both.old) == nil)
    #expect(try both.reason(both.new) == nil)
    let reader = try both.bench.reader()
    #expect(reader.issuers.map(\.number) == [1, 2])
    #expect(try reader.records(after: 0).map(\.issuer) == [1, 2])
    #expect(try await reader.verifiedNodes(at: Self.now).nodes.count == 2)
    #expect(try reader.listVerifier().revocationLists.map(\.number) == [2, 1])
    let authority = try both.bench.open()
    #expect(authority.authorityCertificates.count == 3)
    #expect(authority.authorityCertificates[0] == reader.issuers[1].der)
    let names = try authority.publishedRevocationLists().map(\.fileName)
    #expect(names == ["issuing.crl", "issuing-2.crl"])
    #expect(try both.bench.audit().finding == nil)
    // Each names the list of its own issuer.
    let marks = [(both.old, "http://overlay.example/issuing.crl"), (both.new, "/issuing-2.crl")]
    for (node, mark) in marks {
      #expect(String(decoding: node.certificate, as: UTF8.self).contains(mark))
    }
  }

  @Test func aNodeOfTheOldKeyIsRenewedByTheNew() async throws {
    let enrollment = try EnrollmentBench(accounts: ["alice": 5])
    let first = try enrollment.issue(enrollment.wish())
    _ = try OverlayAuthority.rotate(
      enrollment.bench.url, rootKey: AuthorityDirectory(enrollment.bench.url).rootKey,
      at: Self.now)
    let authority = try enrollment.bench.open()
    func renew() throws -> EnrollmentReceipt? {
      try authority.enroll(
        [enrollment.wish(renewing: first.nodeId)], by: enrollment.engine,
        at: AdmissionTime(Self.now))[0].get().receipts.first
    }
    let second = try #require(try renew())
    #expect(second.nodeId == first.nodeId)
    #expect(try enrollment.bench.verify(second).size == 2)
    #expect(try enrollment.bench.reader().record(.nodeId(first.nodeId))?.issuer == 2)
    // The authority that was open before goes on with the old key; its work is as good.
    let third = try enrollment.issue(enrollment.wish())
    #expect(try enrollment.bench.reader().record(.serial(third.serial))?.issuer == 1)
    _ = try authority.revoke(.nodeId(first.nodeId), reason: .superseded, at: Self.now)
    for list in try enrollment.bench.reader().listVerifier().revocationLists {
      #expect(Set(list.entries.map(\.serial)) == [first.serial, second.serial])
    }
    try authority.publishLog()
    #expect(try enrollment.bench.audit().finding == nil)
  }

  /// It cannot check the newer key's list, and leaves it as it is.
  @Test func anAuthorityThatIsOpenOutlivesTheRotationsOfOthers() throws {
    let bench = try AuthorityBench()
    let directory = AuthorityDirectory(bench.url)
    let older = try bench.open()
    let node = try bench.issue()
    _ = try OverlayAuthority.rotate(bench.url, rootKey: directory.rootKey, at: Self.now)
    let newest = try Data(contentsOf: directory.revocationList(2))
    #expect(try older.renewRevocationList(at: Self.now).number == 3)
    let outcome = try older.revoke(
      .serial(node.node.serial), reason: .keyCompromise, at: Self.now)
    #expect(outcome.listNumber == 4)
    #expect(try Data(contentsOf: directory.revocationList(2)) == newest)
    #expect(try bench.reader().listVerifier().revocationLists.map(\.number) == [4, 1])
    // Whoever opens next signs the lists of both.
    _ = try bench.open().renewRevocationList(at: Self.now)
    for list in try bench.reader().listVerifier().revocationLists {
      #expect(list.entries.map(\.serial) == [node.node.serial])
    }
    #expect(try bench.audit().finding == nil)
  }

  @Test func everyListHasTheRevocationsOfAllIssuers() throws {
    let both = try generations()
    let authority = try both.bench.open()
    _ = try authority.revoke(.serial(both.old.node.serial), reason: .keyCompromise, at: Self.now)
    func serials() throws -> [Set<SerialNumber>] {
      try both.bench.reader().listVerifier().revocationLists.map {
        Set($0.entries.map(\.serial))
      }
    }
    let old = both.old.node.serial
    #expect(try serials() == [[old], [old]])
    #expect(try both.reason(both.old) == "revoked")
    #expect(try both.reason(both.new) == nil)
    let outcome = try authority.revoke(
      .serial(both.new.node.serial), reason: .superseded, at: Self.now)
    #expect(outcome.listNumber == 3)
    #expect(try serials() == [[old, both.new.node.serial], [old, both.new.node.serial]])
    #expect(try both.reason(both.new) == "revoked")
    #expect(try both.bench.audit().finding == nil)
  }

  @Test(
    .enabled(
      if: Command.openssl.isInstalled && Command.certtool.isInstalled,
      "needs openssl and certtool; \"make setup\" installs them"))
  func foreignVerifiersAgreeWithEitherList() throws {
    // certtool cannot be told the time.
    let time = AuthorityBench.wallClock
    let both = try Generations(AuthorityBench(at: time), at: time)
    let authority = try both.bench.open()
    let revoked = try authority.issue(address: AuthorityBench.address("192.0.2.3:1"), at: time)
    for node in [both.old, revoked] {
      _ = try authority.revoke(.serial(node.node.serial), reason: .keyCompromise, at: time)
    }
    let certificates = [both.directory.issuingCertificate(1), both.directory.issuingCertificate(2)]
    let lists = [both.directory.revocationList(1), both.directory.revocationList(2)]
    func joined(_ urls: [URL], _ name: String) throws -> String {
      let file = both.bench.scratch.file(name)
      try urls.map { try Data(contentsOf: $0) }.reduce(Data(), +).write(to: file)
      return file.path
    }
    let root = both.directory.rootCertificate.path
    let issuing = try joined(certificates, "issuing.pem")
    for (node, issuer, isGood) in [(both.old, 0, false), (both.new, 1, true), (revoked, 1, false)] {
      let leaf = node.certificateFile
      for order in [lists, lists.reversed()] {
        let openssl = try Command.openssl.run([
          "verify", "-x509_strict", "-CAfile", root, "-untrusted", issuing,
          "-crl_check", "-CRLfile", joined(order, "lists.pem"), leaf.path,
        ])
        #expect((openssl.status == 0) == isGood, "\(openssl.output)\(openssl.error)")
      }
      // GnuTLS keeps one list for each name of an issuer, so each of them alone must do.
      let chain = try joined([leaf, certificates[issuer]], "chain.pem")
      for list in lists {
        let certtool = try Command.certtool.run([
          "--verify", "--load-ca-certificate", root, "--load-crl",
          list.path, "--infile", chain,
        ])
        let text = certtool.output + certtool.error
        #expect((certtool.status == 0) == isGood, "\(text)")
        if !isGood { #expect(text.contains("revoked"), "\(text)") }
      }
    }
  }

  // MARK: failures

  @Test func withoutTheRootKeyNothingChanges() throws {
    let bench = try AuthorityBench()
    let directory = AuthorityDirectory(bench.url)
    let before = try bench.dump()
    func names() throws -> [String] {
      try FileManager.default.subpathsOfDirectory(atPath: bench.url.path).sorted()
    }
    let files = try names()
    let foreign = try AuthorityBench()
    let stranger = AuthorityDirectory(foreign.url)
    let nonsense = bench.scratch.file("nonsense")
    try Data("nonsense".utf8).write(to: nonsense)
    let attempts: [(URL, Int32)] = [
      (bench.scratch.file("missing"), 74), (nonsense, 65), (stranger.rootKey, 65),
      (directory.issuingKey, 65), (directory.rootCertificate, 65),
    ]
    for (url, status) in attempts {
      let error = try authorityError {
        _ = try OverlayAuthority.rotate(bench.url, rootKey: url, at: Self.now)
      }
      #expect(error?.exitCode == status, "\(String(describing: error))")
      #expect(error?.description.contains(url.path) == true)
      #expect(try bench.dump() == before)
      #expect(try names() == files)
    }
    #expect(try bench.audit().finding == nil)
  }

  /// What a rotation that was killed before its commit left is written over by the next.
  @Test func leftoversOfAKilledRotationDoNotMatter() throws {
    let bench = try AuthorityBench()
    let directory = AuthorityDirectory(bench.url)
    try Data("left over".utf8).write(to: directory.issuingKey(2))
    try Data("left over".utf8).write(to: directory.issuingCertificate(2))
    #expect(throws: Never.self) { try bench.issue() }
    let both = try Generations(bench)
    #expect(try both.reason(both.new) == nil)
    #expect(try bench.audit().finding == nil)
  }

  @Test func rotationsThatRunAtOnceKeepTheirKeys() async throws {
    let bench = try AuthorityBench()
    let url = bench.url
    let outcomes = await withTaskGroup(of: Int64?.self) { group in
      for _ in 0..<4 {
        group.addTask {
          try? OverlayAuthority.rotate(
            url, rootKey: AuthorityDirectory(url).rootKey, wait: 60, at: Self.now
          ).issuer
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let numbers = outcomes.compactMap(\.self).sorted()
    #expect(!numbers.isEmpty)
    let issuers = try bench.reader().issuers.map(\.number)
    #expect(issuers == [1] + numbers)
    // Every issuer has its own key: all of them sign their lists.
    _ = try bench.open().renewRevocationList(at: Self.now)
    #expect(try bench.reader().listVerifier().revocationLists.count == issuers.count)
    #expect(try bench.audit().finding == nil)
  }

  @Test func thereIsALastRotation() throws {
    let bench = try AuthorityBench()
    let rootKey = AuthorityDirectory(bench.url).rootKey
    for number in 2...Int64(CertificateVerifier.issuerCountMax) {
      #expect(
        try OverlayAuthority.rotate(bench.url, rootKey: rootKey, at: Self.now).issuer == number)
    }
    let before = try bench.dump()
    let error = try authorityError {
      _ = try OverlayAuthority.rotate(bench.url, rootKey: rootKey, at: Self.now)
    }
    #expect(error?.exitCode == 65)
    #expect(try bench.dump() == before)
    let issued = try bench.issue()
    #expect(throws: Never.self) {
      try bench.reader().listVerifier().verify(
        UnverifiedNodeCertificate(der: issued.certificate), at: Self.now)
    }
    #expect(try bench.audit().finding == nil)
  }

  // MARK: the old key

  /// Once its last certificate has expired, the old key may go.
  @Test func theOldKeyIsPutAwayWhenItsCertificatesHaveEnded() throws {
    var profile = CertificateProfile()
    profile.nodeValidityDays = 10
    let enrollment = try EnrollmentBench(profile: profile, accounts: ["alice": 5])
    let bench = enrollment.bench
    let directory = AuthorityDirectory(bench.url)
    let first = try enrollment.issue(enrollment.wish())
    let later = Self.now.adding(days: 5)
    _ = try OverlayAuthority.rotate(bench.url, rootKey: directory.rootKey, at: later)
    let authority = try bench.open()
    let renewed = try authority.enroll(
      [enrollment.wish(renewing: first.nodeId)], by: enrollment.engine, at: AdmissionTime(later))
    #expect(try renewed[0].get().receipts.count == 1)
    try authority.publishLog()
    try FileManager.default.removeItem(at: directory.issuingKey(1))

    // Too early: a revocation of the old certificate could not be announced.
    let early = try bench.open()
    let before = try bench.dump()
    let error = try authorityError {
      _ = try early.revoke(.nodeId(first.nodeId), reason: .superseded, at: later)
    }
    #expect(error?.description.contains(directory.issuingKey(1).path) == true)
    #expect(try bench.dump() == before)

    let end = Self.now.adding(days: 11)
    let late = try bench.open()
    #expect(try late.renewRevocationListsIfDue(at: end))
    #expect(try !late.renewRevocationListsIfDue(at: end))
    let outcome = try late.revoke(.nodeId(first.nodeId), reason: .superseded, at: end)
    #expect(!outcome.wasAlreadyRevoked)
    #expect(try bench.audit(at: end).finding == nil)
    let document = try late.overlayDocument(enrollmentServers: [], bootstrap: [], at: end)
    #expect(throws: Never.self) {
      try OverlayDocument(
        verifying: document.xml, overlay: late.overlay, root: bench.reader().rootCertificate,
        at: end)
    }
    #expect(try bench.reader().revokedCertificates().count == 2)
  }
}
