import Pastry
import SecureRouting

/// The longest lists, and the longest messages in octets.
struct WireLimits: Hashable, Sendable {
  /// Members that a message of Pastry lists.
  let members: Int
  /// Failed nodes that a report lists.
  let failed: Int
  /// Nodes that a message of secure routing lists.
  let nodes: Int
  /// Octets of an object.
  let object: Int

  init(pastry: PastryConfiguration, read: ReadConfiguration) {
    let listed = Int(UInt16.max)
    members = min(pastry.memberListMax, listed)
    failed = min(pastry.listMax, listed)
    nodes = min(SecureMessage.listMax(pastry), listed)
    object = min(max(0, read.objectOctetsMax), Int(Int32.max))
  }

  /// The octets of a key and of a nodeId.
  static let point = 20
  private static let header = 2
  private static let request = 4
  private static let nonce = 8
  /// nonce, key, source, replicas
  private static let secureRequest = nonce + 2 * point + 1

  private static func list(_ count: Int) -> Int { 2 + count * point }

  private var report: Int { Self.list(members) + Self.list(failed) }

  func octetsMax(of kind: WireKind) -> Int {
    switch kind {
    case .pastry(let kind): Self.header + fields(kind)
    case .secure(let kind): Self.header + fields(kind)
    case .read(let kind): Self.header + fields(kind)
    }
  }

  private func fields(_ kind: PastryKind) -> Int {
    switch kind {
    case .route: Self.request + 2 * Self.point + 5 + 8
    case .acknowledge, .ping, .pong, .arrival, .nearbyRequest: Self.request
    case .heartbeat, .constrainedRequest: 0
    case .leafSetProbe, .leafSetReply: Self.request + report
    case .joinReply, .departure: report
    case .nearbyReply: Self.request + Self.list(members)
    case .rowRequest: Self.request + 1
    case .rowReply: Self.request + 1 + Self.list(members)
    case .row, .constrainedRow: Self.list(members)
    }
  }

  private func fields(_ kind: SecureKind) -> Int {
    switch kind {
    case .rootSet, .lookupReply: Self.nonce + Self.list(nodes)
    case .list: Self.secureRequest + Self.list(nodes)
    case .confirmed, .found: Self.nonce
    case .forwarded, .needed: Self.secureRequest
    case .clusterRequest, .lookupRequest: Self.nonce + Self.point
    case .clusterReply: Self.nonce + 1 + Self.point + Self.list(nodes)
    }
  }

  private func fields(_ kind: ReadKind) -> Int {
    switch kind {
    case .request: Self.nonce + Self.point
    case .object: Self.nonce + 4 + object
    case .absent: Self.nonce
    }
  }
}
