import Foundation
import RouteSampling

/// `make bench`: rates, times and memory of the engine beside what the machine's memory allows.
///
/// Without arguments the whole table is printed. With `routes` one workload runs and prints its
/// time and peak memory; the table starts such children for instruction counts and memory.
@main
struct Benchmarks {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == "routes" {
      try RouteWorkload(arguments: arguments).runAndPrint()
      return
    }
    print(
      "Redoubt benchmarks: process CPU time on one core, median of \(Measurement.repetitions) runs."
    )
    print("'good' and 'limit' are the aims of the project's study of this machine class.")
    print("")
    print(Row.header)
    let yardstick = PointerChase.measure()
    for row in yardstick.rows { print(row) }
    for row in try RouteBenchmarks.rows(yardstick) { print(row) }
    for row in IdentifierBenchmarks.rows() { print(row) }
    for row in InstructionCounts.rows() { print(row) }
    for row in PeakMemory.rows() { print(row) }
  }
}

/// One line of the table.
struct Row: CustomStringConvertible {
  let name: String
  let value: Double
  let unit: String
  var good = ""
  var limit = ""

  static var header: String { line("measure", "measured", "unit", "good", "limit") }

  private static func line(
    _ name: String, _ value: String, _ unit: String, _ good: String, _ limit: String
  ) -> String {
    func pad(_ text: String, _ width: Int) -> String {
      text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
    }
    let right = String(repeating: " ", count: max(0, 10 - value.count)) + value
    return pad(name, 58) + right + " " + pad(unit, 14) + pad(good, 9) + limit
  }

  var description: String {
    let digits = value >= 1_000 ? "%.0f" : value >= 10 ? "%.1f" : "%.3f"
    return Row.line(name, String(format: digits, value), unit, good, limit)
  }
}

/// Timing by the process's own CPU clock.
enum Measurement {
  static let repetitions = 5

  /// CPU seconds that `body` takes.
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let before = now()
    try body()
    return now() - before
  }

  /// Median CPU seconds over several runs, after one that is not counted.
  static func medianSeconds(_ body: () throws -> Void) rethrows -> Double {
    try body()
    var times: [Double] = []
    for _ in 0..<repetitions { times.append(try seconds(body)) }
    return times.sorted()[repetitions / 2]
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
