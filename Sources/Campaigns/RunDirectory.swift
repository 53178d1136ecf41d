import Foundation
import Glibc

/// The directory that one campaign run writes.
///
/// ```
/// manifest.json   spec hash, seed, version, host, when it ran
/// spec.yaml       the campaign file as it was read
/// shards/         one immutable file per finished cell: the truth, all else is derived
/// results.csv  results.sqlite  thresholds.csv  figures/  report.html
/// ```
struct RunDirectory {
  let path: String

  var manifestPath: String { path + "/manifest.json" }
  var specPath: String { path + "/spec.yaml" }
  var shardsPath: String { path + "/shards" }
  var tablePath: String { path + "/results.csv" }
  var thresholdsPath: String { path + "/thresholds.csv" }
  var databasePath: String { path + "/results.sqlite" }
  var figuresPath: String { path + "/figures" }
  var reportPath: String { path + "/report.html" }
  var lockPath: String { path + "/.lock" }

  func shardPath(_ cell: Cell) -> String {
    shardsPath + "/" + cell.name + "." + Shard.fileExtension
  }

  /// Whether a run was started here.
  var holdsRun: Bool { FileManager.default.fileExists(atPath: manifestPath) }

  /// Refuses a directory that holds something else than a run.
  /// - Throws: `CampaignError.Code.cannotCreate`.
  func requireVacantOrRun() throws(CampaignError) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let own = ["spec.yaml", "shards", ".lock", "manifest.json"]
    guard
      holdsRun || names.allSatisfy({ own.contains($0) || $0.hasPrefix(AtomicFile.temporaryPrefix) })
    else {
      throw CampaignError(
        .cannotCreate, file: path, "is not empty and holds no campaign run",
        remedy: "Choose another --output.")
    }
  }

  /// Whether a process holds the lock.
  var isLocked: Bool {
    let descriptor = open(lockPath, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }

  /// Creates the directory for `plan`, or opens it when it belongs to the same specification.
  /// - Throws: `.specMismatch` when it belongs to another one, `.cannotCreate`, `.inputOutput`.
  /// - Parameter specPath: how the campaign file was named; nil leaves what is recorded.
  func prepare(for plan: CampaignPlan, specPath: String?) throws(CampaignError) -> Manifest {
    try AtomicFile.createDirectory(path)
    try AtomicFile.createDirectory(shardsPath)
    try removeLeftovers()
    var manifest = Manifest(plan: plan)
    manifest.specPath = specPath
    if holdsRun {
      let existing = try Manifest(readingFrom: manifestPath)
      guard existing.specHash == plan.specHash else {
        throw CampaignError(
          .specMismatch, file: path,
          "the directory holds a run of another specification"
            + (existing.campaign == plan.spec.name ? "" : " ('\(existing.campaign)')"),
          remedy: "Choose another --output, or remove the directory.")
      }
      manifest.runs = existing.runs
      manifest.specPath = specPath ?? existing.specPath
    }
    try AtomicFile.write(plan.spec.text, to: self.specPath)
    try AtomicFile.write(try manifest.text(), to: manifestPath)
    return manifest
  }

  /// Which cells have a shard, in plan order; nothing is read.
  func finished(_ plan: CampaignPlan) -> [Cell] {
    let names = Set((try? FileManager.default.contentsOfDirectory(atPath: shardsPath)) ?? [])
    return plan.cells.filter { names.contains($0.name + "." + Shard.fileExtension) }
  }

  /// Reads the shard of `cell`; nil when the cell is not finished.
  /// - Throws: `.badData` when it is damaged, `.specMismatch` when it is foreign.
  func shard(_ cell: Cell, of plan: CampaignPlan) throws(CampaignError) -> Shard? {
    let path = shardPath(cell)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try Shard(
      bytes: try AtomicFile.read(path), path: path, expected: cell, specHash: plan.specHash)
  }

  /// All finished cells with their shards, in plan order.
  func shards(_ plan: CampaignPlan) throws(CampaignError) -> [(cell: Cell, shard: Shard)] {
    var result: [(cell: Cell, shard: Shard)] = []
    for cell in plan.cells {
      if let shard = try shard(cell, of: plan) { result.append((cell, shard)) }
    }
    return result
  }

  /// The cells of a finished run with their shards, in plan order.
  /// - Throws: `CampaignError.Code.incomplete` when cells are missing.
  func allShards(_ plan: CampaignPlan) throws(CampaignError) -> [(cell: Cell, shard: Shard)] {
    let shards = try shards(plan)
    guard shards.count == plan.cells.count else {
      throw CampaignError(
        .incomplete, file: path, "\(plan.cells.count - shards.count) cells are missing",
        remedy: "redoubt campaign resume \(path)")
    }
    return shards
  }

  /// Removes the temporary files of a killed run; the lock is held.
  private func removeLeftovers() throws(CampaignError) {
    for directory in [path, shardsPath, figuresPath] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      for name in names where name.hasPrefix(AtomicFile.temporaryPrefix) {
        unlink(directory + "/" + name)
      }
    }
  }
}

/// An exclusive lock on a run directory, released when the process ends, however it ends.
final class DirectoryLock {
  private let descriptor: Int32

  /// Takes the lock or says who holds it.
  /// - Throws: `CampaignError.Code.locked`, `.cannotCreate`.
  init(_ directory: RunDirectory) throws(CampaignError) {
    try AtomicFile.createDirectory(directory.path)
    let descriptor = open(directory.lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw AtomicFile.failure("create", directory.lockPath, errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      var buffer = [UInt8](repeating: 0, count: 32)
      let count = max(0, read(descriptor, &buffer, buffer.count))
      let owner = String(decoding: buffer[..<count].prefix { $0 != 0x0A }, as: UTF8.self)
      close(descriptor)
      throw CampaignError(
        .locked, file: directory.path,
        "another run works in this directory" + (owner.isEmpty ? "" : " (process \(owner))"),
        remedy: "Wait for it, stop it, or choose another --output. The lock ends with the process.")
    }
    // The owner's number is a courtesy to the reader of the message above.
    _ = ftruncate(descriptor, 0)
    let owner = Array("\(getpid())\n".utf8)
    _ = write(descriptor, owner, owner.count)
    // Set last: an initialiser that throws after that is followed by `deinit`, which would close
    // again what another thread may have opened by then.
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }
}
