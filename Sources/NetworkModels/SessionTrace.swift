public import ProtocolTime

/// When nodes come and go: a list of sessions in the order of their arrivals.
public struct SessionTrace: Sendable, Equatable {
  /// One stay of one node.
  public struct Session: Sendable, Equatable, BitwiseCopyable {
    /// The number of the node, below the trace's `nodeCount`.
    public let node: UInt32
    /// When it arrives; `Instant.zero` may mean that it was there before.
    public let arrival: Instant
    /// When it leaves, after `arrival`; at or after the trace's `end` it may mean "later".
    public let departure: Instant

    /// A stay.
    /// - Precondition: `arrival < departure`.
    public init(node: UInt32, arrival: Instant, departure: Instant) {
      precondition(arrival < departure, "node \(node) leaves at \(departure), not after \(arrival)")
      self.node = node
      self.arrival = arrival
      self.departure = departure
    }

    /// How long it stays.
    public var length: TimeSpan { departure.since(arrival) }
  }

  /// What a parser changed.
  public struct Repairs: Sendable, Equatable {
    /// Nodes without any session; they keep their number.
    public internal(set) var idleNodes = 0
    /// Sessions that were dropped because they end when they begin.
    public internal(set) var emptySessions = 0
    /// Sessions that were dropped because they end before they begin.
    public internal(set) var reversedSessions = 0
    /// Sessions that were joined to an earlier one of the same node, which they overlap or follow
    /// without a gap.
    public internal(set) var joinedSessions = 0

    /// Nothing was changed.
    public static let none = Repairs()
  }

  /// The number of nodes, with and without sessions.
  public let nodeCount: Int
  /// By arrival, then by node; sessions of one node do not overlap.
  public let sessions: [Session]
  /// The end of the observation: the last departure of a file, the duration of a generated trace.
  public let end: Instant
  /// What was changed; nothing in a generated trace.
  public let repairs: Repairs

  init(nodeCount: Int, unsorted sessions: [Session], end: Instant, repairs: Repairs = .none) {
    self.nodeCount = nodeCount
    self.sessions = sessions.sorted { ($0.arrival, $0.node) < ($1.arrival, $1.node) }
    self.end = end
    self.repairs = repairs
  }

  /// The part of the trace between two moments, with `start` as its new zero.
  ///
  /// Sessions that are running at `start` arrive at zero; departures after `end` stay as they are.
  /// Node numbers stay.
  /// - Precondition: `start < end`.
  /// - Complexity: O(sessions log sessions).
  public func window(from start: Instant, to end: Instant) -> SessionTrace {
    precondition(start < end, "no window between \(start) and \(end)")
    var kept: [Session] = []
    for session in sessions where session.arrival < end && session.departure > start {
      kept.append(
        Session(
          node: session.node, arrival: .zero + session.arrival.since(start),
          departure: .zero + session.departure.since(start)))
    }
    return SessionTrace(nodeCount: nodeCount, unsorted: kept, end: .zero + end.since(start))
  }

  /// The trace with nodes renumbered, in order, so that each has a session.
  ///
  /// - Complexity: O(nodeCount + sessions).
  public func withoutIdleNodes() -> SessionTrace {
    var isActive = [Bool](repeating: false, count: nodeCount)
    for session in sessions { isActive[Int(session.node)] = true }
    var numbers = [UInt32](repeating: 0, count: nodeCount)
    var count: UInt32 = 0
    for node in isActive.indices where isActive[node] {
      numbers[node] = count
      count += 1
    }
    var repairs = repairs
    repairs.idleNodes = 0
    return SessionTrace(
      nodeCount: Int(count),
      unsorted: sessions.map {
        Session(
          node: numbers[Int($0.node)], arrival: $0.arrival, departure: $0.departure)
      }, end: end, repairs: repairs)
  }
}
