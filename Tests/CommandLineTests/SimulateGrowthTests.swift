import Foundation
import Glibc
import Testing

@Suite struct SimulateGrowthTests {
  /// A small study in a folder of its own.
  static func growth(_ scratch: SimulateScratch, _ options: String) throws -> Program {
    try Program.run(
      Program.redoubt,
      ["simulate", "growth", "--lookups", "60", "--settle", "5s"]
        + options.split(separator: " ").map(String.init), in: scratch.folder)
  }

  static func object(_ scratch: SimulateScratch, _ name: String) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(try scratch.read(name).utf8))
    return try #require(value as? [String: Any])
  }

  /// The rows of sizes, as words.
  static func rows(_ program: Program) -> [[String]] {
    program.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      .filter { Int($0[0]) != nil }
  }

  @Test func helpTeachesHowToGoOn() throws {
    let scratch = try SimulateScratch()
    let program = try scratch.simulate("growth", "--help")
    #expect(program.status == 0 && program.errors.isEmpty)
    // Lines are broken where the terminal ends.
    let text = program.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for word in ["--nodes", "--build", "--figure", "Examples:", "goes on", "memory", "machine"] {
      #expect(text.contains(word), "--help must mention \(word)")
    }
    #expect(!(try scratch.simulate("--help").output.contains("growth-size")))
  }

  @Test(arguments: ["joined", "constructed"])
  func aSizeIsTheRunWithTheSameOptions(build: String) throws {
    let scratch = try SimulateScratch()
    let options = "--build \(build) --seed 3 --network plane:90ms --leaf-set 16 --in-flight 7"
    let growth = try Self.growth(scratch, "--nodes 50,20 --json out.json " + options)
    #expect(growth.status == 0, "\(growth.errors)")
    let rows = Self.rows(growth)
    #expect(rows.map(\.first) == ["20", "50"])
    for row in rows {
      let run = try scratch.small("--nodes \(row[0]) --settle 5s \(options)")
      #expect(run.output.contains("digest \(try #require(row.last))\n"), "\(run.errors)")
    }
    // What depends on the machine is not on standard output.
    #expect(!growth.output.contains("events/s") && growth.errors.contains("events/s"))
    #expect(growth.errors.contains("bytes a node") && growth.errors.contains("s of CPU"))
    #expect(growth.output.contains("messages/join = ") == (build == "joined"))
  }

  @Test func measuresFollowFromTheCounts() throws {
    let scratch = try SimulateScratch()
    let program = try Self.growth(scratch, "--nodes 20,80 --json out.json")
    #expect(program.status == 0, "\(program.errors)")
    let record = try Self.object(scratch, "out.json")
    let sizes = try #require(record["sizes"] as? [[String: Any]])
    let derived = try #require(record["derived"] as? [[String: Any]])
    var perJoin: [Double] = []
    for (size, derived) in zip(sizes, derived) {
      let nodes = try #require(size["nodes"] as? Int)
      let hops = try #require(size["hops"] as? [Int])
      let all = hops.enumerated().flatMap {
        Array(repeating: Double($0.offset), count: $0.element)
      }
      let mean = all.reduce(0, +) / Double(all.count)
      let variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count - 1)
      let share = try #require(derived["meanHops"] as? [String: Double])
      #expect(abs(try #require(share["value"]) - mean) < 1e-12)
      // Student's factor for 60 and more values is between that of 59 and the normal one.
      let half = (try #require(share["high"]) - mean) / (variance / Double(all.count)).squareRoot()
      #expect(half > 1.95 && half < 2.002)
      let machine = try #require(size["machine"] as? [String: Any])
      let peak = try #require(machine["peakBytes"] as? Int)
      let before = try #require(machine["bytesBefore"] as? Int)
      let each = try #require(derived["bytesPerNode"] as? Double)
      #expect(abs(each * Double(nodes) - Double(peak - before)) < 1)
      #expect(try #require(machine["processorSeconds"] as? Double) > 0)
      #expect(size["nodesAtEnd"] as? Int == nodes)
      #expect(try #require(size["lookups"] as? Int) >= 60)
      #expect(size["delivered"] as? Int == size["lookups"] as? Int)
      perJoin.append(try #require(size["messagesPerJoin"] as? Double))
    }
    // A line through two points meets both.
    let fit = try #require(record["messagesPerJoinFit"] as? [String: Double])
    for (nodes, value) in zip([20.0, 80.0], perJoin) {
      let line =
        try #require(fit["constant"]) + (try #require(fit["slope"])) * log2(nodes) / 4
      #expect(abs(line - value) < 1e-9)
    }
  }

  @Test func finishedSizesAreKept() throws {
    let scratch = try SimulateScratch()
    let first = try Self.growth(scratch, "--nodes 20,30 --output kept")
    #expect(first.status == 0, "\(first.errors)")
    let kept = try scratch.read("kept/20.json")
    try FileManager.default.removeItem(at: scratch.folder.appending(path: "kept/30.json"))
    let second = try Self.growth(scratch, "--nodes 20,30,40 --output kept")
    #expect(second.status == 0, "\(second.errors)")
    // Processor time of a second run would be another one.
    #expect(try scratch.read("kept/20.json") == kept)
    #expect(Self.rows(second).map(\.first) == ["20", "30", "40"])
    #expect(Array(Self.rows(second).prefix(2)) == Self.rows(first))
  }

  @Test func otherSettingsNeedAnotherFolder() throws {
    let scratch = try SimulateScratch()
    try scratch.write("0 3 5\n3 0 4\n5 4 0\n", "delays")
    let network = "--nodes 20 --output kept --network planetlab:delays"
    #expect(try Self.growth(scratch, network).status == 0)
    let kept = try scratch.read("kept/20.json")
    for (change, word) in [("--seed 2", "seed: 1 there, 2 now"), ("--in-flight 9", "in-flight")] {
      let refused = try Self.growth(scratch, network + " " + change)
      #expect(refused.status == 64 && refused.output.isEmpty, "\(change)")
      #expect(refused.errors.contains("other settings"), "\(refused.errors)")
      #expect(refused.errors.contains(word), "\(refused.errors)")
      #expect(refused.errors.contains("--output"), "\(refused.errors)")
    }
    // The same name, another file.
    try scratch.write("0 3 5\n3 0 4\n5 4 9\n", "delays")
    let refused = try Self.growth(scratch, network)
    #expect(refused.status == 64 && refused.errors.contains("network-sha256"))
    #expect(try scratch.read("kept/20.json") == kept)
  }

  @Test func damagedResultsAreNamed() throws {
    let scratch = try SimulateScratch()
    #expect(try Self.growth(scratch, "--nodes 20,30 --output kept").status == 0)
    let other = try scratch.read("kept/20.json")
    for text in ["", "{}", String(other.dropLast(20)), other] {
      try scratch.write(text, "kept/30.json")
      let program = try Self.growth(scratch, "--nodes 30 --output kept")
      #expect(program.status == 65, "\(text.prefix(9))")
      #expect(program.errors.contains("kept/30.json: is"), "\(program.errors)")
      #expect(program.errors.contains("delete it"), "\(program.errors)")
    }
    try scratch.write("{}", "kept/settings.json")
    #expect(try Self.growth(scratch, "--nodes 20 --output kept").status == 65)
  }

  @Test(arguments: [
    ("--nodes 20,20", "'20,20' is invalid"), ("--nodes 1", "'1' is invalid"),
    ("--nodes 20,,30", "'20,,30' is invalid"), ("--nodes 20,x", "'20,x' is invalid"),
    ("--nodes 20 --leaf-set 7", "--leaf-set must be an even number"),
    ("--nodes 20 --lookups 0", "--lookups must be"), ("--nodes 20 --build grown", "'grown'"),
    ("--nodes 20 --figure growth.png", "--figure must end in .svg or .pdf"), ("", "--nodes"),
    ("--nodes 20 --churn none", "--churn"),
  ])
  func wrongUseIsNamed(options: String, message: String) throws {
    let scratch = try SimulateScratch()
    let program = try Self.growth(scratch, options)
    #expect(program.status == 64 && program.output.isEmpty)
    #expect(program.errors.contains(message), "\(program.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).isEmpty)
  }

  @Test func theFigureHasItsDataAndItsScript() throws {
    let scratch = try SimulateScratch()
    // Without gnuplot the figure is an error, and what it is drawn from is there all the same.
    let bare = try scratch.alone("growth --nodes 20,60 --lookups 60 --figure growth.svg")
    #expect(bare.status == 74 && bare.errors.contains("gnuplot is not installed"))
    #expect(Self.rows(bare).count == 2)
    let script = try scratch.read("growth.gp")
    for word in ["log_{16} N", "least squares", "Peak memory per node", "Events per second"] {
      #expect(script.contains(word), "\(word) is missing")
    }
    let lines = try scratch.read("growth.dat").split(separator: "\n")
    #expect(lines.count == 3 && lines.allSatisfy { !$0.contains("NaN") })
    #expect(lines[1].hasPrefix("20.0 ") && lines[2].hasPrefix("60.0 "))
  }

  @Test func aSignalKeepsWhatIsFinished() throws {
    let scratch = try SimulateScratch()
    let (process, pipe) = try scratch.started(
      "growth --nodes 20,200000 --lookups 60 --output kept")
    // The row of the first size is printed before the second one begins.
    var output = ""
    while !output.contains("\n       20 ") {
      let piece = pipe.fileHandleForReading.availableData
      if piece.isEmpty { break }
      output += String(decoding: piece, as: UTF8.self)
    }
    kill(process.processIdentifier, SIGTERM)
    _ = try pipe.fileHandleForReading.readToEnd()
    process.waitUntilExit()
    #expect(process.terminationStatus == 143)
    let names = try FileManager.default.contentsOfDirectory(
      atPath: scratch.folder.appending(path: "kept").path)
    #expect(names.sorted() == ["20.json", "settings.json"])
  }

  /// A signal that is ignored while a handler is on its way would be lost, and a child that its
  /// parent ends at once would run to the end of its size. That takes less than a
  /// millisecond: three to five of eight starts showed it.
  @Test(arguments: 1...8) func aSignalIsNeverIgnored(start: Int) throws {
    let scratch = try SimulateScratch()
    let (process, pipe) = try scratch.started("run --nodes 20000 --build joined --seed \(start)")
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    let file = open("/proc/\(process.processIdentifier)/status", O_RDONLY)
    defer { close(file) }
    var text = [CChar](repeating: 0, count: 4_096)
    func holds(_ mask: String) throws -> Bool {
      let line = try #require(strstr(text, mask))
      return strtoull(line + mask.utf8.count, nil, 16) & 1 << UInt64(SIGTERM - 1) != 0
    }
    repeat {
      try #require(pread(file, &text, text.count - 1, 0) > 0)
      try #require(try !holds("SigIgn:"))
    } while try !holds("SigCgt:")
    kill(process.processIdentifier, SIGTERM)
    _ = try pipe.fileHandleForReading.readToEnd()
    process.waitUntilExit()
    #expect(process.terminationStatus == 143 && process.terminationReason == .exit)
  }
}
