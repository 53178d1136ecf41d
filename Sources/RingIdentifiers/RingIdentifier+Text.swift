/// Bytes and hexadecimal text: the two outside forms of an identifier.
///
/// Both are strict and have exactly one spelling per identifier, so that equal identifiers are
/// equal byte for byte in certificates, ledgers and result files.
extension RingIdentifier {
  /// Reads 20 bytes, most significant first.
  /// - Throws: `wrongLength`.
  public init(bytes: some Sequence<UInt8>) throws(RingIdentifierError) {
    var count = 0
    var high: UInt64 = 0
    var middle: UInt64 = 0
    var low: UInt32 = 0
    for byte in bytes {
      switch count {
      case 0..<8: high = high &<< 8 | UInt64(byte)
      case 8..<16: middle = middle &<< 8 | UInt64(byte)
      case 16..<20: low = low &<< 8 | UInt32(byte)
      default:
        throw RingIdentifierError(.wrongLength, "an identifier has 20 bytes, got more")
      }
      count += 1
    }
    guard count == 20 else {
      throw RingIdentifierError(.wrongLength, "an identifier has 20 bytes, got \(count)")
    }
    self.init(UInt160(high: high, middle: middle, low: low))
  }

  /// The 20 bytes, most significant first.
  public var bytes: [UInt8] {
    (0..<20).map { UInt8(truncatingIfNeeded: value.bits(at: $0 * 8, count: 8)) }
  }

  /// Reads exactly 40 lower-case hexadecimal digits, most significant first.
  ///
  /// No prefix, no space, no upper case: one identifier has one spelling.
  /// - Throws: `wrongLength` (in UTF-8 bytes), `upperCaseDigit`, `invalidDigit`; the first
  ///   offending character decides, and the length before any character.
  public init(hex: String) throws(RingIdentifierError) {
    let digits = hex.utf8
    guard digits.count == 40 else {
      throw RingIdentifierError(
        .wrongLength, "an identifier is written in 40 hexadecimal digits, got \(digits.count) bytes"
      )
    }
    var value = UInt160.zero
    for (position, byte) in digits.enumerated() {
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte &- UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte &- UInt8(ascii: "a") &+ 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"):
        throw RingIdentifierError(
          .upperCaseDigit, position: position,
          "identifiers are written in lower case; digit \(position + 1) of 40 is upper case")
      default:
        throw RingIdentifierError(
          .invalidDigit, position: position,
          "character \(position + 1) of 40 is not a hexadecimal digit (0-9, a-f)")
      }
      value = value | UInt160.field(Int(digit), at: position * 4, count: 4)
    }
    self.init(value)
  }

  /// The 40 lower-case hexadecimal digits, most significant first.
  public var hex: String {
    value.hex
  }

  /// The 40 lower-case hexadecimal digits.
  public var description: String {
    hex
  }
}

extension UInt160: CustomStringConvertible {
  /// The 40 lower-case hexadecimal digits, most significant first.
  public var hex: String {
    String(
      decoding: (0..<40).map { position in
        let digit = UInt8(truncatingIfNeeded: bits(at: position * 4, count: 4))
        return digit < 10 ? UInt8(ascii: "0") &+ digit : UInt8(ascii: "a") &+ digit &- 10
      }, as: UTF8.self)
  }

  /// The 40 lower-case hexadecimal digits.
  public var description: String {
    hex
  }
}
