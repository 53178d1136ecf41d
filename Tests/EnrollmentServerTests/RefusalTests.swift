import Admission
import CertificateAuthority
import Foundation
import NodeCredentials
import Testing

@testable import EnrollmentServer

/// Every refusal has its status, its word, and Retry-After where waiting helps.
@Suite(
  .enabled(if: ForeignProgram.areInstalled, "needs curl and openssl; \"make setup\" installs them"))
struct RefusalTests {
  @Test func whatCannotBeReadIsRefused() async throws {
    try await ServerBench.with { bench in
      let (der, _) = try await bench.request()
      let cases: [(String, [UInt8], Int, String)] = [
        ("/enroll", Array("garbage".utf8), 400, "request"),
        ("/enroll", Array(der.dropLast()), 400, "request"),
        ("/enroll", [], 400, "request"),
        ("/enroll?nodeids=0", der, 400, "malformed"),
        ("/enroll?nodeids=x", der, 400, "malformed"),
        ("/enroll?nodeids=99999999999999999999", der, 400, "malformed"),
        ("/enroll?nodeids=1&nodeids=2", der, 400, "malformed"),
        ("/enroll?address=nowhere", der, 400, "malformed"),
        ("/enroll?nodeids=17", der, 403, "tooManyNodeIds"),
        ("/.well-known/est/simpleenroll", Array("%%%".utf8), 400, "request"),
        (
          "/.well-known/est/simplereenroll", Array(Data(der).base64EncodedString().utf8), 400,
          "malformed"
        ),
      ]
      for (path, body, status, word) in cases {
        let reply = try await bench.post(path, body)
        #expect(reply.status == status, "\(path): \(reply.text)")
        #expect(try reply.problem() == word, "\(path)")
        #expect(reply.header("retry-after") == nil)
      }
      let puzzle = try await bench.post("/enroll", der, ["-H", "Puzzle: 1"])
      #expect(puzzle.status == 400)
      for type in ["text/plain", "application/pkcs10x"] {
        let reply = try await bench.post("/enroll", der, type: type)
        #expect(reply.status == 415)
        #expect(try reply.problem() == "mediaType")
      }
      #expect(try await bench.post("/enroll", der, type: "Application/PKCS10; x=y").status == 200)
      // Nothing of the refused ones left a trace.
      #expect(try bench.authority.figures().certificates == 1)
      #expect(try bench.authority.figures().burnt == 0)
    }
  }

  @Test func bodiesAreBounded() async throws {
    try await ServerBench.with { bench in
      let long = [UInt8](repeating: 0x41, count: 200_000)
      let announced = try await bench.post("/enroll", long)
      #expect(announced.status == 413)
      #expect(try announced.problem() == "tooLarge")
      #expect(announced.header("connection") == "close")
      let chunked = try await bench.post("/enroll", long, ["-H", "Transfer-Encoding: chunked"])
      #expect(chunked.status == 413)
      #expect(try chunked.problem() == "tooLarge")
      let fits = [UInt8](repeating: 0x41, count: 32_768)
      #expect(try await bench.post("/enroll", fits).status == 400)
      #expect(try await bench.post("/enroll", fits + [0x41]).status == 413)
    }
  }

  @Test func tooManyAreToldWhenToComeBack() async throws {
    let policy = """
      testnet: true
      accounts: open
      addressBinding: warn
      limits:
        address: off
        prefix: off
        overall: {burst: 1, count: 1, periodSeconds: 3600}
        renewal: off
      """
    try await ServerBench.with(policy: policy) { bench in
      let (der, _) = try await bench.request()
      #expect(try await bench.post("/enroll", der).status == 200)
      let reply = try await bench.post("/enroll", der)
      #expect(reply.status == 429)
      #expect(try reply.problem() == "rateLimited")
      let seconds = try #require(reply.header("retry-after").flatMap { Int($0) })
      #expect((3_500...3_600).contains(seconds))
    }
  }

  @Test func aPuzzleIsSolvedOnce() async throws {
    let policy = """
      testnet: true
      accounts: open
      nodeIdsPerRequest: 1
      addressBinding: strict
      limits: {address: off, prefix: off, overall: off, renewal: off}
      puzzle: {difficultyBits: 6, epochSeconds: 3600}
      """
    try await ServerBench.with(policy: policy) { bench in
      let (der, _) = try await bench.request()
      let page = try await bench.curl("/puzzle")
      let members = try #require(
        try JSONSerialization.jsonObject(with: Data(page.body)) as? [String: Any])
      let epoch = try #require(members["epoch"] as? Int)
      #expect(members["difficulty"] as? Int == 6)
      let without = try await bench.post("/enroll", der)
      #expect(without.status == 403)
      #expect(try without.problem() == "puzzleMissing")
      let engine = try bench.authority.admissionEngine()
      let challenge = try #require(try engine.puzzle?.challenge(at: ServerClock.admissionTime()))
      #expect(UInt64(epoch) == challenge.epoch)
      let key = try CertificationRequest(pemOrDER: der).publicKey.subjectPublicKeyInfo
      let solution = try #require(
        try challenge.solve(ip: .v4(0x7F00_0001), subjectPublicKeyInfo: key))
      let header = ["-H", "Puzzle: \(solution)"]
      #expect(try await bench.post("/enroll", der, header).status == 200)
      let replayed = try await bench.post("/enroll", der, header)
      #expect(replayed.status == 409)
      #expect(try replayed.problem() == "puzzleReplayed")
      let stale = try await bench.post("/enroll", der, ["-H", "Puzzle: 1:0000000000000000"])
      #expect(stale.status == 403)
      #expect(try stale.problem() == "puzzleStale")
    }
  }

  @Test func anAddressThatIsNotThePeersIsRefused() async throws {
    let policy =
      "testnet: true\naccounts: open\naddressBinding: strict\n"
      + "limits: {address: off, prefix: off, overall: off, renewal: off}\n"
    try await ServerBench.with(policy: policy) { bench in
      let (der, _) = try await bench.request()
      let reply = try await bench.post("/enroll?address=192.0.2.1:4000", der)
      #expect(reply.status == 403)
      #expect(try reply.problem() == "addressMismatch")
      #expect(try await bench.post("/enroll?address=127.0.0.1:4000", der).status == 200)
    }
  }

  @Test func aLockedLedgerIsAnsweredAndSurvived() async throws {
    try await ServerBench.with { bench in
      let (der, _) = try await bench.request()
      let holder = try LedgerHolder(AuthorityDirectory(bench.url).ledger)
      let reply = try await bench.post("/enroll", der)
      #expect(reply.status == 503)
      #expect(try reply.problem() == "overloaded")
      #expect(reply.header("retry-after") == "5")
      // What only reads goes on.
      #expect(try await bench.curl("/issuing.crl").status == 200)
      try holder.release()
      #expect(try await bench.post("/enroll", der).status == 200)
    }
  }

  @Test func aLockedLedgerDoesNotStopTheServerForSecrets() async throws {
    let policy = "accounts: required\nsecretCostLog2: 10\n"
    try await ServerBench.with(policy: policy) { bench in
      let (der, _) = try await bench.request()
      let holder = try LedgerHolder(AuthorityDirectory(bench.url).ledger)
      // Booking that a secret is tried is a write.
      let refused = try await bench.post("/enroll", der, ["-u", "alice:wrong"])
      #expect(refused.status == 503)
      #expect(try refused.problem() == "overloaded")
      #expect(refused.header("retry-after") == "5")
      #expect(try await bench.curl("/health").status == 200)
      try holder.release()
      #expect(try await bench.post("/enroll", der, ["-u", "alice:wrong"]).status == 401)
    }
  }
}
