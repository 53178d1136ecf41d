import Admission
import CertificateAuthority
import Foundation
import NodeCredentials
import Randomness
import RingIdentifiers
import Testing

/// The policy's memory in the ledger: caps, re-rolls, limits and puzzles, and its agreement with
/// the memory that campaigns use.
@Suite struct AdmissionStateTests {
  private static let now = EnrollmentBench.now

  // MARK: caps

  private func capped(_ cap: Int, days: Int = 365) throws -> EnrollmentBench {
    var policy = AdmissionPolicy.bare
    policy.identitiesPerAccount = cap
    var profile = CertificateProfile()
    profile.nodeValidityDays = days
    return try EnrollmentBench(policy, profile: profile, accounts: ["alice": 50, "bob": 50])
  }

  private func word(_ bench: EnrollmentBench, at time: CredentialTime = now) throws -> String? {
    try bench.enroll([bench.wish()], at: time)[0].refusal?.word
  }

  @Test func aRevokedOrExpiredIdentityMakesRoom() throws {
    let bench = try capped(2, days: 10)
    let first = try bench.issue(bench.wish())
    _ = try bench.issue(bench.wish())
    #expect(try word(bench) == "identityCap")
    #expect(try bench.enroll([bench.wish("bob")])[0].receipts.count == 1)
    _ = try bench.authority.revoke(.nodeId(first.nodeId), reason: .superseded, at: Self.now)
    let later = Self.now.adding(days: 5)
    #expect(try word(bench, at: later) == nil)
    #expect(try word(bench, at: later) == "identityCap")
    // One of the first day has ended; that of the fifth day has not.
    let end = Self.now.adding(days: 10)
    #expect(try word(bench, at: end) == "identityCap")
    #expect(try word(bench, at: end.adding(seconds: 1)) == nil)
    #expect(try word(bench, at: end.adding(seconds: 1)) == "identityCap")
  }

  /// A renewed identity is one, and stays in force when its first certificate ends.
  @Test func aRenewalHoldsItsPlace() throws {
    let bench = try capped(1, days: 10)
    let receipt = try bench.issue(bench.wish())
    let later = Self.now.adding(days: 8)
    _ = try bench.issue(bench.wish(renewing: receipt.nodeId), at: later)
    #expect(try word(bench, at: later) == "identityCap")
    #expect(try word(bench, at: Self.now.adding(days: 12)) == "identityCap")
    #expect(try word(bench, at: later.adding(days: 11)) == nil)
  }

  @Test func aWholeGroupIsHeldToTheCap() throws {
    let bench = try capped(3)
    let outcomes = try bench.enroll((0..<6).map { _ in try bench.wish() })
    #expect(outcomes.map(\.receipts.count) == [1, 1, 1, 0, 0, 0])
  }

  /// An id that a crash burnt holds its place for an hour, in which it might be in the making.
  @Test func aBurntIdMakesRoomAgain() throws {
    let bench = try capped(1)
    let crashing = try bench.bench.open {
      if $0 == .reserved { throw LedgerSafetyTests.Crash() }
    }
    let lost = try crashing.enroll(
      [bench.wish()], by: bench.engine, at: AdmissionTime(Self.now))
    #expect(throws: AuthorityError.self) { try lost[0].get() }
    #expect(try word(bench, at: Self.now.adding(seconds: 3_599)) == "identityCap")
    #expect(try word(bench, at: Self.now.adding(seconds: 3_600)) == nil)
  }

  @Test func aRerollIsWhatReplacesAnIdentity() throws {
    var policy = AdmissionPolicy.bare
    policy.identitiesPerAccount = 2
    policy.limits[.reroll] = RateLimit(burst: 1, count: 1, periodSeconds: 604_800)
    let bench = try EnrollmentBench(policy, accounts: ["alice": 50])
    var receipts = try bench.enroll([bench.wish(), bench.wish()]).flatMap(\.receipts)
    func replace() throws -> String? {
      let given = receipts.removeFirst()
      _ = try bench.authority.revoke(.nodeId(given.nodeId), reason: .superseded, at: Self.now)
      let outcome = try bench.enroll([bench.wish()])[0]
      receipts += outcome.receipts
      return outcome.refusal?.word
    }
    #expect(try replace() == nil)
    #expect(try replace() == "rateLimited")
    // A renewal is no re-roll.
    _ = try bench.issue(bench.wish(renewing: receipts[0].nodeId))
    #expect(try word(bench, at: Self.now.adding(days: 7)) == nil)
  }

  // MARK: puzzles

  @Test func aSolutionIsTakenOnceAlsoAfterItWasForgotten() throws {
    var policy = AdmissionPolicy.openToAll
    policy.puzzle.difficultyBits = 4
    policy.puzzle.epochSeconds = 3_600
    let bench = try EnrollmentBench(policy)
    let solver = try Solver(bench)
    let key = try EnrollmentBench.key()
    let solution = try solver.solve(key, at: Self.now)
    func word(_ hours: Int64) throws -> String? {
      try bench.enroll(
        [bench.wish(nil, key: key, solution: solution)], at: Self.now.adding(seconds: hours * 3_600)
      )[0].refusal?.word
    }
    func forget(_ hours: Int64) throws {
      try bench.authority.forgetPast(
        by: bench.engine, at: AdmissionTime(Self.now.adding(seconds: hours * 3_600)))
    }
    func remembered() throws -> Int64? {
      try bench.bench.number("SELECT count(*) FROM spent_solutions WHERE digest <> x''")
    }
    #expect(try word(0) == nil)
    #expect(try word(0) == "puzzleReplayed")
    try forget(1)
    #expect(try remembered() == 1)
    #expect(try word(1) == "puzzleReplayed")
    #expect(try word(2) == "puzzleStale")
    try forget(2)
    #expect(try remembered() == 0)
    // The clock goes back: nobody knows any more what was spent, so nothing of then is taken.
    #expect(try word(0) == "puzzleReplayed")
    #expect(try word(1) == "puzzleReplayed")
    let other = try EnrollmentBench.key()
    let unspent = try solver.solve(other, at: Self.now)
    let old = try bench.enroll([bench.wish(nil, key: other, solution: unspent)])
    #expect(old[0].refusal?.word == "puzzleReplayed")
    // Forgetting again with the clock behind does not bring it back either.
    try forget(0)
    #expect(try word(0) == "puzzleReplayed")
    // The present goes on.
    let later = Self.now.adding(seconds: 7_200)
    let fresh = try solver.solve(other, at: later)
    _ = try bench.issue(bench.wish(nil, key: other, solution: fresh), at: later)
    #expect(try bench.bench.audit(at: Self.now).finding == nil)
  }

  @Test func limitsThatArePastAreForgotten() throws {
    var policy = AdmissionPolicy.openToAll
    policy.limits[.address] = RateLimit(burst: 1, count: 1, periodSeconds: 60)
    let bench = try EnrollmentBench(policy)
    _ = try bench.issue(bench.wish(nil))
    func forget(_ seconds: Int64) throws -> Int64? {
      try bench.authority.forgetPast(
        by: bench.engine, at: AdmissionTime(Self.now.adding(seconds: seconds)))
      return try bench.bench.number("SELECT count(*) FROM rate_limits")
    }
    #expect(try forget(60) == 1)
    #expect(try forget(61) == 0)
    _ = try bench.issue(bench.wish(nil), at: Self.now.adding(seconds: 60))
  }

  // MARK: agreement

  /// The same requests at the same times, one by one, with the clock running both ways: ledger and
  /// campaign memory decide alike.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func ledgerAndMemoryDecideAlike(_ seed: UInt64) throws {
    var policy = AdmissionPolicy()
    policy.identitiesPerAccount = 0
    policy.priceCredits = 2
    policy.limits = [:]
    policy.limits[.account] = RateLimit(burst: 4, count: 4, periodSeconds: 3_600)
    policy.limits[.address] = RateLimit(burst: 3, count: 6, periodSeconds: 3_600)
    policy.limits[.prefix] = RateLimit(burst: 5, count: 10, periodSeconds: 3_600)
    policy.limits[.overall] = RateLimit(burst: 8, count: 30, periodSeconds: 3_600)
    policy.limits[.renewal] = RateLimit(burst: 2, count: 2, periodSeconds: 3_600)
    if seed == 1 {
      policy.puzzle.difficultyBits = 3
      policy.puzzle.renewals = true
    } else {
      policy.nodeIdsPerRequest = 2
      policy.addressBinding = seed == 2 ? .strict : .off
    }
    let names = ["alice", "bob", "carol"]
    let bench = try EnrollmentBench(policy, accounts: ["alice": 40, "bob": 9, "carol": 60])
    var memory = InMemoryAdmissionState()
    for (name, credits) in [("alice", 40), ("bob", 9), ("carol", 60)] as [(String, Int64)] {
      try memory.setStanding(AccountStanding(credits: credits), of: .named(name))
    }
    var stream = RandomStream(StreamKey(seed: seed)["ledger and memory"])
    var owned: [String: NodeId] = [:]
    var spent: [Enrollment] = []
    var time = Self.now.adding(days: 100)
    var words: [String: Int] = [:]
    for _ in 0..<160 {
      time = time.adding(seconds: Int64(stream.index(below: 900)) - 200)
      if stream.index(below: 20) == 0 { time = time.adding(seconds: -7_200) }
      if stream.index(below: 20) == 0 { time = time.adding(seconds: 7_200) }
      let name = stream.index(below: 12) == 0 ? "mallory" : names[Int(stream.index(below: 3))]
      let key = try EnrollmentBench.key()
      let peer = IPAddress.v4(0xC000_0200 + stream.index(below: 4) + 256 * stream.index(below: 2))
      let renewing = stream.index(below: 4) == 0 ? owned[name] : nil
      var wish = try bench.wish(
        name, count: Int(stream.index(below: 3)), renewing: renewing, key: key, peer: peer,
        address: stream.index(below: 8) == 0 ? AuthorityBench.address() : nil,
        solution: solution(bench, key, peer, at: time))
      if seed == 1, let old = spent.last, stream.index(below: 4) == 0 { wish = old }
      let expected = try bench.engine.admit(
        wish.request, at: AdmissionTime(time), state: &memory)
      let found = try bench.enroll([wish], at: time)[0]
      switch expected {
      case .admitted(let grant):
        #expect(found.receipts.count == max(1, grant.newNodeIds), "\(found)")
        if owned[name] == nil { owned[name] = found.receipts.first?.nodeId }
        if wish.request.solution != nil { spent.append(wish) }
        words["granted", default: 0] += 1
      case .refused(let refusal):
        #expect(found == .refused(refusal))
        words[refusal.word, default: 0] += 1
      }
    }
    #expect(words["granted", default: 0] > 20 && words["rateLimited", default: 0] > 5, "\(words)")
    #expect(words["insufficientCredit"] != nil && words["unknownAccount"] != nil, "\(words)")
    if seed == 1 { #expect(words["puzzleReplayed", default: 0] > 3, "\(words)") }
    for name in names {
      let standing = memory.standing(of: try .named(name), at: AdmissionTime(time))
      let account = try bench.bench.reader().accounts().first { $0.name == name }
      #expect(account?.credits == standing?.credits)
      #expect(account?.identities == standing?.identitiesIssued)
    }
  }

  private func solution(
    _ bench: EnrollmentBench, _ key: PublicKey, _ peer: IPAddress, at time: CredentialTime
  ) throws -> PuzzleSolution? {
    try bench.engine.puzzle?.challenge(at: AdmissionTime(time)).solve(
      ip: peer, subjectPublicKeyInfo: key.subjectPublicKeyInfo)
  }
}
