import Adversary

/// `sec-route` lookup by lookup: one message along the routing tables, the routing failure test
/// with confirmations on the root set that comes back, and anycast or clusters when the test fires.
/// [Castro02], secure routing
///
/// Every member of an accepted root set has confirmed to the sender, with a signed nonce, that it
/// is alive and that the ids listed next to it are those in its leaf set. Without the second half
/// the coalition could list itself around the key and everybody beyond, and pass the test by the
/// honest ids; with it one honest member that is listed refuses. A set that the densities alone
/// decide against costs no confirmations.
///
/// The adversary's best response, played against `impersonate-root` with `suppress-ids` at its
/// worst side: whoever intercepts the message answers with the densest set of coalition members
/// around the key, and the coalition hides around the sender where that gets the forged set
/// accepted, or around the key where that gets an honest one refused.
struct SecRouteRouter: LookupRouter {
  private let parameters: SecRouteParameters
  private let fallback: any LookupRouter

  init(parameters: SecRouteParameters) {
    self.parameters = parameters
    fallback =
      switch parameters.fallback {
      case .anycast: AnycastRouter(copies: parameters.copies, starts: .leafSet)
      case .clusters(let clusters): ClusterIterativeRouter(parameters: clusters)
      }
  }

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    var report = LookupReport(isDelivered: false)
    let size = lookup.graph.leafSetSize
    let walk = lookup.plainWalk(&report)
    let isCaptured =
      lookup.root != lookup.source
      && (walk.isLostBeforeEnd || walk.isEndFaulty || lookup.faults.isFaulty(lookup.root))
    let isAnswered = !isCaptured || lookup.faultyNodesLie
    report.cost.wait(missing: !isAnswered)
    if isAnswered {
      report.cost.send(1, of: MessageSizes.answer(certificates: size + 1))
      let isAccepted = isCaptured ? acceptsForgery(lookup) : acceptsHonest(lookup)
      if isAccepted {
        report.cost.send(size, of: MessageSizes.confirmationRequest)
        report.cost.send(size, of: MessageSizes.signedNonce)
        report.cost.wait(missing: false)
        report.isDelivered = !isCaptured
        report.isForgeryAccepted = isCaptured
        return report
      }
    }
    report.hasTestFired = true
    let redundant = fallback.route(lookup, scratch)
    report.isDelivered = redundant.isDelivered
    report.isForgeryAccepted = redundant.isForgeryAccepted
    report.cost.add(redundant.cost)
    return report
  }

  private func acceptsHonest(_ lookup: Lookup) -> Bool {
    let half = Int(lookup.graph.half)
    return test(lookup).acceptsHonest(
      all: lookup.trueSpan(around: lookup.root, half: half),
      visible: lookup.honestSpan(half: half), local: local(lookup, suppressed: false),
      suppressed: local(lookup, suppressed: true))
  }

  private func acceptsForgery(_ lookup: Lookup) -> Bool {
    test(lookup).acceptsForgery(
      lookup.forgedSpan(half: Int(lookup.graph.half)), local: local(lookup, suppressed: false),
      suppressed: local(lookup, suppressed: true))
  }

  private func test(_ lookup: Lookup) -> SuppressedFailureTest {
    SuppressedFailureTest(
      parameters, leafSetSize: lookup.graph.leafSetSize, side: lookup.adversary.suppression)
  }

  private func local(_ lookup: Lookup, suppressed: Bool) -> UInt64 {
    lookup.localSpan(half: parameters.localSamples / 2, suppressed: suppressed)
  }
}
