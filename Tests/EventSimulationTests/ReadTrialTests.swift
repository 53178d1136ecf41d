import Adversary
import EventSimulation
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting
import Statistics
import Testing

/// Reads under the registry's attacks: 1,000 nodes with l = 16, a fifth of them faulty, eight
/// copies of each object, 300 reads of one overlay and fault set, 99 % intervals.
@Suite("Trials of reads", .optimisedOnly)
struct ReadTrialTests {
  private static func trial(
    _ attacks: [String], faulty: Double = 0.2, nodes: Int = 1_000,
    _ change: (inout ReadConfiguration) -> Void = { _ in }
  ) throws -> EventTrial {
    let key = StreamKey(seed: 31)["reads"]
    var draws = RandomStream(key["ids"])
    var secure = SecureConfiguration()
    secure.redundancy = .clusters
    secure.clusterWidth = 16
    secure.localSamples = 128
    secure.densityThreshold = 1.18
    var reads = ReadConfiguration()
    change(&reads)
    return EventTrial(
      nodeIds: ContiguousArray((0..<nodes).map { _ in NodeId.random(from: &draws) }),
      pastry: PastryConfiguration(leafSetSize: 16), lookups: .read(reads, secure),
      network: .sphere(
        SphereNetwork(nodeCount: nodes, stream: key["sphere"], maximumDelay: .milliseconds(80))),
      faultyFraction: faulty,
      attacks: try attacks.map { try AttackRegistry.make(AttackSelection(name: $0)) },
      replicas: 8, lookupCount: 300, stream: key)
  }

  private static func share(_ count: Int, of outcome: EventTrialOutcome) -> Interval {
    wilsonInterval(
      successes: count, trials: outcome.lookups - outcome.vacuous, confidence: 0.99)
  }

  @Test("without faults a read costs its hops and one answer")
  func faultless() throws {
    let outcome = try Self.trial([], faulty: 0).run()
    #expect(outcome.lookups == 300 && outcome.complete == 300 && outcome.fellBack == 0)
    #expect(outcome.forged == 0 && outcome.falselyAbsent == 0 && outcome.unanswered == 0)
    #expect(outcome.answered == 300 && outcome.messages < 300 * 5 && outcome.messages > 300 * 2)
    #expect(outcome.delay > 0.02 && outcome.delay < 0.5)
  }

  /// Reads that know no secure routing.
  private static let undefended = Result {
    try trial(["drop"]) { $0.fallsBack = false }.run()
  }

  @Test("plain reads fail as often as plain lookups of other keys in that overlay")
  func plain() throws {
    let outcome = try Self.undefended.get()
    var lookups = try Self.trial(["drop"])
    lookups.lookups = .plain
    let delivery = try lookups.run()
    let failed = Self.share(outcome.lookups - outcome.complete, of: outcome)
    let lost = wilsonInterval(
      successes: delivery.lookups - delivery.complete, trials: delivery.lookups, confidence: 0.99)
    #expect(failed.low < lost.high && lost.low < failed.high, "\(failed), \(lost)")
    #expect(failed.low > 0.25 && failed.high < 0.6)
    #expect(outcome.forged == 0 && outcome.fellBack == 0)
  }

  @Test(
    "reads that plain routing fails fall back and succeed",
    arguments: [["drop"], ["corrupt"], ["impersonate-root", "suppress-ids"]])
  func defended(_ attacks: [String]) throws {
    let undefended = try Self.undefended.get()
    let outcome = try Self.trial(attacks).run()
    // The same reads take the same ways under all of these attacks, so just those that fail.
    #expect(outcome.fellBack == undefended.lookups - undefended.complete)
    #expect(Self.share(outcome.complete, of: outcome).low > 0.97)
    #expect(outcome.forged == 0 && outcome.falselyAbsent == 0)
    #expect(outcome.messages > 10 * undefended.messages)
  }

  @Test("without the check forged objects are believed")
  func unchecked() throws {
    let outcome = try Self.trial(["corrupt"]) { $0.checks = false }.run()
    #expect(Self.share(outcome.forged, of: outcome).low > 0.25)
    #expect(outcome.forged == outcome.lookups - outcome.complete && outcome.fellBack == 0)
  }

  @Test("without secure routing absent objects are claimed and believed")
  func claimedAbsent() throws {
    let outcome = try Self.trial(["impersonate-root"]) { $0.fallsBack = false }.run()
    #expect(Self.share(outcome.falselyAbsent, of: outcome).low > 0.1)
    #expect(outcome.forged == 0)
  }

  @Test("the same trial has the same outcome, on this thread and on others")
  func pure() async throws {
    var trial = try Self.trial(["impersonate-root", "join-leave"], nodes: 100)
    trial.pastry = PastryConfiguration(digitBits: 2, leafSetSize: 8)
    trial.churn = .minutes(8)
    trial.warmUp = .minutes(1)
    trial.lookupCount = 60
    let first = try trial.run()
    let others = await withTaskGroup(of: EventTrialOutcome?.self) { group in
      for _ in 0..<2 { group.addTask { [trial] in try? trial.run() } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(others == [first, first])
    #expect(first.lookups + first.abandoned == 60 && first.complete > 30 && first.arrivals > 0)
    #expect(first.forged == 0 && first.fellBack > 0)
    trial.stream = trial.stream["other"]
    #expect(try trial.run().digest != first.digest)
  }
}
