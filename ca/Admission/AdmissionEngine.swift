public import NodeCredentials

/// Why the engine could not decide; a refusal is not one of these.
public enum AdmissionError<StateFailure: Error>: Error {
  /// The state could not be read or written.
  case state(StateFailure)
  /// A digest could not be had.
  case cryptography(OpenSSLError)
}

/// Decides who gets an identity, by one policy.
///
/// A pure function of policy, request, time and state. All checks come before all writes: a refused
/// request changes nothing. The order of the checks is fixed: first what waiting does not cure
/// (count, account, address, cap, credit), then all rate limits together, so that the wait that is
/// named is enough for every one of them, then the puzzle, so that nobody solves one in vain.
public struct AdmissionEngine: Sendable {
  /// The policy.
  public let policy: AdmissionPolicy
  /// The puzzle; nil when the policy has none.
  public let puzzle: EnrollmentPuzzle?

  /// An engine for a policy.
  /// - Parameter puzzleSecret: at least 16 octets from which the epoch values derive; the same
  ///   secret gives the same values after a restart. Not used when the policy has no puzzle.
  /// - Throws: `AdmissionPolicy.Conflict` when the policy contradicts itself, or when it has a
  ///   puzzle and the secret is too short.
  public init(
    policy: AdmissionPolicy, puzzleSecret: [UInt8] = []
  ) throws(AdmissionPolicy.Conflict) {
    if let conflict = policy.conflict { throw conflict }
    self.policy = policy
    if policy.puzzle.difficultyBits > 0 {
      guard puzzleSecret.count >= EnrollmentPuzzle.secretCountMin else {
        throw AdmissionPolicy.Conflict(
          setting: "puzzle.difficultyBits", detail: "needs a secret of at least 16 octets")
      }
      puzzle = EnrollmentPuzzle(settings: policy.puzzle, secret: puzzleSecret)
    } else {
      puzzle = nil
    }
  }

  /// Decides on a request and books what it costs.
  /// - Parameter now: the server's clock; may have gone backwards since the last call.
  /// - Throws: `AdmissionError`; then nothing was booked.
  public func admit<State: AdmissionState>(
    _ request: AdmissionRequest, at now: AdmissionTime, state: inout State
  ) throws(AdmissionError<State.Failure>) -> AdmissionDecision {
    let (decision, changes) = try evaluate(request, at: now, state: state)
    if !changes.isEmpty {
      do { try state.apply(changes, at: now) } catch { throw .state(error) }
    }
    return decision
  }

  /// Decides on a request without booking anything.
  /// - Returns: the decision and what `admit` would book; nothing for a refusal.
  /// - Throws: `AdmissionError`.
  public func evaluate<State: AdmissionState>(
    _ request: AdmissionRequest, at now: AdmissionTime, state: State
  ) throws(AdmissionError<State.Failure>) -> (AdmissionDecision, AdmissionChanges) {
    let count: Int
    switch request.kind {
    case .newIdentity(let wanted): count = wanted
    case .renewal: count = 0
    }
    if request.kind != .renewal, count < 1 || count > policy.nodeIdsPerRequest {
      return refused(.tooManyNodeIds(allowed: policy.nodeIdsPerRequest))
    }
    let ip = (request.address?.ip ?? request.peer).unmapped
    guard let address = NodeAddress(ip: ip, port: request.address?.port ?? policy.defaultPort)
    else { return refused(.addressMismatch(claimed: ip, peer: request.peer)) }
    var changes = AdmissionChanges()

    var standing: AccountStanding?
    if policy.accounts == .required {
      guard let account = request.account else { return refused(.accountMissing) }
      do { standing = try state.standing(of: account, at: now) } catch { throw .state(error) }
      guard standing != nil else { return refused(.unknownAccount) }
    }
    let differs = ip != request.peer.unmapped
    if differs, policy.addressBinding == .strict {
      return refused(.addressMismatch(claimed: ip, peer: request.peer))
    }
    var price: Int64 = 0
    if let account = request.account, let standing, count > 0 {
      if policy.identitiesPerAccount > 0,
        standing.identitiesInForce > policy.identitiesPerAccount - count
      {
        return refused(.identityCap(allowed: policy.identitiesPerAccount))
      }
      price = Int64(policy.priceCredits) * Int64(count)
      if standing.credits < price {
        return refused(.insufficientCredit(needed: price, balance: standing.credits))
      }
      changes.charge = .init(account: account, credits: price, newIdentities: count)
    }
    if let refusal = try chargeLimits(
      request, count: count, standing: standing, at: now, state: state, into: &changes)
    {
      return (.refused(refusal), AdmissionChanges())
    }
    if let refusal = try chargePuzzle(
      request, ip: ip, at: now, state: state, into: &changes)
    {
      return (.refused(refusal), AdmissionChanges())
    }
    let grant = AdmissionGrant(
      newNodeIds: count, address: address, chargedCredits: price,
      creditsLeft: standing.map { $0.credits - price },
      warnings: differs && policy.addressBinding == .warn
        ? [.addressMismatch(certified: ip, peer: request.peer)] : [])
    return (.admitted(grant), changes)
  }

  private func refused(
    _ reason: AdmissionRefusal.Reason
  ) -> (AdmissionDecision, AdmissionChanges) {
    (.refused(AdmissionRefusal(reason)), AdmissionChanges())
  }

  // MARK: limits

  /// Judges all limits; the refusal is that of the longest wait.
  private func chargeLimits<State: AdmissionState>(
    _ request: AdmissionRequest, count: Int, standing: AccountStanding?, at now: AdmissionTime,
    state: State, into changes: inout AdmissionChanges
  ) throws(AdmissionError<State.Failure>) -> AdmissionRefusal? {
    var longest: AdmissionRefusal?
    var longestWait: Int64 = 0
    for (key, amount) in charges(request, count: count, standing: standing) {
      guard let limit = policy.limits[key.scope] else { continue }
      let stored: Int64?
      do { stored = try state.theoreticalArrival(of: key) } catch { throw .state(error) }
      switch limit.verdict(amount, stored: stored, at: now) {
      case .conforming(let arrival): changes.arrivals.append((key, arrival))
      case .early(let wait):
        guard wait > longestWait else { continue }
        longestWait = wait
        longest = AdmissionRefusal(.rateLimited(key.scope, limit, waitMicroseconds: wait))
      case .never:
        return AdmissionRefusal(.tooManyNodeIds(allowed: limit.burst))
      }
    }
    return longest
  }

  /// The counters that a request moves, and by how much; those without a limit included.
  private func charges(
    _ request: AdmissionRequest, count: Int, standing: AccountStanding?
  ) -> [(key: LimitKey, amount: Int)] {
    let account = policy.accounts == .required ? request.account : nil
    guard count > 0 else {
      if let account { return [(LimitKey(.renewal, .account(account)), 1)] }
      if isExempt(request.peer) { return [] }
      return [(LimitKey(.renewal, .block(.host(request.peer))), 1)]
    }
    var charges: [(LimitKey, Int)] = []
    for (key, amount) in keys(
      account: account, peer: request.peer, autonomousSystem: request.autonomousSystem)
    {
      if key.scope != .reroll {
        charges.append((key, amount * count))
      } else if let standing {
        let rerolls = rerollCount(standing, count: count)
        if rerolls > 0 { charges.append((key, rerolls)) }
      }
    }
    return charges
  }

  /// How many of `count` new nodeIds replace ones that were given up.
  ///
  /// The first `identitiesPerAccount` nodeIds of an account are not re-rolls: it may hold all of
  /// them at once. Every further one takes the place of one that it holds no more.
  private func rerollCount(_ standing: AccountStanding, count: Int) -> Int {
    let cap = policy.identitiesPerAccount
    guard cap > 0 else { return 0 }
    let fresh = max(0, cap - max(0, standing.identitiesIssued))
    return max(0, count - fresh)
  }

  /// The counters of new identities, in the order of `LimitScope.newIdentity`.
  func keys(
    account: AccountName?, peer: IPAddress?, autonomousSystem: UInt32?
  ) -> [(key: LimitKey, amount: Int)] {
    var keys: [(LimitKey, Int)] = []
    if let account { keys.append((LimitKey(.account, .account(account)), 1)) }
    if let peer, !isExempt(peer) {
      keys.append((LimitKey(.address, .block(.host(peer))), 1))
      keys.append((LimitKey(.prefix, .block(.site(peer))), 1))
      keys.append((LimitKey(.autonomousSystem, .autonomousSystem(autonomousSystem ?? 0)), 1))
    }
    keys.append((LimitKey(.overall, .all), 1))
    if let account { keys.append((LimitKey(.reroll, .account(account)), 1)) }
    return keys
  }

  /// Whether limits by address do not apply: loopback, on a test network only.
  func isExempt(_ peer: IPAddress) -> Bool { policy.testnet && peer.isLoopback }

  // MARK: puzzle

  private func chargePuzzle<State: AdmissionState>(
    _ request: AdmissionRequest, ip: IPAddress, at now: AdmissionTime, state: State,
    into changes: inout AdmissionChanges
  ) throws(AdmissionError<State.Failure>) -> AdmissionRefusal? {
    guard let puzzle, request.kind != .renewal || policy.puzzle.renewals else { return nil }
    guard let solution = request.solution else {
      return AdmissionRefusal(.puzzleMissing(difficultyBits: policy.puzzle.difficultyBits))
    }
    let verdict: EnrollmentPuzzle.Verdict
    do {
      verdict = try puzzle.verdict(
        on: solution, ip: ip, subjectPublicKeyInfo: request.subjectPublicKeyInfo, at: now)
    } catch {
      throw .cryptography(error)
    }
    switch verdict {
    case .wrong: return AdmissionRefusal(.puzzleWrong)
    case .stale: return AdmissionRefusal(.puzzleStale)
    case .solved(let stamp):
      let isSpent: Bool
      do { isSpent = try state.isSpent(stamp) } catch { throw .state(error) }
      if isSpent { return AdmissionRefusal(.puzzleReplayed) }
      changes.spent = stamp
      return nil
    }
  }
}
