/// How much a node holds, for checkers outside this module.
package struct PastryNodeSizes: Hashable, Sendable {
  /// Open requests.
  package let requests: Int
  /// Messages that wait.
  package let held: Int
  /// Open probes of the leaf set.
  package let probing: Int
  /// Nodes found to have failed during the present repair.
  package let failed: Int
  /// Peers that routes avoid.
  package let suspected: Int
}

extension PastryNode {
  /// How much the node holds now.
  package var sizes: PastryNodeSizes {
    PastryNodeSizes(
      requests: requests.count, held: held.count, probing: probing.count, failed: failed.count,
      suspected: suspected.count)
  }
}
