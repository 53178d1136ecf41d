import RingIdentifiers

/// The nodes in the overlay by nodeId.
struct ActiveRing: Sendable {
  private var entries: ContiguousArray<(nodeId: NodeId, node: UInt32)> = []

  /// The place of the first entry that is not below a nodeId.
  /// - Complexity: O(log n).
  private func place(of value: UInt160) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].nodeId.value < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Puts a node in.
  /// - Complexity: O(n) to make room.
  mutating func insert(_ node: UInt32, _ nodeId: NodeId) {
    let place = place(of: nodeId.value)
    if place < entries.count, entries[place].nodeId == nodeId { return }
    entries.insert((nodeId, node), at: place)
  }

  /// Takes a node out, if it is in.
  mutating func remove(_ nodeId: NodeId) {
    let place = place(of: nodeId.value)
    if place < entries.count, entries[place].nodeId == nodeId { entries.remove(at: place) }
  }

  /// The node that is closest to a key: one of its two neighbours; nil without nodes.
  func root(of key: Key) -> UInt32? {
    guard !entries.isEmpty else { return nil }
    let place = place(of: key.value)
    let after = entries[place % entries.count]
    let before = entries[(place + entries.count - 1) % entries.count]
    return after.nodeId.isCloser(than: before.nodeId, to: key) ? after.node : before.node
  }
}
