import Adversary

/// Settings of the cluster-iterative routers.
public struct ClusterParameters: Hashable, Sendable {
  /// Nodes asked at each level, W.
  public let width: Int
  /// Nodes asked at a level once a lie or a silence has been seen; at least `width`.
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
  /// show the whole next cluster; thirteen answers keep f^13 at .00001 for f = .4 and at .0001 for
  /// f = .5.
  public static let fortified = ClusterParameters(width: 13, widest: 24, slotEntries: 16)
}

/// The sender asks, level by level, the W certified nodes that it knows closest to the level's
/// constrained point, and sends the message to the l + 1 that it then knows closest to the key.
///
/// A level's point is the key's digits so far followed by the sender's own. Every node asked
/// answers with what its slot for the key's next digit holds and with its leaf set; the union gives
/// the next level's cluster. When the next point lies within l/8 mean gaps of the key, by the gaps
/// that the sender sees around itself, the sender asks the cluster around the key instead, and ends
/// there. No claim of anybody decides when the walk ends.
///
/// Certified ids cannot be invented, so one honest answer that names a level's cluster corrects any
/// number of lies: where every honest node knows it, a lookup fails only if every node that it asks
/// at some level is faulty (`cluster_iterative` in proofs/coq). An answer that omits a certified
/// node which another answer shows is exposed as a lie; from then on the sender asks `widest` nodes
/// a level. That cannot help the level at which it is seen, which had an honest answer, but those
/// that follow. A node that does not answer is replaced by the next one.
///
/// The adversary's best response, played against `impersonate-root`: a faulty node names only
/// coalition members: a slot of those nearest to the next point, no two liars the same, and a leaf
/// set of them where the liar itself lies within 2 l places of the point. The sender refuses
/// leaf-set members farther than that from the node that lists them; if it did not, W = 32 with
/// single slots would fall from .9995 to .959 at f = .4; wide slots do not depend on it. Silence
/// (`drop`, `misroute`, `corrupt`) costs a timeout. With `suppress-ids` at the sender's side the
/// mean gap looks larger.
/// - Deviation: certificates of departed nodes are not modelled: all named nodes are alive.
struct ClusterIterativeRouter: LookupRouter {
  let parameters: ClusterParameters

  /// What a lookup has come to.
  private struct Progress {
    var report = LookupReport(isDelivered: false)
    /// Nodes to ask at this level.
    var width: Int
  }

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    let graph = lookup.graph
    var known = scratch.current
    var next = scratch.next
    var progress = Progress(width: parameters.width)
    scratch.others.removeAll(keepingCapacity: true)
    if lookup.isLocal {
      progress.report.cost.send(graph.leafSetSize, of: MessageSizes.request)
      progress.report.isDelivered = lookup.deliversFromLeafSet
      return progress.report
    }
    let near = lookup.localSpan(half: Int(graph.half), suppressed: lookup.hides(.sender)) / 8
    var point = graph.ring.identifier(lookup.source)
    known.begin(around: point, lowMask: .max, graph)
    known.insertLeafSet(of: lookup.source, graph)
    known.exclude(lookup.source, graph)
    // A level per digit and some more: nobody gets that far.
    for index in 0..<(graph.geometry.wholeDigits + 2) {
      let isAtKey = point == lookup.key
      let level = Level(lookup, from: point)
      if level.lowMask <= near || graph.distance(level.point, lookup.key) <= near {
        point = lookup.key
      } else {
        point = level.point
      }
      next.begin(around: point, lowMask: point == lookup.key ? .max : level.lowMask, graph)
      next.exclude(lookup.source, graph)
      learn(from: lookup.source, lookup, next)
      // A wide slot of its own gives the sender the first cluster.
      if index > 0 || parameters.slotEntries < parameters.width {
        ask(lookup, known, next, scratch, &progress)
      }
      if isAtKey { break }
      swap(&known, &next)
    }
    finish(lookup, next, scratch, &progress.report)
    return progress.report
  }

  /// Asks the cluster around `known`'s point and tells `next` what it says.
  private func ask(
    _ lookup: Lookup, _ known: KnownNodes, _ next: KnownNodes, _ scratch: LookupScratch,
    _ progress: inout Progress
  ) {
    var honest = 0
    var faulty = 0
    var named = 0
    var wanted = progress.width
    let before = scratch.others.count
    while wanted > 0 {
      known.select(wanted, lookup.graph, into: &scratch.asked)
      if scratch.asked.isEmpty { break }
      var silent = 0
      var isNew = 0
      for node in scratch.asked {
        // Who was asked at the last level has said all that it knows.
        if !scratch.others[..<before].contains(node) { isNew += 1 }
        scratch.others.append(node)
        if lookup.faults.isFaulty(node) {
          faulty += 1
          named += names(of: node, lookup, next)
          silent += lookup.faultyNodesLie ? 0 : 1
        } else {
          honest += 1
          known.insertLeafSet(of: node, lookup.graph)
          learn(from: node, lookup, next)
        }
      }
      count(isNew, silent: min(silent, isNew), lookup, &progress.report)
      // Silent nodes are replaced, with a margin if many are silent, and a cluster that was known
      // in part grows by leaf sets.
      let asked = honest + faulty
      let answered = max(1, honest + (lookup.faultyNodesLie ? faulty : 0))
      let missing = max(0, parameters.width - answered)
      wanted = min((missing * asked + answered - 1) / answered, 4 * parameters.widest - asked)
    }
    scratch.others.removeFirst(before)
    if lookup.faultyNodesLie, faulty > 0 {
      // Names beyond those that can be asked would change nothing.
      next.insertNearest(min(named, parameters.widest), lookup.graph) {
        lookup.faults.isInCoalition($0)
      }
    }
    // Only an honest answer exposes a lie; silence needs nobody to expose it.
    if faulty > 0, honest > 0 || !lookup.faultyNodesLie {
      progress.width = parameters.widest
      progress.report.hasTestFired = true
    }
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

  /// The sender sends the message to the l + 1 nodes that it knows closest to the key; those asked
  /// last have had it with the request.
  private func finish(
    _ lookup: Lookup, _ known: KnownNodes, _ scratch: LookupScratch,
    _ report: inout LookupReport
  ) {
    known.select(lookup.graph.leafSetSize + 1, lookup.graph, into: &scratch.asked)
    var others = 0
    for node in scratch.asked {
      if lookup.graph.spans(node, lookup.position), lookup.delivers(node) {
        report.isDelivered = lookup.deliversFromLeafSet
      }
      if !scratch.others.contains(node) { others += 1 }
    }
    report.cost.send(others, of: MessageSizes.request)
    report.isForgeryAccepted = !report.isDelivered && lookup.faultyNodesLie
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
}
