import Foundation
import Testing

/// Every rule of the house against every file of the repository.
@Suite struct RepositoryTests {
  static let files = Result { try Repository.textFiles() }

  private func files() throws -> [SourceFile] { try Self.files.get() }

  private func report(_ violations: [Violation]) {
    for violation in violations { Issue.record("\(violation)") }
  }

  @Test func theWholeHouseIsRead() throws {
    let paths = Set(try files().map(\.path))
    for path in [
      "Package.swift", ".gitignore", "Makefile", ".ci/run", "README.md",
      "Sources/RingIdentifiers/UInt160.swift", "Tests/TidyTests/RepositoryTests.swift",
    ] {
      #expect(paths.contains(path), "\(path) was not read")
    }
    let owners = Set(try files().filter(\.isSwift).map(\.owner))
    for target in ["Adversary", "CertificateAuthority", "RouteSampling", "redoubt"] {
      #expect(owners.contains(.target(target)), "no file of \(target) was read")
    }
    #expect(!paths.contains { $0.hasPrefix(".build/") || $0.hasPrefix(".git/") })
  }

  @Test func importsFollowTheArrows() throws {
    report(try files().flatMap { try ImportRules.violations(in: $0) })
  }

  @Test func filesFunctionsAndLinesStayShort() throws {
    report(try files().filter(\.isSwift).flatMap { LengthRules.violations(in: $0) })
  }

  @Test func bannedCallsAreAbsent() throws {
    report(
      try files().flatMap { file in
        try BannedCall.all.flatMap { try $0.violations(in: file) }
      })
  }

  @Test func unsafeCodeStaysInItsFiles() throws {
    report(try files().flatMap { try UnsafeRules.pointerViolations(in: $0) })
  }

  @Test func waivedChecksAreListed() throws {
    report(try UnsafeRules.uncheckedViolations(in: try files(), list: uncheckedAllowList))
  }

  @Test func namesSaySomething() throws {
    report(try files().flatMap { try TextRules.nameViolations(in: $0) })
  }

  @Test func promisesHaveIssues() throws {
    report(try files().flatMap { try TextRules.promiseViolations(in: $0) })
  }

  @Test func sourcesAreInTheBibliography() throws {
    let bibliography = try #require(try files().first { $0.path == "docs/references.bib" })
    report(
      try files().flatMap { try TextRules.citationViolations(in: $0, bibliography: bibliography) })
  }

  @Test func noTextNamesAMachine() throws {
    report(
      try files().flatMap { file in
        try TextRules.machineViolations(in: file) + TextRules.registryViolations(in: file)
      })
  }

  /// What the build makes stays out of the repository.
  @Test func buildProductsAreIgnored() throws {
    let ignored = try #require(try files().first { $0.path == ".gitignore" }).lines
    for name in [".build/", "Package.resolved", "/out/", "/runs/"] {
      #expect(ignored.contains { $0 == name }, ".gitignore must list \(name)")
    }
  }

  /// The settings are declared once and every Swift target takes them.
  @Test func everyTargetTakesTheSharedSettings() throws {
    let package = try #require(try files().first { $0.path == "Package.swift" })
    report(try PackageRules.violations(in: package))
  }
}
