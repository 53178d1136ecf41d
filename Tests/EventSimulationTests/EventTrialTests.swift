import Adversary
@testable import EventSimulation
import Foundation
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting
import Statistics
import Testing

@Suite("Trials of the event engine")
struct EventTrialTests {
  static func trial(
    _ count: Int, lookups: EventTrial.Lookups = .plain, faulty: Double = 0, parts: Double = 1,
    forms: [any ProtocolForm] = [], seed: UInt64 = 1
  ) -> EventTrial {
    let key = StreamKey(seed: seed)["trial"]
    return EventTrial(
      nodeIds: Opposition.nodeIds(count, seed: seed),
      pastry: PastryConfiguration(digitBits: 2, leafSetSize: 8), lookups: lookups,
      network: .sphere(
        SphereNetwork(nodeCount: count, stream: key["sphere"], maximumDelay: .milliseconds(80))),
      faultyFraction: faulty, coalitionFraction: parts, attacks: forms.map { TestAttack($0) },
      replicas: 4, lookupCount: 200, stream: key)
  }

  @Test("without faults every lookup is delivered")
  func faultless() throws {
    let outcome = try Self.trial(120).run()
    #expect(outcome.lookups == 200 && outcome.complete == 200 && outcome.reached == 200)
    #expect(outcome.vacuous == 0 && outcome.unanswered == 0 && outcome.abandoned == 0)
    #expect(outcome.answered == 200 && outcome.hops == outcome.messages)
    #expect(outcome.delay > 0.02 && outcome.delay < 0.5)
    #expect(outcome.arrivals == 0 && outcome.joins == 0 && outcome.adversaryMessages == 0)
    #expect(outcome.allMessages > outcome.messages)
  }

  @Test("dropped lookups: delivery falls to the mean of (1 - f)^h", .optimisedOnly)
  func dropped() throws {
    var delivered: [Double] = []
    var hops = 0.0
    for seed in UInt64(1)...12 {
      let honest = try Self.trial(300, seed: seed).run()
      let opposed = try Self.trial(300, faulty: 0.2, forms: [DropForm()], seed: seed).run()
      #expect(opposed.lookups == 200 && opposed.unanswered == 200 - opposed.complete)
      #expect(opposed.reached >= opposed.complete)
      #expect(opposed.vacuous + opposed.complete <= 200)
      #expect(opposed.adversaryMessages > 0)
      delivered.append(Double(opposed.complete) / 200)
      hops += Double(honest.hops) / (12 * 200)
    }
    let mean = delivered.reduce(0, +) / Double(delivered.count)
    let variance =
      delivered.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(delivered.count - 1)
    let interval = studentInterval(
      mean: mean, standardError: (variance / 12).squareRoot(), degreesOfFreedom: 11,
      confidence: 0.999)
    // The mean of the powers is the power of the mean and, with so few hops, a little more.
    let model = pow(0.8, hops)
    #expect(interval.low < 1.05 * model && interval.high > model, "\(interval), \(hops) hops")
    #expect(interval.width < 0.15)
  }

  @Test("the same trial has the same outcome, on this thread and on others")
  func pure() async throws {
    var trial = Self.trial(
      80, faulty: 0.2, parts: 0.1, forms: [DropForm(), PingForm(), LeaveForm()])
    trial.churn = .minutes(8)
    trial.lookupCount = 60
    let first = try trial.run()
    #expect(first == (try trial.run()))
    let others = await withTaskGroup(of: EventTrialOutcome?.self) { group in
      for _ in 0..<2 { group.addTask { [trial] in try? trial.run() } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(others == [first, first])
    trial.stream = trial.stream["other"]
    #expect(try trial.run().digest != first.digest)
    #expect(first.adversaryMessages > 0 && first.events > 1_000)
  }

  @Test("under churn nodes are replaced by others, which join; most lookups are delivered")
  func churn() throws {
    var trial = Self.trial(100)
    trial.churn = .minutes(15)
    trial.warmUp = .minutes(10)
    let outcome = try trial.run()
    // 100 nodes, 11.8 minutes of sessions of 15: 79 departures are expected, by Poisson.
    #expect((45...115).contains(outcome.arrivals))
    #expect(outcome.joins > outcome.arrivals * 9 / 10 && outcome.joins <= outcome.arrivals)
    #expect(outcome.joinDelay > 0.1 && outcome.joinDelay < 60)
    #expect(outcome.lookups + outcome.abandoned == 200)
    #expect(outcome.complete >= 190)
  }

  @Test("the faulty nodes are as many as they should be, in as many coalitions")
  func plan() {
    for (faulty, parts, sizes) in [
      (0.25, 1.0, [25]), (0.25, 0.25, [25]), (0.25, 0.05, [5, 5, 5, 5, 5]), (0.1, 0.03, [4, 3, 3]),
      (0.0, 0.1, []), (0.0, 0.0, []),
    ] {
      let plan = EventTrialPlan(Self.trial(100, faulty: faulty, parts: parts))
      #expect(plan.coalitions.map(\.count) == sizes)
      #expect(Set(plan.coalitions.joined()).count == sizes.reduce(0, +))
      #expect(plan.changes.isEmpty && plan.nodeIds.count == 100)
    }
    var trial = Self.trial(100, faulty: 0.3, parts: 0.1)
    trial.churn = .minutes(2)
    let plan = EventTrialPlan(trial)
    let arrivals = plan.nodeIds.count - 100
    #expect(arrivals == plan.changes.count && plan.places.count == plan.nodeIds.count)
    for change in plan.changes {
      #expect(plan.places[Int(change.leaving)] == plan.places[Int(change.arriving)])
    }
    let faulty = plan.coalitions.joined().count - 30
    #expect(
      wilsonInterval(successes: faulty, trials: arrivals, confidence: 0.999).contains(0.3))
  }

  @Test("chosen ids are faulty beside the others, and stay while others come and go")
  func chosenIds() {
    let placement = ChosenPlacement(target: 1 << 62, count: 12)
    for (faulty, parts, sizes) in [
      (0.0, 1.0, [12]), (0.25, 0.25, [37]), (0.1, 0.05, [17, 5]),
    ] {
      var trial = Self.trial(100, faulty: faulty, parts: parts)
      trial.chosenIds = placement.nodeIds
      trial.churn = .minutes(2)
      let plan = EventTrialPlan(trial)
      #expect(plan.nodeIds[100..<112] == placement.nodeIds[...])
      #expect(plan.changes.count > 50)
      #expect(plan.changes.allSatisfy { !(100..<112).contains($0.leaving) })
      let atStart = plan.coalitions.map { $0.filter { $0.number < 112 }.count }
      #expect(atStart == sizes)
      #expect(plan.coalitions[0].prefix(12).map(\.number) == Array(100..<112))
    }
  }

  @Test(
    "chosen ids own their key, whatever the defence; as many certified ids do not", .optimisedOnly)
  func chosenIdsOwnTheirKey() throws {
    let placement = ChosenPlacement(target: 1 << 62, count: 16)
    for lookups in [EventTrial.Lookups.plain, .secure(SecureConfiguration())] {
      var chosen = Self.trial(216, lookups: lookups, forms: [DropForm()])
      chosen.nodeIds.removeLast(16)
      chosen.chosenIds = placement.nodeIds
      chosen.targetKey = placement.key
      let owned = try chosen.run()
      #expect(owned.lookups == 200 && owned.complete == 0 && owned.reached == 0)
      // An authority gives the same number of faulty nodes random ids.
      var certified = Self.trial(216, lookups: lookups, faulty: 16.0 / 216, forms: [DropForm()])
      certified.targetKey = placement.key
      let assigned = try certified.run()
      let interval = wilsonInterval(
        successes: assigned.reached, trials: assigned.lookups, confidence: 0.999)
      #expect(interval.low > 0.6, "\(interval)")
    }
  }

  @Test("an attack without a protocol form is refused by name")
  func formless() {
    var trial = Self.trial(20, faulty: 0.2)
    trial.attacks = [TestAttack(nil)]
    #expect {
      try trial.run()
    } throws: { error in
      (error as? AttackError)?.code == .noProtocolForm
    }
  }
}
