import Admission
import CertificateAuthority
import Foundation
import NodeCredentials
import Testing

/// Accounts of the ledger: opening, secrets, closing, credits, wrong secrets.
@Suite struct AccountTests {
  private static let now = EnrollmentBench.now

  @Test func anAccountIsOpenedOnce() throws {
    let bench = try AuthorityBench()
    try bench.openAccount("alice", credits: 7)
    let authority = try bench.open()
    let error = try authorityError { try bench.openAccount("alice", credits: 9) }
    #expect(error == .ledger(.accountExists(path: bench.ledger.path, name: "alice")))
    #expect(error?.exitCode == 65)
    try bench.openAccount("a", credits: 0)
    let accounts = try bench.reader().accounts()
    #expect(accounts.map(\.name) == ["a", "alice"])
    #expect(accounts.map(\.credits) == [0, 7])
    #expect(accounts.allSatisfy { $0.isEnabled && $0.identities == 0 && $0.createdAt == Self.now })
    let text = try #require(try authority.secretHash(of: .named("alice")))
    let hash = try #require(SecretHash(text))
    #expect(try hash.matches(Array("secret".utf8)))
    #expect(try !hash.matches(Array("Secret".utf8)))
    #expect(try authority.secretHash(of: .named("bob")) == nil)
    #expect(try bench.audit().finding == nil)
  }

  @Test func aClosedAccountOpensWithItsNextSecret() throws {
    let bench = try EnrollmentBench(accounts: ["alice": 7])
    let name = try AccountName.named("alice")
    let receipt = try bench.issue(bench.wish())
    try bench.authority.setSecret(nil, of: name, at: Self.now)
    #expect(try bench.authority.secretHash(of: name) == nil)
    let closed = try #require(try bench.bench.reader().accounts().first)
    #expect(!closed.isEnabled && closed.credits == 6 && closed.identities == 1)
    // Its identities stay.
    #expect(try bench.bench.reader().record(.nodeId(receipt.nodeId))?.revocation == nil)
    let next = try SecretHash(hashing: Array("next".utf8), cost: .least)
    try bench.authority.setSecret(next, of: name, at: Self.now)
    #expect(try bench.authority.secretHash(of: name) == next.description)
    #expect(try bench.bench.reader().accounts().first?.isEnabled == true)
    #expect(try bench.bench.number("SELECT count(*) FROM account_secrets") == 3)
    #expect(try bench.bench.audit().finding == nil)
  }

  @Test func nothingIsDoneToAnUnknownAccount() throws {
    let bench = try EnrollmentBench(accounts: ["alice": 7])
    let before = try bench.bench.dump()
    let name = try AccountName.named("bob")
    let expected = AuthorityError.ledger(
      .unknownAccount(path: bench.bench.ledger.path, name: "bob"))
    #expect(
      try authorityError { try bench.authority.setSecret(nil, of: name, at: Self.now) }
        == expected)
    #expect(
      try authorityError {
        _ = try bench.authority.addCredits(5, to: name, note: "gift", at: Self.now)
      } == expected)
    #expect(expected.exitCode == 65)
    #expect(try bench.bench.dump() == before)
  }

  @Test func creditsAreAddedAndTakenButNeverOverdrawn() throws {
    let bench = try EnrollmentBench(accounts: ["alice": 7])
    let name = try AccountName.named("alice")
    func add(_ amount: Int64) throws -> Int64 {
      try bench.authority.addCredits(amount, to: name, note: "test", at: Self.now)
    }
    #expect(try add(3) == 10)
    #expect(try add(-10) == 0)
    #expect(try add(0) == 0)
    #expect(try add(5) == 5)
    let before = try bench.bench.dump()
    for amount in [-6, .min, .max] as [Int64] {
      #expect(
        try authorityError { _ = try add(amount) }
          == .ledger(.overdrawn(path: bench.bench.ledger.path, name: "alice", balance: 5)))
    }
    #expect(try bench.bench.dump() == before)
    #expect(try bench.bench.audit().finding == nil)
  }

  @Test func wrongSecretsAreCountedAndRightOnesAreNot() throws {
    var policy = AdmissionPolicy.bare
    policy.limits[.failedAccount] = RateLimit(burst: 2, count: 2, periodSeconds: 3_600)
    policy.limits[.failedPrefix] = RateLimit(burst: 3, count: 3, periodSeconds: 3_600)
    let bench = try EnrollmentBench(policy, accounts: ["alice": 7, "bob": 7])
    func attempt(_ name: String, isRight: Bool) throws -> String? {
      let account = try AccountName.named(name)
      let now = AdmissionTime(Self.now)
      let refusal = try bench.authority.credentialAttempt(
        account, peer: EnrollmentBench.peer, by: bench.engine, at: now)
      if refusal == nil, isRight {
        try bench.authority.credentialSucceeded(
          account, peer: EnrollmentBench.peer, by: bench.engine, at: now)
      }
      return refusal?.word
    }
    for _ in 0..<5 { #expect(try attempt("alice", isRight: true) == nil) }
    #expect(try bench.bench.number("SELECT count(*) FROM rate_limits") == 0)
    #expect(try attempt("alice", isRight: false) == nil)
    #expect(try attempt("alice", isRight: false) == nil)
    let before = try bench.bench.dump()
    #expect(try attempt("alice", isRight: true) == "rateLimited")
    #expect(try bench.bench.dump() == before)
    // The address block has one left for all accounts together.
    #expect(try attempt("bob", isRight: false) == nil)
    #expect(try attempt("bob", isRight: true) == "rateLimited")
  }
}
