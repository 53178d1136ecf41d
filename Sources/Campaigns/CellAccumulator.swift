import RouteSampling
import Statistics

/// Collects the batches of one cell, in batch order, until it is measured well enough.
///
/// The verdict is taken at batch counts that the precision alone fixes, from this cell's batches
/// alone: threads, lanes and slices have no influence on it.
struct CellAccumulator {
  /// Why a cell ended.
  enum End: String {
    /// The asked number of routes is done.
    case routes
    /// The confidence sequence is narrow enough.
    case halfWidth = "half-width"
    /// `maxRoutes` came first.
    case maxRoutes = "max-routes"
  }

  let precision: Precision
  /// Set once the cell is done; later batches are ignored.
  private(set) var end: End?
  /// Mean delivery of each batch.
  var batchMeans: [Double] { means[.delivered] ?? [] }
  /// The batch means of every quantity that the method measures.
  private var means: [Quantity: [Double]] = [:]
  private let evaluation: Evaluation
  private let unmeasured: [Quantity]
  private var faultyFraction = RunningMean()
  private var routes = 0
  private var faultSets = 0
  private var nextVerdict: Int
  private var sequence: ConfidenceSequence

  init(precision: Precision, evaluation: Evaluation, unmeasured: [Quantity] = []) {
    self.precision = precision
    self.evaluation = evaluation
    self.unmeasured = unmeasured
    sequence = ConfidenceSequence(confidence: precision.confidence)
    nextVerdict =
      switch precision.stop {
      case .routes: precision.maxBatches
      case .halfWidth: min(precision.minBatches, precision.maxBatches)
      }
  }

  /// Adds the next batch, unless the cell is done.
  mutating func add(_ sample: BatchOutcome, lane: Int) {
    guard end == nil else { return }
    let outcome = sample.lanes[lane]
    for quantity in Quantity.allCases where !unmeasured.contains(quantity) {
      guard let mean = quantity.mean(of: outcome) else { continue }
      means[quantity, default: []].append(mean)
    }
    faultyFraction.add(outcome.faultyFraction)
    routes += sample.routes
    faultSets += sample.faultSets
    if case .halfWidth = precision.stop { sequence.add(outcome.deliveredMean) }
    if batchMeans.count == nextVerdict { decide() }
  }

  private mutating func decide() {
    switch precision.stop {
    case .routes: end = .routes
    case .halfWidth(let width, _):
      if sequence.interval.halfWidth <= width {
        end = .halfWidth
      } else if batchMeans.count >= precision.maxBatches {
        end = .maxRoutes
      } else {
        // A quarter more: few verdicts, little overshoot.
        nextVerdict = min(precision.maxBatches, nextVerdict + max(1, nextVerdict / 4))
      }
    }
  }

  /// The result of a finished cell.
  /// - Precondition: `end` is set.
  func result() -> CellResult {
    guard let end else { preconditionFailure("a cell has a result only when it is done") }
    let trials = evaluation.independentTrials(routes: routes, faultSets: faultSets)
    var estimates = means.mapValues { means in
      CellEstimate(means: means, confidence: precision.confidence)
    }
    for quantity in Quantity.allCases where quantity.isProportion {
      guard let means = means[quantity] else { continue }
      estimates[quantity] = CellEstimate(
        proportions: means, trials: trials, evaluation: evaluation,
        confidence: precision.confidence)
    }
    estimates[.delivered] = CellEstimate(
      batchMeans: batchMeans, routes: routes, faultSets: faultSets, evaluation: evaluation,
      precision: precision)
    return CellResult(
      batchMeans: batchMeans, routes: routes, faultSets: faultSets,
      faultyFraction: faultyFraction.mean, evaluation: evaluation, end: end,
      estimates: estimates)
  }
}

/// What one finished cell measured.
struct CellResult: Equatable, Sendable {
  /// Mean delivery of each batch, in batch order: the raw record behind the interval.
  let batchMeans: [Double]
  let routes: Int
  let faultSets: Int
  /// The faulty fraction that the adversary reached, mean over batches.
  let faultyFraction: Double
  let evaluation: Evaluation
  let end: CellAccumulator.End
  /// Mean and interval of every quantity that the method measures; delivery is always there.
  private let estimates: [Quantity: CellEstimate]

  /// - Precondition: delivery is among the estimates.
  init(
    batchMeans: [Double], routes: Int, faultSets: Int, faultyFraction: Double,
    evaluation: Evaluation, end: CellAccumulator.End, estimates: [Quantity: CellEstimate]
  ) {
    precondition(estimates[.delivered] != nil, "every cell measures delivery")
    self.batchMeans = batchMeans
    self.routes = routes
    self.faultSets = faultSets
    self.faultyFraction = faultyFraction
    self.evaluation = evaluation
    self.end = end
    self.estimates = estimates
  }

  /// Mean and interval of a quantity; nil where the method does not measure it.
  subscript(quantity: Quantity) -> CellEstimate? { estimates[quantity] }

  /// Delivery.
  var delivered: CellEstimate {
    estimates[.delivered] ?? CellEstimate(mean: 0, low: 0, high: 1)
  }
}
