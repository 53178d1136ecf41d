import Foundation
import Testing

@testable import Campaigns

@Suite struct CampaignRunTests {
  private func campaign(_ text: String = smallSpec) async throws -> Campaign {
    try await Campaign(spec: try CampaignSpec(parsing: text, file: "small.yaml"))
  }

  private func run(
    _ text: String = smallSpec, in path: String, threads: Int = 1, slice: String? = nil,
    engine: CheapSampling = CheapSampling()
  ) async throws -> CampaignOutcome {
    let options = CampaignOptions(threads: threads, slice: slice.flatMap { CampaignSlice($0) })
    return try await campaign(text).run(in: path, options: options, engine: engine)
  }

  @Test func aRunWritesEveryFile() async throws {
    let scratch = try ScratchDirectory()
    let path = scratch.file("run")
    let outcome = try await run(in: path)
    #expect(outcome.computed == 24)
    #expect(outcome.reused == 0)
    #expect(outcome.missing == 0)
    for file in ["manifest.json", "spec.yaml", "results.csv", "results.sqlite", "report.html"] {
      #expect(FileManager.default.fileExists(atPath: path + "/" + file), "\(file)")
    }
    let shards = try FileManager.default.contentsOfDirectory(atPath: path + "/shards")
    #expect(shards.count == 24)
    #expect(try contents(path + "/spec.yaml") == smallSpec)
    let manifest = try Manifest(readingFrom: path + "/manifest.json")
    #expect(manifest.runs.map(\.computed) == [24])
    #expect(manifest.runs.allSatisfy { $0.finished != nil })
    let csv = try contents(path + "/results.csv")
    #expect(!csv.contains(manifest.runs[0].host.name + ","), "the host must not enter results")
  }

  @Test func threadsDoNotChangeAByte() async throws {
    let scratch = try ScratchDirectory()
    var tables: [String] = []
    for threads in [1, 2, 7] {
      _ = try await run(in: scratch.file("\(threads)"), threads: threads)
      tables.append(try contents(scratch.file("\(threads)/results.csv")))
    }
    #expect(tables[0].split(separator: "\n").count == 25)
    #expect(tables[1] == tables[0])
    #expect(tables[2] == tables[0])
  }

  @Test func slicesMergedInAnyOrderGiveTheSameBytes() async throws {
    let scratch = try ScratchDirectory()
    _ = try await run(in: scratch.file("whole"))
    let whole = try contents(scratch.file("whole/results.csv"))
    var measured = 0
    for slice in ["1/3", "2/3", "3/3"] {
      let path = scratch.file("part-" + slice.prefix(1))
      measured += try await run(in: path, slice: slice).computed
    }
    #expect(measured == 24)
    for (number, order) in [[1, 2, 3], [3, 1, 2], [2, 2, 3, 1]].enumerated() {
      let target = scratch.file("merged-\(number)")
      let outcome = try await campaign().merge(
        order.map { scratch.file("part-\($0)") }, into: target)
      #expect(outcome.missing == 0)
      #expect(try contents(target + "/results.csv") == whole)
    }
    let some = try await campaign().merge([scratch.file("part-2")], into: scratch.file("some"))
    #expect(some.missing > 0)
    #expect(!FileManager.default.fileExists(atPath: scratch.file("some/report.html")))
  }

  @Test func aStoppedMachineLosesAndRepeatsNothing() async throws {
    let scratch = try ScratchDirectory()
    _ = try await run(in: scratch.file("whole"))
    let whole = try contents(scratch.file("whole/results.csv"))
    let path = scratch.file("broken")
    // The engine fails after each further pass, as if the machine stopped there.
    var measured = 0
    for passLimit in [0, 1, 1, 1] {
      let engine = CheapSampling(passLimit: passLimit)
      await #expect(throws: CampaignError.self) { try await run(in: path, engine: engine) }
      measured += 6 * passLimit
      let shards = try FileManager.default.contentsOfDirectory(atPath: path + "/shards")
      #expect(shards.count == measured)
    }
    // A killed process may leave a temporary file behind.
    let leftover = path + "/shards/" + AtomicFile.temporaryPrefix + "9-x.json"
    try "half".write(toFile: leftover, atomically: false, encoding: .utf8)
    let engine = CheapSampling()
    let outcome = try await run(in: path, engine: engine)
    #expect(outcome.computed == 6)
    #expect(outcome.reused == 18)
    #expect(engine.passes == 1)
    #expect(!FileManager.default.fileExists(atPath: leftover))
    #expect(try contents(path + "/results.csv") == whole)
    let again = try await run(in: path)
    #expect(again.computed == 0)
    #expect(again.reused == 24)
  }

  @Test func aStopRequestKeepsFinishedCells() async throws {
    let scratch = try ScratchDirectory()
    let path = scratch.file("run")
    let engine = CheapSampling()
    let options = CampaignOptions(isStopRequested: { engine.passes >= 2 })
    let outcome = try await campaign().run(in: path, options: options, engine: engine)
    #expect(outcome.wasInterrupted)
    #expect(outcome.computed == 6)
    #expect(outcome.missing == 18)
    #expect(try await campaign().status(in: path).finished == 6)
    #expect(try await run(in: path).computed == 18)
  }

  /// Missing cells regroup into other lanes after a resume; no byte may depend on that.
  @Test func groupingIntoLanesChangesNoByte() async throws {
    let engine = CheapSampling()
    let text = smallSpec.replacing(
      "{routes: 4000, routesPerBatch: 100}",
      with: "{halfWidth: 0.04, routesPerBatch: 50, minBatches: 10, maxRoutes: 12000}")
    let plan = try CampaignPlan(parsing: text)
    var mixedPasses = 0
    for pass in plan.passes(of: plan.cells) {
      var together = PassRun(pass: pass, sampler: try engine.sampler(for: pass), threads: 2)
      while !together.isDone { _ = try await together.advance() }
      if Set(together.results.map(\.batchMeans.count)).count > 1 { mixedPasses += 1 }
      for (cell, result) in zip(pass, together.results) {
        let alone = try await CampaignRunner.measure(cell, engine: engine, threads: 1)
        #expect(alone == result, "\(cell.title)")
      }
    }
    // Some cells of one pass stop at different counts, else the test shows nothing.
    #expect(mixedPasses > 0)
  }

  @Test func theDirectoryOfAnotherCampaignIsRefused() async throws {
    let scratch = try ScratchDirectory()
    let path = scratch.file("run")
    _ = try await run(in: path)
    let before = try contents(path + "/results.csv")
    let other = smallSpec.replacing("seed: 7", with: "seed: 8")
    let error = await #expect(throws: CampaignError.self) { try await run(other, in: path) }
    #expect(error?.code == .specMismatch)
    #expect(error?.remedy?.contains("--output") == true)
    #expect(try contents(path + "/results.csv") == before)
    let refused = try await campaign(other)
    #expect(throws: CampaignError.self) { try refused.merge([path], into: scratch.file("m")) }
    // Comments, titles and the description may change: nothing is measured again.
    let cosmetic = try await run(
      "# later\n" + smallSpec.replacing("Delivery against", with: "Success against"), in: path)
    #expect(cosmetic.computed == 0)
    #expect(try contents(path + "/report.html").contains("Success against"))
  }

  @Test func aForeignDirectoryIsNotTouched() async throws {
    let scratch = try ScratchDirectory()
    try "precious".write(toFile: scratch.file("notes.txt"), atomically: true, encoding: .utf8)
    let error = await #expect(throws: CampaignError.self) { try await run(in: scratch.path) }
    #expect(error?.code == .cannotCreate)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["notes.txt"])
    let blocked = await #expect(throws: CampaignError.self) {
      try await run(in: scratch.file("notes.txt/run"))
    }
    #expect(blocked?.code == .cannotCreate)
  }

  @Test func aDirectoryInUseIsRefused() async throws {
    let scratch = try ScratchDirectory()
    let path = scratch.file("run")
    let lock = try DirectoryLock(RunDirectory(path: path))
    let error = await #expect(throws: CampaignError.self) { try await run(in: path) }
    #expect(error?.code == .locked)
    withExtendedLifetime(lock) {}
  }

  @Test func shardsOfAnotherVersionNeedAWord() async throws {
    let scratch = try ScratchDirectory()
    let path = scratch.file("run")
    _ = try await run(in: path)
    let plan = try await campaign().plan
    let file = RunDirectory(path: path).shardPath(plan.cells[3])
    let old = try contents(file).replacing(
      "\"version\":\"\(CampaignVersion.current)\"", with: "\"version\":\"0.0.1\"")
    try old.write(toFile: file, atomically: true, encoding: .utf8)
    let error = await #expect(throws: CampaignError.self) { try await run(in: path) }
    #expect(error?.code == .specMismatch)
    #expect(error?.message.contains("0.0.1") == true)
    let mixed = try await campaign().run(
      in: path, options: CampaignOptions(allowsMixedVersions: true), engine: CheapSampling())
    #expect(mixed.reused == 24)
  }

  @Test func aMissedReferenceFailsOnlyWhenRequired() async throws {
    let scratch = try ScratchDirectory()
    let free = try await run(in: scratch.file("free"))
    #expect(free.failures.isEmpty)
    let strict = smallSpec.replacing(
      "tolerance: 0.05",
      with: "tolerance: 0.000001\n    require: true")
    let outcome = try await run(strict, in: scratch.file("strict"))
    #expect(outcome.failures.count >= 8)
    #expect(outcome.failures[0].contains("reference"))
    #expect(outcome.missing == 0)
  }

  @Test(arguments: ["0/3", "4/3", "1", "1/", "/2", "a/b", "1/2/3", "1/100001"])
  func aSliceIsOneOfN(text: String) {
    #expect(CampaignSlice(text) == nil)
  }

  @Test func everyPassIsInExactlyOneSlice() throws {
    let plan = try CampaignPlan(parsing: smallSpec.replacing("step: 0.1", with: "step: 0.01"))
    var seen: [String] = []
    for number in 1...5 {
      let runner = CampaignRunner(
        plan: plan, directory: RunDirectory(path: "unused"), engine: CheapSampling(), threads: 1,
        slice: CampaignSlice(number: number, of: 5), isStopRequested: { false }, report: { _ in })
      seen += runner.ownCells.map(\.identity)
    }
    #expect(seen.sorted() == plan.cells.map(\.identity).sorted())
  }
}
