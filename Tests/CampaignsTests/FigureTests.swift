import Foundation
import Testing

@testable import Campaigns

@Suite struct FigureTests {
  private func tabled(_ text: String = smallSpec) async throws -> (CampaignPlan, ResultTable) {
    let plan = try CampaignPlan(parsing: text)
    let engine = CheapSampling()
    var shards: [(cell: Cell, shard: Shard)] = []
    for cell in plan.cells {
      let result = try await CampaignRunner.measure(cell, engine: engine, threads: 2)
      shards.append(
        (cell, Shard(specHash: plan.specHash, version: "1", cell: cell, result: result)))
    }
    return (plan, ResultTable(plan: plan, shards: shards))
  }

  @Test func theTableHasTheDocumentedColumns() async throws {
    #expect(
      ResultTable.columns.prefix(19) == [
        "campaign", "cell", "router", "attack", "nodes", "digit_bits", "leaf_set_size",
        "faulty_fraction", "coalition_fraction", "routes", "fault_sets", "probability", "ci_low",
        "ci_high", "method", "hops_mean", "messages_mean", "reference", "seed",
      ])
    let (plan, table) = try await tabled()
    let lines = table.csv.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 26)
    #expect(lines.last == "")
    let fields = lines[2].split(separator: ",", omittingEmptySubsequences: false)
    #expect(fields.count == ResultTable.columns.count)
    #expect(fields[0] == "small")
    #expect(fields[1] == plan.cells[1].name)
    #expect(fields[7] == "0.1")
    #expect(fields[9] == "4000")
    #expect(fields[14] == "masks")
    // (1 - .1)^(log 1000 / log 16), shortest text that reads back the same.
    #expect(Double(fields[17]) == plan.reference(for: plan.cells[1]))
    #expect(fields[17].hasPrefix("0.769"))
    #expect(fields[18] == "7")
    // No reference: an empty field, not a zero.
    let anycast = try #require(table.rows.first { $0.cell.parameters.router.name == "anycast" })
    #expect(table.fields(anycast)[17].isEmpty)
  }

  @Test func aFieldWithACommaIsQuoted() async throws {
    let (_, table) = try await tabled(
      smallSpec.replacing("  - drop", with: "  - {name: drop, label: 'a, \"b\"'}"))
    #expect(table.csv.contains(",\"a, \"\"b\"\"\",1000,"))
  }

  @Test func dataAndScriptHoldEverySeriesAndReference() async throws {
    let (plan, table) = try await tabled()
    let figure = try #require(FigureDrawing.all(plan: plan, table: table).first)
    #expect(figure.series.count == 4)
    #expect(figure.series[0].label == "prefix, drop")
    #expect(figure.references.count == 2)
    let blocks = figure.data.components(separatedBy: "\n\n\n")
    #expect(blocks.count == 6)
    for (index, series) in figure.series.enumerated() {
      let rows = blocks[index].split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(rows.count == 6)
      for (row, point) in zip(rows, series.points) {
        let numbers = row.split(separator: " ").compactMap { Double($0) }
        #expect(numbers == [point.x, try #require(point.y), point.low, point.high])
      }
    }
    let script = figure.script
    for needle in [
      "with filledcurves", "set xlabel 'fraction of faulty nodes, f'",
      "set ylabel 'probability of delivery'", "set grid", "set key outside",
      "title 'anycast, drop'", "title 'closed form'", "data index 5 using 1:2",
    ] {
      #expect(script.contains(needle), "\(needle)")
    }
    // Distinct colour, dash and point per series.
    for word in ["dt 1", "dt 2", "dt 3", "dt 4", "pt 7", "pt 5", "pt 9", "pt 11"] {
      #expect(script.contains(word), "\(word)")
    }
  }

  @Test func aFigureShowsTheCellsThatItAsksFor() async throws {
    let figure = """
      figures:
        - title: "Under {drop}_only"
          series: router
          where: {attack: drop, faultyFraction: {from: 0, to: 0.2, step: 0.1}}
          references: false
      """
    let text = String(
      smallSpec.prefix(upTo: try #require(smallSpec.firstRange(of: "figures:")).lowerBound))
    let (plan, table) = try await tabled(text + figure)
    let drawing = try #require(FigureDrawing.all(plan: plan, table: table).first)
    #expect(drawing.name == "figure-1")
    #expect(drawing.series.map(\.label) == ["prefix", "anycast"])
    #expect(drawing.series[0].points.map(\.x) == [0, 0.1, 0.2])
    #expect(drawing.references.isEmpty)
    #expect(drawing.script.contains(#"set title 'Under \{drop\}\_only'"#))
    // Without figures the run draws one of its own.
    let (bare, values) = try await tabled(text)
    #expect(FigureDrawing.all(plan: bare, table: values).map(\.name) == ["delivery"])
  }

  private func drawing(_ figure: String, of text: String = smallSpec) async throws -> FigureDrawing
  {
    let start = try #require(text.firstRange(of: "figures:")).lowerBound
    let (plan, table) = try await tabled(
      String(text.prefix(upTo: start)) + "figures:\n  - {title: T, \(figure)}\n")
    return try #require(FigureDrawing.all(plan: plan, table: table).first)
  }

  @Test func aFailureAxisShowsWhatIsMissingToOne() async throws {
    let figure = try await drawing("series: router, scale: failure, where: {attack: drop}")
    let points = figure.series[0].points
    // At f = 0 nothing failed: no mean, a bound, and an arrow.
    #expect(points[0].y == nil)
    #expect(points[0].high > 0 && points[0].high < 0.01)
    #expect(figure.series[0].bounds.count == 1)
    let next = try #require(
      figure.series[0].rows.first { $0.cell.parameters.faultyFraction == 0.1 })
    #expect(points[1].y == 1 - next.result.delivered.mean)
    #expect(points[1].low == 1 - next.result.delivered.high)
    #expect(points.allSatisfy { $0.low >= figure.floor && $0.high >= $0.low })
    // Two curves, two closed-form curves or one, two blocks of bounds.
    let blocks = figure.data.components(separatedBy: "\n\n\n")
    #expect(blocks.count == figure.series.count + figure.references.count + 2)
    #expect(blocks.last?.contains("nothing seen") == true)
    let script = figure.script
    for needle in [
      "set logscale y 10", "'0.99' 0.01", "with vectors", "data index \(blocks.count - 1) using",
      "with yerrorbars",
    ] {
      #expect(script.contains(needle), "\(needle)")
    }
    #expect(!script.contains("with filledcurves"))
    await #expect(throws: CampaignError.self) {
      try await drawing("series: router, y: messages, scale: failure")
    }
  }

  @Test func aCostAxisKeepsTheOrderOfF() async throws {
    let figure = try await drawing("series: kind, x: messages, where: {attack: drop}")
    #expect(figure.series.map(\.label) == ["prefix", "anycast"])
    #expect(figure.references.isEmpty)
    for series in figure.series {
      #expect(series.points.map(\.x) == series.rows.compactMap { $0.result[.messages]?.mean })
      #expect(
        series.rows.map(\.cell.parameters.faultyFraction) == [0, 0.1, 0.2, 0.3, 0.4, 0.5])
    }
    #expect(figure.script.contains("set logscale x 10"))
    #expect(figure.script.contains("set xlabel 'messages per lookup'"))
  }

  @Test func anyQuantityCanStandUpright() async throws {
    let figure = try await drawing("series: [router, attack], y: hops")
    #expect(figure.series.count == 4)
    #expect(figure.series[0].points.allSatisfy { ($0.y ?? 0) > 2.4 && $0.low <= $0.high })
    // The closed form is about delivery.
    #expect(figure.references.isEmpty)
    #expect(figure.script.contains("set ylabel 'hops per route'"))
    // The cheap sampler counts no bytes: no cell can be drawn, and nothing breaks.
    let empty = try await drawing("series: router, y: bytes")
    #expect(empty.series.isEmpty)
  }

  @Test func theReportIsSelfContainedAndEscaped() async throws {
    let scratch = try ScratchDirectory()
    let text = smallSpec.replacing("Two routers against", with: "Two <routers> & against")
    let campaign = try await Campaign(spec: try CampaignSpec(parsing: text, file: "small.yaml"))
    let outcome = try await campaign.run(
      in: scratch.file("run"), options: CampaignOptions(), engine: CheapSampling())
    let html = try contents(scratch.file("run/report.html"))
    #expect(html.contains("Two &lt;routers&gt; &amp; against"))
    #expect(!html.contains("<routers>"))
    for outside in ["<script", "<link", "src=\"http", "<img", "@import"] {
      #expect(!html.contains(outside), "\(outside)")
    }
    #expect(html.contains("Measured against references"))
    #expect(html.contains(ContentHash.hex(of: try contents(scratch.file("run/results.csv")))))
    #expect(html.components(separatedBy: "<code>").count > 24)
    // gnuplot is one of the packages that `make setup` installs.
    if outcome.warnings.isEmpty {
      #expect(html.contains("<svg"))
      for file in ["delivery.svg", "delivery.pdf", "delivery.gp", "delivery.dat"] {
        #expect(outcome.files.contains("figures/" + file))
      }
    } else {
      #expect(outcome.warnings[0].contains("gnuplot"))
      #expect(html.contains("gnuplot"))
    }
  }

  @Test(arguments: [
    (0.5, 5, "0.50000"), (0.999996, 5, "1.00000"), (-0.04, 2, "-0.04"), (-0.001, 2, "0.00"),
    (12.345, 1, "12.3"), (3, 0, "3"), (0.05, 3, "0.050"),
  ])
  func decimalsAreFixedWhateverTheLocale(value: Double, decimals: Int, text: String) {
    #expect(decimalText(value, decimals: decimals) == text)
  }
}
