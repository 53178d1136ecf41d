/// One part of a campaign that a machine can take: pass k of every n.
public struct CampaignSlice: Hashable, Sendable, CustomStringConvertible {
  /// 1...count.
  public let number: Int
  /// How many slices there are.
  public let count: Int

  /// Slice `number` of `count`; nil unless `1 <= number <= count <= 100000`.
  public init?(number: Int, of count: Int) {
    guard number >= 1, number <= count, count <= 100_000 else { return nil }
    self.number = number
    self.count = count
  }

  /// Reads `k/n`; nil when the text is not that.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]) else {
      return nil
    }
    self.init(number: number, of: count)
  }

  /// `k/n`.
  public var description: String { "\(number)/\(count)" }
}

/// How far a run is.
public struct CampaignProgress: Sendable {
  /// Cells of this slice that are finished, reused ones included.
  public let finishedCells: Int
  /// Cells of this slice.
  public let totalCells: Int
  /// Routes measured by this run, counted once per pass.
  public let routes: Int
  /// Part of the work of this run that is done, in 0...1.
  public let fraction: Double
  /// What is measured now.
  public let title: String
}

/// What a run did.
public struct CampaignOutcome: Sendable {
  /// Cells computed by this run.
  public internal(set) var computed = 0
  /// Cells that an earlier run had finished.
  public internal(set) var reused = 0
  /// Cells of the campaign that no shard holds yet.
  public internal(set) var missing = 0
  /// Whether the run was asked to stop before its end.
  public internal(set) var wasInterrupted = false
  /// Trouble that spoils no result, such as a missing gnuplot.
  public internal(set) var warnings: [String] = []
  /// Measured values that miss a required reference.
  public internal(set) var failures: [String] = []
  /// Paths of the files written, relative to the run directory.
  public internal(set) var files: [String] = []
}

/// Measures the cells that have no shard yet.
struct CampaignRunner {
  let plan: CampaignPlan
  let directory: RunDirectory
  let engine: any CellSampling
  let threads: Int
  let slice: CampaignSlice?
  let isStopRequested: @Sendable () -> Bool
  let report: @Sendable (CampaignProgress) -> Void

  /// The cells of this slice: every pass is in exactly one slice.
  var ownCells: [Cell] {
    guard let slice else { return plan.cells }
    return plan.passes(of: plan.cells).enumerated()
      .filter { $0.offset % slice.count == slice.number - 1 }
      .flatMap { $0.element }
      .sorted { $0.index < $1.index }
  }

  /// Measures what is missing, one shard per finished cell.
  /// - Throws: `.badData` for a damaged shard, `.inputOutput`, `.cannotCreate`, and what the
  ///   engine throws. Shards written before stay.
  func run() async throws(CampaignError) -> CampaignOutcome {
    var outcome = CampaignOutcome()
    let own = ownCells
    var open: [Cell] = []
    for cell in own {
      if try directory.shard(cell, of: plan) == nil { open.append(cell) }
    }
    outcome.reused = own.count - open.count
    let passes = plan.passes(of: open)
    var meter = ProgressMeter(passes: passes, reused: outcome.reused, total: own.count)
    for pass in passes {
      if isStopRequested() {
        outcome.wasInterrupted = true
        break
      }
      let done = try await measure(pass, meter: &meter)
      outcome.computed += done
      if done < pass.count {
        outcome.wasInterrupted = true
        break
      }
    }
    return outcome
  }

  /// Runs one pass until each of its cells is measured well enough.
  /// - Returns: the number of cells finished; 0 after a stop request.
  private func measure(_ pass: [Cell], meter: inout ProgressMeter) async throws(CampaignError)
    -> Int
  {
    let title = pass[0].title
    report(meter.progress(title: title))
    var run = PassRun(pass: pass, sampler: try engine.sampler(for: pass), threads: threads)
    while !run.isDone {
      if isStopRequested() { return 0 }
      meter.add(routes: try await run.advance())
      report(meter.progress(title: title))
    }
    for (cell, result) in zip(pass, run.results) {
      let shard = Shard(
        specHash: plan.specHash, version: CampaignVersion.current, cell: cell, result: result)
      try AtomicFile.write(shard.text, to: directory.shardPath(cell))
    }
    meter.finish(cells: pass.count)
    report(meter.progress(title: title))
    return pass.count
  }

  /// Measures one cell on its own.
  static func measure(
    _ cell: Cell, engine: any CellSampling, threads: Int
  ) async throws(CampaignError) -> CellResult {
    var run = PassRun(pass: [cell], sampler: try engine.sampler(for: [cell]), threads: threads)
    while !run.isDone { _ = try await run.advance() }
    return run.results[0]
  }
}
