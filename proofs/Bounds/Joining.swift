/// Sets of nodes of which one has to be correct: contacts of a joiner, samples, replicas.
extension Bound {
  private static let joinSource = "[Castro02], secure routing table maintenance"
  private static let targetError = BoundParameter(
    name: "targetError", summary: "the chance of failure that is accepted",
    domain: .properFraction)
  private static let contacts = BoundParameter(
    name: "contacts", summary: "B, the bootstrap nodes that a joiner asks",
    domain: .whole(1...1 << 30))
  private static let levels = BoundParameter(
    name: "levels", summary: "the levels of the walk, each with a sample of its own",
    domain: .whole(1...1 << 20))
  private static let width = BoundParameter(
    name: "width", summary: "W, the different nodes that are asked on a level",
    domain: .whole(1...1 << 30))
  private static let replicas = BoundParameter(
    name: "replicas", summary: "r, the replica roots of an object", domain: .whole(1...1 << 30))
  private static let powerDerivation =
    "exact where the fraction is short; otherwise e^(log) in enclosures"
  private static let drawnDerivation =
    "exact hypergeometric law up to some thousand draws; beyond, enclosed by logarithms of "
    + "factorials"

  static let joining: [Bound] = [
    Bound(
      name: "bootstrap-failure",
      summary: "f^B: all B bootstrap nodes of a joiner are faulty, independent faults.",
      derivation: powerDerivation, source: joinSource, parameters: [faultyFraction, contacts],
      evaluate: { (arguments) throws(BoundError) in arguments.allFaulty("contacts") }),
    Bound(
      name: "bootstrap-failure-finite",
      summary: "C(F, B) / C(N, B): the same for B different nodes of N, of which F are faulty.",
      derivation: drawnDerivation, source: joinSource + ", without replacement",
      parameters: [nodes, faultyNodes, contacts],
      evaluate: { (arguments) throws(BoundError) in try arguments.allDrawnFaulty("contacts") }),
    Bound(
      name: "bootstrap-contacts",
      summary: "The fewest B with f^B at most the target: bootstrap nodes for a secure join.",
      derivation: "exact: bisected over whole B, each f^B exact or enclosed",
      source: joinSource,
      parameters: [
        BoundParameter(
          name: "faultyFraction", summary: "f, the fraction of nodes that are faulty",
          domain: .fractionBelowOne), targetError,
      ],
      evaluate: { (arguments) throws(BoundError) in
        let (f, target) = (BoundValue.exact(arguments["faultyFraction"]), arguments["targetError"])
        let contacts = try WholeSearch.first(in: 1...1 << 53) { (count) throws(BoundError) in
          f.power(.exact(Rational(count))).isAtMost(target)
        }
        guard let contacts else {
          throw BoundError(
            .outOfDomain,
            "more than 2^53 contacts would be needed: lower faultyFraction or raise targetError")
        }
        return .exact(Rational(contacts))
      }),
    Bound(
      name: "bootstrap-contacts-finite",
      summary: "The fewest B with C(F, B) / C(N, B) at most the target: the same for different "
        + "nodes of N, of which F are faulty.",
      derivation: "exact: bisected over whole B, each probability exact or enclosed",
      source: joinSource + ", without replacement",
      parameters: [nodes, faultyNodes, targetError],
      evaluate: { (arguments) throws(BoundError) in
        let (nodes, faulty) = try arguments.population()
        guard faulty < nodes else {
          throw BoundError(
            .outOfDomain, "faultyNodes must be below nodes: no contact would be correct")
        }
        let target = arguments["targetError"]
        let contacts = try WholeSearch.first(in: 1...faulty + 1) { (count) throws(BoundError) in
          CountLaw(drawn: count, successes: faulty, failures: nodes - faulty)
            .atLeast(count, form: .fraction).isAtMost(target)
        }
        return .exact(Rational(contacts ?? faulty + 1))
      }),
    Bound(
      name: "cluster-walk",
      summary: "levels f^W, at most 1: a bound on P[some level's sample of W nodes is entirely "
        + "faulty], independent faults.",
      derivation: powerDerivation, source: "Redoubt, union bound over levels",
      parameters: [levels, width, faultyFraction],
      evaluate: { (arguments) throws(BoundError) in
        (arguments.allFaulty("width") * .exact(arguments["levels"])).atMostOne
      }),
    Bound(
      name: "cluster-walk-finite",
      summary:
        "levels C(F, W) / C(N, W), at most 1: the same for samples of W different nodes of N, "
        + "of which F are faulty.",
      derivation: drawnDerivation,
      source: "Redoubt, union bound over levels, without replacement",
      parameters: [levels, width, nodes, faultyNodes],
      evaluate: { (arguments) throws(BoundError) in
        (try arguments.allDrawnFaulty("width") * .exact(arguments["levels"])).atMostOne
      }),
    Bound(
      name: "replica-loss",
      summary: "f^r: all r replica roots of an object are faulty, independent faults.",
      derivation: powerDerivation, source: "[Castro02], replica roots",
      parameters: [replicas, faultyFraction],
      evaluate: { (arguments) throws(BoundError) in arguments.allFaulty("replicas") }),
    Bound(
      name: "replica-loss-finite",
      summary: "C(F, r) / C(N, r): the same for r different nodes of N, of which F are faulty.",
      derivation: drawnDerivation, source: "[Castro02], replica roots, without replacement",
      parameters: [replicas, nodes, faultyNodes],
      evaluate: { (arguments) throws(BoundError) in try arguments.allDrawnFaulty("replicas") }),
  ]
}

extension Bound.Arguments {
  /// f to the power of that many.
  fileprivate func allFaulty(_ count: String) -> BoundValue {
    BoundValue.exact(self["faultyFraction"]).power(.exact(self[count]))
  }

  /// P[that many different nodes are all faulty].
  fileprivate func allDrawnFaulty(_ count: String) throws(BoundError) -> BoundValue {
    try drawn(count).atLeast(whole(count), form: form)
  }
}
