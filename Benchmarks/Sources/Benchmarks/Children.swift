import Foundation
import RouteSampling

/// One workload in a process of its own: `routes STORAGE NODES BATCHES`, 1,000 prefix routes each.
struct RouteWorkload {
  let storage: SampledOverlay.Storage
  let nodes: Int
  let batches: Int

  init(arguments: [String]) throws {
    guard arguments.count == 4, let storage = SampledOverlay.Storage(rawValue: arguments[1]),
      let nodes = Int(arguments[2]), let batches = Int(arguments[3])
    else {
      throw UsageError()
    }
    self.storage = storage
    self.nodes = nodes
    self.batches = batches
  }

  struct UsageError: Error, CustomStringConvertible {
    var description: String { "usage: Benchmarks [routes stored|computed NODES BATCHES]" }
  }

  func runAndPrint() throws {
    let overlay = try SampledOverlay(
      leadingBits: benchmarkIdentifiers(nodes),
      configuration: OverlayConfiguration(digitBits: 4, leafSetSize: 32), storage: storage)
    let cell = try benchmarkCell(overlay, .prefix, routes: 1_000)
    var delivered = 0.0
    for batch in 0..<batches { delivered += cell.sample(batch: batch).lanes[0].deliveredMean }
    print("delivered \(delivered / Double(max(1, batches)))")
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM") { print(line) }
  }
}

/// Runs this program, or another with it, and returns what it printed.
private func output(_ program: String, _ arguments: [String]) -> String? {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  guard (try? process.run()) != nil else { return nil }
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
}

private var ownPath: String { Bundle.main.executablePath ?? CommandLine.arguments[0] }

/// Instructions per lookup by callgrind: the difference of two run lengths, so set-up cancels.
enum InstructionCounts {
  static func rows() -> [Row] {
    [("stored", "300", "249"), ("computed", "550", "428")].flatMap { storage, good, limit in
      let counts = [100, 600].map { instructions(storage, batches: $0) }
      guard let few = counts[0], let many = counts[1] else {
        FileHandle.standardError.write(
          Data("no instruction counts: install valgrind to have them\n".utf8))
        return [Row]()
      }
      return [
        Row(
          name: "N=100000 \(storage): instructions per lookup (callgrind)",
          value: Double(many - few) / 500_000, unit: "1", good: good, limit: limit)
      ]
    }
  }

  private static func instructions(_ storage: String, batches: Int) -> Int? {
    let text = output(
      "valgrind",
      [
        "--tool=callgrind", "--callgrind-out-file=/dev/null", ownPath, "routes", storage, "100000",
        String(batches),
      ])
    return text?.split(separator: "\n").first { $0.contains("Collected :") }
      .flatMap { $0.split(separator: " ").last }.flatMap { Int($0) }
  }
}

/// Peak memory of a process that builds an overlay and routes over it.
enum PeakMemory {
  static func rows() -> [Row] {
    [("computed", 1_000_000), ("stored", 1_000_000)].compactMap { storage, nodes in
      output(ownPath, ["routes", storage, String(nodes), "10"])?
        .split(separator: "\n").first { $0.hasPrefix("VmHWM") }
        .flatMap { $0.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first }
        .flatMap { Double($0) }
        .map { Row(name: "N=\(nodes) \(storage): peak memory", value: $0 / 1_024, unit: "MiB") }
    }
  }
}
