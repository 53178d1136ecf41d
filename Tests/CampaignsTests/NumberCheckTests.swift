import Bounds
import Foundation
import Testing

@testable import Campaigns

/// `redoubt proof check`: what holds is good, and what is planted is found.
@Suite struct NumberCheckTests {
  private let scratch: ScratchDirectory
  private let check: NumberCheck
  private var campaignFile: String { scratch.file("small.yaml") }
  private var numbers: String { scratch.file("small.csv") }

  init() async throws {
    scratch = try ScratchDirectory()
    let definitions = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "proofs/numbers/\(PariCalculator.definitions)")
    try FileManager.default.copyItem(
      atPath: definitions.path(percentEncoded: false),
      toPath: scratch.file(PariCalculator.definitions))
    check = NumberCheck(directory: scratch.file("."))
    try smallSpec.write(toFile: campaignFile, atomically: true, encoding: .utf8)
    #expect(try check.record(try await Campaign(specPath: campaignFile), from: campaignFile) == 6)
  }

  /// Changes the recorded numbers.
  private func doctor(_ old: String, _ new: some StringProtocol) throws {
    let text = try String(contentsOfFile: numbers, encoding: .utf8)
    let changed = text.replacing(old, with: String(new), maxReplacements: 1)
    try #require(changed != text)
    try changed.write(toFile: numbers, atomically: true, encoding: .utf8)
  }

  @Test("recorded numbers hold, by three computations")
  func holds() async throws {
    #expect(try check.names() == ["small"])
    let finding = try await check.check("small")
    #expect(finding.isGood, "\(finding.remarks)")
    #expect(finding.detail.hasPrefix("6 numbers; floating point within "))
    if check.hasSecondOpinion { #expect(finding.detail.hasSuffix("PARI/GP to 25 digits on 6")) }
  }

  @Test("a digit that was changed is found")
  func changedDigit() async throws {
    let row = try NumberFile(readingFrom: numbers).rows[1]
    let low = CertifiedDecimal(row.low, digits: 60).description
    let last = try #require(low.last)
    try doctor(low, low.dropLast() + (last == "1" ? "2" : "1"))
    let finding = try await check.check("small")
    #expect(!finding.isGood)
    #expect(finding.remarks.contains { $0.contains("recorded") })
  }

  @Test("a number that the campaign no longer names, and one that it names now")
  func otherNumbers() async throws {
    let text = try String(contentsOfFile: campaignFile, encoding: .utf8)
    try text.replacing("digitBits: 4", with: "digitBits: 2")
      .write(toFile: campaignFile, atomically: true, encoding: .utf8)
    let finding = try await check.check("small")
    #expect(finding.remarks.contains { $0.contains("is not recorded") })
  }

  @Test("a second opinion with another formula is heard")
  func otherFormula() async throws {
    try #require(check.hasSecondOpinion, "needs the program gp: make test installs it")
    let path = scratch.file(PariCalculator.definitions)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try text.replacing("log(N) / (b * log(2))", with: "log(N) / (b * log(2)) + 10^-20")
      .write(toFile: path, atomically: true, encoding: .utf8)
    let finding = try await check.check("small")
    #expect(!finding.isGood)
    #expect(finding.remarks.contains { $0.contains("PARI/GP") })
  }

  @Test("an empty directory and an unknown formula are errors with a remedy")
  func errors() async throws {
    #expect(throws: CampaignError.self) {
      try NumberCheck(directory: scratch.file("nowhere")).names()
    }
    try doctor("\nforwarding,", "\nbackwarding,")
    let error = await #expect(throws: CampaignError.self) { try await check.check("small") }
    #expect(error?.message.contains("backwarding") == true)
  }
}

/// Cells of runs against their closed forms.
@Suite struct BoundedCellsTests {
  /// A run whose cells deliver with probability 1 - 1.2 f, against a table of closed forms.
  private func findings(_ spec: String, _ scratch: ScratchDirectory) async throws
    -> [ProofFinding]
  {
    let campaign = try await Campaign(spec: try CampaignSpec(parsing: spec, file: "small.yaml"))
    _ = try await campaign.run(
      in: scratch.file("run"), options: CampaignOptions(threads: 2), engine: CheapSampling())
    return try BoundedCells(runs: [scratch.file("run")]).findings
  }

  @Test("cells that follow another law are outside and fail, unless the file says why")
  func otherLaw() async throws {
    let finding = try #require(try await findings(smallSpec, try ScratchDirectory()).first)
    // f = 0 agrees; .1 to .5 do not, for two attacks.
    #expect(finding.detail == "12 cells, 2 inside the 99.9 % band of 12, 10 off")
    #expect(!finding.isGood)
    #expect(finding.remarks.count == 10)
    let explained = smallSpec.replacing(
      "tolerance: 0.05", with: "tolerance: 0.05\n    because: the sampler is cheap.")
    let second = try #require(try await findings(explained, try ScratchDirectory()).first)
    #expect(second.isGood)
    #expect(second.detail.hasSuffix("10 off and explained"))
  }

  @Test("cells that follow the law are inside")
  func sameLaw() async throws {
    // 1 - 1.2 f is 1 - f with f scaled; good-entries-constrained says 1 - f: take the router that
    // loses .4 f and a claim of at least 1 - f.
    let spec = smallSpec.replacing(
      "closedForm: forwarding", with: "closedForm: good-entries-constrained"
    )
    .replacing("router: prefix", with: "router: anycast\n    relation: at-least")
    let finding = try #require(try await findings(spec, try ScratchDirectory()).first)
    #expect(finding.isGood, "\(finding.remarks)")
    #expect(finding.detail == "12 cells, 12 inside the 99.9 % band of 12")
  }
}
