import Foundation
import RouteSampling
import Statistics
import Testing

@testable import Campaigns

/// The real engine behind the runner.
@Suite struct EngineTests {
  static let spec = """
    apiVersion: redoubt/v1
    name: real
    engine: sampling
    seed: 11
    overlay: {ids: {random: true}, nodes: 300, digitBits: 2, leafSetSize: 8}
    routers:
      - prefix
      - anycast
      - {name: sec-route, samples: 64, densityThreshold: 2, copies: 4}
    attacks: [drop, [impersonate-root, suppress-ids]]
    faultyFraction: [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 1]
    precision: {routes: 480, routesPerBatch: 16}
    """

  private func campaign(_ text: String = spec) async throws -> Campaign {
    try await Campaign(spec: try CampaignSpec(parsing: text, file: "real.yaml"))
  }

  private func table(
    _ text: String = spec, threads: Int = 1, slices: [String?] = [nil]
  ) async throws -> String {
    let scratch = try ScratchDirectory()
    let campaign = try await campaign(text)
    for (number, slice) in slices.enumerated() {
      _ = try await campaign.run(
        in: scratch.file("\(number)"),
        options: CampaignOptions(
          threads: threads, slice: slice.flatMap { CampaignSlice($0) }))
    }
    if slices.count == 1 { return try contents(scratch.file("0/results.csv")) }
    _ = try campaign.merge(
      slices.indices.reversed().map { scratch.file("\($0)") }, into: scratch.file("all"))
    return try contents(scratch.file("all/results.csv"))
  }

  @Test func sameSeedSameBytesOnThreadsAndSlices() async throws {
    let one = try await table()
    #expect(one.split(separator: "\n").count == 61)
    #expect(try await table(threads: 2) == one)
    #expect(try await table(slices: ["1/2", "2/2"]) == one)
    let other = try await table(Self.spec.replacing("seed: 11", with: "seed: 12"))
    #expect(other != one)
  }

  @Test func lanesChangeNoByteOfTheRealEngine() async throws {
    let campaign = try await campaign()
    let engine = try await campaign.engine()
    for pass in campaign.plan.passes(of: campaign.plan.cells) {
      var together = PassRun(pass: pass, sampler: try engine.sampler(for: pass), threads: 2)
      while !together.isDone { _ = try await together.advance() }
      // One cell of each pass, alone.
      let lane = pass.count / 2
      let alone = try await CampaignRunner.measure(pass[lane], engine: engine, threads: 1)
      #expect(alone == together.results[lane], "\(pass[lane].title)")
    }
  }

  @Test func routersSeeTheSameRoutesWhateverTheAttack() async throws {
    let campaign = try await campaign()
    let engine = try await campaign.engine()
    var hops: [String: Set<Double>] = [:]
    for cell in campaign.plan.cells where cell.parameters.faultyFraction == 0.2 {
      let result = try await CampaignRunner.measure(cell, engine: engine, threads: 2)
      hops[cell.parameters.router.label, default: []].insert(result[.hops]?.mean ?? 0)
    }
    // Hops are those of the fault-free route: equal under every attack, equal for both routers
    // that send their first copy along the normal route.
    #expect(hops.values.allSatisfy { $0.count == 1 })
    #expect(hops["prefix"] == hops["sec-route"])
  }

  @Test func nothingFailsWithoutFaultsAndNothingArrivesWithoutCorrectNodes() async throws {
    let rows = try await table().split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let column = { (name: String) in try #require(ResultTable.columns.firstIndex(of: name)) }
    let (f, probability) = (try column("faulty_fraction"), try column("probability"))
    let (low, high) = (try column("ci_low"), try column("ci_high"))
    for row in rows where row[f] == "0.0" {
      #expect(row[probability] == "1.0")
      // Never "1 +- 0": the exact bound for so many trials.
      #expect(try #require(Double(row[low])) < 1)
      #expect(row[high] == "1.0")
    }
    for row in rows {
      let values = try [low, probability, high].map { try #require(Double(row[$0])) }
      #expect(values == values.sorted())
      #expect(values[0] >= 0 && values[2] <= 1)
    }
    let numbers = ["hops_mean", "messages_mean", "routes"]
    for name in numbers {
      let index = try column(name)
      #expect(rows.allSatisfy { (Double($0[index]) ?? -1) > 0 })
    }
  }

  @Test func trialsCountEverythingAndOtherMethodsLeaveTheColumnsEmpty() async throws {
    let text = Self.spec.replacing(
      "[0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 1]", with: "0.2"
    )
    .replacing("copies: 4}", with: "copies: 4}\n  - fortified")
    let header = ResultTable.columns
    func rows(_ text: String) async throws -> [[String]] {
      try await table(text).split(separator: "\n").dropFirst().map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
    }
    let costs = [
      "bytes_mean", "rounds_mean", "timeouts_mean", "bytes_mean_low", "rounds_mean_high",
    ]
    let methodColumn = try #require(header.firstIndex(of: "method"))
    for row in try await rows(text) {
      for name in costs {
        let field = row[try #require(header.firstIndex(of: name))]
        #expect(field.isEmpty == (row[methodColumn] != "trials"), "\(row[2]) \(name)")
      }
    }
    let trials = try await rows(
      text.replacing("precision:", with: "method: trials\nprecision:"))
    #expect(trials.count == 8)
    let messages = try #require(header.firstIndex(of: "messages_mean"))
    for row in trials {
      #expect(row.count == header.count)
      #expect(row[methodColumn] == "trials")
      for name in costs + ["messages_mean_low", "test_fired_high"] {
        let column = try #require(header.firstIndex(of: name))
        #expect(Double(row[column]) != nil)
      }
      let column = try #require(header.firstIndex(of: "messages_mean_low"))
      let low = try #require(Double(row[column]))
      #expect(low <= (Double(row[messages]) ?? 0))
    }
  }

  @Test func theDesignedThresholdIsThePublishedOne() throws {
    // [Castro02], routing failure test: gamma for beta = .001 under suppression, n = 256.
    for (leafSetSize, fraction, gamma) in [
      (16, 0.18, 1.79), (16, 0.25, 1.18), (32, 0.10, 4.75), (32, 0.25, 1.58), (32, 0.30, 1.23),
    ] {
      let router = RouterParameters(
        name: "sec-route", label: "s",
        values: [
          "samples": .integer(256), "designFraction": .number(fraction),
          "targetError": .number(0.001),
        ])
      let value = router.densityThreshold(leafSetSize: leafSetSize)
      #expect(abs(value - gamma) < 0.006, "l = \(leafSetSize), c = \(fraction): \(value)")
    }
  }

  @Test func chosenIdsNeedAnOverlayWithoutAuthority() async throws {
    let scratch = try ScratchDirectory()
    let text = Self.spec.replacing(
      "attacks: [drop, [impersonate-root, suppress-ids]]",
      with: "attacks: {name: chosen-ids, count: 8}")
    let rows = try await table(text).split(separator: "\n").dropFirst()
    // With all replica roots of the target in its hands the adversary wins at any f.
    #expect(rows.count == 30)
    let ids = (0..<300).map { String(repeating: "0", count: 37 - "\($0)".count) + "\($0)abc" }
    try ids.map { String($0.reversed()) }.joined(separator: "\n")
      .write(toFile: scratch.file("ids.txt"), atomically: true, encoding: .utf8)
    let error = await #expect(throws: CampaignError.self) {
      try await campaign(
        text.replacing("{random: true}", with: "{file: \(scratch.file("ids.txt"))}"))
    }
    #expect(error?.message.contains("nobody can choose ids") == true)
  }

  @Test func proximityTablesCanBePoisonedAndConstrainedOnesCannot() async throws {
    let poison = Self.spec
      .replacing(
        "attacks: [drop, [impersonate-root, suppress-ids]]",
        with: "attacks: [drop, {name: poison-tables, level: 0.8}]"
      )
      .replacing(
        "  - anycast\n  - {name: sec-route, samples: 64, densityThreshold: 2, copies: 4}\n",
        with: "")
    func delivery(_ text: String) async throws -> [Double] {
      let plan = try await campaign(text)
      let engine = try await plan.engine()
      var values: [Double] = []
      for cell in plan.plan.cells where cell.parameters.faultyFraction == 0.1 {
        values.append(
          try await CampaignRunner.measure(cell, engine: engine, threads: 2).delivered.mean)
      }
      return values
    }
    let constrained = try await delivery(poison)
    #expect(constrained[0] == constrained[1])
    let proximity = try await delivery(
      poison.replacing(
        "leafSetSize: 8}", with: "leafSetSize: 8, tables: proximity, network: {plane: true}}"))
    #expect(proximity[1] < proximity[0] - 0.3)
  }

  @Test func nodeIdsFromAFileAreNamedByContent() async throws {
    let scratch = try ScratchDirectory()
    let ids = (1...300).map { index in
      ContentHash.hex(of: "node \(index)").prefix(40).description
    }
    let text = Self.spec.replacing("{random: true}", with: "{file: \(scratch.file("ids.txt"))}")
    func plan(_ lines: [String]) async throws -> CampaignPlan {
      try lines.joined(separator: "\n")
        .write(toFile: scratch.file("ids.txt"), atomically: true, encoding: .utf8)
      return try await campaign(text).plan
    }
    let first = try await plan(ids)
    #expect(try await plan(["# shuffled", ""] + ids.reversed()).specHash == first.specHash)
    let moved = try await plan(Array(ids.dropLast()) + [String(ids[0].reversed())])
    #expect(moved.specHash != first.specHash)
    for (bad, says) in [
      (ids.dropLast(), "holds 299 nodeIds, the campaign asks for 300"),
      (ids.dropLast() + [ids[0]], "twice"),
      (ids.dropLast() + ["12345"], "is no nodeId"),
      (ids.dropLast() + [ids[5].uppercased()], "is no nodeId"),
      ([ids[0]], "holds 1 nodeIds"),
    ] {
      let error = await #expect(throws: CampaignError.self) { try await plan(Array(bad)) }
      #expect(error?.code == .badData)
      #expect(error?.file == scratch.file("ids.txt"))
      #expect(error?.message.contains(says) == true, "\(String(describing: error))")
    }
  }
}
