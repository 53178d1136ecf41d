import Pastry
import RingIdentifiers
import SecureRouting

/// Appends the fields of one message, the most significant octet of each number first.
struct WireWriter {
  private(set) var octets: [UInt8] = []
  private let limits: WireLimits
  private let book: PeerBook
  private let kind: WireKind

  /// Begins a message with its header.
  init(_ format: WireFormat, _ book: PeerBook, _ kind: WireKind) {
    limits = format.limits
    self.book = book
    self.kind = kind
    octets.reserveCapacity(64)
    append(WireFormat.version)
    append(kind.octet)
  }

  mutating func write(_ message: OverlayMessage) throws(WireEncodingError) {
    switch message {
    case .pastry(let message): try write(message)
    case .secure(let message): try write(message)
    case .read(let message): try write(message)
    }
  }

  // MARK: messages

  private mutating func write(_ message: PastryMessage) throws(WireEncodingError) {
    switch message {
    case .route(let message, let id):
      append(id)
      try append(message)
    case .acknowledge(let id), .ping(let id), .pong(let id), .nearbyRequest(let id):
      append(id)
    case .heartbeat, .constrainedRequest: break
    case .leafSetProbe(let report, let id), .leafSetReply(let report, let id):
      append(id)
      try append(report)
    case .joinReply(let report), .departure(let report): try append(report)
    case .arrival(let roundTrip): append(roundTrip)
    case .nearbyReply(let nodes, let id):
      append(id)
      try append(nodes, most: limits.members)
    case .rowRequest(let row, let id):
      append(id)
      append(row)
    case .rowReply(let nodes, let rowCount, let id):
      append(id)
      append(rowCount)
      try append(nodes, most: limits.members)
    case .row(let nodes), .constrainedRow(let nodes):
      try append(nodes, most: limits.members)
    }
  }

  private mutating func write(_ message: SecureMessage) throws(WireEncodingError) {
    switch message {
    case .rootSet(let nodes, let nonce), .lookupReply(let nodes, let nonce):
      append(nonce)
      try append(nodes, most: limits.nodes)
    case .list(let request, let nodes):
      try append(request)
      try append(nodes, most: limits.nodes)
    case .confirmed(let nonce), .found(let nonce): append(nonce)
    case .forwarded(let request), .needed(let request): try append(request)
    case .clusterRequest(let key, let nonce), .lookupRequest(let key, let nonce):
      append(nonce)
      append(key.value)
    case .clusterReply(let nodes, let slot, let nonce):
      append(nonce)
      append(slot.exists ? 1 as UInt8 : 0)
      if slot.exists { try append(slot) }
      try append(nodes, most: limits.nodes)
    }
  }

  private mutating func write(_ message: ReadMessage) throws(WireEncodingError) {
    switch message {
    case .request(let key, let nonce):
      append(nonce)
      append(key.value)
    case .object(let object, let nonce):
      append(nonce)
      guard object.count <= limits.object, let count = UInt32(exactly: object.count) else {
        throw .tooLong(count: object.count, limit: limits.object, kind)
      }
      octets.reserveCapacity(octets.count + 4 + object.count)
      append(count)
      octets.append(contentsOf: object)
    case .absent(let nonce): append(nonce)
    }
  }

  // MARK: fields

  private mutating func append(_ number: some FixedWidthInteger & UnsignedInteger) {
    var shift = number.bitWidth
    while shift > 0 {
      shift -= 8
      octets.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  private mutating func append(_ point: UInt160) {
    append(point.high)
    append(point.middle)
    append(point.low)
  }

  private mutating func append(_ id: RequestId) { append(id.number) }

  private mutating func append(_ node: NodeIndex) throws(WireEncodingError) {
    guard book.contains(node) else { throw .notInBook(node, kind) }
    append(book[node].value)
  }

  private mutating func append(_ message: RouteMessage) throws(WireEncodingError) {
    append(message.key.value)
    try append(message.source)
    append(message.hopCount)
    append(WireNumbers.octet(of: message.purpose))
    append(WireNumbers.octet(of: message.table))
    append(message.nextRow)
    append(message.replicas)
    append(message.tag)
  }

  private mutating func append(_ request: SecureRequest) throws(WireEncodingError) {
    append(request.nonce)
    append(request.key.value)
    try append(request.source)
    append(request.replicas)
  }

  private mutating func append(_ report: LeafSetReport) throws(WireEncodingError) {
    try append(report.members, most: limits.members)
    try append(report.failed, most: limits.failed)
  }

  private mutating func append(_ nodes: NodeList, most: Int) throws(WireEncodingError) {
    guard nodes.count <= most, let count = UInt16(exactly: nodes.count) else {
      throw .tooLong(count: nodes.count, limit: most, kind)
    }
    octets.reserveCapacity(octets.count + 2 + nodes.count * WireLimits.point)
    append(count)
    for node in nodes { try append(node) }
  }
}
