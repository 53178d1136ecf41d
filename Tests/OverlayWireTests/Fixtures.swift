import OverlayWire
import Pastry
import Randomness
import RingIdentifiers
import SecureRouting

/// Nodes and bounds that the tests share.
enum Fixture {
  /// Node n has the nodeId n, 1, 2, ..., 19, octet by octet.
  static func nodeId(_ number: UInt8) -> NodeId {
    NodeId(UInt160(high: UInt64(number) << 56 | 0x01_0203_0405_0607, middle: middle, low: low))
  }
  private static let middle: UInt64 = 0x0809_0a0b_0c0d_0e0f
  private static let low: UInt32 = 0x1011_1213

  static let book = PeerBook(ContiguousArray((0..<200).map(nodeId)))
  static let directory = NodeDirectory(book)

  /// Lists of at most 16 nodes, members of 17, in secure routing of 6; objects of 64 octets.
  static let pastry = PastryConfiguration(digitBits: 4, leafSetSize: 4)
  static let read = reading(64)
  static let format = WireFormat(pastry: pastry, read: read)

  static func reading(_ octets: Int) -> ReadConfiguration {
    var read = ReadConfiguration()
    read.objectOctetsMax = octets
    return read
  }

  /// The shapes that are tried: the smallest and the largest ones, the default, and one whose
  /// neighborhood set is what bounds a list.
  static var shapes: [(pastry: PastryConfiguration, read: ReadConfiguration)] {
    var wide = PastryConfiguration(digitBits: 1, leafSetSize: 2)
    wide.neighborhoodSize = 300
    var narrow = PastryConfiguration(digitBits: 1, leafSetSize: 2)
    narrow.neighborhoodSize = 0
    return [
      (pastry, read), (PastryConfiguration(), ReadConfiguration()),
      (PastryConfiguration(digitBits: 8, leafSetSize: 64), reading(0)), (wide, reading(1)),
      (narrow, reading(100_000)),
    ]
  }

  static func octets(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map {
      UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
  }

  /// The error of decoding, nil when there is none.
  static func error(
    _ octets: [UInt8], _ format: WireFormat = format, _ directory: NodeDirectory = directory
  ) -> WireError? {
    do {
      _ = try format.decode(octets, directory: directory)
      return nil
    } catch {
      return error
    }
  }
}

/// Messages of every kind, drawn from a named stream.
struct MessageSource {
  var stream: RandomStream
  let pastry: PastryConfiguration
  let read: ReadConfiguration
  /// Every list is as long as it may be.
  var isFull = false

  init(_ seed: UInt64, _ pastry: PastryConfiguration, _ read: ReadConfiguration) {
    stream = RandomStream(StreamKey(seed: seed)["wire"])
    self.pastry = pastry
    self.read = read
  }

  mutating func message(_ kind: WireKind) -> OverlayMessage {
    switch kind {
    case .pastry(let kind): .pastry(message(kind))
    case .secure(let kind): .secure(message(kind))
    case .read(let kind): .read(message(kind))
    }
  }

  private mutating func message(_ kind: PastryKind) -> PastryMessage {
    let id = RequestId(UInt32(truncatingIfNeeded: stream.next()))
    switch kind {
    case .route: return .route(route(), id)
    case .acknowledge: return .acknowledge(id)
    case .heartbeat: return .heartbeat
    case .leafSetProbe: return .leafSetProbe(report(), id)
    case .leafSetReply: return .leafSetReply(report(), id)
    case .joinReply: return .joinReply(report())
    case .ping: return .ping(id)
    case .pong: return .pong(id)
    case .arrival: return .arrival(roundTrip: id.number)
    case .nearbyRequest: return .nearbyRequest(id)
    case .nearbyReply: return .nearbyReply(nodes(pastry.listMax + 1), id)
    case .rowRequest: return .rowRequest(row: octet(), id)
    case .rowReply: return .rowReply(nodes(pastry.listMax + 1), rowCount: octet(), id)
    case .row: return .row(nodes(pastry.listMax + 1))
    case .constrainedRequest: return .constrainedRequest
    case .constrainedRow: return .constrainedRow(nodes(pastry.listMax + 1))
    case .departure: return .departure(report())
    }
  }

  private mutating func message(_ kind: SecureKind) -> SecureMessage {
    let most = pastry.leafSetSize + 2
    let nonce = stream.next()
    switch kind {
    case .rootSet: return .rootSet(nodes(most), nonce: nonce)
    case .list: return .list(request(), nodes(most))
    case .confirmed: return .confirmed(nonce: nonce)
    case .forwarded: return .forwarded(request())
    case .needed: return .needed(request())
    case .found: return .found(nonce: nonce)
    case .clusterRequest: return .clusterRequest(Key.random(from: &stream), nonce: nonce)
    case .clusterReply:
      let slot = isFull || octet() < 128 ? node() : .none
      return .clusterReply(nodes(most), slot: slot, nonce: nonce)
    case .lookupRequest: return .lookupRequest(Key.random(from: &stream), nonce: nonce)
    case .lookupReply: return .lookupReply(nodes(most), nonce: nonce)
    }
  }

  private mutating func message(_ kind: ReadKind) -> ReadMessage {
    let nonce = stream.next()
    switch kind {
    case .request: return .request(Key.random(from: &stream), nonce: nonce)
    case .object:
      let object = ObjectOctets((0..<count(read.objectOctetsMax)).map { UInt8($0 % 251) })
      return .object(object, nonce: nonce)
    case .absent: return .absent(nonce: nonce)
    }
  }

  // MARK: fields

  private mutating func octet() -> UInt8 { UInt8(truncatingIfNeeded: stream.next()) }

  private mutating func count(_ most: Int) -> Int {
    isFull ? most : Int(stream.index(below: UInt32(most + 1)))
  }

  private mutating func node() -> NodeIndex {
    NodeIndex(stream.index(below: UInt32(Fixture.book.count)))
  }

  private mutating func nodes(_ most: Int) -> NodeList {
    NodeList((0..<count(most)).map { _ in node() })
  }

  private mutating func report() -> LeafSetReport {
    LeafSetReport(members: nodes(pastry.listMax + 1), failed: nodes(pastry.listMax))
  }

  private mutating func request() -> SecureRequest {
    SecureRequest(
      key: Key.random(from: &stream), source: node(), nonce: stream.next(), replicas: octet())
  }

  private mutating func route() -> RouteMessage {
    let purposes: [RouteMessage.Purpose] = [.application, .join, .roots, .copy]
    var message = RouteMessage(
      key: Key.random(from: &stream), source: node(), tag: stream.next(),
      purpose: purposes[Int(octet() % 4)], table: octet() < 128 ? .proximity : .constrained,
      replicas: octet())
    message.hopCount = octet()
    message.nextRow = octet()
    return message
  }
}
