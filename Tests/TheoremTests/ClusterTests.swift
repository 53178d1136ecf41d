import Randomness
import Testing

@testable import RouteSampling

/// What a sender makes of answers: the implementation, or one with a planted error.
private struct UnionRule: Sendable {
  /// The nodes closest to a point among those that the answers name.
  var cluster: @Sendable (ClusterOverlay, UInt64, [[UInt32]], Int) -> [UInt32] = {
    $0.select($3, around: $1, from: $2)
  }
}

/// An overlay of the sampling engine, and walks over it.
private struct ClusterOverlay: Sendable {
  let overlay: SampledOverlay
  let count: Int

  init(_ count: Int, seed: Int) throws {
    var draws = stream("cluster ids", seed)
    self.count = count
    overlay = try SampledOverlay(
      leadingBits: (0..<count).map { _ in draws.next() },
      configuration: OverlayConfiguration(digitBits: 4, leafSetSize: 8))
  }

  func identifier(_ node: UInt32) -> UInt64 { overlay.identifier(of: Int(node)) }

  /// Learns what the answers name, and selects: `KnownNodes` of the engine.
  func select(_ width: Int, around point: UInt64, from answers: [[UInt32]]) -> [UInt32] {
    let graph = LookupGraph(overlay)
    defer { withExtendedLifetime(overlay) {} }
    let known = KnownNodes()
    known.begin(around: point, lowMask: .max, graph)
    for answer in answers {
      for node in answer { known.insert(node, graph) }
    }
    var nodes: [UInt32] = []
    known.select(width, graph, into: &nodes)
    return nodes
  }

  /// The `width` closest of all nodes that fulfil a condition, by sorting them.
  func closest(
    _ width: Int, to point: UInt64, where condition: (UInt32) -> Bool = { _ in true }
  ) -> [UInt32] {
    func distance(_ node: UInt32) -> UInt64 {
      min(identifier(node) &- point, point &- identifier(node))
    }
    let sorted = (0..<UInt32(count)).filter(condition).sorted {
      let (own, other) = (distance($0), distance($1))
      return own == other ? identifier($0) &+ own == point : own < other
    }
    return Array(sorted.prefix(width))
  }
}

/// One walk: the points of its levels, and the samples that a sender with true knowledge asks.
private struct ClusterWalkCase {
  let width: Int
  let points: [UInt64]
  let samples: [[UInt32]]

  init(_ overlay: ClusterOverlay, width: Int, draws: inout RandomStream) {
    self.width = width
    let source = overlay.identifier(draws.index(below: UInt32(overlay.count)))
    let key = draws.next()
    // The key's digits so far, then the source's own; two levels, and the key itself.
    points =
      (0..<3).map { row in
        let low = UInt64.max >> UInt64(4 * row)
        return (key & ~low) | (source & low)
      } + [key]
    samples = points.map { overlay.closest(width, to: $0) }
  }

  func isAllFaulty(_ level: Int, _ faulty: Set<UInt32>) -> Bool {
    samples[level].allSatisfy(faulty.contains)
  }

  /// Levels whose sample decides: those before the last.
  var levels: Range<Int> { 0..<(points.count - 1) }

  /// Whether the walk ends elsewhere than at the nodes closest to the key.
  func fails(
    _ overlay: ClusterOverlay, _ rule: UnionRule, faulty: Set<UInt32>, draws: inout RandomStream
  ) -> Bool {
    var asked = samples[0]
    for level in levels {
      let next = points[level + 1]
      // The coalition's nearest, and the same again from every liar.
      let lies = overlay.closest(width, to: next, where: faulty.contains)
      let answers = asked.map { node -> [UInt32] in
        if faulty.contains(node) { return lies }
        return samples[level + 1] + (0..<4).map { _ in draws.index(below: UInt32(overlay.count)) }
      }
      asked = rule.cluster(overlay, next, answers, width)
    }
    return Set(asked) != Set(samples[points.count - 1])
  }
}

/// Three statements of proofs/coq/Cluster.v, and two of Counting.v.
@Suite struct ClusterTests {
  private static func union(_ rule: UnionRule) throws -> Verdict {
    var verdict = Verdict()
    for number in 0..<6 {
      let overlay = try ClusterOverlay(20 + 60 * number, seed: number)
      var draws = stream("cluster union", number)
      for turn in 0..<30 {
        let point = [0, .max, draws.next(), overlay.identifier(3)][turn % 4]
        let width = 1 + turn % 9
        let right = overlay.closest(width, to: point)
        var answers = (0..<(turn % 5)).map { _ in
          (0..<8).map { _ in draws.index(below: UInt32(overlay.count)) }
        }
        answers.insert(right.mixed(&draws), at: Int(draws.index(below: UInt32(answers.count + 1))))
        let found = rule.cluster(overlay, point, answers, width)
        verdict.check(found == right, "overlay \(number), point \(point): \(found), not \(right)")
      }
    }
    return verdict
  }

  private struct Trial {
    let walk: ClusterWalkCase
    let faulty: Set<UInt32>
    let fails: Bool
    let weight: Int
  }

  /// Walks with small samples against many fault sets, so that whole samples are faulty at times.
  private static func trials(
    _ rule: UnionRule, narrowest: Int, shares: [Double]
  ) throws -> [[Trial]] {
    try (0..<5).map { number in
      let overlay = try ClusterOverlay(60 + 20 * number, seed: 100 + number)
      var draws = stream("cluster walk", number)
      let walk = ClusterWalkCase(overlay, width: narrowest + number % 3, draws: &draws)
      return (0..<80).map { turn in
        let share = shares[turn % shares.count]
        let faulty = Set((0..<UInt32(overlay.count)).filter { _ in draws.unit() < share })
        let weight = 1 + Int(draws.index(below: 1_000))
        let fails = walk.fails(overlay, rule, faulty: faulty, draws: &draws)
        return Trial(walk: walk, faulty: faulty, fails: fails, weight: weight)
      }
    }
  }

  private static func iterative(_ rule: UnionRule) throws -> Verdict {
    var verdict = Verdict()
    let trials = try trials(rule, narrowest: 1, shares: [0.2, 0.5, 0.7, 0.9])
    for trial in trials.joined() where trial.fails {
      let walk = trial.walk
      verdict.check(
        walk.levels.contains { walk.isAllFaulty($0, trial.faulty) },
        "to \(walk.points), faulty \(trial.faulty.sorted())")
    }
    return verdict
  }

  /// Weights of the family's fault sets are whole numbers: the comparison is exact.
  private static func bound(_ rule: UnionRule) throws -> Verdict {
    var verdict = Verdict()
    for family in try trials(rule, narrowest: 2, shares: [0.1, 0.2, 0.3, 0.4]) {
      guard let walk = family.first?.walk else { continue }
      let failing = family.filter(\.fails).map(\.weight).reduce(0, +)
      let levels = walk.levels.map { level in
        family.filter { walk.isAllFaulty(level, $0.faulty) }.map(\.weight).reduce(0, +)
      }
      verdict.check(
        failing <= levels.reduce(0, +), "width \(walk.width): \(failing), levels \(levels)")
    }
    return verdict
  }

  /// Drops all answers but the first.
  private static let firstOnly = UnionRule(cluster: {
    $0.select($3, around: $1, from: Array($2.prefix(1)))
  })
  /// Believes only what two answers name, where there are two.
  private static let confirmed = UnionRule(cluster: { overlay, point, answers, width in
    var counts: [UInt32: Int] = [:]
    for node in answers.flatMap({ Array(Set($0)) }) { counts[node, default: 0] += 1 }
    let named = answers.map { answer in
      answer.filter { answers.count < 2 || counts[$0, default: 0] > 1 }
    }
    return overlay.select(width, around: point, from: named)
  })
  /// Takes the closest by rank from the wrong side of a point first.
  private static let shifted = UnionRule(cluster: {
    $0.select($3, around: $1 &+ (UInt64.max / 64), from: $2)
  })

  @Test("cluster_union: one honest answer shows the nodes closest to a point")
  func clusterUnion() throws {
    try Self.union(UnionRule()).expectHolds(atLeast: 180)
  }

  @Test("cluster_union: mutants are caught")
  func clusterUnionMutants() throws {
    try Self.union(Self.firstOnly).expectCaught()
    try Self.union(Self.confirmed).expectCaught()
    try Self.union(Self.shifted).expectCaught()
  }

  @Test("cluster_iterative: a walk fails only where a whole sample is faulty")
  func clusterIterative() throws {
    try Self.iterative(UnionRule()).expectHolds(atLeast: 60)
  }

  @Test("cluster_iterative: mutants are caught")
  func clusterIterativeMutants() throws {
    try Self.iterative(Self.firstOnly).expectCaught()
    try Self.iterative(Self.confirmed).expectCaught()
  }

  @Test("cluster_bound: failures weigh no more than the samples that are faulty")
  func clusterBound() throws {
    try Self.bound(UnionRule()).expectHolds(atLeast: 5)
  }

  @Test("cluster_bound: mutants are caught")
  func clusterBoundMutants() throws {
    try Self.bound(Self.firstOnly).expectCaught()
    try Self.bound(Self.confirmed).expectCaught()
  }

  /// Whether something fails under a fault set.
  private typealias Failure = (
    ClusterOverlay, ClusterWalkCase, Set<UInt32>, inout RandomStream
  ) -> Bool

  /// All sets of F of ten nodes: the share for which something fails, against
  /// h C(N-W, F-W) / C(N, F) and h (F/N)^W, in whole numbers.
  private static func uniform(_ fails: Failure) throws -> Verdict {
    var verdict = Verdict()
    let nodes = 10
    for number in 0..<3 {
      let overlay = try ClusterOverlay(nodes, seed: 200 + number)
      var draws = stream("cluster uniform", number)
      let width = 2 + number % 2
      let walk = ClusterWalkCase(overlay, width: width, draws: &draws)
      for count in [3, 4, 6] {
        var sets = 0
        var failing = 0
        var containing = 0
        for bits in 0..<(1 << nodes) where bits.nonzeroBitCount == count {
          let faulty = Set((0..<UInt32(nodes)).filter { bits >> Int($0) & 1 == 1 })
          sets += 1
          if walk.isAllFaulty(0, faulty) { containing += 1 }
          if fails(overlay, walk, faulty, &draws) { failing += 1 }
        }
        // `containing` is C(N-W, F-W); subset_count has that by itself.
        let levels = walk.levels.count
        let (power, faultyPower) =
          width == 2 ? (100, count * count) : (1_000, count * count * count)
        verdict.check(
          failing <= levels * containing && failing * power <= levels * sets * faultyPower,
          "F = \(count), W = \(width): \(failing) of \(sets) fail")
      }
    }
    return verdict
  }

  /// The worst that cluster_uniform allows: it fails wherever a level's sample is entirely faulty.
  /// The samples are selected from all nodes.
  private static func worst(_ rule: UnionRule) throws -> Verdict {
    try uniform { overlay, walk, faulty, _ in
      walk.levels.contains { level in
        rule.cluster(overlay, walk.points[level], [Array(0..<UInt32(overlay.count))], walk.width)
          .allSatisfy(faulty.contains)
      }
    }
  }

  private static func walks(_ rule: UnionRule) throws -> Verdict {
    try uniform { overlay, walk, faulty, draws in
      walk.fails(overlay, rule, faulty: faulty, draws: &draws)
    }
  }

  @Test("cluster_uniform: of all sets of F of N nodes at most h (F/N)^W hold a level's sample")
  func clusterUniform() throws {
    try Self.worst(UnionRule()).expectHolds(atLeast: 9)
  }

  @Test("cluster_uniform: mutants are caught")
  func clusterUniformMutants() throws {
    // A node too few in each sample.
    try Self.worst(UnionRule(cluster: { $0.select($3 - 1, around: $1, from: $2) })).expectCaught()
    // One node twice.
    try Self.worst(
      UnionRule(cluster: { overlay, point, answers, width in
        let nodes = overlay.select(width - 1, around: point, from: answers)
        return nodes + nodes.prefix(1)
      })
    ).expectCaught()
  }

  @Test("cluster_walk_uniform: of all sets of F of N nodes at most h (F/N)^W make a walk fail")
  func clusterWalkUniform() throws {
    try Self.walks(UnionRule()).expectHolds(atLeast: 9)
  }

  @Test("cluster_walk_uniform: mutants are caught")
  func clusterWalkUniformMutants() throws {
    try Self.walks(Self.firstOnly).expectCaught()
    try Self.walks(Self.confirmed).expectCaught()
  }
}
