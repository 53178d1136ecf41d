import Adversary
import Randomness
import RouteSampling
import Statistics
import Testing

/// The sampling engine's own consistency: methods agree, extremes hold, nothing depends on order.
@Suite struct SamplingCellTests {
  static func overlay(
    _ nodes: Int, digitBits: Int = 4, leafSetSize: Int = 16,
    tables: RoutingTableKind = .constrained,
    chosen: ChosenPlacement? = nil
  ) throws -> SampledOverlay {
    var random = RandomStream(StreamKey(seed: 31)["ids"][nodes])
    let ids = (0..<nodes).map { _ in random.next() }
    let positions = (0..<nodes).map { _ in
      SIMD2<Float>(Float(random.unit()), Float(random.unit()))
    }
    return try SampledOverlay(
      leadingBits: ids,
      configuration: .init(digitBits: digitBits, leafSetSize: leafSetSize, tables: tables),
      positions: tables == .proximity ? positions : nil, chosen: chosen)
  }

  static func lanes(_ fractions: [Double]) -> [FaultLane] {
    fractions.map { FaultLane(faultyFraction: $0, coalitionFraction: $0) }
  }

  /// Mean delivery over batches with its standard error.
  static func estimate(
    _ cell: SamplingCell, batches: Int, lane: Int = 0, of value: (LaneOutcome) -> Double
  ) -> RunningMean {
    RunningMean((0..<batches).map { value(cell.sample(batch: $0).lanes[lane]) })
  }

  @Test(arguments: [Router.prefix, .anycast(copies: 8)], DeliveryEvent.allCases)
  func masksAgreeWithExactEvaluation(router: Router, event: DeliveryEvent) throws {
    let overlay = try Self.overlay(600, leafSetSize: 8)
    for attack in ["drop", "misroute", "corrupt"] {
      let cells = try [SamplingMethod.exact, .masks].map {
        try SamplingCell(
          overlay: overlay, router: router, adversary: adversary((attack, [])),
          lanes: Self.lanes([0.3]), event: event, stream: StreamKey(seed: 32),
          routesPerBatch: 16, method: $0)
      }
      for value in [\LaneOutcome.deliveredMean, \.messagesMean] {
        let difference = RunningMean(
          (0..<40).map { batch in
            cells[1].sample(batch: batch).lanes[0][keyPath: value]
              - cells[0].sample(batch: batch).lanes[0][keyPath: value]
          })
        let sigma = try #require(difference.standardError)
        #expect(abs(difference.mean) <= 4.5 * sigma + 1e-12, "\(attack) \(value)")
      }
      #expect(
        cells[0].sample(batch: 3).lanes[0].hopsMean == cells[1].sample(batch: 3).lanes[0].hopsMean)
    }
  }

  @Test(arguments: [Router.prefix, .anycast(copies: 16), .secRoute(.init(copies: 16))])
  func nothingFaultyDeliversAndEverythingFaultyDoesNot(router: Router) throws {
    let cell = try SamplingCell(
      overlay: Self.overlay(3_000), router: router, adversary: dropAdversary(),
      lanes: Self.lanes([0, 1]), event: .root, stream: StreamKey(seed: 33), routesPerBatch: 100)
    let outcome = cell.sample(batch: 0)
    #expect(outcome.lanes[0].deliveredMean == 1)
    // What is left at f = 1 are senders that are the root themselves: one in 3,000.
    #expect(outcome.lanes[1].deliveredMean <= 0.02)
  }

  @Test(arguments: [Router.prefix, .anycast(copies: 16), .secRoute(.init(copies: 16))])
  func aLaneDoesNotDependOnTheOthers(router: Router) throws {
    let overlay = try Self.overlay(400)
    let composed = try adversary(("impersonate-root", []), ("suppress-ids", []))
    func sample(_ fractions: [Double]) throws -> [LaneOutcome] {
      try SamplingCell(
        overlay: overlay, router: router, adversary: composed, lanes: Self.lanes(fractions),
        event: .replicaRoots, stream: StreamKey(seed: 34), routesPerBatch: 30
      ).sample(batch: 5).lanes
    }
    let all = try sample([0.1, 0.2, 0.3, 0.4, 0.5])
    #expect(try sample([0.3]) == [all[2]])
    #expect(try sample([0.5, 0.1]) == [all[4], all[0]])
  }

  @Test(arguments: [SamplingMethod.exact, .masks])
  func withoutFaultsEveryAttackCostsTheSame(method: SamplingMethod) throws {
    // A leaf set that covers the whole overlay: the sender knows every root.
    for nodes in [33, 600] {
      let overlay = try Self.overlay(nodes, leafSetSize: 32)
      let outcomes = try ["drop", "misroute", "corrupt"].map { attack in
        try SamplingCell(
          overlay: overlay, router: .anycast(copies: 32), adversary: adversary((attack, [])),
          lanes: Self.lanes([0]), event: .replicaRoots, stream: StreamKey(seed: 37),
          routesPerBatch: 100, method: method
        ).sample(batch: 0).lanes[0]
      }
      #expect(abs(outcomes[0].messagesMean - outcomes[1].messagesMean) < 1e-9)
      #expect(abs(outcomes[0].messagesMean - outcomes[2].messagesMean) < 1e-9)
      if nodes == 33 { #expect(outcomes[0].hopsMean > 0.9 && outcomes[0].hopsMean <= 1) }
    }
  }

  @Test func boughtIdentitiesNeverLowerTheFaultyFraction() throws {
    let cell = try SamplingCell(
      overlay: Self.overlay(400), router: .secRoute(.init(copies: 16)),
      adversary: adversary(("sybil", [])),
      lanes: [FaultLane(faultyFraction: 1, coalitionFraction: 0)], event: .root,
      stream: StreamKey(seed: 38), routesPerBatch: 4)
    #expect(cell.sample(batch: 0).lanes[0].faultyFraction == 1)
  }

  @Test func overlaysThatCannotBeAreRefused() throws {
    func code(_ body: () throws -> Void) -> OverlayError.Code? {
      do {
        try body()
        return nil
      } catch { return (error as? OverlayError)?.code }
    }
    let target: UInt64 = 0x4000_0000_0000_0000
    // Nobody but the adversary.
    #expect(
      code {
        _ = try SampledOverlay(
          leadingBits: [], configuration: .init(),
          chosen: ChosenPlacement(target: target, count: 64))
      } == .nodeCount)
    // An honest node in the middle of the chosen ids.
    #expect(
      code {
        _ = try SampledOverlay(
          leadingBits: (0..<40).map { $0 << 57 } + [target + 3], configuration: .init(),
          chosen: ChosenPlacement(target: target, count: 64))
      } == .duplicateIdentifier)
    // Proximity tables without positions, and positions without proximity tables.
    let ids = (0..<40).map { UInt64($0) << 57 }
    #expect(
      code {
        _ = try SampledOverlay(
          leadingBits: ids, configuration: .init(tables: .proximity))
      } == .positions)
    #expect(
      code {
        _ = try SampledOverlay(
          leadingBits: ids, configuration: .init(),
          positions: ids.map { _ in SIMD2(0, 0) })
      } == .positions)
  }

  @Test func secRouteReducesToItsParts() throws {
    // A test that never fires leaves prefix routing; one that always fires leaves anycast.
    let overlay = try Self.overlay(500)
    let composed = try adversary(("impersonate-root", []))
    func delivered(_ router: Router, _ event: DeliveryEvent) throws -> Double {
      try SamplingCell(
        overlay: overlay, router: router, adversary: composed, lanes: Self.lanes([0.3]),
        event: event, stream: StreamKey(seed: 35), routesPerBatch: 200, method: .masks
      ).sample(batch: 0).lanes[0].deliveredMean
    }
    let never = SecRouteParameters(copies: 16, localSamples: 64, densityThreshold: 4_096)
    let always = SecRouteParameters(copies: 16, localSamples: 64, densityThreshold: 0)
    #expect(try delivered(.secRoute(never), .root) == delivered(.prefix, .root))
    #expect(
      try delivered(.secRoute(always), .replicaRoots)
        == delivered(.anycast(copies: 16), .replicaRoots))
  }

  @Test func secRouteOverClustersReducesToThem() throws {
    let overlay = try Self.overlay(500)
    let composed = try adversary(("impersonate-root", []))
    let clusters = ClusterParameters(width: 8)
    let always = SecRouteParameters(
      copies: 16, localSamples: 64, densityThreshold: 0, fallback: .clusters(clusters))
    func lane(_ router: Router, method: SamplingMethod?) throws -> LaneOutcome {
      try SamplingCell(
        overlay: overlay, router: router, adversary: composed, lanes: Self.lanes([0.3]),
        event: .replicaRoots, stream: StreamKey(seed: 37), routesPerBatch: 400, method: method
      ).sample(batch: 0).lanes[0]
    }
    let clustersAlone = try lane(.clusterIterative(clusters), method: .trials)
    // Left to the router, the method is the one that knows clusters.
    let fallen = try lane(.secRoute(always), method: nil)
    #expect(fallen.deliveredMean == clustersAlone.deliveredMean)
    #expect(fallen.deliveredMean < 1)
    #expect(fallen.forgeryAcceptedMean == clustersAlone.forgeryAcceptedMean)
    #expect(fallen.testFiredMean == 1)
    #expect(fallen.messagesMean > clustersAlone.messagesMean)
    let error = #expect(throws: SamplingError.self) {
      try lane(.secRoute(always), method: .masks)
    }
    #expect(error?.code == .method)
  }

  @Test func proximityTablesKeepTheirInvariant() throws {
    // Every slot holds the nearest of all nodes with its prefix, found by a scan.
    var random = RandomStream(StreamKey(seed: 36))
    let nodes = 700
    let ids = (0..<nodes).map { _ in random.next() }.sorted()
    let positions = (0..<nodes).map { _ in
      SIMD2<Float>(Float(random.unit()) * 1_000, Float(random.unit()) * 1_000)
    }
    let overlay = try SampledOverlay(
      leadingBits: ids, configuration: .init(digitBits: 4, leafSetSize: 8, tables: .proximity),
      positions: positions)
    func square(_ a: Int, _ b: Int) -> Float {
      let offset = positions[a] - positions[b]
      return (offset * offset).sum()
    }
    for _ in 0..<400 {
      let owner = Int(random.index(below: UInt32(nodes)))
      let row = Int(random.index(below: 2))
      let digit = Int(random.index(below: 16))
      let shift = UInt64(60 - 4 * row)
      let wanted = (ids[owner] & ~(15 << shift) | UInt64(digit) << shift) >> shift
      let block = (0..<nodes).filter { ids[$0] >> shift == wanted }
      let expected =
        block.contains(owner) ? owner : block.min { square($0, owner) < square($1, owner) }
      #expect(overlay.slot(row: row, digit: digit, of: owner) == expected)
    }
  }

  @Test func unfitCellsAreRefused() throws {
    let overlay = try Self.overlay(100)
    func code(
      router: Router = .prefix, lanes: [FaultLane] = Self.lanes([0.1]),
      attacks: [(String, [(String, String)])] = [("drop", [])], batch: Int = 10,
      method: SamplingMethod? = nil
    ) throws -> SamplingError.Code? {
      let composed = try StaticAdversary(
        composing: attacks.map { name, values in
          try AttackRegistry.make(
            AttackSelection(name: name, parameters: values.map { .init(name: $0, value: $1) }))
        })
      do {
        _ = try SamplingCell(
          overlay: overlay, router: router, adversary: composed, lanes: lanes,
          event: .root, stream: StreamKey(seed: 1), routesPerBatch: batch, method: method)
        return nil
      } catch { return error.code }
    }
    #expect(try code() == nil)
    #expect(try code(lanes: []) == .lanes)
    #expect(try code(lanes: Self.lanes([1.5])) == .fraction)
    #expect(try code(lanes: Self.lanes([.nan])) == .fraction)
    #expect(
      try code(lanes: [FaultLane(faultyFraction: 0.1, coalitionFraction: 0.2)]) == .fraction)
    #expect(try code(router: .anycast(copies: 17)) == .router)
    #expect(try code(router: .secRoute(.init(copies: 16, localSamples: 256))) == .router)
    #expect(try code(router: .secRoute(.init(copies: 16, localSamples: 33))) == .router)
    #expect(try code(attacks: [("chosen-ids", [])]) == .adversary)
    #expect(
      try code(router: .secRoute(.init(copies: 16, localSamples: 32)), method: .exact) == .method)
    #expect(try code(batch: 0) == .batchSize)
  }
}
