import Admission
import CertificateAuthority
import Dispatch
import Foundation
import HTTPTypes
import NIOPosix
import NodeCredentials
import Testing

@testable import EnrollmentServer

/// The parts of the server by themselves.
@Suite struct PartTests {
  // MARK: JSON

  @Test func stringsAreEscapedAsJSONDemands() throws {
    let texts = [
      "", "plain", "a\"b\\c/d", "line\nfeed\r\t", "\u{0}\u{1}\u{1F}\u{7F}", "é\u{2028}\u{2029}",
      "\u{1F600}", "\u{FFFF}", "\",\"status\":200,\"x\":\"",
    ]
    for text in texts {
      let literal = JSONText.string(text)
      #expect(!literal.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
      let object = JSONText.object([("a", literal), (text, JSONText.array(["1", literal]))])
      let read = try JSONSerialization.jsonObject(with: Data(object.utf8)) as? [String: Any]
      #expect(read?["a"] as? String == text)
      #expect((read?[text] as? [Any])?.last as? String == text)
    }
    #expect(JSONText.string("\u{1}\u{1F}") == #""\u0001\u001f""#)
    #expect(JSONText.object([]) == "{}")
    #expect(JSONText.array([]) == "[]")
  }

  // MARK: problems

  @Test func everyRefusalOfThePolicyHasItsStatus() throws {
    let limit = RateLimit(burst: 1, count: 1, periodSeconds: 60)
    let cases: [(AdmissionRefusal.Reason, Int, Int?)] = [
      (.accountMissing, 401, nil), (.unknownAccount, 401, nil),
      (.tooManyNodeIds(allowed: 1), 403, nil), (.identityCap(allowed: 1), 403, nil),
      (.insufficientCredit(needed: 1, balance: 0), 403, nil), (.puzzleWrong, 403, nil),
      (.puzzleStale, 403, nil), (.puzzleReplayed, 409, nil),
      (.rateLimited(.overall, try #require(limit), waitMicroseconds: 1_000_001), 429, 2),
    ]
    for (reason, status, wait) in cases {
      let refusal = AdmissionRefusal(reason)
      let problem = Problem(refusal)
      #expect(problem.status.code == status)
      #expect(problem.word == refusal.word)
      #expect(problem.retryAfterSeconds == wait)
      #expect(problem.detail == refusal.description)
    }
  }

  // MARK: metrics

  @Test func thePageIsPrometheusText() throws {
    let metrics = ServerMetrics()
    try expectPrometheus(metrics.page([]))
    for (index, bound) in ServerMetrics.bounds.enumerated() {
      metrics.answered(route: "/enroll", status: index % 2 == 0 ? 200 : 429, seconds: bound)
    }
    metrics.answered(route: "/enroll", status: 200, seconds: 1_000)
    metrics.enrollment("issued", count: 3)
    metrics.committed(128)
    let page = metrics.page([
      .init(name: "g", help: "A gauge.", value: -1),
      .init(name: "w", help: "Two.", labels: [("witness", "a\"b\\c\nd")], value: 1),
      .init(name: "w", help: "Two.", labels: [("witness", "e")], value: 2),
    ])
    try expectPrometheus(page)
    #expect(page.contains("redoubt_request_seconds_bucket{le=\"0.001\"} 1\n"))
    #expect(page.contains("redoubt_request_seconds_bucket{le=\"10.0\"} 13\n"))
    #expect(page.contains("redoubt_request_seconds_bucket{le=\"+Inf\"} 14\n"))
    #expect(page.contains("redoubt_request_seconds_count 14\n"))
    #expect(page.contains("redoubt_enrollments_total{outcome=\"issued\"} 3\n"))
    #expect(page.contains("redoubt_committed_enrollments_total 128\n"))
    #expect(page.contains("w{witness=\"a\\\"b\\\\c\\nd\"} 1\n"))
    #expect(page.components(separatedBy: "# TYPE w ").count == 2)
  }

  // MARK: accounts

  private struct GateBench {
    let scratch: ScratchDirectory
    let authority: OverlayAuthority
    let gate: AccountGate
    let threads: NIOThreadPool
    let peer = IPAddress.v4(0xC000_0201)
    let now = AdmissionTime(ServerBench.now())

    init(_ policy: String = "accounts: required\nsecretCostLog2: 10\n") throws {
      scratch = try ScratchDirectory()
      let url = scratch.file("authority")
      try OverlayAuthority.create(
        at: url, overlay: OverlayName(ServerBench.overlay), profile: CertificateProfile(),
        policy: AdmissionPolicy(yaml: policy, path: "policy.yaml"), now: ServerBench.now())
      authority = try OverlayAuthority(opening: url)
      threads = NIOThreadPool(numberOfThreads: 1)
      threads.start()
      gate = try AccountGate(authority, engine: authority.admissionEngine(), threads: threads)
    }

    func hash(_ secret: String) throws -> SecretHash {
      try SecretHash(hashing: Array(secret.utf8), cost: .least)
    }

    func open(_ name: String, _ secret: String) throws {
      try authority.openAccount(
        try #require(AccountName(name)), secret: hash(secret), credits: 0, at: ServerBench.now())
    }

    /// The status that an applicant gets; nil when it is let in.
    func status(_ name: String, _ secret: String, after seconds: Int64 = 0) async throws -> Int? {
      do {
        let account = try await gate.account(
          AccountCredentials(name: name, secret: Array(secret.utf8)), peer: peer,
          at: now.adding(seconds: seconds))
        #expect(account?.value == name)
        return nil
      } catch let problem as Problem {
        return problem.status.code
      }
    }
  }

  @Test func aRightSecretIsRememberedAndAResetOneIsNot() async throws {
    let bench = try GateBench()
    try bench.open("alice", "one")
    #expect(try await bench.status("alice", "one") == nil)
    try bench.authority.setSecret(
      bench.hash("two"), of: try #require(AccountName("alice")), at: ServerBench.now())
    #expect(try await bench.status("alice", "one") == 401)
    #expect(try await bench.status("alice", "two") == nil)
    try bench.authority.setSecret(
      nil, of: try #require(AccountName("alice")), at: ServerBench.now())
    #expect(try await bench.status("alice", "two") == 401)
    try await bench.threads.shutdownGracefully()
  }

  @Test func aRememberedSecretIsNotHashedAgain() async throws {
    let bench = try GateBench()
    try bench.open("alice", "one")
    #expect(try await bench.status("alice", "one") == nil)
    // Without the thread that hashes there is only what is remembered, for ten minutes.
    try await bench.threads.shutdownGracefully()
    #expect(try await bench.status("alice", "one", after: 599) == nil)
    for (secret, seconds) in [("one", Int64(600)), ("two", 0)] {
      await #expect(throws: (any Error).self) {
        _ = try await bench.status("alice", secret, after: seconds)
      }
    }
  }

  @Test func wrongSecretsAreLimited() async throws {
    let bench = try GateBench()
    try bench.open("alice", "one")
    for _ in 0..<5 { #expect(try await bench.status("alice", "guess") == 401) }
    #expect(try await bench.status("alice", "guess") == 429)
    // The right one too, as nobody looked at it.
    #expect(try await bench.status("alice", "one") == 429)
    #expect(try await bench.status("alice", "one", after: 3_600) == nil)
    try await bench.threads.shutdownGracefully()
  }

  @Test func anUnknownNameTakesTheSameWay() async throws {
    let bench = try GateBench()
    for _ in 0..<5 { #expect(try await bench.status("nobody", "x") == 401) }
    #expect(try await bench.status("nobody", "x") == 429)
    for name in ["", "a b", "a\n", String(repeating: "a", count: 65)] {
      #expect(try await bench.status(name, "x") == 401, "\(name)")
    }
    #expect(try await bench.status("alice", String(repeating: "x", count: 1_025)) == 401)
    let nobody = try? await bench.gate.account(nil, peer: bench.peer, at: bench.now)
    #expect(nobody == nil)
    try await bench.threads.shutdownGracefully()
  }

  // MARK: the queue

  private func enrollment() throws -> Enrollment {
    Enrollment(
      publicKey: try PrivateKey(generating: .p256).publicKey, account: nil,
      peer: .v4(0x7F00_0001), address: nil)
  }

  @Test func aFullQueueRefusesAtOnceAndAClosingOneLetsNobodyWait() async throws {
    let bench = try GateBench(ServerBench.open)
    let queue = EnrollmentQueue(
      bench.authority, engine: try bench.authority.admissionEngine(), threads: bench.threads,
      metrics: ServerMetrics(), capacity: 2, clock: ServerClock.admissionTime)
    let wishes = try (0..<3).map { _ in try enrollment() }
    // Nobody commits yet, so two wait.
    async let first = queue.enroll(wishes[0])
    async let second = queue.enroll(wishes[1])
    while queue.count < 2 { await Task.yield() }
    guard case .failure(.overloaded(let detail)) = await queue.enroll(wishes[2]) else {
      Issue.record("a third one was taken")
      return
    }
    #expect(detail.contains("2 enrollments"))
    let run = Task { try await queue.run() }
    for outcome in [await first, await second] {
      guard case .success(.issued(let receipts, _)) = outcome else {
        Issue.record("not issued: \(outcome)")
        continue
      }
      #expect(receipts.count == 1)
    }
    run.cancel()
    try await run.value
    guard case .failure(.overloaded(let later)) = await queue.enroll(wishes[2]) else {
      Issue.record("taken after the end")
      return
    }
    #expect(later == "the server is going down")
    #expect(try bench.authority.figures().certificates == 2)
    try await bench.threads.shutdownGracefully()
  }

  @Test func aGroupIsBounded() async throws {
    let bench = try GateBench(ServerBench.open)
    let metrics = ServerMetrics()
    let queue = EnrollmentQueue(
      bench.authority, engine: try bench.authority.admissionEngine(), threads: bench.threads,
      metrics: metrics, capacity: 300, clock: ServerClock.admissionTime)
    let wish = try enrollment()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<300 { group.addTask { _ = await queue.enroll(wish) } }
      while queue.count < 300 { await Task.yield() }
      let run = Task { try await queue.run() }
      await group.waitForAll()
      run.cancel()
    }
    #expect(metrics.page([]).contains("redoubt_committed_enrollments_total 300\n"))
    #expect(metrics.page([]).contains("redoubt_commits_total 3\n"))
    #expect(try bench.authority.figures().certificates == 300)
    try await bench.threads.shutdownGracefully()
  }
}
