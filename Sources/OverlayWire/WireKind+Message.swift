public import Pastry
public import SecureRouting

extension WireKind {
  /// The kind of a message.
  public init(_ message: OverlayMessage) {
    switch message {
    case .pastry(let message): self = .pastry(PastryKind(message))
    case .secure(let message): self = .secure(SecureKind(message))
    case .read(let message): self = .read(ReadKind(message))
    }
  }
}

extension PastryKind {
  /// The kind of a message.
  public init(_ message: PastryMessage) {
    switch message {
    case .route: self = .route
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
}

extension SecureKind {
  /// The kind of a message.
  public init(_ message: SecureMessage) {
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

extension ReadKind {
  /// The kind of a message.
  public init(_ message: ReadMessage) {
    switch message {
    case .request: self = .request
    case .object: self = .object
    case .absent: self = .absent
    }
  }
}
