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
/// entry is too far from the slot's constrained point for the density around the sender. The sender
/// then goes back a step: it asks leaf-set neighbours of the node that named the one asked, nearest
/// first, for their entries, asks those, and takes the first answer that passes, or else the one
/// closest to its point. Its own slot needs no test: a faulty entry is no farther than a correct
/// one.
///
/// The adversary's best response: a faulty node names the coalition member closest to the point and
/// lists coalition members as its neighbours; with `suppress-ids` the coalition hides around the
/// sender, so that the test's threshold grows.
/// - Deviation: [Castro02] does not say which alternatives are asked.
struct CheckedIterativeRouter: LookupRouter {
  let parameters: CheckedIterativeParameters

  /// A step of the walk: the node that named `node`, and `node`.
  private struct Step {
    var parent: UInt32
    var node: UInt32
  }

  /// What a node named, and how far that lies from its constrained point.
  private struct Answer {
    let node: UInt32
    let distance: Double
  }

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    let graph = lookup.graph
    var report = LookupReport(isDelivered: false)
    let local = lookup.localSpan(
      half: parameters.localSamples / 2, suppressed: lookup.hidesFromSender)
    let limit = parameters.hopThreshold * Double(local) / Double(2 * parameters.localSamples)
    var step = Step(parent: lookup.source, node: lookup.source)
    // Correct nodes get strictly closer to the key; lies end at a node that claims to be there.
    for _ in 0..<(2 * graph.geometry.wholeDigits) {
      if graph.spans(step.node, lookup.position) {
        report.isDelivered = lookup.delivers(step.node) && lookup.deliversFromLeafSet
        report.isForgeryAccepted = !report.isDelivered && lookup.faultyNodesLie
        break
      }
      guard let next = hop(step, limit: limit, lookup, &report) else { break }
      step = next
      report.hops += 1
    }
    report.cost.send(graph.leafSetSize + 1, of: MessageSizes.request)
    return report
  }

  /// One hop with its test and alternatives; nil when nobody answers.
  private func hop(
    _ step: Step, limit: Double, _ lookup: Lookup, _ report: inout LookupReport
  ) -> Step? {
    var best: (step: Step, distance: Double)?
    for attempt in 0...parameters.alternatives {
      var asked = step.node
      if attempt > 0 {
        guard let neighbor = neighbor(attempt, of: step.parent, lookup),
          let other = ask(neighbor, lookup, &report)
        else { continue }
        asked = other.node
      }
      guard let answer = ask(asked, lookup, &report) else { continue }
      let next = Step(parent: asked, node: answer.node)
      if asked == lookup.source || answer.distance <= limit { return next }
      report.hasTestFired = true
      if best.map({ answer.distance < $0.distance }) ?? true { best = (next, answer.distance) }
    }
    return best?.step
  }

  /// The neighbours that a node lists, nearest first: for a faulty node the nearest members of its
  /// coalition.
  private func neighbor(_ index: Int, of node: UInt32, _ lookup: Lookup) -> UInt32? {
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

  /// Asks a node for its entry for the key's next digit; nil when it says nothing.
  private func ask(
    _ node: UInt32, _ lookup: Lookup, _ report: inout LookupReport
  ) -> Answer? {
    let answer = answer(of: node, lookup)
    if node == lookup.source { return answer }
    report.cost.send(1, of: MessageSizes.request)
    report.cost.wait(missing: answer == nil)
    if answer == nil {
      report.cost.send(lookup.diversions, of: MessageSizes.request)
    } else {
      report.cost.send(1, of: MessageSizes.answer(certificates: lookup.graph.leafSetSize + 2))
    }
    return answer
  }

  private func answer(of node: UInt32, _ lookup: Lookup) -> Answer? {
    let graph = lookup.graph
    let identifier = graph.ring.identifier(node)
    let row = graph.geometry.sharedPrefixLength(identifier, lookup.key)
    let mask = row < graph.geometry.wholeDigits ? graph.geometry.lowMask(row: row) : 0
    let point = (lookup.key & ~mask) | (identifier & mask)
    let named: UInt32
    if !lookup.faults.isFaulty(node) {
      if graph.spans(node, lookup.position) { return Answer(node: node, distance: 0) }
      named = graph.constrained.nextHop(from: node, key: lookup.key)
    } else if lookup.faultyNodesLie {
      guard let member = lookup.nearestCoalitionMember(to: point) else { return nil }
      named = member
    } else {
      return nil
    }
    return Answer(
      node: named, distance: Double(graph.distance(graph.ring.identifier(named), point)))
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
