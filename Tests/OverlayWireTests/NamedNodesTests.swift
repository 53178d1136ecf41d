import Pastry
import RingIdentifiers
import SecureRouting
import Testing

@testable import OverlayWire

/// Nodes by nodeId: what is known, what is reported, and what is not written.
@Suite struct NamedNodesTests {
  private let format = Fixture.format

  private func list(_ numbers: some Sequence<UInt32>) -> NodeList {
    NodeList(numbers.map(NodeIndex.init))
  }

  /// The nodes of the book with these numbers, and nobody else.
  private func directory(_ numbers: UInt32...) -> NodeDirectory {
    var directory = NodeDirectory()
    for number in numbers {
      #expect(directory.insert(Fixture.book.peer(NodeIndex(number))) == .inserted)
    }
    return directory
  }

  @Test func aDirectoryIsTheBookTurnedAround() {
    #expect(Fixture.directory.count == Fixture.book.count)
    for number in 0..<UInt32(Fixture.book.count) {
      let peer = Fixture.book.peer(NodeIndex(number))
      #expect(Fixture.directory.index(of: peer.nodeId) == peer.index)
    }
    #expect(Fixture.directory.index(of: Fixture.nodeId(250)) == nil)
    var directory = NodeDirectory(PeerBook([Fixture.nodeId(1), Fixture.nodeId(1)]))
    #expect(directory.count == 1)
    #expect(directory.index(of: Fixture.nodeId(1)) == NodeIndex(0))
    #expect(
      directory.insert(Peer(Fixture.nodeId(1), NodeIndex(5))) == .known(NodeIndex(0)))
    #expect(directory.insert(Peer(Fixture.nodeId(2), .none)) == .noNode)
    #expect(directory.count == 1)
  }

  @Test func unknownNodesAreReportedOnceAndInOrder() throws {
    let report = LeafSetReport(
      members: list([3, 1, 4, 1, 5]), failed: list([9, 3, 2]))
    let message = OverlayMessage.pastry(.leafSetProbe(report, RequestId(1)))
    let octets = try format.encode(message, book: Fixture.book)
    var known = directory(3, 5)
    #expect(
      Fixture.error(octets, format, known)
        == .unknownNodes([1, 4, 9, 2].map { Fixture.nodeId($0) }))
    for number in [1, 4, 9, 2] as [UInt32] {
      _ = known.insert(Fixture.book.peer(NodeIndex(number)))
    }
    #expect(try format.decode(octets, directory: known) == message)
  }

  @Test func sourcesAndSlotsAreNodesToo() throws {
    let request = SecureRequest(key: Key(.zero), source: NodeIndex(7), nonce: 1, replicas: 1)
    let route = RouteMessage(key: Key(.zero), source: NodeIndex(7), tag: 1)
    let messages: [OverlayMessage] = [
      .pastry(.route(route, RequestId(1))), .secure(.forwarded(request)),
      .secure(.needed(request)), .secure(.list(request, [NodeIndex(8)])),
      .secure(.clusterReply([NodeIndex(8)], slot: NodeIndex(7), nonce: 1)),
    ]
    for message in messages {
      let octets = try format.encode(message, book: Fixture.book)
      #expect(
        Fixture.error(octets, format, directory(8)) == .unknownNodes([Fixture.nodeId(7)]))
      #expect(try format.decode(octets, directory: directory(7, 8)) == message)
    }
    // Without a node in the slot nobody is unknown.
    let empty = OverlayMessage.secure(.clusterReply([], slot: .none, nonce: 1))
    let octets = try format.encode(empty, book: Fixture.book)
    #expect(try format.decode(octets, directory: NodeDirectory()) == empty)
  }

  /// Nobody is asked to fetch certificates for octets that are no message.
  @Test(arguments: Golden.all)
  func formComesFirst(_ golden: Golden) {
    let nobody = NodeDirectory()
    #expect(
      Fixture.error(golden.octets + [0], format, nobody) == .trailing(at: golden.octets.count))
    for count in golden.octets.indices {
      #expect(
        Fixture.error(Array(golden.octets[..<count]), format, nobody)?.name == "truncated")
    }
  }

  @Test func noMoreAreReportedThanAMessageLists() throws {
    let report = LeafSetReport(
      members: list(0..<17), failed: list(20..<36))
    let octets = try format.encode(.pastry(.departure(report)), book: Fixture.book)
    guard case .unknownNodes(let nodeIds) = Fixture.error(octets, format, NodeDirectory()) else {
      Issue.record("known")
      return
    }
    #expect(nodeIds.count == 33)
  }

  /// An error of the program is thrown, wherever the node stands.
  @Test(arguments: [NodeIndex.none, NodeIndex(200), NodeIndex(UInt32.max - 1)])
  func nodesOutsideTheBookAreNotWritten(_ node: NodeIndex) {
    let report = LeafSetReport(members: [node])
    let request = SecureRequest(key: Key(.zero), source: node, nonce: 1, replicas: 1)
    let route = RouteMessage(key: Key(.zero), source: node, tag: 1)
    let messages: [OverlayMessage] = [
      .pastry(.route(route, RequestId(1))), .pastry(.leafSetReply(report, RequestId(1))),
      .pastry(.joinReply(LeafSetReport(members: [], failed: [NodeIndex(0), node]))),
      .pastry(.row([NodeIndex(0), node])), .secure(.forwarded(request)),
      .secure(.list(request, [])), .secure(.lookupReply([node], nonce: 1)),
      .secure(.clusterReply([node], slot: .none, nonce: 1)),
    ]
    for message in messages {
      #expect(throws: WireEncodingError.notInBook(node, WireKind(message))) {
        try format.encode(message, book: Fixture.book)
      }
    }
    let reply = OverlayMessage.secure(.clusterReply([], slot: node, nonce: 1))
    if node.exists {
      #expect(throws: WireEncodingError.notInBook(node, .secure(.clusterReply))) {
        try format.encode(reply, book: Fixture.book)
      }
    } else {
      #expect(throws: Never.self) { try format.encode(reply, book: Fixture.book) }
    }
  }
}
