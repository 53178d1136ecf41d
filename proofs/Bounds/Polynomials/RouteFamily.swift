/// Any routes, each a set of nodes that must all be correct for its copy to arrive.
///
/// Nothing is asked of how they overlap. What `RouteForest` computes for routes that join, this
/// computes for a few of them by inclusion and exclusion, and for routes that are taken as
/// independent.
public struct RouteFamily: Hashable, Sendable {
  /// Sets of nodes, ascending, none of which includes another.
  public let routes: [[Int]]
  /// As given.
  private let lengths: [Int]

  /// More sets of routes than these are not summed: 2^20.
  public static let routesAtMost = 20

  /// Keeps the routes that no other one makes superfluous.
  public init(_ routes: [[Int]]) {
    let sets = Set(routes.map { Set($0) })
    self.routes =
      sets
      .filter { set in !sets.contains { $0.isStrictSubset(of: set) } }
      .map { $0.sorted() }
      .sorted { ($0.count, $0.first ?? 0, "\($0)") < ($1.count, $1.first ?? 0, "\($1)") }
    lengths = routes.map { Set($0).count }
  }

  /// The probability that a copy arrives, as a polynomial in q = 1 - f, by inclusion and exclusion:
  /// the sum over the non-empty sets of routes of (-1)^(size + 1) q^(nodes of all of them).
  /// - Precondition: at most `routesAtMost` routes.
  /// - Complexity: O(2^routes * nodes).
  public func delivery() -> IntegerPolynomial {
    precondition(routes.count <= Self.routesAtMost, "\(routes.count) routes are too many")
    let all = Set(routes.joined()).sorted()
    let places = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, $0) })
    var counts = [Int](repeating: 0, count: all.count + 1)
    // How many chosen routes use a node: a route is added and taken away once per set of the rest.
    var uses = [Int](repeating: 0, count: all.count)
    func choose(_ index: Int, sign: Int, used: Int) {
      guard index < routes.count else {
        counts[used] += sign
        return
      }
      choose(index + 1, sign: sign, used: used)
      var grown = used
      for node in routes[index] {
        guard let place = places[node] else { continue }
        if uses[place] == 0 { grown += 1 }
        uses[place] += 1
      }
      choose(index + 1, sign: -sign, used: grown)
      for node in routes[index] {
        guard let place = places[node] else { continue }
        uses[place] -= 1
      }
    }
    choose(0, sign: 1, used: 0)
    // The sum over all sets, the empty one included, is the probability that every copy is lost.
    return .one - IntegerPolynomial(counts.map { BigInteger($0) })
  }

  /// What the probability would be if the routes, as given, shared no node: 1 less the product of
  /// 1 - q^length. The formula of [Castro02], redundant routing, with each route's own length.
  public func deliveryIfIndependent() -> IntegerPolynomial {
    .one - lengths.reduce(.one) { $0 * (.one - .power($1)) }
  }
}
