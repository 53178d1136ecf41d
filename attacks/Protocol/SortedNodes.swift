import Pastry

/// A fixed set of nodes that is asked often whether it holds one.
struct SortedNodes: Sendable {
  private let nodes: NodeList

  /// The nodes of a list.
  init(_ nodes: NodeList) {
    self.nodes = NodeList(nodes.sorted())
  }

  /// Whether the set holds a node.
  /// - Complexity: O(log n).
  func contains(_ node: NodeIndex) -> Bool {
    var low = 0
    var high = nodes.count
    while low < high {
      let middle = (low + high) / 2
      if nodes[middle] < node { low = middle + 1 } else { high = middle }
    }
    return low < nodes.count && nodes[low] == node
  }
}
