public import RingIdentifiers

/// Node numbers in a message.
public typealias NodeList = ContiguousArray<NodeIndex>

/// Names a request of the node that sent it, for its answer and its timer.
@frozen
public struct RequestId: Hashable, Sendable, BitwiseCopyable {
  /// Place and generation, for the sender alone to read.
  public let number: UInt32

  /// The request with this number.
  @inlinable
  public init(_ number: UInt32) {
    self.number = number
  }
}

/// Which routing table a message follows.
public enum RoutingTableKind: UInt8, Sendable, BitwiseCopyable {
  /// The nearest node by proximity in each slot.
  case proximity
  /// The node closest to the slot's point.
  case constrained
}

/// A message on its way to the root of its key.
public struct RouteMessage: Hashable, Sendable, BitwiseCopyable {
  /// What the message is for.
  public enum Purpose: UInt8, Sendable, BitwiseCopyable {
    /// To be delivered to the application at the root.
    case application
    /// Its source wants to join; every node on the way sends it rows of its table.
    case join
    /// Its source wants to know the root's leaf set: delivered at the root.
    case roots
    /// One of several copies: delivered at the first node that has the root in its leaf set.
    case copy
  }

  /// The destination.
  public let key: Key
  /// The node that it comes from.
  public let source: NodeIndex
  /// Nodes that it was handed to.
  public var hopCount: UInt8
  /// What it is for.
  public let purpose: Purpose
  /// The table that it follows.
  public let table: RoutingTableKind
  /// The first row that a joining source has not been sent yet.
  public var nextRow: UInt8
  /// The number of replica roots that a copy is for.
  public let replicas: UInt8
  /// The application's own number of the message.
  public let tag: UInt64

  /// A message that has not left its source yet.
  public init(
    key: Key, source: NodeIndex, tag: UInt64, purpose: Purpose = .application,
    table: RoutingTableKind = .proximity, replicas: UInt8 = 0
  ) {
    self.key = key
    self.source = source
    self.tag = tag
    self.purpose = purpose
    self.table = table
    self.replicas = replicas
    hopCount = 0
    nextRow = 0
  }
}

/// What a node says of its leaf set.
public struct LeafSetReport: Hashable, Sendable {
  /// Its members.
  public var members: NodeList
  /// Nodes that it has found to have failed while it repaired the set.
  public var failed: NodeList

  /// Joins both lists.
  public init(members: NodeList, failed: NodeList = []) {
    self.members = members
    self.failed = failed
  }
}

/// What nodes send to each other. Lists are bounded; see `isBounded(by:)`.
public enum PastryMessage: Hashable, Sendable {
  /// Hand this on; acknowledge with the number.
  case route(RouteMessage, RequestId)
  /// The message with this number has arrived.
  case acknowledge(RequestId)
  /// The sender is alive; goes to its counterclockwise neighbour.
  case heartbeat
  /// The sender's leaf set; answer with yours.
  case leafSetProbe(LeafSetReport, RequestId)
  /// The answer to a leaf set probe.
  case leafSetReply(LeafSetReport, RequestId)
  /// The root's leaf set, to a node that joins.
  case joinReply(LeafSetReport)
  /// Are you there?
  case ping(RequestId)
  /// Yes.
  case pong(RequestId)
  /// The sender measured this round-trip time to the receiver, in microseconds.
  case arrival(roundTrip: UInt32)
  /// Send me nodes that may be near.
  case nearbyRequest(RequestId)
  /// The leaf set or neighborhood set, to a node that looks for a near one.
  case nearbyReply(NodeList, RequestId)
  /// Send me this row of your routing table.
  case rowRequest(row: UInt8, RequestId)
  /// Nodes of a row, and how many rows there are.
  case rowReply(NodeList, rowCount: UInt8, RequestId)
  /// Rows that a joining node was not asked for.
  case row(NodeList)
  /// Send me your constrained routing table; there is one answer for each row.
  case constrainedRequest
  /// One row of the constrained routing table.
  case constrainedRow(NodeList)
  /// The sender leaves; these were its leaf set.
  case departure(LeafSetReport)

  /// Whether every list is no longer than an honest node ever makes it.
  public func isBounded(by configuration: PastryConfiguration) -> Bool {
    let most = configuration.memberListMax
    switch self {
    case .leafSetProbe(let report, _), .leafSetReply(let report, _), .joinReply(let report),
      .departure(let report):
      return report.members.count <= most && report.failed.count <= configuration.listMax
    case .nearbyReply(let nodes, _), .rowReply(let nodes, _, _), .row(let nodes),
      .constrainedRow(let nodes):
      return nodes.count <= most
    case .route, .acknowledge, .heartbeat, .ping, .pong, .arrival, .nearbyRequest, .rowRequest,
      .constrainedRequest:
      return true
    }
  }

  /// Whether every node that it names is in the book.
  func names(only book: borrowing PeerBook) -> Bool {
    switch self {
    case .leafSetProbe(let report, _), .leafSetReply(let report, _), .joinReply(let report),
      .departure(let report):
      return report.members.allSatisfy(book.contains) && report.failed.allSatisfy(book.contains)
    case .nearbyReply(let nodes, _), .rowReply(let nodes, _, _), .row(let nodes),
      .constrainedRow(let nodes):
      return nodes.allSatisfy(book.contains)
    case .route(let message, _): return book.contains(message.source)
    case .acknowledge, .heartbeat, .ping, .pong, .arrival, .nearbyRequest, .rowRequest,
      .constrainedRequest:
      return true
    }
  }
}
