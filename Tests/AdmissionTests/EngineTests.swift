import Admission
import NodeCredentials
import Randomness
import Testing

@Suite struct EngineTests {
  private static let peer = IPAddress.v4(0xC000_0201)

  private func desk(
    credits: Int64 = 10, _ change: (inout AdmissionPolicy) throws -> Void = { _ in }
  ) throws -> Desk {
    var policy = AdmissionPolicy.bare
    try change(&policy)
    var desk = try Desk(policy)
    try desk.state.setStanding(AccountStanding(credits: credits), of: .named("alice"))
    return desk
  }

  private func request(
    _ count: Int = 1, account: String? = "alice", peer: IPAddress = peer,
    address: String? = nil, system: UInt32? = nil
  ) throws -> AdmissionRequest {
    AdmissionRequest(
      kind: .newIdentity(count: count), account: try account.map { try .named($0) }, peer: peer,
      address: try address.map { try #require(NodeAddress($0)) }, autonomousSystem: system)
  }

  private func renewal() throws -> AdmissionRequest {
    AdmissionRequest(kind: .renewal, account: try .named("alice"), peer: Self.peer)
  }

  @Test func aGrantIsPaidFor() throws {
    var desk = try desk { $0.priceCredits = 3 }
    let grant = try #require(try desk.ask(request()).grant)
    #expect(grant.newNodeIds == 1 && grant.chargedCredits == 3 && grant.creditsLeft == 7)
    #expect(grant.address == NodeAddress("192.0.2.1:4000") && grant.warnings.isEmpty)
    #expect(
      desk.state.standing(of: try .named("alice"), at: noon)
        == AccountStanding(credits: 7, identitiesInForce: 1, identitiesIssued: 1))
  }

  @Test func creditRunsOut() throws {
    var desk = try desk(credits: 2)
    _ = try #require(try desk.ask(request()).grant)
    _ = try #require(try desk.ask(request()).grant)
    let refusal = try #require(try desk.ask(request()).refusal)
    #expect(refusal.reason == .insufficientCredit(needed: 1, balance: 0))
    #expect(refusal.cure == .change && refusal.retryAfterSeconds == nil)
    // A renewal keeps its nodeId and is free.
    let renewed = try #require(try desk.ask(renewal()).grant)
    #expect(renewed.newNodeIds == 0 && renewed.chargedCredits == 0 && renewed.creditsLeft == 0)
  }

  @Test func severalNodeIdsCostTheirSum() throws {
    var desk = try desk(credits: 5) {
      $0.nodeIdsPerRequest = 4
      $0.priceCredits = 2
    }
    #expect(
      try desk.ask(request(3)).refusal?.reason == .insufficientCredit(needed: 6, balance: 5))
    #expect(try desk.ask(request(2)).grant?.creditsLeft == 1)
    for count in [5, 0, -1, .max, .min] {
      #expect(try desk.ask(request(count)).refusal?.reason == .tooManyNodeIds(allowed: 4))
    }
  }

  @Test func accountsAreAskedFor() throws {
    var desk = try desk()
    let missing = try #require(try desk.ask(request(account: nil)).refusal)
    #expect(missing.reason == .accountMissing && missing.cure == .identify)
    let unknown = try #require(try desk.ask(request(account: "mallory")).refusal)
    #expect(unknown.reason == .unknownAccount && unknown.word == "unknownAccount")
  }

  @Test func openAsksForNone() throws {
    var desk = try desk {
      $0.accounts = .open
      $0.priceCredits = 0
    }
    let grant = try #require(try desk.ask(request(account: nil)).grant)
    #expect(grant.creditsLeft == nil)
    // A name that nobody checked charges nobody.
    _ = try #require(try desk.ask(request()).grant)
    #expect(desk.state.standing(of: try .named("alice"), at: noon)?.identitiesIssued == 0)
  }

  @Test func theCapCountsWhatIsInForce() throws {
    var desk = try desk {
      $0.identitiesPerAccount = 2
      $0.nodeIdsPerRequest = 2
    }
    _ = try #require(try desk.ask(request()).grant)
    #expect(try desk.ask(request(2)).refusal?.reason == .identityCap(allowed: 2))
    _ = try #require(try desk.ask(request()).grant)
    #expect(try desk.ask(request()).refusal?.word == "identityCap")
    _ = try #require(try desk.ask(renewal()).grant)
    desk.state.endIdentities(1, of: try .named("alice"))
    _ = try #require(try desk.ask(request()).grant)
  }

  @Test func aNewDrawIsARerollOnlyBeyondTheCap() throws {
    var desk = try desk {
      $0.identitiesPerAccount = 2
      $0.limits[.reroll] = RateLimit(burst: 1, count: 1, periodSeconds: 604_800)
    }
    let alice = try AccountName.named("alice")
    for _ in 0..<2 { _ = try #require(try desk.ask(request()).grant) }
    desk.state.endIdentities(2, of: alice)
    // Two were given up; the first in their place is within the limit and still costs a credit.
    #expect(try desk.ask(request()).grant?.chargedCredits == 1)
    let refusal = try #require(try desk.ask(request()).refusal)
    guard case .rateLimited(.reroll, _, 604_800_000_000) = refusal.reason else {
      Issue.record("unexpected: \(refusal.reason)")
      return
    }
    #expect(refusal.retryAfterSeconds == 604_800)
    _ = try #require(try desk.ask(renewal()).grant)
    _ = try #require(try desk.ask(request(), at: noon.adding(seconds: 604_800)).grant)
  }

  @Test(arguments: AdmissionPolicy.AddressBinding.allCases)
  func anotherAddressIsBoundAsThePolicySays(_ binding: AdmissionPolicy.AddressBinding) throws {
    var desk = try desk { $0.addressBinding = binding }
    let own = try desk.ask(request(address: "192.0.2.1:99"))
    #expect(own.grant?.address == NodeAddress("192.0.2.1:99") && own.grant?.warnings == [])
    let other = try desk.ask(request(address: "198.51.100.1:99"))
    let claimed = try IPAddress.of("198.51.100.1")
    switch binding {
    case .strict:
      #expect(other.refusal?.reason == .addressMismatch(claimed: claimed, peer: Self.peer))
    case .warn:
      #expect(other.grant?.warnings == [.addressMismatch(certified: claimed, peer: Self.peer)])
      #expect(other.grant?.address.ip == claimed)
    case .off: #expect(other.grant?.warnings == [] && other.grant?.address.ip == claimed)
    }
  }

  @Test func anIPv4AddressInIPv6ClothesIsItself() throws {
    var desk = try desk {
      $0.limits[.address] = RateLimit(burst: 1, count: 1, periodSeconds: 60)
    }
    let mapped = try IPAddress.of("::ffff:c000:201")
    let grant = try #require(try desk.ask(request(peer: mapped, address: "192.0.2.1:9")).grant)
    #expect(grant.address == NodeAddress("192.0.2.1:9"))
    #expect(try desk.ask(request()).refusal?.word == "rateLimited")
  }

  /// One limit at a time: who shares the counter is refused, who does not passes.
  @Test(arguments: [
    (LimitScope.account, "203.0.113.9", UInt32(9), "bob", "192.0.2.1"),
    (.address, "192.0.2.1", 9, "bob", "192.0.2.2"),
    (.prefix, "192.0.2.200", 9, "bob", "192.0.3.1"),
    (.autonomousSystem, "203.0.113.9", 7, "bob", "192.0.2.1"),
    (.address, "2001:db8:0:1::7", 9, "bob", "2001:db8:0:2::1"),
    (.prefix, "2001:db8:0:ffff::1", 9, "bob", "2001:db8:1::1"),
  ])
  func eachLimitCountsItsOwn(
    _ scope: LimitScope, _ near: String, _ system: UInt32, _ other: String, _ far: String
  ) throws {
    var desk = try desk {
      $0.asmap = "map"
      $0.limits[scope] = RateLimit(burst: 1, count: 1, periodSeconds: 100)
    }
    try desk.state.setStanding(AccountStanding(credits: 10), of: .named(other))
    let isSix = near.contains(":")
    let first = try request(peer: .of(isSix ? "2001:db8:0:1::1" : "192.0.2.1"), system: 7)
    _ = try #require(try desk.ask(first).grant)
    let sharer = try request(
      account: scope == .account ? "alice" : other, peer: .of(near), system: system)
    let later = noon.adding(microseconds: 1)
    let refusal = try #require(try desk.ask(sharer, at: later).refusal)
    guard case .rateLimited(scope, _, let wait) = refusal.reason else {
      Issue.record("unexpected: \(refusal.reason)")
      return
    }
    #expect(wait == 100 * second - 1 && refusal.retryAfterSeconds == 100)
    #expect(refusal.description.contains("try again in 100 s"))
    _ = try #require(
      try desk.ask(request(account: other, peer: .of(far), system: 8), at: later).grant)
    _ = try #require(try desk.ask(sharer, at: later.adding(microseconds: wait)).grant)
  }

  @Test func theOverallLimitCountsAll() throws {
    var desk = try desk {
      $0.limits[.overall] = RateLimit(burst: 2, count: 1, periodSeconds: 10)
    }
    try desk.state.setStanding(AccountStanding(credits: 10), of: .named("bob"))
    _ = try #require(try desk.ask(request()).grant)
    _ = try #require(try desk.ask(request(account: "bob", peer: .of("2001:db8::1"))).grant)
    let refusal = try #require(try desk.ask(request(peer: .of("203.0.113.1"))).refusal)
    #expect(refusal.retryAfterSeconds == 10)
  }

  @Test func theLongestWaitIsNamedAndSuffices() throws {
    var desk = try desk {
      $0.limits[.overall] = RateLimit(burst: 1, count: 1, periodSeconds: 10)
      $0.limits[.prefix] = RateLimit(burst: 1, count: 1, periodSeconds: 1_000)
      $0.limits[.address] = RateLimit(burst: 1, count: 1, periodSeconds: 100)
    }
    _ = try #require(try desk.ask(request()).grant)
    let refusal = try #require(try desk.ask(request()).refusal)
    guard case .rateLimited(.prefix, _, let wait) = refusal.reason else {
      Issue.record("unexpected: \(refusal.reason)")
      return
    }
    #expect(
      try desk.ask(request(), at: noon.adding(microseconds: wait - 1)).refusal?.retryAfterSeconds
        == 1)
    _ = try #require(try desk.ask(request(), at: noon.adding(microseconds: wait)).grant)
  }

  @Test func unknownSystemsCountTogether() throws {
    var desk = try desk {
      $0.asmap = "map"
      $0.limits[.autonomousSystem] = RateLimit(burst: 1, count: 1, periodSeconds: 10)
    }
    _ = try #require(try desk.ask(request(system: nil)).grant)
    #expect(try desk.ask(request(peer: .of("203.0.113.1"), system: 0)).refusal != nil)
    _ = try #require(try desk.ask(request(peer: .of("203.0.113.1"), system: 64_500)).grant)
  }

  @Test(arguments: [true, false])
  func loopbackIsExemptOnATestNetworkOnly(_ testnet: Bool) throws {
    for text in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:7f00:1"] {
      var desk = try desk {
        $0.testnet = testnet
        $0.limits[.address] = RateLimit(burst: 1, count: 1, periodSeconds: 10)
        $0.limits[.prefix] = $0.limits[.address]
      }
      _ = try #require(try desk.ask(request(peer: .of(text))).grant)
      #expect((try desk.ask(request(peer: .of(text))).grant != nil) == testnet)
    }
  }

  @Test func renewalsHaveALimitOfTheirOwn() throws {
    var desk = try desk {
      $0.limits[.renewal] = RateLimit(burst: 1, count: 1, periodSeconds: 60)
      $0.limits[.account] = RateLimit(burst: 1, count: 1, periodSeconds: 60)
    }
    _ = try #require(try desk.ask(request()).grant)
    _ = try #require(try desk.ask(renewal()).grant)
    #expect(try desk.ask(renewal()).refusal?.retryAfterSeconds == 60)
    var open = try self.desk {
      $0.accounts = .open
      $0.priceCredits = 0
      $0.limits[.renewal] = RateLimit(burst: 1, count: 1, periodSeconds: 60)
    }
    _ = try #require(try open.ask(renewal()).grant)
    #expect(try open.ask(renewal()).refusal?.word == "rateLimited")
  }

  @Test func aBurstForSeveralNodeIdsCountsEach() throws {
    var desk = try desk {
      $0.nodeIdsPerRequest = 4
      $0.limits[.overall] = RateLimit(burst: 5, count: 1, periodSeconds: 10)
    }
    _ = try #require(try desk.ask(request(4)).grant)
    #expect(try desk.ask(request(2)).refusal?.retryAfterSeconds == 10)
    _ = try #require(try desk.ask(request(1)).grant)
  }

  @Test func wrongSecretsAreLimitedAndRightOnesAreNot() throws {
    var desk = try desk {
      $0.limits[.failedAccount] = RateLimit(burst: 2, count: 1, periodSeconds: 60)
      $0.limits[.failedPrefix] = RateLimit(burst: 3, count: 1, periodSeconds: 600)
    }
    let engine = desk.engine
    func attempt(_ account: String, _ peer: String, _ isRight: Bool) throws -> Int64? {
      let (name, ip) = (try AccountName.named(account), try IPAddress.of(peer))
      let before = desk.state
      if let refusal = try engine.credentialAttempt(name, peer: ip, at: noon, state: &desk.state) {
        #expect(desk.state == before)
        return refusal.retryAfterSeconds
      }
      if isRight { try engine.credentialSucceeded(name, peer: ip, at: noon, state: &desk.state) }
      return nil
    }
    for _ in 0..<50 { #expect(try attempt("alice", "192.0.2.1", true) == nil) }
    #expect(try attempt("alice", "192.0.2.1", false) == nil)
    #expect(try attempt("alice", "192.0.2.1", false) == nil)
    #expect(try attempt("alice", "192.0.2.1", true) == 60)
    #expect(try attempt("alice", "203.0.113.1", true) == 60)
    #expect(try attempt("bob", "192.0.2.77", false) == nil)
    #expect(try attempt("carol", "192.0.2.78", true) == 600)
    #expect(try attempt("carol", "203.0.113.1", true) == nil)
    // Attempts side by side: none is known to be right before the others begin.
    let dave = try AccountName.named("dave")
    var passed = 0
    for _ in 0..<10 {
      let peer = try IPAddress.of("198.51.100.1")
      if try engine.credentialAttempt(dave, peer: peer, at: noon, state: &desk.state) == nil {
        passed += 1
      }
    }
    #expect(passed == 2)
  }

  @Test func aFullMemoryRefusesAndChangesNothing() throws {
    var policy = AdmissionPolicy.bare
    policy.accounts = .open
    policy.priceCredits = 0
    policy.limits[.address] = RateLimit(burst: 1, count: 1, periodSeconds: 10)
    let engine = try AdmissionEngine(policy: policy)
    var state = InMemoryAdmissionState(capacity: 3)
    for host in 1...3 {
      let peer = try IPAddress.of("192.0.2.\(host)")
      _ = try engine.admit(AdmissionRequest(peer: peer), at: noon, state: &state)
    }
    let before = state
    let fourth = AdmissionRequest(peer: try IPAddress.of("192.0.2.4"))
    #expect(throws: AdmissionError<InMemoryAdmissionState.Failure>.self) {
      _ = try engine.admit(fourth, at: noon, state: &state)
    }
    #expect(state == before)
    // What is past may be forgotten.
    let decision = try engine.admit(fourth, at: noon.adding(seconds: 10), state: &state)
    #expect(decision.grant != nil)
  }

  @Test func contradictionsMakeNoEngine() {
    var policy = AdmissionPolicy()
    policy.puzzle.difficultyBits = 8
    #expect(throws: AdmissionPolicy.Conflict.self) {
      try AdmissionEngine(policy: policy, puzzleSecret: Array(repeating: 1, count: 15))
    }
    policy.puzzle.difficultyBits = 41
    #expect(throws: AdmissionPolicy.Conflict.self) {
      try AdmissionEngine(policy: policy, puzzleSecret: Array(repeating: 1, count: 16))
    }
  }

  @Test func accountNamesFollowTheirRule() {
    let longest = String(repeating: "a", count: 64)
    for good in ["a", "0", "alice", "a.b-c_d", "9x", longest] {
      #expect(AccountName(good)?.value == good)
    }
    for bad in ["", ".a", "-a", "_a", "Alice", "a b", "a/b", "ä", "a\0", "a\n", longest + "a"] {
      #expect(AccountName(bad) == nil, "\(bad)")
    }
  }
}
