import RouteSampling
import Statistics

/// The mean of a quantity with its interval.
struct CellEstimate: Equatable, Sendable {
  /// Student's t needs this many batches that differ from certainty before it is trusted alone.
  static let informativeBatches = 30

  /// Mean over batches.
  let mean: Double
  let low: Double
  let high: Double

  /// Takes recorded values.
  init(mean: Double, low: Double, high: Double) {
    self.mean = mean
    self.low = low
    self.high = high
  }

  /// The mean delivery and its interval.
  ///
  /// - `routes`: as `init(proportions:trials:evaluation:confidence:)`; the independent trials are
  ///   the fault sets where routes share them, else the routes.
  /// - `halfWidth`: the confidence sequence, valid at whatever count the cell ended.
  init(
    batchMeans: [Double], routes: Int, faultSets: Int, evaluation: Evaluation, precision: Precision
  ) {
    switch precision.stop {
    case .halfWidth:
      var sequence = ConfidenceSequence(confidence: precision.confidence)
      sequence.add(contentsOf: batchMeans)
      self.init(mean: RunningMean(batchMeans).mean, interval: sequence.interval)
    case .routes:
      self.init(
        proportions: batchMeans,
        trials: evaluation.independentTrials(routes: routes, faultSets: faultSets),
        evaluation: evaluation, confidence: precision.confidence)
    }
  }

  /// A probability and its interval over batches of `trials` independent trials in all.
  ///
  /// - `trials`: every lookup has its own fault set, so lookups are independent and the exact
  ///   binomial interval (Clopper and Pearson) holds.
  /// - Else the t interval over the batches, which are independent. When every batch says 0, or
  ///   every batch says 1, the exact bound for that many trials without a failure. When only a few
  ///   batches say something else, the interval reaches at least as far as that bound: a few
  ///   failures must not look more certain than none.
  /// - `events`: see `init(runs:lookups:confidence:)`.
  init(proportions: [Double], trials: Int, evaluation: Evaluation, confidence: Double) {
    if evaluation == .events {
      self.init(runs: proportions, lookups: trials, confidence: confidence)
      return
    }
    let mean = RunningMean(proportions)
    let successes = mean.mean * Double(trials)
    // A batch mean of trials is a count over a count, up to rounding.
    if evaluation == .trials, abs(successes - successes.rounded()) < 1e-3 {
      let interval = clopperPearsonInterval(
        successes: min(trials, max(0, Int(successes.rounded()))), trials: trials,
        confidence: confidence)
      self.init(mean: mean.mean, interval: interval)
    } else {
      let interval = Self.interval(
        proportions, mean: mean, trials: trials, confidence: confidence)
      self.init(mean: mean.mean, interval: interval)
    }
  }

  /// A probability over runs of equally many lookups, which share an overlay and a fault set.
  ///
  /// As wide as the wider of two: Student's over the runs, and the exact binomial one over the
  /// lookups divided by their design effect [Kish65], which is how much more the runs differ than
  /// runs of independent lookups would, and at least 1. Where no lookup failed, runs show no such
  /// difference, and the bound over lookups speaks for the overlays and fault sets that were drawn.
  init(runs: [Double], lookups: Int, confidence: Double) {
    let mean = RunningMean(runs)
    var effective = Double(lookups)
    if runs.count > 1 {
      let observed = mean.sumOfSquares / Double(runs.count - 1)
      let independent = mean.mean * (1 - mean.mean) / (Double(lookups) / Double(runs.count))
      if independent > 0 { effective /= max(1, observed / independent) }
    }
    let trials = max(1, Int(effective))
    let successes = min(max(mean.mean, 0), 1) * Double(trials)
    func exact(_ count: Double) -> Interval {
      clopperPearsonInterval(
        successes: min(trials, max(0, Int(count))), trials: trials, confidence: confidence)
    }
    // Rounded outwards: down for the lower end, up for the upper one.
    let low = exact((successes + 1e-6).rounded(.down)).low
    let high = exact((successes - 1e-6).rounded(.up)).high
    let student = mean.studentInterval(confidence: confidence)?.clamped(to: .unit)
    self.init(
      mean: mean.mean,
      interval: Interval(low: min(low, student?.low ?? 1), high: max(high, student?.high ?? 0)))
  }

  /// A mean that is no probability, with the t interval over the batches.
  init(means: [Double], confidence: Double) {
    let mean = RunningMean(means)
    let interval = mean.studentInterval(confidence: confidence)
    self.mean = mean.mean
    low = interval?.low ?? -.greatestFiniteMagnitude
    high = interval?.high ?? .greatestFiniteMagnitude
  }

  /// Keeps a probability within 0...1 and within its interval.
  private init(mean: Double, interval: Interval) {
    self.mean = min(max(mean, 0), 1)
    low = min(interval.low, self.mean)
    high = max(interval.high, self.mean)
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
