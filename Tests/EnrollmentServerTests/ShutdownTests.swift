import Admission
import CertificateAuthority
import Dispatch
import Foundation
import NodeCredentials
import Testing

@testable import EnrollmentServer

/// The end of a server, and what it survives.
@Suite(.enabled(if: ForeignProgram.areInstalled, "needs curl and openssl"))
struct ShutdownTests {
  /// Holds the issuance at its first step until it is let go.
  private final class Gate: Sendable {
    let reached = DispatchSemaphore(value: 0)
    let free = DispatchSemaphore(value: 0)

    @Sendable func observe(_ step: IssuanceStep) {
      guard step == .reserved else { return }
      reached.signal()
      free.wait()
    }
  }

  @Test func whatIsUnderWayIsAnsweredAndLaterOnesAreRefused() async throws {
    let gate = Gate()
    try await ServerBench.with(observer: gate.observe) { bench in
      let (request, _) = try await bench.request()
      async let reply = bench.post("/enroll", request)
      try await blocking { gate.reached.wait() }
      bench.stop()
      let port = bench.port
      // The listening socket goes first.
      try await blocking { while (try? RawConnection(port: port)) != nil {} }
      gate.free.signal()
      let answered = try await reply
      #expect(answered.status == 200, "\(answered.text)")
      try bench.checkProof(answered, answered.body)
      #expect(try bench.authority.figures().certificates == 1)
    }
  }

  @Test func aConnectionThatIsIdleDoesNotHoldTheServer() async throws {
    try await ServerBench.with { bench in
      let port = bench.plainPort
      let rest = try await blocking {
        let connection = try RawConnection(port: port)
        _ = connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try connection.receive(until: "alive\n")
        bench.stop()
        return try connection.receiveAll()
      }
      #expect(rest == "")
    }
  }

  @Test func aFullDiskIsAnsweredAndSurvived() async throws {
    let scratch = try ScratchDirectory()
    let url = scratch.file("authority")
    try OverlayAuthority.create(
      at: url, overlay: OverlayName(ServerBench.overlay), profile: CertificateProfile(),
      policy: AdmissionPolicy(yaml: ServerBench.open, path: "policy.yaml"), now: ServerBench.now())
    try await ServerBench.with(scratch, url, maximumPageCount: 80) { bench in
      let (request, _) = try await bench.request()
      var last: Reply?
      for _ in 0..<60 where last?.status ?? 200 == 200 {
        last = try await bench.post("/enroll?nodeids=16", request)
      }
      #expect(last?.status == 500)
      #expect(try last?.problem() == "internal")
      // What happened is the operator's to know, not the applicant's.
      #expect(last?.text.contains(url.path) == false)
      #expect(bench.log.all.contains { $0.contains("\"level\":\"error\"") })
      #expect(try await bench.curl("/health").status == 200)
      #expect(try await bench.curl("/issuing.crl").status == 200)
    }
  }
}
