public import RingIdentifiers

/// The dense number of a node within one process: its place in that process's `PeerBook`.
///
/// Tables and messages hold these four bytes in place of a nodeId of twenty. Each process numbers
/// the nodes it has verified; on the wire a node is named by its nodeId, and `OverlayWire` turns
/// that into the number of a node whose certificate was verified, or into none.
@frozen
public struct NodeIndex: Comparable, Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
  /// The number; `UInt32.max` is `none`.
  public let number: UInt32

  /// The node with this number.
  @inlinable
  public init(_ number: UInt32) {
    self.number = number
  }

  /// No node: an empty slot.
  @inlinable
  public static var none: NodeIndex { NodeIndex(.max) }

  /// Whether this is not `none`.
  @inlinable
  public var exists: Bool { number != .max }

  /// Order by number; says nothing about the ring.
  @inlinable
  public static func < (lhs: NodeIndex, rhs: NodeIndex) -> Bool { lhs.number < rhs.number }

  /// The number, or `-`.
  public var description: String { exists ? "\(number)" : "-" }
}

/// A node with its certified nodeId: 24 bytes.
@frozen
public struct Peer: Hashable, Sendable, BitwiseCopyable {
  /// The certified nodeId.
  public let nodeId: NodeId
  /// The node's number in this process.
  public let index: NodeIndex

  /// Joins a nodeId and a number.
  @inlinable
  public init(_ nodeId: NodeId, _ index: NodeIndex) {
    self.nodeId = nodeId
    self.index = index
  }
}

/// The nodeIds of all nodes whose certificates this process has verified, by their numbers.
///
/// The only way from a number to a nodeId, so a number that is in the book stands for a certified
/// identity. Numbers that are not in it are refused where messages are received.
public struct PeerBook: Sendable {
  private(set) var nodeIds: ContiguousArray<NodeId>

  /// A book of these nodes, numbered in their order.
  /// - Precondition: fewer than 2^28 nodes.
  public init(_ nodeIds: ContiguousArray<NodeId> = []) {
    precondition(nodeIds.count < 1 << 28, "a book takes fewer than 2^28 nodes")
    self.nodeIds = nodeIds
  }

  /// The number of nodes.
  public var count: Int { nodeIds.count }

  /// Whether this number is in the book.
  public func contains(_ index: NodeIndex) -> Bool { Int(index.number) < nodeIds.count }

  /// Adds a node whose certificate was verified; gives its number.
  /// - Precondition: fewer than 2^28 nodes.
  public mutating func add(_ nodeId: NodeId) -> NodeIndex {
    precondition(nodeIds.count < 1 << 28, "a book takes fewer than 2^28 nodes")
    nodeIds.append(nodeId)
    return NodeIndex(UInt32(nodeIds.count - 1))
  }

  /// The nodeId of a node of the book.
  /// - Precondition: `contains(index)`.
  public subscript(index: NodeIndex) -> NodeId { nodeIds[Int(index.number)] }

  /// The node with its nodeId.
  /// - Precondition: `contains(index)`.
  public func peer(_ index: NodeIndex) -> Peer { Peer(self[index], index) }
}
