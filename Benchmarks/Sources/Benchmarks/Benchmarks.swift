import Foundation
import RouteSampling

/// `make bench`: what the engine takes beside what the machine's memory allows.
///
/// Without arguments the whole table is printed; with `events`, `bounds` or `wire` that section.
/// With `routes` one workload runs and prints its peak memory; the table starts such children for
/// instruction counts and memory.
@main
struct Benchmarks {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == "routes" {
      try RouteWorkload(arguments: arguments).runAndPrint()
      return
    }
    if arguments.first == "events" {
      for row in EventBenchmarks.rows() { say(row.description) }
      return
    }
    if arguments.first == "bounds" {
      for row in try BoundBenchmarks.rows() { say(row.description) }
      return
    }
    if arguments.first == "wire" {
      for row in try WireBenchmarks.rows() { say(row.description) }
      return
    }
    say("Redoubt benchmarks: process CPU time on one core, median of several runs, unless said.")
    say("'good' and 'limit' are the aims of the project's study of this machine class.")
    say(loadLine)
    let sections: [(String, () throws -> [Row])] = [
      ("Memory, the yardstick", { PointerChase.shared.rows }),
      ("Lookups", { try LookupBenchmarks.rows() }),
      ("Faults", { try FaultBenchmarks.rows() }),
      ("Building", { try BuildBenchmarks.rows() }),
      ("Both cores", { try CoreBenchmarks.rows() }),
      ("Ten million nodes", { LargeOverlay.rows() }),
      ("Counts by callgrind, N=100000", { CallgrindCounts.rows() }),
      ("Identifiers", { IdentifierBenchmarks.rows() }),
      ("Events", { EventBenchmarks.rows() }),
      ("Octets of messages", { try WireBenchmarks.rows() }),
      ("Exact arithmetic", { try BoundBenchmarks.rows() }),
    ]
    var all: [Row] = []
    for (title, measure) in sections {
      say()
      say(Row.line(title, "measured", "unit", "good", "limit", ""))
      for row in try measure() {
        say(row.description)
        all.append(row)
      }
    }
    say()
    let judged = all.compactMap(\.isMet)
    say("\(judged.filter { $0 }.count) of \(judged.count) aims met at 'good'.")
    say("Not measured here: certificates (guides/certificates.md: 100,000 in bulk).")
    say(loadLine)
  }

  /// Prints a line at once, in a pipe too.
  private static func say(_ line: String = "") {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }

  /// How busy other programs keep the machine: times rise with it.
  private static var loadLine: String {
    var loads = [0.0, 0, 0]
    getloadavg(&loads, 3)
    return "Load average of the machine: " + String(format: "%.1f", loads[0]) + " on "
      + "\(ProcessInfo.processInfo.activeProcessorCount) cores."
  }
}

/// What a measurement should be at least or at most.
enum Aim {
  case atMost(Double)
  case atLeast(Double)

  func isMet(by value: Double) -> Bool {
    switch self {
    case .atMost(let bound): value <= bound
    case .atLeast(let bound): value >= bound
    }
  }

  var text: String {
    switch self {
    case .atMost(let bound): "<= " + Row.text(bound)
    case .atLeast(let bound): ">= " + Row.text(bound)
    }
  }
}

/// One line of the table.
struct Row: CustomStringConvertible {
  let name: String
  let value: Double
  let unit: String
  var good: Aim?
  var limit = ""

  /// Whether the aim is met; nil without one.
  var isMet: Bool? { good?.isMet(by: value) }

  static func line(
    _ name: String, _ value: String, _ unit: String, _ good: String, _ limit: String,
    _ verdict: String
  ) -> String {
    func pad(_ text: String, _ width: Int) -> String {
      text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
    }
    let right = String(repeating: " ", count: max(0, 10 - value.count)) + value
    let text =
      pad(name, 58) + right + " " + pad(unit, 12) + pad(good, 10) + pad(limit, 12) + verdict
    return String(text.reversed().drop { $0 == " " }.reversed())
  }

  static func text(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e6 { return String(Int(value)) }
    return String(format: value >= 1_000 ? "%.0f" : value >= 10 ? "%.1f" : "%.3g", value)
  }

  var description: String {
    Row.line(
      name, Row.text(value), unit, good?.text ?? "", limit,
      isMet.map { $0 ? "met" : "NOT MET" } ?? "")
  }
}

/// Timing by the process's own CPU clock.
enum Measurement {
  static let repetitions = 5

  /// CPU seconds that `body` takes.
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let before = now(CLOCK_PROCESS_CPUTIME_ID)
    try body()
    return now(CLOCK_PROCESS_CPUTIME_ID) - before
  }

  /// Median CPU seconds over several runs, after one that is not counted.
  static func medianSeconds(_ body: () throws -> Void) rethrows -> Double {
    try body()
    return median(try (0..<repetitions).map { _ in try seconds(body) })
  }

  /// Median of the ratios of one body's time to another's, measured in turns so that the load of
  /// the machine cancels.
  static func medianRatio(
    _ body: () throws -> Void, to other: () throws -> Void
  ) rethrows -> Double {
    try body()
    try other()
    return median(
      try (0..<repetitions).map { _ in
        let time = try seconds(body)
        return time / (try seconds(other))
      })
  }

  static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  static func now(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
