import Adversary
import Bounds
import Randomness
import RouteBounds
import RouteSampling
import Testing

/// Routes by definition against the engine's, and exact values against the engine's own.
@Suite struct DefinedRoutesTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let nodes: Int
    let digitBits: Int
    let leafSetSize: Int
    /// Ids are among the multiples of 2^(64 - spreadBits): few bits make ties and empty slots.
    let spreadBits: Int
    var testDescription: String {
      "N=\(nodes) b=\(digitBits) l=\(leafSetSize) spread=\(spreadBits)"
    }

    var identifiers: [UInt64] {
      var random = RandomStream(StreamKey(seed: 63)["ids"][nodes])
      var ids: Set<UInt64> = []
      while ids.count < nodes {
        ids.insert((random.next() >> UInt64(64 - spreadBits)) << UInt64(64 - spreadBits))
      }
      return ids.sorted()
    }

    func overlay() throws -> SampledOverlay {
      try SampledOverlay(
        leadingBits: identifiers,
        configuration: OverlayConfiguration(digitBits: digitBits, leafSetSize: leafSetSize))
    }

    var routes: DefinedRoutes {
      DefinedRoutes(identifiers, digitBits: digitBits, leafSetSize: leafSetSize)
    }
  }

  static let shapes = [
    Shape(nodes: 5, digitBits: 4, leafSetSize: 2, spreadBits: 64),
    Shape(nodes: 60, digitBits: 4, leafSetSize: 2, spreadBits: 64),
    Shape(nodes: 300, digitBits: 1, leafSetSize: 4, spreadBits: 64),
    Shape(nodes: 150, digitBits: 3, leafSetSize: 8, spreadBits: 64),
    Shape(nodes: 100, digitBits: 4, leafSetSize: 2, spreadBits: 8),
    Shape(nodes: 200, digitBits: 4, leafSetSize: 4, spreadBits: 12),
    Shape(nodes: 2_000, digitBits: 4, leafSetSize: 16, spreadBits: 64),
  ]

  @Test("routes, roots and slots are the engine's", arguments: shapes)
  func routes(shape: Shape) throws {
    let overlay = try shape.overlay()
    let routes = shape.routes
    var random = RandomStream(StreamKey(seed: 64)[shape.nodes])
    for round in 0..<300 {
      let source = Int(random.index(below: UInt32(shape.nodes)))
      // Keys that are ids lie on the ends of leaf sets.
      let key =
        round % 3 == 0
        ? routes.identifiers[Int(random.index(below: UInt32(shape.nodes)))] : random.next()
      let root = routes.root(of: key)
      #expect(root == overlay.root(of: key))
      let walk = routes.walk(from: source, key: key)
      #expect((walk.last == root ? walk : walk + [root]) == overlay.route(from: source, to: key))
      let row = Int(random.index(below: 4))
      let digit = Int(random.index(below: UInt32(1 << shape.digitBits)))
      #expect(
        routes.slot(row: row, digit: UInt64(digit), of: source)
          == overlay.slot(row: row, digit: digit, of: source))
    }
  }

  /// The engine's exact probability of each of its first lookups: it gives the mean of a batch, so
  /// a batch of k less one of k - 1 is the k-th lookup.
  private func engineExact(
    _ overlay: SampledOverlay, _ router: Router, _ event: DeliveryEvent, fractions: [Double],
    pairs: Int
  ) throws -> [[Double]] {
    let drop = try AttackRegistry.make(AttackSelection(name: "drop", parameters: []))
    var sums = [[Double](repeating: 0, count: fractions.count)]
    for count in 1...pairs {
      let outcome = try SamplingCell(
        overlay: overlay, router: router, adversary: StaticAdversary(composing: [drop]),
        lanes: fractions.map { FaultLane(faultyFraction: $0, coalitionFraction: $0) },
        event: event, stream: StreamKey(seed: 65), routesPerBatch: count, method: .exact
      ).sample(batch: 0)
      sums.append(outcome.lanes.map { $0.deliveredMean * Double(count) })
    }
    return zip(sums, sums.dropFirst()).map { before, after in zip(after, before).map { $0 - $1 } }
  }

  @Test("polynomials take the engine's exact values, for every event", arguments: shapes)
  func polynomials(shape: Shape) throws {
    let overlay = try shape.overlay()
    let routes = shape.routes
    let fractions = [0, 0.0625, 0.25, 0.5, 1]
    let pairs = 12
    var random = RandomStream(StreamKey(seed: 65)["routes"][0])
    let lookups = (0..<pairs).map { _ in
      (source: Int(random.index(below: UInt32(shape.nodes))), key: random.next())
    }
    let copies = shape.leafSetSize
    for event in DeliveryEvent.allCases {
      for router in [Router.prefix, .anycast(copies: copies), .anycast(copies: copies - 1)] {
        let engine = try engineExact(overlay, router, event, fractions: fractions, pairs: pairs)
        let count: Int? = if case .anycast(let count) = router { count } else { nil }
        for (lookup, expected) in zip(lookups, engine) {
          let delivery = try #require(
            RouteDelivery(
              routes.routes(from: lookup.source, to: lookup.key, copies: count, event: event)))
          for (f, value) in zip(fractions, expected) {
            let exact = delivery.probability(faultyFraction: try #require(Rational(exactly: f)))
            #expect(abs(exact.double - value) < 1e-12, "\(router) \(event) f \(f)")
          }
        }
      }
    }
  }

  @Test("a polynomial counts fault sets: between none and all of every size")
  func counts() throws {
    let shape = Self.shapes[6]
    let routes = shape.routes
    var random = RandomStream(StreamKey(seed: 66))
    var largest = 0
    for _ in 0..<10 {
      let source = Int(random.index(below: UInt32(shape.nodes)))
      let delivery = try #require(
        RouteDelivery(
          routes.routes(from: source, to: random.next(), copies: 16, event: .replicaRoots)))
      let nodes = delivery.nodeCount
      largest = max(largest, nodes)
      let survivors = delivery.polynomial.survivingFaultSets(nodes: nodes)
      for (size, count) in survivors.enumerated() {
        #expect(count >= 0 && count <= .binomial(nodes, size))
      }
      // Losing one more node never helps: the surviving part falls with the size.
      for size in survivors.indices.dropFirst() {
        #expect(
          Rational(survivors[size], .binomial(nodes, size))
            <= Rational(survivors[size - 1], .binomial(nodes, size - 1)))
      }
      // The same probability from fault sets by size: k of the n nodes on the routes are faulty.
      let (others, faulty) = (shape.nodes - 1, 400)
      let sum = survivors.enumerated().reduce(BigInteger(0)) { sum, term in
        sum + term.element * .binomial(others - nodes, faulty - term.offset)
      }
      #expect(
        delivery.probability(faulty: faulty, of: shape.nodes)
          == Rational(sum, .binomial(others, faulty)))
    }
    #expect(largest > 20)
  }
}
