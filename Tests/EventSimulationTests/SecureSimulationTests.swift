import Adversary
@testable import EventSimulation
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting
import Testing

@Suite("Simulations with secure routing")
struct SecureSimulationTests {
  /// All ways to route securely that must succeed without faults.
  static let configurations: [SecureConfiguration] = {
    var all: [SecureConfiguration] = []
    for testsFirst in [true, false] {
      for redundancy in [SecureConfiguration.Redundancy.copies, .clusters] {
        var configuration = SecureConfiguration()
        configuration.testsFirst = testsFirst
        configuration.redundancy = redundancy
        configuration.copies = 8
        configuration.clusterWidth = 8
        configuration.localSamples = 32
        all.append(configuration)
      }
    }
    return all
  }()

  /// Calls random keys every 200 ms from random nodes, and waits for the judgement of all.
  private static func callAll(
    _ run: inout Simulation, _ count: Int, _ watch: inout SecureWatch
  ) {
    var draws = RandomStream(StreamKey(seed: 18))
    for _ in 0..<count {
      guard let source = run.honestNode(from: &draws) else { continue }
      run.call(Key.random(from: &draws), replicas: 2, from: source, &watch)
      run.run(until: run.now + .milliseconds(200), observer: &watch)
    }
    run.run(until: run.now + .seconds(90), observer: &watch)
  }

  @Test("without faults every call is complete", arguments: configurations)
  func faultless(_ configuration: SecureConfiguration) {
    var run = Opposition.simulation(100, secure: configuration)
    run.construct()
    var watch = SecureWatch(Opposition.nodeIds(100), grace: .seconds(5))
    for node in UInt32(0)..<100 { watch.activated(node, at: .zero) }
    Self.callAll(&run, 100, &watch)
    let counters = run.counters.secure
    #expect(counters.calls == 100 && counters.complete == 100 && counters.reached == 100)
    #expect(counters.incomplete == 0 && counters.vacuous == 0 && counters.overdue == 0)
    #expect(counters.completed == 100 && counters.messages > 0 && counters.rounds > 0)
    #expect(counters.duplicates == 0 && counters.late == 0)
    if configuration.testsFirst {
      #expect(counters.outcomes[Int(SecureResult.Outcome.tested.rawValue)] > 50)
    }
    #expect(watch.callCount == 100 && watch.violations(at: run.now).isEmpty)
    #expect(ConservationCheckers.messages(run).isEmpty)
  }

  @Test("nodes that stop and join meanwhile do not matter", .optimisedOnly)
  func churn() {
    var run = Opposition.simulation(
      100, secure: Self.configurations[0], joinsSecurely: true)
    run.construct(first: 80)
    var watch = SecureWatch(Opposition.nodeIds(100), grace: .seconds(5))
    for node in UInt32(0)..<80 { watch.activated(node, at: .zero) }
    for number in UInt32(0)..<20 {
      let time = Instant.zero + .seconds(UInt64(10 * number + 5))
      run.stop(number, at: time)
      run.start(80 + number, at: time)
      if number < 10 { run.start(number, at: time + .seconds(100)) }
    }
    Self.callAll(&run, 1_500, &watch)
    let counters = run.counters.secure
    #expect(run.membership.count == 90)
    #expect(counters.calls == 1_500 && counters.ended == 1_500)
    #expect(counters.complete >= 1_485 && counters.abandoned < 10)
    #expect(watch.callCount == 1_500)
    // Sessions are of thirteen minutes, and a call takes some seconds: now and then a node that it
    // counts on stops on the way.
    #expect(watch.violations(at: run.now).count < 10)
    #expect(ConservationCheckers.messages(run).isEmpty)
    var ring = CheckedRing()
    let members = run.nodes.indices.filter { run.membership.contains(UInt32($0)) }
    for index in members {
      ring.insert(UInt32(index), RingPoint(run.nodes[index].peer.nodeId.value))
    }
    for index in members {
      let found = StateCheckers.exactLeafSet(
        of: run.nodes[index], ring, run.settings.pastry, now: run.now)
      #expect(found.isEmpty, "\(found)")
    }
  }

  @Test("an overlay that joins securely has the leaf sets of a constructed one")
  func joined() {
    var run = Opposition.simulation(40, secure: Self.configurations[0], joinsSecurely: true)
    for node in UInt32(0)..<40 { run.start(node, at: .zero + .seconds(UInt64(5 * node))) }
    run.run(until: .zero + .seconds(500))
    var constructed = Opposition.simulation(40)
    constructed.construct()
    #expect(run.membership.count == 40)
    for index in run.nodes.indices {
      #expect(run.nodes[index].leafSet == constructed.nodes[index].leafSet, "node \(index)")
    }
  }

  @Test("the same run twice, in steps or at once, by its workload")
  func digests() {
    func run(_ steps: UInt64, observed: Bool) -> (TraceDigest, SimulationCounters) {
      var settings = Opposition.simulation(60, secure: Self.configurations[0]).settings
      settings.lookupKind = .secure(replicas: 4)
      settings.workload = .inFlight(4)
      var run = Simulation(settings: settings, nodeIds: Opposition.nodeIds(60))
      run.construct()
      run.startWorkload()
      var watch = SecureWatch(Opposition.nodeIds(60), grace: .seconds(5))
      for step in 1...steps {
        let end = Instant.zero + .milliseconds(60_000 * step / steps)
        if observed { run.run(until: end, observer: &watch) } else { run.run(until: end) }
      }
      return (run.digest, run.counters)
    }
    let first = run(1, observed: false)
    #expect(first.1.secure.calls > 100 && first.1.secure.ended > 100)
    #expect(first.0 == run(1, observed: true).0)
    #expect(first.0 == run(37, observed: false).0)
  }

  @Test(
    "dropping nodes: plain lookups suffer, redundancy recovers", .optimisedOnly,
    arguments: configurations)
  func dropped(_ configuration: SecureConfiguration) throws {
    var configuration = configuration
    configuration.copies = 16
    configuration.clusterWidth = 16
    var plain = EventTrialTests.trial(200, faulty: 0.2, forms: [DropForm()])
    plain.pastry = PastryConfiguration(digitBits: 2, leafSetSize: 16)
    var secure = plain
    secure.lookups = .secure(configuration)
    let suffered = try plain.run()
    let recovered = try secure.run()
    #expect(suffered.complete < 140)
    #expect(recovered.lookups == 200 && recovered.vacuous < 5)
    #expect(recovered.complete + recovered.vacuous >= 196, "\(recovered)")
    #expect(recovered.falselyAccepted == 0)
    #expect(recovered.reached >= recovered.complete)
    if configuration.testsFirst { #expect(recovered.positives > 20) }
  }

  @Test("secure trials are pure, with churn and secure joins")
  func pure() async throws {
    var trial = EventTrialTests.trial(
      80, lookups: .secure(Self.configurations[0]), faulty: 0.1, forms: [DropForm()])
    trial.joinsSecurely = true
    trial.churn = .minutes(20)
    trial.lookupCount = 60
    let first = try trial.run()
    let other = await Task { [trial] in try? trial.run() }.value
    #expect(other == first)
    #expect(first.joins * 10 > first.arrivals * 8 && first.complete > 45)
  }
}
