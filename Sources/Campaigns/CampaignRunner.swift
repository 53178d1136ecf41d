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
  /// Batches between two looks at the stop request, at most.
  static let batchesPerRound = 512

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
  /// - Returns: the number of cells finished; fewer than the pass holds after a stop request.
  private func measure(_ pass: [Cell], meter: inout ProgressMeter) async throws(CampaignError)
    -> Int
  {
    report(meter.progress(title: pass[0].title))
    let sampler = try engine.sampler(for: pass)
    let method = sampler.method
    var cells = pass.map { CellAccumulator(precision: $0.parameters.precision) }
    var written = 0
    var next = 0
    while cells.contains(where: { $0.end == nil }) {
      if isStopRequested() { return written }
      let limit = pass[0].parameters.precision.maxBatches
      let batches = next..<min(next + roundSize(after: next), limit)
      for sample in await sampleInOrder(sampler, batches) {
        for lane in cells.indices { cells[lane].add(sample, lane: lane) }
        meter.add(routes: sample.routes)
      }
      next = batches.upperBound
      report(meter.progress(title: pass[0].title))
    }
    for (cell, accumulator) in zip(pass, cells) {
      let shard = Shard(
        specHash: plan.specHash, version: CampaignVersion.current, cell: cell,
        result: accumulator.result(method: method))
      try AtomicFile.write(shard.text, to: directory.shardPath(cell))
      written += 1
    }
    meter.finish(cells: pass.count)
    report(meter.progress(title: pass[0].title))
    return written
  }

  /// Rounds grow, so that a cell that stops early wastes little.
  private func roundSize(after done: Int) -> Int {
    min(Self.batchesPerRound, max(32, done / 4))
  }

  /// Measures `batches` on up to `threads` tasks and gives them back in batch order.
  private func sampleInOrder(
    _ sampler: any BatchSampling, _ batches: Range<Int>
  ) async -> [BatchSample] {
    // A few chunks per thread even out the load.
    let chunk = max(1, (batches.count + 4 * threads - 1) / (4 * threads))
    let chunks = stride(from: batches.lowerBound, to: batches.upperBound, by: chunk).map {
      $0..<min($0 + chunk, batches.upperBound)
    }
    return await withTaskGroup(of: (Int, [BatchSample]).self) { group in
      var results = [[BatchSample]](repeating: [], count: chunks.count)
      var started = 0
      while started < min(threads, chunks.count) {
        start(chunks[started], number: started, of: sampler, in: &group)
        started += 1
      }
      while let (number, samples) = await group.next() {
        results[number] = samples
        if started < chunks.count {
          start(chunks[started], number: started, of: sampler, in: &group)
          started += 1
        }
      }
      return results.flatMap { $0 }
    }
  }

  private func start(
    _ batches: Range<Int>, number: Int, of sampler: any BatchSampling,
    in group: inout TaskGroup<(Int, [BatchSample])>
  ) {
    group.addTask { (number, batches.map { sampler.sample(batch: $0) }) }
  }
}

/// Weighs the passes of a run by their expected cost.
struct ProgressMeter {
  private let totalCells: Int
  private let totalCost: Double
  private let costPerRoute: [Double]
  private let passCost: [Double]
  private var current = 0
  private var doneCost = 0.0
  private var passProgress = 0.0
  private var finishedCells: Int
  private var routes = 0

  init(passes: [[Cell]], reused: Int, total: Int) {
    totalCells = total
    finishedCells = reused
    costPerRoute = passes.map { CostModel.nanosecondsPerRoute($0[0].parameters) }
    passCost = zip(passes, costPerRoute).map { pass, cost in
      cost * Double(pass[0].parameters.precision.expectedRoutes)
    }
    totalCost = passCost.reduce(0, +)
  }

  mutating func add(routes count: Int) {
    routes += count
    guard current < passCost.count else { return }
    passProgress = min(passProgress + Double(count) * costPerRoute[current], passCost[current])
  }

  mutating func finish(cells: Int) {
    finishedCells += cells
    guard current < passCost.count else { return }
    doneCost += passCost[current]
    passProgress = 0
    current += 1
  }

  func progress(title: String) -> CampaignProgress {
    CampaignProgress(
      finishedCells: finishedCells, totalCells: totalCells, routes: routes,
      fraction: totalCost > 0 ? min(1, (doneCost + passProgress) / totalCost) : 1, title: title)
  }
}
