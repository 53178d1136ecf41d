/// The lines of a text file, and the fields of each, as ranges of its bytes.
///
/// Nothing here traps on any bytes; numbers are bounded before they are used.
struct TextFields {
  private let bytes: [UInt8]
  private var position = 0
  /// The number of the current line, from 1; 0 before the first.
  private(set) var line = 0
  private var fieldStart = 0
  private var lineEnd = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Steps to the next line; false after the last.
  mutating func nextLine() -> Bool {
    guard position < bytes.count else { return false }
    fieldStart = position
    var end = position
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
    position = end + 1
    lineEnd = end
    line += 1
    return true
  }

  /// Steps to the next line that has a field; false after the last.
  mutating func nextFilledLine() -> Bool {
    while nextLine() {
      if !isAtEndOfLine() { return true }
    }
    return false
  }

  /// Skips blanks; whether nothing follows them in this line.
  mutating func isAtEndOfLine() -> Bool {
    while fieldStart < lineEnd, Self.isBlank(bytes[fieldStart]) { fieldStart += 1 }
    return fieldStart >= lineEnd
  }

  /// The next field of the line, without the blanks around it; nil at the end of the line.
  mutating func nextField() -> Range<Int>? {
    if isAtEndOfLine() { return nil }
    let start = fieldStart
    while fieldStart < lineEnd, !Self.isBlank(bytes[fieldStart]) { fieldStart += 1 }
    return start..<fieldStart
  }

  /// What is left of the line, blanks included.
  mutating func restOfLine() -> Range<Int> {
    let start = min(fieldStart, lineEnd)
    fieldStart = lineEnd
    return start..<lineEnd
  }

  /// The bytes of a field.
  func text(_ field: Range<Int>) -> ArraySlice<UInt8> { bytes[field] }

  /// A field as printable text of at most 40 characters, for messages.
  func excerpt(_ field: Range<Int>) -> String {
    let shown = bytes[field].prefix(40).map { (32...126).contains($0) ? $0 : UInt8(ascii: "?") }
    return String(decoding: shown, as: UTF8.self)
  }

  /// A field as a whole number without sign, at most `limit`.
  func wholeNumber(_ field: Range<Int>, atMost limit: UInt32) -> UInt32? {
    guard !field.isEmpty, field.count <= 10 else { return nil }
    var value: UInt64 = 0
    for byte in bytes[field] {
      guard (48...57).contains(byte) else { return nil }
      value = value * 10 + UInt64(byte - 48)
    }
    return value <= UInt64(limit) ? UInt32(value) : nil
  }

  /// A decimal number in billionths, rounded towards zero; nil unless `[-]digits[.digits]` below
  /// 9e9.
  ///
  /// Integers throughout, so that the same text is the same number on every platform.
  func billionths(_ field: Range<Int>) -> Int64? {
    var text = bytes[field]
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative { text = text.dropFirst() }
    guard text.count <= 64 else { return nil }
    var value: Int64 = 0
    var digits = 0
    var fractionDigits = -1
    for byte in text {
      if byte == UInt8(ascii: "."), fractionDigits < 0 {
        fractionDigits = 0
        continue
      }
      guard (48...57).contains(byte) else { return nil }
      digits += 1
      if fractionDigits == 9 { continue }
      if fractionDigits >= 0 { fractionDigits += 1 }
      let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow, tenfold <= Int64.max - 9 else { return nil }
      value = tenfold + Int64(byte - 48)
    }
    guard digits > 0 else { return nil }
    for _ in max(0, fractionDigits)..<9 {
      let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = tenfold
    }
    return isNegative ? -value : value
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 32 || byte == 9 || byte == 13
  }
}
