import EventSimulation
import NetworkModels
import Pastry
import ProtocolModel
import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

/// Traces of the real protocol are accepted; doctored ones are refused where they leave the model.
struct TraceJudgeTests {
  /// A run in which nodes join, crash and come back, and look keys up.
  static func trace(loss: Double, nodes: Int = 24, seed: UInt64 = 5) -> [UInt8] {
    var stream = RandomStream(StreamKey(seed: seed)["ids"])
    let nodeIds = ContiguousArray((0..<nodes).map { _ in NodeId.random(from: &stream) })
    var settings = SimulationSettings(
      pastry: PastryConfiguration(leafSetSize: 8), network: .constant(.milliseconds(20)),
      seed: seed)
    settings.workload = .inFlight(3)
    settings.conditions = LinkConditions(lossProbability: loss)
    settings.lookupDeadline = .seconds(5)
    var simulation = Simulation(settings: settings, nodeIds: nodeIds)
    for node in 0..<UInt32(nodes) {
      simulation.start(node, at: .zero + .milliseconds(500 * UInt64(node)))
    }
    simulation.startWorkload()
    for node in 0..<UInt32(nodes / 4) {
      simulation.stop(node, at: .zero + .seconds(20 + UInt64(node)))
      simulation.start(node, at: .zero + .seconds(50 + UInt64(node)))
    }
    let header = TraceHeader(
      engine: "events", seed: seed, nodes: UInt32(nodes),
      settings: [TraceSetting("leaf-set", "8")])
    var writer = TraceWriter(header, nodeIds: nodeIds)
    simulation.run(until: .zero + .seconds(100), observer: &writer)
    writer.end(
      at: simulation.now, isComplete: true, counters: simulation.counters,
      digest: simulation.digest)
    return writer.drain()
  }

  /// A run of four nodes with more lookups under way than the relation remembers for a node.
  static func crowded() throws -> [UInt8] {
    var stream = RandomStream(StreamKey(seed: 6)["ids"])
    let nodeIds = ContiguousArray((0..<4).map { _ in NodeId.random(from: &stream) })
    var settings = SimulationSettings(
      pastry: PastryConfiguration(leafSetSize: 8), network: .constant(.milliseconds(100)), seed: 6)
    settings.workload = .every(try .exponential(mean: .microseconds(5)))
    var simulation = Simulation(settings: settings, nodeIds: nodeIds)
    for node in 0..<UInt32(4) {
      simulation.start(node, at: .zero + .milliseconds(2_000 * UInt64(node)))
    }
    let header = TraceHeader(
      engine: "events", seed: 6, nodes: 4, settings: [TraceSetting("leaf-set", "8")])
    var writer = TraceWriter(header, nodeIds: nodeIds)
    simulation.run(until: .zero + .seconds(10), observer: &writer)
    simulation.startWorkload()
    simulation.run(until: .zero + .milliseconds(10_150), observer: &writer)
    writer.end(
      at: simulation.now, isComplete: true, counters: simulation.counters,
      digest: simulation.digest)
    return writer.drain()
  }

  /// A run without losses, made once.
  static let whole = trace(loss: 0)

  /// The header and the events of a trace.
  static func events(_ trace: [UInt8]) throws -> (TraceHeader, [TraceEvent]) {
    var reader = TraceReader()
    var events: [TraceEvent] = []
    try reader.read(trace) { line, _ in
      if case .event(let event) = line { events.append(event) }
    }
    try reader.finish()
    return (try #require(reader.header), events)
  }

  static func judge(
    _ header: TraceHeader, _ events: [TraceEvent], demandsRoots: Bool = false
  ) -> TraceJudge {
    var judge = TraceJudge(header, demandsRoots: demandsRoots)
    for (place, event) in events.enumerated() { judge.take(event, line: UInt64(place) + 2) }
    return judge
  }

  /// A change of a trace, and where and why it must be refused.
  struct Doctoring: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Gives the changed events and the place of the event that must be refused.
    let change: @Sendable ([TraceEvent]) throws -> ([TraceEvent], Int)
    /// Part of what must be said.
    let says: String
  }

  @Test(arguments: [0, 0.1])
  func `a real trace is allowed`(loss: Double) throws {
    let (header, events) = try Self.events(Self.trace(loss: loss))
    let judge = Self.judge(header, events, demandsRoots: loss == 0)
    #expect(judge.departure == nil)
    #expect(judge.events == UInt64(events.count))
    #expect(judge.activations >= 24)
    #expect(judge.deliveries > 500)
  }

  private static func place(
    _ events: [TraceEvent], after start: Int = 0, where matches: (TraceEvent) -> Bool
  ) throws -> Int {
    let found = events[start...].firstIndex(where: matches)
    return try #require(found)
  }

  /// Puts an event in front of a place, at the time of that place.
  private static func insert(
    _ kind: TraceKind, at place: Int, into events: [TraceEvent],
    _ fill: (inout TraceEvent) -> Void
  ) -> [TraceEvent] {
    var event = TraceEvent(nanoseconds: events[place].nanoseconds, kind: kind)
    fill(&event)
    var changed = events
    changed.insert(event, at: place)
    return changed
  }

  static let doctorings: [Doctoring] = [
    Doctoring(
      testDescription: "a delivery at a joining node",
      change: { events in
        let start = try place(events) { $0.kind == .started && $0.node == 20 }
        let look = try place(events) { $0.kind == .lookup }
        let changed = insert(.delivered, at: start + 1, into: events) {
          $0.node = 20
          ($0.key, $0.tag) = (events[look].key, events[look].tag)
          ($0.source, $0.hops, $0.isRoot) = (events[look].node, 1, true)
        }
        return (changed, start + 1)
      }, says: "deliver at an activated node"),
    Doctoring(
      testDescription: "a lookup that is delivered twice",
      change: { events in
        let place = try place(events) { $0.kind == .delivered }
        var changed = events
        changed.insert(events[place], at: place + 1)
        return (changed, place + 1)
      }, says: "been delivered as often"),
    Doctoring(
      testDescription: "a delivery of what never came",
      change: { events in
        let place = try place(events) { $0.kind == .delivered && $0.hops == 1 }
        let (node, tag) = (events[place].node, events[place].tag)
        var changed = events
        changed.removeAll { $0.kind == .message && $0.node == node && $0.tag == tag }
        let delivery = try Self.place(changed) { $0.kind == .delivered && $0.tag == tag }
        return (changed, delivery)
      }, says: "which has not come here"),
    Doctoring(
      testDescription: "a delivery that is moved to another node with that node's key",
      change: { events in
        let place = try place(events) { $0.kind == .delivered && $0.source != $0.node }
        let source = events[place].source
        let start = try Self.place(events) { $0.kind == .started && $0.node == source }
        var changed = events
        changed[place].node = source
        changed[place].key = events[start].nodeId.map { Key($0.value) }
        return (changed, place)
      }, says: "of the lookup with tag"),
    Doctoring(
      testDescription: "a lookup that gets another key on its way",
      change: { events in
        let place = try place(events) { $0.message == .lookup }
        var changed = events
        changed[place].key = Key(UInt160(high: 1, middle: 2, low: 3))
        return (changed, place)
      }, says: "of the lookup with tag"),
    Doctoring(
      testDescription: "a delivery for another node than the one that looked up",
      change: { events in
        let place = try place(events) { $0.kind == .delivered }
        var changed = events
        changed[place].source = events[place].source == 3 ? 4 : 3
        return (changed, place)
      }, says: "the source of the lookup"),
    Doctoring(
      testDescription: "a drop for another node than the one that looked up",
      change: { events in
        let look = try place(events) { $0.kind == .lookup }
        let changed = insert(.dropped, at: look + 1, into: events) {
          ($0.node, $0.key, $0.tag) = (events[look].node, events[look].key, events[look].tag)
          ($0.source, $0.hops) = (events[look].node == 3 ? 4 : 3, 0)
        }
        return (changed, look + 1)
      }, says: "the source of the lookup"),
    Doctoring(
      testDescription: "an answer that nobody asked for",
      change: { events in
        let place = try place(events, after: 500) { $0.message == .leafSetReply }
        var changed = events
        changed[place].request = (events[place].request ?? 0) + 999_983
        return (changed, place)
      }, says: "owes none"),
    Doctoring(
      testDescription: "an answer that comes twice",
      change: { events in
        let place = try place(events, after: 500) { $0.message == .leafSetReply }
        var changed = events
        changed.insert(events[place], at: place + 1)
        return (changed, place + 1)
      }, says: "owes none"),
    Doctoring(
      testDescription: "an answer from another node",
      change: { events in
        let place = try place(events, after: 500) {
          $0.message == .pong && $0.peer != 0 && $0.node != 0
        }
        var changed = events
        changed[place].peer = 0
        return (changed, place)
      }, says: "owes none"),
    Doctoring(
      testDescription: "a lookup by a node that has stopped",
      change: { events in
        let place = try place(events) { $0.kind == .stopped }
        let changed = insert(.lookup, at: place + 1, into: events) {
          $0.node = events[place].node
          $0.key = Key(UInt160(high: 1, middle: 2, low: 3))
          $0.tag = 1 << 60
        }
        return (changed, place + 1)
      }, says: "lookUp at an activated node"),
    Doctoring(
      testDescription: "a failure found by a node that has stopped",
      change: { events in
        let place = try place(events) { $0.kind == .stopped }
        let changed = insert(.foundFailed, at: place + 1, into: events) {
          $0.node = events[place].node
          $0.peer = 9
        }
        return (changed, place + 1)
      }, says: "at a node that runs"),
    Doctoring(
      testDescription: "activation before anybody was told",
      change: { events in
        let start = try place(events) { $0.kind == .started && $0.node == 20 }
        return (insert(.activated, at: start + 1, into: events) { $0.node = 20 }, start + 1)
      }, says: "once the root has answered"),
    Doctoring(
      testDescription: "activation before the answers",
      change: { events in
        let told = try place(events) { $0.message == .joinReply && $0.node == 20 }
        return (insert(.activated, at: told + 1, into: events) { $0.node = 20 }, told + 1)
      }, says: "have said what their leaf sets are"),
    Doctoring(
      testDescription: "activation twice",
      change: { events in
        let place = try place(events) { $0.kind == .activated && $0.node == 20 }
        return (insert(.activated, at: place + 1, into: events) { $0.node = 20 }, place + 1)
      }, says: "activate of a joining node"),
    Doctoring(
      testDescription: "a leaf set probe of a node that was told nothing",
      change: { events in
        let start = try place(events) { $0.kind == .started && $0.node == 20 }
        let changed = insert(.message, at: start + 1, into: events) {
          ($0.message, $0.node, $0.peer) = (.leafSetProbe, 3, 20)
          ($0.request, $0.list, $0.failed) = (1, 0, 0)
        }
        return (changed, start + 1)
      }, says: "was told nothing"),
    Doctoring(
      testDescription: "a heartbeat of a node that never was in the overlay",
      change: { events in
        let start = try place(events) { $0.kind == .started && $0.node == 20 }
        let changed = insert(.message, at: start + 1, into: events) {
          ($0.message, $0.node, $0.peer) = (.heartbeat, 3, 20)
        }
        return (changed, start + 1)
      }, says: "never was"),
    Doctoring(
      testDescription: "a root that is none",
      change: { events in
        let place = try place(events) { $0.kind == .delivered }
        var changed = events
        changed[place].isRoot = events[place].isRoot == false
        return (changed, place)
      }, says: "is the root"),
    Doctoring(
      testDescription: "a node that starts while it runs",
      change: { events in
        let place = try place(events) { $0.kind == .activated && $0.node == 7 }
        let start = try Self.place(events) { $0.kind == .started && $0.node == 7 }
        var event = events[start]
        event.nanoseconds = events[place].nanoseconds
        var changed = events
        changed.insert(event, at: place + 1)
        return (changed, place + 1)
      }, says: "does not run"),
  ]

  @Test(arguments: doctorings)
  func `a doctored trace is refused at the event`(doctoring: Doctoring) throws {
    let (header, events) = try Self.events(Self.whole)
    let (changed, place) = try doctoring.change(events)
    let departure = try #require(Self.judge(header, changed).departure)
    #expect(departure.line == UInt64(place) + 2)
    let words = "\(departure.refusal.allowed) \(departure.refusal.happened)"
    #expect(words.contains(doctoring.says), "\(words)")
    #expect(departure.refusal.node == changed[place].node)
  }

  /// Without its arrivals a trace is another one; the judge must not merely count. A probe that
  /// nobody answers, because its receiver is not running or not in the overlay yet, leaves nothing
  /// owed, so nothing need be amiss without it.
  @Test func `a probe left out is noticed if it is answered, and may pass if not`() throws {
    let (header, events) = try Self.events(Self.trace(loss: 0, nodes: 8))
    let probes = events.indices.filter { events[$0].message == .leafSetProbe }
    var (answered, unseen) = (0, 0)
    for probe in probes.prefix(60) {
      let answer = events[probe...].firstIndex {
        $0.message == .leafSetReply && $0.request == events[probe].request
          && $0.node == events[probe].peer && $0.peer == events[probe].node
      }
      var changed = events
      changed.remove(at: probe)
      let departure = Self.judge(header, changed).departure
      if let answer {
        answered += 1
        // One event is missing in front of the answer.
        #expect(departure != nil && departure!.line <= UInt64(answer) + 1, "probe \(probe)")
      } else if departure == nil {
        unseen += 1
      }
    }
    #expect(answered >= 30 && unseen > 0, "\(answered) answered, \(unseen) unseen")
  }

  @Test func `a wrong delivery is refused where roots are demanded`() throws {
    let nodeIds = [1, 2].map { NodeId(UInt160(high: $0, middle: 0, low: 0)) }
    let key = Key(UInt160(high: 2, middle: 1, low: 0))
    var events: [TraceEvent] = []
    for node in 0..<2 {
      var event = TraceEvent(nanoseconds: 0, kind: .present)
      (event.node, event.nodeId) = (UInt32(node), nodeIds[node])
      events.append(event)
    }
    var look = TraceEvent(nanoseconds: 1, kind: .lookup)
    (look.node, look.key, look.tag) = (0, key, 0)
    var delivery = TraceEvent(nanoseconds: 1, kind: .delivered)
    (delivery.node, delivery.key, delivery.tag, delivery.source) = (0, key, 0, 0)
    (delivery.hops, delivery.isRoot) = (0, false)
    events += [look, delivery]
    let header = TraceHeader(engine: "events", seed: 0, nodes: 2, settings: [])
    let lenient = Self.judge(header, events)
    #expect(lenient.departure == nil)
    #expect(lenient.wrongDeliveries == 1)
    let departure = try #require(Self.judge(header, events, demandsRoots: true).departure)
    #expect(departure.line == 5)
    #expect(departure.refusal.allowed == "deliver at node 1, the root")
  }

  @Test func `any part of a trace is allowed or refused, and never traps`() throws {
    let (header, events) = try Self.events(Self.trace(loss: 0.03, nodes: 8))
    for end in stride(from: 0, to: events.count, by: 97) {
      #expect(Self.judge(header, Array(events[..<end])).departure == nil)
      _ = Self.judge(header, Array(events[end...]))
    }
    var few = header
    few.nodes = 3
    #expect(Self.judge(few, events).departure?.refusal.allowed == "nodes below 3")
    for kind in TraceKind.allCases {
      #expect(Self.judge(header, [TraceEvent(nanoseconds: 0, kind: kind)]).departure != nil)
    }
  }
}
