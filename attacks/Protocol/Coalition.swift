public import Pastry
public import RingIdentifiers

/// The members of one coalition that are in the overlay, and what they remember of others.
public struct Coalition: Sendable {
  /// The members, in ring order.
  public private(set) var members: NodeList
  /// NodeIds of the members, in the same order.
  private var nodeIds: ContiguousArray<NodeId>
  /// Membership by node number; members that have left included.
  private let isIn: ContiguousArray<Bool>
  /// Certified nodes that have left, the last ones last: their certificates are still valid.
  public private(set) var departed: NodeList = []

  /// The most departed nodes that a coalition remembers.
  public static let departedMax = 4_096

  /// A coalition of these nodes.
  public init(_ nodes: NodeList, in book: borrowing PeerBook) {
    var isIn = ContiguousArray(repeating: false, count: book.count)
    var peers: ContiguousArray<Peer> = []
    for node in nodes {
      isIn[Int(node.number)] = true
      peers.append(book.peer(node))
    }
    peers.sort { $0.nodeId < $1.nodeId }
    members = NodeList(peers.map(\.index))
    nodeIds = ContiguousArray(peers.map(\.nodeId))
    self.isIn = isIn
  }

  /// Whether a node belongs to the coalition, in the overlay or not.
  /// - Complexity: O(1).
  public func contains(_ index: NodeIndex) -> Bool {
    Int(index.number) < isIn.count && isIn[Int(index.number)]
  }

  /// The place of the first member whose nodeId is not below a point, 0...count.
  private func position(of point: UInt160) -> Int {
    var low = 0
    var high = nodeIds.count
    while low < high {
      let middle = (low + high) / 2
      if nodeIds[middle].value < point { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The members closest to a point of the ring, closest first.
  /// - Complexity: O(log n + count).
  public func closest(to point: some RingIdentifier, count: Int) -> NodeList {
    var found: NodeList = []
    guard !members.isEmpty else { return found }
    var up = position(of: point.value)
    var down = up - 1
    let wanted = min(count, members.count)
    while found.count < wanted {
      let above = up < members.count ? up : up - members.count
      let below = down >= 0 ? down : down + members.count
      if nodeIds[below].isCloser(than: nodeIds[above], to: point) {
        found.append(members[below])
        down -= 1
      } else {
        found.append(members[above])
        up += 1
      }
    }
    return found
  }

  /// The member closest to a point among those in a range, or nil.
  /// - Parameter range: holds the point; at most half the ring, and not over its end.
  /// - Complexity: O(log n).
  public func closest(
    to point: some RingIdentifier, within range: ClosedRange<UInt160>
  ) -> NodeIndex? {
    let up = position(of: point.value)
    let down = up - 1
    let above = up < members.count && range.contains(nodeIds[up].value)
    let below = down >= 0 && range.contains(nodeIds[down].value)
    if above && below {
      return nodeIds[down].isCloser(than: nodeIds[up], to: point) ? members[down] : members[up]
    }
    return above ? members[up] : below ? members[down] : nil
  }

  /// The densest well-formed root set that members alone can give for a key: `size` consecutive
  /// members in ring order with the one closest to the key in the middle; all of them when there
  /// are fewer.
  /// - Parameter size: odd, l + 1.
  /// - Complexity: O(log n + size).
  public func rootSet(around key: some RingIdentifier, size: Int) -> NodeList {
    guard let middle = closestPlace(to: key) else { return [] }
    let count = min(size, members.count)
    return consecutive(count, from: middle - count / 2)
  }

  /// The members on both sides of a point in ring order, `count` on each; all of them when there
  /// are fewer. A member at the point itself counts as above it.
  /// - Complexity: O(log n + count).
  public func bothSides(of point: some RingIdentifier, count: Int) -> NodeList {
    let first = position(of: point.value) - count
    guard 2 * count < members.count else { return members }
    return consecutive(2 * count, from: first)
  }

  /// The place of the member closest to a point, or nil when there is none.
  private func closestPlace(to point: some RingIdentifier) -> Int? {
    guard !members.isEmpty else { return nil }
    let next = position(of: point.value)
    let up = next < members.count ? next : 0
    let down = next > 0 ? next - 1 : members.count - 1
    return nodeIds[down].isCloser(than: nodeIds[up], to: point) ? down : up
  }

  /// Members in ring order from a place in `-n..<n` on.
  private func consecutive(_ count: Int, from first: Int) -> NodeList {
    NodeList((0..<count).map { members[(first + $0 + members.count) % members.count] })
  }

  /// A node has joined the overlay.
  package mutating func joined(_ peer: Peer) {
    guard contains(peer.index) else { return departed.removeAll { $0 == peer.index } }
    let place = position(of: peer.nodeId.value)
    guard place == members.count || members[place] != peer.index else { return }
    members.insert(peer.index, at: place)
    nodeIds.insert(peer.nodeId, at: place)
  }

  /// A node has left the overlay.
  package mutating func left(_ peer: Peer) {
    guard contains(peer.index) else {
      if departed.count == Coalition.departedMax { departed.removeFirst() }
      return departed.append(peer.index)
    }
    let place = position(of: peer.nodeId.value)
    guard place < members.count, members[place] == peer.index else { return }
    members.remove(at: place)
    nodeIds.remove(at: place)
  }
}
