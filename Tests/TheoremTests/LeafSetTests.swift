import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// Rings with nodes on 64 places, 2^154 points apart, so that keys fall between nodes.
enum CoarseRing {
  static let placeCount = 64

  static func point(_ quarter: Int) -> UInt160 {
    let places = 4 * placeCount
    return UInt160(high: UInt64((quarter + places) % places) << 56, middle: 0, low: 0)
  }

  static func peer(_ place: Int) -> Peer {
    Peer(NodeId(point(4 * place)), NodeIndex(UInt32(place)))
  }
}

extension LeafSet {
  /// Whether the sides list live nodes, nearest first, and miss none nearer than their members:
  /// `right_set` of proofs/coq/LeafSet.v.
  func isRight(among live: [Peer]) -> Bool {
    func isRight(_ side: ContiguousArray<Peer>, _ distance: (Peer) -> UInt160) -> Bool {
      let distances = side.map(distance)
      guard distances == distances.sorted(), side.allSatisfy(live.contains) else { return false }
      guard let farthest = distances.last else { return true }
      return live.allSatisfy {
        $0.nodeId == owner.nodeId || side.contains($0) || distance($0) > farthest
      }
    }
    let isAll = live.allSatisfy { $0 == owner || contains($0.index) }
    return isRight(clockwise) { owner.nodeId.clockwiseDistance(to: $0.nodeId) }
      && isRight(counterclockwise) { $0.nodeId.clockwiseDistance(to: owner.nodeId) }
      && (!isWhole || isAll)
  }
}

/// The test for the leaf set's range and the choice from it.
private struct LastHop: Sendable {
  var covers: @Sendable (LeafSet, Key) -> Bool = { $0.covers($1) }
  var closest: @Sendable (LeafSet, Key) -> NodeIndex = { $0.closest(to: $1).index }

  /// Where the set is right and covers the key, it has the root of all live nodes.
  func judge(_ set: LeafSet, _ live: [Peer], _ key: Key, _ verdict: inout Verdict) {
    guard covers(set, key) else { return }
    let root = key.root(among: live.map(\.nodeId))
    let found = closest(set, key)
    verdict.check(
      live.first { $0.nodeId == root }?.index == found,
      "owner \(set.owner.index), key \(key), nodes \(live.map(\.index)): \(found)")
  }
}

/// closest_leafset of proofs/coq/LeafSet.v.
@Suite struct LeafSetTheoremTests {
  private static let places = [1, 2, 3, 9, 16, 31, 32, 33, 40, 62, 63]

  /// Sets that know the whole ring, and such as have lost their farthest members.
  private static func sets(of owner: Peer, _ live: [Peer], size: Int) -> [LeafSet] {
    var set = LeafSet(owner: owner, size: size)
    for peer in live { _ = set.insert(peer) }
    var found = [set]
    if live.count <= set.members.count + 1 {
      set.declareWhole()
      found.append(set)
    }
    for farthest in [found[0].clockwise.last, found[0].counterclockwise.last] {
      guard let farthest else { continue }
      var less = found[0]
      _ = less.remove(farthest.index, wraps: false)
      found.append(less)
    }
    return found.filter { $0.isRight(among: live) }
  }

  private static func verdict(_ lastHop: LastHop) -> Verdict {
    var verdict = Verdict()
    let owner = CoarseRing.peer(0)
    for subset in subsets(of: places, most: 5) where subset.count != 4 {
      let live = [owner] + subset.map(CoarseRing.peer)
      for size in [2, 4] {
        for set in sets(of: owner, live, size: size) {
          for quarter in stride(from: 0, to: 4 * CoarseRing.placeCount, by: 21) {
            lastHop.judge(set, live, Key(CoarseRing.point(quarter)), &verdict)
          }
          // Halfway between neighbours: a tie wherever there is one.
          for peer in subset {
            for step in -2...2 {
              let key = Key(CoarseRing.point(4 * peer + step))
              lastHop.judge(set, live, key, &verdict)
            }
          }
        }
      }
    }
    return verdict
  }

  private static func randomVerdict(_ lastHop: LastHop) -> Verdict {
    var verdict = Verdict()
    var draws = stream("leaf set")
    for number in 0..<40 {
      let ids: [UInt160] = randomPoints(
        2 + number, depth: number % 2 == 0 ? 0 : 24, from: &draws)
      let live = ids.enumerated().map { Peer(NodeId($1), NodeIndex(UInt32($0))) }
      for size in [2, 8, 16] {
        for set in sets(of: live[number % live.count], live, size: size) {
          for peer in live {
            let near = peer.nodeId.value ^ (UInt160.random(from: &draws) & ~.leadingMask(30))
            lastHop.judge(set, live, Key(near), &verdict)
          }
          for _ in 0..<5 { lastHop.judge(set, live, .random(from: &draws), &verdict) }
        }
      }
    }
    return verdict
  }

  @Test("closest_leafset: a right leaf set that covers a key names its root")
  func closestLeafset() {
    Self.verdict(LastHop()).expectHolds(atLeast: 40_000)
    Self.randomVerdict(LastHop()).expectHolds(atLeast: 2_000)
  }

  @Test("closest_leafset: mutants are caught")
  func closestLeafsetMutants() {
    /// Covers one place more than the farthest member.
    let wide = LastHop(covers: { set, key in
      set.covers(key) || set.covers(Key(key.value &- CoarseRing.point(4)))
    })
    Self.verdict(wide).expectCaught()
    /// Ends the scan before the first member at or beyond the key.
    let early = LastHop(closest: { set, key in
      let up = set.owner.nodeId.clockwiseDistance(to: key)
      var best = set.owner
      for peer in set.clockwise where set.owner.nodeId.clockwiseDistance(to: peer.nodeId) < up {
        if peer.nodeId.isCloser(than: best.nodeId, to: key) { best = peer }
      }
      for peer in set.counterclockwise
      where peer.nodeId.isCloser(than: best.nodeId, to: key) { best = peer }
      return best.index
    })
    Self.verdict(early).expectCaught()
    /// The smaller nodeId wins a tie.
    let smaller = LastHop(closest: { set, key in
      (set.members + [set.owner]).min {
        let own = $0.nodeId.ringDistance(to: key)
        let other = $1.nodeId.ringDistance(to: key)
        return own == other ? $0.nodeId < $1.nodeId : own < other
      }?.index ?? .none
    })
    Self.verdict(smaller).expectCaught()
  }
}
