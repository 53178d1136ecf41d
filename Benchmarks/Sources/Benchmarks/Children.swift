import Foundation
import RouteSampling

/// One workload in a process of its own.
struct RouteWorkload {
  let storage: SampledOverlay.Storage
  let nodes: Int
  let batches: Int
  let router: Router
  let method: SamplingMethod

  /// Lookups of a batch.
  static let lookups = 1_000

  init(arguments: [String]) throws {
    let routers: [String: Router] = ["prefix": .prefix, "anycast": .anycast(copies: 32)]
    guard arguments.count == 6, let storage = SampledOverlay.Storage(rawValue: arguments[1]),
      let nodes = Int(arguments[2]), let batches = Int(arguments[3]),
      let router = routers[arguments[4]], let method = SamplingMethod(rawValue: arguments[5])
    else {
      throw UsageError()
    }
    self.storage = storage
    self.nodes = nodes
    self.batches = batches
    self.router = router
    self.method = method
  }

  struct UsageError: Error, CustomStringConvertible {
    var description: String {
      """
      usage: Benchmarks
             Benchmarks routes stored|computed NODES BATCHES prefix|anycast exact|masks
      """
    }
  }

  func runAndPrint() throws {
    let start = Measurement.now(CLOCK_PROCESS_CPUTIME_ID)
    let overlay = try benchmarkOverlay(nodes, storage)
    let built = Measurement.now(CLOCK_PROCESS_CPUTIME_ID)
    let cell = try benchmarkCell(overlay, router, routes: RouteWorkload.lookups, method: method)
    var hops = 0.0
    for batch in 0..<batches { hops += cell.sample(batch: batch).lanes[0].hopsMean }
    let end = Measurement.now(CLOCK_PROCESS_CPUTIME_ID)
    print("hops", hops / Double(max(1, batches)))
    print("built", built - start)
    print("routed", end - built)
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM") {
      print("peak", line.filter(\.isNumber))
    }
  }
}

/// What a child process printed: words and numbers.
struct ChildReport {
  private let text: String

  /// Runs this program, or `tool` with it, with `arguments`.
  init?(under tool: [String] = [], _ arguments: [String]) {
    let ownPath = Bundle.main.executablePath ?? CommandLine.arguments[0]
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = tool + [ownPath] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    guard (try? process.run()) != nil else { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    text = String(decoding: data, as: UTF8.self)
  }

  /// The number behind the last occurrence of a word at the start of a line; a process number in
  /// front, as valgrind prints it, is skipped.
  subscript(word: String) -> [Double]? {
    text.split(separator: "\n").reversed().lazy.compactMap { line -> [Double]? in
      var words = line.split(whereSeparator: { " :,()".contains($0) })
      if words.first?.hasPrefix("==") == true { words.removeFirst() }
      guard words.first.map(String.init) == word else { return nil }
      return words.dropFirst().compactMap { Double($0) }
    }.first
  }
}

/// Counts per lookup and hop by callgrind: the difference of two run lengths, so set-up cancels.
enum CallgrindCounts {
  static func rows() -> [Row] {
    [("stored", 300.0, "249", 1.1, "1.0"), ("computed", 550, "428", 0.1, "0.0")].flatMap {
      storage, good, limit, goodMisses, limitMisses in
      guard let simple = counts(storage, "prefix", few: 100, many: 400) else {
        FileHandle.standardError.write(
          Data("no instruction counts: install valgrind to have them\n".utf8))
        return [Row]()
      }
      var rows = [
        Row(
          name: "\(storage): instructions per lookup", value: simple.instructions, unit: "1",
          good: .atMost(good), limit: limit),
        Row(
          name: "\(storage): misses of a 2 MiB L2 per hop", value: simple.misses / simple.hops,
          unit: "1", good: .atMost(goodMisses), limit: limitMisses),
      ]
      if let tree = counts(storage, "anycast", few: 5, many: 20) {
        rows.append(
          Row(
            name: "\(storage): instructions per anycast 32, exact, 8 f", value: tree.instructions,
            unit: "1"))
      }
      return rows
    }
  }

  private struct Counts {
    var instructions: Double
    var misses: Double
    var hops: Double
  }

  private static func counts(
    _ storage: String, _ router: String, few: Int, many: Int
  ) -> Counts? {
    let runs = [few, many].map { batches -> Counts? in
      let report = ChildReport(
        under: [
          "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--cache-sim=yes",
          "--D1=49152,12,64", "--LL=2097152,16,64",
        ], ["routes", storage, "100000", String(batches), router, "exact"])
      // Collected: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw
      guard let report, let events = report["Collected"], events.count == 9,
        let hops = report["hops"]?.first
      else { return nil }
      return Counts(instructions: events[0], misses: events[7] + events[8], hops: hops)
    }
    guard let first = runs[0], let second = runs[1] else { return nil }
    let lookups = Double((many - few) * RouteWorkload.lookups)
    return Counts(
      instructions: (second.instructions - first.instructions) / lookups,
      misses: (second.misses - first.misses) / lookups, hops: second.hops)
  }
}

/// Time and peak memory of processes that build a large overlay and route over it.
enum LargeOverlay {
  static func rows() -> [Row] {
    var rows: [Row] = []
    for (nodes, storage) in [(1_000_000, "computed"), (1_000_000, "stored")] {
      if let report = ChildReport(["routes", storage, String(nodes), "10", "prefix", "exact"]),
        let peak = report["peak"]?.first
      {
        rows.append(
          Row(name: "N=\(nodes) \(storage): peak memory", value: peak / 1_024, unit: "MiB"))
      }
    }
    for (storage, router, batches, name) in [
      ("computed", "prefix", "10000", "1e7 lookups, 8 f exact"),
      ("stored", "prefix", "10000", "1e7 lookups, 8 f exact"),
      ("computed", "anycast", "100", "1e5 anycasts 32, 8 f exact"),
    ] {
      guard
        let report = ChildReport(["routes", storage, "10000000", batches, router, "exact"]),
        let built = report["built"]?.first, let routed = report["routed"]?.first,
        let peak = report["peak"]?.first
      else { continue }
      let label = "N=1e7 \(storage)"
      let isMain = storage == "computed" && router == "prefix"
      if router == "prefix" {
        rows.append(
          Row(name: "\(label): ids, ring and tables", value: built, unit: "s"))
      }
      rows.append(Row(name: "\(label): \(name)", value: routed, unit: "s"))
      if isMain {
        rows.append(
          Row(
            name: "\(label): built and 1e7 lookups", value: built + routed, unit: "s",
            good: .atMost(10)))
      }
      if router == "prefix" {
        rows.append(
          Row(
            name: "\(label): peak memory", value: peak / 1_048_576, unit: "GiB",
            good: .atMost(24)))
      }
    }
    return rows
  }
}
