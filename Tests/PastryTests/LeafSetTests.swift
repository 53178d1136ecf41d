import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// Leaf sets against a walk around the whole ring: exhaustively on tiny rings, and on random ones.
@Suite struct LeafSetTests {
  /// Neighbours, opposites and ties, on both sides of the point where the ring wraps.
  static let places = [0, 1, 2, 31, 64, 100, 127, 128, 129, 200, 254, 255]

  static func leafSet(of owner: Int, size: Int, offered places: [Int]) -> LeafSet {
    var set = LeafSet(owner: TinyRing.peer(owner), size: size)
    for place in places { _ = set.insert(TinyRing.peer(place)) }
    return set
  }

  static func expectedSides(of owner: Int, size: Int, over places: [Int]) -> [[Int]] {
    [1, -1].map { Array(TinyRing.walk(from: owner, step: $0, over: places).prefix(size / 2)) }
  }

  static func sides(_ set: LeafSet) -> [[Int]] {
    [set.clockwise, set.counterclockwise].map { side in side.map { Int($0.index.number) } }
  }

  @Test(arguments: [2, 4, 6])
  func sidesAreTheNearestNodesOfEverySmallRing(size: Int) {
    for owner in Self.places {
      let others = Self.places.filter { $0 != owner }
      for subset in subsets(of: others, most: 4) {
        let set = Self.leafSet(of: owner, size: size, offered: subset)
        if Self.sides(set) != Self.expectedSides(of: owner, size: size, over: subset) {
          Issue.record("owner \(owner), l = \(size), nodes \(subset): \(Self.sides(set))")
        }
        let known = Set(Self.sides(set).joined())
        if set.members.map({ Int($0.index.number) }).sorted() != known.sorted() {
          Issue.record("members of \(owner) among \(subset)")
        }
        if set.overlaps != !Set(Self.sides(set)[0]).isDisjoint(with: Self.sides(set)[1]) {
          Issue.record("overlap of \(owner), l = \(size), among \(subset)")
        }
        let isFullAndApart = known.count == size
        if set.isComplete != isFullAndApart {
          Issue.record("completeness of \(owner), l = \(size), among \(subset)")
        }
      }
    }
  }

  @Test(arguments: [2, 4, 6])
  func theOrderOfInsertionDoesNotMatter(size: Int) {
    for nodes in [[1, 2, 64, 128, 255], [127, 128, 129, 200, 254], [3, 5, 7, 11, 13]] {
      let expected = Self.leafSet(of: 0, size: size, offered: nodes)
      for order in permutations(nodes) {
        let set = Self.leafSet(of: 0, size: size, offered: order)
        if set != expected { Issue.record("l = \(size), order \(order)") }
      }
    }
  }

  @Test(arguments: [(0, 2), (0, 4), (200, 4), (129, 6)])
  func closestAndReplicaRootsAgreeWithTheWalk(owner: Int, size: Int) {
    let others = Self.places.filter { $0 != owner }
    for subset in subsets(of: others, most: 3) {
      let set = Self.leafSet(of: owner, size: size, offered: subset)
      let known = Self.sides(set).joined() + [owner]
      for key in stride(from: 0, to: TinyRing.pointCount, by: 2) {
        let place = Int(set.closest(to: TinyRing.key(key)).index.number)
        if place != TinyRing.byClosenessFirst(to: key, over: Array(known)) {
          Issue.record("key \(key) at \(owner), l = \(size), knowing \(subset): \(place)")
        }
      }
    }
    let set = Self.leafSet(of: owner, size: size, offered: others)
    let known = Array(Set(Self.sides(set).joined() + [owner]))
    for key in 0..<TinyRing.pointCount {
      let expected = TinyRing.byCloseness(to: key, over: known)
      let roots = set.replicaRoots(of: TinyRing.key(key), count: 4)
      if roots.map({ Int($0.index.number) }) != Array(expected.prefix(4)) {
        Issue.record("replica roots of \(key) at \(owner), l = \(size)")
      }
    }
    #expect(set.replicaRoots(of: TinyRing.key(5), count: 100).count == known.count)
  }

  /// The property that deliveries stand on: a node may know only some of the ring, but if it knows
  /// all nodes within the part that it claims to cover, it finds the root of every covered key.
  @Test(arguments: [2, 4])
  func whatIsCoveredHasItsRootHere(size: Int) {
    let keys = Array(stride(from: 0, to: TinyRing.pointCount, by: 4)) + [1, 2, 3, 510, 511, 1_022]
    var checked = 0
    for ring in subsets(of: Array(Self.places.dropFirst()), most: 4) {
      for known in subsets(of: ring, most: 4) {
        let set = Self.leafSet(of: 0, size: size, offered: known)
        let strangers = ring.filter { !set.contains(NodeIndex(UInt32($0))) }
        if strangers.contains(where: { set.covers(TinyRing.key($0 * 4)) }) { continue }
        for key in keys where set.covers(TinyRing.key(key)) {
          checked += 1
          let found = Int(set.closest(to: TinyRing.key(key)).index.number)
          if found != TinyRing.byClosenessFirst(to: key, over: ring + [0]) {
            Issue.record("key \(key), ring \(ring), known \(known), l = \(size): \(found)")
          }
        }
      }
    }
    #expect(checked > 100_000)
  }

  @Test(arguments: [2, 4, 6])
  func coverageIsTheArcBetweenTheExtremesAndAtMostHalfTheRingWhileIncomplete(size: Int) {
    for subset in subsets(of: Array(Self.places.dropFirst()), most: 6) {
      let set = Self.leafSet(of: 0, size: size, offered: subset)
      let sides = Self.sides(set)
      let limit = set.isComplete ? 256 : 128
      let up = sides[0].filter { $0 <= limit }.max() ?? 0
      let down = sides[1].map { 256 - $0 }.filter { $0 <= limit }.max() ?? 0
      for key in stride(from: 0, to: TinyRing.pointCount, by: 3) {
        let expected = key <= up * 4 || TinyRing.pointCount - key <= down * 4
        if set.covers(TinyRing.key(key)) != expected {
          Issue.record("key \(key), nodes \(subset), l = \(size)")
        }
      }
      #expect(set.covers(TinyRing.key(0)))
    }
  }

  @Test(arguments: [2, 4, 6])
  func wantsSaysWhatInsertThenDoes(size: Int) {
    for subset in subsets(of: Array(Self.places.dropFirst()), most: 4) {
      let set = Self.leafSet(of: 0, size: size, offered: subset)
      for place in Self.places + [3, 63, 65, 199, 201] {
        var copy = set
        let candidate = TinyRing.peer(place)
        let wanted = set.wants(candidate)
        let verdict = copy.insert(candidate)
        if wanted != (verdict == .inserted) || (verdict == .known) != set.contains(candidate.index)
        {
          Issue.record("\(place) at \(subset), l = \(size): wanted \(wanted), \(verdict)")
        }
        if verdict != .inserted, copy != set { Issue.record("\(place) changed \(subset)") }
      }
    }
  }

  @Test func aSecondCertificateOfAMemberIsNotWanted() {
    var set = Self.leafSet(of: 0, size: 4, offered: [1, 2])
    let twin = Peer(TinyRing.peer(1).nodeId, NodeIndex(999))
    #expect(!set.wants(twin))
    #expect(set.insert(twin) == .known)
    #expect(!set.contains(NodeIndex(999)))
  }

  @Test func removalUndoesInsertion() {
    for subset in subsets(of: Array(Self.places.dropFirst()), most: 3) {
      let whole = Self.leafSet(of: 0, size: 8, offered: subset)
      for gone in subset {
        var set = whole
        let rest = subset.filter { $0 != gone }
        let removed = set.remove(NodeIndex(UInt32(gone)))
        #expect(removed)
        if set != Self.leafSet(of: 0, size: 8, offered: rest) {
          Issue.record("\(subset) - \(gone)")
        }
        for key in stride(from: 0, to: TinyRing.pointCount, by: 32) {
          let fresh = Self.leafSet(of: 0, size: 8, offered: rest).covers(TinyRing.key(key))
          if set.covers(TinyRing.key(key)) != fresh { Issue.record("\(subset) - \(gone), \(key)") }
        }
        let again = set.remove(NodeIndex(UInt32(gone)))
        #expect(!again)
      }
    }
  }

  /// A full side that loses a member takes in what the other side has: the set is what its
  /// remaining members make of it.
  @Test(arguments: [2, 4, 6])
  func aSideThatLosesAMemberIsRefilledFromTheOther(size: Int) {
    var refilled = 0
    for subset in subsets(of: Array(Self.places.dropFirst()), most: 4) {
      let before = Self.leafSet(of: 0, size: size, offered: subset)
      for gone in before.members {
        var set = before
        let removed = set.remove(gone.index)
        let rest = before.members.filter { $0 != gone }.map { Int($0.index.number) }
        #expect(removed)
        if Self.sides(set) != Self.expectedSides(of: 0, size: size, over: rest) {
          Issue.record("\(subset) - \(gone.index), l = \(size): \(Self.sides(set))")
        }
        let fresh = Self.leafSet(of: 0, size: size, offered: rest)
        for key in stride(from: 0, to: TinyRing.pointCount, by: 32)
        where set.covers(TinyRing.key(key)) != fresh.covers(TinyRing.key(key)) {
          Issue.record("\(subset) - \(gone.index), l = \(size), key \(key)")
        }
        for (side, old) in zip(Self.sides(set), Self.sides(before)) {
          refilled += side.filter { !old.contains($0) }.count
        }
      }
    }
    #expect(refilled > 100)
  }

  @Test(arguments: [2, 4])
  func theClosestWithoutOneIsTheClosestOfTheOthers(size: Int) {
    for subset in subsets(of: Array(Self.places.dropFirst()), most: 3) {
      let set = Self.leafSet(of: 0, size: size, offered: subset)
      let known = Array(Self.sides(set).joined()) + [0]
      // 77 is no member, and the owner itself always counts.
      for excluded in subset + [77, 0] {
        let others = known.filter { $0 == 0 || $0 != excluded }
        let index = NodeIndex(UInt32(excluded))
        for key in stride(from: 1, to: TinyRing.pointCount, by: 7) {
          let found = set.closest(to: TinyRing.key(key), excluding: index)
          if Int(found.index.number) != TinyRing.byClosenessFirst(to: key, over: others) {
            Issue.record("key \(key), \(subset) without \(excluded), l = \(size): \(found)")
          }
        }
      }
    }
  }

  /// A set lacks a node that stands before the last member of a side and is not on that side.
  @Test(arguments: [2, 4, 6])
  func aSetLacksWhatStandsBeforeItsFarthestMembers(size: Int) {
    for subset in subsets(of: Array(Self.places.dropFirst()), most: 4) {
      let set = Self.leafSet(of: 0, size: size, offered: subset)
      for place in Self.places + [3, 63, 65, 199, 201] {
        let expected = zip([1, -1], Self.sides(set)).contains { step, side in
          guard let last = side.last, place != 0, !side.contains(place) else { return false }
          return TinyRing.walk(from: 0, step: step, over: [place, last]).first == place
        }
        if set.lacks(TinyRing.peer(place)) != expected {
          Issue.record("\(place) at \(subset), l = \(size)")
        }
      }
    }
  }

  @Test func aWholeSetCoversEverythingUntilMoreNodesThanItHolds() {
    var set = Self.leafSet(of: 0, size: 4, offered: [])
    #expect(!set.isComplete)
    set.declareWhole()
    for (count, place) in [100, 50, 200].enumerated() {
      #expect(set.isWhole && set.isComplete, "with \(count) members")
      for key in stride(from: 0, to: TinyRing.pointCount, by: 16) {
        #expect(set.covers(TinyRing.key(key)))
      }
      let verdict = set.insert(TinyRing.peer(place))
      #expect(verdict == .inserted)
    }
    // The fourth member fills both sides, and they do not overlap any more.
    let verdict = set.insert(TinyRing.peer(150))
    #expect(verdict == .inserted)
    #expect(!set.isWhole)
    #expect(set.isComplete)
    #expect(!set.covers(TinyRing.key(125 * 4)))
  }

  @Test func aFailureLeavesAWholeSetWhole() {
    var set = Self.leafSet(of: 0, size: 8, offered: [10, 90, 240])
    set.declareWhole()
    let removed = set.remove(NodeIndex(90))
    #expect(removed)
    #expect(set.isWhole)
    #expect(set.closest(to: TinyRing.key(200)) == TinyRing.peer(10))
  }

  @Test(arguments: [2, 8, 32])
  func randomRingsAgreeWithASort(size: Int) {
    for count in [1, 2, size / 2, size, size + 1, size + 2, 150] {
      let ring = randomRing("leaf set \(size) \(count)", count: count)
      let sorted = ring.sorted { $0.nodeId < $1.nodeId }
      var stream = RandomStream(StreamKey(seed: 7)["keys"][size][count])
      for (position, owner) in sorted.enumerated().prefix(20) {
        var set = LeafSet(owner: owner, size: size)
        for peer in ring {
          let wanted = set.wants(peer)
          if wanted != (set.insert(peer) == .inserted) { Issue.record("\(count) nodes, \(peer)") }
        }
        let expected = RingOracle.sides(of: position, in: sorted, sideCapacity: size / 2)
        #expect(Array(set.clockwise) == expected.clockwise)
        #expect(Array(set.counterclockwise) == expected.counterclockwise)
        #expect(set.isComplete == (count > size))
        for _ in 0..<40 {
          let key = Key.random(from: &stream)
          let root = key.root(among: ring.map(\.nodeId))
          if set.covers(key), set.closest(to: key).nodeId != root { Issue.record("key \(key)") }
        }
      }
    }
  }
}

/// The search for a key among the members of a side starts where the key would lie if they were
/// evenly spaced. It must find the same node however they are spaced.
@Suite struct LeafSetSpacingTests {
  /// The distance of a side's member from the owner, by its number and that of the last one: even
  /// ones, and such that the guess is far off in either direction, or made of bits that it does not
  /// look at.
  static let spacings: [(name: String, distance: @Sendable (Int, Int) -> UInt160)] = [
    ("even", { number, _ in UInt160(high: UInt64(number) << 40, middle: 9, low: 9) }),
    ("doubling", { number, _ in UInt160(high: 1 << UInt64(number), middle: 0, low: 1) }),
    (
      "nearly all near",
      { UInt160(high: $0 == $1 ? 1 << 60 : 0, middle: UInt64($0), low: 0) }
    ),
    ("nearly all far", { number, _ in UInt160(high: 1 << 61, middle: 0, low: UInt32(number)) }),
    ("all in the last bits", { number, _ in UInt160(high: 0, middle: 0, low: UInt32(3 * number)) }),
  ]

  @Test(arguments: [2, 8, 32, 64])
  func everySpacingGivesTheClosestNode(size: Int) {
    var draws = RandomStream(StreamKey(seed: 14)["spacing"][size])
    let last = size / 2
    for up in Self.spacings {
      for down in Self.spacings {
        let owner = Peer(NodeId(.random(from: &draws)), NodeIndex(0))
        var set = LeafSet(owner: owner, size: size)
        var all = [owner.nodeId]
        for number in 1...last {
          let offsets = [up.distance(number, last), .zero &- down.distance(number, last)]
          for (side, offset) in offsets.enumerated() {
            let nodeId = NodeId(owner.nodeId.value &+ offset)
            all.append(nodeId)
            let peer = Peer(nodeId, NodeIndex(UInt32(2 * number + side)))
            #expect(set.insert(peer, wraps: false) == .inserted)
          }
        }
        var found = 0
        // On every member, and one step and half the way to the next one on either side of it.
        let sorted = all.sorted { $0.value &- owner.nodeId.value < $1.value &- owner.nodeId.value }
        for (place, nodeId) in sorted.enumerated() {
          let gap = sorted[(place + 1) % sorted.count].value &- nodeId.value
          let middle = Self.half(gap)
          let offsets = [
            .zero, UInt160(1), .max, middle, middle &+ UInt160(1), middle &- UInt160(1),
          ]
          for offset in offsets {
            let key = Key(nodeId.value &+ offset)
            guard let position = set.position(of: key) else { continue }
            found += 1
            if position.likelyPlace(of: last) > last { Issue.record("\(position)") }
            if set.closest(to: key).nodeId != key.root(among: all) {
              Issue.record("\(up.name), \(down.name): \(key)")
            }
          }
        }
        #expect(found > 2 * size, "\(up.name), \(down.name): hardly a key within reach")
      }
    }
  }

  private static func half(_ value: UInt160) -> UInt160 {
    UInt160(
      high: value.high >> 1, middle: value.middle >> 1 | value.high << 63,
      low: value.low >> 1 | UInt32(truncatingIfNeeded: value.middle) << 31)
  }
}

extension TinyRing {
  /// The first of `byCloseness`.
  static func byClosenessFirst(to keyPlace: Int, over places: [Int]) -> Int {
    places.min {
      let (left, right) = (distance($0, keyPlace), distance($1, keyPlace))
      return left < right
    } ?? -1
  }

  /// Twice the distance of a node from a key, one more when the node is clockwise of the key.
  private static func distance(_ place: Int, _ keyPlace: Int) -> Int {
    let up = (place * 4 - keyPlace + pointCount) % pointCount
    return up <= pointCount / 2 && up != pointCount / 2 ? 2 * up + 1 : 2 * (pointCount - up)
  }
}
