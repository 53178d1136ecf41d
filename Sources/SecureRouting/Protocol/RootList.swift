import Pastry
import RingIdentifiers

/// The nodes closest to a key that have shown themselves: half of the list on either side.
///
/// L of [Castro02], redundant routing: nobody gets in by being named, only by an answer signed with
/// the caller's nonce, so certificates of departed nodes cannot push live ones out.
struct RootList: Sendable {
  /// How far the caller has come with a node.
  enum Standing: UInt8, Sendable {
    /// It has answered, and was not sent the list.
    case found
    /// It was sent the list.
    case listed
    /// It has got the list, and has handed the message on to somebody who is missing there.
    case answered
    /// It misses nobody in the list.
    case confirmed
  }

  struct Entry: Sendable {
    let peer: Peer
    var standing: Standing
  }

  let key: Key
  /// Nodes that a side holds.
  let sideCapacity: Int
  /// Nodes at the key or clockwise of it, and counterclockwise of it, nearest first.
  private(set) var above: ContiguousArray<Entry> = []
  private(set) var below: ContiguousArray<Entry> = []

  init(around key: Key, sideCapacity: Int) {
    self.key = key
    self.sideCapacity = sideCapacity
  }

  var isEmpty: Bool { above.isEmpty && below.isEmpty }

  var count: Int { above.count + below.count }

  /// All nodes, in ring order.
  var nodes: NodeList { NodeList((below.reversed() + above).map(\.peer.index)) }

  /// All nodes, closest to the key first.
  var closestFirst: ContiguousArray<Peer> {
    var peers = ContiguousArray((below + above).map(\.peer))
    peers.sort { $0.nodeId.isCloser(than: $1.nodeId, to: key) }
    return peers
  }

  /// The nodes with a standing, in ring order.
  func nodes(_ standing: Standing) -> NodeList {
    NodeList(
      (below.reversed() + above).lazy.filter { $0.standing == standing }.map(\.peer.index))
  }

  func count(_ standing: Standing) -> Int {
    (below + above).count { $0.standing == standing }
  }

  func contains(_ node: NodeIndex) -> Bool {
    above.contains { $0.peer.index == node } || below.contains { $0.peer.index == node }
  }

  private func isAbove(_ nodeId: NodeId) -> Bool {
    key.clockwiseDistance(to: nodeId) < UInt160(high: 1 << 63, middle: 0, low: 0)
  }

  /// Whether a node would get in.
  /// - Complexity: O(l).
  func lacks(_ peer: Peer) -> Bool {
    let side = isAbove(peer.nodeId) ? above : below
    guard !side.contains(where: { $0.peer.nodeId == peer.nodeId }) else { return false }
    guard side.count >= sideCapacity, let last = side.last else { return true }
    return key.ringDistance(to: peer.nodeId) < key.ringDistance(to: last.peer.nodeId)
  }

  /// Takes a node in if it is close enough; false when it was in or is not.
  /// - Complexity: O(l).
  mutating func insert(_ peer: Peer, _ standing: Standing = .found) -> Bool {
    guard lacks(peer) else { return false }
    let entry = Entry(peer: peer, standing: standing)
    if isAbove(peer.nodeId) {
      place(entry, in: &above)
    } else {
      place(entry, in: &below)
    }
    return true
  }

  private func place(_ entry: Entry, in side: inout ContiguousArray<Entry>) {
    let distance = key.ringDistance(to: entry.peer.nodeId)
    let position =
      side.firstIndex { distance < key.ringDistance(to: $0.peer.nodeId) } ?? side.count
    side.insert(entry, at: position)
    if side.count > sideCapacity { side.removeLast() }
  }

  /// Notes how far the caller has come with a node; false when it is not in the list or has come
  /// farther.
  mutating func advance(_ node: NodeIndex, to standing: Standing) -> Bool {
    if let place = above.firstIndex(where: { $0.peer.index == node }) {
      guard above[place].standing.rawValue < standing.rawValue else { return false }
      above[place].standing = standing
      return true
    }
    guard let place = below.firstIndex(where: { $0.peer.index == node }),
      below[place].standing.rawValue < standing.rawValue
    else { return false }
    below[place].standing = standing
    return true
  }

  /// How far the caller has come with a node; nil when it is not in the list.
  func standing(of node: NodeIndex) -> Standing? {
    (below + above).first { $0.peer.index == node }?.standing
  }

  /// Whether every node has confirmed.
  var isConfirmed: Bool { !isEmpty && count(.confirmed) == count }
}
