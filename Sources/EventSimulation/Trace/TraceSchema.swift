public import RingIdentifiers

/// The names of the trace schema, the same for every engine that writes traces.
public enum TraceSchema {
  /// The value of `schema` in the header.
  public static let name = "redoubt-trace"
  /// The version of the fields; a reader takes no other.
  public static let version: UInt64 = 1
  /// How `TraceDigest` makes the digest in the trailer.
  public static let digestAlgorithm = "redoubt-events-128"
  /// The most bytes of one line.
  public static let lineBytesMax = 65_536
  /// The most settings in a header, and the most counters in a trailer.
  public static let entryCountMax = 256
  /// Times and counts are JSON numbers, so they stay below 2^53, as far as any reader is exact: 104
  /// days of nanoseconds.
  public static let numberMax: UInt64 = 1 << 53 - 1
}

/// The first line of a trace: what is needed to repeat the run.
public struct TraceHeader: Equatable, Sendable {
  /// The engine that wrote the trace.
  public var engine: String
  /// Names every random draw of the run.
  public var seed: UInt64
  /// Nodes in the run; every `node` and `peer` is below.
  public var nodes: UInt32
  /// The name of the digest.
  public var digest = TraceSchema.digestAlgorithm
  /// What else the run depends on, for the program that made it to read.
  public var settings: [TraceSetting]

  /// Joins the parts.
  public init(engine: String, seed: UInt64, nodes: UInt32, settings: [TraceSetting]) {
    self.engine = engine
    self.seed = seed
    self.nodes = nodes
    self.settings = settings
  }
}

/// A named setting of a run.
public struct TraceSetting: Equatable, Sendable {
  /// Its name, such as the option of a command.
  public let name: String
  /// Its value as text.
  public let value: String

  /// Joins both.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// A number that a run counted.
public struct TraceCounter: Equatable, Sendable {
  /// What was counted.
  public let name: String
  /// How often.
  public let value: UInt64

  /// Joins both.
  public init(_ name: String, _ value: UInt64) {
    self.name = name
    self.value = value
  }
}

/// What happened, by the name that stands in a line.
public enum TraceKind: String, CaseIterable, Sendable {
  /// The node is in the overlay when the trace begins.
  case present
  /// The node starts, and joins.
  case started
  /// The node stops without a word.
  case stopped
  /// The node has joined.
  case activated
  /// A message from `peer` arrives at `node`, whether or not that is running.
  case message
  /// The node looks up a key.
  case lookup
  /// The node takes itself for the root of a lookup's key.
  case delivered
  /// The node gives a lookup up.
  case dropped
  /// A lookup was not delivered before its deadline.
  case overdue
  /// The node takes `peer` for failed.
  case foundFailed
  /// The last line.
  case end
}

/// The fields of an event, in the order in which they stand in its line.
enum TraceField: UInt8, CaseIterable {
  case t, kind, message, node, peer, nodeId, key, source, hops, tag, request, list, failed, value
  case isRoot, reason

  private static let names = allCases.map { "\($0)" }

  var name: String { TraceField.names[Int(rawValue)] }
  var bit: UInt32 { 1 << UInt32(rawValue) }
}

/// One event of a trace. Which fields are set follows from `kind` and `message`.
public struct TraceEvent: Equatable, Sendable {
  /// Nanoseconds on the engine's clock.
  public var nanoseconds: UInt64
  /// What happened.
  public var kind: TraceKind
  /// The kind of a message.
  public var message: MessageKind?
  /// The node that it happens to.
  public var node: UInt32?
  /// The sender of a message, or the peer found to have failed.
  public var peer: UInt32?
  /// The nodeId of a node that is present or starts.
  public var nodeId: NodeId?
  /// The key that is looked up.
  public var key: Key?
  /// The node that a routed message comes from.
  public var source: UInt32?
  /// Nodes that a routed message was handed to before.
  public var hops: UInt64?
  /// The number of a lookup.
  public var tag: UInt64?
  /// The sender's number of the request that this is or answers.
  public var request: UInt64?
  /// How many nodes the message names.
  public var list: UInt64?
  /// How many of them as failed.
  public var failed: UInt64?
  /// The row that is asked for, the number of rows, or a round trip in microseconds.
  public var value: UInt64?
  /// Whether the node was the root by the engine's own knowledge.
  public var isRoot: Bool?
  /// Why a lookup was given up.
  public var reason: DropReasonName?

  /// An event without fields.
  public init(nanoseconds: UInt64, kind: TraceKind) {
    self.nanoseconds = nanoseconds
    self.kind = kind
  }

  /// The fields that an event of this kind has, as bits.
  static func fields(of kind: TraceKind, _ message: MessageKind?) -> UInt32 {
    let always: [TraceField] = [.t, .kind]
    let more: [TraceField]
    switch kind {
    case .present, .started: more = [.node, .nodeId]
    case .stopped, .activated: more = [.node]
    case .message: more = [.message, .node, .peer] + fields(of: message)
    case .lookup: more = [.node, .key, .tag]
    case .delivered: more = [.node, .key, .source, .hops, .tag, .isRoot]
    case .dropped: more = [.node, .key, .source, .hops, .tag, .reason]
    case .overdue: more = [.tag]
    case .foundFailed: more = [.node, .peer]
    case .end: more = []
    }
    return (always + more).reduce(0) { $0 | $1.bit }
  }

  private static func fields(of message: MessageKind?) -> [TraceField] {
    switch message {
    case .lookup: [.key, .source, .hops, .tag, .request]
    case .join: [.key, .source, .hops, .request]
    case .acknowledge, .ping, .pong, .nearbyRequest: [.request]
    case .leafSetProbe, .leafSetReply: [.request, .list, .failed]
    case .joinReply, .departure: [.list, .failed]
    case .arrival: [.value]
    case .nearbyReply: [.request, .list]
    case .rowRequest: [.request, .value]
    case .rowReply: [.request, .list, .value]
    case .row, .constrainedRow: [.list]
    case .heartbeat, .constrainedRequest, nil: []
    }
  }
}

/// The last line of a trace.
public struct TraceTrailer: Equatable, Sendable {
  /// When the run ended.
  public var nanoseconds: UInt64
  /// Events in the trace.
  public var lines: UInt64
  /// False when the run was stopped before its end.
  public var isComplete: Bool
  /// What was counted.
  public var counters: [TraceCounter]
  /// The digest of the run, 32 hexadecimal digits.
  public var digest: String
}

/// A line of a trace.
public enum TraceLine: Equatable, Sendable {
  /// The first.
  case header(TraceHeader)
  /// One of those between.
  case event(TraceEvent)
  /// The last.
  case trailer(TraceTrailer)
}
