import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@testable import EventSimulation

/// Traces of small runs.
enum TraceFixture {
  /// Writes a run in which nodes join, fail and look up, with loss.
  static func run(nodes: Int, until end: Instant) -> (bytes: [UInt8], digest: TraceDigest) {
    var simulation = simulation(nodes: nodes)
    let header = TraceHeader(
      engine: "events", seed: 9, nodes: UInt32(nodes),
      settings: [TraceSetting("name", "a \"quoted\" \\ line\nend")])
    var writer = TraceWriter(header, nodeIds: ids(nodes))
    writer.present(0, at: .zero)
    simulation.run(until: end, observer: &writer)
    writer.end(
      at: simulation.now, isComplete: true, counters: simulation.counters,
      digest: simulation.digest)
    return (writer.drain(), simulation.digest)
  }

  static func ids(_ count: Int) -> ContiguousArray<NodeId> {
    var stream = RandomStream(StreamKey(seed: 9)["ids"])
    return ContiguousArray((0..<count).map { _ in NodeId.random(from: &stream) })
  }

  static func simulation(nodes: Int) -> Simulation {
    var settings = SimulationSettings(
      pastry: PastryConfiguration(leafSetSize: 8), network: .constant(.milliseconds(20)), seed: 9)
    settings.workload = .inFlight(4)
    settings.conditions = LinkConditions(lossProbability: 0.02)
    settings.lookupDeadline = .seconds(5)
    var simulation = Simulation(settings: settings, nodeIds: ids(nodes))
    for node in 0..<UInt32(nodes) {
      simulation.start(node, at: .zero + .milliseconds(500 * UInt64(node)))
    }
    simulation.startWorkload()
    for node in 0..<UInt32(nodes / 4) {
      simulation.stop(node, at: .zero + .milliseconds(500 * UInt64(nodes)))
    }
    return simulation
  }

  /// Reads a whole trace in pieces of a size.
  static func read(_ bytes: [UInt8], pieceSize: Int = 1 << 20) throws(TraceError) -> [TraceLine] {
    var reader = TraceReader()
    var lines: [TraceLine] = []
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + pieceSize)
      try reader.read(Array(bytes[start..<end])) { line, _ in lines.append(line) }
      start = end
    }
    try reader.finish()
    return lines
  }

  static func written(_ lines: [TraceLine]) -> [UInt8] {
    var text = TraceText()
    for line in lines {
      switch line {
      case .header(let header): text.append(header)
      case .event(let event): text.append(event)
      case .trailer(let trailer): text.append(trailer)
      }
    }
    return text.bytes
  }

  static let header =
    #"{"schema":"redoubt-trace","version":1,"engine":"events","seed":"9","nodes":4,"#
    + #""digest":"redoubt-events-128","settings":{"a":"b"}}"#
  static let trailer =
    #"{"t":9,"kind":"end","lines":1,"complete":true,"counters":{"events":7},"#
    + #""digest":"00112233445566778899aabbccddeeff"}"#

  static func trace(_ event: String) -> [UInt8] {
    Array((header + "\n" + event + "\n" + trailer + "\n").utf8)
  }
}

@Suite struct TraceTests {
  @Test func whatIsWrittenIsRead() throws {
    let (bytes, digest) = TraceFixture.run(nodes: 24, until: .zero + .seconds(60))
    let lines = try TraceFixture.read(bytes)
    #expect(TraceFixture.written(lines) == bytes)
    for size in [7, 4096] {
      #expect(try TraceFixture.read(bytes, pieceSize: size) == lines)
    }
    guard case .header(let header) = lines.first, case .trailer(let trailer) = lines.last else {
      Issue.record("header or trailer is missing")
      return
    }
    #expect(header.seed == 9 && header.nodes == 24)
    #expect(header.settings == [TraceSetting("name", "a \"quoted\" \\ line\nend")])
    #expect(trailer.digest == digest.description)
    #expect(trailer.lines == UInt64(lines.count - 2))
    var seen: [TraceKind: UInt64] = [:]
    for case .event(let event) in lines { seen[event.kind, default: 0] += 1 }
    for kind in TraceKind.allCases where ![.end, .dropped].contains(kind) {
      #expect(seen[kind] ?? 0 > 0, "no event of kind \(kind)")
    }
    func counter(_ name: String) -> UInt64? { trailer.counters.first { $0.name == name }?.value }
    #expect(counter("lookups") == seen[.lookup])
    #expect(counter("foundFailed") == seen[.foundFailed])
    // Both kinds of lookups that nobody delivered in time.
    #expect((counter("overdue") ?? 0) + (counter("abandoned") ?? 0) == seen[.overdue] ?? 0)
  }

  @Test func aTraceChangesNothing() {
    let traced = TraceFixture.run(nodes: 24, until: .zero + .seconds(60))
    var simulation = TraceFixture.simulation(nodes: 24)
    simulation.run(until: .zero + .seconds(60))
    #expect(simulation.digest == traced.digest)
    let again = TraceFixture.run(nodes: 24, until: .zero + .seconds(60))
    #expect(again.bytes == traced.bytes)
  }

  /// The names are part of the schema: another one is another version.
  @Test func namesOfVersionOne() {
    #expect(
      MessageKind.allCases.map(\.name) == [
        "lookup", "join", "acknowledge", "heartbeat", "leafSetProbe", "leafSetReply", "joinReply",
        "ping", "pong", "arrival", "nearbyRequest", "nearbyReply", "rowRequest", "rowReply", "row",
        "constrainedRequest", "constrainedRow", "departure",
      ])
    #expect(
      TraceField.allCases.map(\.name) == [
        "t", "kind", "message", "node", "peer", "nodeId", "key", "source", "hops", "tag", "request",
        "list", "failed", "value", "isRoot", "reason",
      ])
    #expect(
      TraceKind.allCases.map(\.rawValue) == [
        "present", "started", "stopped", "activated", "message", "lookup", "delivered", "dropped",
        "overdue", "foundFailed", "end",
      ])
    #expect(DropReason.allCases.map { DropReasonName($0) } == DropReasonName.allCases)
  }

  @Test func noPrefixOfATraceIsATrace() throws {
    let (bytes, _) = TraceFixture.run(nodes: 4, until: .zero + .seconds(3))
    var reader = TraceReader()
    #expect(throws: TraceError(.truncated, line: 1, "")) { try reader.finish() }
    for place in bytes.indices {
      try reader.read([bytes[place]]) { _, _ in }
      let isWhole = place == bytes.count - 1
      do throws(TraceError) {
        try reader.finish()
        #expect(isWhole, "the first \(place + 1) bytes of \(bytes.count) were taken for a trace")
      } catch {
        #expect(!isWhole && error.code == .truncated)
      }
    }
  }

  /// A changed byte is refused, or it is another trace in the one form.
  @Test func noByteIsIgnored() {
    let key = String(repeating: "0f", count: 20)
    let events = [
      #"{"t":1,"kind":"started","node":3,"nodeId":"\#(key)"}"#,
      #"{"t":2,"kind":"message","message":"leafSetProbe","node":3,"peer":1,"request":4,"#
        + #""list":5,"failed":0}"#,
      #"{"t":3,"kind":"delivered","node":3,"key":"\#(key)","source":1,"hops":2,"tag":"77","#
        + #""isRoot":true}"#,
    ]
    let trailer = TraceFixture.trailer.replacing("\"lines\":1", with: "\"lines\":3")
    let text = ([TraceFixture.header] + events + [trailer]).joined(separator: "\n") + "\n"
    let bytes = Array(text.utf8)
    #expect(throws: Never.self) { try TraceFixture.read(bytes) }
    var accepted = 0
    for place in bytes.indices {
      for value in [bytes[place] ^ 1, UInt8(ascii: " "), 0xFF] where value != bytes[place] {
        var changed = bytes
        changed[place] = value
        guard let lines = try? TraceFixture.read(changed) else { continue }
        accepted += 1
        #expect(TraceFixture.written(lines) == changed, "byte \(place) to \(value)")
      }
    }
    #expect(accepted > 0)
  }
}

/// Lines that are refused, each with its reason.
@Suite struct TraceRefusalTests {
  private func code(_ bytes: [UInt8]) -> TraceError.Code? {
    do throws(TraceError) {
      _ = try TraceFixture.read(bytes)
      return nil
    } catch {
      #expect(!error.detail.isEmpty && error.line > 0)
      return error.code
    }
  }

  @Test func theFixtureIsATrace() {
    #expect(code(TraceFixture.trace(#"{"t":5,"kind":"stopped","node":3}"#)) == nil)
  }

  @Test(arguments: [
    (#"{"t":5,"kind":"stopped","node":4}"#, TraceError.Code.outOfRange),
    (#"{"t":5,"kind":"stopped"}"#, .wrongFields),
    (#"{"t":5,"kind":"stopped","node":3,"node":3}"#, .wrongFields),
    (#"{"t":5,"kind":"stopped","node":3,"peer":2}"#, .wrongFields),
    (#"{"t":5,"kind":"foundFailed","peer":2,"node":3}"#, .wrongFields),
    (#"{"t":5,"kind":"stopped","node":3,"colour":2}"#, .unknownName),
    (#"{"t":5,"kind":"exploded","node":3}"#, .unknownName),
    (#"{"t":5,"kind":"message","message":"gossip","node":3,"peer":1}"#, .unknownName),
    (#"{"t":5,"kind":"message","message":"ping","node":3,"peer":1}"#, .wrongFields),
    (#"{"t":5,"kind":"message","node":3,"peer":1}"#, .wrongFields),
    (#"{"t":5,"kind":"stopped","node": 3}"#, .malformedLine),
    (#"{"t":5,"kind":"stopped","node":03}"#, .malformedLine),
    (#"{"t":5,"kind":"stopped","node":-1}"#, .malformedLine),
    (#"{"t":5,"kind":"stopped","node":1.5}"#, .malformedLine),
    (#"{"t":5,"kind":"stopped","node":"3"}"#, .malformedLine),
    (#"{"t":5,"kind":"stopped","node":3"#, .malformedLine),
    (#"{"t":5,"kind":"stopped","node":3}}"#, .malformedLine),
    (#"{"t":9007199254740992,"kind":"stopped","node":3}"#, .outOfRange),
    (#"{"t":99999999999999999999999,"kind":"stopped","node":3}"#, .outOfRange),
    (#"{"t":10,"kind":"stopped","node":3}"#, .outOfOrder),
    (#"{"t":5,"kind":"overdue","tag":"18446744073709551616"}"#, .outOfRange),
    (#"{"t":5,"kind":"overdue","tag":7}"#, .malformedLine),
    (#"{"t":5,"kind":"started","node":3,"nodeId":"AB"}"#, .malformedLine),
    ("", .malformedLine),
    ("[]", .malformedLine),
    ("{}", .malformedLine),
  ])
  func lines(line: String, expected: TraceError.Code) {
    #expect(code(TraceFixture.trace(line)) == expected)
  }

  @Test func headersAndTrailers() {
    let event = #"{"t":5,"kind":"stopped","node":3}"#
    func changed(_ old: String, _ new: String) -> [UInt8] {
      let text = String(decoding: TraceFixture.trace(event), as: UTF8.self)
      return Array(text.replacing(old, with: new).utf8)
    }
    #expect(code([]) == .truncated)
    #expect(code(Array("hello\n".utf8)) == .notATrace)
    #expect(code(changed("redoubt-trace", "other")) == .notATrace)
    #expect(code(changed("\"version\":1", "\"version\":2")) == .otherVersion)
    #expect(code(changed("\"lines\":1", "\"lines\":2")) == .wrongTrailer)
    #expect(code(changed("aabbccddeeff", "AABBCCDDEEFF")) == .malformedLine)
    #expect(code(TraceFixture.trace(event) + Array("x".utf8)) == .wrongTrailer)
    #expect(code(TraceFixture.trace(event) + Array((event + "\n").utf8)) == .wrongTrailer)
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: TraceSchema.lineBytesMax + 1)
    #expect(code(long) == .tooLong)
    #expect(code(long + [UInt8(ascii: "\n")]) == .tooLong)
    let many = (0...TraceSchema.entryCountMax).map { "\"\($0)\":\"\"" }.joined(separator: ",")
    #expect(code(changed("\"a\":\"b\"", many)) == .outOfRange)
    #expect(code(changed("\"a\":\"b\"", "\"a\":\"\\x\"")) == .malformedLine)
    #expect(code(changed("\"a\":\"b\"", "\"a\":\"\\u0041\"")) == .malformedLine)
  }
}
