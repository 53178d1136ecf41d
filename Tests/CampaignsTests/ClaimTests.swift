import Testing

@testable import Campaigns

/// References, relations, tolerances and closed forms.
@Suite struct ClaimTests {
  private func claim(
    _ relation: Claim.Relation, tolerance: Double = 0, relative: Double = 0
  ) -> Claim {
    Claim(
      source: "s", relation: relation, tolerance: tolerance, relativeTolerance: relative,
      isRequired: false, because: nil)
  }

  /// Equal: the interval reaches it. At least, at most: the mean is on the right side, so that a
  /// wide interval does not help.
  @Test(arguments: [
    (Claim.Relation.equal, 0.9, true), (.equal, 0.95, true), (.equal, 0.951, false),
    (.equal, 0.84, false), (.atLeast, 0.8, true), (.atLeast, 0.9, true), (.atLeast, 0.95, false),
    (.atMost, 0.96, true), (.atMost, 0.9, true), (.atMost, 0.85, false),
  ])
  func anIntervalMeetsAClaim(relation: Claim.Relation, claimed: Double, isMet: Bool) {
    let measured = CellEstimate(mean: 0.9, low: 0.85, high: 0.95)
    #expect(claim(relation).isMet(by: measured, claimed: claimed) == isMet)
  }

  @Test func tolerancesAreAbsoluteOrRelative() {
    let measured = CellEstimate(mean: 400, low: 399, high: 401)
    #expect(!claim(.equal).isMet(by: measured, claimed: 440))
    #expect(claim(.equal, tolerance: 40).isMet(by: measured, claimed: 440))
    #expect(claim(.equal, relative: 0.1).isMet(by: measured, claimed: 440))
    #expect(!claim(.equal, relative: 0.09).isMet(by: measured, claimed: 440))
    #expect(claim(.atLeast, relative: 0.1).isMet(by: measured, claimed: 440))
    #expect(claim(.atMost).isMet(by: measured, claimed: 440))
  }

  /// [Castro02]: forwarding at N = 1e5 and f = .1; the two operating points of secure routing with
  /// independent routes and exponent 1 + h; prices.
  @Test func theFormulasHaveThePublishedValues() throws {
    let base = ["nodes": 1e5, "digitBits": 4, "samples": 256, "extraHops": 1]
    for (name, arguments, published, error) in [
      ("forwarding-chord", ["nodes": 1e5, "faultyFraction": 0.1], 0.417, 0.001),
      ("forwarding-can", ["nodes": 1e5, "dimensions": 1, "faultyFraction": 0], 1, 0),
      (
        "anycast-independent",
        base.merging(["copies": 32, "faultyFraction": 0.25]) { $1 }, 0.9997, 0.0001
      ),
      (
        "secure-routing-independent",
        base.merging(
          ["copies": 16, "leafSetSize": 16, "densityThreshold": 1.8, "faultyFraction": 0.18]
        ) { $1 }, 0.99896, 0.00002
      ),
      (
        "secure-routing-independent",
        base.merging(
          ["copies": 32, "leafSetSize": 32, "densityThreshold": 1.58, "faultyFraction": 0.25]
        ) { $1 }, 0.9991, 0.0001
      ),
      ("certificate-price", ["nodes": 1000, "fraction": 0.1, "price": 20], 2000, 1e-9),
    ] as [(String, [String: Double], Double, Double)] {
      let formula = try #require(Formula.named(name), "\(name)")
      #expect(Set(formula.parameters).isSubset(of: Set(arguments.keys)), "\(name)")
      #expect(abs(formula.value(arguments) - published) <= error, "\(name)")
    }
  }

  @Test(arguments: Formula.all.map(\.name))
  func aFormulaWithoutArgumentsIsNoNumberAndNoTrap(name: String) throws {
    let formula = try #require(Formula.named(name))
    #expect(!formula.value([:]).isFinite)
    for value in [-1, 0, 0.5, 1e18, .infinity, .nan] {
      let arguments = formula.parameters.map { ($0, value) }
      _ = formula.value(Dictionary(arguments, uniquingKeysWith: { $1 }))
    }
    #expect(!formula.summary.isEmpty && !formula.source.isEmpty)
  }

  private static let alone = """
    apiVersion: redoubt/v1
    name: prices
    title: Prices
    engine: formulas
    seed: 1
    formulas:
      - title: a tenth
        formula: certificate-price
        parameters: {nodes: 1000, fraction: 0.1, price: 20}
        published: 2000
        source: "[Castro02], secure nodeId assignment"
      - title: a third
        formula: certificate-price
        parameters: {nodes: 1000, fraction: 0.333, price: 20}
        published: 7000
        relation: at-most
        because: it is cheap.
        source: "[Castro02], secure nodeId assignment"
      - {title: half, formula: certificate-price,
         parameters: {nodes: 1000, fraction: 0.5, price: 20}, source: ours}
    """

  @Test func aCampaignMayHoldFormulasAlone() async throws {
    let scratch = try ScratchDirectory()
    let campaign = try await Campaign(
      spec: try CampaignSpec(parsing: Self.alone, file: "prices.yaml"))
    #expect(campaign.plan.cells.isEmpty)
    let outcome = try await campaign.run(
      in: scratch.file("run"), options: CampaignOptions(), engine: CheapSampling())
    #expect(outcome.missing == 0 && outcome.failures.isEmpty)
    #expect(outcome.files.contains("report.html"))
    let comparisons = Comparison.all(
      plan: campaign.plan, table: ResultTable(plan: campaign.plan, shards: []))
    #expect(comparisons.map(\.verdict) == [.agrees, .agrees])
    #expect(comparisons.map(\.measured.mean) == [2000, 6660])
  }

  @Test(arguments: [
    ("engine: formulas", "engine: sampling", "the campaign has no 'overlay'"),
    ("seed: 1", "seed: 1\nprecision: {routes: 1}", "'precision' has no meaning"),
    ("formula: certificate-price\n", "formula: certificate-prize\n", "cannot be"),
    ("fraction: 0.1,", "fractoin: 0.1,", "has no parameter 'fractoin'"),
    ("nodes: 1000, fraction: 0.1", "nodes: 1000", "needs the parameter 'fraction'"),
    ("published: 2000", "published: many", "must be a number"),
    ("relation: at-most", "relation: about", "cannot be 'about'"),
  ])
  func aMistakeInAFormulaIsNamed(line: String, by: String, says: String) {
    let error = #expect(throws: CampaignError.self) {
      try CampaignSpec(parsing: Self.alone.replacing(line, with: by), file: "prices.yaml")
    }
    #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
  }

  @Test func aReferenceMayConcernAnyQuantity() async throws {
    let scratch = try ScratchDirectory()
    // The cheap sampler says four messages per lookup.
    let text = smallSpec.replacing(
      "figures:",
      with: """
          - {quantity: messages, source: a, values: {0.1: 4}, router: prefix, attack: drop}
          - {quantity: messages, source: b, relation: at-most, values: {0.1: 5}, router: prefix}
          - {quantity: messages, source: c, values: {0.1: 5}, router: prefix, attack: drop,
             relativeTolerance: 0.1, because: of the weather., require: true}
          - {quantity: bytes, source: d, values: {0.1: 5}}
        figures:
        """)
    let campaign = try await Campaign(spec: try CampaignSpec(parsing: text, file: "small.yaml"))
    let outcome = try await campaign.run(
      in: scratch.file("run"), options: CampaignOptions(), engine: CheapSampling())
    #expect(outcome.failures.count == 1)
    #expect(outcome.failures.first?.contains("messages per lookup, reference 5.0 (c)") == true)
    let table = ResultTable(
      plan: campaign.plan,
      shards: try RunDirectory(path: scratch.file("run")).shards(campaign.plan))
    let rows = Comparison.all(plan: campaign.plan, table: table).filter { $0.quantity == .messages }
    // Nobody counts bytes here, so nothing is compared with d.
    #expect(rows.map(\.claim.source) == ["a", "b", "c", "b"])
    #expect(rows.map(\.agrees) == [true, true, false, true])
    #expect(rows[2].verdict == .explained("of the weather."))
    // The reference column of results.csv is about delivery.
    #expect(campaign.plan.reference(for: campaign.plan.cells[1]).map { $0 < 1 } == true)
  }
}
