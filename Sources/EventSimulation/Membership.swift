import Pastry
import RingIdentifiers

/// Which nodes are in the overlay at this moment, by the engine's own knowledge.
///
/// The oracle of the checkers: a sorted ring of the nodes that have announced themselves active and
/// have not stopped. Shares no code with what nodes believe.
public struct Membership: Sendable {
  /// NodeIds in ascending order, with their nodes.
  private(set) var ring: ContiguousArray<(nodeId: NodeId, node: UInt32)> = []
  /// The same nodes in no order of meaning, to draw from.
  private(set) var list: ContiguousArray<UInt32> = []
  /// Where each node is in the list; `UInt32.max` when it is not.
  private var places: ContiguousArray<UInt32>

  /// The ring in 2^k equal sectors, about four nodes in each of a full overlay: the place of each
  /// sector's first node, and the number of nodes at the end.
  private var starts: ContiguousArray<UInt32>
  private let sectorBits: Int

  init(capacity: Int) {
    places = ContiguousArray(repeating: .max, count: capacity)
    sectorBits = max(0, Int.bitWidth - 3 - max(4, capacity).leadingZeroBitCount)
    starts = ContiguousArray(repeating: 0, count: 1 << sectorBits + 1)
  }

  private func sector(of nodeId: NodeId) -> Int {
    Int(truncatingIfNeeded: nodeId.value.high >> UInt64(64 - sectorBits))
  }

  /// Asks for the memory that `prefetch(key)` will read.
  func prefetch(sectorOf key: Key) {
    Simulation.prefetch(sector(of: NodeId(key.value)), of: starts)
  }

  /// Asks for the memory that `root(of: key)` will read: the nodes of a sector, mostly.
  func prefetch(_ key: Key) {
    let first = Int(starts[sector(of: NodeId(key.value))])
    Simulation.prefetch(first, of: ring)
    Simulation.prefetch(first &+ 3, of: ring)
  }

  /// Asks for the memory of a place of the list.
  func prefetch(listed place: Int) { Simulation.prefetch(place, of: list) }

  /// Nodes in the overlay.
  public var count: Int { list.count }

  func contains(_ node: UInt32) -> Bool { places[Int(node)] != .max }

  /// The first place of the ring whose nodeId is not below `nodeId`.
  func position(of nodeId: NodeId) -> Int {
    let sector = sector(of: nodeId)
    var low = Int(starts[sector])
    var high = Int(starts[sector + 1])
    while low < high {
      let middle = (low + high) / 2
      if ring[middle].nodeId < nodeId { low = middle + 1 } else { high = middle }
    }
    return low
  }

  mutating func insert(_ node: UInt32, _ nodeId: NodeId) {
    guard !contains(node) else { return }
    places[Int(node)] = UInt32(list.count)
    list.append(node)
    ring.insert((nodeId, node), at: position(of: nodeId))
    for next in (sector(of: nodeId) + 1)..<starts.count { starts[next] &+= 1 }
  }

  mutating func remove(_ node: UInt32, _ nodeId: NodeId) {
    let place = places[Int(node)]
    guard place != .max else { return }
    let last = list[list.count - 1]
    list[Int(place)] = last
    places[Int(last)] = place
    list.removeLast()
    places[Int(node)] = .max
    ring.remove(at: position(of: nodeId))
    for next in (sector(of: nodeId) + 1)..<starts.count { starts[next] &-= 1 }
  }

  /// Takes in all nodes of a new overlay at once.
  mutating func fill(_ nodes: some Sequence<(nodeId: NodeId, node: UInt32)>) {
    for (nodeId, node) in nodes where !contains(node) {
      places[Int(node)] = UInt32(list.count)
      list.append(node)
      ring.append((nodeId, node))
    }
    ring.sort { $0.nodeId < $1.nodeId }
    for index in starts.indices { starts[index] = 0 }
    for entry in ring { starts[sector(of: entry.nodeId) + 1] &+= 1 }
    for next in 1..<starts.count { starts[next] &+= starts[next - 1] }
  }

  /// The node in the overlay that is numerically closest to `key`, by the ring alone; nil when
  /// there is none.
  /// - Complexity: O(log N).
  func root(of key: Key) -> UInt32? {
    guard let first = ring.first, let last = ring.last else { return nil }
    let place = position(of: NodeId(key.value))
    let after = place < ring.count ? ring[place] : first
    let before = place > 0 ? ring[place - 1] : last
    let up = after.nodeId.value &- key.value
    let down = key.value &- before.nodeId.value
    // At the same length the node counterclockwise of the key is closer.
    return up < down ? after.node : before.node
  }

  /// The nodes in the overlay that are numerically closest to `key`, closest first, by the ring
  /// alone; all of them when there are fewer than `count`.
  /// - Complexity: O(log N + count).
  func closest(to key: Key, count: Int) -> [UInt32] {
    var found: [UInt32] = []
    var above = position(of: NodeId(key.value))
    var below = above - 1
    while found.count < min(count, ring.count) {
      let after = ring[above < ring.count ? above : above - ring.count]
      let before = ring[below >= 0 ? below : below + ring.count]
      // Both ways around the ring: the shorter counts, whichever side the walk came from.
      let up = Self.gap(after.nodeId, key)
      let down = Self.gap(before.nodeId, key)
      if up < down {
        found.append(after.node)
        above += 1
      } else {
        found.append(before.node)
        below -= 1
      }
    }
    return found
  }

  /// The shorter way between a node and a key.
  private static func gap(_ nodeId: NodeId, _ key: Key) -> UInt160 {
    min(nodeId.value &- key.value, key.value &- nodeId.value)
  }

  /// Whether a node is among the nearest `reach` nodes on one side of the root of a key, or is the
  /// root.
  /// - Complexity: O(log N).
  func isNear(_ nodeId: NodeId, rootOf key: Key, reach: Int) -> Bool {
    guard let root = closest(to: key, count: 1).first else { return false }
    let own = position(of: nodeId)
    guard own < ring.count, ring[own].nodeId == nodeId else { return false }
    for step in -reach...reach {
      let place = ((own + step) % ring.count + ring.count) % ring.count
      if ring[place].node == root { return true }
    }
    return false
  }
}
