/// A JSON value that has exactly one text.
///
/// The text follows RFC 8785: no white space, object keys sorted by UTF-16 code units, numbers as
/// ECMAScript prints them. So equal values have equal bytes and equal hashes.
indirect enum CanonicalJSON: Hashable, Sendable {
  case null
  case flag(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case array([CanonicalJSON])
  case object([String: CanonicalJSON])

  /// The one text of this value.
  /// - Precondition: every number is finite, every integer within +-2^53.
  var text: String {
    var output = ""
    write(to: &output)
    return output
  }

  private func write(to output: inout String) {
    switch self {
    case .null: output += "null"
    case .flag(let flag): output += flag ? "true" : "false"
    case .integer(let integer):
      precondition(
        integer.magnitude <= 1 << 53, "\(integer) has no exact JSON number (RFC 8785 3.2.2.3)")
      output += "\(integer)"
    case .number(let number): output += Self.format(number)
    case .text(let text): Self.write(text, to: &output)
    case .array(let elements):
      output += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { output += "," }
        element.write(to: &output)
      }
      output += "]"
    case .object(let members):
      output += "{"
      let keys = members.keys.sorted { $0.utf16.lexicographicallyPrecedes($1.utf16) }
      for (index, key) in keys.enumerated() {
        if index > 0 { output += "," }
        Self.write(key, to: &output)
        output += ":"
        (members[key] ?? .null).write(to: &output)
      }
      output += "}"
    }
  }

  private static func write(_ text: String, to output: inout String) {
    output += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\u{8}": output += "\\b"
      case "\t": output += "\\t"
      case "\n": output += "\\n"
      case "\u{C}": output += "\\f"
      case "\r": output += "\\r"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: output.unicodeScalars.append(scalar)
      }
    }
    output += "\""
  }

  /// Prints a number the ECMAScript way: shortest digits that round-trip, exponent from 1e21 up
  /// and below 1e-6.
  static func format(_ number: Double) -> String {
    precondition(number.isFinite, "JSON has no \(number)")
    if number == 0 { return "0" }
    let sign = number < 0 ? "-" : ""
    // Swift's description holds the same shortest digits; only the layout differs.
    var mantissa = number.magnitude.description
    var exponent = 0
    if let mark = mantissa.firstIndex(of: "e") {
      exponent = Int(mantissa[mantissa.index(after: mark)...]) ?? 0
      mantissa = String(mantissa[..<mark])
    }
    let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    let whole = String(parts[0])
    let fraction = parts.count > 1 && parts[1] != "0" ? String(parts[1]) : ""
    var digits = whole + fraction
    var point = whole.count + exponent
    while digits.hasPrefix("0") {
      digits.removeFirst()
      point -= 1
    }
    while digits.hasSuffix("0") { digits.removeLast() }
    return sign + layOut(digits: digits, point: point)
  }

  /// Number::toString of ECMA-262: `digits` times 10^(point - digits.count).
  private static func layOut(digits: String, point: Int) -> String {
    let count = digits.count
    if point >= count && point <= 21 {
      return digits + String(repeating: "0", count: point - count)
    }
    if point > 0 && point <= 21 {
      return digits.prefix(point) + "." + digits.dropFirst(point)
    }
    if point > -6 && point <= 0 {
      return "0." + String(repeating: "0", count: -point) + digits
    }
    let power = point - 1
    let exponent = (power < 0 ? "-" : "+") + "\(power.magnitude)"
    let tail = count == 1 ? "" : "." + digits.dropFirst()
    return digits.prefix(1) + tail + "e" + exponent
  }
}
