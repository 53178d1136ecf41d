import Foundation
import Glibc
import Testing

/// Runs that are killed, stopped and contended.
@Suite struct CampaignSignalTests {
  /// Many cells of some milliseconds each, so that a signal finds the run at work.
  static let spec = """
    apiVersion: redoubt/v1
    name: long
    engine: sampling
    seed: 3
    overlay: {ids: {random: true}, nodes: 400, digitBits: [1, 2, 4], leafSetSize: [8, 16]}
    routers: [{name: anycast, copies: 4}, {name: sec-route, copies: 4, samples: 32}]
    attacks: [drop, misroute, [impersonate-root, suppress-ids]]
    faultyFraction: [0.1, 0.2]
    precision: {routes: 960, routesPerBatch: 32}
    """

  private func start(
    _ arguments: [String], in scratch: CampaignCommandTests.Scratch
  ) throws -> Process {
    let process = Process()
    process.executableURL = Program.redoubt
    process.arguments = ["campaign"] + arguments
    process.currentDirectoryURL = scratch.folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private func shardCount(_ name: String, in scratch: CampaignCommandTests.Scratch) -> Int {
    let path = scratch.folder.appending(path: name + "/shards").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.count { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
  }

  /// Watches until the run has at least `count` shards or has ended.
  private func wait(
    for count: Int, of process: Process, name: String, in scratch: CampaignCommandTests.Scratch
  ) {
    while process.isRunning, shardCount(name, in: scratch) < count { sched_yield() }
  }

  @Test func killedAtSeveralMomentsItLosesAndRepeatsNothing() throws {
    let scratch = try CampaignCommandTests.Scratch()
    try scratch.write(Self.spec, to: "long.yaml")
    let whole = try scratch.campaign("run", "long.yaml", "--output", "whole", "--threads", "1")
    #expect(whole.status == 0, "\(whole.errors)")
    let total = shardCount("whole", in: scratch)
    #expect(total == 72)
    var kills = 0
    for goal in [1, 12, 30, 50] {
      let process = try start(
        ["run", "long.yaml", "--output", "killed", "--threads", "2"], in: scratch)
      wait(for: goal, of: process, name: "killed", in: scratch)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      if process.terminationReason == .uncaughtSignal { kills += 1 }
    }
    #expect(kills >= 2, "the run must have been at work when it was killed")
    let finished = shardCount("killed", in: scratch)
    let resumed = try scratch.campaign("resume", "killed", "--format", "csv")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(
      resumed.output.contains("\n\(total - finished),\(finished),0,killed,"), "\(resumed.output)")
    #expect(try scratch.read("killed/results.csv") == scratch.read("whole/results.csv"))
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalFlushesAndNamesTheWayOn(signal: Int32) throws {
    let scratch = try CampaignCommandTests.Scratch()
    try scratch.write(Self.spec.replacing("routes: 960", with: "routes: 9600"), to: "long.yaml")
    let process = try start(["run", "long.yaml", "--output", "run", "--threads", "1"], in: scratch)
    wait(for: 1, of: process, name: "run", in: scratch)
    // A run in use refuses another one.
    let second = try scratch.campaign("resume", "run")
    let atWork = process.isRunning
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(atWork)
    #expect(second.status == 75, "\(second.errors)")
    #expect(second.errors.contains("process \(process.processIdentifier)"))
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 128 + signal)
    let finished = shardCount("run", in: scratch)
    #expect(finished >= 1)
    let status = try scratch.campaign("status", "run", "--format", "csv")
    #expect(status.status == 2)
    #expect(status.output.contains("long,\(finished),72,"))
    let csv = try scratch.read("run/results.csv")
    #expect(csv.split(separator: "\n").count == finished + 1)
  }
}
