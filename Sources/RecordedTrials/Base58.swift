/// Base 58 with the alphabet of Bitcoin, in which IPFS writes peer ids and version 0 content ids.
enum Base58 {
  /// Longer texts are refused unread: peer ids have 46 or 52 characters, and the time is quadratic.
  static let charactersMax = 128

  private static let digits: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    let alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    for (value, character) in alphabet.utf8.enumerated() {
      table[Int(character)] = UInt8(value)
    }
    return table
  }()

  /// The bytes that a text stands for, or nil when it is empty, too long or has
  /// a foreign character.
  ///
  /// Each leading `1` is a zero byte; so every byte string has one spelling.
  /// - Complexity: O(text.utf8.count^2), bounded by `charactersMax`.
  static func decode(_ text: some StringProtocol) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard !characters.isEmpty, characters.count <= charactersMax else { return nil }
    let zeros = characters.prefix { $0 == UInt8(ascii: "1") }.count
    // The number in 32-bit limbs, least significant first.
    var limbs: [UInt32] = []
    for character in characters[zeros...] {
      var carry = UInt64(digits[Int(character)])
      if carry == 255 { return nil }
      for index in limbs.indices {
        carry += UInt64(limbs[index]) * 58
        limbs[index] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
      if carry > 0 { limbs.append(UInt32(truncatingIfNeeded: carry)) }
    }
    var bytes: [UInt8] = []
    for limb in limbs.reversed() {
      for shift in stride(from: 24, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: limb >> UInt32(shift)))
      }
    }
    return [UInt8](repeating: 0, count: zeros) + bytes.drop { $0 == 0 }
  }
}
