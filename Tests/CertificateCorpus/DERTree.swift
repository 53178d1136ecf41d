/// A DER element that can be bent and written again, also in forms that are not DER.
package struct DERTree: Hashable, Sendable {
  /// How the length is written.
  package enum LengthForm: Hashable, Sendable {
    case shortest
    /// With one zero octet more than needed.
    case padded
    /// As 80, with two zeros at the end.
    case indefinite
  }

  /// No DER, or cut off.
  package struct ReadError: Error {}

  package var tag: UInt8
  /// The content of a primitive element.
  package var octets: [UInt8] = []
  /// The content of a constructed element.
  package var elements: [DERTree] = []
  package var lengthForm = LengthForm.shortest

  /// A primitive element.
  package init(_ tag: UInt8, _ octets: [UInt8]) {
    self.tag = tag
    self.octets = octets
  }

  /// A constructed element.
  package init(_ tag: UInt8, _ elements: [DERTree]) {
    self.tag = tag
    self.elements = elements
  }

  /// Reads one element that fills all the octets.
  package init(reading der: [UInt8]) throws(ReadError) {
    var rest = der[...]
    self = try DERTree.read(&rest)
    guard rest.isEmpty else { throw ReadError() }
  }

  private static func read(_ rest: inout ArraySlice<UInt8>) throws(ReadError) -> DERTree {
    guard let tag = rest.popFirst(), let first = rest.popFirst() else { throw ReadError() }
    var count = Int(first)
    if first >= 0x80 {
      count = 0
      for _ in 0..<(first & 0x7F) {
        guard let octet = rest.popFirst(), count < 1 << 24 else { throw ReadError() }
        count = count << 8 | Int(octet)
      }
    }
    guard count <= rest.count else { throw ReadError() }
    var content = rest.prefix(count)
    rest = rest.dropFirst(count)
    guard tag & 0x20 != 0 else { return DERTree(tag, [UInt8](content)) }
    var elements: [DERTree] = []
    while !content.isEmpty { elements.append(try read(&content)) }
    return DERTree(tag, elements)
  }

  /// The octets.
  package var encoded: [UInt8] {
    let content = tag & 0x20 != 0 ? elements.flatMap(\.encoded) : octets
    if lengthForm == .indefinite { return [tag, 0x80] + content + [0, 0] }
    var length: [UInt8] = []
    var rest = content.count
    while rest > 0 {
      length.insert(UInt8(rest & 0xFF), at: 0)
      rest >>= 8
    }
    if lengthForm == .padded { length.insert(0, at: 0) }
    let isShort = content.count < 0x80 && lengthForm == .shortest
    return [tag] + (isShort ? [UInt8(content.count)] : [0x80 | UInt8(length.count)] + length)
      + content
  }
}

// Where the fields of a certificate are.
extension DERTree {
  package static let (version, serial, innerAlgorithm, issuer, validity, subject, key, extensions) =
    (0, 1, 2, 3, 4, 5, 6, 7)

  /// The SEQUENCE of extensions of a signed part.
  package var extensionList: DERTree {
    get { elements[DERTree.extensions].elements[0] }
    set { elements[DERTree.extensions].elements[0] = newValue }
  }
}
