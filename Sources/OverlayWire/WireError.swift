public import Pastry
public import RingIdentifiers

/// The one reason why octets are no message. Places are counted from 0, in octets.
///
/// All but `unknownNodes` mean that an honest sender of this version never sends them.
public enum WireError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Longer than any message under the configuration; nothing was read.
  case oversize(count: Int, limit: Int)
  /// The octets end within the field that begins at this place and has so many octets.
  case truncated(at: Int, needed: Int)
  /// Octets from this place on do not belong to the message.
  case trailing(at: Int)
  /// Another version of the format.
  case unknownVersion(UInt8)
  /// No kind of message has this number.
  case unknownKind(UInt8)
  /// No purpose of a routed message has this number.
  case unknownPurpose(UInt8, at: Int)
  /// No routing table has this number.
  case unknownTable(UInt8, at: Int)
  /// Neither 0 nor 1.
  case notBoolean(UInt8, at: Int)
  /// The count at this place is larger than an honest node ever makes it; nothing was allocated.
  case tooLong(count: Int, limit: Int, at: Int)
  /// The octets are a message, but the directory does not have these nodes: each once, in the order
  /// in which they are named. Fetch their certificates, insert them and decode again.
  ///
  /// There are no more of them than one message can list.
  case unknownNodes([NodeId])

  /// A stable lower-case word per reason, for scripts and counters.
  public var name: String {
    switch self {
    case .oversize: "oversize"
    case .truncated: "truncated"
    case .trailing: "trailing"
    case .unknownVersion: "unknown-version"
    case .unknownKind: "unknown-kind"
    case .unknownPurpose: "unknown-purpose"
    case .unknownTable: "unknown-table"
    case .notBoolean: "not-boolean"
    case .tooLong: "too-long"
    case .unknownNodes: "unknown-nodes"
    }
  }

  /// One line that names the reason and the facts behind it.
  public var description: String {
    switch self {
    case .oversize(let count, let limit):
      "oversize: \(count) octets, no message has more than \(limit)"
    case .truncated(let place, let needed):
      "truncated: the field of \(needed) octets at octet \(place) is not complete"
    case .trailing(let place): "trailing: the message ends before octet \(place)"
    case .unknownVersion(let octet):
      "unknown version: \(octet), this is version \(WireFormat.version)"
    case .unknownKind(let octet): "unknown kind: no message has number \(octet)"
    case .unknownPurpose(let octet, let place): "unknown purpose: \(octet) at octet \(place)"
    case .unknownTable(let octet, let place): "unknown table: \(octet) at octet \(place)"
    case .notBoolean(let octet, let place):
      "not boolean: \(octet) at octet \(place), it can be 0 or 1"
    case .tooLong(let count, let limit, let place):
      "too long: the list at octet \(place) has \(count) elements, at most \(limit) are allowed"
    case .unknownNodes(let nodeIds):
      "unknown nodes: \(nodeIds.count), the first is \(nodeIds.first?.description ?? "missing")"
    }
  }
}

/// Why a message cannot be written: an error of the program that made it, never of a stranger.
public enum WireEncodingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The message names a node that the book does not have.
  case notInBook(NodeIndex, WireKind)
  /// A list or an object is longer than `isBounded(by:)` allows, or than its count can say.
  case tooLong(count: Int, limit: Int, WireKind)

  /// One line that names the reason and the facts behind it.
  public var description: String {
    switch self {
    case .notInBook(let index, let kind):
      "not in book: node \(index), named by a message of kind \(kind.octet)"
    case .tooLong(let count, let limit, let kind):
      "too long: \(count) elements in a message of kind \(kind.octet), at most \(limit) are allowed"
    }
  }
}
