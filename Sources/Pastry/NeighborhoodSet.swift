/// The M nodes that are nearest by proximity.
///
/// Takes no part in routing; new nodes in the same part of the network start from it.
/// Source: [Rowstron01], Pastry node state.
public struct NeighborhoodSet: Equatable, Sendable {
  /// A member with its round-trip time in microseconds.
  public struct Member: Hashable, Sendable {
    /// The node.
    public let index: NodeIndex
    /// Its measured round-trip time, in microseconds.
    public let roundTrip: UInt32
  }

  /// M.
  public let capacity: Int
  /// Members, nearest first.
  public private(set) var members: ContiguousArray<Member> = []

  /// An empty set.
  public init(capacity: Int) {
    self.capacity = capacity
  }

  /// Offers a node that was measured just now; false when it is too far.
  /// - Complexity: O(M).
  public mutating func offer(_ index: NodeIndex, roundTrip: UInt32) -> Bool {
    remove(index)
    guard capacity > 0 else { return false }
    if members.count == capacity, let last = members.last {
      guard roundTrip < last.roundTrip else { return false }
      members.removeLast()
    }
    // Nodes at the same round-trip time stand in the order of their numbers.
    let position =
      members.firstIndex {
        ($0.roundTrip, $0.index.number) > (roundTrip, index.number)
      } ?? members.count
    members.insert(Member(index: index, roundTrip: roundTrip), at: position)
    return true
  }

  /// Takes a node out, if it is in.
  /// - Complexity: O(M).
  public mutating func remove(_ index: NodeIndex) {
    members.removeAll { $0.index == index }
  }
}
