import Admission
import CertificateAuthority
import Foundation
import NodeCredentials
import RingIdentifiers
import Testing

/// What the authority says of itself from its ledger: OCSP answers and overlay documents.
@Suite struct StatusTests {
  private static let now = AuthorityBench.now

  // MARK: OCSP

  /// An authority of this moment, for openssl judges answers by its own clock.
  private func currentBench() throws -> (AuthorityBench, CredentialTime) {
    let time = AuthorityBench.wallClock
    return (try AuthorityBench(at: time), time)
  }

  /// Asks with openssl's request and reads the answer with openssl.
  private func ask(
    _ authority: OverlayAuthority, _ bench: AuthorityBench, issuer: Int64 = 1,
    serials: [SerialNumber], at time: CredentialTime
  ) throws -> String {
    let issuing = AuthorityDirectory(bench.url).issuingCertificate(issuer).path
    let names = serials.flatMap { ["-serial", "0x\($0)"] }
    let request = bench.scratch.file("request").path
    let made = try Command.openssl.run(
      ["ocsp", "-issuer", issuing] + names + ["-reqout", request])
    #expect(made.status == 0, "\(made.error)")
    let parsed = try OCSPRequest(der: [UInt8](Data(contentsOf: URL(fileURLWithPath: request))))
    let response = bench.scratch.file("response")
    try Data(authority.status(for: parsed, at: time)).write(to: response)
    let read = try Command.openssl.run(
      [
        "ocsp", "-no_nonce", "-respin", response.path, "-issuer", issuing, "-CAfile",
        AuthorityDirectory(bench.url).rootCertificate.path,
      ] + names)
    return read.output + read.error
  }

  @Test(.enabled(if: Command.openssl.isInstalled, "needs openssl"))
  func theLedgerAnswersForEachSerial() throws {
    let (bench, time) = try currentBench()
    let authority = try bench.open()
    let nodes = try (1...2).map {
      try authority.issue(address: AuthorityBench.address("192.0.2.\($0):1"), at: time).node
    }
    let (good, revoked) = (nodes[0].serial, nodes[1].serial)
    let before = try ask(authority, bench, serials: [revoked], at: time)
    #expect(before.contains("0x\(revoked): good"), "\(before)")
    // Revoked by another process: the next answer knows it.
    _ = try bench.open().revoke(.serial(revoked), reason: .keyCompromise, at: time)
    let never = try SerialNumber.random()
    let text = try ask(authority, bench, serials: [good, revoked, never], at: time)
    #expect(text.contains("Response verify OK"), "\(text)")
    #expect(text.contains("0x\(good): good"), "\(text)")
    #expect(text.contains("0x\(revoked): revoked"), "\(text)")
    #expect(text.contains("Reason: keyCompromise"), "\(text)")
    #expect(text.contains("0x\(never): unknown"), "\(text)")
  }

  @Test(.enabled(if: Command.openssl.isInstalled, "needs openssl"))
  func eachIssuerAnswersForItsOwn() throws {
    let (bench, time) = try currentBench()
    let address = try AuthorityBench.address()
    let old = try bench.open().issue(address: address, at: time).node.serial
    _ = try OverlayAuthority.rotate(
      bench.url, rootKey: AuthorityDirectory(bench.url).rootKey, at: time)
    let authority = try bench.open()
    let new = try authority.issue(address: address, at: time).node.serial
    let first = try ask(authority, bench, issuer: 1, serials: [old, new], at: time)
    #expect(first.contains("0x\(old): good"), "\(first)")
    #expect(first.contains("0x\(new): unknown"), "\(first)")
    let second = try ask(authority, bench, issuer: 2, serials: [old, new], at: time)
    #expect(second.contains("Response verify OK"), "\(second)")
    #expect(second.contains("0x\(old): unknown"), "\(second)")
    #expect(second.contains("0x\(new): good"), "\(second)")
    // Another authority is not authorized to answer, and says so without a signature.
    let (stranger, _) = try currentBench()
    let foreign = try ask(stranger.open(), bench, serials: [old, new], at: time)
    #expect(foreign.contains("unauthorized"), "\(foreign)")
  }

  // MARK: overlay documents

  private func read(
    _ authority: OverlayAuthority, _ bench: AuthorityBench, at time: CredentialTime = now
  ) throws -> OverlayConfiguration {
    let document = try authority.overlayDocument(
      enrollmentServers: [], bootstrap: [AuthorityBench.address()], at: time)
    let root = try bench.reader().rootCertificate
    let (xml, json) = try (
      OverlayDocument(
        verifying: document.xml, overlay: authority.overlay, root: root, at: time),
      OverlayDocument(
        verifying: document.json, overlay: authority.overlay, root: root, at: time)
    )
    #expect(xml.configuration == json.configuration && xml.signer == json.signer)
    #expect(xml.configuration.sequence == document.sequence)
    #expect(try authority.documentSequence() == document.sequence)
    return xml.configuration
  }

  @Test func theDocumentSaysWhatIsServed() throws {
    let bench = try AuthorityBench()
    let authority = try bench.open()
    let configuration = try read(authority, bench)
    #expect(configuration.enrollmentServers == ["https://overlay.example/enroll"])
    #expect(configuration.bootstrapNodes == [try AuthorityBench.address()])
    #expect(configuration.roots == [try bench.reader().rootCertificate])
    #expect(configuration.badNodes.isEmpty)
    // It ends with the list.
    let end = Self.now.adding(seconds: 86_400)
    #expect(configuration.expiration == end)
    #expect(throws: Never.self) { try read(authority, bench, at: end) }
    let document = try authority.overlayDocument(
      enrollmentServers: ["https://a.example/enroll"], bootstrap: [], at: Self.now)
    let root = try bench.reader().rootCertificate
    #expect(throws: OverlayDocumentRejection.self) {
      try OverlayDocument(
        verifying: document.xml, overlay: authority.overlay, root: root,
        at: end.adding(seconds: 1))
    }
    let stranger = try AuthorityBench().reader().rootCertificate
    #expect(throws: OverlayDocumentRejection.self) {
      try OverlayDocument(
        verifying: document.json, overlay: authority.overlay, root: stranger, at: Self.now)
    }
  }

  @Test func badNodesAreThoseWhoseNewestCertificateIsRevoked() throws {
    var profile = CertificateProfile()
    profile.nodeValidityDays = 10
    let bench = try EnrollmentBench(profile: profile, accounts: ["alice": 20])
    let authority = bench.authority
    let nodes = try bench.enroll((0..<6).map { _ in try bench.wish() }).flatMap(\.receipts)
    func revoke(_ name: CertificateName) throws {
      _ = try authority.revoke(name, reason: .keyCompromise, at: Self.now)
    }
    // 0: in force. 1: revoked. 2: revoked with its renewal. 3: its first certificate is revoked,
    // the renewal is not. 4: the renewal alone is revoked. 5: revoked, and renewed by nobody.
    for index in 2...4 { _ = try bench.issue(bench.wish(renewing: nodes[index].nodeId)) }
    try revoke(.nodeId(nodes[1].nodeId))
    try revoke(.nodeId(nodes[2].nodeId))
    try revoke(.serial(nodes[3].serial))
    let newest = try #require(try bench.bench.reader().record(.nodeId(nodes[4].nodeId)))
    try revoke(.serial(newest.serial))
    try revoke(.serial(nodes[5].serial))
    let bad = [1, 2, 4, 5].map { nodes[$0].nodeId }.sorted()
    #expect(try read(authority, bench.bench).badNodes == bad)
    // Until they expire.
    let end = Self.now.adding(days: 10)
    _ = try authority.renewRevocationList(at: end)
    #expect(try read(authority, bench.bench, at: end).badNodes == bad)
    #expect(try read(authority, bench.bench, at: end.adding(seconds: 1)).badNodes.isEmpty)
  }

  @Test func theSequenceRisesWithEveryListAndAcrossARotation() throws {
    let bench = try AuthorityBench()
    var sequences: [OverlaySequence] = []
    func note(_ authority: OverlayAuthority) throws {
      sequences.append(try read(authority, bench).sequence)
    }
    let node = try bench.issue().node
    var authority = try bench.open()
    try note(authority)
    _ = try authority.renewRevocationList(at: Self.now)
    try note(authority)
    _ = try authority.revoke(.serial(node.serial), reason: .superseded, at: Self.now)
    try note(authority)
    _ = try OverlayAuthority.rotate(
      bench.url, rootKey: AuthorityDirectory(bench.url).rootKey, at: Self.now)
    // The authority that was open before sees it too.
    try note(authority)
    authority = try bench.open()
    _ = try authority.renewRevocationList(at: Self.now)
    try note(authority)
    for (old, new) in zip(sequences, sequences.dropFirst()) {
      #expect(new.isNewer(than: old), "\(sequences)")
    }
    // Nothing happened: the same document has the same number.
    try note(authority)
    #expect(sequences.last == sequences.dropLast().last)
  }

  // MARK: figures

  @Test func theFiguresCountWhatTheLedgerHolds() throws {
    let bench = try EnrollmentBench(accounts: ["alice": 9])
    let receipts = try bench.enroll((0..<3).map { _ in try bench.wish() }).flatMap(\.receipts)
    let crashing = try bench.bench.open { if $0 == .signed { throw LedgerSafetyTests.Crash() } }
    let lost = crashing.enroll(
      [try bench.wish(), try bench.wish()], by: bench.engine, at: AdmissionTime(Self.now))
    #expect(throws: AuthorityError.self) { try lost[1].get() }
    _ = try bench.authority.revoke(
      .nodeId(receipts[0].nodeId), reason: .superseded, at: Self.now)
    let figures = try bench.authority.figures()
    #expect(figures.certificates == 3 && figures.logSize == 3)
    #expect(figures.revoked == 1 && figures.burnt == 2)
    #expect(figures.listNextUpdate == Self.now.adding(seconds: 86_400))
    #expect(try bench.bench.reader().burntNodeIds().count == 2)
  }
}
