/// What the policy engine remembers between requests: the reads and the one write that it needs.
///
/// The engine reads, decides, and writes once; a refused request writes nothing. For several
/// requests at once the caller runs each `admit` as one transaction.
public protocol AdmissionState {
  /// How reading or writing can fail.
  associatedtype Failure: Error

  /// The theoretical arrival time stored for a key, microseconds since the epoch; nil for none.
  ///
  /// An instant that is past may be forgotten.
  func theoreticalArrival(of key: LimitKey) throws(Failure) -> Int64?

  /// The standing of an account; nil when there is no such account.
  func standing(of account: AccountName, at now: AdmissionTime) throws(Failure) -> AccountStanding?

  /// Whether a solution was used; also true when it is so old that nobody can tell any more.
  func isSpent(_ stamp: PuzzleStamp) throws(Failure) -> Bool

  /// Books all changes of one request, or none of them when it throws.
  mutating func apply(_ changes: AdmissionChanges, at now: AdmissionTime) throws(Failure)
}

/// A puzzle solution that must not be used twice.
public struct PuzzleStamp: Hashable, Sendable {
  /// The epoch that it was solved for.
  public let epoch: UInt64
  /// The solution's digest, 32 octets.
  public let digest: [UInt8]
  /// From when on the epoch is refused anyway, so that the stamp may be forgotten.
  public let expiry: AdmissionTime
}

/// Everything that one request changes.
public struct AdmissionChanges: Hashable, Sendable {
  /// What an account pays and gets.
  public struct Charge: Hashable, Sendable {
    /// The account.
    public let account: AccountName
    /// Credits taken away; at most what it has.
    public let credits: Int64
    /// Identities added, in force and ever issued.
    public let newIdentities: Int
  }

  /// New theoretical arrival times by key, each key once; nil forgets the key.
  public var arrivals: [(key: LimitKey, arrival: Int64?)] = []
  /// The account's part.
  public var charge: Charge?
  /// The solution to remember.
  public var spent: PuzzleStamp?

  /// No change.
  public init() {}

  /// Whether nothing changes.
  public var isEmpty: Bool { arrivals.isEmpty && charge == nil && spent == nil }

  /// Equal when they change the same to the same.
  public static func == (left: AdmissionChanges, right: AdmissionChanges) -> Bool {
    left.charge == right.charge && left.spent == right.spent
      && left.arrivals.elementsEqual(right.arrivals) { $0 == $1 }
  }

  /// Hashes all parts.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(charge)
    hasher.combine(spent)
    for (key, arrival) in arrivals {
      hasher.combine(key)
      hasher.combine(arrival)
    }
  }
}
