public import Pastry
public import ProtocolTime

/// What happened in a run.
public struct SimulationCounters: Equatable, Sendable {
  /// Events taken from the schedule.
  public var events: UInt64 = 0
  /// Messages sent, by kind; see `MessageKind`.
  public var sent = [UInt64](repeating: 0, count: MessageKind.allCases.count)
  /// Messages that the network lost.
  public var lostInNetwork: UInt64 = 0
  /// Messages to nodes that were not running.
  public var toStoppedNodes: UInt64 = 0
  /// Messages taken in by nodes.
  public var received: UInt64 = 0
  /// Lookups started.
  public var lookups: UInt64 = 0
  /// Lookups delivered at the root of their key. What a faulty node takes in is not delivered.
  public var delivered: UInt64 = 0
  /// Lookups delivered at another node while the root was in the overlay.
  public var misdelivered: UInt64 = 0
  /// Lookups that nodes gave up, by `DropReason`.
  public var dropped = [UInt64](repeating: 0, count: DropReason.allCases.count)
  /// Lookups that nobody delivered in time, of sources that still run.
  public var overdue: UInt64 = 0
  /// Lookups that nobody delivered in time and whose source had stopped meanwhile.
  public var abandoned: UInt64 = 0
  /// Deliveries of lookups that were over.
  public var duplicates: UInt64 = 0
  /// Delivered lookups, at the root or not, by the number of hops; the last place takes all longer
  /// ones.
  public var hops = [UInt64](repeating: 0, count: 42)
  /// The sum of the delays of delivered lookups, and of what the network itself takes from source
  /// to root, over lookups with another root than their source.
  public var lookupDelay = TimeSpan.zero
  /// See `lookupDelay`.
  public var directDelay = TimeSpan.zero
  /// The sum of the ratios of both, in 2^-20, over the same lookups.
  public var stretchSum: UInt64 = 0
  /// Lookups in these three sums.
  public var stretchCount: UInt64 = 0
  /// Those of them at another node than the root.
  public var wrongDuplicates: UInt64 = 0
  /// Nodes that started.
  public var started: UInt64 = 0
  /// Nodes that became active.
  public var activated: UInt64 = 0
  /// Nodes that stopped.
  public var stopped: UInt64 = 0
  /// The sum of the times from start to activation.
  public var joinDelay = TimeSpan.zero
  /// Peers found to have failed, and those of them that were in the overlay.
  public var foundFailed: UInt64 = 0
  /// See `foundFailed`.
  public var foundFailedAlive: UInt64 = 0
  /// Messages refused, by `RefusalReason`.
  public var refused = [UInt64](repeating: 0, count: RefusalReason.allCases.count)
  /// The sum of the times that nodes were in the overlay, in seconds.
  public var activeSeconds = 0.0
  /// Lookups, not secure ones, of which an honest node with the key's root in its leaf set has had
  /// the message; counted only when there is an adversary.
  public var reached: UInt64 = 0
  /// Messages that the adversary sent besides those of its nodes' honest machines; not in `sent`.
  public var adversaryMessages: UInt64 = 0
  /// Secure routing.
  public var secure = SecureCounters()
  /// Reads of objects.
  public var reads = ReadCounters()

  /// Nothing has happened.
  public init() {}

  /// Messages sent that are not lookups or their acknowledgements.
  public var controlMessages: UInt64 {
    MessageKind.allCases.reduce(0) { $0 + ($1.isControl ? sent[$1.rawValue] : 0) }
  }

  /// All messages sent by the protocol, secure routing and reads included; see
  /// `adversaryMessages`.
  public var messages: UInt64 { sent.reduce(0, +) + secure.messages + reads.messages }
}

/// The kinds of messages, for counting.
public enum MessageKind: Int, CaseIterable, Sendable {
  /// A lookup handed on.
  case lookup
  /// A join request handed on.
  case join
  /// An acknowledgement of either.
  case acknowledge
  /// See `PastryMessage`.
  case heartbeat
  /// See `PastryMessage`.
  case leafSetProbe
  /// See `PastryMessage`.
  case leafSetReply
  /// See `PastryMessage`.
  case joinReply
  /// See `PastryMessage`.
  case ping
  /// See `PastryMessage`.
  case pong
  /// See `PastryMessage`.
  case arrival
  /// See `PastryMessage`.
  case nearbyRequest
  /// See `PastryMessage`.
  case nearbyReply
  /// See `PastryMessage`.
  case rowRequest
  /// See `PastryMessage`.
  case rowReply
  /// See `PastryMessage`.
  case row
  /// See `PastryMessage`.
  case constrainedRequest
  /// See `PastryMessage`.
  case constrainedRow
  /// See `PastryMessage`.
  case departure

  /// The kind of a message.
  public init(_ message: borrowing PastryMessage) {
    switch message {
    case .route(let route, _): self = route.purpose == .join ? .join : .lookup
    case .acknowledge: self = .acknowledge
    case .heartbeat: self = .heartbeat
    case .leafSetProbe: self = .leafSetProbe
    case .leafSetReply: self = .leafSetReply
    case .joinReply: self = .joinReply
    case .ping: self = .ping
    case .pong: self = .pong
    case .arrival: self = .arrival
    case .nearbyRequest: self = .nearbyRequest
    case .nearbyReply: self = .nearbyReply
    case .rowRequest: self = .rowRequest
    case .rowReply: self = .rowReply
    case .row: self = .row
    case .constrainedRequest: self = .constrainedRequest
    case .constrainedRow: self = .constrainedRow
    case .departure: self = .departure
    }
  }

  /// Whether it keeps the overlay up; lookups and acknowledgements are what the overlay is for.
  public var isControl: Bool { self != .lookup && self != .acknowledge }
}
