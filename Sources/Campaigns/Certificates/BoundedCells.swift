import Bounds
import Statistics

/// The cells of finished runs that have a closed form, held against its exact value.
///
/// All comparisons together are one statement: each interval is taken at the level that makes all
/// of them right at once with probability .999 where the closed forms are the law of the cells. A
/// closed form that is a model (independent routes, a path of expected length) is expected to
/// differ; the campaign file says where and why.
public struct BoundedCells {
  /// The probability that all intervals hold their value, if the laws are right.
  static let simultaneousConfidence = 0.999

  struct Entry {
    /// The run, by its place.
    let run: Int
    let comparison: Comparison
    let result: CellResult
    let precision: Precision
    let value: BoundValue
    let number: ClosedFormNumber
  }

  private let names: [String]
  private let entries: [Entry]

  /// Reads finished runs.
  /// - Throws: `CampaignError`: `.badData`, `.incomplete` when cells are missing.
  public init(runs: [String]) throws(CampaignError) {
    var entries: [Entry] = []
    var names: [String] = []
    for (run, path) in runs.enumerated() {
      let plan = try Campaign(runDirectory: path).plan
      let shards = try RunDirectory(path: path).allShards(plan)
      let rows = ResultTable(plan: plan, shards: shards).rows
      names.append(plan.spec.name)
      for reference in plan.spec.references {
        for row in rows {
          for comparison in Comparison.all(for: row, references: [reference]) {
            guard let number = comparison.closedForm else { continue }
            entries.append(
              Entry(
                run: run, comparison: comparison, result: row.result,
                precision: row.cell.parameters.precision, value: try number.exact(),
                number: number))
          }
        }
      }
    }
    self.entries = entries
    self.names = names
  }

  /// One finding per run.
  public var findings: [ProofFinding] {
    let confidence = 1 - (1 - Self.simultaneousConfidence) / Double(max(1, entries.count))
    return names.indices.map { run in
      finding(names[run], entries.filter { $0.run == run }, confidence: confidence)
    }
  }

  private func finding(_ name: String, _ own: [Entry], confidence: Double) -> ProofFinding {
    var remarks: [String] = []
    var (inside, explained, tolerated, failed) = (0, 0, 0, 0)
    for entry in own {
      let interval = entry.interval(confidence: confidence)
      if entry.isMet(by: interval) {
        inside += 1
        continue
      }
      let reason: String
      if entry.comparison.agrees {
        tolerated += 1
        reason = "within the tolerance of the campaign file"
      } else if entry.comparison.claim.because != nil {
        explained += 1
        reason = "explained in the campaign file"
      } else {
        failed += 1
        reason = "NOT EXPLAINED"
      }
      remarks.append(
        "\(entry.comparison.subject), \(entry.comparison.quantity.title): "
          + "[\(significant(interval.low, digits: 7)), "
          + "\(significant(interval.high, digits: 7))] against "
          + "\(entry.number.formula) "
          + "\(entry.value.decimal(digits: 8)?.description ?? "\(entry.value.double)"), \(reason)")
    }
    guard !own.isEmpty else {
      return ProofFinding(
        kind: .cells, name: name, isGood: true, detail: "no cell has a closed form", remarks: [])
    }
    var parts = ["\(own.count) cells, \(inside) inside the 99.9 % band of \(entries.count)"]
    if tolerated > 0 { parts.append("\(tolerated) off by less than the tolerance") }
    if explained > 0 { parts.append("\(explained) off and explained") }
    if failed > 0 { parts.append("\(failed) off") }
    return ProofFinding(
      kind: .cells, name: name, isGood: failed == 0, detail: parts.joined(separator: ", "),
      remarks: remarks)
  }
}

extension BoundedCells.Entry {
  /// Whether a number that the bound may be is where the claim wants it.
  func isMet(by interval: Interval) -> Bool {
    let enclosure = value.enclosure()
    guard let low = Rational(exactly: interval.low), let high = Rational(exactly: interval.high)
    else { return false }
    let isHighEnough = high >= enclosure.low.rational
    let isLowEnough = low <= enclosure.high.rational
    switch comparison.claim.relation {
    case .equal: return isHighEnough && isLowEnough
    case .atLeast: return isHighEnough
    case .atMost: return isLowEnough
    }
  }

  /// The interval of the cell at another level.
  ///
  /// From the batches for delivery, from the counts where each lookup is a trial of its own. For
  /// other quantities only the recorded interval is there: its halves grow like the quantiles of
  /// the normal law.
  func interval(confidence: Double) -> Interval {
    let quantity = comparison.quantity
    let measured = comparison.measured
    let trials = result.evaluation.independentTrials(
      routes: result.routes, faultSets: result.faultSets)
    let estimate: CellEstimate
    if quantity == .delivered {
      let level = Precision(
        stop: precision.stop, confidence: confidence, minBatches: precision.minBatches,
        routesPerBatch: precision.routesPerBatch)
      estimate = CellEstimate(
        batchMeans: result.batchMeans, routes: result.routes, faultSets: result.faultSets,
        evaluation: result.evaluation, precision: level)
    } else if quantity.isProportion && result.evaluation == .trials {
      estimate = CellEstimate(
        proportions: [measured.mean], trials: trials, evaluation: .trials, confidence: confidence)
    } else {
      let normal = NormalDistribution()
      let factor =
        normal.quantile((1 + confidence) / 2) / normal.quantile((1 + precision.confidence) / 2)
      estimate = CellEstimate(
        mean: measured.mean, low: measured.mean - factor * (measured.mean - measured.low),
        high: measured.mean + factor * (measured.high - measured.mean))
    }
    return Interval(low: estimate.low, high: estimate.high)
  }
}
