public import Pastry

/// Why a lookup was given up, by the name that stands in a line.
public enum DropReasonName: String, CaseIterable, Sendable {
  /// See `DropReason`.
  case tooManyHops
  /// See `DropReason`.
  case unacknowledged
  /// See `DropReason`.
  case overloaded
  /// See `DropReason`.
  case departed

  /// The name of a reason.
  public init(_ reason: DropReason) {
    switch reason {
    case .tooManyHops: self = .tooManyHops
    case .unacknowledged: self = .unacknowledged
    case .overloaded: self = .overloaded
    case .departed: self = .departed
    }
  }
}

extension MessageKind {
  /// The name of the kind in traces and tables.
  public var name: String {
    switch self {
    case .lookup: "lookup"
    case .join: "join"
    case .acknowledge: "acknowledge"
    case .heartbeat: "heartbeat"
    case .leafSetProbe: "leafSetProbe"
    case .leafSetReply: "leafSetReply"
    case .joinReply: "joinReply"
    case .ping: "ping"
    case .pong: "pong"
    case .arrival: "arrival"
    case .nearbyRequest: "nearbyRequest"
    case .nearbyReply: "nearbyReply"
    case .rowRequest: "rowRequest"
    case .rowReply: "rowReply"
    case .row: "row"
    case .constrainedRequest: "constrainedRequest"
    case .constrainedRow: "constrainedRow"
    case .departure: "departure"
    }
  }

  /// The kind with a name.
  public init?(name: some StringProtocol) {
    guard let kind = MessageKind.allCases.first(where: { $0.name == name }) else { return nil }
    self = kind
  }
}

extension TraceEvent {
  /// What a message carries that a trace keeps.
  mutating func take(_ message: borrowing PastryMessage) {
    self.message = MessageKind(message)
    switch message {
    case .route(let route, let id):
      take(route, withTag: route.purpose == .application)
      request = UInt64(id.number)
    case .acknowledge(let id), .ping(let id), .pong(let id), .nearbyRequest(let id):
      request = UInt64(id.number)
    case .leafSetProbe(let report, let id), .leafSetReply(let report, let id):
      take(report)
      request = UInt64(id.number)
    case .joinReply(let report), .departure(let report):
      take(report)
    case .arrival(let roundTrip): value = UInt64(roundTrip)
    case .nearbyReply(let nodes, let id):
      list = UInt64(nodes.count)
      request = UInt64(id.number)
    case .rowRequest(let row, let id):
      value = UInt64(row)
      request = UInt64(id.number)
    case .rowReply(let nodes, let rowCount, let id):
      list = UInt64(nodes.count)
      value = UInt64(rowCount)
      request = UInt64(id.number)
    case .row(let nodes), .constrainedRow(let nodes): list = UInt64(nodes.count)
    case .heartbeat, .constrainedRequest: break
    }
  }

  /// What a routed message carries.
  mutating func take(_ route: RouteMessage, withTag: Bool = true) {
    key = route.key
    source = route.source.number
    hops = UInt64(route.hopCount)
    if withTag { tag = route.tag }
  }

  private mutating func take(_ report: LeafSetReport) {
    list = UInt64(report.members.count)
    failed = UInt64(report.failed.count)
  }
}
