import Pastry
import SecureRouting
import Testing

@testable import OverlayWire

/// How long messages are.
@Suite struct SizeTests {
  @Test(arguments: Fixture.shapes.indices)
  func theLongestMessagesReachTheirBounds(_ shape: Int) throws {
    let (pastry, read) = Fixture.shapes[shape]
    let format = WireFormat(pastry: pastry, read: read)
    var source = MessageSource(1, pastry, read)
    source.isFull = true
    var longest = 0
    for kind in WireKind.allCases {
      let message = source.message(kind)
      let octets = try format.encode(message, book: Fixture.book)
      #expect(octets.count == format.sizeMax(of: kind), "\(kind)")
      #expect(try format.decode(octets, directory: Fixture.directory) == message)
      longest = max(longest, octets.count)
    }
    #expect(longest == format.sizeMax)
  }

  @Test func sizesOfTheDefault() {
    let format = WireFormat(pastry: PastryConfiguration())
    // An object of 65,536 octets; a leaf set of 33 and 32 failed nodes; a root set of 34.
    #expect(format.sizeMax == 65_550)
    #expect(format.sizeMax(of: .pastry(.leafSetProbe)) == 1_310)
    #expect(format.sizeMax(of: .secure(.list)) == 733)
    #expect(format.sizeMax(of: .pastry(.route)) == 59)
    #expect(format.sizeMax(of: .pastry(.heartbeat)) == 2)
  }

  /// Settings that no count can say end at what it can, and nothing overflows.
  @Test func boundsEndWithTheirCounts() {
    var pastry = PastryConfiguration()
    pastry.neighborhoodSize = 1_000_000
    let format = WireFormat(pastry: pastry, read: Fixture.reading(.max))
    #expect(format.sizeMax(of: .pastry(.row)) == 4 + 65_535 * 20)
    #expect(format.sizeMax(of: .read(.object)) == 14 + 2_147_483_647)
    #expect(WireFormat(pastry: pastry, read: Fixture.reading(-1)).limits.object == 0)
  }

  /// The bounds are those that `isBounded(by:)` has, no more and no less.
  @Test(arguments: Fixture.shapes.indices)
  func theBoundsAreThoseOfTheMessages(_ shape: Int) {
    let (pastry, read) = Fixture.shapes[shape]
    let limits = WireFormat(pastry: pastry, read: read).limits
    func list(_ count: Int) -> NodeList { NodeList(repeating: NodeIndex(0), count: count) }
    for more in [0, 1] {
      let isAllowed = more == 0
      let members = LeafSetReport(members: list(limits.members + more))
      let failed = LeafSetReport(members: [], failed: list(limits.failed + more))
      #expect(PastryMessage.joinReply(members).isBounded(by: pastry) == isAllowed)
      #expect(PastryMessage.joinReply(failed).isBounded(by: pastry) == isAllowed)
      #expect(
        PastryMessage.row(list(limits.members + more)).isBounded(by: pastry) == isAllowed)
      #expect(
        SecureMessage.rootSet(list(limits.nodes + more), nonce: 0).isBounded(by: pastry)
          == isAllowed)
      let object = ObjectOctets(repeating: 0, count: limits.object + more)
      #expect(ReadMessage.object(object, nonce: 0).isBounded(by: read) == isAllowed)
    }
  }
}
