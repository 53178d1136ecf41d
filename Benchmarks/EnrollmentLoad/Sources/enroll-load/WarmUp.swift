import LoadModel
import NIOCore

/// One enrollment for each account before the clock starts, one after the other.
///
/// A server hashes an account's secret once, slowly on purpose, and remembers it. Without this, the
/// first second of a run would measure that hash, once for every connection.
struct WarmUp: Sendable {
  /// What the server said to an account that it did not serve.
  struct Refusal: Error, CustomStringConvertible {
    let description: String
  }

  let access: ServerAccess
  let heads: [[UInt8]]

  /// - Throws: `Refusal` when an account gets no certificate.
  func run(on loop: any EventLoop) async throws {
    let requests = try await RequestBatch.make(count: heads.count)
    for (index, head) in heads.enumerated() {
      let body = requests[index]
      let length = Array("Content-Length: \(body.count)\r\n\r\n".utf8)
      let outcome = await Exchange(steps: [.send(head + length + body)]).run(access, on: loop)
      guard outcome.responses.first?.status == 200 else {
        let detail = outcome.responses.first.map { String(decoding: $0.body, as: UTF8.self) }
        throw Refusal(
          description: "account \(index + 1) gets no certificate: \(outcome.statuses), "
            + (detail ?? "\(outcome.end)"))
      }
    }
  }
}
