import Adversary
import SecureRouting

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
  private let parameters: CheckedIterativeParameters
  private let test: HopTest

  init(parameters: CheckedIterativeParameters) {
    self.parameters = parameters
    test = HopTest(
      localGaps: parameters.localSamples, hopThreshold: parameters.hopThreshold)
  }

  /// A step of the walk: the node that named `node`, and `node`.
  private struct Step {
    var parent: UInt32
    var node: UInt32
  }

  /// What a node named, and how far that lies from its constrained point.
  private struct Answer {
    let node: UInt32
    let distance: UInt64
  }

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    let graph = lookup.graph
    var report = LookupReport(isDelivered: false)
    let local = lookup.localSpan(
      half: parameters.localSamples / 2, suppressed: lookup.hides(.sender))
    var step = Step(parent: lookup.source, node: lookup.source)
    // Correct nodes get strictly closer to the key; lies end at a node that claims to be there.
    for _ in 0..<(2 * graph.geometry.wholeDigits) {
      if graph.spans(step.node, lookup.position) {
        report.isDelivered = lookup.delivers(step.node) && lookup.deliversFromLeafSet
        report.isForgeryAccepted = !report.isDelivered && lookup.faultyNodesLie
        break
      }
      guard let next = hop(step, local: local, lookup, &report) else { break }
      step = next
      report.hops += 1
    }
    report.cost.send(graph.leafSetSize + 1, of: MessageSizes.request)
    return report
  }

  /// One hop with its test and alternatives; nil when nobody answers.
  private func hop(
    _ step: Step, local: UInt64, _ lookup: Lookup, _ report: inout LookupReport
  ) -> Step? {
    var best: (step: Step, distance: UInt64)?
    for attempt in 0...parameters.alternatives {
      var asked = step.node
      if attempt > 0 {
        guard let neighbor = neighbor(attempt - 1, of: step.parent, lookup),
          let other = ask(neighbor, lookup, &report)
        else { continue }
        asked = other.node
      }
      guard let answer = ask(asked, lookup, &report) else { continue }
      let next = Step(parent: asked, node: answer.node)
      if asked == lookup.source
        || test.accepts(distance: answer.distance, localGapSum: local)
      {
        return next
      }
      report.hasTestFired = true
      if best.map({ answer.distance < $0.distance }) ?? true { best = (next, answer.distance) }
    }
    return best?.step
  }

  /// Neighbour number `index` of those that a node lists, from 0, nearest first: for a faulty node
  /// the nearest members of its coalition.
  private func neighbor(_ index: Int, of node: UInt32, _ lookup: Lookup) -> UInt32? {
    if !lookup.faults.isFaulty(node) || !lookup.faultyNodesLie {
      return lookup.graph.leafSetMember(index, of: node)
    }
    let isClockwise = index % 2 == 0
    return lookup.member(
      index / 2 + 1, from: isClockwise ? lookup.graph.neighbor(node, 1) : node,
      step: isClockwise ? 1 : -1, where: lookup.faults.isInCoalition)
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
      node: named, distance: graph.distance(graph.ring.identifier(named), point))
  }
}

extension Lookup {
  /// The coalition member closest to a point.
  func nearestCoalitionMember(to point: UInt64) -> UInt32? {
    let rank = graph.ring.rank(of: point)
    let above = member(1, from: rank, step: 1, where: faults.isInCoalition)
    let below = member(1, from: rank, step: -1, where: faults.isInCoalition)
    guard let above, let below else { return above ?? below }
    func distance(_ node: UInt32) -> UInt64 {
      graph.distance(graph.ring.identifier(node), point)
    }
    return distance(below) < distance(above) ? below : above
  }
}
