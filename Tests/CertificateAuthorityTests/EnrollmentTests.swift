import Admission
import CertificateAuthority
import Foundation
import NodeCredentials
import RingIdentifiers
import Testing

/// Groups of enrollments: what is granted, what it costs, and what a refusal leaves behind.
@Suite struct EnrollmentTests {
  private static let now = EnrollmentBench.now

  @Test func aGroupIsAnsweredInItsOrder() throws {
    var policy = AdmissionPolicy.bare
    policy.nodeIdsPerRequest = 3
    let bench = try EnrollmentBench(policy, accounts: ["alice": 10, "bob": 2])
    let old = try bench.issue(bench.wish())
    let keys = try (0..<4).map { _ in try EnrollmentBench.key() }
    let outcomes = try bench.enroll([
      bench.wish("mallory"),
      bench.wish("alice", count: 3, key: keys[0]),
      bench.wish("alice", renewing: NodeId.assigned()),
      bench.wish("bob", key: keys[1]),
      bench.wish("alice", renewing: old.nodeId, key: keys[2]),
      bench.wish("bob", count: 2),
      bench.wish("bob", key: keys[3]),
    ])
    #expect(outcomes.map(\.receipts.count) == [0, 3, 0, 1, 1, 0, 1])
    #expect(outcomes[0].refusal?.reason == .unknownAccount)
    #expect(outcomes[2].renewalRefusal == .unknownNode)
    // The group's earlier charge counts: of bob's two credits one is left.
    #expect(outcomes[5].refusal?.reason == .insufficientCredit(needed: 2, balance: 1))
    let receipts = outcomes.flatMap(\.receipts)
    #expect(Set(receipts.map(\.nodeId)).count == receipts.count)
    #expect(Set(receipts.map(\.serial)).count == receipts.count)
    #expect(receipts[4].nodeId == old.nodeId)
    let verifier = try bench.bench.reader().verifier()
    let expected = [keys[0], keys[0], keys[0], keys[1], keys[2], keys[3]]
    for (receipt, key) in zip(receipts, expected) {
      let node = try verifier.verify(
        UnverifiedNodeCertificate(der: receipt.certificate), at: Self.now)
      #expect(node.nodeId == receipt.nodeId && node.serial == receipt.serial)
      #expect(node.publicKey == key)
      #expect(node.address == NodeAddress("192.0.2.1:4000"))
    }
    // Places in the log in the order of the group.
    let reader = try bench.bench.reader()
    let positions = try receipts.map { try reader.record(.serial($0.serial))?.position }
    #expect(positions == [1, 2, 3, 4, 5, 6])
    #expect(try bench.bench.audit().finding == nil)
  }

  @Test func anEmptyGroupChangesNothing() throws {
    let bench = try EnrollmentBench()
    let before = try bench.bench.dump()
    #expect(try bench.enroll([]).isEmpty)
    #expect(try bench.bench.dump() == before)
  }

  @Test func aRefusedEnrollmentLeavesNoTrace() throws {
    var policy = AdmissionPolicy()
    policy.identitiesPerAccount = 2
    policy.puzzle.difficultyBits = 4
    policy.limits[.overall] = RateLimit(burst: 3, count: 1, periodSeconds: 3_600)
    let bench = try EnrollmentBench(
      policy, accounts: ["alice": 10, "bob": 0, "carol": 10, "dave": 10])
    let solver = try Solver(bench)
    let (first, second) = (try EnrollmentBench.key(), try EnrollmentBench.key())
    let used = try solver.solve(first, at: Self.now)
    let granted = try bench.issue(bench.wish(key: first, solution: used))
    _ = try bench.issue(bench.wish(key: second, solution: solver.solve(second, at: Self.now)))
    let before = try bench.bench.dump()
    let elsewhere = try AuthorityBench.address("198.51.100.1:4000")
    let third = try EnrollmentBench.key()
    let fresh = try solver.solve(third, at: Self.now)
    let refused: [(String, Enrollment)] = [
      ("accountMissing", try bench.wish(nil)),
      ("unknownAccount", try bench.wish("mallory")),
      ("tooManyNodeIds", try bench.wish("carol", count: 2)),
      ("tooManyNodeIds", try bench.wish("carol", count: 0)),
      ("addressMismatch", try bench.wish("carol", address: elsewhere)),
      ("identityCap", try bench.wish(key: third, solution: fresh)),
      ("insufficientCredit", try bench.wish("bob", key: third, solution: fresh)),
      ("puzzleMissing", try bench.wish("carol")),
      (
        "puzzleWrong",
        try bench.wish("carol", key: third, solution: solver.wrong(third, at: Self.now))
      ),
      ("puzzleStale", try bench.wish("carol", solution: PuzzleSolution(epoch: 0, x: 0))),
      ("puzzleReplayed", try bench.wish("carol", key: first, solution: used)),
    ]
    for (word, wish) in refused {
      #expect(try bench.enroll([wish])[0].refusal?.word == word)
    }
    #expect(try bench.bench.dump() == before)
    // All at once, too.
    let outcomes = try bench.enroll(refused.map(\.1))
    #expect(outcomes.map { $0.refusal?.word } == refused.map(\.0))
    let unrenewable = try bench.enroll([
      bench.wish("carol", renewing: granted.nodeId), bench.wish(renewing: NodeId.assigned()),
    ])
    #expect(unrenewable.map(\.renewalRefusal) == [.notYours, .unknownNode])
    #expect(try bench.bench.dump() == before)
    // The last place of the overall limit is still free, and the fresh solution unspent.
    #expect(
      try bench.issue(bench.wish("carol", key: third, solution: fresh)).nodeId != granted.nodeId)
    let late = try EnrollmentBench.key()
    let after = try bench.bench.dump()
    let limited = try bench.enroll([
      bench.wish("dave", key: late, solution: solver.solve(late, at: Self.now))
    ])
    #expect(limited[0].refusal?.word == "rateLimited")
    #expect(try bench.bench.dump() == after)
  }

  @Test func creditsAreChargedOncePerIdentity() throws {
    var policy = AdmissionPolicy.bare
    policy.priceCredits = 3
    policy.nodeIdsPerRequest = 4
    let bench = try EnrollmentBench(policy, accounts: ["alice": 20])
    func credits() throws -> Int64? { try bench.bench.reader().accounts().first?.credits }
    let receipts = try bench.enroll([bench.wish(count: 4)])[0].receipts
    #expect(receipts.count == 4)
    #expect(try credits() == 8)
    for receipt in receipts { _ = try bench.issue(bench.wish(renewing: receipt.nodeId)) }
    #expect(try credits() == 8)
    let outcomes = try bench.enroll((0..<3).map { _ in try bench.wish() })
    #expect(outcomes.map(\.receipts.count) == [1, 1, 0])
    #expect(outcomes[2].refusal?.reason == .insufficientCredit(needed: 3, balance: 2))
    let account = try #require(try bench.bench.reader().accounts().first)
    #expect(account.credits == 2 && account.identities == 6)
    let charges = "SELECT count(*) FROM credits WHERE amount < 0"
    #expect(try bench.bench.number(charges) == 3)
    #expect(try bench.bench.number(charges + " AND reservation IS NOT NULL") == 3)
    #expect(try bench.bench.audit().finding == nil)
  }

  @Test func anAddressElsewhereIsWarnedOf() throws {
    var policy = AdmissionPolicy.bare
    policy.addressBinding = .warn
    let bench = try EnrollmentBench(policy, accounts: ["alice": 5])
    let address = try AuthorityBench.address("198.51.100.1:7")
    let outcome = try bench.enroll([bench.wish(address: address)])[0]
    guard case .issued(let receipts, let warnings) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(
      warnings == [.addressMismatch(certified: address.ip, peer: EnrollmentBench.peer)])
    let record = try bench.bench.reader().record(.nodeId(receipts[0].nodeId))
    #expect(record?.address == "198.51.100.1:7")
    #expect(record?.account == "alice")
  }

  /// Where accounts are open a name that was given means nothing, known or not.
  @Test func anUncheckedNameIsNotRecorded() throws {
    let bench = try EnrollmentBench(.openToAll, accounts: ["alice": 0])
    for name in ["alice", "nobody", nil] {
      let receipt = try bench.issue(bench.wish(name))
      #expect(try bench.bench.reader().record(.nodeId(receipt.nodeId))?.account == nil)
    }
    #expect(try bench.bench.audit().finding == nil)
  }

  @Test func aBrokenPolicyIsNamedAndEnrollsNobody() throws {
    let bench = try EnrollmentBench()
    let file = AuthorityDirectory(bench.bench.url).policy
    try Data("accounts: required\npriceCredits: -1\n".utf8).write(to: file)
    guard
      case .invalid(file.path, _, _)? = try authorityError({
        _ = try bench.authority.admissionEngine()
      })
    else {
      Issue.record("a negative price was accepted")
      return
    }
    try FileManager.default.removeItem(at: file)
    let missing = try authorityError { _ = try bench.authority.admissionEngine() }
    #expect(missing?.exitCode == 74)
  }

  @Test func theQuotaIsWhatTheLedgerSays() throws {
    var policy = AdmissionPolicy.bare
    policy.limits[.account] = RateLimit(burst: 3, count: 1, periodSeconds: 3_600)
    let bench = try EnrollmentBench(policy, accounts: ["alice": 5])
    _ = try bench.issue(bench.wish())
    let before = try bench.bench.dump()
    func quota(_ name: String) throws -> AdmissionQuota? {
      try bench.authority.quota(
        account: .named(name), peer: EnrollmentBench.peer, by: bench.engine,
        at: AdmissionTime(Self.now))
    }
    let alice = try #require(try quota("alice"))
    #expect(alice.credits == 4 && alice.newIdentitiesNow == 2)
    #expect(alice.limits.map(\.left) == [2])
    #expect(try quota("mallory") == nil)
    #expect(try bench.bench.dump() == before)
  }
}

/// Solves the puzzle of an authority.
struct Solver {
  let puzzle: EnrollmentPuzzle

  init(_ bench: EnrollmentBench) throws { puzzle = try #require(bench.engine.puzzle) }

  func solve(
    _ key: PublicKey, at now: CredentialTime, from start: UInt64 = 0
  ) throws -> PuzzleSolution {
    let challenge = try puzzle.challenge(at: AdmissionTime(now))
    return try #require(
      try challenge.solve(
        ip: EnrollmentBench.peer, subjectPublicKeyInfo: key.subjectPublicKeyInfo, from: start))
  }

  /// The first number that solves nothing for this key.
  func wrong(_ key: PublicKey, at now: CredentialTime) throws -> PuzzleSolution {
    let challenge = try puzzle.challenge(at: AdmissionTime(now))
    for x in 0..<UInt64(1_000) {
      let found = try challenge.solve(
        ip: EnrollmentBench.peer, subjectPublicKeyInfo: key.subjectPublicKeyInfo, from: x,
        tries: 1)
      if found == nil { return PuzzleSolution(epoch: challenge.epoch, x: x) }
    }
    throw LedgerSafetyTests.Crash()
  }
}
