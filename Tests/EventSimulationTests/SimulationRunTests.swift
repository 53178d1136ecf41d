@testable import EventSimulation
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@Suite("Simulation runs")
struct SimulationRunTests {
  static func overlay(
    _ count: Int, seed: UInt64 = 1, skew: TimeSpan = .zero, drift: Int32 = 0,
    workload: Workload = .inFlight(4)
  ) -> Simulation {
    let key = StreamKey(seed: seed)
    var settings = SimulationSettings(
      pastry: PastryConfiguration(digitBits: 2, leafSetSize: 8),
      network: .sphere(
        SphereNetwork(nodeCount: count, stream: key["sphere"], maximumDelay: .milliseconds(80))),
      seed: seed)
    settings.clockSkewMax = skew
    settings.clockDriftMax = drift
    settings.workload = workload
    var draws = RandomStream(StreamKey(seed: 99)["ids"])
    return Simulation(
      settings: settings,
      nodeIds: ContiguousArray((0..<count).map { _ in NodeId.random(from: &draws) }))
  }

  static func joined(_ count: Int, seed: UInt64 = 1) -> Simulation {
    var run = overlay(count, seed: seed)
    for node in 0..<UInt32(count) { run.start(node, at: .zero + .seconds(UInt64(2 * node))) }
    // One node alone answers its own lookups in no time, and such a workload never lets time pass.
    run.run(until: .zero + .seconds(20))
    run.startWorkload()
    return run
  }

  struct Counting: SimulationObserver {
    var deliveries = 0
    mutating func delivered(
      _ message: RouteMessage, at node: UInt32, isRoot: Bool, moment: Instant
    ) {
      deliveries += 1
    }
  }

  /// Whatever the build and the machine. Another protocol or order of events has other digests;
  /// then write them here anew.
  @Test("the digests are those that were recorded")
  func recordedDigests() {
    var joined = Self.joined(40)
    joined.run(until: .zero + .seconds(200))
    #expect(joined.digest.description == "2b6b125d5454342af55c5d58225ac18b")
    var constructed = Self.overlay(200, skew: .seconds(9), drift: 300)
    constructed.construct()
    constructed.startWorkload()
    constructed.stop(7, at: .zero + .seconds(3))
    constructed.run(until: .zero + .seconds(90))
    #expect(constructed.digest.description == "ed3823b7f51d71517110e7d99a54eae5")
  }

  @Test("two delays may be alike")
  func equalDelays() {
    var settings = Self.overlay(8).settings
    settings.lookupDeadline = settings.pastry.heartbeatPeriod
    settings.pastry.rowExchangePeriod = settings.pastry.heartbeatPeriod
    var draws = RandomStream(StreamKey(seed: 99)["ids"])
    var run = Simulation(
      settings: settings,
      nodeIds: ContiguousArray((0..<8).map { _ in NodeId.random(from: &draws) }))
    run.construct()
    run.startWorkload()
    run.run(until: .zero + .seconds(100))
    #expect(run.counters.delivered > 100)
  }

  @Test("same digest on repeated runs, with and without an observer, joined and constructed")
  func digests() {
    for constructs in [false, true] {
      func run(_ seed: UInt64, observed: Bool) -> TraceDigest {
        var simulation = constructs ? Self.overlay(40, seed: seed) : Self.joined(40, seed: seed)
        if constructs {
          simulation.construct()
          simulation.startWorkload()
        }
        if observed {
          var observer = Counting()
          simulation.run(until: .zero + .seconds(200), observer: &observer)
          #expect(observer.deliveries > 100)
        } else {
          simulation.run(until: .zero + .seconds(200))
        }
        return simulation.digest
      }
      let first = run(1, observed: false)
      #expect(first == run(1, observed: false))
      #expect(first == run(1, observed: true))
      #expect(first != run(2, observed: false))
    }
  }

  @Test("a run in steps is the run at once")
  func steps() {
    var whole = Self.joined(30)
    whole.run(until: .zero + .seconds(120))
    var stepped = Self.joined(30)
    for step in UInt64(201)...1_200 { stepped.run(until: .zero + .milliseconds(100 * step)) }
    #expect(whole.digest == stepped.digest)
    #expect(whole.now == stepped.now)
    #expect(whole.counters.sent == stepped.counters.sent)
  }

  @Test("a joined overlay has the leaf sets of a constructed one")
  func sameLeafSets() {
    var joined = Self.joined(60)
    joined.run(until: .zero + .seconds(400))
    var constructed = Self.overlay(60)
    constructed.construct()
    for index in joined.nodes.indices {
      #expect(joined.nodes[index].phase == .active)
      #expect(joined.nodes[index].leafSet.clockwise == constructed.nodes[index].leafSet.clockwise)
      #expect(
        joined.nodes[index].leafSet.counterclockwise
          == constructed.nodes[index].leafSet.counterclockwise)
    }
  }

  @Test(
    "a crashed node is replaced and comes back", arguments: [(UInt64(0), Int32(0)), (3_600, 900)])
  func crash(_ skew: UInt64, _ drift: Int32) {
    var run = Self.overlay(40, skew: .seconds(skew), drift: drift)
    run.construct()
    run.startWorkload()
    run.stop(7, at: .zero + .seconds(10))
    run.run(until: .zero + .seconds(200))
    for index in run.nodes.indices where index != 7 {
      #expect(!run.nodes[index].leafSet.contains(NodeIndex(7)), "node \(index)")
    }
    #expect(!run.membership.contains(7))
    run.start(7, at: run.now)
    run.run(until: run.now + .seconds(60))
    #expect(run.membership.contains(7))
    #expect(run.counters.misdelivered == 0)
    #expect(run.counters.delivered > 1_000)
  }

  @Test("churn: nodes come and go, lookups arrive")
  func churn() {
    var run = Self.overlay(50)
    run.construct()
    run.startWorkload()
    for number in UInt32(0)..<20 {
      run.stop(number, at: .zero + .seconds(UInt64(20 * number + 5)))
      run.start(number, at: .zero + .seconds(UInt64(20 * number + 105)))
    }
    run.run(until: .zero + .seconds(800))
    #expect(run.counters.stopped == 20)
    #expect(run.membership.count == 50)
    #expect(run.counters.misdelivered == 0)
  }
}

@Suite("Simulation parts")
struct SimulationPartTests {
  @Test("clocks gain, lose and start elsewhere")
  func clocks() {
    let hour = Instant.zero + .seconds(3_600)
    #expect(NodeClock.exact.reading(at: hour) == hour)
    let late = NodeClock(offset: .seconds(5), drift: 0)
    #expect(late.reading(at: hour) == hour + .seconds(5))
    for drift in [Int32(-1_049), -1, 1, 1_049] {
      let clock = NodeClock(offset: .seconds(1), drift: drift)
      var last = Instant.zero
      for second in UInt64(0)..<5_000 {
        let now = Instant.zero + .milliseconds(second * 7)
        #expect(clock.reading(at: now) >= last)
        last = clock.reading(at: now)
      }
      // What the clock counts while the engine waits is the span, to a thousandth of a thousandth.
      let span = TimeSpan.seconds(1_000)
      let counted = clock.reading(at: hour + clock.duration(of: span)).since(
        clock.reading(at: hour))
      let error = counted > span ? counted - span : span - counted
      #expect(error < .milliseconds(2), "drift \(drift): \(counted)")
    }
  }

  @Test("membership equals a dumb list")
  func membership() {
    var draws = RandomStream(StreamKey(seed: 3))
    let ids = (0..<40).map { _ in NodeId.random(from: &draws) }
    var membership = Membership(capacity: 40)
    var dumb: [UInt32] = []
    for _ in 0..<2_000 {
      let node = draws.index(below: 40)
      if draws.next() & 1 == 0 {
        membership.insert(node, ids[Int(node)])
        if !dumb.contains(node) { dumb.append(node) }
      } else {
        membership.remove(node, ids[Int(node)])
        dumb.removeAll { $0 == node }
      }
      #expect(membership.count == dumb.count)
      #expect(membership.list.sorted() == dumb.sorted())
      let key = Key.random(from: &draws)
      let root = dumb.min {
        RingPoint(ids[Int($0)].value).isNearer(
          than: RingPoint(ids[Int($1)].value), to: RingPoint(key.value))
      }
      #expect(membership.root(of: key) == root)
    }
  }

  @Test("a lookup ends once; its tag is never used again at once")
  func ledger() {
    var ledger = LookupLedger()
    let lookup = LookupLedger.Lookup(key: Key(.zero), source: 3, startedAt: .zero)
    let first = ledger.open(lookup)
    let second = ledger.open(lookup)
    #expect(first != second && ledger.openCount == 2)
    #expect(ledger.close(first)?.source == 3)
    #expect(ledger.close(first) == nil && ledger.openCount == 1)
    let third = ledger.open(lookup)
    #expect(third != first && ledger.close(first) == nil)
    #expect(ledger.close(99) == nil)
    #expect(ledger.close(third) != nil && ledger.close(second) != nil && ledger.openCount == 0)
  }
}
