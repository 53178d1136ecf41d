public import NodeCredentials

/// The work that an authority may ask for before it assigns a nodeId.
///
/// A solution is an x such that SHA-256(SHA-256(ip || x || epoch value) || SHA-256(key)) begins
/// with `difficultyBits` zero bits, where ip is the address to be certified (4 or 16 octets), x has
/// 8 octets and key is the DER SubjectPublicKeyInfo. Expected work: 2^difficultyBits tries of two
/// digests. The epoch value cannot be foreseen, so that work cannot be stored up, and a solution is
/// taken once. Source: [Castro02], nodeId assignment, puzzles bound to the address and renewed.
/// - Deviation: bound to the key instead of the nodeId, which the authority assigns only after
///   admission; SHA-256 instead of SHA-1.
public struct EnrollmentPuzzle: Sendable {
  /// Octets that the secret has at least.
  public static let secretCountMin = 16
  /// The most digest bits that can be asked for.
  public static let difficultyMax = 40

  private let settings: AdmissionPolicy.Puzzle
  private let secret: [UInt8]

  /// A puzzle of these settings whose epoch values derive from `secret`.
  /// - Precondition: `secret` has at least 16 octets; the settings are those of a valid policy.
  public init(settings: AdmissionPolicy.Puzzle, secret: [UInt8]) {
    precondition(
      secret.count >= EnrollmentPuzzle.secretCountMin,
      "the secret must have at least 16 octets, got \(secret.count)")
    precondition(
      settings.epochSeconds > 0 && (0...40).contains(settings.difficultyBits)
        && (0...1).contains(settings.oldEpochs), "not the settings of a valid policy: \(settings)")
    self.settings = settings
    self.secret = secret
  }

  /// What an applicant must know to solve the puzzle.
  public struct Challenge: Hashable, Sendable {
    /// The number of the epoch.
    public let epoch: UInt64
    /// The epoch's value, 32 octets.
    public let value: [UInt8]
    /// Leading zero bits that are needed.
    public let difficultyBits: Int
    /// For how many more seconds a solution will be taken, rounded down.
    public let validSeconds: Int64

    /// A challenge as an applicant received it.
    public init(epoch: UInt64, value: [UInt8], difficultyBits: Int, validSeconds: Int64) {
      self.epoch = epoch
      self.value = value
      self.difficultyBits = difficultyBits
      self.validSeconds = validSeconds
    }

    /// The first x from `start` on that solves the challenge; nil when `tries` did not find one.
    /// - Parameters:
    ///   - ip: the address to be certified.
    ///   - subjectPublicKeyInfo: the key to be certified, in DER.
    /// - Throws: `OpenSSLError` when a digest cannot be had.
    /// - Complexity: O(tries), two digests each; 2^difficultyBits tries are expected.
    public func solve(
      ip: IPAddress, subjectPublicKeyInfo: [UInt8], from start: UInt64 = 0,
      tries: UInt64 = .max
    ) throws(OpenSSLError) -> PuzzleSolution? {
      let key = try Digest.sha256(subjectPublicKeyInfo)
      var x = start
      var left = tries
      while left > 0 {
        let solution = PuzzleSolution(epoch: epoch, x: x)
        let digest = try solution.digest(ip: ip, value: value, keyDigest: key)
        if EnrollmentPuzzle.leadingZeroBits(digest) >= difficultyBits { return solution }
        x &+= 1
        left -= 1
      }
      return nil
    }
  }

  /// The challenge of the epoch that holds `now`.
  /// - Throws: `OpenSSLError` when a digest cannot be had.
  public func challenge(at now: AdmissionTime) throws(OpenSSLError) -> Challenge {
    let epoch = epoch(at: now)
    let remaining = expiry(of: epoch).microseconds - now.microseconds
    return Challenge(
      epoch: epoch, value: try value(of: epoch), difficultyBits: settings.difficultyBits,
      validSeconds: max(0, remaining / 1_000_000))
  }

  /// What is wrong with a solution, or its stamp when nothing is; whether it was used before is for
  /// the caller to see.
  enum Verdict {
    case solved(PuzzleStamp)
    case wrong
    case stale
  }

  func verdict(
    on solution: PuzzleSolution, ip: IPAddress, subjectPublicKeyInfo: [UInt8],
    at now: AdmissionTime
  ) throws(OpenSSLError) -> Verdict {
    let current = epoch(at: now)
    guard solution.epoch <= current, current - solution.epoch <= UInt64(settings.oldEpochs) else {
      return .stale
    }
    let digest = try solution.digest(
      ip: ip, value: try value(of: solution.epoch),
      keyDigest: try Digest.sha256(subjectPublicKeyInfo))
    guard EnrollmentPuzzle.leadingZeroBits(digest) >= settings.difficultyBits else {
      return .wrong
    }
    return .solved(
      PuzzleStamp(epoch: solution.epoch, digest: digest, expiry: expiry(of: solution.epoch)))
  }

  /// Epoch 0 holds all time before 1970 too.
  private func epoch(at now: AdmissionTime) -> UInt64 {
    UInt64(max(0, now.microseconds) / (Int64(settings.epochSeconds) * 1_000_000))
  }

  /// When an epoch is accepted no longer; the epoch is one that some `AdmissionTime` has.
  private func expiry(of epoch: UInt64) -> AdmissionTime {
    let end = Int64(clamping: epoch) + 1 + Int64(settings.oldEpochs)
    return AdmissionTime(microseconds: 0).adding(seconds: end * Int64(settings.epochSeconds))
  }

  /// SHA-256 over a fixed word, the secret's digest and the epoch's number: a keyed function, as
  /// inputs of one length leave nothing to extend.
  private func value(of epoch: UInt64) throws(OpenSSLError) -> [UInt8] {
    try Digest.sha256(
      Array("redoubt enrollment puzzle".utf8) + (try Digest.sha256(secret)) + epoch.bigEndianOctets)
  }

  /// Zero bits before the first one bit.
  static func leadingZeroBits(_ digest: [UInt8]) -> Int {
    var count = 0
    for octet in digest {
      count += octet.leadingZeroBitCount
      if octet != 0 { break }
    }
    return count
  }
}

/// An answer to an enrollment puzzle.
public struct PuzzleSolution: Hashable, Sendable, CustomStringConvertible {
  /// The epoch that it is for.
  public let epoch: UInt64
  /// The number found; hashed as 8 octets, most significant first.
  public let x: UInt64

  /// A solution from its parts.
  public init(epoch: UInt64, x: UInt64) {
    self.epoch = epoch
    self.x = x
  }

  /// Reads `<epoch in decimal>:<x as 16 lower-case hex digits>`; nil for anything else.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count <= 37, let colon = bytes.firstIndex(of: 0x3A),
      bytes.count - colon - 1 == 16, (1...20).contains(colon),
      bytes[..<colon].allSatisfy({ (0x30...0x39).contains($0) }),
      colon == 1 || bytes[0] != 0x30,
      bytes[(colon + 1)...].allSatisfy({
        (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
      }), let epoch = UInt64(String(decoding: bytes[..<colon], as: UTF8.self)),
      let x = UInt64(String(decoding: bytes[(colon + 1)...], as: UTF8.self), radix: 16)
    else { return nil }
    self.init(epoch: epoch, x: x)
  }

  /// `<epoch>:<16 hex digits>`.
  public var description: String {
    let digits = String(x, radix: 16)
    return "\(epoch):" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  func digest(
    ip: IPAddress, value: [UInt8], keyDigest: [UInt8]
  ) throws(OpenSSLError) -> [UInt8] {
    try Digest.sha256(
      try Digest.sha256(ip.unmapped.octets + x.bigEndianOctets + value) + keyDigest)
  }
}

extension UInt64 {
  /// The 8 octets, most significant first.
  var bigEndianOctets: [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * UInt64($0))) }
  }
}
