import RouteSampling
import Testing

@testable import Campaigns

/// f at which a curve falls below a level.
@Suite struct ThresholdTests {
  /// A curve with these failure probabilities at f = 0, .1, .2, ..., each with an interval.
  private func crossing(
    _ failures: [Double], low: (Double) -> Double = { $0 / 2 },
    high: (Double) -> Double = { $0 * 2 },
    level: Double = 0.99
  ) throws -> ThresholdCrossing {
    let text =
      smallSpec.replacing("routers: [prefix, {name: anycast, copies: 16}]", with: "routers: prefix")
      .replacing("    - [misroute, {name: suppress-ids, side: root}]\n", with: "")
      .replacing("  - [misroute, {name: suppress-ids, side: root}]\n", with: "")
      .replacing("to: 0.5", with: "to: 0.\(failures.count - 1)") + "\nthresholds: \(level)\n"
    let plan = try CampaignPlan(parsing: text)
    #expect(plan.cells.count == failures.count)
    let shards = zip(plan.cells, failures).map { cell, failure in
      let estimate = CellEstimate(
        mean: 1 - failure, low: 1 - min(1, high(failure)), high: 1 - low(failure))
      let result = CellResult(
        batchMeans: [1 - failure], routes: 1, faultSets: 1, faultyFraction: 0, evaluation: .trials,
        end: .routes, estimates: [.delivered: estimate])
      return (
        cell: cell, shard: Shard(specHash: plan.specHash, version: "1", cell: cell, result: result)
      )
    }
    let all = ThresholdCrossing.all(plan: plan, table: ResultTable(plan: plan, shards: shards))
    #expect(all.count == 1)
    return try #require(all.first)
  }

  @Test func theLogarithmOfTheFailureIsInterpolated() throws {
    // A factor of 100 from .2 to .3; .01 is half of it. Intervals of a factor 2 both ways.
    let row = try crossing([0, 0.0001, 0.001, 0.1])
    #expect(row.lastAbove == 0.2)
    #expect(row.firstBelow == 0.3)
    #expect(abs(try #require(row.estimate) - 0.25) < 1e-12)
    let shift = 0.1 * 0.30103 / 2
    #expect(abs(try #require(row.low) - (0.25 - shift)) < 1e-6)
    #expect(abs(try #require(row.high) - (0.25 + shift)) < 1e-6)
    #expect(row.text == "0.250 (0.235–0.265)")
  }

  @Test func withoutFailuresBeforeItIsLinearFromNone() throws {
    let row = try crossing([0, 0.1], high: { $0 == 0 ? 0.005 : $0 * 2 })
    #expect(abs(try #require(row.estimate) - 0.01) < 1e-12)
    #expect(abs(try #require(row.low) - 0.005) < 1e-12)
    #expect(abs(try #require(row.high) - 0.02) < 1e-12)
  }

  @Test func beyondTheGridThereIsABoundAlone() throws {
    let never = try crossing([0, 0.001, 0.002])
    #expect(never.firstBelow == nil && never.estimate == nil)
    #expect(never.text == "> 0.2")
    let always = try crossing([0.02, 0.03])
    #expect(always.lastAbove == nil && always.estimate == nil)
    #expect(always.text == "< 0")
  }

  @Test func theBracketHoldsTheEstimate() throws {
    for failures in [[0, 0.004, 0.011], [0, 0, 0.5], [0.009, 0.0101], [0, 0.02, 0.001, 0.3]] {
      let row = try crossing(failures)
      let values = [row.low, row.estimate, row.high].compactMap { $0 }
      #expect(values.count == 3)
      #expect(values == values.sorted(), "\(failures): \(values)")
    }
  }

  @Test func theTableHasOneLinePerCurveAndLevel() async throws {
    let scratch = try ScratchDirectory()
    let text = smallSpec + "\nthresholds: [0.9, 0.5]\n"
    let campaign = try await Campaign(spec: try CampaignSpec(parsing: text, file: "small.yaml"))
    let outcome = try await campaign.run(
      in: scratch.file("run"), options: CampaignOptions(), engine: CheapSampling())
    #expect(outcome.files.contains("thresholds.csv"))
    let lines = try contents(scratch.file("run/thresholds.csv")).split(separator: "\n")
    #expect(lines.count == 1 + 4 * 2)
    #expect(lines[0] == ThresholdCrossing.columns.joined(separator: ","))
    // prefix fails with probability 1.2 f there.
    let fields = lines[1].split(separator: ",", omittingEmptySubsequences: false)
    #expect(fields.count == ThresholdCrossing.columns.count)
    #expect(abs(try #require(Double(fields[9])) - 1 / 12) < 0.01)
    #expect(try contents(scratch.file("run/report.html")).contains("falls below a level"))
  }
}
