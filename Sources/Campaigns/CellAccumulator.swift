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
  private(set) var batchMeans: [Double] = []
  private var hops = RunningMean()
  private var messages = RunningMean()
  private var faultyFraction = RunningMean()
  private var testFired = RunningMean()
  private var forgeryAccepted = RunningMean()
  private var routes = 0
  private var faultSets = 0
  private var nextVerdict: Int
  private var sequence: ConfidenceSequence

  init(precision: Precision) {
    self.precision = precision
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
    batchMeans.append(outcome.deliveredMean)
    hops.add(outcome.hopsMean)
    messages.add(outcome.messagesMean)
    faultyFraction.add(outcome.faultyFraction)
    testFired.add(outcome.testFiredMean)
    forgeryAccepted.add(outcome.forgeryAcceptedMean)
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
  func result(method: SamplingMethod) -> CellResult {
    guard let end else { preconditionFailure("a cell has a result only when it is done") }
    let estimate = CellEstimate(
      batchMeans: batchMeans, routes: routes, faultSets: faultSets, method: method,
      precision: precision)
    return CellResult(
      batchMeans: batchMeans, routes: routes, faultSets: faultSets,
      faultyFraction: faultyFraction.mean, hops: hops.mean, messages: messages.mean,
      testFired: testFired.mean, forgeryAccepted: forgeryAccepted.mean, method: method, end: end,
      estimate: estimate)
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
  let hops: Double
  let messages: Double
  let testFired: Double
  let forgeryAccepted: Double
  let method: SamplingMethod
  let end: CellAccumulator.End
  let estimate: CellEstimate
}
