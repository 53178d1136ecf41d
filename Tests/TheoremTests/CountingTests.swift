import Bounds
import Testing

/// The share of the F-sets of N nodes that contain W given ones: closed forms under test.
private struct Share: Sendable {
  /// The share itself, which is the probability that W given nodes are all among F faulty ones.
  var drawn: @Sendable (_ W: Int, _ N: Int, _ F: Int) throws -> Rational = { given, nodes, faulty in
    try Share.value(
      "replica-loss-finite",
      ["replicas": Rational(given), "nodes": Rational(nodes), "faultyNodes": Rational(faulty)])
  }
  /// The probability that W independent nodes are all faulty.
  var independent: @Sendable (_ W: Int, _ f: Rational) throws -> Rational = { given, f in
    try Share.value("replica-loss", ["replicas": Rational(given), "faultyFraction": f])
  }

  private static func value(_ name: String, _ arguments: [String: Rational]) throws -> Rational {
    let value = try #require(Bound.named(name)).value(arguments)
    return try #require({ if case .exact(let number) = value { number } else { nil } }())
  }
}

/// Two statements of proofs/coq/Counting.v.
@Suite struct CountingTests {
  /// Every set of every small number of nodes, by its bits.
  private static func counts(_ share: Share) throws -> Verdict {
    var verdict = Verdict()
    for nodes in 1...9 {
      for given in 1...nodes {
        let mask = (1 << given) - 1
        var all = [Int](repeating: 0, count: nodes + 1)
        var containing = all
        for set in 0..<(1 << nodes) {
          all[set.nonzeroBitCount] += 1
          if set & mask == mask { containing[set.nonzeroBitCount] += 1 }
        }
        for faulty in 0...nodes {
          verdict.check(
            try share.drawn(given, nodes, faulty) == Rational(containing[faulty], all[faulty]),
            "N = \(nodes), F = \(faulty), W = \(given)")
        }
      }
    }
    return verdict
  }

  private static func bounds(_ share: Share) throws -> Verdict {
    var verdict = Verdict()
    for nodes in 1...24 {
      for faulty in 0...nodes {
        for given in 1...min(nodes, 5) {
          verdict.check(
            try share.drawn(given, nodes, faulty)
              <= share.independent(given, Rational(faulty, nodes)),
            "N = \(nodes), F = \(faulty), W = \(given)")
        }
      }
    }
    return verdict
  }

  @Test("subset_count: C(N-W, F-W) of C(N, F) sets contain W given nodes")
  func subsetCount() throws {
    try Self.counts(Share()).expectHolds(atLeast: 300)
  }

  @Test("subset_count: mutants are caught")
  func subsetCountMutants() throws {
    // Drawn with replacement.
    try Self.counts(
      Share(drawn: { given, nodes, faulty in Rational(faulty, nodes).power(given) })
    ).expectCaught()
  }

  @Test("subset_bound: the share is at most (F/N)^W")
  func subsetBound() throws {
    try Self.bounds(Share()).expectHolds(atLeast: 1_400)
  }

  @Test("subset_bound: mutants are caught")
  func subsetBoundMutants() throws {
    // One node too many in the exponent.
    try Self.bounds(Share(independent: { given, f in f.power(given + 1) })).expectCaught()
  }
}
