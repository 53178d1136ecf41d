import Foundation
import Glibc
import Testing

/// `redoubt campaign` as a process: exit codes, messages, signals and bytes.
@Suite struct CampaignCommandTests {
  /// 20 cells in several passes over two overlays.
  static let spec = """
    apiVersion: redoubt/v1
    name: small
    engine: sampling
    seed: 3
    overlay: {ids: {random: true}, nodes: [200, 300], digitBits: 4, leafSetSize: 8}
    routers: prefix
    attacks: [drop, misroute, corrupt]
    faultyFraction: [0, 0.1, 0.2, 0.3]
    precision: {routes: 960, routesPerBatch: 32}
    references:
      - {closedForm: forwarding, source: "[Castro02], message forwarding", tolerance: 0.2}
    """

  /// A directory that is removed when the test ends.
  final class Scratch {
    let folder: URL

    init() throws {
      folder = FileManager.default.temporaryDirectory.appending(
        path: "redoubt-campaign-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try write(CampaignCommandTests.spec, to: "small.yaml")
    }

    deinit {
      try? FileManager.default.removeItem(at: folder)
    }

    func write(_ text: String, to name: String) throws {
      try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }

    func read(_ name: String) throws -> String {
      try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    func exists(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: folder.appending(path: name).path)
    }

    func campaign(_ arguments: String..., environment: [String: String]? = nil) throws -> Program {
      try Program.run(
        Program.redoubt, ["campaign"] + arguments, environment: environment, in: folder)
    }

    /// Runs a shell line; `$R` is redoubt.
    func shell(_ line: String) throws -> Program {
      var environment = ProcessInfo.processInfo.environment
      environment["R"] = Program.redoubt.path
      return try Program.run(
        URL(filePath: "/bin/sh"), ["-c", line], environment: environment, in: folder)
    }
  }

  @Test func theWholeWayThroughARun() throws {
    let scratch = try Scratch()
    let valid = try scratch.campaign("validate", "small.yaml")
    #expect(valid.status == 0)
    #expect(valid.output.hasPrefix("small.yaml: valid, 24 cells"))
    let plan = try scratch.campaign("plan", "small.yaml", "--format", "json")
    #expect(plan.status == 0)
    let planned = try JSONSerialization.jsonObject(with: Data(plan.output.utf8))
    let record = try #require((planned as? [[String: Any]])?.first)
    #expect(record["cells"] as? Int == 24)
    #expect(record["passes"] as? Int == 6)
    #expect(record["overlays"] as? Int == 2)
    #expect(!scratch.exists("runs"))

    let run = try scratch.campaign("run", "small.yaml", "--threads", "2")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("computed"))
    #expect(run.output.contains("runs/small"))
    #expect(!run.errors.contains("\u{1B}"), "no escape codes away from a terminal")
    #expect(run.errors.contains("100%"))
    for file in ["manifest.json", "spec.yaml", "results.csv", "results.sqlite", "report.html"] {
      #expect(scratch.exists("runs/small/" + file), "\(file)")
    }

    let status = try scratch.campaign("status", "runs/small", "--format", "csv")
    #expect(status.status == 0)
    #expect(status.output.contains("small,24,24,"))
    let verified = try scratch.campaign("verify", "runs/small", "--recompute", "2")
    #expect(verified.status == 0, "\(verified.errors)")
    let again = try scratch.campaign("resume", "runs/small", "--format", "csv")
    #expect(again.output.contains("0,24,0,runs/small"))
    let report = try scratch.campaign("report", "runs/small")
    #expect(report.status == 0)
  }

  @Test func slicesMergeToTheSameBytes() throws {
    let scratch = try Scratch()
    #expect(try scratch.campaign("run", "small.yaml", "--output", "whole").status == 0)
    for slice in 1...3 {
      let part = try scratch.campaign(
        "run", "small.yaml", "--slice", "\(slice)/3", "--output", "part\(slice)", "--threads", "1")
      #expect(part.status == 0, "\(part.errors)")
      #expect(part.errors.contains("redoubt campaign merge"))
    }
    let incomplete = try scratch.campaign("merge", "part3", "--output", "some")
    #expect(incomplete.status == 2)
    #expect(try scratch.campaign("status", "part1").status == 2)
    let merged = try scratch.campaign("merge", "part3", "part1", "part2", "--output", "merged")
    #expect(merged.status == 0, "\(merged.errors)")
    #expect(try scratch.read("merged/results.csv") == scratch.read("whole/results.csv"))
  }

  /// Bad campaign files: what is said, and exit code 65.
  @Test(arguments: [
    ("seed: 3", "seed: [", "is not valid YAML"),
    ("seed: 3", "sede: 3", "small.yaml:4:1: error"),
    ("attacks: [drop,", "attacks: [dorp,", "unknown attack dorp"),
    ("[0, 0.1, 0.2, 0.3]", "[0, 1.1]", "faultyFraction[1] must be in 0.0...1.0, got 1.1"),
    ("{random: true}", "{ledger: nowhere}", "redoubt ca init"),
    ("{random: true}", "{file: nowhere}", "nowhere: cannot be read"),
    ("engine: sampling", "engine: proofs", "engine"),
  ])
  func aBadCampaignFileIsRefused(line: String, by: String, says: String) throws {
    let scratch = try Scratch()
    try scratch.write(
      Self.spec.replacing(line, with: by)
        .replacing("nodes: [200, 300], ", with: by.contains("random") ? "" : "nodes: 200, "),
      to: "small.yaml")
    for command in ["validate", "plan", "run"] {
      let program = try scratch.campaign(command, "small.yaml")
      #expect(program.status == 65, "\(command): \(program.errors)")
      #expect(program.output.isEmpty)
      let wanted = says.replacing(" error", with: " unknown key 'sede'")
      #expect(program.errors.contains(wanted), "\(program.errors)")
    }
    #expect(!scratch.exists("runs"))
  }

  @Test func usageMistakesAreExitCode64() throws {
    let scratch = try Scratch()
    for arguments in [
      ["run"], ["run", "small.yaml", "--threads", "0"], ["run", "small.yaml", "--slice", "3/2"],
      ["merge", "a"], ["verify", "a", "--recompute", "-1"], ["fly"],
    ] {
      let program = try Program.run(
        Program.redoubt, ["campaign"] + arguments, in: scratch.folder)
      #expect(program.status == 64, "\(arguments): \(program.errors)")
    }
  }

  @Test func theDirectoryOfAnotherCampaignIsRefused() throws {
    let scratch = try Scratch()
    #expect(try scratch.campaign("run", "small.yaml", "--output", "run").status == 0)
    try scratch.write(Self.spec.replacing("seed: 3", with: "seed: 4"), to: "other.yaml")
    let other = try scratch.campaign("run", "other.yaml", "--output", "run")
    #expect(other.status == 65)
    #expect(other.errors.contains("another specification"))
    let foreign = try scratch.campaign("run", "small.yaml", "--output", ".")
    #expect(foreign.status == 73)
    let none = try scratch.campaign("resume", "nowhere")
    #expect(none.status == 65)
    #expect(none.errors.contains("is not a run directory"))
  }

  @Test func damageIsFoundByVerify() throws {
    let scratch = try Scratch()
    #expect(try scratch.campaign("run", "small.yaml", "--output", "run").status == 0)
    #expect(
      try scratch.shell("head -c 3000 run/results.sqlite > x; mv x run/results.sqlite").status == 0)
    let truncated = try scratch.campaign("verify", "run")
    #expect(truncated.status == 1)
    #expect(truncated.errors.contains("results.sqlite: is not a readable result database"))
    #expect(try scratch.campaign("report", "run").status == 0)
    #expect(try scratch.campaign("verify", "run").status == 0)
    #expect(try scratch.shell("sed -i s/prefix/suffix/ run/results.csv").status == 0)
    #expect(try scratch.campaign("verify", "run").status == 1)
    #expect(
      try scratch.shell("rm run/shards/0*.json run/shards/a*.json; ls run/shards").status == 0)
    let damaged = try scratch.shell(
      "for f in run/shards/*.json; do : > $f; break; done; $R campaign resume run")
    #expect(damaged.status == 65)
    #expect(damaged.errors.contains("the shard is damaged"))
  }

  @Test func aFullDiskIsReportedAndTheRunGoesOnLater() throws {
    let scratch = try Scratch()
    // The file size limit stands for a full disk: no shard, or not every output, can be written.
    for blocks in [0, 1, 8] {
      let full = try scratch.shell(
        "ulimit -f \(blocks); exec $R campaign run small.yaml --output full\(blocks)")
      #expect(full.status == 74, "\(blocks): \(full.errors)")
      // With no block at all the message itself finds no room.
      guard blocks > 0 else { continue }
      #expect(full.errors.contains("File too large"), "\(full.errors)")
      #expect(full.errors.contains("redoubt campaign resume"))
    }
    let resumed = try scratch.campaign("run", "small.yaml", "--output", "full8")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try scratch.campaign("run", "small.yaml", "--output", "whole").status == 0)
    #expect(try scratch.read("full8/results.csv") == scratch.read("whole/results.csv"))
    let device = try scratch.shell("$R campaign plan small.yaml > /dev/full")
    #expect(device.status == 74)
    #expect(device.errors.contains("No space left on device"))
  }

  @Test func aReadOnlyDirectoryIsExitCode73() throws {
    let scratch = try Scratch()
    // Root may write anywhere but where the kernel itself refuses.
    let target: String
    if geteuid() == 0 {
      target = "/proc/redoubt/run"
    } else {
      let folder = scratch.folder.appending(path: "fixed")
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o555])
      target = "fixed/run"
    }
    let program = try scratch.campaign("run", "small.yaml", "--output", target)
    #expect(program.status == 73, "\(program.errors)")
    #expect(program.errors.contains("cannot create"))
    #expect(program.errors.contains("--output"))
  }

  @Test func withoutGnuplotTheRunIsComplete() throws {
    let scratch = try Scratch()
    let run = try scratch.campaign(
      "run", "small.yaml", "--output", "run", environment: ["PATH": "/nonexistent"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("gnuplot is not installed"))
    #expect(scratch.exists("run/report.html"))
    #expect(scratch.exists("run/figures/delivery.gp"))
    #expect(!scratch.exists("run/figures/delivery.svg"))
  }

  @Test func aMissedRequiredReferenceIsExitCode1() throws {
    let scratch = try Scratch()
    try scratch.write(
      Self.spec.replacing("tolerance: 0.2", with: "tolerance: 0.0001, require: true"),
      to: "strict.yaml")
    let run = try scratch.campaign("run", "strict.yaml", "--output", "run")
    #expect(run.status == 1)
    #expect(run.errors.contains("reference missed: prefix, drop, N = 200"))
    #expect(scratch.exists("run/results.csv"))
  }
}
