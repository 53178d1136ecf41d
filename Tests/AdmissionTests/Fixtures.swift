import Admission
import Foundation
import NodeCredentials
import Randomness
import Testing

/// Noon of 2026-01-01, to which the tests add.
let noon = AdmissionTime(microseconds: 1_767_268_800_000_000)
let second: Int64 = 1_000_000

extension AccountName {
  static func named(_ text: String) throws -> AccountName { try #require(AccountName(text)) }
}

extension IPAddress {
  static func of(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
}

extension RateLimit {
  static func of(_ burst: Int, _ count: Int, _ periodSeconds: Int) throws -> RateLimit {
    try #require(RateLimit(burst: burst, count: count, periodSeconds: periodSeconds))
  }
}

extension AdmissionPolicy {
  /// Accounts at one credit each, and no limit at all.
  static var bare: AdmissionPolicy {
    var policy = AdmissionPolicy()
    policy.limits = [:]
    policy.identitiesPerAccount = 0
    return policy
  }
}

extension AdmissionDecision {
  var grant: AdmissionGrant? { if case .admitted(let grant) = self { grant } else { nil } }
  var refusal: AdmissionRefusal? { if case .refused(let refusal) = self { refusal } else { nil } }
}

/// One engine with its state, for scripts of requests.
struct Desk {
  let engine: AdmissionEngine
  var state = InMemoryAdmissionState(capacity: 100_000)

  init(_ policy: AdmissionPolicy, secret: [UInt8] = Array(repeating: 7, count: 32)) throws {
    engine = try AdmissionEngine(policy: policy, puzzleSecret: secret)
  }

  /// Decides; a refusal must leave the state as it was, and must not differ from `evaluate`.
  mutating func ask(_ request: AdmissionRequest, at now: AdmissionTime = noon) throws
    -> AdmissionDecision
  {
    let before = state
    let (foreseen, changes) = try engine.evaluate(request, at: now, state: state)
    let decision = try engine.admit(request, at: now, state: &state)
    #expect(decision == foreseen)
    if case .refused = decision {
      #expect(state == before, "a refused request left a trace")
      #expect(changes.isEmpty)
    }
    return decision
  }
}

/// The folder of the repository's policies.
let profiles = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("ca/profiles")
