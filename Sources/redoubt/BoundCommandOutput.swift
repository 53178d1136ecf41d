import Bounds
import Foundation

/// What `redoubt bound` prints.
enum BoundOutput {
  /// All bounds.
  static func writeList(format: BoundFormat) {
    if format == .json {
      print(encoded(Bound.all.map(BoundRecord.init)))
    } else {
      printList(Bound.all.map { ($0.name, "\($0.summary) \($0.source).") })
    }
  }

  /// One bound, with its parameters.
  static func description(_ bound: Bound) -> String {
    var lines = [bound.name, "  " + bound.summary, "", "Parameters"]
    let width = bound.parameters.map(\.option.count).max() ?? 0
    for parameter in bound.parameters {
      lines.append("  \(padded(parameter.option, width))  \(parameter.summary)")
      lines.append("  \(padded("", width))  \(parameter.domain)")
    }
    if bound.parameters.isEmpty { lines.append("  none") }
    let example = bound.parameters.map { " \($0.option) \($0.example)" }.joined()
    lines += [
      "", "Derivation  \(bound.derivation)", "Source      \(bound.source)", "",
      "Example", "  redoubt bound \(bound.name)\(example)",
    ]
    return lines.joined(separator: "\n")
  }

  /// Values.
  static func write(_ table: BoundTable, format: BoundFormat) {
    switch format {
    case .json: print(encoded(BoundTableRecord(table)))
    case .csv:
      rows(table) { name in
        [name, name + "-reading"]
      } cells: { decimal in
        [decimal.text, decimal.reading.rawValue]
      } line: {
        $0.joined(separator: ",")
      }
    case .text where table.isSingle: print(single(table))
    case .text:
      let widths = table.axes.map { axis in
        max(axis.name.count, axis.values.map { short($0).count }.max() ?? 0)
      }
      let columns = table.columns.map { column in
        max(column.bound.name.count, column.cells.map { signed($0.decimal).count }.max() ?? 0)
      }
      rows(table) {
        [$0]
      } cells: {
        [signed($0)]
      } line: { cells in
        zip(cells, widths + columns).map { padded($0, $1) }.joined(separator: "  ")
          .replacing(#/ +$/#, with: "")
      }
    }
  }

  /// The header and each row, through `line`; a bound has a column for each of its headings.
  private static func rows(
    _ table: BoundTable, headings: (String) -> [String], cells: (BoundDecimal) -> [String],
    line: ([String]) -> String
  ) {
    print(line(table.axes.map(\.name) + table.columns.flatMap { headings($0.bound.name) }))
    let texts = table.axes.map { $0.values.map(short) }
    for row in 0..<table.rowCount {
      let indices = table.indices(ofRow: row)
      print(
        line(
          zip(texts, indices).map { $0[$1] }
            + table.columns.flatMap { cells(table.cell($0, indices).decimal) }))
    }
  }

  /// The digits, with a sign before those that the number does not begin with.
  private static func signed(_ decimal: BoundDecimal) -> String {
    switch decimal.reading {
    case .equal, .begins: decimal.text
    case .rounds: "~ \(decimal.text)"
    case .atLeast: ">= \(decimal.text)"
    case .atMost: "<= \(decimal.text)"
    }
  }

  /// Every bound of a row in words.
  private static func single(_ table: BoundTable) -> String {
    let indices = table.axes.map { _ in 0 }
    return table.columns.map { column in
      let cell = table.cell(column, indices)
      let arguments = table.axes.filter { axis in
        column.bound.parameters.contains { $0.name == axis.name }
      }.map { "\($0.name) \($0.values[0])" }
      var lines = ["\(column.bound.name) \(equation(cell.decimal))", "  \(column.bound.summary)"]
      if !arguments.isEmpty {
        lines.append("  arguments   \(arguments.joined(separator: ", "))")
      }
      // A whole number stands there already.
      if let fraction = cell.value?.shortFraction, fraction != cell.decimal.text {
        lines.append("  fraction    \(fraction)")
      }
      return
        (lines + [
          "  precision   \(cell.value?.precision ?? "")",
          "  derivation  \(column.bound.derivation)",
          "  source      \(column.bound.source)",
        ]).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private static func equation(_ decimal: BoundDecimal) -> String {
    switch decimal.reading {
    case .equal: "= \(decimal.text)"
    case .begins:
      // The ellipsis stands before the power of ten.
      if let power = decimal.text.firstIndex(of: "e") {
        "= \(decimal.text[..<power])…\(decimal.text[power...])"
      } else {
        "= \(decimal.text)…"
      }
    case .rounds: "= \(decimal.text) to all digits that are certain"
    case .atLeast: ">= \(decimal.text)"
    case .atMost: "<= \(decimal.text)"
    }
  }

  /// An argument as a decimal where that is exact and short, and as a fraction otherwise.
  static func short(_ value: Rational) -> String {
    let decimal = CertifiedDecimal(value, digits: 20)
    return decimal.isExact ? decimal.description : value.description
  }

  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func encoded(_ value: some Encodable) -> String {
    // Strings and flags alone: there is nothing that JSON cannot say.
    guard let text = try? json(value) else { preconditionFailure("text is not JSON") }
    return text
  }
}

/// A bound as JSON.
private struct BoundRecord: Encodable {
  struct Parameter: Encodable {
    let name: String
    let option: String
    let summary: String
    let domain: String
  }

  let name: String
  let summary: String
  let derivation: String
  let source: String
  let parameters: [Parameter]

  init(_ bound: Bound) {
    name = bound.name
    summary = bound.summary
    derivation = bound.derivation
    source = bound.source
    parameters = bound.parameters.map {
      Parameter(
        name: $0.name, option: $0.option, summary: $0.summary, domain: $0.domain.description)
    }
  }
}

/// Values as JSON; numbers are text, so that no digit is lost.
private struct BoundTableRecord: Encodable {
  struct Value: Encodable {
    let decimal: String
    let reading: String
    let isExact: Bool
    let fraction: String?
    let low: String?
    let high: String?
  }

  struct Row: Encodable {
    let arguments: [String: String]
    let values: [String: Value]
  }

  let bounds: [BoundRecord]
  let rows: [Row]

  init(_ table: BoundTable) {
    bounds = table.columns.map { BoundRecord($0.bound) }
    rows = (0..<table.rowCount).map { row in
      let indices = table.indices(ofRow: row)
      var arguments: [String: String] = [:]
      for (axis, index) in zip(table.axes, indices) {
        arguments[axis.name] = BoundOutput.short(axis.values[index])
      }
      var values: [String: Value] = [:]
      for column in table.columns {
        values[column.bound.name] = Self.value(table.cell(column, indices), table.digits)
      }
      return Row(arguments: arguments, values: values)
    }
  }

  private static func value(_ cell: BoundTable.Cell, _ digits: Int) -> Value {
    var ends: (low: String, high: String)?
    if case .enclosed(let enclosure)? = cell.value {
      // Both rounded outward, in enough digits to tell them apart.
      ends = enclosure.decimalEnds(digits: max(digits, 60))
    }
    return Value(
      decimal: cell.decimal.text, reading: cell.decimal.reading.rawValue,
      isExact: ends == nil, fraction: cell.value?.shortFraction, low: ends?.low, high: ends?.high)
  }
}

extension Enclosure {
  /// The ends as decimals, rounded outward.
  fileprivate func decimalEnds(digits: Int) -> (low: String, high: String) {
    func bare(_ number: Rational) -> String {
      CertifiedDecimal(number, digits: digits).description.filter { $0 != "…" }
    }
    // A cut-off decimal is below a positive number; one unit in the last place is above it.
    let top = high.rational
    return (bare(low.rational), bare(top + top / Rational(10).power(digits - 1)))
  }
}
