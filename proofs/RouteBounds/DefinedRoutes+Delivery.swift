public import Bounds
public import RouteSampling

extension DefinedRoutes {
  /// The routes of all copies of one message, each as the nodes that must be correct.
  ///
  /// The sender is correct by assumption and is left out wherever a route comes by it. What else is
  /// left out, or added, is the event's: see `DeliveryEvent`. A route without nodes cannot fail.
  /// - Parameter copies: nil for `prefix`, which sends one message along the tables; r for
  ///   `anycast`.
  public func routes(
    from source: Int, to key: UInt64, copies: Int?, event: DeliveryEvent
  ) -> [[Int]] {
    let root = root(of: key)
    let starts: [Int]
    if let copies, !spans(source, key: key) {
      starts = anycastStarts(from: source, copies: copies)
    } else {
      starts = [source]
    }
    return starts.map { start in
      var nodes = walk(from: start, key: key)
      switch event {
      case .replicaRoots: break
      case .path: if nodes.last == root { nodes.removeLast() }
      case .root: if nodes.last != root { nodes.append(root) }
      }
      return nodes.filter { $0 != source }
    }
  }
}

/// The exact delivery of one message on one overlay.
public struct RouteDelivery: Hashable, Sendable {
  /// The routes of all copies, as given.
  public let routes: [[Int]]
  /// How many nodes are on them, the sender not counted.
  public let nodeCount: Int
  /// The probability in q = 1 - f.
  public let polynomial: IntegerPolynomial

  /// Computes the polynomial.
  /// - Returns: nil if the routes do not stay together where they meet.
  public init?(_ routes: [[Int]]) {
    guard let forest = RouteForest(routes) else { return nil }
    self.routes = routes
    nodeCount = forest.nodes.count
    polynomial = forest.delivery()
  }

  /// The probability where every node other than the sender is faulty with probability f.
  public func probability(faultyFraction f: Rational) -> Rational { polynomial(1 - f) }

  /// The probability where exactly `faulty` of the other `nodes - 1` nodes are faulty.
  public func probability(faulty: Int, of nodes: Int) -> Rational {
    polynomial.withoutReplacement(nodes: nodes - 1, faulty: faulty)
  }

  /// What the probability would be if no two copies shared a node.
  public func probabilityIfIndependent(faultyFraction f: Rational) -> Rational {
    RouteFamily(routes).deliveryIfIndependent()(1 - f)
  }
}
