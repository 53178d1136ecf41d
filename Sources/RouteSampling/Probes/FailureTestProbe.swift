import Adversary
import SecureRouting

/// Settings of `failure-test`.
public struct FailureTestParameters: Hashable, Sendable {
  /// How the claimed set is judged.
  public enum Judgement: Hashable, Sendable {
    /// All k samples at once, against gamma.
    case fixed(densityThreshold: Double)
    /// Sample by sample, k at most, with both errors bounded against a coalition of
    /// `designFraction` that hides on both sides.
    case sequential(designFraction: Double, targetError: Double)
  }

  /// Gaps around the sender that the test averages, n, even.
  public let localSamples: Int
  /// Ids around the key that a claimed set lists, k, even; at most that many if sequential.
  public let rootSamples: Int
  /// How the claimed set is judged.
  public let judgement: Judgement

  /// Names the settings; the defaults are the paper's operating point for f <= .25 at l = 32.
  public init(
    localSamples: Int = 256, rootSamples: Int = 32,
    judgement: Judgement = .fixed(densityThreshold: 1.58)
  ) {
    self.localSamples = localSamples
    self.rootSamples = rootSamples
    self.judgement = judgement
  }

  /// The sequential test; nil for a fixed one and for a coalition that nothing can tell apart.
  var sequentialTest: SequentialDensityTest? {
    guard case .sequential(let fraction, let error) = judgement else { return nil }
    return SequentialDensityTest(
      localGaps: localSamples, maximumSamples: rootSamples, designFraction: fraction,
      falseAlarm: error, forgery: error)
  }
}

extension FailureTestParameters {
  /// Checks that the overlay can give what the probe asks for.
  func check(on overlay: SampledOverlay) throws(SamplingError) {
    try Router.check(samples: localSamples, on: overlay)
    guard rootSamples % 2 == 0 else {
      throw SamplingError(.router, "rootSamples must be even, got \(rootSamples)")
    }
    try Router.check("rootSamples", rootSamples, atMost: overlay.nodeCount / 2, "half the nodes")
    switch judgement {
    case .fixed(let gamma): try Router.check("densityThreshold", gamma)
    case .sequential(let fraction, let error):
      guard error > 0, error < 1 else {
        throw SamplingError(.router, "targetError must be above 0 and below 1, got \(error)")
      }
      let limit = RoutingFailureTest.largestSeparableCoalition(hiding: .both)
      guard fraction > 0, fraction < limit else {
        throw SamplingError(
          .router,
          "designFraction must be above 0 and below \(limit), where no number of samples tells a "
            + "hiding coalition from honest nodes; got \(fraction)")
      }
    }
  }
}

/// `failure-test`: both errors of the routing failure test on the true ring. [Castro02], routing
/// failure test
///
/// Routes nothing. For every pair of a sender and a key it judges the honest answer (all nodes
/// around the key) and the densest forged one (the coalition members closest to it):
/// - test fired: the honest answer is refused, alpha;
/// - forgery accepted: the forged answer is accepted, beta;
/// - delivered: both are judged rightly;
/// - hops, rounds: samples that the honest, the forged answer took.
///
/// The adversary's best response is `suppress-ids` at its worst side: around the key against honest
/// answers, around the sender for forged ones.
/// - Deviation: k ids around a key are k distances from the key outwards, and their span is divided
///   by k; the paper's average gap leaves open how the gap that holds the key, twice as long as
///   others, is counted. So the ratio obeys F(2k, 2n) exactly.
struct FailureTestProbe: LookupRouter {
  private let parameters: FailureTestParameters
  private let fixedTest: RoutingFailureTest?
  private let sequentialTest: SequentialDensityTest?

  init(parameters: FailureTestParameters) {
    self.parameters = parameters
    sequentialTest = parameters.sequentialTest
    if case .fixed(let gamma) = parameters.judgement {
      fixedTest = RoutingFailureTest(
        rootGaps: parameters.rootSamples, localGaps: parameters.localSamples,
        densityThreshold: gamma)
    } else {
      fixedTest = nil
    }
  }

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    let half = parameters.localSamples / 2
    let hidesAtRoot = lookup.hides(.root)
    let hidesAtSender = lookup.hides(.sender)
    // At its worst side the coalition hides from the sender only where that helps it.
    let isAlwaysHidden = lookup.adversary.suppression == .sender
    let honest = judge(
      OutwardNodes(lookup) { !hidesAtRoot || !lookup.faults.isInCoalition($0) },
      local: lookup.localSpan(half: half, suppressed: isAlwaysHidden))
    let forged =
      lookup.faults.isCoalitionEmpty
      ? (isAccepted: false, samples: 0)
      : judge(
        OutwardNodes(lookup) { lookup.faults.isInCoalition($0) },
        local: lookup.localSpan(half: half, suppressed: hidesAtSender))
    var report = LookupReport(isDelivered: honest.isAccepted && !forged.isAccepted)
    report.hasTestFired = !honest.isAccepted
    report.isForgeryAccepted = forged.isAccepted
    report.hops = honest.samples
    report.cost.rounds = forged.samples
    return report
  }

  /// Judges the set of nodes that is found from the key outwards; one that cannot be filled is
  /// refused.
  private func judge(
    _ nodes: OutwardNodes, local: UInt64
  ) -> (isAccepted: Bool, samples: Int) {
    var nodes = nodes
    var span: UInt64 = 0
    for samples in 1...parameters.rootSamples {
      guard let distance = nodes.next() else { return (false, samples) }
      span &+= distance
      guard let sequentialTest else { continue }
      switch sequentialTest.decision(samples: samples, rootGapSum: span, localGapSum: local) {
      case .accept: return (true, samples)
      case .refuse: return (false, samples)
      case .more: continue
      }
    }
    let isAccepted = fixedTest?.accepts(rootGapSum: span, localGapSum: local) ?? false
    return (isAccepted, parameters.rootSamples)
  }
}

/// The nodes around a key that fulfil a condition, one by one, on alternating sides of it.
///
/// Each step is the distance from the key, or from the last node on that side: every one of them is
/// an exponential distance of one mean gap, on an honest ring.
struct OutwardNodes {
  private let lookup: Lookup
  private let condition: (UInt32) -> Bool
  /// Where the search stands on each side: nodes looked at, and the id reached.
  private var looked: (above: Int, below: Int) = (0, 0)
  private var reached: (above: UInt64, below: UInt64)
  private var takesAbove = true

  init(_ lookup: Lookup, where condition: @escaping (UInt32) -> Bool) {
    self.lookup = lookup
    self.condition = condition
    reached = (lookup.key, lookup.key)
  }

  /// The next distance, in ring units; nil once a side has gone half round the ring.
  /// - Complexity: O(1 / the fraction of nodes that fulfil the condition).
  mutating func next() -> UInt64? {
    defer { takesAbove.toggle() }
    let graph = lookup.graph
    let first = lookup.position == graph.ring.count ? 0 : lookup.position
    let limit = Int(graph.ring.count / 2)
    if takesAbove {
      while looked.above < limit {
        let node = graph.neighbor(first, looked.above)
        looked.above += 1
        guard condition(node) else { continue }
        let identifier = graph.ring.identifier(node)
        defer { reached.above = identifier }
        return identifier &- reached.above
      }
    } else {
      while looked.below < limit {
        looked.below += 1
        let node = graph.neighbor(first, -looked.below)
        guard condition(node) else { continue }
        let identifier = graph.ring.identifier(node)
        defer { reached.below = identifier }
        return reached.below &- identifier
      }
    }
    return nil
  }
}
