public import ProtocolTime
public import SecureRouting

/// What happened to calls of secure routing.
///
/// Every call is open, abandoned, or judged: complete, vacuous or missed. A call is judged some
/// time after it ended, by the engine's own ring of nodes: its message is expected at the honest
/// nodes that were among the replica roots of the key at the start of the call and still are.
public struct SecureCounters: Equatable, Sendable {
  /// Calls started.
  public var calls: UInt64 = 0
  /// Calls that ended, by `SecureResult.Outcome`.
  public var outcomes = [UInt64](repeating: 0, count: SecureResult.Outcome.allCases.count)
  /// Calls of nodes that still run that had not ended at the deadline.
  public var overdue: UInt64 = 0
  /// Calls whose source stopped before they ended; they are not judged.
  public var abandoned: UInt64 = 0
  /// Calls whose message came to every node where it was expected, and to at least one.
  public var complete: UInt64 = 0
  /// Calls whose message was expected nowhere: all replica roots are faulty or have changed.
  public var vacuous: UInt64 = 0
  /// Calls whose message did not come to every node where it was expected, by
  /// `SecureResult.Outcome`; the last place takes those that had not ended.
  public var missed = [UInt64](repeating: 0, count: SecureResult.Outcome.allCases.count + 1)
  /// Judged calls of which an honest node that is, by the ring, within l/2 places of the key's root
  /// had the message.
  public var reached: UInt64 = 0
  /// Deliveries at honest nodes, each call and node once.
  public var deliveries: UInt64 = 0
  /// Those of them at nodes that were not replica roots at the start of the call nor at its end.
  public var atOthers: UInt64 = 0
  /// Deliveries of a message that the node had delivered before.
  public var duplicates: UInt64 = 0
  /// Deliveries after the call was judged, or of calls that nobody made.
  public var late: UInt64 = 0
  /// Calls that ended with a positive failure test.
  public var positives: UInt64 = 0
  /// The sum of the rounds of calls that ended.
  public var rounds: UInt64 = 0
  /// The sum of the times from start to end of calls that ended.
  public var delay = TimeSpan.zero
  /// Messages sent, by kind; see `SecureMessageKind`.
  public var sent = [UInt64](repeating: 0, count: SecureMessageKind.allCases.count)

  /// Nothing has happened.
  public init() {}

  /// Calls that ended.
  public var completed: UInt64 { outcomes.reduce(0, +) }

  /// Calls whose message did not come to every node where it was expected.
  public var incomplete: UInt64 { missed.reduce(0, +) }

  /// Calls that were judged or abandoned.
  public var ended: UInt64 { complete + vacuous + incomplete + abandoned }

  /// All messages sent.
  public var messages: UInt64 { sent.reduce(0, +) }

  func combined(
    _ other: SecureCounters, _ count: (UInt64, UInt64) -> UInt64,
    spans: (TimeSpan, TimeSpan) -> TimeSpan
  ) -> SecureCounters {
    var result = self
    let lists: [WritableKeyPath<SecureCounters, [UInt64]>] = [\.outcomes, \.missed, \.sent]
    for list in lists {
      result[keyPath: list] = zip(self[keyPath: list], other[keyPath: list]).map { count($0, $1) }
    }
    let counts: [WritableKeyPath<SecureCounters, UInt64>] = [
      \.calls, \.overdue, \.abandoned, \.complete, \.vacuous, \.reached, \.deliveries, \.atOthers,
      \.duplicates, \.late, \.positives, \.rounds,
    ]
    for path in counts { result[keyPath: path] = count(self[keyPath: path], other[keyPath: path]) }
    result.delay = spans(delay, other.delay)
    return result
  }
}

/// The kinds of messages of secure routing, for counting.
public enum SecureMessageKind: Int, CaseIterable, Sendable {
  /// See `SecureMessage`.
  case rootSet
  /// See `SecureMessage`.
  case list
  /// See `SecureMessage`.
  case confirmed
  /// See `SecureMessage`.
  case forwarded
  /// See `SecureMessage`.
  case needed
  /// See `SecureMessage`.
  case found
  /// See `SecureMessage`.
  case clusterRequest
  /// See `SecureMessage`.
  case clusterReply
  /// See `SecureMessage`.
  case lookupRequest
  /// See `SecureMessage`.
  case lookupReply

  /// The kind of a message.
  public init(_ message: borrowing SecureMessage) {
    switch message {
    case .rootSet: self = .rootSet
    case .list: self = .list
    case .confirmed: self = .confirmed
    case .forwarded: self = .forwarded
    case .needed: self = .needed
    case .found: self = .found
    case .clusterRequest: self = .clusterRequest
    case .clusterReply: self = .clusterReply
    case .lookupRequest: self = .lookupRequest
    case .lookupReply: self = .lookupReply
    }
  }
}
