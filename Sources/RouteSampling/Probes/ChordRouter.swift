/// `chord`: one recursive message over true Chord fingers on the same ring. [Stoica01]
///
/// Finger i of a node is the first node at or after its id plus 2^i. The key's root is its
/// successor. A node whose successor is the root sends the message there, any other one to the
/// finger that most closely precedes the key.
///
/// The adversary's best response: the first faulty node keeps the message. Events: `root` and
/// `path` as for `prefix`; `replica-roots`: a correct node holds the message that has the root
/// among its l successors.
/// - Deviation: successor lists shorten no route; with l of them the last log2 l hops could be
///   saved.
/// - Complexity: O(log2 N) hops of O(log2 N) each.
struct ChordRouter: LookupRouter {
  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    let graph = lookup.graph
    let root = lookup.position == graph.ring.count ? 0 : lookup.position
    var report = LookupReport(isDelivered: false)
    var current = lookup.source
    var hasReachedList = false
    while true {
      // Places from this node to the root, clockwise.
      let places = Int(root) - Int(current)
      let ahead = places < 0 ? places + Int(graph.ring.count) : places
      if ahead <= graph.leafSetSize { hasReachedList = true }
      if lookup.event == .replicaRoots, hasReachedList {
        report.isDelivered = true
        break
      }
      if ahead == 0 {
        report.isDelivered = true
        break
      }
      let next = ahead == 1 ? root : finger(of: current, before: lookup.key, graph)
      report.cost.send(1, of: MessageSizes.request)
      report.hops += 1
      let isExempt = lookup.event == .path && next == root
      if lookup.faults.isFaulty(next) && !isExempt {
        report.cost.send(lookup.diversions, of: MessageSizes.request)
        break
      }
      current = next
    }
    report.cost.wait(missing: !report.isDelivered)
    if report.isDelivered {
      report.cost.send(1, of: MessageSizes.answer(certificates: graph.leafSetSize + 1))
    }
    return report
  }

  /// The finger of `node` that most closely precedes the key; its successor at least.
  private func finger(of node: UInt32, before key: UInt64, _ graph: LookupGraph) -> UInt32 {
    let identifier = graph.ring.identifier(node)
    let distance = key &- identifier
    var exponent = 63 - distance.leadingZeroBitCount
    while exponent > 0 {
      let rank = graph.ring.rank(of: identifier &+ (1 << UInt64(exponent)))
      let candidate = rank == graph.ring.count ? 0 : rank
      let reach = graph.ring.identifier(candidate) &- identifier
      if reach < distance && candidate != node { return candidate }
      exponent -= 1
    }
    return graph.neighbor(node, 1)
  }
}
