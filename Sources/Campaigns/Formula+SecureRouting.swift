import SecureRouting

/// Closed forms of the tests and alternatives of secure routing, from `SecureRouting`.
extension Formula {
  static let secureRouting = failureTest + hopTest + alternatives + identities

  private static let testParameters = ["samples", "rootSamples", "densityThreshold"]

  private static let failureTest: [Formula] = [
    Formula(
      name: "failure-test-alpha",
      summary: "P[F(2k, 2n) > gamma]: an honest root set is refused.",
      parameters: testParameters, source: "[Castro02], routing failure test",
      evaluate: { $0.failureTest?.worstFalsePositiveRate(coalitionFraction: 0, hiding: []) ?? .nan }
    ),
    Formula(
      name: "failure-test-alpha-hidden",
      summary: "P[F(2k, 2n) > gamma (1 - c)]: the same while the coalition hides around the key.",
      parameters: testParameters + ["coalitionFraction"],
      source: "[Castro02], routing failure test",
      evaluate: { arguments in
        guard let c = arguments.coalition else { return .nan }
        return arguments.failureTest?.worstFalsePositiveRate(coalitionFraction: c, hiding: .root)
          ?? .nan
      }),
    Formula(
      name: "failure-test-beta",
      summary: "P[F(2k, 2n) < c gamma]: a forged root set is accepted.",
      parameters: testParameters + ["coalitionFraction"],
      source: "[Castro02], routing failure test",
      evaluate: { arguments in
        guard let c = arguments.coalition else { return .nan }
        return arguments.failureTest?.worstFalseNegativeRate(coalitionFraction: c, hiding: [])
          ?? .nan
      }),
    Formula(
      name: "failure-test-beta-hidden",
      summary: "P[F(2k, 2n) < c gamma / (1 - c)]: the same while it hides around the sender.",
      parameters: testParameters + ["coalitionFraction"],
      source: "[Castro02], routing failure test",
      evaluate: { arguments in
        guard let c = arguments.coalition else { return .nan }
        return arguments.failureTest?.worstFalseNegativeRate(coalitionFraction: c, hiding: .sender)
          ?? .nan
      }),
    Formula(
      name: "failure-test-minimum-error",
      summary: "alpha = beta at the best gamma, nobody hiding.",
      parameters: ["samples", "rootSamples", "coalitionFraction"],
      source: "[Castro02], routing failure test",
      evaluate: { $0.minimumError(hiding: []) ?? .nan }),
    Formula(
      name: "failure-test-minimum-error-hidden",
      summary: "alpha = beta at the best gamma, the coalition hiding where it helps.",
      parameters: ["samples", "rootSamples", "coalitionFraction"],
      source: "[Castro02], routing failure test",
      evaluate: { $0.minimumError(hiding: .both) ?? .nan }),
    Formula(
      name: "failure-test-threshold",
      summary: "gamma that keeps beta at the target against a coalition hiding at the sender.",
      parameters: ["samples", "rootSamples", "designFraction", "targetError"],
      source: "[Castro02], routing failure test",
      evaluate: { $0.designedThreshold ?? .nan }),
  ]

  private static let hopTest: [Formula] = [
    Formula(
      name: "hop-test-alpha",
      summary: "About e^-x: the node closest to a point is refused.",
      parameters: ["samples", "hopThreshold"], source: "[Castro02], checked iterative routing",
      evaluate: { $0.hopTest?.falsePositiveRate(coalitionFraction: 0, suppression: .none) ?? .nan }
    ),
    Formula(
      name: "hop-test-beta",
      summary: "About 1 - e^-xc: the coalition member closest to it is accepted.",
      parameters: ["samples", "hopThreshold", "coalitionFraction"],
      source: "[Castro02], checked iterative routing",
      evaluate: { arguments in
        guard let c = arguments.coalition else { return .nan }
        return arguments.hopTest?.falseNegativeRate(coalitionFraction: c, suppression: .none)
          ?? .nan
      }),
    Formula(
      name: "hop-test-beta-hidden",
      summary: "About 1 - e^(-xc / (1 - c)): the same while the coalition hides from the sender.",
      parameters: ["samples", "hopThreshold", "coalitionFraction"],
      source: "[Castro02], checked iterative routing",
      evaluate: { arguments in
        guard let c = arguments.coalition else { return .nan }
        return arguments.hopTest?.falseNegativeRate(coalitionFraction: c, suppression: .senderSide)
          ?? .nan
      }),
    Formula(
      name: "hop-test-minimum-error",
      summary: "alpha = beta at the best threshold, nobody hiding.",
      parameters: ["samples", "coalitionFraction"],
      source: "[Castro02], checked iterative routing",
      evaluate: { $0.minimumHopError(hiding: []) ?? .nan }),
    Formula(
      name: "hop-test-minimum-error-hidden",
      summary: "alpha = beta at the best threshold, the coalition hiding from the sender.",
      parameters: ["samples", "coalitionFraction"],
      source: "[Castro02], checked iterative routing",
      evaluate: { $0.minimumHopError(hiding: .sender) ?? .nan }),
  ]

  private static let alternatives: [Formula] = [
    Formula(
      name: "quorum-group",
      summary: "P[fewer than a third of a group's members are faulty], a binomial law.",
      parameters: ["groupSize", "faultyFraction"], source: "[Lynch02], [Castro02]",
      evaluate: { $0.groupWorks ?? .nan }),
    Formula(
      name: "quorum-group-lost",
      summary: "P[a third or more of a group's members are faulty].",
      parameters: ["groupSize", "faultyFraction"], source: "[Lynch02], [Castro02]",
      evaluate: { 1 - ($0.groupWorks ?? .nan) }),
    Formula(
      name: "quorum-groups",
      summary: "The same for all groups on a route of log N / log 2^b hops.",
      parameters: ["groupSize", "faultyFraction", "nodes", "digitBits"],
      source: "[Lynch02], [Castro02]",
      evaluate: { $0.groupsWork ?? .nan }),
    Formula(
      name: "good-entries",
      summary: "(1 - f)^(2t + 1): entries of a proximity table that are correct after t updates.",
      parameters: ["updates", "faultyFraction"],
      source: "[Castro02], secure routing table maintenance",
      evaluate: { $0.goodEntries(spreading: false) ?? .nan }),
    Formula(
      name: "good-entries-spreading",
      summary: "(1 - f)^(2^(t + 1) - 1): the same when poisoned tables pass entries on.",
      parameters: ["updates", "faultyFraction"],
      source: "[Castro02], secure routing table maintenance",
      evaluate: { $0.goodEntries(spreading: true) ?? .nan }),
    Formula(
      name: "good-entries-constrained",
      summary: "1 - f: entries of a constrained table that are correct, whatever the updates.",
      parameters: ["faultyFraction"], source: "[Castro02], secure routing table maintenance",
      evaluate: { 1 - ($0.fraction("faultyFraction") ?? .nan) }),
  ]

  private static let identities: [Formula] = [
    Formula(
      name: "closest-id-chance",
      summary: "m / (N + m): one of m certificates is the closest id to a chosen point.",
      parameters: ["certificates", "nodes"], source: "[Castro02], secure nodeId assignment",
      evaluate: { $0.closestIdChance ?? .nan }),
    Formula(
      name: "puzzle-operations",
      summary: "2^p f N: hash operations for a fraction of the ids with p-bit puzzles.",
      parameters: ["zeroBits", "fraction", "nodes"],
      source: "[Castro02], secure nodeId assignment",
      evaluate: { $0.puzzleOperations ?? .nan }),
  ]
}

/// Arguments in the domain of what takes them; nil outside.
extension Formula.Arguments {
  func fraction(_ name: String) -> Double? { number(name, in: 0...1) }

  func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
    range.contains(self[name]) ? self[name] : nil
  }

  func whole(_ name: String, in range: ClosedRange<Int>) -> Int? {
    Int(exactly: self[name]).flatMap { range.contains($0) ? $0 : nil }
  }

  /// N.
  var nodes: Int? { whole("nodes", in: 1...1 << 53) }

  /// A number of gaps in the range that the tests take.
  private func gaps(_ name: String) -> Int? { whole(name, in: 1...1 << 20) }

  /// c, below 1.
  fileprivate var coalition: Double? {
    fraction("coalitionFraction").flatMap { $0 < 1 ? $0 : nil }
  }

  fileprivate var failureTest: RoutingFailureTest? {
    guard let k = gaps("rootSamples"), let n = gaps("samples"),
      let gamma = number("densityThreshold", in: 0...4096)
    else { return nil }
    return RoutingFailureTest(rootGaps: k, localGaps: n, densityThreshold: gamma)
  }

  fileprivate var hopTest: HopTest? {
    guard let n = gaps("samples"), let threshold = number("hopThreshold", in: 0...4096)
    else { return nil }
    return HopTest(localGaps: n, hopThreshold: threshold)
  }

  fileprivate func minimumError(hiding sides: HidingSides) -> Double? {
    guard let c = coalition, c > 0, let k = gaps("rootSamples"), let n = gaps("samples")
    else { return nil }
    return RoutingFailureTest.balancedThreshold(
      rootGaps: k, localGaps: n, coalitionFraction: c, hiding: sides
    ).error
  }

  fileprivate func minimumHopError(hiding sides: HidingSides) -> Double? {
    guard let c = coalition, c > 0, let n = gaps("samples") else { return nil }
    return HopTest.balancedThreshold(localGaps: n, coalitionFraction: c, hiding: sides).error
  }

  fileprivate var designedThreshold: Double? {
    guard let k = gaps("rootSamples"), let n = gaps("samples"),
      let c = fraction("designFraction"), c > 0, c < 1,
      let error = fraction("targetError"), error > 0, error < 1
    else { return nil }
    return RoutingFailureTest.threshold(
      rootGaps: k, localGaps: n, designFraction: c, targetError: error)
  }

  fileprivate var groupWorks: Double? {
    guard let members = whole("groupSize", in: 1...1 << 30), let f = fraction("faultyFraction")
    else { return nil }
    return PublishedModel.byzantineGroup(members: members, faultyFraction: f)
  }

  fileprivate var groupsWork: Double? {
    guard let members = whole("groupSize", in: 1...1 << 30), let f = fraction("faultyFraction"),
      let hops = pastryHops
    else { return nil }
    return PublishedModel.byzantineGroupRoute(members: members, faultyFraction: f, hops: hops)
  }

  fileprivate func goodEntries(spreading: Bool) -> Double? {
    guard let t = whole("updates", in: 0...1 << 16), let f = fraction("faultyFraction")
    else { return nil }
    return 1
      - PublishedModel.poisonedEntries(updates: t, faultyFraction: f, spreading: spreading)
  }

  fileprivate var closestIdChance: Double? {
    guard let m = whole("certificates", in: 0...1 << 53), let nodes else { return nil }
    return PublishedModel.closestIdChance(certificates: m, nodes: nodes)
  }

  fileprivate var puzzleOperations: Double? {
    guard let p = whole("zeroBits", in: 0...512), let f = fraction("fraction"), let nodes
    else { return nil }
    return PublishedModel.puzzleOperations(ofFraction: f, nodes: nodes, zeroBits: p)
  }
}
