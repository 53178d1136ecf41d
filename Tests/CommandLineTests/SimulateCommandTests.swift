import Foundation
import Glibc
import Testing

/// A folder of its own with the simulate command in it, removed at the end.
final class SimulateScratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "redoubt-simulate-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func simulate(_ arguments: String...) throws -> Program {
    try Program.run(Program.redoubt, ["simulate"] + arguments, in: folder)
  }

  /// `simulate run` of a small overlay with further options.
  func small(_ options: String) throws -> Program {
    try Program.run(
      Program.redoubt,
      ["simulate", "run", "--nodes", "40", "--lookups", "60"]
        + options.split(separator: " ").map(String.init), in: folder)
  }

  /// A `simulate` command that goes on, and what it prints.
  func started(
    _ command: String, environment: [String: String]? = nil
  ) throws -> (process: Process, output: Pipe) {
    let process = Process()
    if let environment { process.environment = environment }
    process.executableURL = Program.redoubt
    process.arguments = ["simulate"] + command.split(separator: " ").map(String.init)
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    return (process, pipe)
  }

  /// A `simulate` command where there is no other program, and so no gnuplot.
  func alone(_ command: String) throws -> Program {
    try Program.run(
      Program.redoubt, ["simulate"] + command.split(separator: " ").map(String.init),
      environment: ["PATH": folder.path], in: folder)
  }

  func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  func read(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
  }
}

@Suite struct SimulateCommandTests {
  @Test func helpTeachesTheDifferenceToCampaigns() throws {
    let scratch = try SimulateScratch()
    let program = try scratch.simulate("--help")
    #expect(program.status == 0 && program.errors.isEmpty)
    for word in ["campaign", "Examples:", "--trace", "replay", "docs/guides/simulation.md"] {
      #expect(program.output.contains(word), "--help must mention \(word)")
    }
  }

  @Test func theSameSeedGivesTheSameBytes() throws {
    let scratch = try SimulateScratch()
    let first = try scratch.small("--seed 7")
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.errors.contains("events/s") && !first.output.contains("events/s"))
    #expect(try scratch.small("--seed 7").output == first.output)
    #expect(try scratch.small("--seed 8").output != first.output)
    for row in [
      "lookups", "delivered at the root", "delivered elsewhere", "hops, mean", "delay stretch",
      "control messages /s/node", "failures found", "digest ",
    ] { #expect(first.output.contains(row), "\(row) is missing") }
  }

  @Test func resultsDoNotDependOnThreads() throws {
    let scratch = try SimulateScratch()
    let one = try scratch.small("--runs 3 --threads 1 --json one.json")
    let two = try scratch.small("--runs 3 --threads 2 --json two.json")
    #expect(one.status == 0 && two.status == 0, "\(one.errors) \(two.errors)")
    #expect(one.output == two.output)
    #expect(one.output.contains("+-") && one.output.contains("\nseed 3  events "))
    #expect(try scratch.read("one.json") == scratch.read("two.json"))
    // The first of several runs is the run of that seed.
    let alone = try scratch.small("")
    let digest = try #require(alone.output.split(separator: " ").last)
    #expect(one.output.contains(digest.trimmingCharacters(in: .newlines)))
  }

  @Test func jsonHoldsWhatTheTableSays() throws {
    let scratch = try SimulateScratch()
    let program = try scratch.small("--failures 0.1 --repair 2min --json out.json")
    #expect(program.status == 0, "\(program.errors)")
    let object = try JSONSerialization.jsonObject(
      with: Data(contentsOf: scratch.folder.appending(path: "out.json")))
    let record = try #require(object as? [String: Any])
    let phases = try #require(record["phases"] as? [[String: Any]])
    #expect(phases.map { $0["name"] as? String } == ["before", "right after", "after repair"])
    for phase in phases {
      #expect(try #require(phase["lookups"] as? Int) >= 60)
      #expect(program.output.contains("\(try #require(phase["delivered"] as? Int))"))
    }
    #expect(phases.map { $0["stopped"] as? Int } == [0, 4, 0])
  }

  @Test(arguments: [
    "--network constant:20ms", "--network plane:80ms", "--network transit-stub",
    "--build joined --settle 5s", "--loss 0.02 --jitter 5ms", "--digit-bits 2 --leaf-set 8",
    "--clock-skew 10s --clock-drift 100", "--in-flight 3", "--lookup-rate 5 --duration 5s",
    "--churn exponential:5min --duration 1min --settle 5s",
    "--churn weibull:0.5:5min:2min --duration 1min --settle 5s",
    "--churn pareto:2:5min --duration 1min --settle 5s", "--deadline 10s", "--deadline 30s",
  ])
  func everyOptionFamilyRuns(options: String) throws {
    let scratch = try SimulateScratch()
    let program = try scratch.small(options)
    #expect(program.status == 0, "\(program.errors)")
    #expect(program.output.contains("delivered at the root"))
    #expect(try scratch.small(options).output == program.output)
  }

  @Test func filesOfSessionsAndDelays() throws {
    let scratch = try SimulateScratch()
    try scratch.write("0 3 5\n3 0 4\n5 4 0\n", "delays")
    let sessions = (0..<12).map { "\($0) 1 \($0 < 6 ? 0 : $0) 100" }.joined(separator: "\n")
    try scratch.write(sessions, "sessions")
    let matrix = try scratch.small("--network planetlab:delays")
    #expect(matrix.status == 0, "\(matrix.errors)")
    let churn = try scratch.simulate(
      "run", "--churn", "gnutella:sessions", "--duration", "30s", "--settle", "5s",
      "--lookup-rate", "1")
    #expect(churn.status == 0, "\(churn.errors)")
    #expect(churn.output.hasPrefix("12 nodes,"))
  }

  @Test(arguments: [
    ("--nodes 1", "--nodes must be 2 to"), ("--loss 1.5", "--loss must be 0 to 1"),
    ("--leaf-set 7", "--leaf-set must be an even number"), ("--digit-bits 9", "--digit-bits"),
    ("--network moon", "'moon' is invalid"), ("--network planetlab", "'planetlab' is invalid"),
    ("--network constant:5", "'constant:5' is invalid"), ("--churn sometimes", "'sometimes'"),
    ("--churn pareto:1:5min", "'pareto:1:5min' is invalid"), ("--runs 0", "--runs must be"),
    ("--in-flight 2 --lookup-rate 1", "two workloads"), ("--jitter 5", "'5' is invalid"),
    ("--churn exponential:1h --build constructed", "use --build joined"),
    ("--failures 0.1 --duration 1min", "leave out"), ("--failures 1", "--failures must be"),
    ("--runs 2 --trace t", "leave out --runs"), ("--duration 101d", "--duration must be"),
  ])
  func wrongUseIsNamed(options: String, message: String) throws {
    let scratch = try SimulateScratch()
    let program = try scratch.small(options)
    #expect(program.status == 64)
    #expect(program.output.isEmpty)
    #expect(program.errors.contains(message), "\(program.errors)")
  }

  @Test func badFilesAreNamedWithLineAndRemedy() throws {
    let scratch = try SimulateScratch()
    try scratch.write("0 1 2\n1 0 x\n2 1 0\n", "bad")
    try Data([0x1F, 0x8B, 8, 0]).write(to: scratch.folder.appending(path: "packed.gz"))
    try scratch.write("a 2 0 5\n", "cut")
    let cases: [(String, Int32, String)] = [
      ("--network planetlab:bad", 65, "bad: line 2: 'x' is not a decimal number"),
      ("--network seattle:missing", 66, "missing: cannot be opened"),
      ("--network freepastry:packed.gz", 65, "gzip -dc 'packed.gz'"),
      ("--churn skype:packed.gz", 65, "gzip -dc 'packed.gz'"),
      ("--churn skype:cut", 65, "cut: line 1:"),
      ("--json no/such/folder", 74, "no/such/folder: cannot be written"),
      ("--trace no/such/folder", 74, "no/such/folder: cannot be written"),
    ]
    for (options, status, message) in cases {
      let program = try scratch.small(options)
      #expect(program.status == status, "\(options): \(program.errors)")
      #expect(program.errors.contains(message), "\(options): \(program.errors)")
      #expect(program.output.isEmpty)
    }
  }

  @Test func aRunThatFailsLeavesTheRecordOfTheLastOne() throws {
    let scratch = try SimulateScratch()
    try scratch.write("the last one", "out.json")
    let failed = try scratch.small("--json out.json --trace no/such/folder")
    #expect(failed.status == 74)
    func text() throws -> String {
      try String(contentsOf: scratch.folder.appending(path: "out.json"), encoding: .utf8)
    }
    #expect(try text() == "the last one")
    #expect(try scratch.small("--json out.json").status == 0)
    #expect(try text().hasPrefix("{"))
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path)
    #expect(names == ["out.json"])
    #expect(try scratch.small("--json /dev/null").status == 0)
  }

  @Test func aSignalEndsARunWithWhatWasMeasured() throws {
    let scratch = try SimulateScratch()
    let (process, pipe) = try scratch.started(
      "run --nodes 200 --lookups 100000000 --trace cut.jsonl")
    let trace = scratch.folder.appending(path: "cut.jsonl").path
    while process.isRunning {
      let size = try? FileManager.default.attributesOfItem(atPath: trace)[.size] as? Int
      if size ?? 0 > 500_000 { break }
      sched_yield()
    }
    kill(process.processIdentifier, SIGINT)
    let output = String(
      decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    #expect(output.contains("stopped before its end") && output.contains("hops, mean"))
    let replay = try scratch.simulate("replay", "cut.jsonl")
    #expect(replay.status == 0, "\(replay.errors)\(replay.output)")
  }
}
