import Adversary
import Randomness
import RouteSampling
import Statistics
import Testing

/// Every security claim as a pair: the undefended variant fails under the attack, the defended one
/// holds. Intervals are 99 % t intervals over independent batches of routes and fault sets.
@Suite struct SecurityClaimTests {
  static func interval(
    _ overlay: SampledOverlay, _ router: Router, _ adversary: StaticAdversary, f: Double,
    event: DeliveryEvent = .replicaRoots, batches: Int = 30
  ) throws -> Interval {
    let cell = try SamplingCell(
      overlay: overlay, router: router, adversary: adversary,
      lanes: SamplingCellTests.lanes([f]), event: event, stream: StreamKey(seed: 41),
      routesPerBatch: 20)
    let mean = SamplingCellTests.estimate(cell, batches: batches, of: \.deliveredMean)
    return try #require(mean.studentInterval(confidence: 0.99))
  }

  @Test func redundantRoutingAnswersDroppedMessages() throws {
    let overlay = try SamplingCellTests.overlay(2_000, leafSetSize: 32)
    let drop = try dropAdversary()
    #expect(try Self.interval(overlay, .prefix, drop, f: 0.25).high < 0.75)
    #expect(try Self.interval(overlay, .anycast(copies: 32), drop, f: 0.25).low > 0.99)
    #expect(try Self.interval(overlay, .secRoute(.init()), drop, f: 0.25).low > 0.99)
  }

  @Test func theFailureTestAnswersImpersonatedRoots() throws {
    let overlay = try SamplingCellTests.overlay(2_000, leafSetSize: 32)
    let forged = try adversary(("impersonate-root", []))
    // Without the test (a threshold that accepts anything) the forged set is believed.
    let blind = SecRouteParameters(densityThreshold: 4_096)
    #expect(try Self.interval(overlay, .secRoute(blind), forged, f: 0.25).high < 0.75)
    #expect(try Self.interval(overlay, .secRoute(.init()), forged, f: 0.25).low > 0.99)
  }

  @Test func suppressionHurtsMostAtItsWorstSide() throws {
    let overlay = try SamplingCellTests.overlay(2_000, leafSetSize: 32)
    func delivered(_ side: String, f: Double) throws -> Interval {
      try Self.interval(
        overlay, .secRoute(.init()),
        adversary(("impersonate-root", []), ("suppress-ids", [("side", side)])), f: f)
    }
    // At the design point f = .25 the test holds against all sides; far above it it breaks.
    for side in ["root", "sender", "worst"] {
      #expect(try delivered(side, f: 0.25).low > 0.985)
    }
    #expect(try delivered("worst", f: 0.4).high < 0.7)
  }

  /// `worst` bounds both sides batch by batch, also where the sender cannot find enough outsiders.
  @Test(arguments: [(400, 0.5), (400, 0.3), (1_500, 0.4)])
  func theWorstSideBoundsTheOthers(nodes: Int, f: Double) throws {
    let overlay = try SamplingCellTests.overlay(nodes, leafSetSize: 32)
    let outcomes = try ["worst", "root", "sender"].map { side in
      try SamplingCell(
        overlay: overlay, router: .secRoute(.init()),
        adversary: adversary(("impersonate-root", []), ("suppress-ids", [("side", side)])),
        lanes: SamplingCellTests.lanes([f]), event: .replicaRoots, stream: StreamKey(seed: 44),
        routesPerBatch: 60
      ).sample(batch: 0).lanes[0]
    }
    for side in 1...2 {
      #expect(outcomes[0].forgeryAcceptedMean >= outcomes[side].forgeryAcceptedMean)
      // Two means are added, so up to rounding.
      #expect(
        outcomes[0].testFiredMean + outcomes[0].forgeryAcceptedMean
          >= outcomes[side].testFiredMean + outcomes[side].forgeryAcceptedMean - 1e-12)
    }
    #expect(outcomes[0].forgeryAcceptedMean > 0)
    #expect(outcomes[0].deliveredMean < outcomes[1].deliveredMean)
  }

  @Test func misroutedAndCorruptedMessagesAreLostAndCostMore() throws {
    let overlay = try SamplingCellTests.overlay(2_000, leafSetSize: 16)
    let outcomes = try ["drop", "misroute", "corrupt"].map { attack in
      try [Router.prefix, .anycast(copies: 16)].map { router in
        try SamplingCell(
          overlay: overlay, router: router, adversary: adversary((attack, [])),
          lanes: SamplingCellTests.lanes([0.3]), event: .replicaRoots,
          stream: StreamKey(seed: 45), routesPerBatch: 300
        ).sample(batch: 0).lanes[0]
      }
    }
    for router in 0...1 {
      // Equal harm to delivery: exactly, on the same routes.
      #expect(outcomes[1][router].deliveredMean == outcomes[0][router].deliveredMean)
      #expect(outcomes[2][router].deliveredMean == outcomes[0][router].deliveredMean)
      #expect(outcomes[1][router].messagesMean > outcomes[0][router].messagesMean)
      #expect(outcomes[2][router].messagesMean > outcomes[1][router].messagesMean)
    }
    // Undefended about half is lost, defended less than a tenth.
    #expect(outcomes[1][0].deliveredMean < 0.6)
    #expect(outcomes[1][1].deliveredMean > 0.9)
  }

  @Test func sybilsAreAnsweredByPrice() throws {
    let overlay = try SamplingCellTests.overlay(2_000, leafSetSize: 32)
    func delivered(price: String) throws -> LaneOutcome {
      try SamplingCell(
        overlay: overlay, router: .secRoute(.init()),
        adversary: adversary(
          ("impersonate-root", []), ("sybil", [("budget", "4000"), ("price", price)])),
        lanes: SamplingCellTests.lanes([0]), event: .replicaRoots, stream: StreamKey(seed: 46),
        routesPerBatch: 200
      ).sample(batch: 0).lanes[0]
    }
    let free = try delivered(price: "1")
    #expect(free.faultyFraction > 0.99 && free.deliveredMean < 0.05)
    let priced = try delivered(price: "20")
    #expect(priced.faultyFraction == 0.1 && priced.deliveredMean > 0.995)
  }

  @Test func constrainedTablesAnswerPoisoning() throws {
    let poison = try adversary(("drop", []), ("poison-tables", [("level", "0.8")]))
    let clean = try dropAdversary()
    let proximity = try SamplingCellTests.overlay(2_000, leafSetSize: 16, tables: .proximity)
    let constrained = try SamplingCellTests.overlay(2_000, leafSetSize: 16)
    let before = try Self.interval(proximity, .prefix, clean, f: 0.1)
    let after = try Self.interval(proximity, .prefix, poison, f: 0.1)
    #expect(before.low > 0.7)
    #expect(try Self.interval(proximity, .prefix, poison, f: 0).low == 1)
    #expect(after.high < 0.2)
    // The same updates against constrained tables change no byte.
    #expect(
      try Self.interval(constrained, .prefix, poison, f: 0.1)
        == Self.interval(constrained, .prefix, clean, f: 0.1))
    // Redundant copies follow constrained tables even where the normal ones are poisoned.
    #expect(try Self.interval(proximity, .secRoute(.init(copies: 16)), poison, f: 0.1).low > 0.98)
    // Exact poisoning and poisoned slots drawn one by one agree.
    let means = try [SamplingMethod.exact, .masks].map { method in
      SamplingCellTests.estimate(
        try SamplingCell(
          overlay: proximity, router: .prefix, adversary: poison,
          lanes: SamplingCellTests.lanes([0.1]), event: .root, stream: StreamKey(seed: 42),
          routesPerBatch: 40, method: method), batches: 40, of: \.deliveredMean)
    }
    let sigma = try #require(means[1].standardError)
    #expect(abs(means[0].mean - means[1].mean) < 4 * sigma)
  }

  @Test func chosenIdsOwnTheirKeyWhateverTheRouter() throws {
    let placement = ChosenPlacement(target: 0x4000_0000_0000_0000, count: 64)
    let owned = try SamplingCellTests.overlay(2_000, leafSetSize: 32, chosen: placement)
    let attack = try adversary(("impersonate-root", []), ("chosen-ids", [("count", "64")]))
    for router in [Router.prefix, .anycast(copies: 32), .secRoute(.init())] {
      #expect(try Self.interval(owned, router, attack, f: 0).high == 0)
    }
    // With ids that the authority draws, the same number of faulty nodes is 3 % of the overlay.
    let assigned = try SamplingCellTests.overlay(2_064, leafSetSize: 32)
    let certified = try adversary(("impersonate-root", []))
    #expect(
      try Self.interval(assigned, .secRoute(.init()), certified, f: 64.0 / 2_064).low > 0.999)
  }

  @Test func smallCoalitionsForgeThinnerSets() throws {
    let overlay = try SamplingCellTests.overlay(2_000, leafSetSize: 16)
    let forged = try adversary(("impersonate-root", []))
    func accepted(c: Double) throws -> Double {
      try SamplingCell(
        overlay: overlay, router: .secRoute(.init(copies: 16, densityThreshold: 1.8)),
        adversary: forged, lanes: [FaultLane(faultyFraction: 0.5, coalitionFraction: c)],
        event: .replicaRoots, stream: StreamKey(seed: 43), routesPerBatch: 300
      ).sample(batch: 0).lanes[0].forgeryAcceptedMean
    }
    let together = try accepted(c: 0.5)
    let apart = try accepted(c: 0.1)
    #expect(together > 0.1)
    #expect(apart < 0.001)
    #expect(try accepted(c: 0) == 0)
  }
}
