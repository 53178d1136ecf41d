/// Settings of `anycast-spread`.
public struct AnycastSpreadParameters: Hashable, Sendable {
  /// Redundant copies, r.
  public let copies: Int
  /// After how many hops the nodes are counted, from the start points on; 0 counts these.
  public let hop: Int

  /// Names the settings.
  public init(copies: Int = 32, hop: Int = 1) {
    self.copies = copies
    self.hop = hop
  }
}

/// How many distinct nodes the copies of an anycast reach at one hop, when nothing is faulty.
///
/// The copies start at adjacent nodes, whose constrained points are adjacent too, so their routes
/// meet; the published model takes them as independent. [Castro02], redundant routing. Reported as
/// `hops`: the mean number of distinct nodes that get a copy at that hop. A copy that has reached a
/// node with the root in its leaf set goes no further and is not counted again.
struct AnycastSpreadProbe: LookupRouter {
  let parameters: AnycastSpreadParameters

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    let graph = lookup.graph
    var report = LookupReport(isDelivered: true)
    var nodes = (0..<parameters.copies).map { graph.leafSetMember($0, of: lookup.source) }
    for _ in 0..<parameters.hop {
      let next = nodes.lazy.filter { !graph.spans($0, lookup.position) }
        .map { graph.constrained.nextHop(from: $0, key: lookup.key) }
      scratch.nodes.removeAll(keepingCapacity: true)
      for node in next where !scratch.nodes.contains(node) { scratch.nodes.append(node) }
      nodes = scratch.nodes
    }
    report.hops = nodes.count
    return report
  }
}
