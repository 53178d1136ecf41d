/// Groups of nodes that have to hold together: quorums and replica sets.
extension Bound {
  private static let groupSource = "[Lynch02], [Castro02]"
  private static let groupSize = BoundParameter(
    name: "groupSize", summary: "g, the members of a group", domain: .whole(1...1 << 30))
  private static let groupDerivation =
    "binomial tail: exact for groups of some thousand members, beyond that enclosed"

  static let groups: [Bound] = [
    Bound(
      name: "quorum-group",
      summary: "P[fewer than a third of a group's members are faulty], a binomial law.",
      derivation: groupDerivation, source: groupSource,
      parameters: [groupSize, faultyFraction],
      evaluate: { (arguments) throws(BoundError) in arguments.groupWorks }),
    Bound(
      name: "quorum-group-lost",
      summary: "P[a third or more of a group's members are faulty].",
      derivation: groupDerivation, source: groupSource,
      parameters: [groupSize, faultyFraction],
      evaluate: { (arguments) throws(BoundError) in
        arguments.groupLaw.atLeast(arguments.tolerated + 1, form: arguments.form)
      }),
    Bound(
      name: "quorum-groups",
      summary: "The same as quorum-group for all groups on a route of log N / log 2^b hops.",
      derivation: "quorum-group to the power h, exact where h is whole and the fraction short",
      source: groupSource,
      parameters: [groupSize, faultyFraction, nodes, digitBits],
      evaluate: { (arguments) throws(BoundError) in
        arguments.groupWorks.power(pastryHops(arguments))
      }),
    Bound(
      name: "quorum-group-finite",
      summary: "P[fewer than a third of g members are faulty] when they are drawn from N nodes, F "
        + "of them faulty.",
      derivation: "hypergeometric tail: exact for groups of some thousand members, beyond that "
        + "enclosed",
      source: "[Lynch02], without replacement",
      parameters: [nodes, faultyNodes, groupSize],
      evaluate: { (arguments) throws(BoundError) in
        try arguments.drawn("groupSize").atMost(arguments.tolerated, form: arguments.form)
      }),
  ]
}

extension Bound.Arguments {
  /// The largest count below a third.
  fileprivate var tolerated: Int { (whole("groupSize") - 1) / 3 }

  fileprivate var groupLaw: CountLaw {
    CountLaw(trials: whole("groupSize"), probability: self["faultyFraction"])
  }

  fileprivate var groupWorks: BoundValue { groupLaw.atMost(tolerated, form: form) }

  /// The law of the faulty ones among so many different nodes.
  /// - Throws: when that is more than there are.
  func drawn(_ name: String) throws(BoundError) -> CountLaw {
    let (nodes, faulty) = try population()
    let count = whole(name)
    guard count <= nodes else {
      throw BoundError(
        .outOfDomain, "\(name) must be at most nodes, got \(count) of \(nodes)")
    }
    return CountLaw(drawn: count, successes: faulty, failures: nodes - faulty)
  }
}
