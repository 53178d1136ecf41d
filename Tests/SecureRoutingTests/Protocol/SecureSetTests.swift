import Pastry
import Randomness
import RingIdentifiers
import Testing

@testable import SecureRouting

/// The caller's lists against dumb second implementations.
@Suite("Lists of secure routing")
struct SecureSetTests {
  private func peers(_ count: Int, seed: UInt64) -> [Peer] {
    var draws = RandomStream(StreamKey(seed: seed)["peers"])
    return (0..<count).map { Peer(NodeId.random(from: &draws), NodeIndex(UInt32($0))) }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func aRootListHoldsTheClosestOfBothSides(_ seed: UInt64) {
    var draws = RandomStream(StreamKey(seed: seed)["key"])
    let key = Key.random(from: &draws)
    let offered = peers(60, seed: seed)
    var list = RootList(around: key, sideCapacity: 5)
    for peer in offered + offered.reversed() { _ = list.insert(peer) }
    let half = UInt160(high: 1 << 63, middle: 0, low: 0)
    let above = offered.filter { key.clockwiseDistance(to: $0.nodeId) < half }
      .sorted { key.clockwiseDistance(to: $0.nodeId) < key.clockwiseDistance(to: $1.nodeId) }
    let below = offered.filter { key.clockwiseDistance(to: $0.nodeId) >= half }
      .sorted { $0.nodeId.clockwiseDistance(to: key) < $1.nodeId.clockwiseDistance(to: key) }
    #expect(list.above.map(\.peer) == Array(above.prefix(5)))
    #expect(list.below.map(\.peer) == Array(below.prefix(5)))
    #expect(list.nodes.count == list.count)
    #expect(
      Array(list.closestFirst)
        == (above.prefix(5) + below.prefix(5)).sorted {
          $0.nodeId.isCloser(than: $1.nodeId, to: key)
        })
    for peer in offered where !list.contains(peer.index) { #expect(!list.lacks(peer)) }
  }

  @Test func standingsOnlyGoUp() {
    let offered = peers(4, seed: 1)
    var list = RootList(around: Key(.zero), sideCapacity: 4)
    for peer in offered { _ = list.insert(peer) }
    let (up, down, other) = (
      list.advance(offered[0].index, to: .confirmed),
      list.advance(offered[0].index, to: .listed), list.advance(NodeIndex(9), to: .listed)
    )
    #expect(up && !down && !other)
    #expect(list.count(.confirmed) == 1)
    #expect(!list.isConfirmed)
    for peer in offered { _ = list.advance(peer.index, to: .confirmed) }
    #expect(list.isConfirmed)
  }

  @Test(arguments: [0, 1] as [Int])
  func aSampleGrowsToTheWantedGaps(_ liars: Int) {
    let ring = peers(400, seed: 3).sorted { $0.nodeId < $1.nodeId }
    let book = PeerBook(
      ContiguousArray(ring.sorted { $0.index < $1.index }.map(\.nodeId)))
    let middle = 200
    func set(_ place: Int) -> [Peer] {
      (-8...8).filter { $0 != 0 }.map { ring[(place + $0 + 400) % 400] }
    }
    var leafSet = LeafSet(owner: ring[middle], size: 16)
    for peer in set(middle) { _ = leafSet.insert(peer) }
    var sample = DensitySample(leafSet, gaps: 96)
    var questions = 0
    while true {
      let next = sample.nextToAsk()
      if next.isEmpty { break }
      for (number, node) in next.enumerated() {
        questions += 1
        // One of the two asked on a side says nothing of use.
        if liars == 1, number % 2 == 0 { continue }
        let place = ring.firstIndex { $0.index == node } ?? 0
        let isTaken = sample.take(NodeList(set(place).map(\.index)), from: node, book)
        #expect(isTaken)
      }
    }
    #expect(sample.gaps == 96)
    let span = ring[middle - 48].nodeId.clockwiseDistance(to: ring[middle + 48].nodeId).high
    #expect(sample.span <= span && span - sample.span <= 1)
    #expect(questions <= 100)
    let isTaken = sample.take([], from: NodeIndex(UInt32.max - 1), book)
    #expect(!isTaken)
  }

  @Test func aSampleOfAnOverlayThatIsTooSmallEnds() {
    let ring = peers(12, seed: 4).sorted { $0.nodeId < $1.nodeId }
    let book = PeerBook(ContiguousArray(ring.sorted { $0.index < $1.index }.map(\.nodeId)))
    var leafSet = LeafSet(owner: ring[0], size: 8)
    for peer in ring.dropFirst() { _ = leafSet.insert(peer) }
    var sample = DensitySample(leafSet, gaps: 256)
    var rounds = 0
    while rounds < 100 {
      let next = sample.nextToAsk()
      if next.isEmpty { break }
      rounds += 1
      for node in next { _ = sample.take(NodeList(ring.map(\.index)), from: node, book) }
    }
    #expect(rounds < 100)
    #expect(sample.gaps == 11)
  }

  /// Whoever is waited for was asked, and nobody twice; the walk ends at the key.
  @Test(arguments: 0..<12 as Range<UInt64>)
  func aWalkAsksWhomItWaitsForAndEndsAtTheKey(_ seed: UInt64) {
    let network = SecureNetwork(
      nodes: 300, leafSetSize: 8, seed: seed, secure: SecureConfiguration())
    var draws = RandomStream(StreamKey(seed: seed)["walk"])
    let key = Key.random(from: &draws)
    let source = Int(draws.index(below: 300))
    var walk = ClusterWalk(network.nodes[source], to: key, width: 8, network.world)
    var asked: [NodeIndex] = []
    while true {
      let next = walk.nextToAsk()
      if next.isEmpty { break }
      #expect(Set(asked).isDisjoint(with: next))
      asked += next
      for node in next {
        let other = network.nodes[Int(node.number)]
        let isTaken = walk.take(
          NodeList(other.leafSet.members.map(\.index)),
          slot: other.constrainedTable.slots.entry(for: key), from: other.peer,
          network.world.book)
        #expect(isTaken)
      }
      #expect(walk.isIdle)
    }
    let answered = Set(walk.answered.map(\.index.number))
    #expect(answered == Set(asked.map(\.number)))
    for root in network.replicaRoots(of: key, count: 4) where root != source {
      #expect(answered.contains(UInt32(root)))
    }
  }
}
