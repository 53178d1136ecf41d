import Foundation

/// How to run a campaign.
public struct CampaignOptions: Sendable {
  /// Tasks that measure at the same time, at least 1; results do not depend on it.
  public var threads: Int
  /// The part to measure; nil for all of it.
  public var slice: CampaignSlice?
  /// Whether shards of other versions of Redoubt may be kept.
  public var allowsMixedVersions: Bool
  /// Asked between rounds: true ends the run early and keeps the finished cells.
  public var isStopRequested: @Sendable () -> Bool
  /// Told now and then how far the run is.
  public var report: @Sendable (CampaignProgress) -> Void

  /// Options for an uninterrupted, silent run.
  public init(
    threads: Int = 1, slice: CampaignSlice? = nil, allowsMixedVersions: Bool = false,
    isStopRequested: @escaping @Sendable () -> Bool = { false },
    report: @escaping @Sendable (CampaignProgress) -> Void = { _ in }
  ) {
    self.threads = threads
    self.slice = slice
    self.allowsMixedVersions = allowsMixedVersions
    self.isStopRequested = isStopRequested
    self.report = report
  }
}

extension Campaign {
  /// Runs into `path`, or goes on there when it holds an earlier run of the same specification.
  ///
  /// Finished cells are never measured again. When all cells are there, figures and report follow.
  /// - Throws: `CampaignError`: `.specMismatch` for the directory of another campaign, `.locked`
  ///   when another process works there, `.cannotCreate`, `.inputOutput`, `.badData`, `.badSpec`.
  public func run(
    in path: String, options: CampaignOptions = CampaignOptions()
  ) async throws(CampaignError) -> CampaignOutcome {
    try await run(in: path, options: options, engine: try await engine())
  }

  func run(
    in path: String, options: CampaignOptions, engine: any CellSampling
  ) async throws(CampaignError) -> CampaignOutcome {
    precondition(options.threads >= 1, "a run needs at least one thread")
    let directory = RunDirectory(path: path)
    try directory.requireVacantOrRun()
    let lock = try DirectoryLock(directory)
    defer { withExtendedLifetime(lock) {} }
    var manifest = try directory.prepare(for: plan, specPath: specPath)
    if !options.allowsMixedVersions { try requireOneVersion(directory) }
    manifest.runs.append(
      Manifest.Run(
        started: Date.now.formatted(.iso8601), finished: nil, host: .current,
        threads: options.threads, slice: options.slice?.description, computed: 0, reused: 0))
    try AtomicFile.write(try manifest.text(), to: directory.manifestPath)
    let runner = CampaignRunner(
      plan: plan, directory: directory, engine: engine, threads: options.threads,
      slice: options.slice, isStopRequested: options.isStopRequested, report: options.report)
    var outcome = try await runner.run()
    try writeOutputs(to: directory, outcome: &outcome)
    manifest.runs[manifest.runs.count - 1].computed = outcome.computed
    manifest.runs[manifest.runs.count - 1].reused = outcome.reused
    manifest.runs[manifest.runs.count - 1].finished = Date.now.formatted(.iso8601)
    try AtomicFile.write(try manifest.text(), to: directory.manifestPath)
    return outcome
  }

  /// Draws the figures and writes results and report again from the shards.
  /// - Throws: `CampaignError.Code.badData` for a damaged shard, `.locked`, `.inputOutput`.
  public func report(in path: String) throws(CampaignError) -> CampaignOutcome {
    let directory = RunDirectory(path: path)
    let lock = try DirectoryLock(directory)
    defer { withExtendedLifetime(lock) {} }
    var outcome = CampaignOutcome()
    outcome.reused = directory.finished(plan).count
    try writeOutputs(to: directory, outcome: &outcome)
    return outcome
  }

  /// Puts the shards of several run directories of this campaign together in `path`.
  ///
  /// A cell that several directories hold must be the same in all of them.
  /// - Throws: `CampaignError.Code.specMismatch` for the directory of another campaign,
  ///   `.badData` for a damaged shard or two different results for one cell.
  public func merge(
    _ parts: [String], into path: String
  ) throws(CampaignError) -> CampaignOutcome {
    let directory = RunDirectory(path: path)
    try directory.requireVacantOrRun()
    let lock = try DirectoryLock(directory)
    defer { withExtendedLifetime(lock) {} }
    var manifest = try directory.prepare(for: plan, specPath: specPath)
    for part in parts {
      let source = RunDirectory(path: part)
      let other = try Manifest(readingFrom: source.manifestPath)
      guard other.specHash == plan.specHash else {
        throw CampaignError(
          .specMismatch, file: part, "belongs to another specification ('\(other.campaign)')",
          remedy: "Merge directories of the same campaign file.")
      }
      for run in other.runs where !manifest.runs.contains(run) { manifest.runs.append(run) }
      for (cell, shard) in try source.shards(plan) {
        if let present = try directory.shard(cell, of: plan) {
          guard present.result == shard.result else {
            throw CampaignError(
              .badData, file: source.shardPath(cell),
              "holds another result for cell \(cell.name) than \(directory.shardPath(cell))",
              remedy: "One of the two was made by another build: run it again.")
          }
        } else {
          try AtomicFile.write(shard.text, to: directory.shardPath(cell))
        }
      }
    }
    var outcome = CampaignOutcome()
    outcome.reused = directory.finished(plan).count
    try writeOutputs(to: directory, outcome: &outcome)
    try AtomicFile.write(try manifest.text(), to: directory.manifestPath)
    return outcome
  }

  /// How many cells of `path` are finished.
  /// - Throws: `CampaignError.Code.badData` for a damaged shard.
  public func status(in path: String) throws(CampaignError) -> CampaignStatus {
    let directory = RunDirectory(path: path)
    let shards = try directory.shards(plan)
    let manifest = try Manifest(readingFrom: directory.manifestPath)
    return CampaignStatus(
      campaign: plan.spec.name, finished: shards.count, total: plan.cells.count,
      routes: shards.reduce(0) { $0 + $1.shard.result.routes }, starts: manifest.runs.count,
      isRunning: directory.isLocked)
  }

  /// Writes everything that is derived from the shards.
  func writeOutputs(
    to directory: RunDirectory, outcome: inout CampaignOutcome
  ) throws(CampaignError) {
    let shards = try directory.shards(plan)
    let table = ResultTable(plan: plan, shards: shards)
    try AtomicFile.write(table.csv, to: directory.tablePath)
    try ResultDatabase.write(table, plan: plan, to: directory.databasePath)
    outcome.files = ["results.csv", "results.sqlite"]
    outcome.missing = plan.cells.count - shards.count
    guard outcome.missing == 0 else { return }
    let comparisons = Comparison.all(plan: plan, table: table)
    outcome.failures = comparisons.filter { $0.claim.isRequired && !$0.agrees }.map(\.sentence)
    // A quantity that the method does not measure must not pass in silence.
    outcome.failures += plan.spec.references.filter { reference in
      reference.claim.isRequired
        && !comparisons.contains {
          $0.claim.source == reference.claim.source && $0.quantity == reference.quantity
        }
    }.map { "\($0.claim.source): \($0.quantity.title) is not measured by this campaign's method" }
    let crossings = ThresholdCrossing.all(plan: plan, table: table)
    if !crossings.isEmpty {
      try AtomicFile.write(
        ThresholdCrossing.csv(crossings, campaign: plan.spec.name), to: directory.thresholdsPath)
      outcome.files.append("thresholds.csv")
    }
    let figures = FigureDrawing.all(plan: plan, table: table)
    try AtomicFile.createDirectory(directory.figuresPath)
    for figure in figures {
      outcome.files += try figure.write(to: directory)
    }
    var drawings: [Drawing] = []
    do throws(CampaignError) {
      for figure in figures {
        drawings.append(try figure.draw(in: directory))
        outcome.files += ["figures/\(figure.name).svg", "figures/\(figure.name).pdf"]
      }
    } catch {
      guard error.code == .toolMissing else { throw error }
      outcome.warnings.append(error.description)
    }
    let report = Report(
      plan: plan, table: table, comparisons: comparisons, crossings: crossings,
      drawings: drawings, warnings: outcome.warnings)
    try AtomicFile.write(report.html, to: directory.reportPath)
    outcome.files.append("report.html")
  }

  /// Shards of another version are kept only on demand: their results may differ.
  private func requireOneVersion(_ directory: RunDirectory) throws(CampaignError) {
    for (cell, shard) in try directory.shards(plan) where shard.version != CampaignVersion.current {
      throw CampaignError(
        .specMismatch, file: directory.shardPath(cell),
        "the shard was made by version \(shard.version), this is \(CampaignVersion.current)",
        remedy: "Resume with --allow-mixed, or run into another --output.")
    }
  }
}

/// How far a run directory is.
public struct CampaignStatus: Sendable, Codable, Equatable {
  /// The campaign's name.
  public let campaign: String
  /// Cells with a shard.
  public let finished: Int
  /// All cells.
  public let total: Int
  /// Routes behind the finished cells.
  public let routes: Int
  /// How often a run was started or resumed here.
  public let starts: Int
  /// Whether a process holds the directory's lock.
  public let isRunning: Bool
}
