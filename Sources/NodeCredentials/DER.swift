/// Encodes the few ASN.1 values that this package writes itself, in DER.
///
/// Whole certificates, requests and lists are assembled and parsed by OpenSSL; this covers the
/// values of extensions and private keys.
enum DER {
  static let booleanTag: UInt8 = 0x01
  static let integerTag: UInt8 = 0x02
  static let bitStringTag: UInt8 = 0x03
  static let octetStringTag: UInt8 = 0x04
  static let objectIdentifierTag: UInt8 = 0x06
  static let enumeratedTag: UInt8 = 0x0A
  static let utf8StringTag: UInt8 = 0x0C
  static let sequenceTag: UInt8 = 0x30
  static let setTag: UInt8 = 0x31

  /// One element: tag, shortest length, content.
  static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    var output = [tag]
    output.reserveCapacity(content.count + 5)
    if content.count < 0x80 {
      output.append(UInt8(content.count))
    } else {
      var length: [UInt8] = []
      var rest = content.count
      while rest > 0 {
        length.append(UInt8(rest & 0xFF))
        rest >>= 8
      }
      output.append(0x80 | UInt8(length.count))
      output.append(contentsOf: length.reversed())
    }
    output.append(contentsOf: content)
    return output
  }

  static func sequence(_ content: [UInt8]) -> [UInt8] { element(sequenceTag, content) }

  static func octetString(_ content: [UInt8]) -> [UInt8] { element(octetStringTag, content) }

  static func objectIdentifier(_ content: [UInt8]) -> [UInt8] {
    element(objectIdentifierTag, content)
  }

  /// A context-specific element: primitive, or constructed when it holds other elements.
  static func tagged(_ number: UInt8, constructed: Bool = false, _ content: [UInt8]) -> [UInt8] {
    element(0x80 | (constructed ? 0x20 : 0) | number, content)
  }

  /// A non-negative INTEGER from big-endian octets; leading zeros are trimmed.
  static func integer(magnitude: [UInt8]) -> [UInt8] {
    var content = [UInt8](magnitude.drop { $0 == 0 })
    if content.isEmpty || content[0] >= 0x80 { content.insert(0, at: 0) }
    return element(integerTag, content)
  }

  static func integer(_ value: UInt64) -> [UInt8] {
    integer(magnitude: (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) })
  }
}

/// Why DER octets could not be read.
struct DERError: Error, Hashable {}

/// Reads DER elements one after another; every length is checked against what is left.
struct DERReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  private init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  /// The next element of any single-octet tag, with a shortest-form length of at most two octets.
  mutating func element() throws(DERError) -> (tag: UInt8, content: ArraySlice<UInt8>) {
    guard let tag = rest.popFirst(), tag & 0x1F != 0x1F, let first = rest.popFirst() else {
      throw DERError()
    }
    var count = Int(first)
    if first >= 0x80 {
      let width = Int(first & 0x7F)
      guard width == 1 || width == 2 else { throw DERError() }
      count = 0
      for _ in 0..<width {
        guard let octet = rest.popFirst() else { throw DERError() }
        count = count << 8 | Int(octet)
      }
      guard count >= (width == 1 ? 0x80 : 0x100) else { throw DERError() }
    }
    guard count <= rest.count else { throw DERError() }
    let content = rest.prefix(count)
    rest = rest.dropFirst(count)
    return (tag, content)
  }

  /// The content of the next element, which must have this tag.
  mutating func content(_ tag: UInt8) throws(DERError) -> ArraySlice<UInt8> {
    let next = try element()
    guard next.tag == tag else { throw DERError() }
    return next.content
  }

  /// A reader over the content of the next element, which must have this tag.
  mutating func descend(_ tag: UInt8) throws(DERError) -> DERReader {
    DERReader(try content(tag))
  }

  /// The next element as a small non-negative INTEGER in shortest form.
  mutating func smallInteger() throws(DERError) -> UInt64 {
    let content = try content(DER.integerTag)
    guard let first = content.first, first < 0x80, content.count <= 8 else { throw DERError() }
    if content.count > 1, first == 0, let second = content.dropFirst().first, second < 0x80 {
      throw DERError()
    }
    return content.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
