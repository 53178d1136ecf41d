public import ProtocolTime
public import RingIdentifiers

/// The routing table by proximity: in each slot the nearest known node in the network.
///
/// Proximity is a measured round-trip time in microseconds; a node that was not measured is farther
/// than every one that was. Source: [Rowstron01], Pastry node state and locality.
public struct RoutingTable: Equatable, Sendable {
  /// The slots.
  public private(set) var slots: SlotTable

  /// The round-trip time of a node that was not measured.
  public static let unmeasured = UInt32.max

  /// A measured round-trip time in whole microseconds, below `unmeasured`.
  public static func microseconds(_ span: TimeSpan) -> UInt32 {
    UInt32(min(span.nanoseconds / 1_000, UInt64(unmeasured) - 1))
  }

  /// An empty table.
  public init(owner: NodeId, digitBits: Int) {
    slots = SlotTable(owner: owner, digitBits: digitBits)
  }

  /// What became of a node that was offered.
  public enum Insertion: Hashable, Sendable {
    /// It fills a slot that was empty.
    case inserted
    /// It is nearer than this node, whose slot it has now.
    case replaced(NodeIndex)
    /// It has its slot already; its round-trip time is up to date.
    case updated
    /// A nearer node has its slot, or it is the owner.
    case rejected
  }

  /// Offers a live node.
  /// - Parameter roundTrip: microseconds, or `unmeasured`.
  /// - Complexity: O(1).
  public mutating func offer(_ peer: Peer, roundTrip: UInt32) -> Insertion {
    guard let slot = slots.slot(of: peer.nodeId) else { return .rejected }
    let current = slots[slot]
    if current == peer.index {
      if roundTrip != RoutingTable.unmeasured {
        slots.set(slot, to: current, roundTrip: roundTrip)
      }
      return .updated
    }
    if current.exists, slots.roundTrip(slot) <= roundTrip { return .rejected }
    slots.set(slot, to: peer.index, roundTrip: roundTrip)
    return current.exists ? .replaced(current) : .inserted
  }

  /// Whether a node would get a slot if it turned out to be near enough: its slot is empty, or held
  /// by another node.
  public func wants(_ peer: Peer) -> Bool {
    guard let slot = slots.slot(of: peer.nodeId) else { return false }
    return slots[slot] != peer.index
  }

  /// Whether a node would get a slot at this round-trip time.
  func wants(_ peer: Peer, at roundTrip: UInt32) -> Bool {
    guard let slot = slots.slot(of: peer.nodeId), slots[slot] != peer.index else { return false }
    return !slots[slot].exists || roundTrip < self.roundTrip(slot)
  }

  /// The round-trip time to the node in a slot, in microseconds.
  public func roundTrip(_ slot: SlotTable.Slot) -> UInt32 {
    slots.roundTrip(slot)
  }

  /// Takes a node out; false when it has no slot.
  /// - Complexity: O(1).
  public mutating func remove(_ peer: Peer) -> Bool {
    guard let slot = slots.slot(of: peer.nodeId), slots[slot] == peer.index else { return false }
    slots.set(slot, to: .none)
    return true
  }
}
