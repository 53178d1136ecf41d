import Foundation
import LoadModel
import NIOCore
import NIOPosix
import NodeCredentials
import Randomness

/// Whether a server stood one kind of abuse.
struct AbuseVerdict: Encodable, Sendable {
  let name: String
  /// `held`, `failed` or `skipped`.
  let verdict: String
  let detail: String

  static func held(_ name: String, _ detail: String) -> AbuseVerdict {
    AbuseVerdict(name: name, verdict: "held", detail: detail)
  }

  static func failed(_ name: String, _ detail: String) -> AbuseVerdict {
    AbuseVerdict(name: name, verdict: "failed", detail: detail)
  }

  static func skipped(_ name: String, _ detail: String) -> AbuseVerdict {
    AbuseVerdict(name: name, verdict: "skipped", detail: detail)
  }

  static func judged(_ isHeld: Bool, _ name: String, _ detail: String) -> AbuseVerdict {
    isHeld ? held(name, detail) : failed(name, detail)
  }
}

/// What all kinds of abuse need.
struct AbuseBench: Sendable {
  let access: ServerAccess
  let loop: any EventLoop
  let path: String
  /// `Authorization` of the first account; empty without accounts.
  let authorization: [String]
  let heads: [[UInt8]]
  let seed: UInt64
  let serverPid: Int32?
  /// Requests per second of the good clients, while others abuse the server.
  let goodRate: UInt64
  let goodSeconds: UInt64
  /// The p99 that good clients must keep, in milliseconds.
  let goodP99Max: Double
  let slowConnections: Int
  /// Seconds within which slow clients must be gone.
  let slowLimit: Int64
  let idleConnections: Int

  var host: String { access.target.authority }

  /// The fields of a sound enrollment.
  var fields: [String] {
    authorization + ["Content-Type: application/pkcs10", "Accept: application/pkix-cert"]
  }

  func enrollment(_ body: [UInt8], extra: [String] = []) -> [UInt8] {
    Exchange.request("POST", path, host: host, fields: fields + extra, body: body)
  }

  func request() async throws -> [UInt8] { try await RequestBatch.make(count: 1, threads: 1)[0] }

  /// Sends octets and takes what comes back.
  func send(
    _ bytes: [UInt8], expected: Int = 1, source: String? = nil
  ) async -> Exchange.Outcome {
    await Exchange(steps: [.send(bytes)], expected: expected, source: source)
      .run(access, on: loop)
  }

  /// Whether an answer is a certificate for this request.
  static func isCertificate(_ response: HTTPResponse?, for request: [UInt8]) -> Bool {
    guard let response, response.status == 200,
      let sketch = try? CertificateSketch(der: response.body),
      let asked = try? CertificateSketch.publicKeyInfo(ofRequest: request)
    else { return false }
    return asked.elementsEqual(sketch.publicKeyInfo)
  }

  /// An open loop of good clients, to see what they notice.
  func goodClients() async throws -> LoadReport {
    guard
      let schedule = SendSchedule(
        ratePerSecond: goodRate, seconds: goodSeconds, arrivals: .even)
    else { throw CocoaError(.coderInvalidValue) }
    let plan = SessionPlan(
      access: access, connectionCount: 16, workload: .open(schedule), heads: heads,
      requestTimeout: .seconds(30), endsWithServer: false)
    let run = LoadRun(
      plan: plan, requests: try await RequestBatch.make(count: schedule.expectedCount),
      verifier: nil, sampleEvery: 1, journalPath: nil, serverPid: nil, showsProgress: false)
    return try await run.run(on: loop)
  }

  /// Whether good clients were served in time, and the figures.
  func judge(good: LoadReport) -> (isServed: Bool, text: String) {
    let p99 = good.latencyMilliseconds?.p99 ?? .infinity
    let text = String(
      format: "good clients: %d of %d enrolled at %d per second, p99 %.2f ms", good.enrolled,
      good.sent, Int(goodRate), p99)
    return (good.isClean && p99 <= goodP99Max, text)
  }

  /// Whether the server is there and well.
  func isHealthy() async -> Bool {
    await Exchange.get("/health", access).run(access, on: loop).responses.first?.status == 200
  }
}
