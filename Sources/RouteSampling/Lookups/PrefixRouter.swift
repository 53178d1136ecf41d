/// `prefix` lookup by lookup: one message along the tables, one answer from the root.
///
/// The adversary's best response: the first faulty node keeps the message, or answers in the root's
/// name; either way the lookup is lost, so all interceptions deliver alike. [Castro02], message
/// forwarding
struct PrefixRouter: LookupRouter {
  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    var report = LookupReport(isDelivered: false)
    let walk = lookup.plainWalk(&report)
    switch lookup.event {
    case .replicaRoots: report.isDelivered = !walk.isLostBeforeEnd && !walk.isEndFaulty
    case .path:
      report.isDelivered = !walk.isLostBeforeEnd && (walk.end == lookup.root || !walk.isEndFaulty)
    case .root:
      report.isDelivered =
        !walk.isLostBeforeEnd && !walk.isEndFaulty && !lookup.faults.isFaulty(lookup.root)
    }
    let answers = report.isDelivered || lookup.faultyNodesLie
    if answers {
      report.cost.send(
        1, of: MessageSizes.answer(certificates: lookup.graph.leafSetSize + 1))
    }
    report.cost.wait(missing: !answers)
    report.isForgeryAccepted = !report.isDelivered && lookup.faultyNodesLie
    return report
  }
}

extension Lookup {
  /// Where a plain message got to.
  struct PlainWalk {
    /// The last node that held it before the root, or the node that kept it.
    var end: UInt32
    /// A faulty node or a poisoned slot took it before it reached `end`.
    var isLostBeforeEnd = false
    /// `end` itself is faulty.
    var isEndFaulty = false
  }

  /// Sends one message along the tables that plain messages follow, to the root or to the first
  /// faulty node; counts messages and hops.
  func plainWalk(_ report: inout LookupReport) -> PlainWalk {
    var walk = PlainWalk(end: source)
    while !graph.spans(walk.end, position) {
      if walk.isEndFaulty || walk.isLostBeforeEnd {
        report.cost.send(diversions, of: MessageSizes.request)
        walk.isLostBeforeEnd = true
        return walk
      }
      let next = graph.plainNextHop(from: walk.end, key: key)
      report.cost.send(1, of: MessageSizes.request)
      report.hops += 1
      walk.isLostBeforeEnd =
        slotPoisoning > 0 && faults.happens(walk.end, next, probability: slotPoisoning)
      walk.end = next
      walk.isEndFaulty = faults.isFaulty(next)
    }
    let isKept = walk.isEndFaulty || walk.isLostBeforeEnd
    if isKept {
      if walk.end != root || walk.isLostBeforeEnd {
        report.cost.send(diversions, of: MessageSizes.request)
      }
    } else if walk.end != root {
      report.cost.send(1, of: MessageSizes.request)
      report.hops += 1
    }
    return walk
  }
}
