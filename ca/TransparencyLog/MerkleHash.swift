import NodeCredentials

/// A SHA-256 hash of a Merkle tree node, 32 octets.
///
/// Leaves and inner nodes are hashed under different prefixes (0x00 and 0x01), so no entry can be
/// passed off as a node. Source: [RFC6962] section 2.1.
public struct MerkleHash: Hashable, Sendable, CustomStringConvertible {
  private let first: UInt64
  private let second: UInt64
  private let third: UInt64
  private let fourth: UInt64

  /// How many octets every hash has.
  public static let byteCount = 32

  /// Reads 32 octets; nil for any other number of them.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == MerkleHash.byteCount else { return nil }
    var iterator = bytes.makeIterator()
    func word() -> UInt64 {
      var word: UInt64 = 0
      for _ in 0..<8 { word = word << 8 | UInt64(iterator.next() ?? 0) }
      return word
    }
    first = word()
    second = word()
    third = word()
    fourth = word()
  }

  /// Reads the one base64 form of 32 octets: 44 characters, padded, no stray bits.
  public init?(base64 text: some Collection<UInt8>) {
    guard text.count == 44, let bytes = Base64.octets(text) else { return nil }
    self.init(bytes: bytes)
  }

  /// Hashes an octet string that is known to be hashable.
  private init(hashing octets: [UInt8]) {
    let digest: [UInt8]
    do {
      digest = try Digest.sha256(octets)
    } catch {
      // An OpenSSL without SHA-256 can verify no certificate either: there is no way to go on.
      preconditionFailure("no SHA-256 in the OpenSSL library: \(error)")
    }
    guard let hash = MerkleHash(bytes: digest) else {
      preconditionFailure("SHA-256 gave \(digest.count) octets")
    }
    self = hash
  }

  /// The root of the tree without leaves: the hash of nothing.
  public static let emptyTree = MerkleHash(hashing: [])

  /// The hash of a leaf: SHA-256(0x00 || entry).
  /// - Complexity: O(entry.count).
  public static func leaf(_ entry: [UInt8]) -> MerkleHash {
    MerkleHash(hashing: [0x00] + entry)
  }

  /// The hash of an inner node: SHA-256(0x01 || left || right).
  public static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
    var octets: [UInt8] = []
    octets.reserveCapacity(1 + 2 * byteCount)
    octets.append(0x01)
    left.append(to: &octets)
    right.append(to: &octets)
    return MerkleHash(hashing: octets)
  }

  /// The 32 octets.
  public var bytes: [UInt8] {
    var octets: [UInt8] = []
    octets.reserveCapacity(MerkleHash.byteCount)
    append(to: &octets)
    return octets
  }

  /// Appends the 32 octets.
  func append(to octets: inout [UInt8]) {
    for word in [first, second, third, fourth] {
      withUnsafeBytes(of: word.bigEndian) { octets.append(contentsOf: $0) }
    }
  }

  /// The base64 of the 32 octets: 44 characters.
  public var base64: String { Base64.text(bytes) }

  /// The base64, as checkpoints and proofs print hashes.
  public var description: String { base64 }
}
