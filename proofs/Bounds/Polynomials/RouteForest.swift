/// Routes to one destination that stay together once they meet.
///
/// Where the next hop depends on the node and the key alone, the routes of all copies of a message
/// form trees whose branches share no node. Given that, loss propagates from the leaves: a node
/// loses what it forwards if it is faulty, or if nothing intact reaches it; nothing intact reaches
/// it only if every branch has lost its copy. With q the probability of a correct node,
///
///     loss behind v = 1 - q (1 - loss before v),
///     loss before v = 0 where the sender hands v a copy, else the product over v's branches,
///
/// and delivery is 1 less the product over the ends of all trees. No node occurs in two factors of
/// a product, so the same recursion holds in the nodes' indicators, where each has power 0 or 1:
/// the polynomial is that of `IntegerPolynomial`'s fault sets, exact for every f and every finite
/// N.
/// - Complexity: O(nodes * degree) additions and products of integers for a polynomial.
public struct RouteForest: Hashable, Sendable {
  /// The nodes, ascending.
  public let nodes: [Int]
  /// Where a node's copies go, as a place in `nodes`; nil at the end of a tree.
  private let next: [Int?]
  /// Whether the sender hands the node a copy itself.
  private let isStart: [Bool]
  /// Whether a copy needs no node at all.
  private let isCertain: Bool

  /// Joins routes, each in the order in which a copy visits the nodes that must be correct.
  ///
  /// A route without nodes is one that cannot fail.
  /// - Returns: nil when two routes part after they met, or when one visits a node twice.
  public init?(_ routes: [[Int]]) {
    let nodes = Set(routes.joined()).sorted()
    let places = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1, $0) })
    var next = [Int??](repeating: nil, count: nodes.count)
    var isStart = [Bool](repeating: false, count: nodes.count)
    for route in routes {
      guard Set(route).count == route.count else { return nil }
      for (step, node) in route.enumerated() {
        guard let place = places[node] else { return nil }
        if step == 0 { isStart[place] = true }
        let follower: Int? = step + 1 < route.count ? places[route[step + 1]] : nil
        if let known = next[place], known != follower { return nil }
        next[place] = .some(follower)
      }
    }
    self.nodes = nodes
    self.next = next.map { $0 ?? nil }
    self.isStart = isStart
    isCertain = routes.contains { $0.isEmpty }
  }

  /// Nodes between a node and its tree's end, the end included.
  private func depth(_ place: Int) -> Int {
    var depth = 0
    var place = place
    while let follower = next[place] {
      depth += 1
      place = follower
    }
    return depth
  }

  /// The probability that a copy arrives, as a polynomial in q = 1 - f.
  public func delivery() -> IntegerPolynomial {
    if isCertain { return .one }
    // Branches before the nodes where they meet.
    let depths = nodes.indices.map(depth)
    let order = nodes.indices.sorted { (depths[$0], $1) > (depths[$1], $0) }
    var before = [IntegerPolynomial](repeating: .one, count: nodes.count)
    var lost = IntegerPolynomial.one
    for place in order {
      // What reaches a node over its branches does not matter where it has a copy of its own.
      let reached = isStart[place] ? .zero : before[place]
      let behind = .one - .variable * (.one - reached)
      if let follower = next[place] {
        before[follower] = before[follower] * behind
      } else {
        lost = lost * behind
      }
    }
    return .one - lost
  }
}
