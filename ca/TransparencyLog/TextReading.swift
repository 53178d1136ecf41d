/// Reads a text line by line; every line must end in a newline.
struct LineReader {
  private(set) var rest: ArraySlice<UInt8>

  /// Starts at the first octet.
  init(_ octets: [UInt8]) {
    rest = octets[...]
  }

  /// Whether everything was read.
  var isAtEnd: Bool { rest.isEmpty }

  /// The next line without its newline.
  /// - Throws: `malformed` when no newline is left.
  mutating func line(_ part: String) throws(TransparencyRejection) -> ArraySlice<UInt8> {
    guard let end = rest.firstIndex(of: ASCII.newline) else {
      throw .malformed("\(part) does not end in a newline")
    }
    defer { rest = rest[(end + 1)...] }
    return rest[..<end]
  }

  /// The next `count` octets, whatever they are.
  mutating func octets(_ count: Int, _ part: String) throws(TransparencyRejection) -> [UInt8] {
    guard count >= 0, count <= rest.count else { throw .malformed("\(part) is cut short") }
    defer { rest = rest.dropFirst(count) }
    return [UInt8](rest.prefix(count))
  }
}

/// The octets that have a meaning in notes.
enum ASCII {
  /// Ends every line.
  static let newline: UInt8 = 0x0A
  /// Between the parts of a line.
  static let space: UInt8 = 0x20
  /// Between the parts of a verifier key.
  static let plus: UInt8 = 0x2B
}

/// Decimal numbers with one spelling each.
enum Decimal {
  /// The value; nil for signs, leading zeros, an empty text or more than 2^63 - 1.
  static func parse(_ text: some Collection<UInt8>) -> UInt64? {
    guard let first = text.first, text.count <= 19, first != 0x30 || text.count == 1 else {
      return nil
    }
    var value: UInt64 = 0
    for digit in text {
      guard digit >= 0x30, digit <= 0x39 else { return nil }
      value = value * 10 + UInt64(digit - 0x30)
    }
    return value <= LogLimits.treeSizeMax ? value : nil
  }
}

/// A text that is equal to another one only when all octets are.
///
/// Swift compares strings up to canonical equivalence; names that are signed must not be.
struct ExactText: Hashable, Comparable, Sendable {
  /// The text.
  let string: String

  /// Reads UTF-8 without control characters (below U+0020) of 1 to `nameOctetsMax` octets.
  init(line: some Collection<UInt8>, _ part: String) throws(TransparencyRejection) {
    guard line.count <= LogLimits.nameOctetsMax else {
      throw .oversize(part: part, limit: LogLimits.nameOctetsMax)
    }
    guard !line.isEmpty, line.allSatisfy({ $0 >= 0x20 }),
      let text = String(validating: line, as: UTF8.self)
    else {
      throw .malformed("\(part) is empty or no text of one line")
    }
    string = text
  }

  static func == (left: ExactText, right: ExactText) -> Bool {
    left.string.utf8.elementsEqual(right.string.utf8)
  }

  static func < (left: ExactText, right: ExactText) -> Bool {
    left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
  }

  func hash(into hasher: inout Hasher) {
    for octet in string.utf8 { hasher.combine(octet) }
  }
}
