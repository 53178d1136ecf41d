import Pastry
import Randomness
import RingIdentifiers
import Testing

@testable import SecureRouting

/// cluster_union of proofs/coq/Cluster.v for the list that a caller keeps of the nodes around a
/// key.
@Suite struct RootListTheoremTests {
  /// The nodes of a list, closest to the key first, after these answers.
  private typealias Listing = @Sendable (Key, Int, [Peer]) -> [Peer]

  private static func verdict(_ listing: Listing) -> Verdict {
    var verdict = Verdict()
    for number in 0..<40 {
      var draws = stream("root list", number)
      let ids: [UInt160] = randomPoints(3 + 2 * number, from: &draws)
      let peers = ids.enumerated().map { Peer(NodeId($1), NodeIndex(UInt32($0))) }
      for turn in 0..<10 {
        let near = ids[0] ^ (UInt160.random(from: &draws) & ~.leadingMask(4))
        let key = turn % 2 == 0 ? Key.random(from: &draws) : Key(near)
        guard let root = key.root(among: peers.map(\.nodeId)) else { continue }
        let side = 1 + turn % 4
        // Answers of whatever choice, and an honest one that names the root.
        var named = (0..<(turn * 4)).map { _ in
          peers[Int(draws.index(below: UInt32(peers.count)))]
        }
        named += peers.filter { $0.nodeId == root }
        let listed = listing(key, side, named.mixed(&draws))
        verdict.check(listed.first?.nodeId == root, "ring \(number), key \(key)")
      }
    }
    return verdict
  }

  @Test("cluster_union: the list of a caller has the root if one answer names it")
  func theListHasTheRoot() {
    Self.verdict { key, side, named in
      var list = RootList(around: key, sideCapacity: side)
      for peer in named { _ = list.insert(peer) }
      return Array(list.closestFirst)
    }.expectHolds(atLeast: 400)
  }

  @Test("cluster_union: mutants are caught in the list of a caller")
  func mutantsOfTheList() {
    // A full side takes nobody.
    Self.verdict { key, side, named in
      var list = RootList(around: key, sideCapacity: side)
      for peer in named where list.count < 2 * side { _ = list.insert(peer) }
      return Array(list.closestFirst)
    }.expectCaught()
    // The farthest stay.
    Self.verdict { key, side, named in
      Array(
        named.sorted { $0.nodeId.isCloser(than: $1.nodeId, to: key) }.suffix(2 * side))
    }.expectCaught()
  }
}
