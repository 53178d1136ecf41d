/// Why octets are not the certificate or request that they should be.
public struct SketchError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was expected.
  public let description: String

  init(_ description: String) { self.description = description }
}

/// Walks DER elements; every length is checked against what is left.
struct DERCursor {
  let bytes: [UInt8]
  private(set) var position: Int
  private let end: Int

  init(_ bytes: [UInt8]) { self.init(bytes, in: 0..<bytes.count) }

  init(_ bytes: [UInt8], in range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  var isAtEnd: Bool { position == end }

  var nextTag: UInt8? { position < end ? bytes[position] : nil }

  /// The next element, which must have this tag: its whole range and the range of its content.
  mutating func element(
    _ tag: UInt8, _ name: String
  ) throws(SketchError) -> (whole: Range<Int>, content: Range<Int>) {
    let start = position
    guard let found = octet(), found == tag else { throw SketchError("\(name) is missing") }
    guard let first = octet() else { throw SketchError("\(name) has no length") }
    var count = Int(first)
    if first >= 0x80 {
      guard first == 0x81 || first == 0x82 else {
        throw SketchError("the length of \(name) is out of bounds")
      }
      count = 0
      for _ in 0x80..<first {
        guard let next = octet() else { throw SketchError("\(name) has no length") }
        count = count << 8 | Int(next)
      }
      guard count >= (first == 0x81 ? 0x80 : 0x100) else {
        throw SketchError("the length of \(name) is not the shortest")
      }
    }
    guard count <= end - position else { throw SketchError("\(name) is cut off") }
    let content = position..<position + count
    position = content.upperBound
    return (start..<position, content)
  }

  /// A cursor over the content of the next element.
  mutating func descend(_ tag: UInt8, _ name: String) throws(SketchError) -> DERCursor {
    DERCursor(bytes, in: try element(tag, name).content)
  }

  private mutating func octet() -> UInt8? {
    guard position < end else { return nil }
    defer { position += 1 }
    return bytes[position]
  }
}
