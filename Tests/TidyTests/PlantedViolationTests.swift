import Testing

/// Every rule must fire on a planted violation and stay silent on the legal form beside it.
@Suite struct PlantedViolationTests {
  private func core(_ text: String, path: String = "Sources/RouteSampling/Planted.swift")
    -> SourceFile
  {
    SourceFile(path: path, text: text)
  }

  @Test(arguments: BannedCall.all.indices)
  func bannedCallsFireOnTheirSample(index: Int) throws {
    let rule = BannedCall.all[index]
    let home = if case .tests = rule.place { "Tests/XTests/X.swift" } else { "attacks/X.swift" }
    let planted = core("\n" + rule.violating + "\n", path: home)
    let found = try rule.violations(in: planted)
    #expect(found.count == 1, "\(rule.name) must fire once on: \(rule.violating)")
    #expect(found.first?.line == 2)
    #expect(found.first?.message.contains(rule.replacement) == true)
    #expect(
      try rule.violations(in: core(rule.legal, path: home)).isEmpty,
      "\(rule.name) must allow: \(rule.legal)")
    #expect(try rule.violations(in: core("// " + rule.violating, path: home)).isEmpty)
  }

  @Test func bannedCallsKnowTheirPlace() throws {
    func fires(_ text: String, in path: String) throws -> Bool {
      let file = core(text, path: path)
      return try BannedCall.all.contains { try !$0.violations(in: file).isEmpty }
    }
    #expect(try fires("let t = Date()", in: "Sources/Statistics/X.swift"))
    #expect(try !fires("let t = Date()", in: "Sources/Campaigns/X.swift"))
    #expect(try fires("let p = xs.shuffled()", in: "Sources/Campaigns/X.swift"))
    #expect(try fires("let p = xs.shuffled()", in: "Tests/CampaignsTests/X.swift"))
    #expect(try fires("let p: OpaquePointer", in: "ca/CertificateAuthority/X.swift"))
    #expect(try !fires("let p: OpaquePointer", in: "Sources/NodeCredentials/X.swift"))
    #expect(try !fires("let p: OpaquePointer", in: "Sources/RouteSampling/X+Unsafe.swift"))
    #expect(try !fires("let x = try! f()", in: "Tests/CampaignsTests/X.swift"))
    #expect(try !fires("let p = xs.shuffled()", in: "README.md"))
    // A violation inside an interpolation is code; inside the text around it, it is not.
    #expect(try fires(#"print("x \(Date()) y")"#, in: "Sources/Statistics/X.swift"))
    #expect(try !fires(#"print("x Date() y")"#, in: "Sources/Statistics/X.swift"))
  }

  @Test(arguments: [
    ("Sources/RingIdentifiers/X.swift", "import Foundation"),
    ("Sources/Randomness/X.swift", "import Glibc"),
    ("Sources/Statistics/X.swift", "import Foundation"),
    ("Sources/SecureRouting/X.swift", "import RouteSampling"),
    ("Sources/RouteSampling/X.swift", "import Foundation"),
    ("Sources/RouteSampling/X.swift", "@preconcurrency import Campaigns"),
    ("Sources/RouteSampling/X.swift", "public import struct Foundation.Date"),
    ("Sources/NetworkModels/X.swift", "  internal import RingIdentifiers"),
    ("attacks/X.swift", "@_spi(Test) public import RouteSampling"),
    ("ca/CertificateAuthority/X.swift", "import COpenSSL"),
    ("Sources/Campaigns/X.swift", "import COpenSSL"),
    ("Sources/redoubt/X.swift", "import GRDB"),
    ("Sources/NewTarget/X.swift", "let x = 1"),
  ])
  func importsAgainstTheArrowsFire(path: String, text: String) throws {
    let found = try ImportRules.violations(in: core("/* head */\n" + text + "\n", path: path))
    #expect(found.count == 1, "\(text) in \(path)")
    #expect(found.first?.line == (path.contains("NewTarget") ? 1 : 2))
  }

  @Test(arguments: [
    ("Sources/Statistics/X.swift", "import Glibc"),
    ("Sources/RouteSampling/X.swift", "public import Adversary\nimport CPrefetch"),
    ("Sources/NodeCredentials/X.swift", "import COpenSSL\nimport Foundation"),
    ("Sources/RingIdentifiers/X.swift", "// import Foundation\nlet importance = \"import X\""),
    ("Tests/RouteSamplingTests/X.swift", "import Foundation\n@testable import RouteSampling"),
  ])
  func importsAlongTheArrowsPass(path: String, text: String) throws {
    #expect(try ImportRules.violations(in: core(text, path: path)).isEmpty)
  }

  @Test func theImportTableHasNoCycle() {
    // Peel modules whose imports are all peeled or foreign; a cycle would never empty.
    var remaining = ImportRules.allowed
    while !remaining.isEmpty {
      let ready = remaining.filter { $0.value.allSatisfy { remaining[$0] == nil } }.keys
      #expect(!ready.isEmpty, "a cycle among \(remaining.keys.sorted())")
      if ready.isEmpty { return }
      for module in ready { remaining[module] = nil }
    }
  }

  @Test func lengthsFireOneAboveTheirBound() {
    func body(_ lines: Int) -> String {
      "func long() {\n" + String(repeating: "  step()\n", count: lines - 2) + "}\n"
    }
    let longest = LengthRules.functionLinesMax
    #expect(LengthRules.violations(in: core(body(longest))).isEmpty)
    let long = LengthRules.violations(in: core("\n" + body(longest + 1)))
    #expect(long.map(\.line) == [2])
    #expect(long.first?.message.contains("long has 71 lines") == true)

    let fileMax = LengthRules.fileLinesMax
    #expect(
      LengthRules.violations(in: core(String(repeating: "let x = 1\n", count: fileMax))).isEmpty)
    let tall = core(String(repeating: "let x = 1\n", count: fileMax + 1))
    #expect(LengthRules.violations(in: tall).map(\.line) == [fileMax + 1])

    let wide = String(repeating: "x", count: LengthRules.lineCharactersMax)
    #expect(LengthRules.violations(in: core("// ok\n" + wide + "\n")).isEmpty)
    #expect(LengthRules.violations(in: core("// ok\n" + wide + "x\n")).map(\.line) == [2])
    #expect(LengthRules.violations(in: core("func f() {\n")).count == 1)
    #expect(LengthRules.violations(in: core("}\n")).count == 1)
  }

  @Test(arguments: [
    "let p: UnsafeMutableRawBufferPointer", "values.withUnsafeBufferPointer { $0 }",
    "let x = unsafe buffer[3]", "return unsafeBitCast(x, to: Int.self)",
  ])
  func unsafeCodeFiresOutsideItsFiles(text: String) throws {
    #expect(!(try UnsafeRules.pointerViolations(in: core(text)).isEmpty))
    for path in ["Sources/RouteSampling/Rows+Unsafe.swift", "Sources/NodeCredentials/X.swift"] {
      #expect(try UnsafeRules.pointerViolations(in: core(text, path: path)).isEmpty)
    }
  }

  @Test func safeCodeThatSpeaksOfUnsafePasses() throws {
    let text = "// unsafe\nlet isUnsafe = true\nfunc f(unsafe: Int) {}\nlet s = \"unsafe x\"\n"
    #expect(try UnsafeRules.pointerViolations(in: core(text)).isEmpty)
  }

  @Test func waiversNeedAnEntryAndEntriesAWaiver() throws {
    let waivers = [
      core("final class A: @unchecked Sendable {}", path: "Sources/A/A.swift"),
      core("nonisolated(unsafe) var b = 0", path: "Sources/B/B.swift"),
      core("final class C: Sendable {}", path: "Sources/C/C.swift"),
    ]
    func check(_ list: [String: String]) throws -> [String] {
      try UnsafeRules.uncheckedViolations(in: waivers, list: list).map(\.description)
    }
    let proof = "one thread writes before any thread reads"
    let both = ["Sources/A/A.swift": proof, "Sources/B/B.swift": proof]
    #expect(try check(both).isEmpty)
    let unlisted = try check([:])
    #expect(unlisted.count == 2)
    #expect(unlisted.first?.hasPrefix("Sources/A/A.swift:1: @unchecked Sendable is not in") == true)
    let stale = try check(both.merging(["Sources/C/C.swift": proof]) { $1 })
    #expect(stale.count == 1 && stale[0].contains("Sources/C/C.swift waives nothing"))
    let bare = try check(both.merging(["Sources/B/B.swift": "because"]) { $1 })
    #expect(bare.count == 1 && bare[0].contains("needs a proof"))
  }

  @Test(arguments: [
    ("Sources/Campaigns/RunManager.swift", "let x = 1"),
    ("Sources/Campaigns/String+Utils.swift", "let x = 1"),
    ("Tests/CampaignsTests/RunHelperTests.swift", "let x = 1"),
    ("Sources/Helpers/X.swift", "let x = 1"),
    ("Sources/Campaigns/X.swift", "final class StoreManager {}"),
    ("Tests/CampaignsTests/X.swift", "enum TestUtilities {}"),
  ])
  func vagueNamesFire(path: String, text: String) throws {
    #expect(try TextRules.nameViolations(in: core(text, path: path)).count == 1)
  }

  @Test func namesOfOthersPass() throws {
    let text = "let files = FileManager.default\nstruct UtilityCurve {}\nstruct ManagerSet {}\n"
    #expect(try TextRules.nameViolations(in: core(text)).isEmpty)
  }

  @Test func promisesFireWithoutAnIssue() throws {
    let word = "TO" + "DO"
    #expect(try TextRules.promiseViolations(in: core("let x = 1 // \(word): later")).count == 1)
    #expect(try TextRules.promiseViolations(in: core("/* FIX" + "ME */ let x = 1")).count == 1)
    #expect(try TextRules.promiseViolations(in: core("let x = 1 // \(word) #12: later")).isEmpty)
    #expect(try TextRules.promiseViolations(in: core("let x = \"\(word)\"")).isEmpty)
    #expect(
      try TextRules.promiseViolations(in: core("all: # \(word)\n", path: "Makefile")).count == 1)
  }

  @Test func machinePlacesFire() throws {
    let places = ["home", "Users", "root", "work", "tmp"].map { "see /" + $0 + "/name" }
    let hosts = ["10.1.2.3:" + "8080", "local" + "host:5000", "172.20.0.9" + ":80"]
    for text in places + hosts {
      let file = SourceFile(path: "docs/X.md", text: "\n" + text + "\n")
      #expect(try TextRules.machineViolations(in: file).map(\.line) == [2], "\(text)")
    }
    let code = SourceFile(path: "Tests/X/X.swift", text: "peer at " + hosts[0])
    #expect(try TextRules.machineViolations(in: code).isEmpty)
    for text in ["https://example.org/home/page", "the work/rest split", "$HOME/x", "10.1.2.3"] {
      let file = SourceFile(path: "docs/X.md", text: text)
      #expect(try TextRules.machineViolations(in: file).isEmpty, "\(text)")
    }
  }

  @Test func citationsWithoutASourceFire() throws {
    let bibliography = SourceFile(path: "x.bib", text: "@book{Known99,\n}\n@misc{RFC1234,\n}\n")
    func check(_ text: String, path: String) throws -> Int {
      try TextRules.citationViolations(
        in: core(text, path: path), bibliography: bibliography
      ).count
    }
    #expect(try check("/// As in [Unknown99] and [RFC9999].", path: "Sources/A/A.swift") == 2)
    #expect(try check("See [Unknown99].", path: "docs/X.md") == 1)
    #expect(
      try check("/// As in [Known99], [RFC1234], an [UInt64].", path: "Sources/A/A.swift") == 0)
    #expect(try check("let x: [Sha256] = []", path: "Sources/A/A.swift") == 0)
  }

  @Test func privateRegistriesFire() throws {
    let good = SourceFile(path: "Package.swift", text: #"url: "https://github.com/a/b""#)
    let bad = SourceFile(path: "Package.swift", text: #"url: "https://mirror.example/a/b""#)
    #expect(try TextRules.registryViolations(in: good).isEmpty)
    #expect(try TextRules.registryViolations(in: bad).count == 1)
  }

  @Test func packageRulesFire() throws {
    let head = PackageRules.requiredSettings.joined(separator: "\n") + "\n"
    let good = #".target(name: "A", dependencies: [f("é")], swiftSettings: settings)"# + "\n"
    let bare = ".target(\n  name: \"B\", path: \"x\")\n"
    let door = #".target(name: "CPrefetch", path: "y")"# + "\n"
    func check(_ text: String) throws -> [Violation] {
      try PackageRules.violations(in: SourceFile(path: "Package.swift", text: text))
    }
    #expect(try check(head + good + door).isEmpty)
    let found = try check(head + good + bare + door)
    #expect(found.count == 1 && found[0].message.contains("target B"))
    #expect(try check(good).count == PackageRules.requiredSettings.count)
  }
}
