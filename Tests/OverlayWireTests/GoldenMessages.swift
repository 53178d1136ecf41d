import OverlayWire
import Pastry
import RingIdentifiers
import SecureRouting

/// A message and its octets as version 1 of the format has them.
struct Golden: CustomStringConvertible {
  let message: OverlayMessage
  let octets: [UInt8]

  init(_ message: OverlayMessage, _ hex: String) {
    self.message = message
    octets = Fixture.octets(hex)
  }

  var description: String { "\(message)".prefix { $0 != "[" }.prefix(60) + "" }

  // Points as octets. The nodes are 10, 11 and 12 of the book.
  private static let point = UInt160(
    high: 0xf0e1_d2c3_b4a5_9687, middle: 0x7869_5a4b_3c2d_1e0f, low: 0x0011_2233)
  private static let key = Key(point)
  private static let k = "f0e1d2c3b4a59687 78695a4b3c2d1e0f 00112233"
  private static let a = "0a01020304050607 08090a0b0c0d0e0f 10111213"
  private static let b = "0b01020304050607 08090a0b0c0d0e0f 10111213"
  private static let c = "0c01020304050607 08090a0b0c0d0e0f 10111213"
  private static let (nodeA, nodeB, nodeC) = (NodeIndex(10), NodeIndex(11), NodeIndex(12))

  private static let id = RequestId(0x0102_0304)
  private static let nonce: UInt64 = 0xa1a2_a3a4_a5a6_a7a8
  private static let request = SecureRequest(
    key: key, source: nodeA, nonce: nonce, replicas: 5)
  private static let report = LeafSetReport(members: [nodeA, nodeB], failed: [nodeC])

  static let all = pastry + secure + read

  private static func routed(
    _ purpose: RouteMessage.Purpose, _ table: RoutingTableKind
  ) -> OverlayMessage {
    var message = RouteMessage(
      key: key, source: nodeA, tag: 0xb1b2_b3b4_b5b6_b7b8, purpose: purpose, table: table,
      replicas: 8)
    message.hopCount = 3
    message.nextRow = 2
    return .pastry(.route(message, id))
  }

  private static let pastry = [
    Golden(
      routed(.application, .proximity),
      "01 01 01020304 \(k) \(a) 03 00 00 02 08 b1b2b3b4b5b6b7b8"),
    Golden(
      routed(.join, .constrained), "01 01 01020304 \(k) \(a) 03 01 01 02 08 b1b2b3b4b5b6b7b8"),
    Golden(
      routed(.roots, .proximity), "01 01 01020304 \(k) \(a) 03 02 00 02 08 b1b2b3b4b5b6b7b8"),
    Golden(
      routed(.copy, .constrained), "01 01 01020304 \(k) \(a) 03 03 01 02 08 b1b2b3b4b5b6b7b8"),
    Golden(.pastry(.acknowledge(id)), "01 02 01020304"),
    Golden(.pastry(.heartbeat), "01 03"),
    Golden(
      .pastry(.leafSetProbe(report, id)), "01 04 01020304 0002 \(a) \(b) 0001 \(c)"),
    Golden(
      .pastry(.leafSetReply(report, id)), "01 05 01020304 0002 \(a) \(b) 0001 \(c)"),
    Golden(.pastry(.joinReply(report)), "01 06 0002 \(a) \(b) 0001 \(c)"),
    Golden(.pastry(.ping(id)), "01 07 01020304"),
    Golden(.pastry(.pong(id)), "01 08 01020304"),
    Golden(.pastry(.arrival(roundTrip: 123_456)), "01 09 0001e240"),
    Golden(.pastry(.nearbyRequest(id)), "01 0a 01020304"),
    Golden(.pastry(.nearbyReply([nodeC, nodeA], id)), "01 0b 01020304 0002 \(c) \(a)"),
    Golden(.pastry(.rowRequest(row: 7, id)), "01 0c 01020304 07"),
    Golden(.pastry(.rowReply([nodeB], rowCount: 6, id)), "01 0d 01020304 06 0001 \(b)"),
    Golden(.pastry(.row([])), "01 0e 0000"),
    Golden(.pastry(.constrainedRequest), "01 0f"),
    Golden(.pastry(.constrainedRow([nodeA])), "01 10 0001 \(a)"),
    Golden(
      .pastry(.departure(LeafSetReport(members: [nodeA]))), "01 11 0001 \(a) 0000"),
  ]

  private static let secure = [
    Golden(
      .secure(.rootSet([nodeA, nodeB, nodeC], nonce: nonce)),
      "01 41 a1a2a3a4a5a6a7a8 0003 \(a) \(b) \(c)"),
    Golden(
      .secure(.list(request, [nodeB])), "01 42 a1a2a3a4a5a6a7a8 \(k) \(a) 05 0001 \(b)"),
    Golden(.secure(.confirmed(nonce: nonce)), "01 43 a1a2a3a4a5a6a7a8"),
    Golden(.secure(.forwarded(request)), "01 44 a1a2a3a4a5a6a7a8 \(k) \(a) 05"),
    Golden(.secure(.needed(request)), "01 45 a1a2a3a4a5a6a7a8 \(k) \(a) 05"),
    Golden(.secure(.found(nonce: nonce)), "01 46 a1a2a3a4a5a6a7a8"),
    Golden(.secure(.clusterRequest(key, nonce: nonce)), "01 47 a1a2a3a4a5a6a7a8 \(k)"),
    Golden(
      .secure(.clusterReply([nodeA], slot: nodeB, nonce: nonce)),
      "01 48 a1a2a3a4a5a6a7a8 01 \(b) 0001 \(a)"),
    Golden(
      .secure(.clusterReply([nodeA], slot: .none, nonce: nonce)),
      "01 48 a1a2a3a4a5a6a7a8 00 0001 \(a)"),
    Golden(.secure(.lookupRequest(key, nonce: nonce)), "01 49 a1a2a3a4a5a6a7a8 \(k)"),
    Golden(
      .secure(.lookupReply([nodeC], nonce: nonce)), "01 4a a1a2a3a4a5a6a7a8 0001 \(c)"),
  ]

  private static let read = [
    Golden(.read(.request(key, nonce: nonce)), "01 81 a1a2a3a4a5a6a7a8 \(k)"),
    Golden(
      .read(.object([0xde, 0xad, 0x00, 0xff, 0x01], nonce: nonce)),
      "01 82 a1a2a3a4a5a6a7a8 00000005 dead00ff01"),
    Golden(.read(.absent(nonce: nonce)), "01 83 a1a2a3a4a5a6a7a8"),
  ]
}
