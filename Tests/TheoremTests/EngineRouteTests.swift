import Randomness
import Testing

@testable import RouteSampling

/// prefix_hop and prefix_progress_rare of proofs/coq/Prefix.v for the routes of the sampling
/// engine, whose nodes always have the state that the ring gives them.
@Suite struct EngineRouteTests {
  private struct Case {
    let overlay: SampledOverlay
    let digitBits: Int
    let source: Int
    let key: UInt64

    func row(_ node: Int) -> Int {
      (overlay.identifier(of: node) ^ key).leadingZeroBitCount / digitBits
    }

    func distance(_ node: Int) -> UInt64 {
      min(overlay.identifier(of: node) &- key, key &- overlay.identifier(of: node))
    }

    var rows: [Int] { (0..<overlay.nodeCount).map(row) }
  }

  /// Clusters of ids with long common prefixes and a leaf on each side, so that the rare case is
  /// not rare; keys that share digits with nodes.
  private static func cases() throws -> [Case] {
    try (0..<18).flatMap { number in
      var draws = stream("engine", number)
      let digitBits = [1, 2, 4][number % 3]
      var ids: [UInt64] = [draws.next()]
      while ids.count < 60 {
        let shared = UInt64(draws.index(below: [1, 12, 40][number / 3 % 3]))
        let id = ids[0] ^ (draws.next() >> shared)
        if !ids.contains(id) { ids.append(id) }
      }
      let isNear = number % 2 == 0
      let overlay = try SampledOverlay(
        leadingBits: ids,
        configuration: OverlayConfiguration(
          digitBits: digitBits, leafSetSize: number < 9 ? 2 : 4,
          tables: isNear ? .proximity : .constrained),
        positions: isNear ? ids.map { _ in [Float(draws.unit()), Float(draws.unit())] } : nil)
      return (0..<40).map { _ in
        let near = ids[Int(draws.index(below: 60))]
        return Case(
          overlay: overlay, digitBits: digitBits, source: Int(draws.index(below: 60)),
          key: near ^ (draws.next() >> UInt64(draws.index(below: 40))))
      }
    }
  }

  /// A route of the engine, or one with a planted error.
  private typealias Route = (Case) -> [Int]

  private static func hops(_ route: Route) throws -> Verdict {
    var verdict = Verdict()
    for one in try cases() {
      let nodes = route(one)
      let longest = one.rows.max() ?? 0
      let root = one.overlay.root(of: one.key)
      verdict.check(nodes.last == root, "ends at \(nodes), not at \(root)")
      for (current, next) in zip(nodes, nodes.dropFirst()) {
        let isNearer =
          one.row(current) == longest && one.row(next) >= longest
          && one.distance(next) < one.distance(current)
        verdict.check(
          next == root || one.row(next) > one.row(current) || isNearer,
          "\(current) to \(next) for \(one.key)")
      }
    }
    return verdict
  }

  private static func lengths(_ route: Route) throws -> Verdict {
    var verdict = Verdict()
    for one in try cases() {
      let nodes = route(one)
      let longest = one.rows.max() ?? 0
      let most = longest - one.row(one.source) + one.rows.count { $0 == longest }
      verdict.check(
        nodes.count - 1 <= most && nodes.last == one.overlay.root(of: one.key),
        "\(nodes), at most \(most) hops")
    }
    return verdict
  }

  private static func engine(_ one: Case) -> [Int] {
    one.overlay.route(from: one.source, to: one.key)
  }

  /// Node by node around the ring.
  private static func crawling(_ one: Case) -> [Int] {
    let count = one.overlay.nodeCount
    let root = one.overlay.root(of: one.key)
    var nodes = [one.source]
    while let last = nodes.last, last != root { nodes.append((last + 1) % count) }
    return nodes
  }

  @Test("prefix_hop: every hop of the sampling engine makes progress")
  func everyHopMakesProgress() throws {
    try Self.hops(Self.engine).expectHolds(atLeast: 2_000)
  }

  @Test("prefix_hop: mutants are caught in routes of the sampling engine")
  func mutantsOfHops() throws {
    try Self.hops(Self.crawling).expectCaught()
    // Ends one hop early.
    try Self.hops { Array(Self.engine($0).prefix(1)) }.expectCaught()
  }

  @Test("prefix_progress_rare: every route of the sampling engine is as short")
  func everyRouteIsShort() throws {
    try Self.lengths(Self.engine).expectHolds(atLeast: 720)
  }

  @Test("prefix_progress_rare: mutants are caught in routes of the sampling engine")
  func mutantsOfLengths() throws {
    try Self.lengths(Self.crawling).expectCaught()
  }

  /// The root of a key as a function of the ids; ties where a key lies halfway between two nodes.
  private static func roots(
    _ root: (SampledOverlay, UInt64) -> Int
  ) throws -> Verdict {
    var verdict = Verdict()
    var draws = stream("engine roots")
    for number in 0..<6 {
      // Small even ids, and some on the other side of the place where the ring wraps.
      let ids = Set((0..<40).map { _ in ((draws.next() >> 54) &<< 1) &- 600 })
      let overlay = try SampledOverlay(
        leadingBits: Array(ids.sorted()).mixed(&draws),
        configuration: OverlayConfiguration(digitBits: 4, leafSetSize: 4))
      let first = overlay.identifier(of: 0)
      for key in (0..<700).map({ UInt64($0) &- 600 }) + [first &+ (1 << 63), first] {
        // By distance; of two at one distance the counterclockwise one.
        let closest = ids.min { a, b in
          let (own, other) = (min(a &- key, key &- a), min(b &- key, key &- b))
          return own == other ? a &+ own == key && a != b : own < other
        }
        verdict.check(
          overlay.identifier(of: root(overlay, key)) == closest, "ring \(number), key \(key)")
      }
    }
    return verdict
  }

  @Test("closest_unique: the sampling engine has the same root")
  func theEngineHasTheSameRoot() throws {
    try Self.roots { $0.root(of: $1) }.expectHolds(atLeast: 4_000)
  }

  @Test("closest_unique: mutants are caught in roots of the sampling engine")
  func mutantsOfRoots() throws {
    // The clockwise one wins a tie.
    try Self.roots { overlay, key in
      let root = overlay.root(of: key)
      let next = (root + 1) % overlay.nodeCount
      let (below, above) = (
        key &- overlay.identifier(of: root), overlay.identifier(of: next) &- key
      )
      return below == above ? next : root
    }.expectCaught()
  }
}
