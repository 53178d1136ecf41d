public import NodeCredentials

extension AdmissionEngine {
  /// Whether an account's secret may be tried now; books the attempt as failed.
  ///
  /// Call it before the secret is hashed, and `credentialSucceeded` after it was right, which gives
  /// the attempt back. Booked first, so that attempts side by side cannot all pass before the first
  /// of them is seen to fail.
  /// - Parameter account: the name given, whether or not there is such an account.
  /// - Returns: the refusal, or nil when the attempt may go on.
  /// - Throws: `AdmissionError`; then nothing was booked.
  public func credentialAttempt<State: AdmissionState>(
    _ account: AccountName, peer: IPAddress, at now: AdmissionTime, state: inout State
  ) throws(AdmissionError<State.Failure>) -> AdmissionRefusal? {
    var changes = AdmissionChanges()
    var longest: AdmissionRefusal?
    var longestWait: Int64 = 0
    for key in failureKeys(account, peer: peer) {
      guard let limit = policy.limits[key.scope] else { continue }
      let stored: Int64?
      do { stored = try state.theoreticalArrival(of: key) } catch { throw .state(error) }
      switch limit.verdict(1, stored: stored, at: now) {
      case .conforming(let arrival): changes.arrivals.append((key, arrival))
      case .early(let wait):
        guard wait > longestWait else { continue }
        longestWait = wait
        longest = AdmissionRefusal(.rateLimited(key.scope, limit, waitMicroseconds: wait))
      case .never: continue  // One is never above a burst.
      }
    }
    if let longest { return longest }
    if changes.isEmpty { return nil }
    do { try state.apply(changes, at: now) } catch { throw .state(error) }
    return nil
  }

  /// Gives an attempt back after the secret was right.
  /// - Throws: `AdmissionError`; then nothing was booked.
  public func credentialSucceeded<State: AdmissionState>(
    _ account: AccountName, peer: IPAddress, at now: AdmissionTime, state: inout State
  ) throws(AdmissionError<State.Failure>) {
    var changes = AdmissionChanges()
    for key in failureKeys(account, peer: peer) {
      guard let limit = policy.limits[key.scope] else { continue }
      do {
        let stored = try state.theoreticalArrival(of: key)
        changes.arrivals.append((key, limit.refunded(1, stored: stored, at: now)))
      } catch {
        throw .state(error)
      }
    }
    if changes.isEmpty { return }
    do { try state.apply(changes, at: now) } catch { throw .state(error) }
  }

  private func failureKeys(_ account: AccountName, peer: IPAddress) -> [LimitKey] {
    let key = LimitKey(.failedAccount, .account(account))
    if isExempt(peer) { return [key] }
    return [key, LimitKey(.failedPrefix, .block(.site(peer)))]
  }
}
