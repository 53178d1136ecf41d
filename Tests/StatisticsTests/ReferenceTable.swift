import Foundation
import Testing

/// One row of a reference table: distribution parameters, a point, and its true probabilities.
struct ReferenceRow: Sendable {
  let parameters: [Double]
  let x: Double
  let cdf: Double
  let survival: Double
  let density: Double
  let scipyCdf: Double
  let scipySurvival: Double
}

/// A table of `Reference/`, written by `make_reference.py`.
struct ReferenceTable {
  let rows: [ReferenceRow]

  init(_ name: String, parameterCount: Int) throws {
    let url = try #require(
      Bundle.module.url(forResource: "Reference/\(name)", withExtension: "csv"))
    let text = try String(contentsOf: url, encoding: .utf8)
    rows = try text.split(separator: "\n").dropFirst().map { line in
      let fields = try line.split(separator: ",").map { try #require(Double($0), "\(line)") }
      try #require(fields.count == parameterCount + 6)
      let values = Array(fields[parameterCount...])
      return ReferenceRow(
        parameters: Array(fields[..<parameterCount]), x: values[0], cdf: values[1],
        survival: values[2], density: values[3], scipyCdf: values[4], scipySurvival: values[5])
    }
  }
}

/// Remembers the worst relative error and where it happened.
struct WorstError {
  private(set) var error = 0.0
  private(set) var place = ""

  mutating func note(_ got: Double, _ want: Double, _ where: @autoclosure () -> String) {
    let relative = got == want ? 0 : abs(got / want - 1)
    if relative > error || relative.isNaN {
      error = relative.isNaN ? .infinity : relative
      place = `where`()
    }
  }
}

/// The accuracy that is promised.
enum Demanded {
  /// Where both tails are at least 1e-3. Measured: 9e-14.
  static let body = 1e-12
  /// Down to 1e-30 and below. Measured: 2e-13; 1e-8 would be enough for the campaigns.
  static let tail = 1e-11
}
