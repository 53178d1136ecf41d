import Adversary
@testable import EventSimulation
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting
import Testing

@Suite("Simulations with an adversary")
struct OpposedSimulationTests {
  /// A lookup every 100 ms from one of the first 20 nodes, of keys with other roots than these.
  private static func lookUp(_ run: inout Simulation, _ count: Int, not roots: [UInt32]) {
    var observer = NoObserver()
    var draws = RandomStream(StreamKey(seed: 8))
    for _ in 0..<count {
      var key = Key.random(from: &draws)
      while roots.contains(run.membership.root(of: key) ?? 0) { key = Key.random(from: &draws) }
      run.lookUp(key, from: draws.index(below: 20), &observer)
      run.run(until: run.now + .milliseconds(100))
    }
    run.run(until: run.now + .seconds(70))
  }

  @Test("an adversary that plays nothing changes nothing, but its nodes deliver nothing")
  func idle() throws {
    let faulty: [UInt32] = [30, 31, 32, 79]
    func run(_ adversary: ProtocolAdversary?) -> (TraceDigest, SimulationCounters, UInt64) {
      var run = Opposition.simulation(80)
      if let adversary { run.oppose(adversary) }
      run.construct()
      run.stop(31, at: .zero + .seconds(5))
      run.start(31, at: .zero + .seconds(60))
      Self.lookUp(&run, 300, not: faulty)
      let (digest, counters) = (run.digest, run.counters)
      var observer = NoObserver()
      run.lookUp(Key(run.nodes[30].peer.nodeId.value), from: 1, &observer)
      run.run(until: run.now + .seconds(70))
      return (digest, counters, run.counters.since(counters).delivered)
    }
    let plain = run(nil)
    let opposed = try run(
      Opposition.adversary(faulty.asNodes, among: Opposition.nodeIds(80), []))
    #expect(plain.0 == opposed.0)
    #expect(plain.1.delivered == 300 && plain.1.reached == 0 && opposed.1.reached == 300)
    var same = opposed.1
    same.reached = 0
    #expect(same == plain.1)
    #expect(plain.2 == 1 && opposed.2 == 0)
  }

  @Test("what a mute node sends, nobody gets, and its neighbours take it for failed")
  func mute() throws {
    var run = Opposition.simulation(40)
    try run.oppose(Opposition.adversary([7].asNodes, among: Opposition.nodeIds(40), [MuteForm()]))
    run.construct()
    run.run(until: .zero + .seconds(200))
    for index in run.nodes.indices where index != 7 {
      #expect(!run.nodes[index].leafSet.contains(NodeIndex(7)), "node \(index)")
    }
    #expect(run.counters.foundFailed > 0)
    #expect(ConservationCheckers.messages(run).isEmpty)
  }

  struct Arrivals: SimulationObserver {
    var times: [Instant] = []
    mutating func arrived(
      _ message: borrowing PastryMessage, from sender: UInt32, to receiver: UInt32, at now: Instant
    ) {
      if case .route = copy message { times.append(now) }
    }
  }

  @Test("a spoofed delay holds for messages of faulty nodes, and for no others")
  func spoofed() throws {
    let nodeIds = Opposition.nodeIds(12)
    for (target, faulty, delay) in [
      (UInt32(5), UInt32(5), UInt64(1)), (5, 6, 20), (6, 5, 20), (6, 6, 1),
    ] {
      var run = Opposition.simulation(12)
      try run.oppose(
        Opposition.adversary([NodeIndex(faulty)], among: nodeIds, [NearForm()]))
      run.construct()
      // With this leaf set the neighbours are one hop away.
      let source = run.nodes[Int(target)].leafSet.clockwise.first {
        $0.index.number != faulty
      }
      var observer = Arrivals()
      let key = Key(nodeIds[Int(target)].value)
      run.lookUp(key, from: try #require(source).index.number, &observer)
      run.run(until: .zero + .seconds(1), observer: &observer)
      #expect(observer.times == [.zero + .milliseconds(delay)], "\(target), \(faulty)")
    }
  }

  struct Pings: SimulationObserver {
    var from: [UInt32] = []
    var times: [Instant] = []
    mutating func arrived(
      _ message: borrowing PastryMessage, from sender: UInt32, to receiver: UInt32, at now: Instant
    ) {
      guard case .ping(RequestId(7)) = copy message, receiver == 0 else { return }
      from.append(sender)
      times.append(now)
    }
  }

  @Test("ticks come in time; the members act in turn, as long as they are there")
  func ticks() throws {
    var run = Opposition.simulation(30)
    try run.oppose(
      Opposition.adversary([3, 4, 5].asNodes, among: Opposition.nodeIds(30), [PingForm()]))
    run.construct()
    run.stop(4, at: .zero + .seconds(65))
    var observer = Pings()
    run.run(until: .zero + .seconds(121), observer: &observer)
    #expect(run.counters.adversaryMessages == 12)
    #expect(observer.times == (1...12).map { .zero + .milliseconds(10_000 * $0 + 520) })
    #expect(Set(observer.from.prefix(3)) == [3, 4, 5])
    #expect(observer.from.prefix(3) == observer.from[3..<6])
    #expect(!observer.from.suffix(6).contains(4))
    #expect(ConservationCheckers.messages(run).isEmpty)
  }

  @Test("a member leaves and comes back, and stays away once it has left for good")
  func leave() throws {
    var run = Opposition.simulation(30)
    try run.oppose(
      Opposition.adversary([3].asNodes, among: Opposition.nodeIds(30), [LeaveForm()]))
    run.construct()
    run.run(until: .zero + .seconds(101))
    #expect(!run.membership.contains(3) && run.counters.stopped == 1)
    run.run(until: .zero + .seconds(190))
    #expect(run.membership.contains(3) && run.counters.started == 31)
    run.run(until: .zero + .seconds(210))
    #expect(!run.membership.contains(3))
    run.stop(3, at: run.now)
    run.run(until: .zero + .seconds(400))
    #expect(!run.membership.contains(3) && run.counters.stopped == 2)
  }

  @Test("a constructed overlay takes nodes in later")
  func arrivals() {
    var run = Opposition.simulation(60)
    run.construct(first: 40)
    #expect(run.membership.count == 40 && run.counters.activated == 40)
    for node in UInt32(40)..<60 {
      run.stop(node - 40, at: .zero + .seconds(UInt64(node)))
      run.start(node, at: .zero + .seconds(UInt64(node)))
    }
    run.run(until: .zero + .seconds(400))
    #expect(run.membership.count == 40)
    var fresh = CheckedRing()
    for node in UInt32(20)..<60 {
      fresh.insert(node, RingPoint(run.nodes[Int(node)].peer.nodeId.value))
    }
    for node in 20..<60 {
      let found = StateCheckers.exactLeafSet(
        of: run.nodes[node], fresh, run.settings.pastry, now: run.now)
      #expect(found.isEmpty, "\(found)")
    }
  }
}

extension [UInt32] {
  /// Node numbers.
  var asNodes: NodeList { NodeList(map { NodeIndex($0) }) }
}
