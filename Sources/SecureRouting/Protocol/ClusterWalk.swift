import Pastry
import RingIdentifiers

/// The caller's walk to a key, level by level, over clusters of nodes around constrained points.
///
/// What `ClusterIterativeRouter` of the sampling engine does, with messages: each level's point is
/// the key's digits so far followed by the caller's own; the W nodes that the caller knows closest
/// to it are asked for their leaf sets and for their slot's node for the key, and the last level is
/// the key itself. Certified nodeIds cannot be invented, so one honest answer that names a level's
/// cluster corrects any number of lies (`cluster_union` in proofs/coq).
struct ClusterWalk: Sendable {
  enum Standing: UInt8, Sendable {
    case unasked, asked, answered, silent
  }

  private struct Known: Sendable {
    let peer: Peer
    var standing: Standing
  }

  /// Nodes that a caller keeps in mind at most; a level of liars cannot name more than W leaf sets.
  static let knownMax = 4_096
  /// Waves of questions at one level at most.
  static let wavesMax = 4

  private let owner: NodeId
  private let key: Key
  private let digitBits: Int
  /// Nodes asked at a level.
  private let width: Int
  /// Nodes on both sides of the key that the walk is for.
  private let goal: Int
  /// A point this close to the key is taken for the key: l/8 mean gaps.
  private let near: UInt64
  /// Leaf-set members farther than this from the node that lists them are refused: 2 l mean gaps.
  private let reach: UInt64
  /// Everybody known, in ring order.
  private var known: ContiguousArray<Known> = []
  private var point: Key
  private var isAtKey = false
  private var wave = 0
  private var wanted: Int
  private var outstanding = 0

  /// A walk that has asked nobody.
  init(_ node: borrowing PastryNode, to key: Key, width: Int, _ world: borrowing PastryEnvironment)
  {
    owner = node.peer.nodeId
    self.key = key
    digitBits = world.configuration.digitBits
    self.width = width
    wanted = width
    goal = world.configuration.leafSetSize + 2
    let leafSet = node.leafSet
    let own = node.peer.nodeId
    let up = leafSet.clockwise.last.map { own.clockwiseDistance(to: $0.nodeId).high } ?? 0
    let down =
      leafSet.counterclockwise.last.map { $0.nodeId.clockwiseDistance(to: own).high } ?? 0
    // Halves, so that a set that goes round the ring does not overflow.
    let half = up / 2 + down / 2
    near = half / 4
    reach = half > .max / 4 ? .max : 4 * half
    point = Key(owner.value)
    for member in leafSet.members { insert(member) }
    for entry in node.constrainedTable.slots.nodes { insert(world.book.peer(entry)) }
    for entry in node.routingTable.slots.nodes { insert(world.book.peer(entry)) }
  }

  /// Whether nobody's answer is waited for.
  var isIdle: Bool { outstanding == 0 }

  /// The nodes that have answered, in ring order.
  var answered: ContiguousArray<Peer> {
    ContiguousArray(known.lazy.filter { $0.standing == .answered }.map(\.peer))
  }

  private func position(of nodeId: UInt160) -> Int {
    var low = 0
    var high = known.count
    while low < high {
      let middle = (low + high) / 2
      if known[middle].peer.nodeId.value < nodeId { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func insert(_ peer: Peer) {
    guard peer.nodeId != owner, known.count < ClusterWalk.knownMax else { return }
    let place = position(of: peer.nodeId.value)
    guard place == known.count || known[place].peer.nodeId != peer.nodeId else { return }
    known.insert(Known(peer: peer, standing: .unasked), at: place)
  }

  /// Takes in what a node says; false when it was not asked.
  mutating func take(
    _ members: NodeList, slot: NodeIndex, from sender: Peer, _ book: borrowing PeerBook
  ) -> Bool {
    let place = position(of: sender.nodeId.value)
    guard place < known.count, known[place].peer == sender, known[place].standing == .asked else {
      return false
    }
    known[place].standing = .answered
    outstanding -= 1
    for node in members {
      let member = book.peer(node)
      if sender.nodeId.ringDistance(to: member.nodeId).high <= reach { insert(member) }
    }
    if slot.exists {
      let entry = book.peer(slot)
      let row = sender.nodeId.sharedPrefixLength(with: key, digitBits: digitBits)
      // What the sender's slot for the key may hold.
      if entry.nodeId.sharedPrefixLength(with: key, digitBits: digitBits) > row { insert(entry) }
    }
    return true
  }

  /// Gives up waiting for the answers of this wave.
  mutating func timeOut() {
    for place in known.indices where known[place].standing == .asked {
      known[place].standing = .silent
    }
    outstanding = 0
  }

  /// The nodes to ask next; nobody when the walk is at its end.
  /// - Precondition: `isIdle`.
  mutating func nextToAsk() -> NodeList {
    // A level for each digit, and the waves of each: an end in any case.
    for _ in 0..<(UInt160.digitCount(digitBits: digitBits) + 2) {
      let next = nextWave()
      if !next.isEmpty || isAtKey { return next }
      advance()
    }
    return []
  }

  private mutating func nextWave() -> NodeList {
    guard wave < ClusterWalk.wavesMax else { return [] }
    wave += 1
    // Those around the key have to be found; elsewhere, silent nodes are replaced.
    let (cluster, silent) = closest(to: point, count: isAtKey ? max(width, goal) : wanted)
    if !isAtKey, wave > 1, silent == 0 { return [] }
    var next: NodeList = []
    for place in cluster where known[place].standing == .unasked {
      known[place].standing = .asked
      next.append(known[place].peer.index)
    }
    outstanding = next.count
    return next
  }

  /// The places of the nodes closest to a point that are not silent, and how many were silent among
  /// those passed.
  private func closest(to point: Key, count: Int) -> (places: [Int], silent: Int) {
    var places: [Int] = []
    guard !known.isEmpty else { return (places, 0) }
    var silent = 0
    var up = position(of: point.value)
    var down = up - 1
    var looked = 0
    while places.count < count, looked < known.count {
      let above = up < known.count ? up : up - known.count
      let below = down >= 0 ? down : down + known.count
      let takesBelow =
        known[below].peer.nodeId.isCloser(than: known[above].peer.nodeId, to: point)
      let place = takesBelow ? below : above
      if takesBelow { down -= 1 } else { up += 1 }
      looked += 1
      if known[place].standing == .silent { silent += 1 } else { places.append(place) }
    }
    return (places, silent)
  }

  /// Goes on to the next level.
  private mutating func advance() {
    wave = 0
    let row = point.sharedPrefixLength(with: key, digitBits: digitBits)
    guard row + 1 < UInt160.digitCount(digitBits: digitBits) else {
      point = key
      isAtKey = true
      return
    }
    let shared = UInt160.leadingMask((row + 1) * digitBits)
    let next = Key((key.value & shared) | (owner.value & ~shared))
    if next.ringDistance(to: key).high <= near {
      point = key
      isAtKey = true
    } else {
      point = next
    }
  }
}
