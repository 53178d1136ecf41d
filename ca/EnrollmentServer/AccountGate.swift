import Admission
import CertificateAuthority
import Foundation
import HTTPTypes
import NIOPosix
import NodeCredentials
import Synchronization

/// Checks the secrets of accounts: once by the memory-hard hash, then by a keyed digest of it.
///
/// The memory-hard hash costs tens of milliseconds on purpose, which an applicant should pay once
/// and not for every request. A secret that was right is remembered for ten minutes as an HMAC
/// under a key of this process, and only for as long as the ledger has the same hash: a reset
/// secret is refused at once. Wrong secrets are limited by account and by address block, and an
/// unknown name costs as much time as a wrong secret.
final class AccountGate: Sendable {
  private struct Remembered {
    let code: [UInt8]
    let hash: String
    let expiry: AdmissionTime
  }

  /// More accounts than this are not remembered at once; one of them is then forgotten.
  private static let capacity = 10_000
  private static let lifetimeSeconds: Int64 = 600
  /// Secrets that wait for the memory-hard hash; each needs its memory.
  private static let waitingMax = 32

  /// A name with the keyed digest of the secret given for it.
  private struct Attempt: Hashable {
    let name: AccountName
    let code: [UInt8]
  }

  private struct State {
    var remembered: [AccountName: Remembered] = [:]
    var waiting = 0
    /// What is being hashed: requests with the same name and secret wait for the one outcome.
    var checking: [Attempt: Task<Bool, any Error>] = [:]
  }

  private let authority: OverlayAuthority
  private let engine: AdmissionEngine
  private let threads: NIOThreadPool
  private let key: [UInt8]
  /// What an unknown name's secret is compared with.
  private let decoy: SecretHash
  private let state = Mutex(State())

  init(
    _ authority: OverlayAuthority, engine: AdmissionEngine, threads: NIOThreadPool
  ) throws(OpenSSLError) {
    self.authority = authority
    self.engine = engine
    self.threads = threads
    key = try SecureRandom.bytes(count: 32)
    decoy = try SecretHash(
      hashing: try SecureRandom.bytes(count: 16),
      cost: ScryptCost(logRounds: engine.policy.secretCostLog2) ?? .standard)
  }

  /// The account whose secret was given; nil when accounts are open.
  /// - Throws: `Problem`: 401 for wrong or no credentials, 429 after too many, 503 when busy.
  func account(
    _ given: AccountCredentials?, peer: IPAddress, at now: AdmissionTime
  ) async throws -> AccountName? {
    guard engine.policy.accounts == .required else { return nil }
    guard let given, let name = AccountName(given.name), given.secret.count <= 1_024 else {
      throw Problem.credentials
    }
    let stored = try authority.secretHash(of: name)
    let code = try Digest.hmacSHA256(
      key: key, message: Array(name.value.utf8) + [0] + given.secret)
    if let stored, isRemembered(name, code: code, hash: stored, at: now) { return name }
    let attempt = Attempt(name: name, code: code)
    let task = state.withLock { state in
      if let running = state.checking[attempt] { return running }
      let task = Task {
        defer { self.state.withLock { $0.checking[attempt] = nil } }
        return try await self.check(attempt, given.secret, stored, peer: peer, at: now)
      }
      state.checking[attempt] = task
      return task
    }
    guard try await task.value else { throw Problem.credentials }
    return name
  }

  /// Tries one secret, once for all requests that bring it at the same time.
  ///
  /// Otherwise a client with several connections would be charged with a wrong attempt for each of
  /// them until its first secret is seen to be right, and be refused.
  private func check(
    _ attempt: Attempt, _ secret: [UInt8], _ stored: String?, peer: IPAddress,
    at now: AdmissionTime
  ) async throws -> Bool {
    let name = attempt.name
    if let stored, isRemembered(name, code: attempt.code, hash: stored, at: now) { return true }
    guard try await tried(secret, of: name, stored, peer: peer, at: now), let stored else {
      return false
    }
    remember(name, code: attempt.code, hash: stored, at: now)
    return true
  }

  private func isRemembered(
    _ name: AccountName, code: [UInt8], hash: String, at now: AdmissionTime
  ) -> Bool {
    guard let known = state.withLock({ $0.remembered[name] }), known.hash == hash,
      now < known.expiry
    else { return false }
    // The code is keyed, so the time that a comparison takes tells nothing of the secret.
    return known.code == code
  }

  private func remember(
    _ name: AccountName, code: [UInt8], hash: String, at now: AdmissionTime
  ) {
    let entry = Remembered(
      code: code, hash: hash, expiry: now.adding(seconds: AccountGate.lifetimeSeconds))
    state.withLock { state in
      if state.remembered.count >= AccountGate.capacity, state.remembered[name] == nil,
        let some = state.remembered.keys.first
      {
        state.remembered[some] = nil
      }
      state.remembered[name] = entry
    }
  }

  /// Books the attempt and runs the memory-hard hash, one after the other on a thread of its own:
  /// both can take long, the former when another process writes the ledger.
  private func tried(
    _ secret: [UInt8], of name: AccountName, _ stored: String?, peer: IPAddress,
    at now: AdmissionTime
  ) async throws -> Bool {
    let isRoom = state.withLock { state in
      guard state.waiting < AccountGate.waitingMax else { return false }
      state.waiting += 1
      return true
    }
    guard isRoom else { throw Problem.overloaded("too many secrets are being checked") }
    defer { state.withLock { $0.waiting -= 1 } }
    let hash = stored.flatMap { SecretHash($0) }
    let compared = hash ?? decoy
    let (authority, engine) = (authority, engine)
    return try await threads.runIfActive {
      if let refusal = try authority.credentialAttempt(name, peer: peer, by: engine, at: now) {
        throw Problem(refusal)
      }
      guard try compared.matches(secret), hash != nil else { return false }
      try authority.credentialSucceeded(name, peer: peer, by: engine, at: now)
      return true
    }
  }
}

extension Problem {
  /// A refusal of the policy as an answer.
  init(_ refusal: AdmissionRefusal) {
    let status: (HTTPResponse.Status, String) =
      switch refusal.cure {
      case .wait: (.tooManyRequests, "Too many requests")
      case .change: (.forbidden, "Refused by policy")
      case .identify: (.unauthorized, "Credentials needed")
      case .conflict: (.conflict, "Used before")
      }
    self.init(
      word: refusal.word, status: status.0, title: status.1, detail: refusal.description,
      retryAfterSeconds: refusal.retryAfterSeconds.map { Int(clamping: $0) })
  }
}
