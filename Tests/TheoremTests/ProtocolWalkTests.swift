import Pastry
import Randomness
import RingIdentifiers
import Testing

@testable import SecureRouting

/// One walk of a caller that knows the sample of its first level and two nodes far away.
///
/// Those are the ends of its leaf set, so that no honest answer is out of reach.
private struct ProtocolWalkCase {
  let peers: [Peer]
  let caller: Peer
  let key: Key
  let width: Int
  let world: PastryEnvironment
  let node: PastryNode
  /// The nodes closest to the point of each level, the key's last.
  let samples: [Set<NodeIndex>]

  init(_ count: Int, width: Int, draws: inout RandomStream) {
    let ids: [UInt160] = randomPoints(count, from: &draws)
    let peers = ids.enumerated().map { Peer(NodeId($1), NodeIndex(UInt32($0))) }
    let caller = peers[0]
    let key = Key.random(from: &draws)
    // On each side the nearest, and one that is a third of the ring away.
    let ring = peers.dropFirst().sorted {
      caller.nodeId.clockwiseDistance(to: $0.nodeId)
        < caller.nodeId.clockwiseDistance(to: $1.nodeId)
    }
    let ends = [ring[count / 3], ring[ring.count - 1 - count / 3]]
    var snapshot = PastryNode.Snapshot()
    snapshot.leafSet += ring.prefix(width) + ring.suffix(width) + ends
    snapshot.isWhole = true
    let configuration = PastryConfiguration(digitBits: 1, leafSetSize: 2 * (width + 1))
    world = PastryEnvironment(
      configuration: configuration, book: PeerBook(ContiguousArray(peers.map(\.nodeId))))
    var node = PastryNode(caller, configuration: configuration, stream: StreamKey(seed: 1))
    var actions = PastryActions()
    node.restore(snapshot, world, into: &actions)
    // The key's digits so far, then the caller's own, until that is a quarter of a side from it.
    let half =
      caller.nodeId.clockwiseDistance(to: ends[0].nodeId).high / 2
      + ends[1].nodeId.clockwiseDistance(to: caller.nodeId).high / 2
    var points = [Key(caller.nodeId.value)]
    while let last = points.last, last != key {
      let shared = UInt160.leadingMask(last.sharedPrefixLength(with: key, digitBits: 1) + 1)
      let next = Key((key.value & shared) | (caller.nodeId.value & ~shared))
      points.append(next.ringDistance(to: key).high <= half / 4 ? key : next)
    }
    samples = points.map { point in
      let sorted = ring.sorted { $0.nodeId.isCloser(than: $1.nodeId, to: point) }
      return Set(sorted.prefix(width).map(\.index))
    }
    (self.peers, self.caller, self.key, self.width, self.node) = (peers, caller, key, width, node)
  }

  /// What an honest node names: the next sample of each level whose sample it is in, and others.
  private func knowledge(_ node: NodeIndex, _ draws: inout RandomStream) -> [NodeIndex] {
    var named = Set([peers[Int(draws.index(below: UInt32(peers.count)))].index])
    for (sample, next) in zip(samples, samples.dropFirst()) where sample.contains(node) {
      named.formUnion(next)
    }
    return named.sorted { $0.number < $1.number }.mixed(&draws)
  }

  /// Whether the walk ends without the nodes closest to the key; liars name liars only.
  func fails(_ rule: WalkRule, faulty: Set<NodeIndex>, draws: inout RandomStream) -> Bool {
    var walk = ClusterWalk(node, to: key, width: width - rule.dropped, world)
    var unasked = samples[samples.count - 1]
    while true {
      let next = Array(walk.nextToAsk())
      if next.isEmpty { break }
      unasked.subtract(next)
      for (place, index) in next.enumerated() {
        let named =
          faulty.contains(index)
          ? faulty.sorted { $0.number < $1.number } : knowledge(index, &draws)
        let heard = rule.hears(place, next.count) ? named : []
        _ = walk.take(
          NodeList(heard), slot: .none, from: world.book.peer(index), world.book)
      }
    }
    return !unasked.isEmpty
  }
}

/// What of a wave's answers a walk makes use of: all, or less with a planted error.
private struct WalkRule: Sendable {
  /// Whether the answer at a place of a wave of so many is listened to.
  var hears: @Sendable (_ place: Int, _ count: Int) -> Bool = { _, _ in true }
  /// How many nodes of each sample are not asked.
  var dropped = 0
}

/// cluster_iterative of proofs/coq/Cluster.v for the walk that the protocol takes.
@Suite struct ProtocolWalkTests {
  private static func iterative(_ rule: WalkRule) -> Verdict {
    var verdict = Verdict()
    for number in 0..<60 {
      var draws = stream("protocol walk", number)
      let width = 2 + number % 3
      let walk = ProtocolWalkCase(24 + number, width: width, draws: &draws)
      for turn in 0..<40 {
        let share = [0.3, 0.5, 0.7, 0.9][turn % 4]
        let others = walk.peers.dropFirst().map(\.index)
        let faulty = Set(others.filter { _ in draws.unit() < share })
        guard walk.fails(rule, faulty: faulty, draws: &draws) else { continue }
        verdict.check(
          walk.samples.dropLast().contains { $0.isSubset(of: faulty) },
          "ring \(number), faulty \(faulty.map(\.number).sorted())")
      }
    }
    return verdict
  }

  @Test("cluster_iterative: the protocol's walk fails only where a whole sample is faulty")
  func theProtocolsWalk() {
    Self.iterative(WalkRule()).expectHolds(atLeast: 200)
  }

  @Test("cluster_iterative: mutants are caught in the protocol's walk")
  func mutantsOfTheProtocolsWalk() {
    // Only the first answer of a wave counts; only the last.
    Self.iterative(WalkRule(hears: { place, _ in place == 0 })).expectCaught()
    Self.iterative(WalkRule(hears: { place, count in place == count - 1 })).expectCaught()
    // One node of each sample is not asked.
    Self.iterative(WalkRule(dropped: 1)).expectCaught()
  }
}
