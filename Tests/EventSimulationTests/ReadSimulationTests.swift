import Adversary
@testable import EventSimulation
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting
import Testing

/// Answers every read in the acting member's name: with this object, or that there is none.
private struct ReadForm: ProtocolForm {
  var object: ObjectOctets?

  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    let asked: (nonce: UInt64, reader: NodeIndex)
    switch message {
    case .pastry(.route(let route, let id)) where route.purpose == .application:
      asked = (route.tag, route.source)
      scene.send(.pastry(.acknowledge(id)), to: sender)
    case .read(.request(_, let nonce)): asked = (nonce, sender)
    case .pastry, .secure, .read: return message
    }
    let answer =
      object.map { ReadMessage.object($0, nonce: asked.nonce) } ?? .absent(nonce: asked.nonce)
    scene.send(.read(answer), to: asked.reader)
    return nil
  }
}

@Suite("Simulations with reads of objects")
struct ReadSimulationTests {
  private static let forged: ObjectOctets = [6, 6, 6]

  private static func simulation(
    _ count: Int = 60, deadline: TimeSpan = .seconds(60),
    _ change: (inout ReadConfiguration) -> Void = { _ in }
  ) -> Simulation {
    var settings = SimulationSettings(
      pastry: PastryConfiguration(digitBits: 2, leafSetSize: 8),
      network: .constant(.milliseconds(20)), seed: 5)
    var reads = ReadConfiguration()
    change(&reads)
    settings.reads = reads
    settings.secure = SecureSimulationTests.configurations[0]
    settings.lookupDeadline = deadline
    return Simulation(settings: settings, nodeIds: Opposition.nodeIds(count))
  }

  /// Reads new objects, one every 200 ms, each from a random honest node that has no copy.
  private static func readAll(_ run: inout Simulation, _ count: Int) {
    var observer = NoObserver()
    var draws = RandomStream(StreamKey(seed: 18))
    for _ in 0..<count {
      let key = run.place(PlacedObjects.object(from: &draws), replicas: 3)
      guard let source = reader(&run, key, &draws) else { continue }
      run.read(key, replicas: 3, from: source, &observer)
      run.run(until: run.now + .milliseconds(200))
    }
    run.run(until: run.now + .seconds(90))
  }

  private static func reader(
    _ run: inout Simulation, _ key: Key, _ draws: inout RandomStream
  ) -> UInt32? {
    for _ in 0..<100 {
      guard let node = run.honestNode(from: &draws) else { return nil }
      if !run.reads.objects.holders(of: key).contains(node) { return node }
    }
    return nil
  }

  private static func oppose(
    _ run: inout Simulation, _ members: Range<UInt32>, _ form: some ProtocolForm
  ) throws {
    run.oppose(
      try Opposition.adversary(
        NodeList(members.map { NodeIndex($0) }), among: Opposition.nodeIds(60), [form]))
    run.construct()
  }

  @Test("without faults each object comes by plain routing alone")
  func faultless() {
    var run = Self.simulation()
    run.construct()
    Self.readAll(&run, 50)
    let reads = run.counters.reads
    #expect(reads.started == 50 && reads.found == 50 && reads.fellBack == 0)
    // One answer each; the roots are never asked.
    #expect(reads.sent == [0, 50, 0] && reads.messages == 50 && reads.ended == 50)
    #expect(run.counters.secure.messages == 0)
    #expect(reads.delay > .seconds(2) && reads.delay < .seconds(20))
    #expect(run.reads.open.openCount == 0)
    #expect(ConservationCheckers.messages(run).isEmpty)
  }

  @Test("objects lie at the nodes closest to their keys, which are hashes of their octets")
  func placing() throws {
    var run = Self.simulation()
    run.construct()
    var draws = RandomStream(StreamKey(seed: 3))
    let object = PlacedObjects.object(from: &draws)
    let key = run.place(object, replicas: 3)
    let sorted = (UInt32(0)..<60).sorted {
      run.nodes[Int($0)].peer.nodeId.isCloser(than: run.nodes[Int($1)].peer.nodeId, to: key)
    }
    for node in UInt32(0)..<60 {
      let kept = run.reads.objects.kept(by: node)
      #expect(kept.copy(of: key) == (sorted.prefix(3).contains(node) ? object : nil))
      #expect(kept.isObject(object, of: key) && !kept.isObject(Self.forged, of: key))
    }
    #expect(object.count == 32 && Set(object).count > 16)
    #expect(PlacedObjects.object(from: &draws) != object)
    // Every octet counts, and so does their number.
    for place in object.indices {
      var other = object
      other[place] ^= 1
      #expect(PlacedObjects.key(of: other) != key)
    }
    #expect(PlacedObjects.key(of: object + [0]) != key)
  }

  @Test("forged objects are believed by who does not check them, and by nobody else")
  func forged() throws {
    for checks in [true, false] {
      var run = Self.simulation { $0.checks = checks }
      try Self.oppose(&run, 0..<20, ReadForm(object: Self.forged))
      Self.readAll(&run, 60)
      let reads = run.counters.reads
      #expect(reads.started == 60 && reads.ended == 60)
      #expect(checks ? reads.forged == 0 && reads.fellBack > 10 : reads.forged > 10)
      #expect(checks ? reads.found > 50 : reads.fellBack == 0)
      #expect(ConservationCheckers.messages(run).isEmpty)
    }
  }

  @Test("that an object is absent is believed of one node by who does not fall back")
  func absent() throws {
    for fallsBack in [true, false] {
      var run = Self.simulation { $0.fallsBack = fallsBack }
      try Self.oppose(&run, 0..<20, ReadForm())
      Self.readAll(&run, 60)
      let reads = run.counters.reads
      #expect(reads.started == 60 && reads.ended == 60)
      #expect(fallsBack ? reads.found + reads.vacuous == 60 : reads.falselyAbsent > 10)
    }
  }

  @Test("an object whose holders have all left is expected of nobody")
  func vacuous() {
    var run = Self.simulation()
    run.construct()
    var observer = NoObserver()
    var draws = RandomStream(StreamKey(seed: 4))
    let key = run.place(PlacedObjects.object(from: &draws), replicas: 3)
    guard let source = Self.reader(&run, key, &draws) else { return }
    for node in run.reads.objects.holders(of: key) { run.stop(node, at: .zero + .seconds(1)) }
    // Until leaf sets have been repaired.
    run.run(until: .zero + .minutes(3))
    run.read(key, replicas: 3, from: source, &observer)
    run.run(until: run.now + .seconds(90))
    let reads = run.counters.reads
    #expect(reads.started == 1 && reads.vacuous == 1 && reads.fellBack == 1)
    // Three nodes that are the closest now, and the first one, have said so.
    #expect(reads.sent == [3, 0, 4])
  }

  @Test("a read whose source stops is abandoned, one that lasts too long is overdue")
  func unended() throws {
    var run = Self.simulation(deadline: .seconds(2))
    // Everybody else is silent.
    try Self.oppose(&run, 1..<60, DropForm())
    var observer = NoObserver()
    var draws = RandomStream(StreamKey(seed: 6))
    var started = 0
    while started < 2 {
      let key = run.place(PlacedObjects.object(from: &draws), replicas: 3)
      if run.membership.root(of: key) == 0 || run.reads.objects.holders(of: key).contains(0) {
        continue
      }
      run.read(key, replicas: 3, from: 0, &observer)
      started += 1
      if started == 1 { run.run(until: .zero + .milliseconds(1_500)) }
    }
    run.stop(0, at: .zero + .seconds(3))
    run.run(until: .zero + .seconds(30))
    let reads = run.counters.reads
    #expect(reads.started == 2 && reads.overdue == 1 && reads.abandoned == 1)
    #expect(reads.ended == 2 && reads.completed == 0 && run.reads.open.openCount == 0)
  }

  @Test("a node that comes back has forgotten its reads")
  func renewed() throws {
    var run = Self.simulation()
    try Self.oppose(&run, 1..<60, DropForm())
    var observer = NoObserver()
    var draws = RandomStream(StreamKey(seed: 6))
    let key = run.place(PlacedObjects.object(from: &draws), replicas: 3)
    run.read(key, replicas: 3, from: 0, &observer)
    #expect(run.reads.readers[0].openCount == 1)
    run.stop(0, at: .zero + .seconds(1))
    run.start(0, at: .zero + .seconds(2))
    run.run(until: .zero + .seconds(62))
    #expect(run.reads.readers[0].openCount == 0)
    #expect(run.counters.reads.abandoned == 1)
  }
}
