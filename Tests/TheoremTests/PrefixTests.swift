import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// An overlay in which every node has the leaf set and tables that the ring gives it: the record
/// `correct` of proofs/coq/Prefix.v.
struct CorrectOverlay: Sendable {
  let world: PastryEnvironment
  /// By number; the ring's order is another.
  private(set) var nodes: [PastryNode]
  let peers: [Peer]
  let digitBits: Int

  /// - Parameters:
  ///   - absent: nodes that have failed, and that the others have forgotten.
  ///   - stale: a node that has not heard of it yet.
  init(
    _ ids: [UInt160], leafSetSize: Int, digitBits: Int, absent: Set<NodeIndex> = [],
    stale: NodeIndex = .none, draws: inout RandomStream
  ) {
    self.digitBits = digitBits
    let configuration = PastryConfiguration(digitBits: digitBits, leafSetSize: leafSetSize)
    peers = ids.enumerated().map { Peer(NodeId($1), NodeIndex(UInt32($0))) }
    world = PastryEnvironment(
      configuration: configuration, book: PeerBook(ContiguousArray(peers.map(\.nodeId))))
    nodes = []
    for peer in peers {
      let others = peers.filter { peer.index == stale || !absent.contains($0.index) }
      let ring = others.sorted { $0.nodeId < $1.nodeId }
      var node = PastryNode(peer, configuration: configuration, stream: StreamKey(seed: 1))
      var snapshot = PastryNode.Snapshot()
      snapshot.isWhole = ring.count <= leafSetSize
      if let place = ring.firstIndex(of: peer) {
        for step in 1...max(1, min(leafSetSize / 2, ring.count - 1)) where ring.count > 1 {
          snapshot.leafSet.append(ring[(place + step) % ring.count])
          snapshot.leafSet.append(ring[(place + ring.count - step) % ring.count])
        }
      }
      for other in others where other != peer {
        snapshot.table.append((other, draws.index(below: 1_000)))
        snapshot.constrained.append(other)
      }
      var actions = PastryActions()
      node.restore(snapshot, world, into: &actions)
      nodes.append(node)
    }
  }

  func row(_ node: NodeIndex, _ key: Key) -> Int {
    world.book[node].sharedPrefixLength(with: key, digitBits: digitBits)
  }

  func root(of key: Key) -> NodeIndex {
    let root = key.root(among: peers.map(\.nodeId))
    return peers.first { $0.nodeId == root }?.index ?? .none
  }
}

/// What a node does with a message.
enum Step: Hashable, Sendable {
  case deliver
  case forward(NodeIndex)
  case hold
}

/// The rule of a hop: the implementation, or one with a planted error.
struct HopRule: Sendable {
  var step: @Sendable (CorrectOverlay, NodeIndex, Key, RoutingTableKind) -> Step = {
    overlay, node, key, table in
    var actions = PastryActions()
    var routing = overlay.nodes[Int(node.number)]
    routing.route(
      RouteMessage(key: key, source: node, tag: 0, table: table), overlay.world, into: &actions)
    while let action = actions.takeFirst() {
      switch action {
      case .deliver: return .deliver
      case .send(.route, let next): return .forward(next)
      default: continue
      }
    }
    return .hold
  }

  /// The hops to where the message is delivered; nil when that takes more than `most`.
  func route(
    _ overlay: CorrectOverlay, from source: NodeIndex, _ key: Key, _ table: RoutingTableKind,
    most: Int
  ) -> (end: NodeIndex, hops: Int)? {
    var current = source
    for hops in 0...most {
      switch step(overlay, current, key, table) {
      case .deliver: return (current, hops)
      case .hold: return nil
      case .forward(let next): current = next
      }
    }
    return nil
  }
}

/// Three statements of proofs/coq/Prefix.v.
@Suite struct PrefixTests {
  private struct Case {
    let overlay: CorrectOverlay
    let key: Key
    let sources: [NodeIndex]
    let table: RoutingTableKind
  }

  /// Overlays with all digit widths and small leaf sets, some with long shared prefixes; keys
  /// anywhere, near nodes, and where blocks of digits meet.
  private static let cases: [Case] = (0..<20).flatMap { number in
    var draws = stream("prefix", number)
    let digitBits = [1, 2, 3, 4, 8][number % 5]
    let ids: [UInt160] = randomPoints(
      [2, 5, 12, 24, 40, 48][number % 6], depth: [0, 10, 40][number % 3], from: &draws)
    let overlay = CorrectOverlay(
      ids, leafSetSize: [2, 2, 4, 8][number % 4], digitBits: digitBits, draws: &draws)
    return (0..<24).map { turn in
      var value = UInt160.random(from: &draws)
      let near = ids[Int(draws.index(below: UInt32(ids.count)))]
      let shared = UInt160.leadingMask(Int(draws.index(below: 50)))
      switch turn % 4 {
      case 0: break
      case 1: value = (near & shared) | (value & ~shared)
      case 2: value = near & shared
      default: value = near | ~shared
      }
      return Case(
        overlay: overlay, key: Key(value),
        sources: (0..<6).map { _ in NodeIndex(draws.index(below: UInt32(ids.count))) },
        table: turn % 8 < 4 ? .proximity : .constrained)
    }
  }

  private static func hops(_ rule: HopRule) -> Verdict {
    var verdict = Verdict()
    for one in cases {
      let root = one.overlay.root(of: one.key)
      let longest = one.overlay.peers.map { one.overlay.row($0.index, one.key) }.max() ?? 0
      let book = one.overlay.world.book
      for source in one.sources {
        let row = one.overlay.row(source, one.key)
        let isRight: Bool
        switch rule.step(one.overlay, source, one.key, one.table) {
        case .hold: isRight = false
        case .deliver: isRight = source == root
        case .forward(let next):
          let nextRow = one.overlay.row(next, one.key)
          let isNearer =
            book[next].ringDistance(to: one.key) < book[source].ringDistance(to: one.key)
          isRight =
            next == root || nextRow > row || (row == longest && nextRow >= row && isNearer)
        }
        verdict.check(isRight, "\(source) to \(one.key), row \(row) of \(longest)")
      }
    }
    return verdict
  }

  /// Whether every node whose slot for the key is empty covers the key.
  private static func isCovered(_ one: Case) -> Bool {
    one.overlay.nodes.allSatisfy { node in
      let slots =
        one.table == .proximity ? node.routingTable.slots : node.constrainedTable.slots
      return slots.entry(for: one.key).exists || node.leafSet.covers(one.key)
    }
  }

  private static func routes(_ rule: HopRule, rare: Bool) -> Verdict {
    var verdict = Verdict()
    for one in cases where rare || isCovered(one) {
      let rows = one.overlay.peers.map { one.overlay.row($0.index, one.key) }
      let longest = rows.max() ?? 0
      let holders = rows.count { $0 == longest }
      for source in one.sources {
        let missing = longest - one.overlay.row(source, one.key)
        let most = missing + (rare ? holders : 1)
        let end = rule.route(one.overlay, from: source, one.key, one.table, most: most)
        verdict.check(
          end?.end == one.overlay.root(of: one.key) && missing <= 160 / one.overlay.digitBits,
          "from \(source) to \(one.key) in \(most) hops: \(String(describing: end))")
      }
    }
    return verdict
  }

  /// The rule of the implementation with another choice outside the leaf set.
  private static func mutant(
    _ choose: @escaping @Sendable (CorrectOverlay, PastryNode, Key) -> NodeIndex?
  ) -> HopRule {
    HopRule(step: { overlay, index, key, table in
      let node = overlay.nodes[Int(index.number)]
      guard node.leafSet.covers(key) else {
        return choose(overlay, node, key).map { .forward($0) } ?? .hold
      }
      let root = node.leafSet.closest(to: key).index
      return root == index ? .deliver : .forward(root)
    })
  }

  private static func known(_ node: PastryNode, _ overlay: CorrectOverlay) -> [Peer] {
    Array(node.leafSet.members) + node.routingTable.slots.nodes.map { overlay.world.book.peer($0) }
  }

  /// Greedy by distance: digits do not count.
  private static let greedy = mutant { overlay, node, key in
    known(node, overlay).min { $0.nodeId.isCloser(than: $1.nodeId, to: key) }?.index
  }
  /// The rare case takes anybody with as long a prefix, closer or not.
  private static let careless = mutant { overlay, node, key in
    let entry = node.routingTable.slots.entry(for: key)
    if entry.exists { return entry }
    let row = overlay.row(node.peer.index, key)
    return known(node, overlay).first { overlay.row($0.index, key) >= row }?.index
  }
  /// The slot one column beside the key's.
  private static let besides = mutant { overlay, node, key in
    let slots = node.routingTable.slots
    guard let slot = slots.slot(of: key) else { return nil }
    let entry = slots[slot.row, slot.column ^ 1]
    return entry.exists ? entry : overlay.nodes.first?.peer.index
  }
  /// The leaf set takes keys one place beyond its end.
  private static let hasty = HopRule(step: { overlay, index, key, table in
    let node = overlay.nodes[Int(index.number)]
    let closest = node.leafSet.closest(to: key).index
    let isEnd =
      closest == node.leafSet.clockwise.last?.index
      || closest == node.leafSet.counterclockwise.last?.index
    if isEnd, index == closest || overlay.row(closest, key) < overlay.row(index, key) {
      return .forward(closest)
    }
    return HopRule().step(overlay, index, key, table)
  })
  /// One more stop on the way: a node hands the message to its neighbour with the entry's prefix.
  private static let roundabout = mutant { overlay, node, key in
    let row = overlay.row(node.peer.index, key)
    let steps = known(node, overlay).filter {
      overlay.row($0.index, key) == row && $0.nodeId.isCloser(than: node.peer.nodeId, to: key)
    }
    if let other = steps.max(by: { $0.nodeId.isCloser(than: $1.nodeId, to: key) }) {
      return other.index
    }
    let entry = node.routingTable.slots.entry(for: key)
    return entry.exists ? entry : nil
  }

  @Test("prefix_hop: every hop makes progress, and only the root delivers")
  func prefixHop() {
    Self.hops(HopRule()).expectHolds(atLeast: 2_800)
  }

  @Test("prefix_hop: mutants are caught")
  func prefixHopMutants() {
    Self.hops(Self.greedy).expectCaught()
    Self.hops(Self.careless).expectCaught()
    Self.hops(Self.besides).expectCaught()
    Self.hops(Self.hasty).expectCaught()
    Self.hops(Self.roundabout).expectCaught()
  }

  @Test("prefix_progress: with covered gaps a route takes a hop more than digits are missing")
  func prefixProgress() {
    Self.routes(HopRule(), rare: false).expectHolds(atLeast: 1_200)
  }

  @Test("prefix_progress: mutants are caught")
  func prefixProgressMutants() {
    Self.routes(Self.besides, rare: false).expectCaught()
    Self.routes(Self.roundabout, rare: false).expectCaught()
  }

  @Test("prefix_progress_rare: every route ends at the root, whatever is covered")
  func prefixProgressRare() {
    Self.routes(HopRule(), rare: true).expectHolds(atLeast: 2_800)
  }

  @Test("prefix_progress_rare: mutants are caught, and the condition of prefix_progress is needed")
  func prefixProgressRareMutants() {
    Self.routes(Self.careless, rare: true).expectCaught()
    Self.routes(Self.besides, rare: true).expectCaught()
    // The implementation itself, where gaps are not covered, exceeds the tighter bound.
    var beyond = Verdict()
    for one in Self.cases where !Self.isCovered(one) {
      let longest = one.overlay.peers.map { one.overlay.row($0.index, one.key) }.max() ?? 0
      for source in one.sources {
        let most = longest - one.overlay.row(source, one.key) + 1
        let end = HopRule().route(one.overlay, from: source, one.key, one.table, most: most)
        beyond.check(end != nil, "from \(source) to \(one.key)")
      }
    }
    beyond.expectCaught()
  }
}
