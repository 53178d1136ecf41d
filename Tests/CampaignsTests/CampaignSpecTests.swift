import RouteSampling
import Testing

@testable import Campaigns

@Suite struct CampaignSpecTests {
  @Test func aWholeCampaignIsRead() throws {
    let spec = try CampaignSpec(parsing: smallSpec, file: "small.yaml")
    #expect(spec.name == "small")
    #expect(spec.seed == 7)
    #expect(spec.routers.map(\.label) == ["prefix", "anycast"])
    #expect(spec.routers[1].integer("copies") == 16)
    #expect(spec.attacks.map(\.label) == ["drop", "misroute+suppress-ids(side=root)"])
    #expect(spec.attacks[1].members[1].settings == .object(["side": .text("root")]))
    #expect(spec.faultyFractions == [0, 0.1, 0.2, 0.3, 0.4, 0.5])
    #expect(spec.coalitionFractions == nil)
    #expect(spec.success == .replicaRoots)
    #expect(spec.precision.maxBatches == 40)
    #expect(spec.precision.confidence == 0.95)
  }

  /// One line of the small campaign replaced by another.
  struct Mistake: CustomTestStringConvertible {
    let line: String
    let by: String
    let place: String
    let says: String
    var testDescription: String { by }

    init(_ line: String, _ by: String, at place: String, says: String) {
      self.line = line
      self.by = by
      self.place = place
      self.says = says
    }
  }

  static let mistakes: [Mistake] = [
    Mistake("seed: 7", "sede: 7", at: "5:1", says: "unknown key 'sede' in campaign"),
    Mistake("seed: 7", "sede: 7", at: "5:1", says: "Did you mean 'seed'?"),
    Mistake("seed: 7", "seed: 7\nseed: 8", at: "5:1", says: "key 'seed' is given twice"),
    Mistake("seed: 7", "seed: -1", at: "5:7", says: "seed must be in 0...9007199254740991"),
    Mistake("seed: 7", "seed: '7'", at: "5:7", says: "seed must be a whole number"),
    Mistake("seed: 7", "# no seed", at: "1:1", says: "the campaign has no 'seed'"),
    Mistake(
      "engine: sampling", "engine: simulation", at: "4:9", says: "sampling, events, formulas"),
    Mistake("redoubt/v1", "redoubt/v2", at: "1:13", says: "This build reads redoubt/v1"),
    Mistake("name: small", "name: ../small", at: "2:7", says: "It names the run directory"),
    Mistake("  nodes: 1000", "  nodes: 1", at: "8:10", says: "overlay.nodes must be in 2..."),
    Mistake("  nodes: 1000", "  nodes: [10, 10]", at: "8:15", says: "lists 10 twice"),
    Mistake("  nodes: 1000", "  nodes: 16", at: "7:3", says: "must be below the node count 16"),
    Mistake("  nodes: 1000", "  knots: 1000", at: "8:3", says: "unknown key 'knots' in overlay"),
    Mistake("digitBits: 4", "digitBits: 9", at: "9:14", says: "digitBits must be in 1...8, got 9"),
    Mistake("leafSetSize: 16", "leafSetSize: 15", at: "10:16", says: "must be even"),
    Mistake("{random: true}", "{random: false}", at: "7:17", says: "can only be true"),
    Mistake("{random: true}", "{}", at: "7:8", says: "exactly one of random: true, ledger"),
    Mistake("copies: 16", "copys: 16", at: "11:35", says: "Did you mean 'copies'?"),
    Mistake("anycast, copies", "prefix, copies", at: "11:34", says: "has no parameter 'copies'"),
    Mistake("name: anycast", "name: anycats", at: "11:26", says: "Did you mean 'anycast'?"),
    Mistake("[prefix, {name", "[anycast, {name", at: "11:20", says: "listed twice"),
    Mistake("to: 0.5", "to: 1.5", at: "15:31", says: "must be in 0.0...1.0, got 1.5"),
    Mistake("step: 0.1", "step: 0", at: "15:17", says: "step > 0"),
    Mistake("{from: 0, to: 0.5, step: 0.1}", "[0.1, nan]", at: "15:23", says: "must be a number"),
    Mistake("{from: 0, to: 0.5, step: 0.1}", "[]", at: "15:17", says: "must not be empty"),
    Mistake("routes: 4000,", "", at: "16:12", says: "precision has no 'routes'"),
    Mistake("routes: 4000", "maxRoutes: 4000", at: "16:24", says: "belongs to halfWidth"),
    Mistake("closedForm: forwarding", "closedForm: backwarding", at: "18:17", says: "forwarding"),
    Mistake("    router: prefix", "    router: chord", at: "19:13", says: "is called 'chord'"),
    Mistake("[router, attack]", "[faultyFraction]", at: "25:14", says: "horizontal axis already"),
    Mistake("  - drop", "  - dorp", at: "13:", says: "unknown attack dorp; the registry has drop"),
    Mistake("side: root", "side: left", at: "14:", says: "side must be one of root, sender, worst"),
    Mistake("side: root", "sides: root", at: "14:", says: "has no parameter sides; it has side"),
    Mistake("[misroute, {", "[misroute, drop, {", at: "14:", says: "keep one of them"),
    Mistake("[misroute, {", "[misroute, misroute, {", at: "14:16", says: "with itself"),
    Mistake("  - drop", "  - 'unclosed", at: "", says: "is not valid YAML"),
    Mistake("  - drop", "\t- drop", at: "13:1", says: "is not valid YAML"),
  ]

  @Test(arguments: mistakes)
  func aMistakeIsRefusedWithItsPlaceAndAWayOut(mistake: Mistake) throws {
    let text = smallSpec.replacing(mistake.line, with: mistake.by, maxReplacements: 1)
    #expect(text != smallSpec)
    let error = try #require(throws: CampaignError.self) {
      try CampaignSpec(parsing: text, file: "small.yaml")
    }
    #expect(error.code == .badSpec)
    #expect(error.description.contains(mistake.says), "\(error)")
    #expect(error.description.hasPrefix("small.yaml:\(mistake.place)"), "\(error)")
  }

  @Test func noPrefixOfACampaignCrashesTheParser() {
    var refused = 0
    for count in 0..<smallSpec.count {
      do {
        _ = try CampaignSpec(parsing: String(smallSpec.prefix(count)), file: "cut.yaml")
      } catch {
        refused += 1
        #expect(error.code == .badSpec)
        #expect(error.file == "cut.yaml")
      }
    }
    // The required part ends with `precision`; what follows may be absent.
    #expect(refused > smallSpec.count / 2)
  }

  @Test func attacksMayBeNamedGivenParametersAndComposed() throws {
    let text = smallSpec.replacing(
      "  - drop",
      with: """
          - {name: drop, label: quiet}
          - {label: both, compose: [drop, {name: poison-tables, level: 0.5}]}
          - {name: sybil, budget: 2000}
        """)
    let spec = try CampaignSpec(parsing: text, file: "small.yaml")
    #expect(
      spec.attacks.map(\.label)
        == ["quiet", "both", "sybil(budget=2000)", "misroute+suppress-ids(side=root)"])
    #expect(spec.attacks[1].members.map(\.name) == ["drop", "poison-tables"])
  }

  @Test func secRouteTakesAThresholdOrADesignPoint() throws {
    let fixed = try router("{name: sec-route, copies: 16, samples: 128, densityThreshold: 1.8}")
    #expect(fixed["densityThreshold"] == .number(1.8))
    #expect(fixed["designFraction"] == nil)
    #expect(fixed.integer("samples") == 128)
    let designed = try router("{name: sec-route, designFraction: 0.18, targetError: 0.001}")
    #expect(designed["designFraction"] == .number(0.18))
    #expect(designed["targetError"] == .number(0.001))
    #expect(designed["densityThreshold"] == nil)
    #expect(designed.integer("samples") == 256)
    // Left to its defaults it is [Castro02]'s operating point; copies wait for the overlay.
    let plain = try router("sec-route")
    #expect(
      plain.canonical.text
        == #"{"designFraction":0.25,"name":"sec-route","samples":256,"targetError":0.001}"#)
    #expect(throws: CampaignError.self) { try router("{name: sec-route, designFraction: 0.2}") }
    #expect(throws: CampaignError.self) {
      try router("{name: sec-route, densityThreshold: 1, targetError: 0.1}")
    }
  }

  @Test func secRouteOverClustersIsMeasuredLookupByLookup() throws {
    let text = smallSpec.replacing(
      "{name: anycast, copies: 16}", with: "{name: sec-route, fallback: cluster-iterative}")
    let router = try CampaignPlan(parsing: text).cells[12].parameters.router
    #expect(router.methods == [.trials])
    let masks = #expect(throws: CampaignError.self) {
      try CampaignPlan(parsing: text.replacing("precision:", with: "method: masks\nprecision:"))
    }
    #expect(masks?.message.contains("cannot be evaluated by the method masks") == true)
    #expect(masks?.remedy == "It can by: trials.")
  }

  private func router(_ text: String) throws -> RouterParameters {
    let spec = smallSpec.replacing("{name: anycast, copies: 16}", with: text)
    return try CampaignSpec(parsing: spec, file: "small.yaml").routers[1]
  }

  @Test func aCoalitionIsAPartOfTheFaultyNodes() throws {
    let all = try CampaignPlan(parsing: smallSpec)
    let same = try CampaignPlan(
      parsing: smallSpec.replacing(
        "precision:", with: "coalitionFraction: = faultyFraction\nprecision:"))
    #expect(same.cells.map(\.identity) == all.cells.map(\.identity))
    let some = try CampaignPlan(
      parsing: smallSpec.replacing("precision:", with: "coalitionFraction: [0.1, 0.3]\nprecision:"))
    #expect(
      some.cells.allSatisfy { $0.parameters.coalitionFraction <= $0.parameters.faultyFraction })
    // f = .1, .2 with c = .1; f = .3, .4, .5 with both.
    #expect(some.cells.count == 4 * (2 + 3 * 2))
  }

  @Test func cellsCanBeExcluded() throws {
    let plan = try CampaignPlan(
      parsing: smallSpec + "\nexclude:\n  - {router: prefix, faultyFraction: [0.4, 0.5]}\n")
    #expect(plan.cells.count == 24 - 4)
    #expect(throws: CampaignError.self) {
      try CampaignPlan(parsing: smallSpec + "\nexclude:\n  - {router: [prefix, anycast]}\n")
    }
    #expect(throws: CampaignError.self) { try CampaignPlan(parsing: smallSpec + "\nexclude: [{}]") }
  }

  @Test func aSweepStepsInDecimal() throws {
    let from = try #require(DecimalNumber("0"))
    let to = try #require(DecimalNumber("0.5"))
    let step = try #require(DecimalNumber("0.025"))
    let values = try #require(
      DecimalNumber.sweep(from: from, to: to, step: step, limit: 100))
    #expect(values.count == 21)
    #expect(values[3] == 0.075)
    #expect(values[12] == 0.3)
    #expect(values[20] == 0.5)
  }

  @Test(arguments: [
    ("0.1", 0.1), ("5e-2", 0.05), ("1E3", 1000), ("-2.50", -2.5), (".5", 0.5), ("3.", 3),
    ("0.000000000000001", 1e-15),
  ])
  func decimalNumbersKeepTheirValue(text: String, value: Double) throws {
    #expect(try #require(DecimalNumber(text)).value == value)
  }

  @Test(arguments: [
    "", ".", "-", "e5", "1e", "0x10", "1_000", "nan", "inf", "1.2.3", "1e-9223372036854775808",
    "1e31", "1234567890123456", "٣",
  ])
  func whatIsNoDecimalNumberIsRefused(text: String) {
    #expect(DecimalNumber(text) == nil)
  }
}
