import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// What others say of their leaf sets, beside a node's own.
@Suite struct MemberSearchTests {
  static func members(_ numbers: Range<UInt32>) -> ContiguousArray<Peer> {
    ContiguousArray(
      numbers.map { Peer(NodeId(UInt160(high: UInt64($0), middle: 0, low: 0)), NodeIndex($0)) })
  }

  /// In order, backwards and at random, with nodes between that are no members.
  @Test func aMemberIsFoundWhateverWasLookedForBefore() {
    var draws = RandomStream(StreamKey(seed: 3)["member search"])
    let members = Self.members(100..<164)
    let inOrder = (90..<175).map { UInt32($0) }
    let random = (0..<500).map { _ in 90 + draws.index(below: 85) }
    let sequences: [[UInt32]] = [inOrder, inOrder.reversed(), random, [], [1, 2]]
    for numbers in sequences {
      var search = MemberSearch(members)
      for number in numbers {
        let expected = (100..<164).contains(number) ? Int(number) - 100 : nil
        let place = search.place(of: NodeIndex(number))
        if place != expected { Issue.record("\(number) at \(String(describing: place))") }
      }
      for place in members.indices {
        let wasLookedFor = numbers.contains(UInt32(100 + place))
        if search.hasFound(at: place) != wasLookedFor { Issue.record("place \(place)") }
      }
      #expect(search.hasFoundAll == (100..<164).allSatisfy { numbers.contains($0) })
    }
    var nobody = MemberSearch([])
    let nowhere = nobody.place(of: NodeIndex(1))
    #expect(nowhere == nil && nobody.hasFoundAll)
  }

  /// Offers of a whole list, and of one node after the other: sets that are empty, small, full,
  /// whole, and nodes that are offered twice, are the owner, or lie beyond half of the ring.
  @Test(arguments: [2, 8, 32], [true, false])
  func aListIsTakenInAsItsNodesAre(size: Int, wraps: Bool) {
    var draws = RandomStream(StreamKey(seed: 4)["lists"][size])
    for round in 0..<200 {
      let spread = UInt64(round % 4 == 0 ? 16 : 60)
      let count = 1 + Int(draws.index(below: 3 * UInt32(size)))
      let nodeIds = ContiguousArray(
        (0..<count).map { _ in
          NodeId(UInt160(high: draws.next() >> (60 - spread), middle: 0, low: draws.next()))
        })
      let book = PeerBook(nodeIds)
      var list = NodeList()
      for _ in 0..<2 * count { list.append(NodeIndex(draws.index(below: UInt32(count)))) }
      var together = LeafSet(owner: book.peer(NodeIndex(0)), size: size)
      if round % 3 == 0 { together.declareWhole() }
      var apart = together
      together.insert(each: list, of: book, wraps: wraps)
      for node in list { _ = apart.insert(book.peer(node), wraps: wraps) }
      if together != apart || together.isComplete != apart.isComplete {
        Issue.record("l = \(size), round \(round)")
      }
      for _ in 0..<20 {
        let key = Key(UInt160(high: draws.next(), middle: 0, low: 0))
        if together.covers(key) != apart.covers(key) { Issue.record("round \(round), \(key)") }
      }
      if together.memberIndices != NodeList(apart.members.map(\.index)) {
        Issue.record("numbers, round \(round)")
      }
    }
  }
}
