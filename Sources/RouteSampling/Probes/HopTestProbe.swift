import Adversary
import SecureRouting

/// Settings of `hop-test`.
public struct HopTestParameters: Hashable, Sendable {
  /// Gaps around the sender that the test averages, n, even.
  public let localSamples: Int
  /// Distance at which the test fires, in mean distances to the nearest node (half a mean gap).
  public let hopThreshold: Double

  /// Names the settings; the default threshold makes both errors equal, .357, against a coalition
  /// of c = .3 that hides around the sender.
  public init(localSamples: Int = 256, hopThreshold: Double = 1.03) {
    self.localSamples = localSamples
    self.hopThreshold = hopThreshold
  }
}

/// `hop-test`: both errors of the one-sample test of checked iterative routing on the true ring.
/// [Castro02], checked iterative routing
///
/// Routes nothing. For every pair of a sender and a point it judges the node closest to the point
/// and the coalition member closest to it:
/// - test fired: the true node is refused, alpha;
/// - forgery accepted: the member is accepted, beta;
/// - delivered: both are judged rightly.
///
/// The adversary's best response is `suppress-ids` around the sender, which lengthens the distances
/// that pass; around the point it provokes false alarms.
struct HopTestProbe: LookupRouter {
  private let half: Int
  private let test: HopTest

  init(parameters: HopTestParameters) {
    half = parameters.localSamples / 2
    test = HopTest(
      localGaps: parameters.localSamples, hopThreshold: parameters.hopThreshold)
  }

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    let hidesAtRoot = lookup.hides(.root)
    let honest = isAccepted(
      lookup, hidden: lookup.adversary.suppression == .sender
    ) { !hidesAtRoot || !lookup.faults.isInCoalition($0) }
    let forged =
      !lookup.faults.isCoalitionEmpty
      && isAccepted(lookup, hidden: lookup.hides(.sender)) { lookup.faults.isInCoalition($0) }
    var report = LookupReport(isDelivered: honest && !forged)
    report.hasTestFired = !honest
    report.isForgeryAccepted = forged
    return report
  }

  /// Whether the node closest to the point among those that fulfil a condition passes.
  private func isAccepted(
    _ lookup: Lookup, hidden: Bool, where condition: @escaping (UInt32) -> Bool
  ) -> Bool {
    var nodes = OutwardNodes(lookup, where: condition)
    guard let above = nodes.next(), let below = nodes.next() else { return false }
    return test.accepts(
      distance: min(above, below),
      localGapSum: lookup.localSpan(half: half, suppressed: hidden))
  }
}
