import Adversary
import Pastry
import Randomness
import RingIdentifiers
import Testing

@Suite struct CoalitionTests {
  private static let sizes = [1, 2, 3, 5, 8, 40]

  private func world(_ count: Int, seed: UInt64) -> (book: PeerBook, random: RandomStream) {
    var random = RandomStream(StreamKey(seed: seed)["ring"])
    let ids = (0..<count).map { _ in NodeId.random(from: &random) }
    return (PeerBook(ContiguousArray(ids)), random)
  }

  /// Points that try the search: random ones, members themselves, and both ends of the ring.
  private func points(_ book: PeerBook, _ random: inout RandomStream) -> [Key] {
    (0..<20).map { _ in Key.random(from: &random) }
      + (0..<UInt32(book.count)).map { Key(book[NodeIndex($0)].value) } + [Key(.zero), Key(.max)]
  }

  @Test(arguments: sizes) func closestEqualsASort(size: Int) {
    var (book, random) = world(size + 3, seed: 11)
    let all = (0..<UInt32(size)).map { NodeIndex($0) }
    let coalition = Coalition(NodeList(all), in: book)
    #expect(coalition.members.map { book[$0] } == all.map { book[$0] }.sorted())
    for key in points(book, &random) {
      let sorted = all.sorted { book[$0].isCloser(than: book[$1], to: key) }
      for count in [0, 1, 2, size, size + 1] {
        #expect(Array(coalition.closest(to: key, count: count)) == Array(sorted.prefix(count)))
      }
    }
  }

  @Test(arguments: sizes) func rootSetsAreConsecutiveWithTheClosestInTheMiddle(size: Int) {
    var (book, random) = world(size, seed: 12)
    let all = (0..<UInt32(size)).map { NodeIndex($0) }
    let coalition = Coalition(NodeList(all), in: book)
    let ring = all.sorted { book[$0] < book[$1] }
    for key in points(book, &random) {
      for wanted in [1, 3, 5, 33] {
        let set = coalition.rootSet(around: key, size: wanted)
        #expect(set.count == min(wanted, size))
        let closest = all.min { book[$0].isCloser(than: book[$1], to: key) }
        #expect(set[set.count / 2] == closest)
        let first = ring.firstIndex(of: set[0]) ?? 0
        for place in set.indices { #expect(set[place] == ring[(first + place) % size]) }
      }
    }
  }

  @Test(arguments: sizes) func bothSidesAreTheNextOnEachSide(size: Int) {
    var (book, random) = world(size, seed: 13)
    let all = (0..<UInt32(size)).map { NodeIndex($0) }
    let coalition = Coalition(NodeList(all), in: book)
    for key in points(book, &random) {
      for count in [1, 3, 17] {
        let got = coalition.bothSides(of: key, count: count)
        let up = all.sorted {
          key.clockwiseDistance(to: book[$0]) < key.clockwiseDistance(to: book[$1])
        }
        let wanted = 2 * count < size ? up.suffix(count) + up.prefix(count) : all
        #expect(got.sorted() == wanted.sorted())
        if 2 * count < size { #expect(Array(got) == Array(wanted)) }
      }
    }
  }

  @Test func theClosestWithinARangeEqualsASearch() {
    var (book, random) = world(60, seed: 14)
    let all = (0..<UInt32(40)).map { NodeIndex($0) }
    let coalition = Coalition(NodeList(all), in: book)
    for owner in 40..<UInt32(60) {
      let owner = book[NodeIndex(owner)]
      let row = Int(random.index(below: 3))
      for column in 0..<16 where column != owner.digit(at: row, digitBits: 4) {
        let range = owner.value.slotRange(row: row, column: column, digitBits: 4)
        let point = owner.constrainedPoint(row: row, column: column, digitBits: 4)
        let wanted = all.filter { range.contains(book[$0].value) }
          .min { book[$0].isCloser(than: book[$1], to: point) }
        #expect(coalition.closest(to: point, within: range) == wanted)
      }
    }
  }

  @Test func aCoalitionWithoutMembersNamesNobody() {
    let (book, _) = world(4, seed: 15)
    let coalition = Coalition([], in: book)
    let key = Key(.zero)
    #expect(coalition.closest(to: key, count: 3).isEmpty)
    #expect(coalition.rootSet(around: key, size: 5).isEmpty)
    #expect(coalition.bothSides(of: key, count: 2).isEmpty)
    #expect(coalition.closest(to: key, within: .zero ... .max) == nil)
  }
}
