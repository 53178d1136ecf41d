/// At most 32 octets without an allocation: a nodeId, a serial number or a SHA-256 digest.
///
/// A run keeps hundreds of thousands of them to find doubles.
public struct ShortOctets: Hashable, Sendable, CustomStringConvertible {
  private let high: UInt128
  private let low: UInt128
  private let count: UInt8

  /// How many octets a nodeId has.
  public static let nodeIdCount = 20
  /// How many octets a serial number of this authority has.
  public static let serialCount = 16
  /// How many octets a SHA-256 digest has.
  public static let digestCount = 32

  /// Takes octets; nil when there are more than 32.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count <= 32 else { return nil }
    var words: (UInt128, UInt128) = (0, 0)
    for byte in bytes {
      words.0 = words.0 << 8 | words.1 >> 120
      words.1 = words.1 << 8 | UInt128(byte)
    }
    (high, low) = words
    count = UInt8(bytes.count)
  }

  /// Reads exactly `count` octets written as lower-case hex digits; nil for anything else.
  public init?(hex: some StringProtocol, count: Int) {
    let digits = Array(hex.utf8)
    guard digits.count == 2 * count else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for index in 0..<count {
      guard let left = ShortOctets.value(digits[2 * index]),
        let right = ShortOctets.value(digits[2 * index + 1])
      else { return nil }
      bytes.append(left << 4 | right)
    }
    self.init(bytes)
  }

  /// The octets, first one first.
  public var bytes: [UInt8] {
    (0..<Int(count)).reversed().map { place in
      let word = place < 16 ? low : high
      return UInt8(truncatingIfNeeded: word >> UInt128(8 * (place % 16)))
    }
  }

  /// Two lower-case hex digits per octet.
  public var description: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }
}
