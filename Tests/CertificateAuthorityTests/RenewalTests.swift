import Admission
import CertificateAuthority
import Foundation
import NodeCredentials
import RingIdentifiers
import Testing

/// Renewals: the nodeId stays, the right is checked, and one node is counted once.
@Suite struct RenewalTests {
  private static let now = EnrollmentBench.now

  @Test func aRenewalKeepsTheNodeId() async throws {
    let bench = try EnrollmentBench(accounts: ["alice": 1, "bob": 1])
    let first = try bench.issue(bench.wish())
    let later = Self.now.adding(days: 300)
    let elsewhere = IPAddress.v4(0xC633_6401)
    let second = try bench.issue(bench.wish(renewing: first.nodeId, peer: elsewhere), at: later)
    #expect(second.nodeId == first.nodeId && second.serial != first.serial)
    let records = try bench.bench.reader().records(after: 0)
    #expect(records.map(\.nodeId) == [first.nodeId, first.nodeId])
    #expect(records.map(\.account) == ["alice", "alice"])
    #expect(records.map(\.address) == ["192.0.2.1:4000", "198.51.100.1:4000"])
    #expect(records.map(\.position) == [0, 1])
    #expect(records[1].notAfter == later.adding(days: 365))
    let renewed = try bench.bench.reader().record(.nodeId(first.nodeId))
    #expect(renewed?.serial == second.serial)
    // Nobody else's, and no renewal of a renewal by the back door of another account.
    let outcomes = try bench.enroll(
      [bench.wish("bob", renewing: first.nodeId), bench.wish(nil, renewing: first.nodeId)],
      at: later)
    #expect(outcomes.map(\.renewalRefusal) == [.notYours, .notYours])
    // The chain goes on after the first certificate has ended.
    let third = try bench.issue(
      bench.wish(renewing: first.nodeId), at: Self.now.adding(days: 600))
    #expect(third.nodeId == first.nodeId)
    #expect(try bench.bench.audit().finding == nil)
  }

  /// A campaign counts nodes, not certificates.
  @Test func aCampaignSeesARenewedNodeOnce() async throws {
    let bench = try EnrollmentBench(accounts: ["alice": 9])
    let first = try bench.issue(bench.wish())
    let other = try bench.issue(bench.wish())
    let later = Self.now.adding(days: 100)
    let second = try bench.issue(bench.wish(renewing: first.nodeId), at: later)
    let reader = try bench.bench.reader()
    let early = try await reader.verifiedNodes(at: Self.now)
    #expect(Set(early.nodes.map(\.serial)) == [first.serial, other.serial])
    #expect(early.expiredCount == 1 && early.revokedCount == 0)
    let both = try await reader.verifiedNodes(at: later)
    #expect(Set(both.nodes.map(\.serial)) == [second.serial, other.serial])
    #expect(Set(both.nodes.map(\.nodeId)).count == 2)
    let late = try await reader.verifiedNodes(at: Self.now.adding(days: 400))
    #expect(late.nodes.map(\.serial) == [second.serial])
    #expect(late.expiredCount == 2)
  }

  @Test func revokingANodeRevokesItsRenewals() async throws {
    let bench = try EnrollmentBench(accounts: ["alice": 9])
    let first = try bench.issue(bench.wish())
    let second = try bench.issue(bench.wish(renewing: first.nodeId))
    let other = try bench.issue(bench.wish())
    let outcome = try bench.authority.revoke(
      .nodeId(first.nodeId), reason: .keyCompromise, at: Self.now)
    #expect(!outcome.wasAlreadyRevoked && outcome.record.serial == second.serial)
    let revoked = try bench.bench.reader().revokedCertificates()
    #expect(revoked.map(\.serial) == [first.serial, second.serial])
    let list = try bench.authority.currentRevocationList()
    #expect(Set(list.entries.map(\.serial)) == [first.serial, second.serial])
    #expect(try bench.enroll([bench.wish(renewing: first.nodeId)])[0].renewalRefusal == .revoked)
    let found = try await bench.bench.reader().verifiedNodes(at: Self.now)
    #expect(found.nodes.map(\.serial) == [other.serial] && found.revokedCount == 2)
    #expect(try bench.bench.audit().finding == nil)
  }

  /// One certificate by its serial number: the others of the node stay as they are.
  @Test func revokingOneCertificateLeavesTheOthers() throws {
    let bench = try EnrollmentBench(accounts: ["alice": 9])
    let first = try bench.issue(bench.wish())
    let second = try bench.issue(bench.wish(renewing: first.nodeId))
    _ = try bench.authority.revoke(.serial(first.serial), reason: .superseded, at: Self.now)
    #expect(try bench.bench.reader().revokedCertificates().map(\.serial) == [first.serial])
    // The newest counts: it is in force.
    let third = try bench.issue(bench.wish(renewing: first.nodeId))
    _ = try bench.authority.revoke(.serial(third.serial), reason: .superseded, at: Self.now)
    #expect(try bench.enroll([bench.wish(renewing: first.nodeId)])[0].renewalRefusal == .revoked)
    // Now all of them: the newest was revoked before, the second was not.
    let all = try bench.authority.revoke(
      .nodeId(first.nodeId), reason: .cessationOfOperation, at: Self.now)
    #expect(all.wasAlreadyRevoked && all.record.serial == third.serial)
    let serials = try bench.bench.reader().revokedCertificates().map(\.serial)
    #expect(serials == [first.serial, third.serial, second.serial])
    #expect(try bench.bench.audit().finding == nil)
  }

  @Test func theExpiredAndTheUnknownAreNotRenewed() throws {
    var profile = CertificateProfile()
    profile.nodeValidityDays = 10
    let bench = try EnrollmentBench(profile: profile, accounts: ["alice": 9])
    let receipt = try bench.issue(bench.wish())
    let end = Self.now.adding(days: 10)
    let before = try bench.bench.dump()
    let late = try bench.enroll([bench.wish(renewing: receipt.nodeId)], at: end.adding(seconds: 1))
    #expect(late[0].renewalRefusal == .expired)
    let unknown = try bench.enroll([bench.wish(renewing: NodeId.assigned())], at: end)
    #expect(unknown[0].renewalRefusal == .unknownNode)
    #expect(try bench.bench.dump() == before)
    // The last second still counts, and a clock that is behind does no harm.
    #expect(try bench.issue(bench.wish(renewing: receipt.nodeId), at: end).nodeId == receipt.nodeId)
    #expect(
      try bench.issue(bench.wish(renewing: receipt.nodeId), at: Self.now).nodeId == receipt.nodeId)
  }

  @Test func theOperatorsOwnNodesAreNobodysToRenew() throws {
    let bench = try EnrollmentBench(accounts: ["alice": 9])
    let issued = try bench.bench.issue()
    let outcome = try bench.enroll([
      bench.wish(renewing: issued.node.nodeId, key: issued.node.publicKey)
    ])
    #expect(outcome[0].renewalRefusal == .notYours)
  }

  @Test func withoutAccountsTheKeyDecides() throws {
    let bench = try EnrollmentBench(.openToAll)
    let (key, other) = (try EnrollmentBench.key(), try EnrollmentBench.key())
    let first = try bench.issue(bench.wish(nil, key: key))
    func refusal(_ key: PublicKey) throws -> RenewalRefusal? {
      try bench.enroll([bench.wish(nil, renewing: first.nodeId, key: key)])[0].renewalRefusal
    }
    #expect(try refusal(other) == .notYours)
    #expect(
      try bench.issue(bench.wish(nil, renewing: first.nodeId, key: key)).nodeId == first.nodeId)
    _ = try bench.authority.revoke(.nodeId(first.nodeId), reason: .superseded, at: Self.now)
    #expect(try refusal(key) == .revoked)
    #expect(try bench.bench.audit().finding == nil)
  }

  /// What was enrolled with an account stays with it when the policy opens.
  @Test func aRenewalStaysWithItsAccountWhenThePolicyChanges() throws {
    let bench = try EnrollmentBench(accounts: ["alice": 9])
    let key = try EnrollmentBench.key()
    let first = try bench.issue(bench.wish(key: key))
    let engine = try AdmissionEngine(policy: .openToAll)
    let wish = try bench.wish(nil, renewing: first.nodeId, key: key)
    let outcome = try #require(
      bench.authority.enroll([wish], by: engine, at: AdmissionTime(Self.now)).first)
    #expect(try outcome.get().receipts.first?.nodeId == first.nodeId)
    #expect(try bench.bench.reader().record(.nodeId(first.nodeId))?.account == "alice")
    #expect(try bench.bench.audit().finding == nil)
    // And back again.
    #expect(try bench.issue(bench.wish(renewing: first.nodeId)).nodeId == first.nodeId)
  }
}
