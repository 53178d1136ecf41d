import Pastry
import Randomness
import RingIdentifiers
import SecureRouting
import Testing

@testable import OverlayWire

/// The octets of version 1, and that there is one way to write a message.
@Suite struct WireFormatTests {
  @Test(arguments: Golden.all)
  func octetsAreThoseOfVersion1(_ golden: Golden) throws {
    let format = Fixture.format
    #expect(try format.encode(golden.message, book: Fixture.book) == golden.octets)
    #expect(
      try format.decode(golden.octets, directory: Fixture.directory) == golden.message)
  }

  @Test func everyKindHasGoldenOctets() {
    #expect(Set(Golden.all.map { WireKind($0.message) }) == Set(WireKind.allCases))
    for golden in Golden.all {
      #expect(golden.octets.prefix(2) == [1, WireKind(golden.message).octet])
    }
  }

  @Test func numbersAreDistinctAndInTheirRanges() {
    let octets = WireKind.allCases.map(\.octet)
    #expect(octets.count == 30 && Set(octets).count == 30)
    for kind in WireKind.allCases {
      #expect(WireKind(octet: kind.octet) == kind)
      switch kind {
      case .pastry: #expect((0x01...0x3f).contains(kind.octet))
      case .secure: #expect((0x41...0x7f).contains(kind.octet))
      case .read: #expect((0x81...0xbf).contains(kind.octet))
      }
    }
    #expect((UInt8.min...UInt8.max).compactMap(WireKind.init(octet:)).count == 30)
    let purposes = (UInt8.min...UInt8.max).compactMap { octet in
      WireNumbers.purpose(octet: octet).map { WireNumbers.octet(of: $0) == octet }
    }
    #expect(purposes == [true, true, true, true])
    let tables = (UInt8.min...UInt8.max).compactMap { octet in
      WireNumbers.table(octet: octet).map { WireNumbers.octet(of: $0) == octet }
    }
    #expect(tables == [true, true])
  }

  @Test(arguments: Fixture.shapes.indices)
  func whatIsWrittenIsRead(_ shape: Int) throws {
    let (pastry, read) = Fixture.shapes[shape]
    let format = WireFormat(pastry: pastry, read: read)
    var source = MessageSource(20_261_128, pastry, read)
    for kind in WireKind.allCases {
      for _ in 0..<40 {
        let message = source.message(kind)
        #expect(WireKind(message) == kind)
        let octets = try format.encode(message, book: Fixture.book)
        #expect(octets.count <= format.sizeMax(of: kind))
        #expect(try format.decode(octets, directory: Fixture.directory) == message)
      }
    }
  }

  /// What is accepted is written again octet by octet, whatever was changed.
  @Test(arguments: Golden.all)
  func aChangedOctetIsRefusedOrMeansAnotherMessage(_ golden: Golden) throws {
    for place in golden.octets.indices {
      var octets = golden.octets
      let bits = (0..<8).map { golden.octets[place] ^ 1 << UInt8($0) }
      for octet in bits + [0, 0xff] {
        octets[place] = octet
        guard let message = try acceptedMessage(octets) else { continue }
        #expect((message == golden.message) == (octets == golden.octets), "octet \(place)")
      }
    }
  }

  /// Messages with octets changed, left out and put in, and octets without plan behind a header.
  @Test func anyOctetsAreReadOrRefused() throws {
    var source = MessageSource(20_261_129, Fixture.pastry, Fixture.read)
    var stream = RandomStream(StreamKey(seed: 20_261_129)["edits"])
    func draw(_ count: Int) -> Int { Int(stream.index(below: UInt32(count))) }
    var (accepted, refused) = (0, 0)
    for kind in WireKind.allCases {
      for _ in 0..<100 {
        var octets = try Fixture.format.encode(source.message(kind), book: Fixture.book)
        for _ in 0...draw(3) {
          let place = draw(octets.count)
          let octet = UInt8(draw(256))
          switch draw(4) {
          case 0: octets.insert(octet, at: place)
          case 1 where octets.count > 1: octets.remove(at: place)
          default: octets[place] = octet
          }
        }
        let plain = [1, kind.octet] + (0..<draw(100)).map { _ in UInt8(draw(256)) }
        for octets in [octets, plain] {
          if try acceptedMessage(octets) == nil { refused += 1 } else { accepted += 1 }
        }
      }
    }
    #expect(accepted > 500 && refused > 500, "\(accepted) accepted, \(refused) refused")
  }

  /// The message that octets are when all the nodes that they name are known; nil when they are
  /// none.
  private func acceptedMessage(_ octets: [UInt8]) throws -> OverlayMessage? {
    var (book, directory) = (Fixture.book, Fixture.directory)
    switch Fixture.error(octets) {
    case nil: break
    case .unknownNodes(let nodeIds):
      for nodeId in nodeIds {
        #expect(directory.insert(Peer(nodeId, book.add(nodeId))) == .inserted)
      }
    default: return nil
    }
    let message = try Fixture.format.decode(octets, directory: directory)
    #expect(try Fixture.format.encode(message, book: book) == octets)
    switch message {
    case .pastry(let message): #expect(message.isBounded(by: Fixture.pastry))
    case .secure(let message): #expect(message.isBounded(by: Fixture.pastry))
    case .read(let message): #expect(message.isBounded(by: Fixture.read))
    }
    return message
  }
}
