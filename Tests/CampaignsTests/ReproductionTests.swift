import Foundation
import Testing

@testable import Campaigns

/// The document that sets runs beside what was published.
@Suite struct ReproductionTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// A run of a small campaign with every kind of row: met, explained and unmet claims, a formula,
  /// levels, a figure over f and one over cost.
  private static let spec =
    smallSpec.replacing("name: small", with: "name: small\ntitle: A small campaign")
    .replacing(
      "figures:",
      with: """
          - source: a sampler of the house
            router: prefix
            attack: drop
            tolerance: 0.02
            because: the sampler is cheap.
            values: {0.1: 0.88, 0.5: 0.9}
          - {source: a wish, quantity: messages, relation: at-most, router: prefix,
             values: {0.2: 3}}
        formulas:
          - title: one path
            formula: forwarding
            parameters: {nodes: 1e5, digitBits: 4, faultyFraction: 0.1}
            published: 0.65
            tolerance: 0.005
            source: "[Castro02], message forwarding"
        thresholds: [0.9]
        figures:
          - {title: Cost, name: cost, series: router, x: messages, where: {attack: drop}}
        """)

  private func run(_ scratch: ScratchDirectory, _ name: String, text: String = spec) async throws
    -> String
  {
    let campaign = try await Campaign(
      spec: try CampaignSpec(parsing: text, file: "small.yaml"),
      specPath: "experiments/small.yaml")
    _ = try await campaign.run(
      in: scratch.file(name), options: CampaignOptions(threads: 2), engine: CheapSampling())
    return scratch.file(name)
  }

  /// `UPDATE_GOLDEN=1 swift test --filter ReproductionTests` writes the file anew; look at it then.
  @Test func theDocumentOfASmallRunIsTheGoldenOne() async throws {
    let scratch = try ScratchDirectory()
    let document = try Reproduction(directories: [try await run(scratch, "run")])
    let golden = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Golden/reproduction.md")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
      try document.text.write(to: golden, atomically: true, encoding: .utf8)
    }
    #expect(document.text == (try String(contentsOf: golden, encoding: .utf8)))
    #expect(document.tally.unexplained == 12)
    #expect(document.tally.explained == 1)
    #expect(document.tally.failing == 0)
  }

  @Test func theBytesDependOnTheRunAlone() async throws {
    let scratch = try ScratchDirectory()
    let first = try Reproduction(directories: [try await run(scratch, "one")])
    let second = try Reproduction(directories: [try await run(scratch, "another")])
    #expect(first.text == second.text)
    try first.write(to: scratch.file("document.md"))
    #expect(try contents(scratch.file("document.md")) == first.text)
    #expect(!first.text.contains(scratch.path))
  }

  @Test func aRunWithMissingCellsIsRefused() async throws {
    let scratch = try ScratchDirectory()
    let path = try await run(scratch, "run")
    let plan = try Campaign(runDirectory: path).plan
    try FileManager.default.removeItem(atPath: RunDirectory(path: path).shardPath(plan.cells[3]))
    let error = #expect(throws: CampaignError.self) { try Reproduction(directories: [path]) }
    #expect(error?.code == .incomplete)
    #expect(error?.message == "1 cells are missing")
  }

  @Test func aReadySectionIsTakenAsItIs() async throws {
    let scratch = try ScratchDirectory()
    let folder = scratch.file("study")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let error = #expect(throws: CampaignError.self) { try Reproduction(directories: [folder]) }
    #expect(error?.code == .badData)
    try "Nothing".write(toFile: folder + "/reproduction.md", atomically: true, encoding: .utf8)
    #expect(throws: CampaignError.self) { try Reproduction(directories: [folder]) }
    try "## A study\n\nAs it is.\n".write(
      toFile: folder + "/reproduction.md", atomically: true, encoding: .utf8)
    let document = try Reproduction(directories: [try await run(scratch, "run"), folder])
    #expect(document.text.hasSuffix("\n\n## A study\n\nAs it is.\n"))
    #expect(document.text.contains("| A study | in the section | | | |"))
  }

  /// The document in the repository was made from the campaign files in the repository, of which
  /// `make reproduce` runs these.
  @Test(
    arguments: SchemaTests.experiments.filter {
      ["osdi02", "beyond"].contains($0.split(separator: "/")[0])
    })
  func theDocumentBelongsToTheExperiments(name: String) throws {
    let document = try String(
      contentsOf: Self.root.appending(path: "docs/reproduction.md"), encoding: .utf8)
    let spec = try CampaignSpec(path: Self.root.appending(path: "experiments/" + name).path)
    let plan = try CampaignPlan(spec: spec, identifiers: nil)
    #expect(document.contains("## \(try #require(spec.title))\n"))
    #expect(document.contains(try #require(spec.summary)))
    #expect(
      document.contains("`\(plan.specHash.prefix(16))`"),
      "experiments/\(name) changed: make reproduce writes docs/reproduction.md again")
  }

  @Test(arguments: [
    (0.67263, 0.67246, 0.67281, "0.6726 (0.6725 – 0.6728)"),
    (0.99998, 0.99989, 0.999998, "0.999980 (0.999890 – 0.999998)"),
    (1, 0.999926, 1, "1 (≥ 0.99993)"), (0, 0, 0.004, "0 (≤ 0.004)"),
    (0.5, 0.4, 0.6, "0.50 (0.40 – 0.60)"),
  ])
  func numbersShowTheirInterval(mean: Double, low: Double, high: Double, text: String) {
    #expect(CellEstimate(mean: mean, low: low, high: high).text(.delivered) == text)
  }

  @Test(arguments: [
    (0.64563, "0.6456"), (7.5, "7.500"), (123456, "123456"), (0, "0"), (5.82e-8, "5.82e-8"),
    (0.00012345, "0.0001235"), (-2, "-2.000"),
  ])
  func significantDigitsAreCounted(value: Double, text: String) {
    #expect(significant(value) == text)
  }
}
