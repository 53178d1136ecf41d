import CertificateAuthority
import Foundation
import NodeCredentials
import Testing

/// Where an authority may be made, and what a killed run leaves behind.
@Suite struct CreationTests {
  let scratch: ScratchDirectory
  let target: URL

  init() throws {
    scratch = try ScratchDirectory()
    target = scratch.file("authority")
  }

  private func create() throws {
    try OverlayAuthority.create(
      at: target, overlay: OverlayName("overlay.example"), profile: CertificateProfile(),
      now: AuthorityBench.now)
  }

  private func makeTarget(_ names: [String] = []) throws {
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    for name in names {
      let url = target.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("x".utf8).write(to: url)
    }
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: target.path).sorted()
  }

  private static let parts = [
    "issuing", "issuing.crl", "issuing.crt", "ledger.sqlite", "log", "log.pub", "nodes",
    "policy.yaml", "profile.yaml", "root", "root.crt",
  ]

  @Test func anEmptyDirectoryIsFilledAndNotReplaced() throws {
    try makeTarget()
    let manager = FileManager.default
    try manager.setAttributes([.posixPermissions: 0o2750], ofItemAtPath: target.path)
    let before = try manager.attributesOfItem(atPath: target.path)
    try create()
    let after = try manager.attributesOfItem(atPath: target.path)
    for key in [FileAttributeKey.systemFileNumber, .posixPermissions] {
      #expect(before[key] as? NSNumber == after[key] as? NSNumber, "\(key.rawValue)")
    }
    #expect(try names() == CreationTests.parts)
    #expect(throws: Never.self) { try LedgerReader(directory: target).listVerifier() }
  }

  @Test(arguments: [
    [".init-2147483647-x.partial/root/root.key"],
    [".init-2147483647-x.partial/ledger.sqlite", "root/root.key", "root.crt"],
  ])
  func whatAKilledRunLeftDoesNotBlockTheNext(_ leftovers: [String]) throws {
    try makeTarget(leftovers)
    try create()
    #expect(try names() == CreationTests.parts)
    #expect(throws: Never.self) { try LedgerReader(directory: target).listVerifier() }
  }

  @Test(arguments: [
    ["notes.txt"], ["root/root.key"], ["ledger.sqlite"],
    [".init-2147483647-x.partial/root.crt", "notes.txt"],
    [".init-2147483647-x.partial/root.crt", "ledger.sqlite"],
    [".init-\(getpid())-x.partial/root.crt", "root/root.key"],
  ])
  func whatIsNotOursIsLeftAlone(_ files: [String]) throws {
    try makeTarget(files)
    let before = try names()
    #expect(try authorityError(create) == .alreadyExists(path: target.path))
    #expect(try names() == before)
  }

  @Test func aFailureLeavesNothing() throws {
    // A file in the way of the parent: nothing can be made below it.
    try Data().write(to: target)
    let inside = target.appendingPathComponent("authority")
    let error = try authorityError {
      try OverlayAuthority.create(
        at: inside, overlay: OverlayName("overlay.example"), profile: CertificateProfile(),
        now: AuthorityBench.now)
    }
    #expect(error?.exitCode == 73)
    #expect(try Data(contentsOf: target).isEmpty)
  }
}
