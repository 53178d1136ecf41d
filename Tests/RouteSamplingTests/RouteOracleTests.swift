import Randomness
import RouteSampling
import Testing

/// Every route, slot and root equals the dumb implementation's, stored and computed alike.
@Suite struct RouteOracleTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let nodes: Int
    let digitBits: Int
    let leafSetSize: Int
    /// Ids are drawn from the lowest `2^spreadBits` multiples of `2^(64 - spreadBits)`.
    let spreadBits: Int
    var testDescription: String {
      "N=\(nodes) b=\(digitBits) l=\(leafSetSize) spread=\(spreadBits)"
    }
  }

  static let shapes = [
    Shape(nodes: 5, digitBits: 4, leafSetSize: 2, spreadBits: 64),
    Shape(nodes: 17, digitBits: 1, leafSetSize: 2, spreadBits: 64),
    Shape(nodes: 60, digitBits: 4, leafSetSize: 2, spreadBits: 64),
    Shape(nodes: 120, digitBits: 2, leafSetSize: 4, spreadBits: 64),
    Shape(nodes: 150, digitBits: 3, leafSetSize: 8, spreadBits: 64),
    Shape(nodes: 90, digitBits: 8, leafSetSize: 4, spreadBits: 64),
    // Crowded rings: many ties between fragments and equal distances.
    Shape(nodes: 100, digitBits: 4, leafSetSize: 2, spreadBits: 8),
    Shape(nodes: 200, digitBits: 4, leafSetSize: 4, spreadBits: 12),
  ]

  static func identifiers(_ shape: Shape, seed: UInt64) -> [UInt64] {
    var random = RandomStream(StreamKey(seed: seed)["ids"][shape.nodes])
    var seen = Set<UInt64>()
    var ids: [UInt64] = []
    while ids.count < shape.nodes {
      let id = (random.next() >> UInt64(64 - shape.spreadBits)) << UInt64(64 - shape.spreadBits)
      if seen.insert(id).inserted { ids.append(id) }
    }
    return ids
  }

  @Test(arguments: shapes, [SampledOverlay.Storage.stored, .computed])
  func routesEqualTheOracles(shape: Shape, storage: SampledOverlay.Storage) throws {
    let ids = Self.identifiers(shape, seed: 3)
    let overlay = try SampledOverlay(
      leadingBits: ids,
      configuration: .init(digitBits: shape.digitBits, leafSetSize: shape.leafSetSize),
      storage: storage)
    let oracle = OracleOverlay(
      ids, digitBits: shape.digitBits, leafSetSize: shape.leafSetSize)
    var random = RandomStream(StreamKey(seed: 4))
    for _ in 0..<25 {
      let source = Int(random.index(below: UInt32(shape.nodes)))
      let key = random.next()
      #expect(overlay.root(of: key) == oracle.root(of: key))
      let route = oracle.route(from: source, to: key)
      #expect(overlay.route(from: source, to: key) == route)
      #expect(overlay.hopCount(from: source, to: key) == route.count - 1)
      let row = Int(random.index(below: 3))
      let digit = Int(random.index(below: UInt32(1 << shape.digitBits)))
      #expect(
        overlay.slot(row: row, digit: digit, of: source)
          == oracle.slot(row: row, digit: digit, of: source))
    }
  }

  @Test(arguments: [SampledOverlay.Storage.stored, .computed])
  func theBatchKernelWalksTheSameRoutes(storage: SampledOverlay.Storage) throws {
    for shape in Self.shapes {
      let ids = Self.identifiers(shape, seed: 5)
      let overlay = try SampledOverlay(
        leadingBits: ids,
        configuration: .init(digitBits: shape.digitBits, leafSetSize: shape.leafSetSize),
        storage: storage)
      let stream = StreamKey(seed: 6)[shape.nodes]
      let cell = try SamplingCell(
        overlay: overlay, router: .prefix, adversary: dropAdversary(),
        lanes: [FaultLane(faultyFraction: 0.3, coalitionFraction: 0.3)], event: .root,
        stream: stream, routesPerBatch: 60)
      let outcome = cell.sample(batch: 0).lanes[0]
      // The documented draw order of a batch: sender, then key.
      var random = RandomStream(stream["routes"][0])
      var hops = 0
      var delivered = 0.0
      for _ in 0..<60 {
        let source = Int(random.index(below: UInt32(shape.nodes)))
        let route = overlay.route(from: source, to: random.next())
        hops += route.count - 1
        delivered += (0..<(route.count - 1)).reduce(1.0) { product, _ in product * 0.7 }
      }
      #expect(outcome.hopsMean == Double(hops) / 60)
      #expect(abs(outcome.deliveredMean - delivered / 60) < 1e-12)
    }
  }

  @Test func storedAndComputedTablesAgreeAtScale() throws {
    var random = RandomStream(StreamKey(seed: 8))
    let ids = (0..<4_000).map { _ in random.next() }
    for digitBits in [1, 2, 4, 5] {
      let outcomes = try [SampledOverlay.Storage.stored, .computed].map { storage in
        let overlay = try SampledOverlay(
          leadingBits: ids, configuration: .init(digitBits: digitBits, leafSetSize: 16),
          storage: storage)
        let lanes = [0.1, 0.4].map { FaultLane(faultyFraction: $0, coalitionFraction: $0) }
        return try [Router.prefix, .anycast(copies: 16)].map { router in
          try SamplingCell(
            overlay: overlay, router: router, adversary: dropAdversary(), lanes: lanes,
            event: .replicaRoots, stream: StreamKey(seed: 9), routesPerBatch: 150
          ).sample(batch: 1)
        }
      }
      #expect(outcomes[0] == outcomes[1])
    }
  }

  @Test func wrongShapesAreRefused() throws {
    #expect(throws: OverlayError.self) { try OverlayConfiguration(digitBits: 0) }
    #expect(throws: OverlayError.self) { try OverlayConfiguration(digitBits: 9) }
    #expect(throws: OverlayError.self) { try OverlayConfiguration(leafSetSize: 7) }
    let shape = try OverlayConfiguration(digitBits: 4, leafSetSize: 4)
    func code(_ ids: [UInt64]) -> OverlayError.Code? {
      do {
        _ = try SampledOverlay(leadingBits: ids, configuration: shape)
        return nil
      } catch { return error.code }
    }
    #expect(code([]) == .nodeCount)
    #expect(code([1, 2, 3, 4]) == .nodeCount)
    #expect(code([1, 2, 3, 4, 5, 3]) == .duplicateIdentifier)
    #expect(code([1, 2, 3, 4, 5, 6]) == nil)
  }
}
