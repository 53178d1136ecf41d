/// Why a text could not be read.
struct TextError: Error, Hashable {
  /// What is missing or wrong, in our own words; nothing of the text is repeated.
  let problem: String
}

/// Reads a text of which every octet but the values is known beforehand.
///
/// It goes forward only, copies a value only when it is within its bound, and knows no nesting: the
/// caller's own structure is all the structure there is.
struct TextCursor {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  /// Steps over `text` if it comes next.
  mutating func skip(_ text: String) -> Bool {
    let expected = text.utf8
    guard expected.count <= bytes.count - position,
      bytes[position..<position + expected.count].elementsEqual(expected)
    else { return false }
    position += expected.count
    return true
  }

  /// Steps over `text`, which must come next.
  mutating func expect(_ text: String) throws(TextError) {
    guard skip(text) else { throw TextError(problem: "\"\(text)\" is missing at \(position)") }
  }

  /// Everything up to `end`, at most `limit` octets of visible ASCII, and steps over `end`.
  mutating func value(
    until end: UInt8, limit: Int, called name: String
  ) throws(TextError) -> [UInt8] {
    var last = position
    while last < bytes.count, bytes[last] != end {
      guard last - position < limit else {
        throw TextError(problem: "\(name) has more than \(limit) octets")
      }
      guard (0x21...0x7E).contains(bytes[last]) else {
        throw TextError(problem: "\(name) has an octet that is not visible ASCII at \(last)")
      }
      last += 1
    }
    guard last < bytes.count else { throw TextError(problem: "\(name) has no end") }
    defer { position = last + 1 }
    return Array(bytes[position..<last])
  }

  /// The letters a-z and digits that come next, at most `limit`: a number or a switch.
  mutating func word(limit: Int) -> String {
    let start = position
    while position < bytes.count, position - start < limit {
      switch bytes[position] {
      case 0x30...0x39, 0x61...0x7A: position += 1
      default: return String(decoding: bytes[start..<position], as: UTF8.self)
      }
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }
}
