import Testing

@testable import Bounds

/// Planted errors, one or more in every group of formulas: the table of PARI/GP must refuse them.
@Suite struct MutantTests {
  /// A formula with an error in it.
  struct Mutant: CustomTestStringConvertible {
    let bound: String
    let error: String
    let value: @Sendable ([String: Rational]) throws -> BoundValue

    var testDescription: String { "\(bound): \(error)" }
  }

  /// A bound with one argument changed.
  private static func changed(
    _ bound: String, _ error: String, _ parameter: String,
    _ change: @escaping @Sendable (Rational) -> Rational
  ) -> Mutant {
    Mutant(bound: bound, error: error) { arguments in
      var arguments = arguments
      arguments[parameter] = arguments[parameter].map(change)
      return try #require(Bound.named(bound)).value(arguments)
    }
  }

  /// A bound under the name of another.
  private static func swapped(
    _ bound: String, for other: String, _ extra: [String: Rational] = [:]
  ) -> Mutant {
    Mutant(bound: bound, error: "computed as \(other)") { arguments in
      let other = try #require(Bound.named(other))
      let names = Set(other.parameters.map(\.name))
      return try other.value(
        arguments.merging(extra) { $1 }.filter { names.contains($0.key) })
    }
  }

  private static let one = Rational(1)

  static let mutants: [Mutant] = [
    // Routes.
    changed("forwarding", "N - 1 nodes", "nodes") { $0 - 1 },
    changed("forwarding-chord", "f one part in 10^12 off", "faultyFraction") {
      $0 * Rational(1_000_000_000_001, 1_000_000_000_000)
    },
    changed("forwarding-can", "a dimension more", "dimensions") { $0 + 1 },
    changed("forwarding-finite", "a hop less", "hops") { $0 - 1 },
    swapped("anycast-independent", for: "forwarding"),
    changed("anycast-independent", "the first node not counted", "extraHops") { _ in 0 },
    changed("secure-routing-independent", "gamma not rounded right", "densityThreshold") {
      $0 + Rational(1, 1 << 20)
    },
    swapped("secure-routing-independent", for: "anycast-independent"),
    // The failure test.
    swapped("failure-test-alpha", for: "failure-test-beta", ["coalitionFraction": 1 / Rational(2)]),
    swapped("failure-test-alpha-hidden", for: "failure-test-alpha"),
    swapped("failure-test-beta", for: "failure-test-beta-hidden"),
    changed("failure-test-beta-hidden", "one root more", "rootSamples") { $0 + 1 },
    Mutant(bound: "failure-test-alpha", error: "the tail begins one later") { arguments in
      let k = try whole(arguments, "rootSamples")
      let law = try trials(arguments)
      return law.atMost(k, form: .fraction)
    },
    Mutant(bound: "failure-test-alpha", error: "gamma as given") { arguments in
      let k = try whole(arguments, "rootSamples")
      let gamma = try #require(arguments["densityThreshold"])
      return try trials(arguments, gamma).atMost(k - 1, form: .fraction)
    },
    swapped("failure-test-minimum-error-hidden", for: "failure-test-minimum-error"),
    changed("failure-test-threshold", "the target halved", "targetError") { $0 / 2 },
    changed("failure-test-limit", "hiding on one side", "hidingAtKey") { _ in 0 },
    // The hop test.
    swapped("hop-test-beta", for: "hop-test-beta-hidden"),
    swapped("hop-test-minimum-error", for: "hop-test-minimum-error-hidden"),
    // Groups.
    Mutant(bound: "quorum-group", error: "exactly a third is tolerated") { arguments in
      let size = try whole(arguments, "groupSize")
      let f = try #require(arguments["faultyFraction"])
      return CountLaw(trials: size, probability: f).atMost(size / 3, form: .fraction)
    },
    Mutant(bound: "quorum-group-finite", error: "with replacement") { arguments in
      let size = try whole(arguments, "groupSize")
      let f = try #require(arguments["faultyNodes"]) / #require(arguments["nodes"])
      return CountLaw(trials: size, probability: f).atMost((size - 1) / 3, form: .fraction)
    },
    swapped("quorum-groups", for: "quorum-group"),
    // Tables.
    changed("good-entries", "an update less", "updates") { max(0, $0 - 1) },
    swapped("good-entries-spreading", for: "good-entries"),
    // Joining, walks and replicas.
    changed("bootstrap-failure", "a contact more", "contacts") { $0 + 1 },
    changed("bootstrap-contacts", "the target ten times as strict", "targetError") { $0 / 10 },
    changed("bootstrap-contacts-finite", "twice the nodes", "nodes") { $0 * 2 },
    changed("cluster-walk", "a level less", "levels") { $0 - 1 },
    changed("replica-loss-finite", "a faulty node less", "faultyNodes") { $0 - 1 },
    // Audits.
    changed("audit-blamed", "one answer more needed", "passingAnswers") { $0 + 1 },
    changed("audit-passes", "overload forgotten", "overload") { _ in 1 },
    swapped("audit-passes-worst", for: "audit-passes", ["answerChance": 1]),
    swapped("audit-worst-answer", for: "audit-passes-worst"),
    changed("audit-escape", "one period", "periods") { $0 + 1 },
    changed("anonymizer-set-size", "a tenth of the nodes", "nodes") { $0 / 10 },
    changed("anonymizer-bad-sets", "two members fewer", "setSize") { $0 - 2 },
    // Identities.
    changed("capture-price", "one node less", "nodes") { $0 - 1 },
    changed("closest-id-chance", "against N + 1 nodes", "nodes") { $0 + 1 },
    changed("puzzle-operations", "a bit more", "zeroBits") { $0 + 1 },
  ]

  private static func whole(_ arguments: [String: Rational], _ name: String) throws -> Int {
    try #require(arguments[name]?.numerator.int)
  }

  /// The trials of the failure test, at its own threshold or another one.
  private static func trials(
    _ arguments: [String: Rational], _ gamma: Rational? = nil
  ) throws -> CountLaw {
    let (k, n) = (try whole(arguments, "rootSamples"), try whole(arguments, "samples"))
    let given = try #require(arguments["densityThreshold"])
    let g = gamma ?? Bound.implementedThreshold(given)
    return CountLaw(
      trials: k + n - 1, odds: g.numerator * BigInteger(k), to: g.denominator * BigInteger(n))
  }

  @Test("a planted error is refused by a line of the table", arguments: mutants)
  func caught(mutant: Mutant) throws {
    let lines = CatalogTests.references.filter { $0.name == mutant.bound }
    #expect(!lines.isEmpty)
    let refusals = try lines.filter { try !$0.agrees(with: mutant.value($0.arguments)) }
    #expect(!refusals.isEmpty)
  }

  @Test("every group of formulas has one")
  func groups() {
    let names = Set(Self.mutants.map(\.bound))
    for group in [
      Bound.forwarding, Bound.failureTest, Bound.hopTest, Bound.groups, Bound.routingTables,
      Bound.joining, Bound.audits, Bound.identities,
    ] {
      #expect(group.contains { names.contains($0.name) })
    }
  }
}
