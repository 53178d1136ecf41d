import Foundation
import Testing

@testable import EnrollmentServer

/// Strangers who do not do as they should: every connection ends, and the server goes on.
@Suite(.enabled(if: ForeignProgram.areInstalled, "needs curl and openssl"))
struct TrafficTests {
  private static let host = "Host: overlay.example\r\n"

  /// A bench whose patience is short.
  private func hasty(
    connections: Int? = nil, _ body: @Sendable (ServerBench) async throws -> Void
  ) async throws {
    try await ServerBench.with(
      settings: {
        $0.bodySeconds = 1
        $0.idleSeconds = 2
        $0.connectionsMax = connections
      }, body)
  }

  private func statuses(_ text: String) -> [Int] {
    text.components(separatedBy: "HTTP/1.1 ").dropFirst().compactMap { Int($0.prefix(3)) }
  }

  // MARK: patience

  @Test func aBodyThatDoesNotComeIsCut() async throws {
    try await hasty { bench in
      let head = "POST /ocsp HTTP/1.1\r\n\(Self.host)Content-Type: application/ocsp-request\r\n"
      // On a machine whose threads are all busy the connection's own deadline, two seconds later,
      // can come before the answer; then it is closed without one. Left open it fails the test.
      for rest in [
        "Content-Length: 100\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
      ] {
        let reply = try await bench.raw(head + rest)
        #expect(reply.isEmpty || statuses(reply) == [408])
        #expect(reply.isEmpty || reply.contains("urn:redoubt:error:tooSlow"))
      }
    }
  }

  @Test func trickledOctetsDoNotMoveADeadline() async throws {
    try await hasty { bench in
      let port = bench.plainPort
      let beginnings = [
        "POST /ocsp HTTP/1.1\r\n\(Self.host)Content-Type: application/ocsp-request\r\n"
          + "Content-Length: 30000\r\n\r\n",
        // A body that no handler reads.
        "POST /nothing HTTP/1.1\r\n\(Self.host)Content-Length: 30000\r\n\r\n",
        "GET /health HTTP/1.1\r\nX-Slow: ",
      ]
      for beginning in beginnings {
        let sent = try await blocking {
          let connection = try RawConnection(port: port)
          guard connection.send(beginning) else { return 0 }
          let reader = Thread { _ = try? connection.receiveAll() }
          reader.start()
          var count = 0
          // Two octets in a second, on and on; the server ends it.
          let pause = DispatchSemaphore(value: 0)
          while connection.send("a"), count < 100 {
            count += 1
            _ = pause.wait(timeout: .now() + .milliseconds(500))
          }
          return count
        }
        #expect(sent < 20, "\(beginning)")
      }
      #expect(try await bench.curl("/health").status == 200)
    }
  }

  @Test func idleConnectionsDoNotStarveOthersForEver() async throws {
    try await hasty(connections: 4) { bench in
      let port = bench.plainPort
      let idle = try await blocking { try (0..<12).map { _ in try RawConnection(port: port) } }
      // Beyond the cap this one waits in the backlog until the idle ones are ended.
      #expect(try await bench.curl("/health", plain: true).status == 200)
      for one in idle {
        let rest = try await blocking { try one.receiveAll() }
        #expect(rest == "")
      }
    }
  }

  // MARK: the form of requests

  @Test func ambiguousRequestsAreRefused() async throws {
    try await hasty { bench in
      let post = "POST /ocsp HTTP/1.1\r\n\(Self.host)Content-Type: application/ocsp-request\r\n"
      let smuggled = "0\r\n\r\nGET /health HTTP/1.1\r\n\(Self.host)\r\n"
      for text in [
        post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled,
        post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + smuggled,
        post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\n" + smuggled,
        post + "Content-Length: -1\r\n\r\n", post + "Content-Length: +4\r\n\r\nabcd",
        post + "Content-Length: 4x\r\n\r\nabcd",
        post + "Content-Length: 99999999999999999999999\r\n\r\nabcd",
        post + "Transfer-Encoding: xchunked\r\n\r\n" + smuggled,
        post + "Transfer-Encoding: chunked, identity\r\n\r\n" + smuggled,
        post + "Transfer-Encoding: chunked\r\n\r\nZZ\r\nabcd",
        post + "Content-Length : 4\r\n\r\nabcd", "garbage\r\n\r\n", "\u{16}\u{03}\u{01}\r\n\r\n",
        "GET /health HTTP/1.1\r\nX: a\u{0}b\r\n\r\n", "GET /health HTTP/9.9\r\n\r\n",
        "GET /health HTTP/1.1\r\nX: \(String(repeating: "a", count: 70_000))\r\n\r\n",
        "GET /\(String(repeating: "a", count: 200_000)) HTTP/1.1\r\n\r\n",
        "GET /health HTTP/1.1\r\n"
          + (0..<200).map { "X-\($0): a\r\n" }.joined() + "\r\n",
      ] {
        let reply = try await bench.raw(text)
        // Refused or cut, and never two answers.
        #expect(statuses(reply).allSatisfy { $0 >= 400 }, "\(text.prefix(200)): \(reply)")
        #expect(statuses(reply).count <= 1, "\(text.prefix(200)): \(reply)")
        #expect(!reply.contains("alive"), "\(text.prefix(200))")
      }
      #expect(try await bench.curl("/health").status == 200)
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    try await hasty { bench in
      let get = { (path: String) in "GET \(path) HTTP/1.1\r\n\(Self.host)\r\n" }
      let text =
        get("/health") + get("/nothing/here") + get("/ready")
        + "GET /health HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n" + get("/health")
      let replies = try await bench.raw(text)
      #expect(statuses(replies) == [200, 404, 200, 200], "\(replies)")
    }
  }

  @Test func halfClosedConnectionsAreStillAnswered() async throws {
    try await hasty { bench in
      let get = "GET /health HTTP/1.1\r\n\(Self.host)\r\n"
      let reply = try await bench.raw(get, finishing: true)
      #expect(statuses(reply) == [200])
      #expect(reply.hasSuffix("alive\n"))
      // Closed in the middle: no answer, and no harm.
      let head = try await bench.raw("GET /hea", finishing: true)
      #expect(statuses(head).allSatisfy { $0 >= 400 })
      let cut =
        "POST /ocsp HTTP/1.1\r\n\(Self.host)Content-Type: application/ocsp-request\r\n"
        + "Content-Length: 100\r\n\r\nabc"
      let body = try await bench.raw(cut, finishing: true)
      #expect(statuses(body).allSatisfy { $0 >= 400 })
      #expect(try await bench.curl("/health").status == 200)
    }
  }

  @Test func otherMethodsAndPathsAreNotFound() async throws {
    try await hasty { bench in
      for method in ["DELETE", "PUT", "PATCH", "OPTIONS", "TRACE"] {
        let reply = try await bench.curl("/health", ["-X", method])
        #expect(reply.status == 404, "\(method): \(reply.status)")
        #expect(try reply.problem() == "notFound")
      }
      // A method that HTTP does not know ends at the parser.
      #expect(try await bench.curl("/health", ["-X", "BREW"]).status == 400)
      let head = try await bench.raw(
        "HEAD /health HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n")
      #expect(statuses(head) == [200] && head.hasSuffix("\r\n\r\n"), "\(head)")
      #expect(head.contains("Content-Length: 6\r\n"))
      #expect(try await bench.curl("/enroll").status == 404)
      // Without TLS only what is public: secrets are never asked for in the clear.
      for path in ["/enroll", "/quota", "/puzzle", "/.well-known/est/cacerts"] {
        #expect(try await bench.curl(path, plain: true).status == 404, "\(path)")
        #expect(try await bench.curl(path, ["-X", "POST"], plain: true).status == 404, "\(path)")
      }
      let plain = try await bench.curl("/health", plain: true)
      #expect(plain.status == 200 && plain.header("strict-transport-security") == nil)
    }
  }

  @Test func onlyPublishedFilesAreServed() async throws {
    try await hasty { bench in
      for path in [
        "/log/../issuing/issuing.key", "/log/%2e%2e/issuing/issuing.key",
        "/log/..%2fissuing%2fissuing.key", "/log/tile/0/../../../issuing/issuing.key",
        "/log//etc/passwd", "/log/%2fetc%2fpasswd", "/log/tile/0/000/../000", "/log/", "/log",
        "/log/tile/0/0", "/log/tile/0/000.p/0", "/log/tile/0/000.p/999", "/log/tile/9/000",
        "/log/checkpoint/", "/log/checkpoint%00", "/issuing/issuing.key", "/ledger.sqlite",
        "/issuing.key", "/root.key", "/policy.yaml", "/..%2froot%2froot.key", "/%2e%2e/policy.yaml",
        "/issuing.crl/../policy.yaml", "//etc/passwd", "/issuing.crl%00", "/issuing-2.crl",
      ] {
        for plain in [true, false] {
          let reply = try await bench.curl(path, plain: plain)
          #expect(reply.status == 404, "\(path): \(reply.status) \(reply.text)")
          #expect(!reply.text.contains("PRIVATE KEY"))
        }
      }
    }
  }

  @Test func oldTLSIsRefused() async throws {
    try await hasty { bench in
      for (version, isGood) in [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
        let result = try await ForeignProgram.openssl.run([
          "s_client", "-connect", "127.0.0.1:\(bench.port)", "-servername", ServerBench.overlay,
          "-CAfile", bench.rootFile, "-verify_return_error", "-cipher", "DEFAULT@SECLEVEL=0",
          version,
        ])
        let isDone = result.output.contains("Verification: OK") && result.status == 0
        #expect(isDone == isGood, "\(version): \(result.output)")
      }
      let text = "GET /health HTTP/1.1\r\n\r\n"
      let port = bench.port
      let plain = try await blocking {
        let connection = try RawConnection(port: port)
        _ = connection.send(text)
        return try connection.receiveAll()
      }
      #expect(!plain.contains("alive"))
    }
  }

  @Test func hostileTextStaysWithinItsField() async throws {
    try await hasty { bench in
      let (der, _) = try await bench.request()
      for path in [
        "/enroll?address=%0d%0aSet-Cookie:%20x=1", "/enroll?nodeids=%22%7d%0a",
        "/enroll?username=%0d%0aX:%20y&password=z&nodeids=99",
      ] {
        let reply = try await bench.post(path, der)
        #expect((400...403).contains(reply.status), "\(path)")
        #expect(reply.header("set-cookie") == nil && reply.header("x") == nil)
        _ = try reply.problem()
      }
      // Paths that nothing serves make no labels.
      for index in 0..<20 { _ = try await bench.curl("/random/\(index)\"%0a", plain: true) }
      let page = try await bench.curl("/metrics", plain: true)
      #expect(page.text.components(separatedBy: "\n").filter { $0.contains("404") }.count <= 3)
      #expect(!page.text.contains("random"))
    }
  }
}
