/// What one hash of a secret costs: the parameters of scrypt.
public struct ScryptCost: Hashable, Sendable {
  /// ln: the binary logarithm of N, the number of blocks held in memory.
  public let logRounds: Int
  /// r: the size of a block, in units of 128 octets.
  public let blockSize: Int
  /// p: how often the whole is done.
  public let parallelism: Int

  /// ln=15, r=8, p=1: 32 MiB and about 0.1 s of one core.
  public static let standard = ScryptCost(known: (15, 8, 1))

  /// ln=10, r=8, p=1: 1 MiB and about 3 ms; the least that is accepted, for test networks.
  public static let least = ScryptCost(known: (10, 8, 1))

  /// No hash may take more than 256 MiB.
  public static let memoryByteCountMax = 1 << 28

  /// No hash may do more than 8 times the work of one that fills the memory allowed.
  private static let workByteCountMax = 1 << 31

  /// Memory for one hash, in octets: 128 N r.
  public var memoryByteCount: Int { 128 * blockSize << logRounds }

  /// A cost from its parameters; nil outside ln 10...20, r 8...32, p 1...16, or above the bounds
  /// on memory and work.
  public init?(logRounds: Int, blockSize: Int = 8, parallelism: Int = 1) {
    guard (10...20).contains(logRounds), (8...32).contains(blockSize),
      (1...16).contains(parallelism)
    else { return nil }
    self.init(known: (logRounds, blockSize, parallelism))
    guard memoryByteCount <= ScryptCost.memoryByteCountMax,
      memoryByteCount * parallelism <= ScryptCost.workByteCountMax
    else { return nil }
  }

  private init(known: (Int, Int, Int)) {
    (logRounds, blockSize, parallelism) = known
  }
}

/// The memory-hard hash of an account's secret, as it is stored: never the secret itself.
///
/// The function is scrypt (RFC 7914), which OpenSSL 3.0 has. Argon2 came with OpenSSL 3.2 and is
/// not to be had on Debian 12; the text form begins with the function's name, so that another one
/// can stand beside it.
///
/// Each hash and each comparison takes the memory of its cost, so whoever serves strangers bounds
/// how many run at once, and compares with some hash even when the account is unknown: else the
/// time of the answer tells which accounts exist.
public struct SecretHash: Hashable, Sendable, CustomStringConvertible {
  /// The parameters under which the hash was made.
  public let cost: ScryptCost
  private let salt: [UInt8]
  private let hash: [UInt8]

  private static let saltCount = 16
  private static let hashCount = 32

  /// Hashes a secret under a fresh salt.
  /// - Throws: `OpenSSLError` for an empty secret, without entropy, or when there is not enough
  ///   memory.
  /// - Complexity: the cost, in time and memory.
  public init(hashing secret: [UInt8], cost: ScryptCost = .standard) throws(OpenSSLError) {
    guard !secret.isEmpty else {
      throw OpenSSLError(operation: "hash a secret", reasons: ["it is empty"])
    }
    self.cost = cost
    salt = try SecureRandom.bytes(count: SecretHash.saltCount)
    hash = try SecretHash.derive(secret, salt: salt, cost: cost)
  }

  /// Reads `scrypt:ln=15,r=8,p=1:<salt>:<hash>`; nil for anything but the form that `description`
  /// gives, and for costs out of bounds.
  public init?(_ text: String) {
    guard text.utf8.count <= 128 else { return nil }
    let fields = text.utf8.split(separator: 0x3A, omittingEmptySubsequences: false)
    guard fields.count == 4, fields[0].elementsEqual("scrypt".utf8),
      let cost = SecretHash.cost(fields[1]),
      let salt = Base64.octets(fields[2]), salt.count == SecretHash.saltCount,
      let hash = Base64.octets(fields[3]), hash.count == SecretHash.hashCount
    else { return nil }
    (self.cost, self.salt, self.hash) = (cost, salt, hash)
    guard text == description else { return nil }
  }

  /// Whether the secret is the one that was hashed; takes as long for a wrong one as for the right
  /// one.
  /// - Throws: `OpenSSLError` when there is not enough memory: then nothing is known of the secret.
  /// - Complexity: the cost, in time and memory.
  public func matches(_ secret: [UInt8]) throws(OpenSSLError) -> Bool {
    SecretBytes.areEqual(try SecretHash.derive(secret, salt: salt, cost: cost), hash)
  }

  /// `scrypt:ln=15,r=8,p=1:<salt>:<hash>`, salt and hash in base 64.
  public var description: String {
    let parameters = "ln=\(cost.logRounds),r=\(cost.blockSize),p=\(cost.parallelism)"
    return "scrypt:\(parameters):\(Base64.text(salt)):\(Base64.text(hash))"
  }

  private static func derive(
    _ secret: [UInt8], salt: [UInt8], cost: ScryptCost
  ) throws(OpenSSLError) -> [UInt8] {
    try Digest.scrypt(
      secret, salt: salt, rounds: 1 << UInt64(cost.logRounds), blockSize: UInt64(cost.blockSize),
      parallelism: UInt64(cost.parallelism), count: hashCount)
  }

  private static func cost(_ text: Substring.UTF8View.SubSequence) -> ScryptCost? {
    var values: [Int] = []
    let parts = text.split(separator: 0x2C, omittingEmptySubsequences: false)
    for (part, name) in zip(parts, ["ln=", "r=", "p="]) {
      guard part.starts(with: name.utf8), part.count <= 5,
        let value = Int(String(decoding: part.dropFirst(name.utf8.count), as: UTF8.self))
      else { return nil }
      values.append(value)
    }
    guard parts.count == 3, values.count == 3 else { return nil }
    return ScryptCost(logRounds: values[0], blockSize: values[1], parallelism: values[2])
  }
}
