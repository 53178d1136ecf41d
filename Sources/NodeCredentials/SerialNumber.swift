/// The serial number of a node certificate: 16 octets, positive, the first one never zero.
///
/// The top bit is clear and the first octet non-zero, so the DER INTEGER always has exactly 16
/// content octets; 119 bits and more are random. RFC 5280 section 4.1.2.2 allows at most 20.
public struct SerialNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  /// How many octets every serial number has.
  public static let byteCount = 16

  /// Reads 16 octets, big-endian; nil when the first one is zero or has its top bit set.
  public init?(bytes: [UInt8]) {
    guard bytes.count == SerialNumber.byteCount, bytes[0] > 0, bytes[0] < 0x80 else { return nil }
    high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Reads 32 hex digits; upper case, a leading `0x` and colons between octets are accepted.
  public init?(_ text: String) {
    var digits = Substring(text)
    if digits.hasPrefix("0x") || digits.hasPrefix("0X") { digits = digits.dropFirst(2) }
    let plain = digits.utf8.filter { $0 != 0x3A }
    guard text.utf8.count <= 64, plain.count == 2 * SerialNumber.byteCount else { return nil }
    var bytes: [UInt8] = []
    for index in 0..<SerialNumber.byteCount {
      guard let left = Hexadecimal.value(plain[2 * index]),
        let right = Hexadecimal.value(plain[2 * index + 1])
      else { return nil }
      bytes.append(left << 4 | right)
    }
    self.init(bytes: bytes)
  }

  /// A fresh unpredictable serial number from the system's generator.
  /// - Throws: `OpenSSLError` when no entropy can be had.
  public static func random() throws(OpenSSLError) -> SerialNumber {
    while true {
      var bytes = try SecureRandom.bytes(count: byteCount)
      bytes[0] &= 0x7F
      if let serial = SerialNumber(bytes: bytes) { return serial }
    }
  }

  /// The 16 octets, big-endian.
  public var bytes: [UInt8] {
    [high, low].flatMap { half in
      (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) }
    }
  }

  /// 32 lower-case hex digits, the one form in which serials are printed.
  public var description: String { Hexadecimal.text(bytes) }

  /// By value.
  public static func < (left: SerialNumber, right: SerialNumber) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// Base 16.
package enum Hexadecimal {
  /// The value of one digit, either case.
  static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x57
    case 0x41...0x46: digit - 0x37
    default: nil
    }
  }

  /// Two lower-case digits per octet.
  package static func text(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var output: [UInt8] = []
    output.reserveCapacity(2 * bytes.count)
    for byte in bytes {
      output.append(digits[Int(byte >> 4)])
      output.append(digits[Int(byte & 15)])
    }
    return String(decoding: output, as: UTF8.self)
  }
}
