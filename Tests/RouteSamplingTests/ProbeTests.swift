import Adversary
import Randomness
import RouteSampling
import SecureRouting
import Statistics
import Testing

/// Means of a probe over many small rings: lookups on one ring share its gaps, rings share nothing.
struct RingMeans {
  var fired = RunningMean()
  var forged = RunningMean()
  var delivered = RunningMean()
  var hops = RunningMean()
  var rounds = RunningMean()

  init(
    _ router: Router, f: Double, side: String? = nil, rings: Int = 20, nodes: Int = 3_000,
    lookups: Int = 300
  ) throws {
    let attacks = try side.map { try adversary(("suppress-ids", [("side", $0)])) }
    for ring in 0..<rings {
      var random = RandomStream(StreamKey(seed: 77)["probe ids"][ring])
      let overlay = try SampledOverlay(
        leadingBits: (0..<nodes).map { _ in random.next() },
        configuration: .init(digitBits: 4, leafSetSize: 16))
      let cell = try SamplingCell(
        overlay: overlay, router: router, adversary: attacks ?? dropAdversary(),
        lanes: [FaultLane(faultyFraction: f, coalitionFraction: f)], event: .root,
        stream: StreamKey(seed: 78)["probe"][ring], routesPerBatch: lookups)
      let lane = cell.sample(batch: 0).lanes[0]
      fired.add(lane.testFiredMean)
      forged.add(lane.forgeryAcceptedMean)
      delivered.add(lane.deliveredMean)
      hops.add(lane.hopsMean)
      rounds.add(lane.costs?.roundsMean ?? 0)
    }
  }

  static func contains(_ mean: RunningMean, _ value: Double) throws -> Bool {
    try #require(mean.studentInterval(confidence: 0.999)).contains(value)
  }
}

/// The density tests on true rings against the F law.
@Suite struct DensityProbeTests {
  static let sides: [(String?, DensitySuppression, DensitySuppression)] = [
    (nil, .none, .none), ("root", .rootSide, .none), ("sender", .senderSide, .senderSide),
    ("worst", .rootSide, .senderSide),
  ]

  @Test(arguments: sides.indices)
  func failureTestErrorsObeyTheLaw(index: Int) throws {
    let (side, alphaState, betaState) = Self.sides[index]
    let (n, k, gamma, c) = (32, 8, 1.6, 0.3)
    let parameters = FailureTestParameters(
      localSamples: n, rootSamples: k, judgement: .fixed(densityThreshold: gamma))
    let measured = try RingMeans(.failureTest(parameters), f: c, side: side)
    let law = RoutingFailureTest(rootGaps: k, localGaps: n, densityThreshold: gamma)
    let alpha = law.falsePositiveRate(coalitionFraction: c, suppression: alphaState)
    let beta = law.falseNegativeRate(coalitionFraction: c, suppression: betaState)
    #expect(try RingMeans.contains(measured.fired, alpha))
    #expect(try RingMeans.contains(measured.forged, beta))
    // Far enough from each other to tell the states apart.
    #expect(measured.hops.mean == Double(k))
  }

  @Test(arguments: sides.indices)
  func hopTestErrorsObeyTheLaw(index: Int) throws {
    let (side, alphaState, betaState) = Self.sides[index]
    let c = 0.3
    let measured = try RingMeans(
      .hopTest(HopTestParameters(localSamples: 64, hopThreshold: 1.03)), f: c, side: side)
    let law = HopTest(localGaps: 64, hopThreshold: 1.03)
    let alpha = law.falsePositiveRate(coalitionFraction: c, suppression: alphaState)
    let beta = law.falseNegativeRate(coalitionFraction: c, suppression: betaState)
    #expect(try RingMeans.contains(measured.fired, alpha))
    #expect(try RingMeans.contains(measured.forged, beta))
  }

  @Test func sequentialErrorsKeepTheirBounds() throws {
    let parameters = FailureTestParameters(
      localSamples: 64, rootSamples: 64,
      judgement: .sequential(designFraction: 0.2, targetError: 0.05))
    let measured = try RingMeans(
      .failureTest(parameters), f: 0.2, side: "worst", rings: 12, lookups: 200)
    let alpha = try #require(measured.fired.studentInterval(confidence: 0.999))
    let beta = try #require(measured.forged.studentInterval(confidence: 0.999))
    #expect(alpha.low <= 0.05)
    #expect(beta.low <= 0.05)
    #expect(measured.fired.mean + measured.forged.mean > 0)
    // About a dozen samples on average, of 64.
    #expect(measured.hops.mean < 16)
    #expect(measured.rounds.mean < 16)
    #expect(measured.hops.mean > 2)
  }

  @Test func settingsThatTheOverlayCannotGiveAreRefused() throws {
    func refuses(_ router: Router) -> Bool {
      do {
        _ = try RingMeans(router, f: 0.1, rings: 1, nodes: 100, lookups: 1)
        return false
      } catch let error as SamplingError {
        return error.code == .router
      } catch {
        return false
      }
    }
    func failureTest(
      _ n: Int = 32, _ k: Int = 8, _ judgement: FailureTestParameters.Judgement? = nil
    ) -> Router {
      .failureTest(
        FailureTestParameters(
          localSamples: n, rootSamples: k, judgement: judgement ?? .fixed(densityThreshold: 1)))
    }
    #expect(!refuses(failureTest()))
    #expect(refuses(failureTest(33)))
    #expect(refuses(failureTest(100)))
    #expect(refuses(failureTest(32, 7)))
    #expect(refuses(failureTest(32, 0)))
    #expect(refuses(failureTest(32, 52)))
    #expect(refuses(failureTest(32, 8, .fixed(densityThreshold: -1))))
    #expect(refuses(failureTest(32, 8, .sequential(designFraction: 0.39, targetError: 0.01))))
    #expect(refuses(failureTest(32, 8, .sequential(designFraction: 0.2, targetError: 0))))
    #expect(!refuses(failureTest(32, 8, .sequential(designFraction: 0.2, targetError: 0.1))))
    #expect(refuses(.anycastSpread(AnycastSpreadParameters(copies: 0))))
    #expect(refuses(.anycastSpread(AnycastSpreadParameters(copies: 4, hop: 17))))
    #expect(refuses(.anycastSpread(AnycastSpreadParameters(copies: 4, hop: -1))))
    #expect(refuses(.hopTest(HopTestParameters(localSamples: 31))))
    #expect(refuses(.hopTest(HopTestParameters(localSamples: 32, hopThreshold: .nan))))
    #expect(refuses(.quorumGroups(groupSize: 0)))
    #expect(refuses(.quorumGroups(groupSize: 101)))
    #expect(refuses(.tableUpdates(TableUpdatesParameters(updates: -1))))
    #expect(refuses(.tableUpdates(TableUpdatesParameters(updates: 13, spreads: true))))
  }

  /// Adjacent copies meet: fewer distinct nodes at each hop, and none beyond the last one.
  @Test func theCopiesOfAnAnycastMeet() throws {
    let overlay = try SamplingCellTests.overlay(5_000, leafSetSize: 32)
    let spread = try [0, 1, 2, 16].map { hop in
      try LookupTests.cell(
        overlay, .anycastSpread(AnycastSpreadParameters(copies: 32, hop: hop)), dropAdversary(),
        f: [0.3], routes: 100
      ).sample(batch: 0).lanes[0].hopsMean
    }
    #expect(spread[0] == 32)
    #expect(spread[1] > 12 && spread[1] < 26)
    #expect(spread[2] > 1 && spread[2] < spread[1])
    #expect(spread[3] == 0)
  }

  /// A coalition that cannot fill the list is never believed, and nothing walks round for ever.
  @Test func anEmptyCoalitionForgesNothing() throws {
    let measured = try RingMeans(
      .failureTest(FailureTestParameters(localSamples: 32, rootSamples: 8)), f: 0, side: "worst",
      rings: 2, nodes: 200, lookups: 50)
    #expect(measured.forged.mean == 0)
    let hop = try RingMeans(
      .hopTest(HopTestParameters(localSamples: 32)), f: 0, side: "worst", rings: 2, nodes: 200,
      lookups: 50)
    #expect(hop.forged.mean == 0)
  }
}

/// Chord, quorum groups and table updates against plain definitions and closed forms.
@Suite struct AlternativeRouterTests {
  static func overlay(_ nodes: Int, proximity: Bool = false) throws -> SampledOverlay {
    var random = RandomStream(StreamKey(seed: 5)["alternatives"][nodes])
    return try SampledOverlay(
      leadingBits: (0..<nodes).map { _ in random.next() },
      configuration: .init(
        digitBits: 4, leafSetSize: 16, tables: proximity ? .proximity : .constrained),
      positions: proximity
        ? (0..<nodes).map { _ in SIMD2(Float(random.unit()), Float(random.unit())) } : nil)
  }

  static func sample(
    _ overlay: SampledOverlay, _ router: Router, f: Double, event: DeliveryEvent = .root,
    lookups: Int
  ) throws -> LaneOutcome {
    try SamplingCell(
      overlay: overlay, router: router, adversary: dropAdversary(),
      lanes: [FaultLane(faultyFraction: f, coalitionFraction: f)], event: event,
      stream: StreamKey(seed: 6), routesPerBatch: lookups
    ).sample(batch: 0).lanes[0]
  }

  /// The senders and keys of the batch.
  static func lookups(_ overlay: SampledOverlay, _ count: Int) -> [(source: Int, key: UInt64)] {
    var random = RandomStream(StreamKey(seed: 6)["routes"][0])
    return (0..<count).map { _ in
      (Int(random.index(below: UInt32(overlay.nodeCount))), random.next())
    }
  }

  /// The places that a Chord message visits after the sender, by definition.
  static func chordRoute(_ overlay: SampledOverlay, from source: Int, to key: UInt64) -> [Int] {
    let ids = (0..<overlay.nodeCount).map { overlay.identifier(of: $0) }
    func successor(_ point: UInt64) -> Int { ids.firstIndex { $0 >= point } ?? 0 }
    let root = successor(key)
    var nodes = [source]
    while let last = nodes.last, last != root {
      let own = ids[last]
      var next = (last + 1) % ids.count
      // The finger that most closely precedes the key, if any lies before it.
      if next != root {
        for i in 0..<64 {
          let finger = successor(own &+ (1 << UInt64(i)))
          if finger != last, ids[finger] &- own < key &- own, ids[finger] &- own > ids[next] &- own
          {
            next = finger
          }
        }
      }
      nodes.append(next)
    }
    return Array(nodes.dropFirst())
  }

  @Test func chordFollowsItsFingers() throws {
    let overlay = try Self.overlay(300)
    let count = 150
    let routes = Self.lookups(overlay, count).map {
      Self.chordRoute(overlay, from: $0.source, to: $0.key)
    }
    let plain = try Self.sample(overlay, .chord, f: 0, lookups: count)
    #expect(plain.deliveredMean == 1)
    #expect(plain.hopsMean == Double(routes.map(\.count).reduce(0, +)) / Double(count))
    // (1/2) log2 N, up to the last hop.
    let expected = PublishedModel.expectedHops(.chord, nodes: 300)
    #expect(abs(plain.hopsMean - expected) < 1)
  }

  @Test func chordDeliversOverCorrectNodes() throws {
    let overlay = try Self.overlay(300)
    let f = 0.2
    let count = 1_200
    let routes = Self.lookups(overlay, count).map {
      Self.chordRoute(overlay, from: $0.source, to: $0.key).count
    }
    for (event, spared) in [(DeliveryEvent.root, 0), (.path, 1)] {
      let law = routes.map {
        PublishedModel.singleRoute(
          hops: Double(max(0, $0 - spared)), faultyFraction: f)
      }
      let measured = try Self.sample(overlay, .chord, f: f, event: event, lookups: count)
      let interval = wilsonInterval(
        successes: Int((measured.deliveredMean * Double(count)).rounded()), trials: count,
        confidence: 0.999)
      #expect(interval.contains(law.reduce(0, +) / Double(count)))
    }
    // A successor list spares at least the root.
    let path = try Self.sample(overlay, .chord, f: f, event: .path, lookups: count)
    let list = try Self.sample(overlay, .chord, f: f, event: .replicaRoots, lookups: count)
    #expect(list.deliveredMean > path.deliveredMean)
  }

  @Test func quorumGroupsFollowTheBinomialLaw() throws {
    let overlay = try Self.overlay(3_000)
    let (size, f, count) = (32, 0.2, 2_000)
    let router = Router.quorumGroups(groupSize: size)
    #expect(try Self.sample(overlay, router, f: 0, lookups: 100).deliveredMean == 1)
    #expect(try Self.sample(overlay, router, f: 1, lookups: 100).deliveredMean < 0.1)
    let group = PublishedModel.byzantineGroup(members: size, faultyFraction: f)
    // Groups entered after the sender's own; two visits to one group are rare on this ring.
    let law = Self.lookups(overlay, count).map { lookup in
      let groups = overlay.route(from: lookup.source, to: lookup.key).map {
        min($0 / size, 3_000 / size - 1)
      }
      let entered = zip(groups, groups.dropFirst()).count { $0 != $1 }
      return PublishedModel.singleRoute(hops: Double(entered), faultyFraction: 1 - group)
    }
    let measured = try Self.sample(overlay, router, f: f, lookups: count)
    func interval(_ mean: Double) -> Interval {
      wilsonInterval(
        successes: Int((mean * Double(count)).rounded()), trials: count, confidence: 0.999)
    }
    #expect(interval(measured.deliveredMean).contains(law.reduce(0, +) / Double(count)))
    #expect(interval(measured.testFiredMean).contains(1 - group))
  }

  @Test(arguments: [(0, false), (1, false), (4, false), (3, true)])
  func updatesPoisonProximityTables(updates: Int, spreads: Bool) throws {
    let overlay = try Self.overlay(1_500, proximity: true)
    let (f, count) = (0.1, 3_000)
    let router = Router.tableUpdates(TableUpdatesParameters(updates: updates, spreads: spreads))
    let measured = try Self.sample(overlay, router, f: f, lookups: count)
    let good =
      1
      - PublishedModel.poisonedEntries(
        updates: updates, faultyFraction: f, spreading: spreads)
    let interval = wilsonInterval(
      successes: Int((measured.deliveredMean * Double(count)).rounded()), trials: count,
      confidence: 0.999)
    // Near nodes hold the same entries, so an update says nothing new now and then.
    #expect(interval.low - 0.02 <= good && good <= interval.high + 0.02)
    #expect(measured.hopsMean > 0 || updates == 0)
  }

  @Test(arguments: [0, 16])
  func updatesLeaveConstrainedTablesAlone(updates: Int) throws {
    let overlay = try Self.overlay(1_500)
    let (f, count) = (0.1, 3_000)
    let measured = try Self.sample(
      overlay, .tableUpdates(TableUpdatesParameters(updates: updates)), f: f, lookups: count)
    let interval = wilsonInterval(
      successes: Int((measured.deliveredMean * Double(count)).rounded()), trials: count,
      confidence: 0.999)
    #expect(interval.contains(1 - f))
    // Not one update is accepted.
    #expect(measured.hopsMean == 0)
  }
}
