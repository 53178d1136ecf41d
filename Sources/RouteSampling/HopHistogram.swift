import Adversary

/// How many routes had how many hops, and what follows for delivery under independent faults.
///
/// Routes are kept apart by their end: the last node over table slots is the root itself, or it is
/// another node that has the root in its leaf set and makes one more hop.
struct HopHistogram {
  /// Table hops 0, 1, …; the last bin holds all longer routes.
  static let bins = 64

  /// Routes by table hops whose last table hop reached the root (or whose sender is the root).
  let endingAtRoot: [Int]
  /// Routes by table hops that make one more hop, from leaf set to root.
  let endingBeforeRoot: [Int]
  /// The last bin that holds a route.
  private let longest: Int

  init(endingAtRoot: [Int], endingBeforeRoot: [Int]) {
    self.endingAtRoot = endingAtRoot
    self.endingBeforeRoot = endingBeforeRoot
    longest =
      (0..<HopHistogram.bins).last { endingAtRoot[$0] + endingBeforeRoot[$0] > 0 } ?? 0
  }

  /// Delivery at one faulty fraction, exact given the routes.
  ///
  /// With s = (1 - f)(1 - q) per table hop, q the fraction of poisoned slots: a route of t table
  /// hops that ends at the root is clean up to and including it with probability s^t; one that ends
  /// before it, with s^t (1 - f).
  func outcome(
    faultyFraction f: Double, poisoning q: Double, event: DeliveryEvent,
    interception: Interception
  ) -> LaneOutcome {
    let survival = (1 - f) * (1 - q)
    var routes = 0.0
    var delivered = 0.0
    var hops = 0.0
    var messages = 0.0
    // The first t nodes are correct and reached over clean slots; the same without asking whether
    // the t-th is correct; the messages sent on the way to it.
    var clean = 1.0
    var reached = 1.0
    var sent = 0.0
    for tableHops in 0...longest {
      let atRoot = Double(endingAtRoot[tableHops])
      let before = Double(endingBeforeRoot[tableHops])
      if atRoot + before > 0 {
        routes += atRoot + before
        hops += atRoot * Double(tableHops) + before * Double(tableHops + 1)
        switch event {
        case .replicaRoots: delivered += (atRoot + before) * clean
        case .path: delivered += atRoot * reached + before * clean
        case .root: delivered += atRoot * clean + before * clean * (1 - f)
        }
        switch interception {
        case .silence, .rootImpersonation: messages += atRoot * sent + before * (sent + clean)
        case .diversion: messages += atRoot * (sent + 1 - reached) + before * (sent + 1)
        case .corruption:
          messages += atRoot * Double(tableHops) + before * Double(tableHops + 1)
        }
      }
      sent += clean
      reached = clean * (1 - q)
      clean *= survival
    }
    return LaneOutcome(
      deliveredMean: delivered / routes, hopsMean: hops / routes, messagesMean: messages / routes,
      faultyFraction: f, testFiredMean: 0, forgeryAcceptedMean: 0)
  }
}
