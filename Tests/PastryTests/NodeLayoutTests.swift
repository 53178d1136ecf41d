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
    let (node, _) = NextHopTests.node(&draws)
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
    }
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
