/// Settings of the cluster-iterative routers.
public struct ClusterParameters: Hashable, Sendable {
  /// Nodes asked at each level, W.
  public let width: Int
  /// Nodes asked at a level at most, once answers contradict each other; at least `width`.
  public let widest: Int
  /// Nodes that a routing table slot holds; 1 is the constrained table as published.
  public let slotEntries: Int

  /// Names the settings; the defaults are those of `cluster-iterative`.
  public init(width: Int = 32, widest: Int? = nil, slotEntries: Int = 1) {
    self.width = width
    self.widest = widest ?? width
    self.slotEntries = slotEntries
  }

  /// The settings of `fortified`: wide slots make the first level free and let one honest answer
  /// show the whole next cluster; twelve answers a level keep f^12 times the levels below .0002 at
  /// f = .4 and below .001 at f = .5.
  public static let fortified = ClusterParameters(width: 12, widest: 32, slotEntries: 16)
}

/// The sender asks, level by level, the W certified nodes that it knows closest to the level's
/// constrained point.
///
/// A level's point is the key's digits so far followed by the sender's own. Every node asked
/// answers with what its slot for the key's next digit holds and with its leaf set; the union gives
/// the next level's cluster. The walk ends when a correct cluster member has the root in its leaf
/// set; the sender then sends the message to the l + 1 known nodes closest to the key.
///
/// Certified ids cannot be invented, so one honest answer corrects any number of lies: a lookup
/// fails only if every node that it asks at some level is faulty. An answer that omits a certified
/// node which another answer shows is exposed as a lie (or as stale); with `widest > width` the
/// sender asks on until it has `width` answers that nothing contradicts.
///
/// The adversary's best response, played against `impersonate-root`: a faulty node names only
/// coalition members: a slot of those nearest to the next point, no two liars the same, and a leaf
/// set of them where the liar itself lies within 2 l places of the point. An answer holds no more;
/// if liars could always name l + 1 nodes, W = 32 with single slots would fall from .999 to .954 at
/// f = .4. Silence (`drop`, `misroute`, `corrupt`) costs a timeout and is answered by asking the
/// next node.
/// - Deviation: certificates of departed nodes are not modelled: all named nodes are alive.
struct ClusterIterativeRouter: LookupRouter {
  let parameters: ClusterParameters

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    let graph = lookup.graph
    var report = LookupReport(isDelivered: false)
    if lookup.isLocal {
      finish(lookup, asked: 0, &report)
      return report
    }
    var known = scratch.current
    var next = scratch.next
    var point = graph.ring.identifier(lookup.source)
    known.begin(around: point, lowMask: .max, graph)
    known.insertLeafSet(of: lookup.source, graph)
    // A level per digit and some more: nobody gets that far.
    for index in 0..<(graph.geometry.wholeDigits + 4) {
      let level = Level(lookup, from: point)
      next.begin(around: level.point, lowMask: level.lowMask, graph)
      learn(from: lookup.source, lookup, next)
      point = level.point
      // A wide slot of its own gives the sender the first cluster.
      if index > 0 || parameters.slotEntries < parameters.width {
        let answers = ask(lookup, known, next, scratch, &report)
        if answers.isAtRoot {
          finish(lookup, asked: answers.askedNearRoot, &report)
          return report
        }
        if answers.isLost { break }
      }
      swap(&known, &next)
    }
    report.isForgeryAccepted = lookup.faultyNodesLie
    return report
  }

  /// Asks the cluster.
  private func ask(
    _ lookup: Lookup, _ known: KnownNodes, _ next: KnownNodes, _ scratch: LookupScratch,
    _ report: inout LookupReport
  ) -> Level.Answers {
    var answers = Level.Answers()
    var wanted = parameters.width
    while wanted > 0 {
      known.select(wanted, lookup.graph, into: &scratch.asked)
      if scratch.asked.isEmpty { break }
      var silent = 0
      for node in scratch.asked {
        answers.askedNearRoot += lookup.isNearRoot(node) ? 1 : 0
        let isAtEnd = lookup.graph.spans(node, lookup.position)
        answers.isAtRoot = answers.isAtRoot || isAtEnd && lookup.delivers(node)
        if lookup.faults.isFaulty(node) {
          answers.faulty += 1
          answers.isAtFaultyEnd = answers.isAtFaultyEnd || isAtEnd
          answers.named += names(of: node, lookup, next)
          silent += lookup.faultyNodesLie ? 0 : 1
        } else {
          answers.honest += 1
          learn(from: node, lookup, known)
          learn(from: node, lookup, next)
        }
      }
      count(scratch.asked.count, silent: silent, lookup, &report)
      wanted = more(answers, lookup)
    }
    if lookup.faultyNodesLie, answers.faulty > 0 {
      // Names beyond those that can be asked would change nothing.
      let named = min(answers.named, parameters.widest)
      next.insertNearest(named, lookup.graph) { lookup.faults.isInCoalition($0) }
      if answers.honest > 0 { report.hasTestFired = true }
    }
    return answers
  }

  /// How many more nodes to ask: silent ones are replaced, exposed liars up to `widest`. As many as
  /// are needed if the rest are as bad as those asked, so that a level ends after a few rounds.
  private func more(_ answers: Level.Answers, _ lookup: Lookup) -> Int {
    let missing = parameters.width - answers.honest
    guard missing > 0 else { return 0 }
    let asked = answers.honest + answers.faulty
    // Only an honest answer exposes a lie; silence needs nobody to expose it.
    if answers.honest == 0 {
      return lookup.faultyNodesLie ? 0 : min(missing, 4 * parameters.widest - asked)
    }
    let needed = (missing * asked + answers.honest - 1) / answers.honest
    let limit = lookup.faultyNodesLie ? parameters.widest : 4 * parameters.widest
    return min(needed, limit - asked)
  }

  /// What an honest node tells: its slot for the key's next digit and its leaf set.
  private func learn(from node: UInt32, _ lookup: Lookup, _ known: KnownNodes) {
    let graph = lookup.graph
    known.insertLeafSet(of: node, graph)
    if graph.spans(node, lookup.position) { return }
    if let slot = graph.slot(of: node, key: lookup.key, count: parameters.slotEntries) {
      known.insert(from: slot.first, count: slot.count, graph)
    } else {
      known.insert(graph.constrained.nextHop(from: node, key: lookup.key), graph)
    }
  }

  /// How many coalition members near the next point a liar can name: a slot of them, and a leaf set
  /// if it lies near the point itself.
  private func names(of liar: UInt32, _ lookup: Lookup, _ next: KnownNodes) -> Int {
    let size = lookup.graph.leafSetSize
    return parameters.slotEntries + (next.isWithin(2 * size, of: liar, lookup.graph) ? size : 0)
  }

  /// Counts one round of requests and answers.
  private func count(
    _ asked: Int, silent: Int, _ lookup: Lookup, _ report: inout LookupReport
  ) {
    let certificates = 1 + parameters.slotEntries + lookup.graph.leafSetSize
    report.cost.send(asked, of: MessageSizes.request)
    report.cost.send(asked - silent, of: MessageSizes.answer(certificates: certificates))
    report.cost.send(silent * lookup.diversions, of: MessageSizes.request)
    report.cost.wait(missing: silent > 0)
    report.hops += 1
  }

  /// The sender sends the message to the root set; the members asked last have it already.
  private func finish(_ lookup: Lookup, asked: Int, _ report: inout LookupReport) {
    let others = lookup.graph.leafSetSize + 1 - asked
    report.cost.send(max(0, others), of: MessageSizes.request)
    report.isDelivered = lookup.deliversFromLeafSet
  }
}

/// One level of a cluster-iterative lookup.
private struct Level {
  /// The key's digits so far, then the sender's own.
  let point: UInt64
  /// Ones below the digits that the point shares with the key.
  let lowMask: UInt64

  init(_ lookup: Lookup, from last: UInt64) {
    let geometry = lookup.graph.geometry
    let row = geometry.sharedPrefixLength(last, lookup.key)
    guard row < geometry.wholeDigits else {
      point = lookup.key
      lowMask = 0
      return
    }
    lowMask = geometry.lowMask(row: row)
    point = (lookup.key & ~lowMask) | (lookup.graph.ring.identifier(lookup.source) & lowMask)
  }

  /// What asking a cluster gave.
  struct Answers {
    var honest = 0
    var faulty = 0
    /// A correct node that was asked has the root in its leaf set.
    var isAtRoot = false
    /// A faulty node that was asked has, and says what it likes.
    var isAtFaultyEnd = false
    /// Coalition members that the liars can name near the next point.
    var named = 0
    /// Members of the root set among the nodes asked.
    var askedNearRoot = 0

    /// Nobody answered, or nobody told the truth and the lies look complete.
    var isLost: Bool { honest == 0 && (faulty == 0 || isAtFaultyEnd) }
  }
}

extension Lookup {
  /// Whether a node belongs to the l + 1 nodes around the root.
  func isNearRoot(_ node: UInt32) -> Bool {
    abs(graph.offset(from: root, to: node)) <= Int(graph.half)
  }
}
