import RouteSampling
import Statistics

/// A probability with its interval.
struct CellEstimate: Equatable, Sendable {
  /// Student's t needs this many batches that differ from certainty before it is trusted alone.
  static let informativeBatches = 30

  /// Mean over batches.
  let probability: Double
  let low: Double
  let high: Double

  /// Takes recorded values.
  init(probability: Double, low: Double, high: Double) {
    self.probability = probability
    self.low = low
    self.high = high
  }

  /// The mean of the batch means and its interval.
  ///
  /// - `routes`: t interval over the batches, which are independent. When every batch says 0, or
  ///   every batch says 1, the exact bound for that many independent trials without a failure:
  ///   fault sets when faults are sampled, routes when they are not. When only a few batches say
  ///   something else, the interval reaches at least as far as that bound: a few failures must not
  ///   look more certain than none.
  /// - `halfWidth`: the confidence sequence, valid at whatever count the cell ended.
  init(
    batchMeans: [Double], routes: Int, faultSets: Int, method: SamplingMethod, precision: Precision
  ) {
    let mean = RunningMean(batchMeans)
    probability = min(max(mean.mean, 0), 1)
    let interval: Interval
    switch precision.stop {
    case .halfWidth:
      var sequence = ConfidenceSequence(confidence: precision.confidence)
      sequence.add(contentsOf: batchMeans)
      interval = sequence.interval
    case .routes:
      interval = Self.interval(
        batchMeans, mean: mean, trials: method == .masks ? faultSets : routes,
        confidence: precision.confidence)
    }
    low = min(interval.low, probability)
    high = max(interval.high, probability)
  }

  private static func interval(
    _ batchMeans: [Double], mean: RunningMean, trials: Int, confidence: Double
  ) -> Interval {
    let bound = zeroFailureUpperBound(trials: trials, confidence: confidence)
    let failing = batchMeans.count { $0 != 1 }
    let succeeding = batchMeans.count { $0 != 0 }
    if failing == 0 { return Interval(low: 1 - bound, high: 1) }
    if succeeding == 0 { return Interval(low: 0, high: bound) }
    let student = mean.studentInterval(confidence: confidence)?.clamped(to: .unit) ?? .unit
    if failing < informativeBatches {
      return Interval(low: min(student.low, 1 - bound), high: student.high)
    }
    if succeeding < informativeBatches {
      return Interval(low: student.low, high: max(student.high, bound))
    }
    return student
  }
}
