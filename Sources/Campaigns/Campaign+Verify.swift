import Foundation

/// What `verify` found.
public struct CampaignVerification: Sendable {
  /// Cells whose shards were checked.
  public internal(set) var checked = 0
  /// Cells that were measured again.
  public internal(set) var recomputed = 0
  /// Cells without a shard.
  public internal(set) var missing = 0
  /// What does not hold, one sentence each; empty when all is well.
  public internal(set) var mismatches: [String] = []
}

extension Campaign {
  /// Checks every shard, interval and output of a run directory against each other.
  ///
  /// Content hashes, the intervals recomputed from the batch means, `results.csv` and
  /// `results.sqlite` recomputed from the shards, and `recompute` cells measured again.
  /// - Parameter recompute: how many cells to measure again, spread over the plan.
  /// - Throws: `CampaignError` only when checking itself is impossible; what does not hold is in
  ///   the result.
  public func verify(
    in path: String, recompute: Int, threads: Int
  ) async throws(CampaignError) -> CampaignVerification {
    // Reading nodeIds again is needed only to measure again.
    guard recompute > 0 else {
      return try await verify(in: path, recompute: 0, threads: threads, engine: nil)
    }
    return try await verify(
      in: path, recompute: recompute, threads: threads, engine: try await engine())
  }

  func verify(
    in path: String, recompute: Int, threads: Int, engine: (any CellSampling)?
  ) async throws(CampaignError) -> CampaignVerification {
    let directory = RunDirectory(path: path)
    var result = CampaignVerification()
    var shards: [(cell: Cell, shard: Shard)] = []
    for cell in plan.cells {
      do {
        guard let shard = try directory.shard(cell, of: plan) else {
          result.missing += 1
          continue
        }
        shards.append((cell, shard))
        check(shard, of: cell, into: &result)
      } catch {
        result.mismatches.append(error.description)
      }
    }
    result.checked = shards.count
    check("spec.yaml", gives: "manifest.json records", into: &result) {
      () throws(CampaignError) in
      let manifest = try Manifest(readingFrom: directory.manifestPath)
      return manifest.specFile == ContentHash.hex(of: try AtomicFile.read(directory.specPath))
    }
    let table = ResultTable(plan: plan, shards: shards)
    check("results.csv", into: &result) { () throws(CampaignError) in
      try AtomicFile.read(directory.tablePath) == Array(table.csv.utf8)
    }
    check("results.sqlite", into: &result) { () throws(CampaignError) in
      try ResultDatabase.rows(directory.databasePath) == table.rows.map(table.fields)
    }
    if let engine {
      try await measureAgain(
        shards, count: recompute, threads: threads, engine: engine, into: &result)
    }
    return result
  }

  private func check(_ shard: Shard, of cell: Cell, into result: inout CampaignVerification) {
    let estimate = CellEstimate(
      batchMeans: shard.result.batchMeans, routes: shard.result.routes,
      faultSets: shard.result.faultSets, evaluation: shard.result.evaluation,
      precision: cell.parameters.precision)
    if estimate != shard.result.delivered {
      result.mismatches.append(
        "cell \(cell.name): the batch means give \(estimate.mean) "
          + "[\(estimate.low), \(estimate.high)], the shard says "
          + "\(shard.result.delivered.mean) "
          + "[\(shard.result.delivered.low), \(shard.result.delivered.high)]")
    }
  }

  private func check(
    _ name: String, gives: String = "the shards give", into result: inout CampaignVerification,
    _ holds: () throws(CampaignError) -> Bool
  ) {
    do {
      if try !holds() {
        result.mismatches.append("\(name) is not what \(gives)")
      }
    } catch {
      result.mismatches.append(error.description)
    }
  }

  private func measureAgain(
    _ shards: [(cell: Cell, shard: Shard)], count: Int, threads: Int, engine: any CellSampling,
    into result: inout CampaignVerification
  ) async throws(CampaignError) {
    let take = min(count, shards.count)
    for number in 0..<take {
      let (cell, shard) = shards[number * shards.count / take]
      let measured = try await CampaignRunner.measure(cell, engine: engine, threads: threads)
      result.recomputed += 1
      if measured != shard.result {
        result.mismatches.append(
          "cell \(cell.name) (\(cell.title)): measured again \(measured.delivered.mean), "
            + "the shard says \(shard.result.delivered.mean)")
      }
    }
  }
}
