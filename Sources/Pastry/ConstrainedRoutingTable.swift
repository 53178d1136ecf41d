public import RingIdentifiers

/// The constrained routing table: in each slot the live node that is numerically closest to the
/// slot's point.
///
/// The point of slot (r, d) is the owner's nodeId with d in the place of digit r. Which node that
/// is depends on the certified nodeIds alone: an adversary changes an entry only by owning the
/// closest one. Source: [Castro02], routing table maintenance.
public struct ConstrainedRoutingTable: Equatable, Sendable {
  /// The slots.
  public private(set) var slots: SlotTable

  /// An empty table.
  public init(owner: NodeId, digitBits: Int) {
    slots = SlotTable(owner: owner, digitBits: digitBits)
  }

  /// What became of a node that was offered.
  public enum Insertion: Hashable, Sendable {
    /// It fills a slot that was empty.
    case inserted
    /// It is closer to the slot's point than this node, whose slot it has now.
    case replaced(NodeIndex)
    /// It has its slot already.
    case known
    /// A closer node has its slot, or it is the owner.
    case rejected
  }

  /// Offers a live node.
  /// - Complexity: O(1).
  public mutating func offer(_ peer: Peer, in book: borrowing PeerBook) -> Insertion {
    guard let slot = slots.slot(of: peer.nodeId) else { return .rejected }
    let current = slots[slot]
    if current == peer.index { return .known }
    guard wants(peer, in: book) else { return .rejected }
    slots.set(slot, to: peer.index)
    return current.exists ? .replaced(current) : .inserted
  }

  /// Whether `offer` would take this node in.
  public func wants(_ peer: Peer, in book: borrowing PeerBook) -> Bool {
    guard let slot = slots.slot(of: peer.nodeId) else { return false }
    let current = slots[slot]
    if current == peer.index { return false }
    guard current.exists else { return true }
    let point = slots.owner.constrainedPoint(
      row: slot.row, column: slot.column, digitBits: slots.digitBits)
    return peer.nodeId.isCloser(than: book[current], to: point)
  }

  /// Takes a node out; false when it has no slot.
  /// - Complexity: O(1).
  public mutating func remove(_ peer: Peer) -> Bool {
    guard let slot = slots.slot(of: peer.nodeId), slots[slot] == peer.index else { return false }
    slots.set(slot, to: .none)
    return true
  }
}
