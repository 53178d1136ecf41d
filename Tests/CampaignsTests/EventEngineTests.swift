import Adversary
import Foundation
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import RouteSampling
import SecureRouting
import Statistics
import Synchronization
import Testing

@testable import Campaigns
@testable import EventSimulation

/// The event engine behind the runner, its runs replaced by cheap ones.
@Suite struct EventEngineTests {
  /// Keeps what it is asked to run, and gives an outcome that follows from f alone.
  private final class Recorder: Sendable {
    private let kept = Mutex<[EventTrial]>([])
    var trials: [EventTrial] { kept.withLock { $0 } }

    func run(_ trial: EventTrial) -> EventTrialOutcome {
      kept.withLock { $0.append(trial) }
      var outcome = EventTrialOutcome(SimulationCounters(), TraceDigest())
      outcome.lookups = 100
      outcome.vacuous = 20
      outcome.reached = 90
      outcome.complete = 60
      outcome.positives = 25
      outcome.falselyAccepted = 1
      outcome.messages = 4_500
      outcome.rounds = 125
      outcome.answered = 50
      outcome.hops = 110
      return outcome
    }
  }

  private static let text =
    bothEngines
    .replacing("{name: anycast, copies: 16}", with: "{name: anycast, copies: 8}")
    .replacing("{from: 0, to: 0.5, step: 0.1}", with: "[0, 0.2]")

  private func cells(_ text: String = text, router: String? = nil) throws -> [Cell] {
    try CampaignPlan(parsing: text).cells.filter {
      $0.parameters.engine == .events
        && (router ?? $0.parameters.router.label)
          == $0.parameters.router.label
    }
  }

  private func sampler(
    for cell: Cell, _ recorder: Recorder = Recorder(), seed: UInt64 = 7
  ) throws -> any BatchSampling {
    try EventEngine(seed: seed, identifiers: nil, run: { recorder.run($0) }).sampler(for: [cell])
  }

  /// The trial of batch 0.
  private func trial(_ cell: Cell, seed: UInt64 = 7) throws -> EventTrial {
    let recorder = Recorder()
    _ = try sampler(for: cell, recorder, seed: seed).sample(batch: 0)
    return recorder.trials[0]
  }

  private func configuration(_ router: String) throws -> (SecureConfiguration?, Bool) {
    let text = Self.text.replacing("[sampling, events]", with: "events")
      .replacing("[prefix, {name: anycast, copies: 8}]", with: "[\(router)]")
      .replacing("    router: prefix\n", with: "")
    let trial = try trial(cells(text)[0])
    guard case .secure(let configuration) = trial.lookups else { return (nil, trial.joinsSecurely) }
    return (configuration, trial.joinsSecurely)
  }

  @Test func routersBecomeConfigurationsOfTheProtocol() throws {
    #expect(try configuration("prefix") == (nil, false))
    var expected = SecureConfiguration()
    expected.testsFirst = false
    expected.copies = 8
    #expect(try configuration("{name: anycast, copies: 8}") == (expected, true))
    expected = SecureConfiguration()
    expected.testsFirst = false
    expected.redundancy = .clusters
    expected.clusterWidth = 24
    #expect(try configuration("{name: cluster-iterative, width: 24}") == (expected, true))
    expected = SecureConfiguration()
    expected.copies = 12
    expected.localSamples = 128
    expected.densityThreshold = 1.8
    let secRoute = "{name: sec-route, copies: 12, samples: 128, densityThreshold: 1.8"
    #expect(try configuration(secRoute + "}") == (expected, true))
    expected.redundancy = .clusters
    #expect(try configuration(secRoute + ", fallback: cluster-iterative}") == (expected, true))
  }

  @Test func oneDefenceIsSwitchedOff() throws {
    let secRoute = "{name: sec-route, densityThreshold: 1.58, copies: 16, without: "
    var expected = SecureConfiguration()
    expected.copies = 16
    #expect(try configuration(secRoute + "nothing}") == (expected, true))
    #expect(try configuration(secRoute + "secure-join}") == (expected, false))
    var changed = expected
    changed.copyTable = .proximity
    #expect(try configuration(secRoute + "constrained-tables}") == (changed, true))
    changed = expected
    changed.densityThreshold = ProtocolRouter.neverFires
    changed.confirms = false
    #expect(try configuration(secRoute + "failure-test}") == (changed, true))
    changed = expected
    changed.redundancy = .none
    #expect(try configuration(secRoute + "redundancy}") == (changed, true))
    changed = expected
    changed.confirms = false
    #expect(try configuration(secRoute + "confirmations}") == (changed, true))
  }

  @Test func aTrialIsMadeFromTheCell() throws {
    let cell = try #require(try cells(Self.text + "\nevents: {churn: 2h, replicas: 4}\n").last)
    let trial = try trial(cell)
    #expect(trial.nodeIds.count == 1_000)
    #expect(trial.pastry == PastryConfiguration(digitBits: 4, leafSetSize: 16))
    #expect(trial.churn == .hours(2) && trial.warmUp == .minutes(5))
    let late = try cells(Self.text + "\nevents: {churn: 2h, warmUp: 90min, replicas: 4}\n").last
    #expect(try self.trial(#require(late)).warmUp == .minutes(90))
    #expect(late?.identity != cell.identity)
    #expect(trial.faultyFraction == 0.2)
    #expect(trial.coalitionFraction == 0.2)
    #expect(trial.attacks.map { type(of: $0).descriptor.name } == ["misroute", "suppress-ids"])
    #expect(trial.replicas == 4)
    #expect(trial.lookupCount == 100)
    guard case .sphere(let sphere) = trial.network else {
      Issue.record("the standard network is a sphere")
      return
    }
    #expect(sphere.nodeCount == 1_000)
    #expect(sphere.maximumDelay == .milliseconds(150))
  }

  @Test func bothEnginesSeeOneOverlay() throws {
    let trial = try trial(cells()[0], seed: 11)
    #expect(trial.nodeIds.map(\.value.high) == IdentifierSet.drawn(nodes: 1_000, seed: 11))
    #expect(Set(trial.nodeIds.map(\.value.middle)).count == 1_000)
  }

  @Test func nodeIdsOfAFileAreTakenWhole() throws {
    var draws = RandomStream(StreamKey(seed: 5)["ids"])
    let nodeIds = (0..<1_000).map { _ in NodeId.random(from: &draws) }
    let set = try IdentifierSet(nodeIds, origin: "ids.txt")
    #expect(set.leadingBits == nodeIds.sorted().map(\.value.high))
    let recorder = Recorder()
    let engine = EventEngine(seed: 7, identifiers: set, run: { recorder.run($0) })
    _ = try engine.sampler(for: [cells()[0]]).sample(batch: 0)
    #expect(Array(recorder.trials[0].nodeIds) == nodeIds.sorted())
  }

  @Test func streamsAreNamedBySeedOverlayAndBatchAlone() throws {
    let recorder = Recorder()
    let engine = EventEngine(seed: 7, identifiers: nil, run: { recorder.run($0) })
    for cell in try cells() { _ = try engine.sampler(for: [cell]).sample(batch: 3) }
    #expect(recorder.trials.count == 8)
    #expect(Set(recorder.trials.map(\.stream)).count == 1)
    #expect(Set(recorder.trials.map(\.nodeIds)).count == 1)
    let cell = try cells()[0]
    let other = try sampler(for: cell, recorder)
    _ = try other.sample(batch: 4)
    _ = try sampler(for: cell, recorder, seed: 8).sample(batch: 3)
    #expect(Set(recorder.trials.map(\.stream)).count == 3)
  }

  @Test func anOutcomeBecomesABatch() throws {
    let plain = try sampler(for: cells(router: "prefix")[1]).sample(batch: 0)
    #expect(plain.routes == 100)
    #expect(plain.faultSets == 1)
    #expect(plain.lanes[0].deliveredMean == 0.9)
    #expect(plain.lanes[0].hopsMean == 2.2)
    let secure = try sampler(for: cells(router: "anycast")[1]).sample(batch: 0).lanes[0]
    // Of the 80 lookups that have anybody to be delivered to.
    #expect(secure.deliveredMean == 0.75)
    #expect(secure.messagesMean == 45)
    #expect(secure.testFiredMean == 0.25)
    #expect(secure.forgeryAcceptedMean == 0.01)
    #expect(secure.costs?.roundsMean == 2.5)
    let root = Self.text.replacing("[sampling, events]", with: "events")
      .replacing("[prefix, {name: anycast, copies: 8}]", with: "[prefix]")
      .replacing("precision:", with: "success: root\nprecision:")
    #expect(try sampler(for: cells(root)[1]).sample(batch: 0).lanes[0].deliveredMean == 0.6)
    let any = try cells(Self.text + "\nevents: {delivered: any}\n", router: "anycast")[1]
    #expect(try sampler(for: any).sample(batch: 0).lanes[0].deliveredMean == 0.9)
  }

  @Test func runsWithoutFaultsShareNoFaultSet() throws {
    let faultless = try cells()[0]
    #expect(try sampler(for: faultless).sample(batch: 0).faultSets == 0)
    let churning = try cells(Self.text + "\nevents: {churn: 2h}\n")[0]
    #expect(try sampler(for: churning).sample(batch: 0).faultSets == 1)
    #expect(Evaluation.events.independentTrials(routes: 500, faultSets: 5) == 500)
  }

  @Test func lookupsOfARunCountAsFarAsRunsDoNotDifferMore() {
    func estimate(_ runs: [Double], _ lookups: Int) -> CellEstimate {
      CellEstimate(proportions: runs, trials: lookups, evaluation: .events, confidence: 0.99)
    }
    // Nothing failed: the exact bound over lookups.
    let all = estimate([1, 1, 1], 3_000)
    #expect(all.mean == 1 && all.high == 1)
    #expect(abs(all.low - (1 - zeroFailureUpperBound(trials: 3_000, confidence: 0.99))) < 1e-12)
    // Runs that differ no more than lookups do: at least as wide as the binomial interval.
    let alike = estimate([0.9, 0.92, 0.88, 0.9], 400)
    let binomial = clopperPearsonInterval(successes: 360, trials: 400, confidence: 0.99)
    #expect(alike.low <= binomial.low && alike.high >= binomial.high)
    // Runs that are all or nothing: four trials, whatever the number of lookups.
    let split = estimate([1, 0, 1, 0], 40_000)
    #expect(split.low == 0 && split.high == 1)
    // Runs that differ ten times more: as if there were a tenth of the lookups, or wider.
    let spread = estimate([0.8, 0.9, 1.0, 0.9, 0.8, 1.0, 0.9, 0.9], 8_000)
    #expect(spread.high - spread.low > 0.05)
  }

  @Test func boughtIdentitiesRaiseTheFaultyFraction() throws {
    let text = Self.text.replacing(
      "  - drop", with: "  - {name: sybil, budget: 2000}"
    ).replacing("precision:", with: "coalitionFraction: 0.1\nprecision:")
    let cell = try #require(try cells(text).first { $0.parameters.faultyFraction == 0.2 })
    let trial = try trial(cell)
    // 100 of 1000 nodes.
    #expect(abs(trial.faultyFraction - 0.3) < 1e-12)
    #expect(abs(trial.coalitionFraction - 0.2) < 1e-12)
    let lane = try sampler(for: cell).sample(batch: 0).lanes[0]
    #expect(lane.faultyFraction == trial.faultyFraction)
  }

  @Test func withoutACoalitionEveryFaultyNodeIsAlone() throws {
    let text = Self.text.replacing("precision:", with: "coalitionFraction: 0\nprecision:")
    let cell = try cells(text)[1]
    #expect(try trial(cell).coalitionFraction == 0.001)
    let large = text.replacing("nodes: 1000", with: "nodes: 200000")
    let error = try #require(throws: CampaignError.self) { try sampler(for: cells(large)[1]) }
    #expect(error.message.contains("coalitions"))
  }

  @Test func aRefusalOfARunIsTheCells() async throws {
    let cell = try cells()[0]
    let engine = EventEngine(seed: 7, identifiers: nil) { _ throws(AttackError) in
      throw AttackError(.conflict, "two attacks quarrel")
    }
    let error = await #expect(throws: CampaignError.self) {
      try await CampaignRunner.measure(cell, engine: engine, threads: 2)
    }
    #expect(error?.message.contains("two attacks quarrel") == true)
    #expect(error?.message.contains("prefix, drop") == true)
  }

  /// Sampling for its own cells, recorded runs for the others.
  private struct Engines: CellSampling {
    let recorder = Recorder()

    func sampler(for cells: [Cell]) throws(CampaignError) -> any BatchSampling {
      guard cells[0].parameters.engine == .events else {
        return CheapPass(cells: cells.map(\.parameters), seed: 7)
      }
      let recorder = recorder
      return try EventEngine(seed: 7, identifiers: nil, run: { recorder.run($0) })
        .sampler(for: cells)
    }
  }

  @Test func aRunOfBothEnginesTellsThemApart() async throws {
    let scratch = try ScratchDirectory()
    let text = Self.text + "\nthresholds: 0.8\n"
    let campaign = try await Campaign(spec: try CampaignSpec(parsing: text, file: "small.yaml"))
    let path = scratch.file("run")
    let engines = Engines()
    let outcome = try await campaign.run(
      in: path, options: CampaignOptions(threads: 2), engine: engines)
    #expect(outcome.missing == 0)
    #expect(engines.recorder.trials.count == 8 * 40)
    let rows = try contents(path + "/results.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(rows[0].last == "engine")
    #expect(
      rows.dropFirst().map(\.last) == Array(repeating: "sampling", count: 8)
        + Array(repeating: "events", count: 8))
    func field(_ row: [String], _ name: String) throws -> String {
      row[try #require(rows[0].firstIndex(of: name))]
    }
    let last = try #require(rows.last)
    #expect(try field(last, "method") == "events")
    #expect(try field(last, "tables") == "both")
    #expect(try field(last, "fault_sets") == "40")
    #expect(try field(last, "rounds_mean") == "2.5")
    // A run does not count these.
    #expect(try field(last, "bytes_mean").isEmpty)
    #expect(try field(last, "timeouts_mean_low").isEmpty)
    let thresholds = try contents(path + "/thresholds.csv").split(separator: "\n")
    #expect(thresholds[0].hasSuffix(",engine"))
    #expect(thresholds.count == 9)
    let report = try contents(path + "/report.html")
    #expect(report.contains("<th>engine</th>"))
    #expect(report.contains("<td>events</td>"))
    #expect(report.contains("deterministic event simulation"))
    let script = try contents(path + "/figures/delivery.dat")
    #expect(script.contains("prefix, drop, events"))
    #expect(script.contains("prefix, drop, sampling"))
    // A shard of the event engine is read back, and the intervals follow from it.
    let verified = try await campaign.verify(in: path, recompute: 0, threads: 1)
    #expect(verified.mismatches.isEmpty, "\(verified.mismatches)")
    #expect(
      try await campaign.run(
        in: path, options: CampaignOptions(), engine: Engines()
      ).reused == 16)
  }

  @Test func aCampaignOfOneEngineShowsNone() async throws {
    let scratch = try ScratchDirectory()
    let campaign = try await Campaign(spec: try CampaignSpec(parsing: smallSpec, file: "s.yaml"))
    _ = try await campaign.run(
      in: scratch.file("run"), options: CampaignOptions(), engine: CheapSampling())
    #expect(try !contents(scratch.file("run/report.html")).contains("<th>engine</th>"))
  }

  @Test func roundsOfTheEventEngineAreShort() async throws {
    let recorder = Recorder()
    let cell = try cells()[0]
    var run = PassRun(pass: [cell], sampler: try sampler(for: cell, recorder), threads: 3)
    #expect(try await run.advance() == 600)
    #expect(recorder.trials.count == 6)
  }

  @Test func everyNetworkHasAPlaceForEveryNode() throws {
    for network in [
      EventNetwork.constant(.milliseconds(5)), .sphere(farthest: .seconds(1)),
      .plane(side: .milliseconds(40)), .transitStub,
    ] {
      let built = try network.network(nodes: 50, stream: StreamKey(seed: 3))
      #expect(built.nodeCount == nil || built.nodeCount == 50)
      #expect(built.delay(from: 3, to: 49) > .zero)
    }
  }
}
