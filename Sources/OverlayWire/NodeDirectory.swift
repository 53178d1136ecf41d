public import Pastry
public import RingIdentifiers

/// The way back from a nodeId to a node's number: a `PeerBook` turned around.
///
/// Whoever adds a node to the book adds it here, too, once its certificate was verified. So a
/// nodeId that is found stands for a certified identity, and every other one is reported.
public struct NodeDirectory: Sendable {
  /// Looked up and never iterated: its order differs between processes.
  private var indexes: [NodeId: NodeIndex] = [:]

  /// Knows nobody.
  public init() {}

  /// Knows all nodes of a book; of several with one nodeId the first.
  /// - Complexity: O(n).
  public init(_ book: PeerBook) {
    indexes.reserveCapacity(book.count)
    for number in 0..<UInt32(book.count) { _ = insert(book.peer(NodeIndex(number))) }
  }

  /// What became of a node that was to be inserted.
  public enum Insertion: Hashable, Sendable {
    /// It can be found now.
    case inserted
    /// The nodeId keeps this number, as it is known already.
    case known(NodeIndex)
    /// `NodeIndex.none` is nobody's number.
    case noNode
  }

  /// Makes a node of the book findable.
  /// - Complexity: O(1).
  public mutating func insert(_ peer: Peer) -> Insertion {
    guard peer.index.exists else { return .noNode }
    if let index = indexes[peer.nodeId] { return .known(index) }
    indexes[peer.nodeId] = peer.index
    return .inserted
  }

  /// The number of nodes.
  public var count: Int { indexes.count }

  /// The number of the node with this nodeId; nil when it is not known.
  /// - Complexity: O(1).
  public func index(of nodeId: NodeId) -> NodeIndex? { indexes[nodeId] }
}
