import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// What an engine asks for ahead of a hop.
@Suite struct NodeLayoutTests {
  /// An engine keeps 32 bytes of its own before a node, from the start of a line on.
  @Test func hopsReadFewWholeLines() throws {
    func line(_ field: PartialKeyPath<PastryNode>) throws -> Int {
      let offset = try #require(MemoryLayout<PastryNode>.offset(of: field))
      return (offset + 32) / 64
    }
    // What every input reads, then the requests, then what a hop reads.
    #expect(try line(\.phase) == 0 && line(\.neighbourHeard) == 0)
    #expect(try line(\.requests.firstFree) == 0)
    #expect(MemoryLayout<PastryNode>.offset(of: \.requests.near) == 32)
    #expect(MemoryLayout<RequestTable.Place>.stride == 64)
    #expect(MemoryLayout<PastryNode>.offset(of: \.leafSet) == 32 + 64 * RequestTable.nearCount)
    #expect(try line(\.suspected) <= line(\.leafSet) + 1)
    // No entry of the cache lies on two lines.
    let cache = try #require(MemoryLayout<PastryNode>.offset(of: \.roundTrips.entries))
    let stride = MemoryLayout<RoundTripCache.Entry>.stride
    #expect((cache + 32) % stride == 0 && 64 % stride == 0)
  }

  /// Else nothing but the time of large runs would show it.
  @Test func arraysStartWhereTheyAreSaidTo() throws {
    var draws = RandomStream(StreamKey(seed: 11)["layout"])
    var (node, _) = NextHopTests.node(&draws)
    func base<Element>(_ array: ContiguousArray<Element>) -> UnsafeRawPointer? {
      array.withUnsafeBufferPointer { UnsafeRawPointer($0.baseAddress) }
    }
    withUnsafePointer(to: node) { place in
      #expect(
        PastryNode.start(of: \.leafSet.clockwise, at: place) == base(node.leafSet.clockwise))
      #expect(
        PastryNode.start(of: \.leafSet.counterclockwise, at: place)
          == base(node.leafSet.counterclockwise))
      #expect(
        PastryNode.start(of: \.routingTable.slots.entries, at: place)
          == base(node.routingTable.slots.entries))
      #expect(
        PastryNode.start(of: \.constrainedTable.slots.entries, at: place)
          == base(node.constrainedTable.slots.entries))
      #expect(
        PastryNode.start(of: \.neighborhood.members, at: place)
          == base(node.neighborhood.members))
    }
    for number in 0..<9 as Range<UInt32> {
      _ = node.requests.open(RequestTableTests.request(number), most: 20)
    }
    withUnsafePointer(to: node) { place in
      #expect(PastryNode.start(of: \.requests.far, at: place) == base(node.requests.far))
    }
  }

  /// What upkeep reads of a node lies between the constrained table and the end, on the lines that
  /// are asked for.
  @Test func upkeepReadsFewLines() throws {
    let start = try #require(MemoryLayout<PastryNode>.offset(of: \.constrainedTable))
    let end = try #require(MemoryLayout<PastryNode>.offset(of: \.probeCycle.startedAt))
    #expect((end + 8 + 32) / 64 - (start + 32) / 64 < PastryNode.upkeepLines)
  }

  /// Upkeep lists every line of the leaf set, both slots of a peer and the nearest nodes, and a
  /// request only where it is far from the node.
  @Test func upkeepListsWhatItReads() {
    var draws = RandomStream(StreamKey(seed: 13)["upkeep"])
    var (node, _) = NextHopTests.node(&draws)
    var pages = PrefetchList()
    func listed(
      _ list: (UnsafePointer<PastryNode>, inout PrefetchList) -> Void
    ) -> Int {
      withUnsafePointer(to: node) { list($0, &pages) }
      let count = pages.count
      pages.askForAll()
      return count
    }
    // Sides of 4 members, 96 octets; the nearest nodes take 8 octets each.
    #expect(listed { PastryNode.list(membersOf: $0, &$1) } == 4)
    #expect(listed { PastryNode.list(neighbourOf: $0, &$1) } == 1)
    let peer = node.routingTable.slots.nodes[0]
    let nearest = 1 + node.neighborhood.capacity * 8 / 64
    let nodeId = NextHopTests.ring[Int(peer.number)].nodeId
    #expect(listed { PastryNode.list(rivalsOf: nodeId, at: $0, &$1) } == 2 + nearest)
    #expect(listed { PastryNode.list(rivalsOf: node.peer.nodeId, at: $0, &$1) } == nearest)
    for (capacity, lines) in [(-100, 1), (0, 1), (8, 2), (1_000_000, 16)] {
      node.neighborhood = NeighborhoodSet(capacity: capacity)
      #expect(listed { PastryNode.list(rivalsOf: node.peer.nodeId, at: $0, &$1) } == lines)
    }
    var ids: [RequestId] = []
    for number in 0..<6 as Range<UInt32> {
      if let id = node.requests.open(RequestTableTests.request(number), most: 20) {
        ids.append(id)
      }
    }
    #expect(listed { PastryNode.list(newRequestOf: $0, &$1) } == 0, "no place is free")
    #expect(ids.map { id in listed { PastryNode.list(id, at: $0, &$1) } } == [0, 0, 0, 0, 2, 2])
    _ = node.requests.close(ids[1])
    #expect(listed { PastryNode.list(newRequestOf: $0, &$1) } == 0, "the next place is near")
    _ = node.requests.close(ids[5])
    #expect(listed { PastryNode.list(newRequestOf: $0, &$1) } == 2)
    #expect(listed { PastryNode.list(probeOf: $0, &$1) } == 3)
  }

  /// Asking changes nothing, and says where a message will go.
  @Test func askingGivesTheNextHop() throws {
    var draws = RandomStream(StreamKey(seed: 12)["asking"])
    var (node, world) = NextHopTests.node(&draws)
    var kinds: Set<String> = []
    var pages = PrefetchList()
    // Keys beside all nodes: some of them are in the leaf set.
    for peer in NextHopTests.ring {
      let key = Key(peer.nodeId.value &+ UInt160(1))
      let isInLeafSet = node.leafSet.position(of: key) != nil
      let (knows, asked) = withUnsafePointer(to: node) { place in
        (
          PastryNode.prefetch(hopFor: key, at: place, &pages),
          PastryNode.prefetch(nextHopFor: key, at: place)
        )
      }
      #expect(knows == isInLeafSet)
      #expect(pages.count >= (isInLeafSet ? 2 : 1), "lines of the leaf set or an entry")
      pages.askForAll()
      #expect(pages.count == 0)
      let message = RouteMessage(key: key, source: NodeIndex(1), tag: 1)
      if isInLeafSet {
        #expect(asked == node.leafSet.closest(to: key).index)
        kinds.insert("leaf set")
      } else if asked.exists {
        let next = node.nextHop(for: message, world)
        #expect(asked == next)
        kinds.insert("table")
      } else {
        kinds.insert("detour")
      }
    }
    world.now = .zero
    #expect(kinds.count == 3)
  }
}
