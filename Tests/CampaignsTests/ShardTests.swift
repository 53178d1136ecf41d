import Foundation
import Testing

@testable import Campaigns

@Suite struct ShardTests {
  private func finishedRun(_ scratch: ScratchDirectory) async throws -> (Campaign, RunDirectory) {
    let campaign = try await Campaign(
      spec: try CampaignSpec(parsing: smallSpec, file: "small.yaml"))
    let path = scratch.file("run")
    _ = try await campaign.run(in: path, options: CampaignOptions(), engine: CheapSampling())
    return (campaign, RunDirectory(path: path))
  }

  private func refused(
    _ text: some StringProtocol, cell: Cell, plan: CampaignPlan
  ) -> CampaignError? {
    #expect(throws: CampaignError.self) {
      try Shard(
        bytes: Array(text.utf8), path: "s.json", expected: cell, specHash: plan.specHash)
    }
  }

  @Test func aShardReadsBackWhatWasWritten() async throws {
    let scratch = try ScratchDirectory()
    let (campaign, directory) = try await finishedRun(scratch)
    for (cell, shard) in try directory.shards(campaign.plan) {
      #expect(shard.text == (try contents(directory.shardPath(cell))))
      #expect(shard.cell == cell.identity)
      #expect(shard.result.batchMeans.count == 40)
      #expect(shard.result.routes == 4000)
    }
  }

  @Test func everyTruncationIsRefused() async throws {
    let scratch = try ScratchDirectory()
    let (campaign, directory) = try await finishedRun(scratch)
    let cell = campaign.plan.cells[2]
    let text = try contents(directory.shardPath(cell))
    for count in 0..<text.utf8.count {
      let error = refused(text.prefix(count), cell: cell, plan: campaign.plan)
      #expect(error?.code == .badData)
    }
  }

  @Test func everyFlippedDigitIsRefused() async throws {
    let scratch = try ScratchDirectory()
    let (campaign, directory) = try await finishedRun(scratch)
    let cell = campaign.plan.cells[2]
    let text = try contents(directory.shardPath(cell))
    let header = try #require(text.split(separator: "\n").first)
    let bytes = Array(text.utf8)
    // In the record any change breaks the hash.
    for index in stride(from: header.utf8.count + 1, to: bytes.count - 1, by: 7) {
      var changed = bytes
      changed[index] ^= 1
      let error = refused(
        String(decoding: changed, as: UTF8.self), cell: cell, plan: campaign.plan)
      #expect(error?.code == .badData, "byte \(index)")
    }
  }

  @Test func theShardOfAnotherCellOrCampaignIsRefused() async throws {
    let scratch = try ScratchDirectory()
    let (campaign, directory) = try await finishedRun(scratch)
    let cells = campaign.plan.cells
    let text = try contents(directory.shardPath(cells[2]))
    #expect(refused(text, cell: cells[3], plan: campaign.plan)?.code == .badData)
    let other = try CampaignPlan(parsing: smallSpec.replacing("seed: 7", with: "seed: 8"))
    #expect(refused(text, cell: other.cells[2], plan: other)?.code == .specMismatch)
    // Shards of an older or newer format say what to do, whatever else is in them.
    for format in ["redoubt-shard/1", "redoubt-shard/3"] {
      let foreign = text.replacing("redoubt-shard/2", with: format)
      let error = refused(foreign, cell: cells[2], plan: campaign.plan)
      #expect(error?.code == .badData)
      #expect(error?.remedy?.contains("delete the shards") == true)
    }
  }

  @Test func aDamagedShardStopsARunAndSaysWhatToDo() async throws {
    let scratch = try ScratchDirectory()
    let (campaign, directory) = try await finishedRun(scratch)
    let file = directory.shardPath(campaign.plan.cells[0])
    try "{}".write(toFile: file, atomically: true, encoding: .utf8)
    let error = await #expect(throws: CampaignError.self) {
      try await campaign.run(
        in: directory.path, options: CampaignOptions(), engine: CheapSampling())
    }
    #expect(error?.file == file)
    #expect(error?.remedy?.contains("Delete the file") == true)
  }

  @Test func verifyFindsEveryKindOfDamage() async throws {
    let scratch = try ScratchDirectory()
    let (campaign, directory) = try await finishedRun(scratch)
    let engine = CheapSampling()
    func mismatches(recompute: Int = 0) async throws -> [String] {
      try await campaign.verify(
        in: directory.path, recompute: recompute, threads: 2, engine: recompute > 0 ? engine : nil
      ).mismatches
    }
    #expect(try await mismatches(recompute: 5) == [])
    #expect(engine.passes == 5)

    let csv = try contents(directory.tablePath)
    try csv.replacing("prefix", with: "suffix", maxReplacements: 1)
      .write(toFile: directory.tablePath, atomically: true, encoding: .utf8)
    #expect(try await mismatches() == ["results.csv is not what the shards give"])
    try csv.write(toFile: directory.tablePath, atomically: true, encoding: .utf8)

    let database = try Data(contentsOf: URL(fileURLWithPath: directory.databasePath))
    try database.prefix(database.count / 2).write(to: URL(fileURLWithPath: directory.databasePath))
    let truncated = try await mismatches()
    #expect(truncated.count == 1)
    #expect(truncated.first?.contains("is not a readable result database") == true)
    try database.write(to: URL(fileURLWithPath: directory.databasePath))
    #expect(try await mismatches() == [])

    try "# edited\n\(smallSpec)".write(
      toFile: directory.specPath, atomically: true, encoding: .utf8)
    #expect(try await mismatches() == ["spec.yaml is not what manifest.json records"])
    try smallSpec.write(toFile: directory.specPath, atomically: true, encoding: .utf8)

    // A shard with a correct hash but a false interval: only recomputation can tell.
    let cell = campaign.plan.cells[1]
    let shard = try #require(try directory.shard(cell, of: campaign.plan))
    let forged = CellResult(
      batchMeans: shard.result.batchMeans, routes: shard.result.routes,
      faultSets: shard.result.faultSets, faultyFraction: shard.result.faultyFraction,
      evaluation: shard.result.evaluation, end: shard.result.end,
      estimates: [.delivered: CellEstimate(mean: 0.5, low: 0.4, high: 0.6)])
    let text = Shard(
      specHash: campaign.plan.specHash, version: CampaignVersion.current, cell: cell,
      result: forged
    ).text
    try text.write(toFile: directory.shardPath(cell), atomically: true, encoding: .utf8)
    let found = try await mismatches()
    #expect(found.contains { $0.contains("the batch means give") })
    #expect(found.contains("results.csv is not what the shards give"))
    #expect(found.contains("results.sqlite is not what the shards give"))
  }

  @Test func aTruncatedManifestIsRefused() async throws {
    let scratch = try ScratchDirectory()
    let (_, directory) = try await finishedRun(scratch)
    let text = try contents(directory.manifestPath)
    for count in stride(from: 0, to: text.count - 2, by: 11) {
      try String(text.prefix(count))
        .write(toFile: directory.manifestPath, atomically: false, encoding: .utf8)
      let error = #expect(throws: CampaignError.self) {
        try Campaign(runDirectory: directory.path)
      }
      #expect(error?.code == .badData)
    }
  }

  @Test func aFullDeviceIsReported() throws {
    let device = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let error = #expect(throws: CampaignError.self) {
      try AtomicFile.writeAll(
        [1, 2, 3], to: device.fileDescriptor, path: "results.csv")
    }
    #expect(error?.code == .inputOutput)
    #expect(error?.message == "cannot write: No space left on device")
    #expect(error?.remedy?.contains("resume") == true)
  }
}
