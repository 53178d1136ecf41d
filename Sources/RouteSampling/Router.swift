/// How a message is routed.
public enum Router: Hashable, Sendable {
  /// One message along the overlay's routing tables. [Rowstron01]
  case prefix
  /// Copies through leaf-set members over constrained tables. [Castro02], redundant routing
  case anycast(copies: Int)
  /// One message, the routing failure test on what comes back, and anycast when it fires.
  /// [Castro02], secure routing
  case secRoute(SecRouteParameters)
  /// The sender drives every hop and tests it. [Castro02], checked iterative routing
  case checkedIterative(CheckedIterativeParameters)
  /// Anycast whose copies start at nodes spread over the ring.
  case diverseAnycast(copies: Int)
  /// Iterative lookups that share no node. [Baumgart07]
  case disjoint(DisjointParameters)
  /// Every node forwards to all entries of a wide slot.
  case wide(slotEntries: Int)
  /// The sender asks the W certified nodes closest to each level's constrained point.
  case clusterIterative(ClusterParameters)
  /// Cluster-iterative over wide slots that widens when answers contradict each other.
  case fortified(ClusterParameters)
  /// One message over Chord fingers. [Stoica01]
  case chord
  /// One message from group to group, each running Byzantine agreement. [Lynch02]
  case quorumGroups(groupSize: Int)
  /// Both errors of the routing failure test; routes nothing. [Castro02]
  case failureTest(FailureTestParameters)
  /// Both errors of the hop test; routes nothing. [Castro02]
  case hopTest(HopTestParameters)
  /// Distinct nodes that the copies of an anycast reach; delivers nothing. [Castro02]
  case anycastSpread(AnycastSpreadParameters)
  /// What repeated updates make of routing-table entries; routes nothing. [Castro02]
  case tableUpdates(TableUpdatesParameters)

  /// The name used in specifications and results.
  public var name: String {
    switch self {
    case .prefix: "prefix"
    case .anycast: "anycast"
    case .secRoute: "sec-route"
    case .checkedIterative: "checked-iterative"
    case .diverseAnycast: "diverse-anycast"
    case .disjoint: "disjoint"
    case .wide: "wide"
    case .clusterIterative: "cluster-iterative"
    case .fortified: "fortified"
    case .chord: "chord"
    case .quorumGroups: "quorum-groups"
    case .failureTest: "failure-test"
    case .hopTest: "hop-test"
    case .anycastSpread: "anycast-spread"
    case .tableUpdates: "table-updates"
    }
  }

  /// The router lookup by lookup, for the `trials` method.
  var lookupRouter: any LookupRouter {
    switch self {
    case .prefix: PrefixRouter()
    case .anycast(let copies): AnycastRouter(copies: copies, starts: .leafSet)
    case .secRoute(let parameters):
      SecRouteRouter(parameters: parameters)
    case .checkedIterative(let parameters): CheckedIterativeRouter(parameters: parameters)
    case .diverseAnycast(let copies): AnycastRouter(copies: copies, starts: .uniform)
    case .disjoint(let parameters): DisjointRouter(parameters: parameters)
    case .wide(let slotEntries): WideRouter(slotEntries: slotEntries)
    case .clusterIterative(let parameters), .fortified(let parameters):
      ClusterIterativeRouter(parameters: parameters)
    case .chord: ChordRouter()
    case .quorumGroups(let groupSize): QuorumGroupsRouter(groupSize: groupSize)
    case .failureTest(let parameters): FailureTestProbe(parameters: parameters)
    case .hopTest(let parameters): HopTestProbe(parameters: parameters)
    case .anycastSpread(let parameters): AnycastSpreadProbe(parameters: parameters)
    case .tableUpdates(let parameters): TableUpdatesProbe(parameters: parameters)
    }
  }
}

/// The settings of `sec-route`.
public struct SecRouteParameters: Hashable, Sendable {
  /// Copies of the redundant routing, r, at most the leaf-set size.
  public let copies: Int
  /// Gaps around the sender that the test averages, n, even.
  public let localSamples: Int
  /// gamma of the routing failure test.
  public let densityThreshold: Double
  /// What follows when the test fires.
  public let fallback: Fallback

  /// What follows when the routing failure test fires.
  public enum Fallback: Hashable, Sendable {
    /// Copies through leaf-set members. [Castro02], redundant routing
    case anycast
    /// `ClusterIterativeRouter` with these settings; only lookup by lookup, in `trials`.
    case clusters(ClusterParameters)
  }

  /// Names the settings; the defaults are the paper's operating point for f <= .25 at l = 32.
  public init(
    copies: Int = 32, localSamples: Int = 256, densityThreshold: Double = 1.58,
    fallback: Fallback = .anycast
  ) {
    self.copies = copies
    self.localSamples = localSamples
    self.densityThreshold = densityThreshold
    self.fallback = fallback
  }

  /// Mean gaps that a root set of l + 1 ids around a random key spans: l + 1, one more than the
  /// gaps between them, because a random key falls into a gap with probability proportional to its
  /// length, and that gap is twice as long as others on average.
  ///
  /// Counted like this the test fires in .4 to .5 % of the lookups without faults, as published;
  /// with l gaps it would fire in .7 to 1 %.
  static func rootGaps(leafSetSize: Int) -> Int { leafSetSize + 1 }
}

/// One point of a sweep: which fraction of the nodes is faulty, and how large a coalition is.
public struct FaultLane: Hashable, Sendable {
  /// f, the probability that a node other than the sender is faulty, in 0...1.
  public let faultyFraction: Double
  /// c, the fraction of the nodes in one coalition, in 0...f.
  public let coalitionFraction: Double

  /// Names a point.
  public init(faultyFraction: Double, coalitionFraction: Double) {
    self.faultyFraction = faultyFraction
    self.coalitionFraction = coalitionFraction
  }
}

/// How a probability is evaluated.
public enum SamplingMethod: String, Sendable, CaseIterable {
  /// Exact conditional probability on sampled routes; faults are not sampled.
  case exact
  /// 64 sampled fault sets per batch, all on the same routes.
  case masks
  /// Every lookup in a fault set of its own, with everything that it costs.
  case trials
}

/// Why a cell cannot be sampled. The text says what to change.
public struct SamplingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of mistake it is.
  public enum Code: Sendable, Equatable {
    /// No lanes or more than eight.
    case lanes
    /// f outside 0...1 or c outside 0...f.
    case fraction
    /// Copies, samples or threshold that the overlay cannot give.
    case router
    /// An adversary that needs another overlay.
    case adversary
    /// A method that cannot evaluate this cell.
    case method
    /// A batch size outside 1...2^20.
    case batchSize
  }

  /// What kind of mistake it is.
  public let code: Code
  /// The whole message, with the remedy.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}

/// The result of one batch.
public struct BatchOutcome: Sendable, Equatable {
  /// Routes sampled: pairs of a sender and a key, independent given the nodeIds.
  public let routes: Int
  /// Independent fault sets; 0 where the probability is exact, one per route for `trials`.
  public let faultSets: Int
  /// One result per lane.
  public let lanes: [LaneOutcome]

  /// Records a batch.
  public init(routes: Int, faultSets: Int, lanes: [LaneOutcome]) {
    self.routes = routes
    self.faultSets = faultSets
    self.lanes = lanes
  }
}

/// The result of one batch at one faulty fraction.
public struct LaneOutcome: Sendable, Equatable {
  /// Mean delivery over the batch's routes (and fault sets), in 0...1.
  public var deliveredMean: Double
  /// Mean hops of a copy when nothing is faulty, the last one to the root included for `prefix`;
  /// for `trials` the hops really made by the longest chain of forwarding, or the levels asked.
  public var hopsMean: Double
  /// Mean messages per lookup: all of them for `trials`; else those that carry it, answers and
  /// confirmations not counted.
  public var messagesMean: Double
  /// The faulty fraction, bought identities included.
  public var faultyFraction: Double
  /// Fraction of lookups in which the routing failure test fired or no answer came; else 0.
  public var testFiredMean: Double
  /// Fraction of lookups in which a forged root set was accepted; else 0.
  public var forgeryAcceptedMean: Double
  /// Other costs of a lookup; nil where the method does not count them.
  public var costs: LookupCosts?

  /// Records a lane.
  public init(
    deliveredMean: Double, hopsMean: Double, messagesMean: Double, faultyFraction: Double,
    testFiredMean: Double = 0, forgeryAcceptedMean: Double = 0, costs: LookupCosts? = nil
  ) {
    self.deliveredMean = deliveredMean
    self.hopsMean = hopsMean
    self.messagesMean = messagesMean
    self.faultyFraction = faultyFraction
    self.testFiredMean = testFiredMean
    self.forgeryAcceptedMean = forgeryAcceptedMean
    self.costs = costs
  }
}

/// What a lookup costs beside its messages, mean per lookup.
public struct LookupCosts: Sendable, Equatable {
  /// Bytes of all messages: certificates of 128 bytes, signed nonces of 64, ids of 20, transport
  /// headers and payload excluded. [Castro02], cost of secure routing
  public var bytesMean: Double
  /// Times that the sender waits for answers before it can go on.
  public var roundsMean: Double
  /// Waits in which an answer never came.
  public var timeoutsMean: Double

  /// Records costs.
  public init(bytesMean: Double, roundsMean: Double, timeoutsMean: Double) {
    self.bytesMean = bytesMean
    self.roundsMean = roundsMean
    self.timeoutsMean = timeoutsMean
  }
}
