/// What an overlay message is: its second octet, and what follows it.
///
/// The numbers below are the format. They are written out, a number is never given to another kind,
/// and never used again once its kind is gone. The two highest bits are the family; from 0xc0 on,
/// and at the zero of each family, no number is given out.
///
/// The layouts name fields in their order: first those of fixed size, in front of all the number
/// that an answer is known by (`request` or `nonce`), then lists. Numbers are unsigned with the
/// most significant octet first, their octets in parentheses; a key or a node takes 20. `nodes` is
/// a count (2) and so many nodeIds; `report` is twice that, the members and the failed; `object` is
/// a count (4) and so many octets.
public enum WireKind: Hashable, Sendable, CaseIterable {
  /// For the overlay itself.
  case pastry(PastryKind)
  /// For secure routing.
  case secure(SecureKind)
  /// For reads of objects.
  case read(ReadKind)

  /// The kind with this number; nil when there is none.
  public init?(octet: UInt8) {
    if let kind = PastryKind(rawValue: octet) {
      self = .pastry(kind)
    } else if let kind = SecureKind(rawValue: octet) {
      self = .secure(kind)
    } else if let kind = ReadKind(rawValue: octet) {
      self = .read(kind)
    } else {
      return nil
    }
  }

  /// The number.
  public var octet: UInt8 {
    switch self {
    case .pastry(let kind): kind.rawValue
    case .secure(let kind): kind.rawValue
    case .read(let kind): kind.rawValue
    }
  }

  /// All kinds, family by family.
  public static var allCases: [WireKind] {
    PastryKind.allCases.map(WireKind.pastry) + SecureKind.allCases.map(WireKind.secure)
      + ReadKind.allCases.map(WireKind.read)
  }
}

/// Messages of the overlay itself, `PastryMessage`: 0x01 to 0x3f.
public enum PastryKind: UInt8, Hashable, Sendable, CaseIterable {
  /// request (4), key, source, hopCount (1), purpose (1), table (1), nextRow (1), replicas (1),
  /// tag (8); purpose and table as in `WireNumbers`.
  case route = 0x01
  /// request (4).
  case acknowledge = 0x02
  /// Nothing.
  case heartbeat = 0x03
  /// request (4), report.
  case leafSetProbe = 0x04
  /// request (4), report.
  case leafSetReply = 0x05
  /// report.
  case joinReply = 0x06
  /// request (4).
  case ping = 0x07
  /// request (4).
  case pong = 0x08
  /// roundTrip (4), in microseconds.
  case arrival = 0x09
  /// request (4).
  case nearbyRequest = 0x0a
  /// request (4), nodes.
  case nearbyReply = 0x0b
  /// request (4), row (1).
  case rowRequest = 0x0c
  /// request (4), rowCount (1), nodes.
  case rowReply = 0x0d
  /// nodes.
  case row = 0x0e
  /// Nothing.
  case constrainedRequest = 0x0f
  /// nodes.
  case constrainedRow = 0x10
  /// report.
  case departure = 0x11
}

/// Messages of secure routing, `SecureMessage`: 0x41 to 0x7f.
public enum SecureKind: UInt8, Hashable, Sendable, CaseIterable {
  /// nonce (8), nodes.
  case rootSet = 0x41
  /// nonce (8), key, source, replicas (1), nodes.
  case list = 0x42
  /// nonce (8).
  case confirmed = 0x43
  /// nonce (8), key, source, replicas (1).
  case forwarded = 0x44
  /// nonce (8), key, source, replicas (1).
  case needed = 0x45
  /// nonce (8).
  case found = 0x46
  /// nonce (8), key.
  case clusterRequest = 0x47
  /// nonce (8), whether the slot has a node (1: 0 or 1), the node if it has, nodes.
  case clusterReply = 0x48
  /// nonce (8), key.
  case lookupRequest = 0x49
  /// nonce (8), nodes.
  case lookupReply = 0x4a
}

/// Messages of reads, `ReadMessage`: 0x81 to 0xbf.
public enum ReadKind: UInt8, Hashable, Sendable, CaseIterable {
  /// nonce (8), key.
  case request = 0x81
  /// nonce (8), object.
  case object = 0x82
  /// nonce (8).
  case absent = 0x83
}
