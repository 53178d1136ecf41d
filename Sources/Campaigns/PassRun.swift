import RouteSampling

/// One engine pass under way: rounds of batches, sampled in parallel, added in batch order.
struct PassRun {
  /// Batches of one round, at most: a stop request waits no longer than that.
  static let maxBatchesPerRound = 512

  private let sampler: any BatchSampling
  private let threads: Int
  private let batchLimit: Int
  private var cells: [CellAccumulator]
  private var next = 0

  /// - Parameter pass: cells that differ only in f and c, at least one.
  init(pass: [Cell], sampler: any BatchSampling, threads: Int) {
    self.sampler = sampler
    self.threads = threads
    cells = pass.map {
      CellAccumulator(
        precision: $0.parameters.precision, evaluation: sampler.evaluation,
        unmeasured: sampler.unmeasured)
    }
    batchLimit = cells.map(\.precision.maxBatches).max() ?? 0
  }

  /// Whether every cell is measured well enough.
  var isDone: Bool { cells.allSatisfy { $0.end != nil } }

  /// The results, in the order of the pass.
  /// - Precondition: `isDone`.
  var results: [CellResult] { cells.map { $0.result() } }

  /// Samples the next round of batches.
  /// - Returns: the number of routes sampled.
  /// - Throws: `CampaignError` when the engine refuses the cells.
  mutating func advance() async throws(CampaignError) -> Int {
    // Rounds grow, so that a cell that stops early wastes little; of batches that take seconds
    // there are two for each thread.
    let size =
      sampler.hasLongBatches
      ? 2 * threads : min(Self.maxBatchesPerRound, max(32, next / 4))
    let batches = next..<min(next + size, batchLimit)
    var routes = 0
    for sample in try await sampleInOrder(batches) {
      for lane in cells.indices { cells[lane].add(sample, lane: lane) }
      routes += sample.routes
    }
    next = batches.upperBound
    return routes
  }

  /// Samples `batches` on up to `threads` tasks and gives them back in batch order.
  private func sampleInOrder(
    _ batches: Range<Int>
  ) async throws(CampaignError) -> [BatchOutcome] {
    // A few chunks per thread even out the load.
    let chunk = max(1, (batches.count + 4 * threads - 1) / (4 * threads))
    let chunks = stride(from: batches.lowerBound, to: batches.upperBound, by: chunk).map {
      $0..<min($0 + chunk, batches.upperBound)
    }
    let parts = await withTaskGroup(of: (Int, Chunk).self) { group in
      var results = [Chunk](repeating: .success([]), count: chunks.count)
      var started = 0
      while started < min(threads, chunks.count) {
        start(chunks[started], number: started, in: &group)
        started += 1
      }
      while let (number, samples) = await group.next() {
        results[number] = samples
        if started < chunks.count {
          start(chunks[started], number: started, in: &group)
          started += 1
        }
      }
      return results
    }
    var samples: [BatchOutcome] = []
    for part in parts { samples += try part.get() }
    return samples
  }

  /// The batches of one task.
  private typealias Chunk = Result<[BatchOutcome], CampaignError>

  private func start(
    _ batches: Range<Int>, number: Int, in group: inout TaskGroup<(Int, Chunk)>
  ) {
    group.addTask { [sampler] in (number, Self.sample(batches, sampler)) }
  }

  private static func sample(_ batches: Range<Int>, _ sampler: any BatchSampling) -> Chunk {
    var samples: [BatchOutcome] = []
    do throws(CampaignError) {
      for batch in batches { samples.append(try sampler.sample(batch: batch)) }
    } catch {
      return .failure(error)
    }
    return .success(samples)
  }
}
