import Admission
import CertificateAuthority
import Foundation
import NodeCredentials
import RingIdentifiers
import Testing

/// Private keys at rest: encrypted when there is a passphrase, for the owner alone in any case.
@Suite struct KeyProtectionTests {
  private static let now = AuthorityBench.now
  let scratch: ScratchDirectory
  let url: URL
  var directory: AuthorityDirectory { AuthorityDirectory(url) }

  init() throws {
    scratch = try ScratchDirectory()
    url = scratch.file("authority")
    try OverlayAuthority.create(
      at: url, overlay: OverlayName("overlay.example"), profile: CertificateProfile(),
      policy: .bare, passphrase: Passphrase(firstLineOf: Array("open sesame".utf8)),
      now: Self.now)
  }

  private func open(_ text: String?) throws -> OverlayAuthority {
    guard let text else { return try OverlayAuthority(opening: url) }
    return try OverlayAuthority(
      opening: url, passphrase: Passphrase(firstLineOf: Array(text.utf8)))
  }

  /// All files with the kinds of PEM blocks in them.
  private func blocks() throws -> [String: Set<String>] {
    var blocks: [String: Set<String>] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: url.path) {
      let file = url.appendingPathComponent(name)
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isDirectory),
        !isDirectory.boolValue
      else { continue }
      let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
      for part in text.components(separatedBy: "-----BEGIN ").dropFirst() {
        blocks[name, default: []].insert(String(part.prefix { $0 != "-" }))
      }
    }
    return blocks
  }

  private func mode(_ url: URL) throws -> Int? {
    let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue
  }

  @Test func noKeyIsReadableWithoutThePassphrase() throws {
    let authority = try open("open sesame")
    let enrolled = try authority.enroll(
      [
        Enrollment(
          publicKey: EnrollmentBench.key(), account: nil, peer: EnrollmentBench.peer, address: nil)
      ], by: AdmissionEngine(policy: .openToAll), at: AdmissionTime(Self.now))
    _ = try enrolled[0].get()
    _ = try OverlayAuthority.rotate(
      url, rootKey: directory.rootKey,
      passphrase: Passphrase(firstLineOf: Array("open sesame".utf8)), at: Self.now)
    let blocks = try blocks()
    #expect(!blocks.values.contains { $0.contains("PRIVATE KEY") })
    let keys = ["issuing/issuing-2.key", "issuing/issuing.key", "issuing/log.key", "root/root.key"]
    let encrypted = blocks.filter { $0.value.contains("ENCRYPTED PRIVATE KEY") }
    #expect(encrypted.keys.sorted() == keys)
    for name in keys { #expect(try mode(url.appendingPathComponent(name)) == 0o600, "\(name)") }
    for name in ["root", "issuing", "nodes"] {
      #expect(try mode(url.appendingPathComponent(name)) == 0o700)
    }
    #expect(try LedgerAudit(url, at: Self.now).run().finding == nil)
  }

  @Test func theAuthorityWorksWithThePassphrase() throws {
    let authority = try open("open sesame")
    let issued = try authority.issue(
      address: AuthorityBench.address(), at: Self.now)
    #expect(try mode(#require(issued.keyFile)) == 0o600)
    _ = try authority.revoke(.serial(issued.node.serial), reason: .superseded, at: Self.now)
    _ = try OverlayAuthority.rotate(
      url, rootKey: directory.rootKey,
      passphrase: Passphrase(firstLineOf: Array("open sesame".utf8)), at: Self.now)
    let next = try open("open sesame").issue(address: AuthorityBench.address(), at: Self.now)
    let verifier = try LedgerReader(directory: url).listVerifier()
    #expect(throws: Never.self) {
      try verifier.verify(UnverifiedNodeCertificate(der: next.certificate), at: Self.now)
    }
    #expect(throws: CertificateRejection.self) {
      try verifier.verify(UnverifiedNodeCertificate(der: issued.certificate), at: Self.now)
    }
    #expect(try LedgerAudit(url, at: Self.now).run().finding == nil)
  }

  @Test(arguments: [nil, "open sesame ", "Open sesame", "x"])
  func withoutThePassphraseNothingIsSigned(_ text: String?) throws {
    let expected: PrivateKeyRejection = text == nil ? .passphraseMissing : .passphraseWrong
    #expect(
      try authorityError { _ = try open(text) }
        == .key(path: directory.issuingKey.path, failure: expected))
    let error = try authorityError {
      let passphrase = Passphrase(firstLineOf: Array((text ?? "").utf8))
      _ = try OverlayAuthority.rotate(
        url, rootKey: directory.rootKey, passphrase: passphrase, at: Self.now)
    }
    #expect(error?.exitCode == 65)
    // Reading and auditing need no key.
    #expect(try LedgerReader(directory: url).issuers.count == 1)
    #expect(try LedgerAudit(url, at: Self.now).run().finding == nil)
  }

  @Test func anotherKeyInItsPlaceIsNamed() throws {
    let bench = try AuthorityBench()
    let stranger = AuthorityDirectory(bench.url)
    for (url, other) in [
      (directory.issuingKey, stranger.issuingKey), (directory.logKey, stranger.logKey),
    ] {
      let original = try Data(contentsOf: url)
      try Data(contentsOf: other).write(to: url)
      guard case .invalid(url.path, _, _)? = try authorityError({ _ = try open("open sesame") })
      else {
        Issue.record("a foreign \(url.lastPathComponent) was accepted")
        return
      }
      for cut in [0, 1, original.count / 2, original.count - 30] {
        try original.prefix(cut).write(to: url)
        let error = try authorityError { _ = try open("open sesame") }
        #expect(error?.exitCode == 65, "\(String(describing: error))")
      }
      try FileManager.default.removeItem(at: url)
      #expect(try authorityError { _ = try open("open sesame") }?.exitCode == 74)
      try original.write(to: url)
    }
    #expect(throws: Never.self) { try open("open sesame") }
  }

  /// Two authorities' puzzles are not the same, and one's is the same after a restart.
  @Test func thePuzzleSecretStaysAndIsNotShared() throws {
    var policy = AdmissionPolicy.openToAll
    policy.puzzle.difficultyBits = 1
    let (bench, other) = (try EnrollmentBench(policy), try EnrollmentBench(policy))
    func value(_ authority: OverlayAuthority) throws -> [UInt8]? {
      try authority.admissionEngine().puzzle?.challenge(at: AdmissionTime(Self.now)).value
    }
    #expect(try value(bench.authority) == value(bench.bench.open()))
    #expect(try value(bench.authority) != value(other.authority))
  }
}
