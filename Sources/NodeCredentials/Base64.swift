/// Base 64 with padding (RFC 4648 section 4), in its one canonical form.
package enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The text of these octets, without line breaks.
  package static func text(_ bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    output.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for place in 0..<4 {
        let digit = Int(bits >> UInt32(18 - 6 * place) & 0x3F)
        output.append(place <= group.count ? alphabet[digit] : 0x3D)
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// The octets of a text of this form; nil for anything else: white space, missing padding, or
  /// bits that belong to no octet.
  /// - Complexity: O(text.count).
  package static func octets(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(text.count / 4 * 3)
    var (bits, digits, padding): (UInt32, Int, Int) = (0, 0, 0)
    for character in text {
      if character == 0x3D {
        padding += 1
        bits <<= 6
      } else {
        guard padding == 0, let digit = value(character) else { return nil }
        bits = bits << 6 | digit
      }
      digits += 1
      guard digits == 4 else { continue }
      guard padding <= 2, bits & (1 << UInt32(8 * padding) - 1) == 0 else { return nil }
      for place in 0..<(3 - padding) {
        output.append(UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * place)))
      }
      // Padding stays counted, so that nothing may follow it.
      (bits, digits) = (0, 0)
    }
    return output
  }

  private static func value(_ character: UInt8) -> UInt32? {
    switch character {
    case 0x41...0x5A: UInt32(character - 0x41)
    case 0x61...0x7A: UInt32(character - 0x61) + 26
    case 0x30...0x39: UInt32(character - 0x30) + 52
    case 0x2B: 62
    case 0x2F: 63
    default: nil
    }
  }
}
