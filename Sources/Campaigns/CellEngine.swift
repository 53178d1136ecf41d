import RouteSampling

/// What measures a cell.
public enum CellEngine: String, CaseIterable, Hashable, Sendable {
  /// Static Monte Carlo on the true routing graph.
  case sampling
  /// The real protocol in the deterministic event simulation.
  case events
}

/// How a finished cell was evaluated: what its interval rests on.
enum Evaluation: String, Hashable, Sendable {
  /// `SamplingMethod.exact`.
  case exact
  /// `SamplingMethod.masks`.
  case masks
  /// `SamplingMethod.trials`.
  case trials
  /// Runs of the protocol: every batch is a run with a fault set of its own, which its lookups
  /// share.
  case events

  /// The evaluation of a cell of the sampling engine.
  init(_ method: SamplingMethod) {
    switch method {
    case .exact: self = .exact
    case .masks: self = .masks
    case .trials: self = .trials
    }
  }

  /// The trials among a cell's routes that are independent given the nodeIds: fault sets, and the
  /// routes themselves where no fault set is shared.
  func independentTrials(routes: Int, faultSets: Int) -> Int {
    switch self {
    case .exact, .trials: routes
    case .masks: faultSets
    case .events: routes
    }
  }
}
