import Foundation
import Testing

/// `redoubt proof routes`.
@Suite struct ProofRoutesTests {
  private static let small = [
    "proof", "routes", "--nodes", "1000", "--leaf-set", "16", "--copies", "16", "--pairs", "4",
    "--trials", "6400",
  ]

  @Test func exactAndSampledAgreeAtAnyNumberOfThreads() throws {
    let one = try Program.run(Program.redoubt, Self.small + ["--threads", "1"])
    #expect(one.status == 0)
    #expect(one.output.contains("40 of 40 exact values are in the band"))
    #expect(one.errors.contains("anycast 100 %"))
    let two = try Program.run(Program.redoubt, Self.small + ["--threads", "2"])
    #expect(two.output == one.output)
  }

  @Test func jsonAndFilesHoldEveryComparison() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "redoubt-proof-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let program = try Program.run(
      Program.redoubt,
      Self.small + [
        "--router", "prefix", "--faulty-fraction", "1/3", "--faulty-fraction", "0.25",
        "--event", "root", "--format", "json", "--csv", "pairs.csv", "--curves", "curves.csv",
      ], in: folder)
    #expect(program.status == 0)
    let object = try JSONSerialization.jsonObject(with: Data(program.output.utf8))
    let document = try #require(object as? [String: Any])
    #expect(document["comparisons"] as? Int == 8)
    #expect(document["event"] as? String == "root")
    for (name, lines) in [("pairs.csv", 9), ("curves.csv", 184)] {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      #expect(text.split(separator: "\n").count == lines)
    }
  }

  /// One interval in a thousand may miss the true value, and this seed's does.
  @Test func aValueOutOfTheBandIsExitCodeOne() throws {
    let program = try Program.run(
      Program.redoubt,
      [
        "proof", "routes", "--nodes", "50", "--leaf-set", "4", "--pairs", "1", "--router", "prefix",
        "--faulty-fraction", "0.4", "--trials", "6400", "--seed", "1641",
      ])
    #expect(program.status == 1)
    #expect(program.output.contains("0 of 1 exact values are in the band"))
    #expect(program.errors.contains("1 exact values are outside"))
  }

  @Test(
    arguments: [
      (["--router", "chord"], 64), (["--pairs", "0"], 64), (["--faulty-fraction", "1.5"], 64),
      (["--router", "prefix", "--router", "prefix"], 64), (["--copies", "17"], 65),
      (["--leaf-set", "7"], 65), (["--csv", "/no/such/folder/pairs.csv"], 74),
    ] as [([String], Int32)])
  func whatCannotBeDoneIsAnError(arguments: [String], status: Int32) throws {
    let program = try Program.run(
      Program.redoubt, Self.small + ["--trials", "64"] + arguments)
    #expect(program.status == status)
    #expect(!program.errors.isEmpty)
  }
}
