import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@testable import EventSimulation

@Suite("Node store")
struct NodeStoreTests {
  /// Enough nodes for memory that is asked for in huge pages.
  private static let count = 1_200

  private static func store() -> NodeStore {
    var draws = RandomStream(StreamKey(seed: 3)["ids"])
    var store = NodeStore(capacity: count)
    for index in 0..<UInt32(count) {
      store.append(
        PastryNode(
          Peer(NodeId.random(from: &draws), NodeIndex(index)),
          configuration: PastryConfiguration(), stream: StreamKey(seed: UInt64(index))))
    }
    return store
  }

  @Test("nodes and what the engine keeps of them do not touch each other")
  func apart() {
    var store = Self.store()
    #expect(store.count == Self.count && store.indices == 0..<Self.count)
    for index in store.indices {
      store[host: index].incarnation = UInt32(index)
      store[host: index].startedAt = .zero + .seconds(UInt64(index))
    }
    var draws = RandomStream(StreamKey(seed: 3)["ids"])
    var wrong = 0
    for index in store.indices {
      let peer = Peer(NodeId.random(from: &draws), NodeIndex(UInt32(index)))
      if store[index].peer != peer || store[index].phase != .idle { wrong += 1 }
      if store[host: index].incarnation != UInt32(index) { wrong += 1 }
      if store[host: index].startedAt != .zero + .seconds(UInt64(index)) { wrong += 1 }
      if store[host: index].isRunning { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test("a node is put in another one's place, and its arrays go with it")
  func replacement() {
    var store = Self.store()
    let world = PastryEnvironment(
      configuration: PastryConfiguration(), book: PeerBook([store[0].peer.nodeId]))
    var actions = PastryActions()
    store[0].create(world, into: &actions)
    #expect(store[0].phase == .active && store[1].phase == .idle)
    let copy = store[0]
    store[0] = PastryNode(
      copy.peer, configuration: PastryConfiguration(), stream: StreamKey(seed: 1))
    #expect(store[0].phase == .idle && copy.phase == .active)
  }

  @Test("every node starts 32 bytes behind the start of a line; there is none beyond the last")
  func places() {
    let store = Self.store()
    var places: Set<UInt> = []
    for index in store.indices {
      unsafe store.withPlace(of: index) { places.insert(UInt(bitPattern: $0)) }
    }
    #expect(places.count == Self.count && places.allSatisfy { $0 % 64 == 32 })
    var isCalled = false
    unsafe store.withPlace(of: Self.count) { _ in isCalled = true }
    unsafe store.withPlace(of: -1) { _ in isCalled = true }
    #expect(!isCalled)
  }
}
