import RingIdentifiers

/// Reads the JSON of one line: objects, strings, whole numbers and truth values, without blanks.
///
/// The bytes may come from a stranger: nothing traps, nothing recurses, and the length of the line
/// bounds everything.
struct TraceCursor {
  private let bytes: ArraySlice<UInt8>
  private var place: Int
  let line: UInt64

  init(_ bytes: ArraySlice<UInt8>, line: UInt64) {
    self.bytes = bytes
    self.line = line
    place = bytes.startIndex
  }

  func failure(_ code: TraceError.Code, _ detail: String) -> TraceError {
    TraceError(code, line: line, detail)
  }

  /// The fault of a byte that does not belong here.
  private func misplaced(_ wanted: String) -> TraceError {
    let column = place - bytes.startIndex + 1
    let found =
      place == bytes.endIndex
      ? "the line ends" : "found '\(String(decoding: bytes[place...].prefix(12), as: UTF8.self))'"
    return failure(
      .malformedLine,
      "column \(column): expected \(wanted), \(found); write the trace again, or restore the file")
  }

  private mutating func takes(_ byte: UInt8) -> Bool {
    guard place < bytes.endIndex, bytes[place] == byte else { return false }
    place += 1
    return true
  }

  /// Takes exactly this text.
  mutating func expect(_ text: StaticString) throws(TraceError) {
    let wanted = Array("\(text)".utf8)
    guard bytes[place...].starts(with: wanted) else { throw misplaced("\(text)") }
    place += wanted.count
  }

  /// Takes the end of the line.
  func expectEnd() throws(TraceError) {
    if place != bytes.endIndex { throw misplaced("the end of the line") }
  }

  /// The name of the next member of an object, or nil after its last; `isFirst` is then false.
  mutating func nextName(_ isFirst: inout Bool) throws(TraceError) -> String? {
    if takes(UInt8(ascii: "}")) { return nil }
    if !isFirst { try expect(",") }
    isFirst = false
    let name = try string()
    try expect(":")
    return name
  }

  /// A string in quotes.
  mutating func string() throws(TraceError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while place < bytes.endIndex {
      let byte = bytes[place]
      if byte < 0x20 { break }
      place += 1
      if byte == UInt8(ascii: "\"") {
        guard let string = String(validating: text, as: UTF8.self) else {
          throw failure(.malformedLine, "a string is not UTF-8; restore the file")
        }
        return string
      }
      text.append(byte == UInt8(ascii: "\\") ? try escaped() : byte)
    }
    throw misplaced("the end of a string")
  }

  private mutating func escaped() throws(TraceError) -> UInt8 {
    if takes(UInt8(ascii: "\"")) { return UInt8(ascii: "\"") }
    if takes(UInt8(ascii: "\\")) { return UInt8(ascii: "\\") }
    try expect("u00")
    guard place + 2 <= bytes.endIndex,
      let value = UInt8(
        String(decoding: bytes[place..<place + 2], as: UTF8.self), radix: 16), value < 0x20
    else { throw misplaced("the number of a control character") }
    place += 2
    return value
  }

  /// A whole number from zero to `most`, in its one form.
  mutating func number(atMost most: UInt64 = TraceSchema.numberMax) throws(TraceError) -> UInt64 {
    let start = place
    var value: UInt64 = 0
    while place < bytes.endIndex, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(bytes[place] - UInt8(ascii: "0")))
      guard !overflow, !carry, sum <= most else {
        throw failure(.outOfRange, "a number is above \(most); restore the file")
      }
      value = sum
      place += 1
    }
    let isPadded = place - start > 1 && bytes[start] == UInt8(ascii: "0")
    guard place > start, !isPadded else {
      place = start
      throw misplaced("a whole number")
    }
    return value
  }

  /// A number below 2^64 in quotes.
  mutating func quotedNumber() throws(TraceError) -> UInt64 {
    try expect("\"")
    let value = try number(atMost: .max)
    try expect("\"")
    return value
  }

  /// `true` or `false`.
  mutating func truth() throws(TraceError) -> Bool {
    if bytes[place...].starts(with: "true".utf8) {
      place += 4
      return true
    }
    try expect("false")
    return false
  }

  /// A point on the ring: 40 hexadecimal digits in quotes.
  mutating func point() throws(TraceError) -> UInt160 {
    let text = try string()
    do {
      return try Key(hex: text).value
    } catch {
      throw failure(.malformedLine, "'\(text)' is no key: expected 40 lower-case hex digits")
    }
  }
}
