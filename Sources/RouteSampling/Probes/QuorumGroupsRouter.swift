/// `quorum-groups`: every region of the ring a group that runs Byzantine agreement. [Lynch02]
///
/// Groups are runs of `groupSize` consecutive nodes. The message goes from group to group along the
/// route of `prefix`; a group carries it iff fewer than a third of its members are faulty. Groups
/// of the nodes after the sender count, the root's included; hops inside a group change nothing.
/// - delivered: all groups on the route carry it, whatever the event;
/// - test fired: the root's group, taken by itself, has a third or more faulty members;
/// - messages: every member of a group sends to every member of the next.
///
/// The adversary's best response: faulty members vote against the message; ids are certified, so
/// they cannot gather in one group.
struct QuorumGroupsRouter: LookupRouter {
  let groupSize: Int

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    let graph = lookup.graph
    var report = LookupReport(isDelivered: true)
    report.hasTestFired = !works(group(of: lookup.root, graph), lookup)
    var current = lookup.source
    while current != lookup.root {
      let next =
        graph.spans(current, lookup.position)
        ? lookup.root : graph.plainNextHop(from: current, key: lookup.key)
      let entered = group(of: next, graph)
      if entered != group(of: current, graph) {
        report.hops += 1
        report.cost.send(groupSize * groupSize, of: MessageSizes.request)
        if !works(entered, lookup) {
          report.isDelivered = false
          break
        }
      }
      current = next
    }
    report.cost.wait(missing: !report.isDelivered)
    return report
  }

  /// The group of a node; the last group takes what does not fill one.
  private func group(of node: UInt32, _ graph: LookupGraph) -> Int {
    min(Int(node) / groupSize, max(1, Int(graph.ring.count) / groupSize) - 1)
  }

  /// Whether fewer than a third of a group's members are faulty.
  private func works(_ group: Int, _ lookup: Lookup) -> Bool {
    let count = Int(lookup.graph.ring.count)
    let first = group * groupSize
    let isLast = first + 2 * groupSize > count
    let members = first..<(isLast ? count : first + groupSize)
    let faulty = members.count { lookup.faults.isFaulty(UInt32($0)) }
    return 3 * faulty < members.count
  }
}
