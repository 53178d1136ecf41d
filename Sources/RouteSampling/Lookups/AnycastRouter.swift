/// `anycast` and `diverse-anycast` lookup by lookup, with the list-and-confirm rounds.
/// [Castro02], redundant routing
///
/// 1. The sender sends copies to their start points, which forward them over constrained tables.
/// 2. A correct node that receives a copy and has the root in its leaf set sends its certificate.
/// 3. The sender keeps L, the l/2 + 1 certified ids closest to the key on either side, and sends it
///    to those listed that have not had a list yet.
/// 4. A correct node that gets L forwards the message to its leaf-set members that belong in L and
///    are missing, which answer as in 2; if none is missing it confirms.
/// 5. Steps 3 and 4 happen until all have confirmed, at most three times.
///
/// The adversary's best response is to drop copies; nothing that it says can undo an arrival. Under
/// `impersonate-root` the coalition members closest to the key also answer, join L and never
/// confirm, which costs rounds but saves messages: nobody sends a copy to a member that is listed.
struct AnycastRouter: LookupRouter {
  /// Where copies start.
  enum Starts {
    /// At the sender's nearest leaf-set members, as published: their routes soon meet.
    case leafSet
    /// At nodes spread uniformly over the ring, whose certificates the sender has kept from
    /// earlier lookups: as many faulty ones among them as among all.
    case uniform
  }

  /// List-and-confirm rounds at most.
  static let roundsAtMost = 3

  let copies: Int
  let starts: Starts

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    var report = LookupReport(isDelivered: false)
    let known = scratch.current
    known.begin(around: lookup.key, lowMask: .max, lookup.graph)
    if lookup.isLocal {
      known.insert(lookup.source, lookup.graph)
      report.isDelivered = lookup.deliversFromLeafSet
    } else {
      start(lookup, scratch)
      let arrived = forward(lookup, known, scratch, &report)
      report.isDelivered = arrived && lookup.deliversFromLeafSet
    }
    if lookup.faultyNodesLie {
      let joined = known.insertNearest(lookup.graph.leafSetSize + 2, lookup.graph) {
        lookup.faults.isInCoalition($0)
      }
      report.cost.send(joined, of: MessageSizes.answer(certificates: 1))
    }
    confirm(lookup, known, scratch, &report)
    return report
  }

  /// Fills `scratch.nodes` and `scratch.counts` with the start points and their copies.
  private func start(_ lookup: Lookup, _ scratch: LookupScratch) {
    scratch.nodes.removeAll(keepingCapacity: true)
    scratch.counts.removeAll(keepingCapacity: true)
    for index in 0..<copies {
      let node: UInt32
      switch starts {
      case .leafSet:
        node = lookup.graph.leafSetMember(index, of: lookup.source)
      case .uniform:
        let word = lookup.faults.word(index)
        node = UInt32(word.multipliedFullWidth(by: UInt64(lookup.graph.ring.count)).high)
      }
      merge(node, 1, scratch)
    }
  }

  /// Adds copies at a node; copies that meet stay together.
  private func merge(_ node: UInt32, _ copies: Int, _ scratch: LookupScratch) {
    if let index = scratch.nodes.firstIndex(of: node) {
      scratch.counts[index] += copies
    } else {
      scratch.nodes.append(node)
      scratch.counts.append(copies)
    }
  }

  /// Forwards all copies, each over every hop of its own; tells `known` who answered.
  /// - Returns: whether a copy reached a correct node with the root in its leaf set.
  private func forward(
    _ lookup: Lookup, _ known: KnownNodes, _ scratch: LookupScratch, _ report: inout LookupReport
  ) -> Bool {
    let graph = lookup.graph
    var answers = 0
    var hasArrived = false
    var isFirstHop = true
    var isCopyLost = false
    // Hops get strictly closer to the key; the limit is never reached.
    for _ in 0..<(2 * graph.geometry.wholeDigits) where !scratch.nodes.isEmpty {
      let nodes = scratch.nodes
      let counts = scratch.counts
      scratch.nodes.removeAll(keepingCapacity: true)
      scratch.counts.removeAll(keepingCapacity: true)
      for (node, count) in zip(nodes, counts) {
        if node != lookup.source || !isFirstHop {
          report.cost.send(count, of: MessageSizes.request)
        }
        let isAtEnd = graph.spans(node, lookup.position)
        if isAtEnd && lookup.delivers(node) { hasArrived = true }
        if lookup.faults.isFaulty(node) {
          isCopyLost = true
          report.cost.send(count * lookup.diversions, of: MessageSizes.request)
        } else if isAtEnd {
          if !known.contains(node, graph) { answers += 1 }
          known.insert(node, graph)
        } else {
          merge(graph.constrained.nextHop(from: node, key: lookup.key), count, scratch)
        }
      }
      report.hops += 1
      isFirstHop = false
    }
    report.cost.send(answers, of: MessageSizes.answer(certificates: 1))
    // The sender waits for as many answers as copies, or for a timeout.
    report.cost.wait(missing: isCopyLost)
    return hasArrived
  }

  /// The rounds of lists and confirmations.
  private func confirm(
    _ lookup: Lookup, _ known: KnownNodes, _ scratch: LookupScratch, _ report: inout LookupReport
  ) {
    let graph = lookup.graph
    let half = Int(graph.half)
    for _ in 0..<AnycastRouter.roundsAtMost {
      let list = known.selectSides(half + 1, graph, pending: &scratch.asked)
      if scratch.asked.isEmpty { return }
      report.cost.send(
        scratch.asked.count, of: MessageSizes.list(identifiers: list.count))
      var silent = 0
      for node in scratch.asked {
        if lookup.faults.isFaulty(node) {
          silent += 1
          continue
        }
        var missing = 0
        for step in 1...half {
          for member in [graph.neighbor(node, step), graph.neighbor(node, -step)]
          where list.lacks(member, known, graph) {
            missing += 1
            scratch.others.append(member)
          }
        }
        report.cost.send(missing, of: MessageSizes.request)
        if missing == 0 { report.cost.send(1, of: MessageSizes.signedNonce) }
      }
      // A member answers the first copy that it gets, if it has the root in its leaf set.
      for member in scratch.others
      where graph.spans(member, lookup.position) && !known.contains(member, graph)
        && !lookup.faults.isFaulty(member)
      {
        known.insert(member, graph)
        report.cost.send(1, of: MessageSizes.answer(certificates: 1))
      }
      scratch.others.removeAll(keepingCapacity: true)
      report.cost.wait(missing: silent > 0)
    }
  }
}
