/// Splits Swift text into code, comments and literals, so that rules look only where they mean to.
///
/// A small lexer: nested block comments; plain, raw and multi-line strings; interpolations, whose
/// contents count as code; regular expression literals. Blanked bytes become spaces, newlines stay,
/// so every line keeps its number.
struct SourceMask {
  private(set) var code = ""
  private(set) var comments = ""

  private let input: [UInt8]
  private var position = 0
  private var codeBytes: [UInt8] = []
  private var commentBytes: [UInt8] = []

  init(_ text: String) {
    input = Array(text.utf8)
    codeBytes.reserveCapacity(input.count)
    commentBytes.reserveCapacity(input.count)
    readCode(untilParenthesis: false)
    code = String(decoding: codeBytes, as: UTF8.self)
    comments = String(decoding: commentBytes, as: UTF8.self)
  }

  private enum Kind { case code, comment, literal }

  private static let newline = UInt8(ascii: "\n")
  private static let space = UInt8(ascii: " ")
  private static let quote = UInt8(ascii: "\"")
  private static let hash = UInt8(ascii: "#")
  private static let slash = UInt8(ascii: "/")
  private static let backslash = UInt8(ascii: "\\")

  /// Whether the next bytes are `text`.
  private func sees(_ text: StaticString) -> Bool {
    let bytes = Array("\(text)".utf8)
    return position + bytes.count <= input.count
      && input[position..<(position + bytes.count)].elementsEqual(bytes)
  }

  /// Whether the bytes from `place` on are `count` hash signs.
  private func seesHashes(_ count: Int, at place: Int) -> Bool {
    place + count <= input.count && input[place..<(place + count)].allSatisfy { $0 == Self.hash }
  }

  private mutating func take(_ count: Int = 1, as kind: Kind) {
    for byte in input[position..<min(position + count, input.count)] {
      let blank = byte == Self.newline ? Self.newline : Self.space
      codeBytes.append(kind == .code ? byte : blank)
      commentBytes.append(kind == .comment ? byte : blank)
    }
    position = min(position + count, input.count)
  }

  /// Reads code to the end, or to the parenthesis that closes an interpolation.
  private mutating func readCode(untilParenthesis: Bool) {
    var depth = 0
    while position < input.count {
      if sees("//") {
        readLineComment()
      } else if sees("/*") {
        readBlockComment()
      } else if let opening = literalOpening() {
        readLiteral(opening)
      } else {
        if sees("(") { depth += 1 }
        if sees(")") {
          depth -= 1
          if untilParenthesis && depth < 0 { return }
        }
        take(as: .code)
      }
    }
  }

  private mutating func readLineComment() {
    while position < input.count && input[position] != Self.newline { take(as: .comment) }
  }

  private mutating func readBlockComment() {
    var depth = 0
    repeat {
      if sees("/*") {
        depth += 1
        take(2, as: .comment)
      } else if sees("*/") {
        depth -= 1
        take(2, as: .comment)
      } else {
        take(as: .comment)
      }
    } while depth > 0 && position < input.count
  }

  private struct Opening {
    var hashes: Int
    var delimiter: UInt8
    var delimiterCount: Int
    var isMultiline: Bool
  }

  /// What literal starts here, if one does.
  private func literalOpening() -> Opening? {
    var place = position
    while place < input.count && input[place] == Self.hash { place += 1 }
    let hashes = place - position
    guard place < input.count else { return nil }
    if input[place] == Self.quote {
      let isTriple =
        place + 2 < input.count && input[place + 1] == Self.quote
        && input[place + 2] == Self.quote
      return Opening(
        hashes: hashes, delimiter: Self.quote, delimiterCount: isTriple ? 3 : 1,
        isMultiline: isTriple)
    }
    if input[place] == Self.slash && (hashes > 0 || isBareRegex()) {
      return Opening(
        hashes: hashes, delimiter: Self.slash, delimiterCount: 1, isMultiline: hashes > 0)
    }
    return nil
  }

  /// Whether the slash here opens a regular expression: it stands where an operand is due, no space
  /// follows, and another slash ends it on this line.
  private func isBareRegex() -> Bool {
    guard position + 1 < input.count, input[position + 1] != Self.space else { return false }
    var before = position - 1
    while before >= 0 && input[before] == Self.space { before -= 1 }
    let openers = Array("(,=:[{!&|?\n".utf8)
    guard before < 0 || openers.contains(input[before]) else { return false }
    var after = position + 1
    while after < input.count && input[after] != Self.newline {
      if input[after] == Self.slash { return true }
      after += input[after] == Self.backslash ? 2 : 1
    }
    return false
  }

  private mutating func readLiteral(_ opening: Opening) {
    take(opening.hashes + opening.delimiterCount, as: .literal)
    while position < input.count {
      let byte = input[position]
      if byte == Self.newline && !opening.isMultiline { return }
      if byte == Self.backslash && seesHashes(opening.hashes, at: position + 1) {
        let after = position + 1 + opening.hashes
        let isInterpolation =
          opening.delimiter == Self.quote && after < input.count
          && input[after] == UInt8(ascii: "(")
        take(opening.hashes + 2, as: .literal)
        if isInterpolation {
          readCode(untilParenthesis: true)
          take(as: .literal)
        }
      } else if closes(opening) {
        take(opening.delimiterCount + opening.hashes, as: .literal)
        return
      } else {
        take(as: .literal)
      }
    }
  }

  private func closes(_ opening: Opening) -> Bool {
    let end = position + opening.delimiterCount
    return end <= input.count
      && input[position..<end].allSatisfy { $0 == opening.delimiter }
      && seesHashes(opening.hashes, at: end)
  }
}
