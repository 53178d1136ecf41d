/// Every correct node forwards the message to all entries of a wide slot.
///
/// A slot holds the r nodes closest to its constrained point, so the message travels from cluster
/// to cluster and survives unless a whole cluster is faulty. Nodes forward a message once.
/// Recursive, hence fast, but r messages leave every node of every cluster. Clusters that pass
/// messages as one are those of [FiatSaia02] and the quorums of later designs.
///
/// The adversary's best response is to drop the copies that reach it: it can add none that a
/// correct node would not have.
struct WideRouter: LookupRouter {
  let slotEntries: Int

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    let graph = lookup.graph
    var report = LookupReport(isDelivered: false)
    var answers = lookup.isLocal ? 1 : 0
    var hasArrived = lookup.isLocal
    var isCopyLost = false
    // Where the nodes end that got the message at this depth.
    var depthEnd = 1
    scratch.nodes.removeAll(keepingCapacity: true)
    scratch.others.removeAll(keepingCapacity: true)
    if !lookup.isLocal { scratch.nodes.append(lookup.source) }
    // `nodes` holds everybody who has the message, in the order of arrival.
    var head = 0
    while head < scratch.nodes.count {
      let node = scratch.nodes[head]
      if head == depthEnd {
        depthEnd = scratch.nodes.count
        report.hops += 1
      }
      head += 1
      let isAtEnd = graph.spans(node, lookup.position)
      if isAtEnd && lookup.delivers(node) { hasArrived = true }
      if lookup.faults.isFaulty(node) {
        isCopyLost = true
        report.cost.send(lookup.diversions, of: MessageSizes.request)
        continue
      }
      if isAtEnd {
        answers += 1
        continue
      }
      if let slot = graph.slot(of: node, key: lookup.key, count: slotEntries) {
        for step in 0..<slot.count { deliver(graph.neighbor(slot.first, step), scratch) }
        report.cost.send(slot.count, of: MessageSizes.request)
      } else {
        deliver(graph.constrained.nextHop(from: node, key: lookup.key), scratch)
        report.cost.send(1, of: MessageSizes.request)
      }
    }
    report.isDelivered = hasArrived && lookup.deliversFromLeafSet
    if !lookup.isLocal {
      report.cost.send(
        answers, of: MessageSizes.answer(certificates: graph.leafSetSize + 1))
      report.cost.wait(missing: isCopyLost)
    }
    if answers > 0 { report.cost.send(graph.leafSetSize + 1, of: MessageSizes.request) }
    return report
  }

  private func deliver(_ node: UInt32, _ scratch: LookupScratch) {
    if !scratch.nodes.contains(node) { scratch.nodes.append(node) }
  }
}
