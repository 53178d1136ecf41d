import Pastry
import RingIdentifiers
import SecureRouting

/// Takes the fields of one message from octets of a stranger; each field is checked before it is
/// read, and each count before anything is allocated for it.
struct WireReader {
  private let octets: [UInt8]
  private let limits: WireLimits
  private let directory: NodeDirectory
  private var place = 0
  /// The nodeIds that the directory does not have, in the order in which they came.
  private var unknown: [NodeId] = []
  /// The same, to find them again: asked and never iterated.
  private var unknownSet: Set<NodeId> = []

  init(_ format: WireFormat, _ octets: [UInt8], _ directory: NodeDirectory) {
    limits = format.limits
    self.octets = octets
    self.directory = directory
  }

  mutating func message(_ kind: WireKind) throws(WireError) -> OverlayMessage {
    switch kind {
    case .pastry(let kind): .pastry(try message(kind))
    case .secure(let kind): .secure(try message(kind))
    case .read(let kind): .read(try message(kind))
    }
  }

  /// Ends the message.
  /// - Throws: `trailing`, or else `unknownNodes`.
  func finish() throws(WireError) {
    guard place == octets.count else { throw .trailing(at: place) }
    guard unknown.isEmpty else { throw .unknownNodes(unknown) }
  }

  // MARK: messages

  private mutating func message(_ kind: PastryKind) throws(WireError) -> PastryMessage {
    switch kind {
    case .route:
      let id = try request()
      return .route(try routeMessage(), id)
    case .acknowledge: return .acknowledge(try request())
    case .heartbeat: return .heartbeat
    case .leafSetProbe:
      let id = try request()
      return .leafSetProbe(try report(), id)
    case .leafSetReply:
      let id = try request()
      return .leafSetReply(try report(), id)
    case .joinReply: return .joinReply(try report())
    case .ping: return .ping(try request())
    case .pong: return .pong(try request())
    case .arrival: return .arrival(roundTrip: try number())
    case .nearbyRequest: return .nearbyRequest(try request())
    case .nearbyReply:
      let id = try request()
      return .nearbyReply(try nodes(most: limits.members), id)
    case .rowRequest:
      let id = try request()
      return .rowRequest(row: try octet(), id)
    case .rowReply:
      let id = try request()
      let rowCount = try octet()
      return .rowReply(try nodes(most: limits.members), rowCount: rowCount, id)
    case .row: return .row(try nodes(most: limits.members))
    case .constrainedRequest: return .constrainedRequest
    case .constrainedRow: return .constrainedRow(try nodes(most: limits.members))
    case .departure: return .departure(try report())
    }
  }

  private mutating func message(_ kind: SecureKind) throws(WireError) -> SecureMessage {
    switch kind {
    case .rootSet:
      let nonce: UInt64 = try number()
      return .rootSet(try nodes(most: limits.nodes), nonce: nonce)
    case .list:
      let request = try secureRequest()
      return .list(request, try nodes(most: limits.nodes))
    case .confirmed: return .confirmed(nonce: try number())
    case .forwarded: return .forwarded(try secureRequest())
    case .needed: return .needed(try secureRequest())
    case .found: return .found(nonce: try number())
    case .clusterRequest:
      let nonce: UInt64 = try number()
      return .clusterRequest(Key(try point()), nonce: nonce)
    case .clusterReply:
      let nonce: UInt64 = try number()
      let slot = try boolean() ? try node() : .none
      return .clusterReply(try nodes(most: limits.nodes), slot: slot, nonce: nonce)
    case .lookupRequest:
      let nonce: UInt64 = try number()
      return .lookupRequest(Key(try point()), nonce: nonce)
    case .lookupReply:
      let nonce: UInt64 = try number()
      return .lookupReply(try nodes(most: limits.nodes), nonce: nonce)
    }
  }

  private mutating func message(_ kind: ReadKind) throws(WireError) -> ReadMessage {
    let nonce: UInt64 = try number()
    switch kind {
    case .request: return .request(Key(try point()), nonce: nonce)
    case .object: return .object(try object(), nonce: nonce)
    case .absent: return .absent(nonce: nonce)
    }
  }

  // MARK: fields

  /// Demands that a field of so many octets is there.
  private func demand(_ count: Int) throws(WireError) {
    guard count <= octets.count - place else { throw .truncated(at: place, needed: count) }
  }

  mutating func octet() throws(WireError) -> UInt8 {
    try demand(1)
    defer { place += 1 }
    return octets[place]
  }

  private mutating func number<Number: FixedWidthInteger & UnsignedInteger>() throws(WireError)
    -> Number
  {
    let count = Number.bitWidth / 8
    try demand(count)
    var number: Number = 0
    for octet in octets[place..<place + count] {
      number = number << 8 | Number(truncatingIfNeeded: octet)
    }
    place += count
    return number
  }

  private mutating func boolean() throws(WireError) -> Bool {
    let value = try octet()
    switch value {
    case 0: return false
    case 1: return true
    default: throw .notBoolean(value, at: place - 1)
    }
  }

  private mutating func request() throws(WireError) -> RequestId { RequestId(try number()) }

  private mutating func point() throws(WireError) -> UInt160 {
    try demand(WireLimits.point)
    let high: UInt64 = try number()
    let middle: UInt64 = try number()
    return UInt160(high: high, middle: middle, low: try number())
  }

  /// A node; `.none` for one that the directory does not have, which is noted.
  private mutating func node() throws(WireError) -> NodeIndex {
    let nodeId = NodeId(try point())
    if let index = directory.index(of: nodeId) { return index }
    if unknownSet.insert(nodeId).inserted { unknown.append(nodeId) }
    return .none
  }

  private mutating func nodes(most: Int) throws(WireError) -> NodeList {
    let start = place
    let given: UInt16 = try number()
    let count = Int(given)
    guard count <= most else { throw .tooLong(count: count, limit: most, at: start) }
    // At most 65,535 times 20.
    try demand(count * WireLimits.point)
    var nodes = NodeList()
    nodes.reserveCapacity(count)
    for _ in 0..<count { nodes.append(try node()) }
    return nodes
  }

  private mutating func object() throws(WireError) -> ObjectOctets {
    let start = place
    let given: UInt32 = try number()
    guard let count = Int(exactly: given), count <= limits.object else {
      throw .tooLong(count: Int(clamping: given), limit: limits.object, at: start)
    }
    try demand(count)
    defer { place += count }
    return ObjectOctets(octets[place..<place + count])
  }

  private mutating func report() throws(WireError) -> LeafSetReport {
    let members = try nodes(most: limits.members)
    return LeafSetReport(members: members, failed: try nodes(most: limits.failed))
  }

  private mutating func routeMessage() throws(WireError) -> RouteMessage {
    let key = Key(try point())
    let source = try node()
    let hopCount = try octet()
    let purposeOctet = try octet()
    guard let purpose = WireNumbers.purpose(octet: purposeOctet) else {
      throw .unknownPurpose(purposeOctet, at: place - 1)
    }
    let tableOctet = try octet()
    guard let table = WireNumbers.table(octet: tableOctet) else {
      throw .unknownTable(tableOctet, at: place - 1)
    }
    let nextRow = try octet()
    let replicas = try octet()
    var message = RouteMessage(
      key: key, source: source, tag: try number(), purpose: purpose, table: table,
      replicas: replicas)
    message.hopCount = hopCount
    message.nextRow = nextRow
    return message
  }

  private mutating func secureRequest() throws(WireError) -> SecureRequest {
    let nonce: UInt64 = try number()
    let key = Key(try point())
    let source = try node()
    return SecureRequest(key: key, source: source, nonce: nonce, replicas: try octet())
  }
}
