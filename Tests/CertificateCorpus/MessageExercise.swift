import NodeCredentials
import OverlayWire
import Pastry
import RingIdentifiers
import SecureRouting

/// Octets of overlay messages, read as a node reads them that can fetch every certificate.
enum MessageExercise {
  /// Objects are short, so that the fuzzer's inputs can be longer than any message.
  static let format: WireFormat = {
    var read = ReadConfiguration()
    read.objectOctetsMax = 2_000
    return WireFormat(pastry: PastryConfiguration(), read: read)
  }()
  static let book = PeerBook(
    ContiguousArray((1...8).map { NodeId(UInt160(high: $0 << 40, middle: $0, low: 7)) }))
  private static let directory = NodeDirectory(book)

  /// Whether octets are a message once all nodes that it names are known.
  ///
  /// Traps when they are one that is written in other octets, when the missing nodes are not all
  /// that was missing, and when there are more of them than a message can list.
  static func accepts(_ octets: [UInt8]) -> Bool {
    var (book, directory) = (book, directory)
    let message: OverlayMessage
    do {
      message = try format.decode(octets, directory: directory)
    } catch .unknownNodes(let nodeIds) {
      precondition(!nodeIds.isEmpty && nodeIds.count * 20 < octets.count, "\(nodeIds.count)")
      for nodeId in nodeIds {
        let insertion = directory.insert(Peer(nodeId, book.add(nodeId)))
        precondition(insertion == .inserted, "\(nodeId): \(insertion)")
      }
      guard let known = try? format.decode(octets, directory: directory) else {
        preconditionFailure("still no message: \(Hexadecimal.text(octets))")
      }
      message = known
    } catch {
      return false
    }
    let again = try? format.encode(message, book: book)
    precondition(again == octets, "accepted in another form: \(Hexadecimal.text(octets))")
    return true
  }

  /// One message of each kind, by the name of its kind.
  static func seeds() throws -> [ParserSeeds.Seed] {
    try WireKind.allCases.map { kind in
      let (name, message) =
        switch kind {
        case .pastry(let kind): ("pastry-\(kind)", OverlayMessage.pastry(message(kind)))
        case .secure(let kind): ("secure-\(kind)", .secure(message(kind)))
        case .read(let kind): ("read-\(kind)", .read(message(kind)))
        }
      return ParserSeeds.Seed(
        name: name, octets: try format.encode(message, book: book), ending: "bin")
    }
  }

  private static let key = Key(UInt160(high: 1 << 63, middle: 2, low: 3))
  private static let id = RequestId(258)
  private static let nodes = NodeList([0, 2, 5].map { NodeIndex($0) })
  private static let report = LeafSetReport(members: nodes, failed: [NodeIndex(7)])
  private static let nonce: UInt64 = 0x0102_0304_0506_0708
  private static let request = SecureRequest(
    key: key, source: NodeIndex(4), nonce: nonce, replicas: 3)

  private static func message(_ kind: PastryKind) -> PastryMessage {
    switch kind {
    case .route:
      .route(RouteMessage(key: key, source: NodeIndex(1), tag: nonce, purpose: .join), id)
    case .acknowledge: .acknowledge(id)
    case .heartbeat: .heartbeat
    case .leafSetProbe: .leafSetProbe(report, id)
    case .leafSetReply: .leafSetReply(report, id)
    case .joinReply: .joinReply(report)
    case .ping: .ping(id)
    case .pong: .pong(id)
    case .arrival: .arrival(roundTrip: 20_000)
    case .nearbyRequest: .nearbyRequest(id)
    case .nearbyReply: .nearbyReply(nodes, id)
    case .rowRequest: .rowRequest(row: 2, id)
    case .rowReply: .rowReply(nodes, rowCount: 5, id)
    case .row: .row(nodes)
    case .constrainedRequest: .constrainedRequest
    case .constrainedRow: .constrainedRow([])
    case .departure: .departure(report)
    }
  }

  private static func message(_ kind: SecureKind) -> SecureMessage {
    switch kind {
    case .rootSet: .rootSet(nodes, nonce: nonce)
    case .list: .list(request, nodes)
    case .confirmed: .confirmed(nonce: nonce)
    case .forwarded: .forwarded(request)
    case .needed: .needed(request)
    case .found: .found(nonce: nonce)
    case .clusterRequest: .clusterRequest(key, nonce: nonce)
    case .clusterReply: .clusterReply(nodes, slot: NodeIndex(6), nonce: nonce)
    case .lookupRequest: .lookupRequest(key, nonce: nonce)
    case .lookupReply: .lookupReply(nodes, nonce: nonce)
    }
  }

  private static func message(_ kind: ReadKind) -> ReadMessage {
    switch kind {
    case .request: .request(key, nonce: nonce)
    case .object: .object(ObjectOctets("an object".utf8), nonce: nonce)
    case .absent: .absent(nonce: nonce)
    }
  }
}
