import Pastry
import RingIdentifiers
import SecureRouting
import Testing

@testable import OverlayWire

/// Octets that are no message: each has its own reason, with its place.
@Suite struct RefusalTests {
  private func octets(_ hex: String) -> [UInt8] { Fixture.octets(hex) }

  @Test(arguments: Golden.all)
  func aMessageCutAnywhereIsTruncated(_ golden: Golden) {
    for count in golden.octets.indices {
      guard case .truncated(let place, let needed) = Fixture.error(Array(golden.octets[..<count]))
      else {
        Issue.record("cut to \(count) octets")
        continue
      }
      #expect(place <= count && place + needed > count)
    }
  }

  @Test(arguments: Golden.all)
  func aFurtherOctetIsNoPartOfTheMessage(_ golden: Golden) {
    for octet in UInt8.min...UInt8.max {
      #expect(Fixture.error(golden.octets + [octet]) == .trailing(at: golden.octets.count))
    }
    #expect(Fixture.error(golden.octets + golden.octets) == .trailing(at: golden.octets.count))
  }

  @Test func headersAreThoseOfVersion1() {
    #expect(Fixture.error([]) == .truncated(at: 0, needed: 1))
    #expect(Fixture.error([1]) == .truncated(at: 1, needed: 1))
    for version in UInt8.min...UInt8.max where version != 1 {
      #expect(Fixture.error([version, 3]) == .unknownVersion(version))
    }
    let known = Set(WireKind.allCases.map(\.octet))
    for kind in UInt8.min...UInt8.max where !known.contains(kind) {
      #expect(Fixture.error([1, kind]) == .unknownKind(kind))
      #expect(Fixture.error([1, kind, 0, 0, 0, 0]) == .unknownKind(kind))
    }
  }

  @Test func enumsAndBooleansHaveFewValues() throws {
    let routed = try #require(Golden.all.first).octets
    let slot = try #require(
      Golden.all.first {
        if case .secure(.clusterReply) = $0.message { true } else { false }
      }
    ).octets
    for octet in UInt8(0)...255 {
      var (purpose, table, boolean) = (routed, routed, slot)
      purpose[47] = octet
      table[48] = octet
      boolean[10] = octet
      #expect(Fixture.error(purpose) == (octet < 4 ? nil : .unknownPurpose(octet, at: 47)))
      #expect(Fixture.error(table) == (octet < 2 ? nil : .unknownTable(octet, at: 48)))
      if octet > 1 { #expect(Fixture.error(boolean) == .notBoolean(octet, at: 10)) }
    }
  }

  /// A count is held against its bound before the octets that it promises are asked for.
  @Test func aCountOutOfBoundsIsRefusedByItself() {
    // Members, failed ones behind no members, nodes of secure routing, an object.
    for (hex, most, digits) in [
      ("0104 00000001", 17, 4), ("0105 00000001", 17, 4), ("0106", 17, 4), ("0111", 17, 4),
      ("0104 00000001 0000", 16, 4), ("0106 0000", 16, 4), ("010b 00000001", 17, 4),
      ("010d 00000001 05", 17, 4), ("010e", 17, 4), ("0110", 17, 4),
      ("0141 0000000000000001", 6, 4), ("014a 0000000000000001", 6, 4),
      ("0148 0000000000000001 00", 6, 4), ("0182 0000000000000001", 64, 8),
    ] {
      let start = octets(hex)
      func counted(_ count: Int) -> [UInt8] {
        let text = String(count, radix: 16)
        return start + octets(String(repeating: "0", count: digits - text.count) + text)
      }
      let place = start.count
      for count in [most + 1, most + 2, 255, 256, 65_535] where count > most {
        #expect(
          Fixture.error(counted(count)) == .tooLong(count: count, limit: most, at: place), "\(hex)")
      }
      let needed = digits == 8 ? most : most * 20
      #expect(
        Fixture.error(counted(most)) == .truncated(at: place + digits / 2, needed: needed))
    }
    #expect(
      Fixture.error(octets("0182 0000000000000001 ffffffff"))
        == .tooLong(count: 4_294_967_295, limit: 64, at: 10))
  }

  /// What is within the bounds of one overlay and not of another: neither read nor written there.
  @Test func theBoundsAreThoseOfTheOverlay() throws {
    let pastry = PastryConfiguration(digitBits: 6, leafSetSize: 6)
    let read = Fixture.reading(65)
    let wide = WireFormat(pastry: pastry, read: read)
    // Room for whole messages, so that lists are what is too long.
    let narrow = WireFormat(pastry: Fixture.pastry, read: Fixture.reading(64))
    var source = MessageSource(7, pastry, read)
    source.isFull = true
    for kind in WireKind.allCases {
      let message = source.message(kind)
      let octets = try wide.encode(message, book: Fixture.book)
      guard octets.count > narrow.sizeMax(of: kind) else { continue }
      let error = try #require(Fixture.error(octets, narrow))
      #expect(["too-long", "oversize"].contains(error.name), "\(kind): \(error)")
      #expect(throws: WireEncodingError.self) { try narrow.encode(message, book: Fixture.book) }
    }
  }

  @Test func aListOneLongerIsRefused() throws {
    let wide = WireFormat(
      pastry: PastryConfiguration(digitBits: 5, leafSetSize: 32), read: Fixture.reading(100_000))
    // The narrow bounds, with room for messages of any length.
    let narrow = WireFormat(pastry: Fixture.pastry, read: Fixture.reading(100_000))
    func list(_ count: Int) -> NodeList { NodeList((0..<UInt32(count)).map(NodeIndex.init)) }
    let report = LeafSetReport(members: list(17), failed: list(17))
    let messages: [(OverlayMessage, Int)] = [
      (.pastry(.joinReply(LeafSetReport(members: list(18)))), 17),
      (.pastry(.departure(report)), 16), (.pastry(.leafSetProbe(report, RequestId(1))), 16),
      (.pastry(.nearbyReply(list(18), RequestId(1))), 17), (.pastry(.row(list(18))), 17),
      (.secure(.rootSet(list(7), nonce: 1)), 6), (.secure(.lookupReply(list(7), nonce: 1)), 6),
      (.secure(.clusterReply(list(7), slot: .none, nonce: 1)), 6),
    ]
    for (message, most) in messages {
      let octets = try wide.encode(message, book: Fixture.book)
      guard case .tooLong(most + 1, most, _) = Fixture.error(octets, narrow) else {
        Issue.record("\(message)")
        continue
      }
      #expect(throws: WireEncodingError.tooLong(count: most + 1, limit: most, WireKind(message))) {
        try narrow.encode(message, book: Fixture.book)
      }
    }
    let object = OverlayMessage.read(.object(ObjectOctets(repeating: 7, count: 65), nonce: 1))
    #expect(throws: WireEncodingError.tooLong(count: 65, limit: 64, .read(.object))) {
      try Fixture.format.encode(object, book: Fixture.book)
    }
  }

  @Test func aWholeMessageIsBounded() {
    let limit = Fixture.format.sizeMax
    let octets = [UInt8](repeating: 1, count: limit + 1)
    #expect(Fixture.error(octets) == .oversize(count: limit + 1, limit: limit))
    #expect(Fixture.error(Array(octets.dropLast())) != .oversize(count: limit, limit: limit))
  }

  @Test func everyReasonSaysItsName() {
    let errors: [WireError] = [
      .oversize(count: 9, limit: 8), .truncated(at: 1, needed: 2), .trailing(at: 3),
      .unknownVersion(2), .unknownKind(0), .unknownPurpose(4, at: 1), .unknownTable(2, at: 1),
      .notBoolean(2, at: 1), .tooLong(count: 9, limit: 8, at: 2),
      .unknownNodes([Fixture.nodeId(1)]),
    ]
    #expect(Set(errors.map(\.name)).count == errors.count)
    for error in errors {
      let words = error.name.split(separator: "-").joined(separator: " ")
      #expect(error.description.hasPrefix(words + ": "), "\(error)")
    }
    #expect(
      errors[1].description == "truncated: the field of 2 octets at octet 1 is not complete")
    #expect(
      WireEncodingError.notInBook(.none, .secure(.list)).description
        == "not in book: node -, named by a message of kind 66")
    #expect(
      WireEncodingError.tooLong(count: 7, limit: 6, .secure(.list)).description
        == "too long: 7 elements in a message of kind 66, at most 6 are allowed")
  }
}
