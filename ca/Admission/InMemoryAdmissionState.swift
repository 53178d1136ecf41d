/// The engine's memory without a database: for campaigns and tests.
///
/// Bounded: beyond `capacity` counters, accounts or stamps it first forgets what is past and then
/// refuses the change. Two states are equal when they hold the same.
public struct InMemoryAdmissionState: AdmissionState, Hashable, Sendable {
  /// Why a change was refused.
  public enum Failure: Error, Hashable, Sendable {
    /// As many counters, accounts or stamps are held as may be.
    case full(capacity: Int)
    /// The charge names an account that is not there, or more credits than it has.
    case badCharge(AccountName)
  }

  /// The most counters, and the most stamps, and the most accounts.
  public let capacity: Int
  private var arrivals: [LimitKey: Int64] = [:]
  private var accounts: [AccountName: AccountStanding] = [:]
  private var spent: [PuzzleStamp: AdmissionTime] = [:]
  /// Stamps of earlier epochs may have been forgotten.
  private var forgottenBelow: UInt64 = 0

  /// An empty state.
  /// - Precondition: `capacity > 0`.
  public init(capacity: Int = 1_000_000) {
    precondition(capacity > 0, "capacity must be positive, got \(capacity)")
    self.capacity = capacity
  }

  /// Opens an account or replaces its standing.
  public mutating func setStanding(
    _ standing: AccountStanding, of account: AccountName
  ) throws(Failure) {
    if accounts[account] == nil, accounts.count >= capacity { throw .full(capacity: capacity) }
    accounts[account] = standing
  }

  /// The certificates of `count` identities of an account end, by expiry or revocation.
  public mutating func endIdentities(_ count: Int, of account: AccountName) {
    guard var standing = accounts[account] else { return }
    standing.identitiesInForce = max(0, standing.identitiesInForce - max(0, count))
    accounts[account] = standing
  }

  /// The theoretical arrival time stored for a key.
  public func theoreticalArrival(of key: LimitKey) -> Int64? { arrivals[key] }

  /// The standing of an account.
  public func standing(of account: AccountName, at now: AdmissionTime) -> AccountStanding? {
    accounts[account]
  }

  /// Whether a solution was used.
  public func isSpent(_ stamp: PuzzleStamp) -> Bool {
    stamp.epoch < forgottenBelow || spent[stamp] != nil
  }

  /// Books all changes or none.
  public mutating func apply(
    _ changes: AdmissionChanges, at now: AdmissionTime
  ) throws(Failure) {
    if arrivals.count + changes.arrivals.count > capacity {
      arrivals = arrivals.filter { $0.value > now.microseconds }
    }
    if changes.spent != nil, spent.count >= capacity { forgetStamps(before: now) }
    guard arrivals.count + changes.arrivals.count <= capacity,
      changes.spent == nil || spent.count < capacity
    else { throw .full(capacity: capacity) }
    if let charge = changes.charge {
      guard var standing = accounts[charge.account], charge.credits <= standing.credits else {
        throw .badCharge(charge.account)
      }
      standing.credits -= charge.credits
      standing.identitiesInForce += charge.newIdentities
      standing.identitiesIssued += charge.newIdentities
      accounts[charge.account] = standing
    }
    for (key, arrival) in changes.arrivals { arrivals[key] = arrival }
    if let stamp = changes.spent { spent[stamp] = stamp.expiry }
  }

  private mutating func forgetStamps(before now: AdmissionTime) {
    for stamp in spent.keys where stamp.expiry <= now {
      forgottenBelow = max(forgottenBelow, stamp.epoch &+ 1)
    }
    spent = spent.filter { $0.value > now && $0.key.epoch >= forgottenBelow }
  }
}
