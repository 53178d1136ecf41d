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

  /// The members, looked up on the sides.
  private static func members(of set: LeafSet) -> [NodeIndex] {
    var found: [NodeIndex] = []
    for peer in Array(set.clockwise) + Array(set.counterclockwise)
    where !found.contains(peer.index) {
      found.append(peer.index)
    }
    return found
  }

  /// `mayWrap` by its definition.
  private static func mayWrap(_ set: LeafSet) -> Bool {
    let up = set.clockwise.last.map { set.owner.nodeId.clockwiseDistance(to: $0.nodeId).high }
    let down = set.counterclockwise.last.map {
      $0.nodeId.clockwiseDistance(to: set.owner.nodeId).high
    }
    let (span, overflow) = (up ?? 0).addingReportingOverflow(down ?? 0)
    return set.isWhole || overflow || span >= 1 << 62
  }

  /// Offers of whole lists, and of one node after the other: to sets that are empty, whole, or hold
  /// what a list before has brought; with nodes twice, the owner, two numbers of one nodeId, and
  /// nodes beyond half of the ring.
  @Test(arguments: [2, 8, 32], [true, false])
  func aListIsTakenInAsItsNodesAre(size: Int, wraps: Bool) {
    var draws = RandomStream(StreamKey(seed: 4)["lists"][size])
    var fullAndApart = 0
    for round in 0..<200 {
      let spread = UInt64(round % 4 == 0 ? 16 : 60)
      let count = 1 + Int(draws.index(below: 3 * UInt32(size)))
      var nodeIds = ContiguousArray(
        (0..<count).map { _ in
          NodeId(UInt160(high: draws.next() >> (60 - spread), middle: 0, low: draws.next()))
        })
      nodeIds.append(nodeIds[count / 2])
      let book = PeerBook(nodeIds)
      var together = LeafSet(owner: book.peer(NodeIndex(0)), size: size)
      if round % 3 == 0 { together.declareWhole() }
      var apart = together
      for _ in 0..<2 {
        var list = NodeList()
        for _ in 0..<count { list.append(NodeIndex(draws.index(below: UInt32(count + 1)))) }
        together.insert(each: list, of: book, wraps: wraps)
        for node in list { _ = apart.insert(book.peer(node), wraps: wraps) }
        Self.compare(together, apart, &draws, "l = \(size), round \(round)")
        if together.isFullAndApart { fullAndApart += 1 }
        // What a report of a leaf set relies on, see `probeUnmentioned` and `probeCandidates`.
        let lacked = list.filter { together.lacks(book.peer($0)) }
        if !together.isWhole, !lacked.isEmpty { Issue.record("\(lacked), round \(round)") }
        let wanted = together.members.filter { together.wants($0, wraps: wraps) }
        if together.isFullAndApart, !wanted.isEmpty { Issue.record("round \(round)") }
      }
    }
    #expect(fullAndApart > 20)
  }

  private static func compare(
    _ one: LeafSet, _ other: LeafSet, _ draws: inout RandomStream, _ what: String
  ) {
    #expect(one == other && one.isComplete == other.isComplete, "\(what)")
    #expect(one.mayWrap == mayWrap(one), "\(what)")
    #expect(one.memberIndices == NodeList(members(of: one)), "\(what)")
    for _ in 0..<20 {
      let key = Key(UInt160(high: draws.next(), middle: 0, low: 0))
      if one.covers(key) != other.covers(key) { Issue.record("\(what), \(key)") }
    }
  }
}
