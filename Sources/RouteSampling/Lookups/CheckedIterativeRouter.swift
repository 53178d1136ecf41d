import Adversary

/// Settings of `checked-iterative`.
public struct CheckedIterativeParameters: Hashable, Sendable {
  /// Gaps around the sender that the hop test averages, n, even.
  public let localSamples: Int
  /// Distance from the constrained point at which the hop test fires, in units of the mean distance
  /// to the nearest node, which is half a mean gap.
  public let hopThreshold: Double
  /// Other nodes asked when the test fires, at most.
  public let alternatives: Int

  /// Names the settings; the default threshold makes both errors equal, .357, against a coalition
  /// of c = .3 that hides around the sender.
  public init(localSamples: Int = 256, hopThreshold: Double = 1.03, alternatives: Int = 4) {
    self.localSamples = localSamples
    self.hopThreshold = hopThreshold
    self.alternatives = alternatives
  }
}

/// The sender drives every hop and tests what it is told. [Castro02], checked iterative routing
///
/// The node asked names its slot's entry for the key's next digit. The hop test fires when that
/// node is too far from the slot's constrained point for the density around the sender; the sender
/// then asks leaf-set neighbours of the node that it asked, nearest first, for theirs, and takes
/// the first entry that passes, or else the one closest to its point.
///
/// The adversary's best response: a faulty node names the coalition member closest to the point and
/// lists coalition members as its neighbours; with `suppress-ids` the coalition hides around the
/// sender, so that the test's threshold grows.
/// - Deviation: [Castro02] does not say which alternatives are asked.
struct CheckedIterativeRouter: LookupRouter {
  let parameters: CheckedIterativeParameters

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    let graph = lookup.graph
    var report = LookupReport(isDelivered: false)
    let hides = lookup.adversary.suppression == .sender || lookup.adversary.suppression == .worst
    let local = lookup.localSpan(half: parameters.localSamples / 2, suppressed: hides)
    let limit =
      parameters.hopThreshold * Double(local) / Double(2 * parameters.localSamples)
    var current = lookup.source
    // Correct nodes get strictly closer to the key; lies end at a node that claims to be there.
    for _ in 0..<(2 * graph.geometry.wholeDigits) {
      if graph.spans(current, lookup.position) {
        report.isDelivered = !lookup.faults.isFaulty(current) && lookup.deliversFromLeafSet
        report.isForgeryAccepted = !report.isDelivered && lookup.faultyNodesLie
        break
      }
      guard let next = hop(from: current, limit: limit, lookup, &report) else { break }
      current = next
      report.hops += 1
    }
    report.cost.send(graph.leafSetSize + 1, of: MessageSizes.request)
    return report
  }

  /// One hop with its test and alternatives; nil when nobody answers.
  private func hop(
    from node: UInt32, limit: Double, _ lookup: Lookup, _ report: inout LookupReport
  ) -> UInt32? {
    var best: (node: UInt32, distance: Double)?
    for attempt in 0...parameters.alternatives {
      guard let asked = neighbor(attempt, of: node, lookup) else { break }
      guard let answer = entry(of: asked, lookup) else {
        report.cost.send(1, of: MessageSizes.request)
        report.cost.send(lookup.diversions, of: MessageSizes.request)
        report.cost.wait(missing: true)
        continue
      }
      if asked != lookup.source {
        report.cost.send(1, of: MessageSizes.request)
        report.cost.send(
          1, of: MessageSizes.answer(certificates: lookup.graph.leafSetSize + 2))
        report.cost.wait(missing: false)
      }
      if answer.distance <= limit { return answer.node }
      report.hasTestFired = true
      if best.map({ answer.distance < $0.distance }) ?? true { best = answer }
    }
    return best?.node
  }

  /// The node itself, then the neighbours that it lists, nearest first: for a faulty node the
  /// nearest members of its coalition.
  private func neighbor(_ index: Int, of node: UInt32, _ lookup: Lookup) -> UInt32? {
    if index == 0 { return node }
    let step = (index + 1) / 2
    let direction = index % 2 == 1 ? 1 : -1
    if !lookup.faults.isFaulty(node) || !lookup.faultyNodesLie {
      return lookup.graph.neighbor(node, direction * step)
    }
    var left = step
    for distance in 1..<Int(lookup.graph.ring.count / 2) {
      let candidate = lookup.graph.neighbor(node, direction * distance)
      if lookup.faults.isInCoalition(candidate) {
        left -= 1
        if left == 0 { return candidate }
      }
    }
    return nil
  }

  /// What a node names for the key's next digit, and how far that lies from the constrained point;
  /// nil when it says nothing.
  private func entry(
    of node: UInt32, _ lookup: Lookup
  ) -> (node: UInt32, distance: Double)? {
    let graph = lookup.graph
    let identifier = graph.ring.identifier(node)
    let row = graph.geometry.sharedPrefixLength(identifier, lookup.key)
    let mask = row < graph.geometry.wholeDigits ? graph.geometry.lowMask(row: row) : 0
    let point = (lookup.key & ~mask) | (identifier & mask)
    let named: UInt32
    if !lookup.faults.isFaulty(node) {
      if graph.spans(node, lookup.position) { return (node, 0) }
      named = graph.constrained.nextHop(from: node, key: lookup.key)
    } else if lookup.faultyNodesLie {
      guard let member = lookup.nearestCoalitionMember(to: point) else { return nil }
      named = member
    } else {
      return nil
    }
    return (named, Double(graph.distance(graph.ring.identifier(named), point)))
  }
}

extension Lookup {
  /// The coalition member closest to a point.
  func nearestCoalitionMember(to point: UInt64) -> UInt32? {
    let rank = graph.ring.rank(of: point)
    let start = rank == graph.ring.count ? 0 : rank
    var best: UInt32?
    for direction in [1, -1] {
      for step in 0..<Int(graph.ring.count / 2) {
        let node = graph.neighbor(start, direction > 0 ? step : -step - 1)
        guard faults.isInCoalition(node) else { continue }
        let isCloser = best.map {
          graph.distance(graph.ring.identifier(node), point)
            < graph.distance(graph.ring.identifier($0), point)
        }
        if isCloser ?? true { best = node }
        break
      }
    }
    return best
  }
}
