import ArgumentParser

/// How records are printed.
enum RecordFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case json
  case csv
}

/// One column: its name in every format and its width in tables.
struct RecordColumn {
  let name: String
  let width: Int

  init(_ name: String, _ width: Int) {
    self.name = name
    self.width = max(width, name.count)
  }
}

/// One value of a record.
enum RecordValue {
  case text(String)
  case integer(Int64)
  /// Shown with as many digits as it takes to tell it from its neighbours; finite.
  case number(Double)
  case flag(Bool)
  case none
}

/// Prints records one by one on stdout: nothing is held back, however many there are.
///
/// A table of one record is turned on its side, name and value per line, without what is absent.
struct RecordPrinter {
  private let format: RecordFormat
  private let columns: [RecordColumn]
  private var pending: [RecordValue]?
  private var count = 0

  init(_ format: RecordFormat, _ columns: [RecordColumn]) {
    self.format = format
    self.columns = columns
    switch format {
    case .csv: print(columns.map(\.name).joined(separator: ","))
    case .json: print("[", terminator: "")
    case .table: break
    }
  }

  mutating func row(_ values: [RecordValue]) {
    precondition(
      values.count == columns.count, "\(values.count) values for \(columns.count) columns")
    switch format {
    case .csv: print(values.map(RecordPrinter.csv).joined(separator: ","))
    case .json: print((count > 0 ? ",\n " : "\n ") + json(values), terminator: "")
    case .table:
      // Whether the first record stays alone is known when the second one comes.
      if count == 0 {
        pending = values
      } else {
        flush()
        line(values.map(RecordPrinter.plain))
      }
    }
    count += 1
  }

  mutating func end() {
    switch format {
    case .csv: break
    case .json: print(count > 0 ? "\n]" : "]")
    case .table:
      guard let values = pending else { return }
      let width = columns.map(\.name.count).max() ?? 0
      for (column, value) in zip(columns, values) {
        if case .none = value { continue }
        print(RecordPrinter.padded(column.name, width) + "  " + RecordPrinter.plain(value))
      }
    }
  }

  private mutating func flush() {
    guard let values = pending else { return }
    pending = nil
    line(columns.map(\.name))
    line(values.map(RecordPrinter.plain))
  }

  private func line(_ texts: [String]) {
    var output = ""
    for (column, text) in zip(columns, texts) {
      output += RecordPrinter.padded(text, column.width) + "  "
    }
    while output.last == " " { output.removeLast() }
    print(output)
  }

  private func json(_ values: [RecordValue]) -> String {
    let fields = zip(columns, values).map { column, value in
      "\(RecordPrinter.quoted(column.name)): \(RecordPrinter.json(value))"
    }
    return "{" + fields.joined(separator: ", ") + "}"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func plain(_ value: RecordValue) -> String {
    switch value {
    case .text(let text): text
    case .integer(let number): String(number)
    case .number(let number): "\(number)"
    case .flag(let flag): flag ? "yes" : "no"
    case .none: "-"
    }
  }

  private static func csv(_ value: RecordValue) -> String {
    switch value {
    case .text(let text):
      text.contains(where: { ",\"\n\r".contains($0) })
        ? "\""
          + text.split(separator: "\"", omittingEmptySubsequences: false)
          .joined(separator: "\"\"") + "\"" : text
    case .none: ""
    case .integer, .number, .flag: plain(value)
    }
  }

  private static func json(_ value: RecordValue) -> String {
    switch value {
    case .text(let text): quoted(text)
    case .integer(let number): String(number)
    case .number(let number): "\(number)"
    case .flag(let flag): flag ? "true" : "false"
    case .none: "null"
    }
  }

  private static func quoted(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      default:
        if scalar.value < 0x20 {
          let digits = String(scalar.value, radix: 16)
          output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          output.unicodeScalars.append(scalar)
        }
      }
    }
    return output + "\""
  }
}
