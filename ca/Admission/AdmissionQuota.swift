public import NodeCredentials

/// What is left for an account and an address, and when more comes.
public struct AdmissionQuota: Hashable, Sendable, Encodable {
  /// What one rate limit has left.
  public struct Entry: Hashable, Sendable, Encodable {
    /// The word of the limit.
    public let limit: String
    /// Whom it counts, such as `192.0.2.0/24`; empty for everyone.
    public let subject: String
    /// How many at once.
    public let burst: Int
    /// How many come back per period.
    public let count: Int
    /// The period in seconds.
    public let periodSeconds: Int
    /// How many conform now.
    public let left: Int
    /// Seconds, rounded up, until one more conforms; nil when all are free.
    public let nextInSeconds: Int64?
  }

  /// The account; nil when none was asked about.
  public let account: String?
  /// Credits not yet spent; nil without an account.
  public let credits: Int64?
  /// Credits that one new identity costs.
  public let priceCredits: Int
  /// Identities in force; nil without an account.
  public let identitiesInForce: Int?
  /// The most that may be in force; nil for no cap.
  public let identitiesAllowed: Int?
  /// New identities that could be had now: the least of all limits, cap and credit.
  public let newIdentitiesNow: Int
  /// Seconds, rounded up, until one could be had; 0 for now, nil when waiting does not help.
  public let newIdentityInSeconds: Int64?
  /// Leading zero bits of the puzzle; 0 for none.
  public let puzzleDifficultyBits: Int
  /// The limits that apply, those on new identities first.
  public let limits: [Entry]
}

extension AdmissionEngine {
  /// What is left now.
  /// - Parameters:
  ///   - account: ignored where accounts are open.
  ///   - peer: the address asked about; nil leaves out the limits by address.
  /// - Returns: nil when the account is not known.
  /// - Throws: `AdmissionError`.
  public func quota<State: AdmissionState>(
    account: AccountName?, peer: IPAddress?, autonomousSystem: UInt32? = nil,
    at now: AdmissionTime, state: State
  ) throws(AdmissionError<State.Failure>) -> AdmissionQuota? {
    let account = policy.accounts == .required ? account : nil
    var standing: AccountStanding?
    if let account {
      do { standing = try state.standing(of: account, at: now) } catch { throw .state(error) }
      guard standing != nil else { return nil }
    }
    var available = Int.max
    if let standing {
      if policy.identitiesPerAccount > 0 {
        available = min(available, policy.identitiesPerAccount - standing.identitiesInForce)
      }
      if policy.priceCredits > 0 {
        available = min(
          available, Int(clamping: standing.credits / Int64(policy.priceCredits)))
      }
    }
    let curable = available > 0
    var wait: Int64 = 0
    var entries: [AdmissionQuota.Entry] = []
    for key in quotaKeys(account: account, peer: peer, autonomousSystem: autonomousSystem) {
      guard let limit = policy.limits[key.scope] else { continue }
      let stored: Int64?
      do { stored = try state.theoreticalArrival(of: key) } catch { throw .state(error) }
      let (left, next) = limit.left(stored: stored, at: now)
      let seconds = next.map { ($0 + 999_999) / 1_000_000 }
      if LimitScope.newIdentity.contains(key.scope) {
        let fresh = key.scope == .reroll ? freshNodeIds(standing) : 0
        available = min(available, left + fresh)
        if left + fresh == 0 { wait = max(wait, seconds ?? 0) }
      }
      entries.append(
        AdmissionQuota.Entry(
          limit: key.scope.rawValue, subject: key.subjectText, burst: limit.burst,
          count: limit.count, periodSeconds: limit.periodSeconds, left: left,
          nextInSeconds: seconds))
    }
    return AdmissionQuota(
      account: account?.value, credits: standing?.credits, priceCredits: policy.priceCredits,
      identitiesInForce: standing?.identitiesInForce,
      identitiesAllowed: policy.identitiesPerAccount > 0 ? policy.identitiesPerAccount : nil,
      newIdentitiesNow: max(0, available == .max ? RateLimit.burstRange.upperBound : available),
      newIdentityInSeconds: curable ? wait : nil,
      puzzleDifficultyBits: policy.puzzle.difficultyBits, limits: entries)
  }

  /// nodeIds that an account may still have before one counts as a re-roll.
  private func freshNodeIds(_ standing: AccountStanding?) -> Int {
    guard let standing else { return 0 }
    return max(0, policy.identitiesPerAccount - max(0, standing.identitiesIssued))
  }

  private func quotaKeys(
    account: AccountName?, peer: IPAddress?, autonomousSystem: UInt32?
  ) -> [LimitKey] {
    var found = keys(account: account, peer: peer, autonomousSystem: autonomousSystem).map(\.key)
    if let account {
      found.append(LimitKey(.renewal, .account(account)))
      found.append(LimitKey(.failedAccount, .account(account)))
    } else if policy.accounts == .open, let peer, !isExempt(peer) {
      found.append(LimitKey(.renewal, .block(.host(peer))))
    }
    if let peer, !isExempt(peer) { found.append(LimitKey(.failedPrefix, .block(.site(peer)))) }
    return found
  }
}

extension LimitKey {
  /// The subject alone.
  var subjectText: String {
    switch subject {
    case .all: ""
    case .account(let name): name.value
    case .block(let block): block.description
    case .autonomousSystem(let number): "AS\(number)"
    }
  }
}
