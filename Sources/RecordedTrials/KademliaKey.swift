import NodeCredentials

/// A point in the 256-bit key space of the IPFS DHT, with the XOR metric of [Maymounkov02].
///
/// A peer id or a content id is a multihash; its point is the SHA-256 of the multihash's bytes.
public struct KademliaKey: Hashable, Sendable {
  /// 64 bits each, most significant first.
  let words: SIMD4<UInt64>

  /// Reads 32 bytes, most significant first.
  private init(digest: [UInt8]) {
    var words: SIMD4<UInt64> = .zero
    for (index, byte) in digest.prefix(32).enumerated() {
      words[index / 8] = words[index / 8] << 8 | UInt64(byte)
    }
    self.words = words
  }

  /// The point of a peer id or content id.
  ///
  /// Accepts base 58, `Qm…` (a SHA-256 multihash) and `12D3KooW…` and its like (an identity
  /// multihash that holds a public key), and content ids of version 1 in base 32, `b…`, of the same
  /// multihashes.
  /// - Throws: `badIdentifier`.
  public init(multihash text: some StringProtocol) throws(TrialDataError) {
    guard let bytes = Base58.decode(text).flatMap(Self.multihash) ?? Self.versionOne(text) else {
      throw TrialDataError(
        .badIdentifier, "\(quoted(text)) is not a peer id or content id",
        remedy: "Ids look like Qm…, 12D3KooW… or bafy…; keys have 64 digits, nodeIds 40.")
    }
    do {
      self.init(digest: try Digest.sha256(bytes))
    } catch {
      throw TrialDataError(.badIdentifier, "\(quoted(text)) cannot be hashed: \(error)")
    }
  }

  /// The bytes, if they are a multihash of a kind that names peers and contents.
  private static func multihash(_ bytes: some Collection<UInt8>) -> [UInt8]? {
    let bytes = Array(bytes)
    let isDigest = bytes.count == 34 && bytes[0] == 0x12 && bytes[1] == 32
    let isIdentity =
      bytes.count > 2 && bytes[0] == 0 && bytes[1] < 128 && bytes.count == Int(bytes[1]) + 2
    return isDigest || isIdentity ? bytes : nil
  }

  /// The multihash inside a content id of version 1: a one, the codec as a variable-length integer
  /// of at most nine bytes, the multihash.
  private static func versionOne(_ text: some StringProtocol) -> [UInt8]? {
    guard text.utf8.first == UInt8(ascii: "b"), let bytes = Base32.decode(text.dropFirst()),
      bytes.first == 1, let end = bytes.dropFirst().prefix(9).firstIndex(where: { $0 < 128 })
    else { return nil }
    return multihash(bytes[(end + 1)...])
  }

  /// A point in 64 lower-case hexadecimal digits.
  /// - Throws: `badIdentifier`.
  public init(hex text: some StringProtocol) throws(TrialDataError) {
    var digest: [UInt8] = []
    var high: UInt8?
    for character in text.utf8 {
      let digit: UInt8
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
      default:
        throw TrialDataError(.badIdentifier, "\(quoted(text)) is not lower-case hexadecimal")
      }
      if let first = high {
        digest.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    guard digest.count == 32, high == nil else {
      throw TrialDataError(.badIdentifier, "\(quoted(text)) does not have 64 digits")
    }
    self.init(digest: digest)
  }

  /// A point drawn uniformly.
  public static func random(from generator: inout some RandomNumberGenerator) -> KademliaKey {
    KademliaKey(
      words: SIMD4(generator.next(), generator.next(), generator.next(), generator.next()))
  }

  private init(words: SIMD4<UInt64>) {
    self.words = words
  }

  /// The XOR distance to `other`, as a fraction of the key space: at least 0, below 1 except for
  /// rounding.
  public func distance(to other: KademliaKey) -> Double {
    let difference = words ^ other.words
    var sum = 0.0
    var unit = 0x1p-64
    for index in 0..<4 {
      sum += Double(difference[index]) * unit
      unit *= 0x1p-64
    }
    return sum
  }

  /// The number of leading bits that both share, 0...256.
  public func sharedPrefixLength(with other: KademliaKey) -> Int {
    let difference = words ^ other.words
    var length = 0
    for index in 0..<4 {
      let zeros = difference[index].leadingZeroBitCount
      length += zeros
      if zeros < 64 { break }
    }
    return length
  }
}

/// A text from outside, shortened and with control characters made visible, for a message.
func quoted(_ text: some StringProtocol) -> String {
  let shown = text.unicodeScalars.prefix(60).map { $0.escaped(asASCII: true) }.joined()
  return "\"" + shown + (text.unicodeScalars.count > 60 ? "…" : "") + "\""
}
