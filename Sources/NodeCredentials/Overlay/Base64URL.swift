/// Base 64 with `-` and `_` and without padding (RFC 7515 section 2), in its one canonical form.
enum Base64URL {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// What each of the 256 octets stands for; 0xFF for none.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
    return values
  }()

  /// The text of these octets.
  static func text(_ bytes: [UInt8]) -> [UInt8] {
    let alphabet = alphabet
    var output: [UInt8] = []
    output.reserveCapacity((bytes.count + 2) / 3 * 4)
    var (word, bits): (UInt32, UInt32) = (0, 0)
    for byte in bytes {
      word = word << 8 | UInt32(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        output.append(alphabet[Int(word >> bits & 63)])
      }
      word &= 63
    }
    if bits > 0 { output.append(alphabet[Int(word << (6 - bits) & 63)]) }
    return output
  }

  /// The octets of a text; nil for other letters, a lone letter at the end, or bits left over that
  /// are not 0.
  static func octets(_ text: [UInt8]) -> [UInt8]? {
    let values = values
    var output: [UInt8] = []
    output.reserveCapacity(text.count / 4 * 3 + 2)
    var (word, bits): (UInt32, UInt32) = (0, 0)
    for letter in text {
      let value = values[Int(letter)]
      guard value < 64 else { return nil }
      word = word << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        output.append(UInt8(truncatingIfNeeded: word >> bits))
        word &= 1 << bits - 1
      }
    }
    return bits < 6 && word == 0 ? output : nil
  }
}
