/// Base 32 of RFC 4648 in lower case without padding, in which IPFS writes version 1 content ids.
enum Base32 {
  /// The bytes that a text stands for, or nil when it has a foreign character or bits are left over
  /// that are not zero; so every byte string has one spelling.
  /// - Complexity: O(text.utf8.count), which is bounded by `Base58.charactersMax`.
  static func decode(_ text: some StringProtocol) -> [UInt8]? {
    guard text.utf8.count <= Base58.charactersMax else { return nil }
    var bytes: [UInt8] = []
    var pending: UInt32 = 0
    var pendingBits = 0
    for character in text.utf8 {
      switch character {
      case UInt8(ascii: "a")...UInt8(ascii: "z"):
        pending = pending << 5 | UInt32(character - UInt8(ascii: "a"))
      case UInt8(ascii: "2")...UInt8(ascii: "7"):
        pending = pending << 5 | UInt32(character - UInt8(ascii: "2") + 26)
      default: return nil
      }
      pendingBits += 5
      if pendingBits >= 8 {
        pendingBits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(pendingBits)))
        pending &= (1 << UInt32(pendingBits)) - 1
      }
    }
    return pendingBits < 5 && pending == 0 ? bytes : nil
  }
}
