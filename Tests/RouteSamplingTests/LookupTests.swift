import Adversary
import Randomness
import RouteSampling
import Statistics
import Testing

/// Lookups simulated one by one: they agree with the other methods, extremes hold, costs add up.
@Suite struct LookupTests {
  static let all: [Router] = [
    .prefix, .anycast(copies: 16), .secRoute(.init(copies: 16, localSamples: 64)),
    .checkedIterative(.init(localSamples: 64)), .diverseAnycast(copies: 16),
    .disjoint(.init(paths: 4, slotEntries: 4)), .wide(slotEntries: 4),
    .clusterIterative(.init(width: 8)), .clusterIterative(.init(width: 4, widest: 12)),
    .fortified(.init(width: 6, widest: 16, slotEntries: 8)),
  ]

  static let attacks = ["drop", "misroute", "corrupt", "impersonate-root"]

  static func cell(
    _ overlay: SampledOverlay, _ router: Router, _ adversary: StaticAdversary, f: [Double],
    event: DeliveryEvent = .replicaRoots, routes: Int = 50, method: SamplingMethod? = .trials
  ) throws -> SamplingCell {
    try SamplingCell(
      overlay: overlay, router: router, adversary: adversary, lanes: SamplingCellTests.lanes(f),
      event: event, stream: StreamKey(seed: 71), routesPerBatch: routes, method: method)
  }

  /// The same routes, so the mean difference is small; 99.99 % of the differences pass.
  static func expectAgreement(
    _ one: SamplingCell, _ other: SamplingCell, batches: Int,
    of value: (LaneOutcome) -> Double = { $0.deliveredMean }
  ) throws {
    let difference = RunningMean(
      (0..<batches).map { batch in
        value(one.sample(batch: batch).lanes[0]) - value(other.sample(batch: batch).lanes[0])
      })
    let interval = try #require(difference.studentInterval(confidence: 0.9999))
    #expect(interval.low <= 1e-12 && interval.high >= -1e-12, "\(interval)")
  }

  @Test(arguments: [Router.prefix, .anycast(copies: 8)], DeliveryEvent.allCases)
  func lookupsAgreeWithExactEvaluation(router: Router, event: DeliveryEvent) throws {
    let overlay = try SamplingCellTests.overlay(600, leafSetSize: 8)
    for attack in ["drop", "misroute"] {
      let drops = try adversary((attack, []))
      try Self.expectAgreement(
        Self.cell(overlay, router, drops, f: [0.3], event: event),
        Self.cell(overlay, router, drops, f: [0.3], event: event, method: .exact),
        batches: 40)
    }
  }

  @Test(arguments: [nil, "root", "sender", "worst"])
  func secRouteAgreesWithMasks(side: String?) throws {
    let overlay = try SamplingCellTests.overlay(600, leafSetSize: 16)
    let router = Router.secRoute(.init(copies: 16, localSamples: 64, densityThreshold: 1.3))
    let forges = ("impersonate-root", [(String, String)]())
    let attack =
      try side.map { try adversary(forges, ("suppress-ids", [("side", $0)])) }
      ?? adversary(forges)
    let one = try Self.cell(overlay, router, attack, f: [0.35], routes: 40)
    let other = try Self.cell(
      overlay, router, attack, f: [0.35], routes: 40, method: .masks)
    for value in [
      \LaneOutcome.deliveredMean, \.testFiredMean, \.forgeryAcceptedMean,
    ] {
      try Self.expectAgreement(one, other, batches: 25) { $0[keyPath: value] }
    }
  }

  @Test(arguments: all)
  func extremesHold(router: Router) throws {
    let overlay = try SamplingCellTests.overlay(900)
    for attack in Self.attacks {
      let lanes = try Self.cell(
        overlay, router, adversary((attack, [])), f: [0, 1], routes: 60
      ).sample(batch: 0).lanes
      // The hop test may lead an honest lookup astray; nothing else may lose one.
      if case .checkedIterative = router {
        #expect(lanes[0].deliveredMean > 0.9)
      } else {
        #expect(lanes[0].deliveredMean == 1, "\(router.name), \(attack)")
      }
      // Only senders that know the root themselves are served.
      #expect(lanes[1].deliveredMean < 0.1, "\(router.name), \(attack)")
      #expect(lanes[0].costs?.timeoutsMean == 0)
      #expect(lanes[0].forgeryAcceptedMean == 0)
    }
  }

  @Test(arguments: all)
  func lanesAndBatchesAreIndependent(router: Router) throws {
    let overlay = try SamplingCellTests.overlay(500)
    let worst = try adversary(("impersonate-root", []), ("suppress-ids", [("side", "worst")]))
    let together = try Self.cell(overlay, router, worst, f: [0.1, 0.3, 0.5], routes: 20)
    let alone = try Self.cell(overlay, router, worst, f: [0.3], routes: 20)
    #expect(together.sample(batch: 3).lanes[1] == alone.sample(batch: 3).lanes[0])
    #expect(alone.sample(batch: 3) == alone.sample(batch: 3))
    #expect(alone.sample(batch: 3) != alone.sample(batch: 4))
  }

  @Test(arguments: [RoutingTableKind.constrained, .proximity])
  func aPlainLookupCostsItsHopsAndOneAnswer(tables: RoutingTableKind) throws {
    let overlay = try SamplingCellTests.overlay(700, tables: tables)
    let trial = try Self.cell(overlay, .prefix, dropAdversary(), f: [0]).sample(batch: 0)
    let exact = try Self.cell(
      overlay, .prefix, dropAdversary(), f: [0], method: .exact
    ).sample(batch: 0)
    #expect(trial.lanes[0].hopsMean == exact.lanes[0].hopsMean)
    #expect(abs(trial.lanes[0].messagesMean - exact.lanes[0].hopsMean - 1) < 1e-9)
    let costs = try #require(trial.lanes[0].costs)
    // 28 bytes a hop, and an answer of one signed nonce and 17 certificates.
    #expect(abs(costs.bytesMean - 28 * exact.lanes[0].hopsMean - 64 - 17 * 128) < 1e-6)
    #expect(costs.roundsMean == 1)
  }

  @Test func poisonedTablesAreFeltLookupByLookup() throws {
    let overlay = try SamplingCellTests.overlay(700, tables: .proximity)
    let poison = try adversary(("poison-tables", [("level", "0.4")]))
    try Self.expectAgreement(
      Self.cell(overlay, .prefix, poison, f: [0.1]),
      Self.cell(overlay, .prefix, poison, f: [0.1], method: .exact), batches: 40)
  }

  @Test func aMethodThatCannotEvaluateARouterIsRefused() throws {
    let overlay = try SamplingCellTests.overlay(300, leafSetSize: 32)
    for (router, method) in [
      (Router.wide(slotEntries: 4), SamplingMethod.exact), (.secRoute(.init()), .exact),
      (.fortified(.fortified), .masks),
    ] {
      do {
        _ = try Self.cell(overlay, router, dropAdversary(), f: [0.1], method: method)
        Issue.record("\(router.name) was accepted with \(method)")
      } catch let error as SamplingError {
        #expect(error.code == .method)
        #expect(error.description.contains("trials"), "\(error.description)")
      }
    }
  }

  @Test(arguments: [
    Router.wide(slotEntries: 0), .wide(slotEntries: 65), .disjoint(.init(paths: 0)),
    .disjoint(.init(slotEntries: 99)), .diverseAnycast(copies: 256),
    .clusterIterative(.init(width: 0)), .clusterIterative(.init(width: 9, widest: 8)),
    .fortified(.init(width: 129)), .checkedIterative(.init(localSamples: 7)),
    .checkedIterative(.init(hopThreshold: -1)), .checkedIterative(.init(alternatives: 17)),
  ])
  func settingsOutOfRangeAreRefused(router: Router) throws {
    let overlay = try SamplingCellTests.overlay(300)
    #expect {
      _ = try Self.cell(overlay, router, dropAdversary(), f: [0.1])
    } throws: {
      ($0 as? SamplingError)?.code == .router
    }
  }

  /// The undefended and the published router fall at f = .4; fortified holds, at fewer messages
  /// than the published one may take.
  @Test func fortifiedHoldsWhereSecureRoutingFalls() throws {
    let overlay = try SamplingCellTests.overlay(20_000, leafSetSize: 32)
    let worst = try adversary(("impersonate-root", []), ("suppress-ids", [("side", "worst")]))
    func delivered(_ router: Router) throws -> (interval: Interval, messages: Double) {
      let lane = try Self.cell(overlay, router, worst, f: [0.4], routes: 1_500)
        .sample(batch: 0).lanes[0]
      let successes = Int((lane.deliveredMean * 1_500).rounded())
      return (
        wilsonInterval(successes: successes, trials: 1_500, confidence: 0.99), lane.messagesMean
      )
    }
    #expect(try delivered(.prefix).interval.high < 0.4)
    #expect(try delivered(.secRoute(.init())).interval.high < 0.7)
    let fortified = try delivered(.fortified(.fortified))
    #expect(fortified.interval.low > 0.99)
    #expect(fortified.messages < 200)
  }
}
