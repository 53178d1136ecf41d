import Foundation
import LoadModel
import NIOCore
import NodeCredentials
import Randomness

/// Requests that are wrong: each must get the answer that says so.
extension AbuseBench {
  /// A body that is announced as too large, and one that turns out to be.
  func oversized() async -> AbuseVerdict {
    let announced = Array(
      ("POST \(path) HTTP/1.1\r\nHost: \(host)\r\n"
        + fields.joined(separator: "\r\n") + "\r\nContent-Length: 100000000\r\n\r\n").utf8)
    let first = await send(announced)
    let chunk = [UInt8](repeating: 0x30, count: 0x4000)
    let head = Array(
      ("POST \(path) HTTP/1.1\r\nHost: \(host)\r\n"
        + fields.joined(separator: "\r\n") + "\r\nTransfer-Encoding: chunked\r\n\r\n").utf8)
    var chunked = head
    for _ in 0..<64 { chunked += Array("4000\r\n".utf8) + chunk + Array("\r\n".utf8) }
    let second = await send(chunked + Array("0\r\n\r\n".utf8))
    let statuses = [first, second].map { $0.responses.first?.status }
    // While a megabyte is still being sent, closing may outrun the answer.
    let isSecondRefused =
      statuses[1] == 413 || second.responses.isEmpty && second.end != .timedOut
    return .judged(
      statuses[0] == 413 && isSecondRefused, "oversized bodies",
      "announced: \(first.statuses); chunked: \(second.statuses) (\(second.end))")
  }

  /// Bodies that are no requests: noise, and a sound request with bits flipped or octets missing.
  func garbage(count: Int = 500) async throws -> AbuseVerdict {
    var stream = RandomStream(StreamKey(seed: seed)["enroll-load"]["garbage"])
    var counts: [String: Int] = [:]
    let sound = try await request()
    for round in 0..<count {
      let place = Int(stream.index(below: UInt32(sound.count)))
      let octet = UInt8(stream.index(below: 256))
      var body = sound
      switch round % 4 {
      case 0: body = (0..<place).map { _ in UInt8(stream.index(below: 256)) }
      case 1: body = Array(sound.prefix(place))
      case 2: body[place] ^= 1 << (octet % 8)
      default: body += [octet]
      }
      let outcome = await send(enrollment(body))
      counts[outcome.statuses, default: 0] += 1
    }
    let isHealthy = await isHealthy()
    let text = counts.sorted { $0.key < $1.key }.map { "\($0.value) x \($0.key)" }
    return .judged(
      counts["400"] == count && isHealthy, "garbage bodies",
      text.joined(separator: ", ") + (isHealthy ? "" : "; the server is not healthy"))
  }

  /// A sound request under another name.
  func wrongMediaType() async throws -> AbuseVerdict {
    let body = try await request()
    var seen: [String] = []
    for type in ["text/plain", "application/x-www-form-urlencoded", nil] {
      let fields = authorization + (type.map { ["Content-Type: \($0)"] } ?? [])
      let bytes = Exchange.request("POST", path, host: host, fields: fields, body: body)
      seen.append(await send(bytes).statuses)
    }
    return .judged(
      seen.allSatisfy { $0 == "415" }, "wrong media type", seen.joined(separator: ", "))
  }

  /// Octets that are no HTTP, and two lengths for one body.
  func malformedHTTP() async throws -> AbuseVerdict {
    let body = try await request()
    let samples: [(String, String)] = [
      ("noise", "\u{1}\u{2}\u{3} nothing\r\n\r\n"),
      ("no version", "POST \(path)\r\n\r\n"),
      (
        "two framings",
        "POST \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Length: 5\r\n"
          + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
      ),
      (
        "two lengths",
        "POST \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"
          + "123456"
      ),
      ("negative length", "POST \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Length: -1\r\n\r\n"),
      ("long head", "GET /health HTTP/1.1\r\nX: " + String(repeating: "a", count: 200_000)),
    ]
    var isHeld = true
    var seen: [String] = []
    for (name, text) in samples {
      let outcome = await send(Array(text.utf8))
      let statuses = outcome.responses.map(\.status)
      isHeld = isHeld && outcome.end != .timedOut && statuses.allSatisfy { $0 >= 400 && $0 < 500 }
      seen.append("\(name): \(outcome.statuses)")
    }
    let after = await send(enrollment(body))
    let isServed = AbuseBench.isCertificate(after.responses.first, for: body)
    return .judged(isHeld && isServed, "malformed HTTP", seen.joined(separator: ", "))
  }

  /// Eight requests in one write: the answers come in order, each with its own key.
  func pipelined() async throws -> AbuseVerdict {
    let batch = try await RequestBatch.make(count: 8)
    let bodies = (0..<batch.count).map { batch[$0] }
    let outcome = await send(bodies.flatMap { enrollment($0) }, expected: bodies.count)
    let matched = zip(outcome.responses, bodies).filter {
      AbuseBench.isCertificate($0.0, for: $0.1)
    }.count
    // A server may end a connection that pipelines, but must not mix up answers.
    let isHeld = matched == outcome.responses.count && matched > 0 && outcome.end != .timedOut
    return .judged(
      isHeld, "pipelined requests", "\(matched) of \(bodies.count) answered in order")
  }

  /// The client says that it is done sending, before the answer, and inside a body.
  func halfClosed() async throws -> AbuseVerdict {
    let body = try await request()
    let whole = await Exchange(steps: [.send(enrollment(body)), .closeOutput])
      .run(access, on: loop)
    let isAnswered = AbuseBench.isCertificate(whole.responses.first, for: body)
    let cut = await Exchange(
      steps: [.send(Array(enrollment(body).dropLast(20))), .closeOutput]
    ).run(access, on: loop)
    let isCutEnded =
      cut.end != .timedOut && cut.responses.allSatisfy { (400..<500).contains($0.status) }
    let isHealthy = await isHealthy()
    return .judged(
      whole.end != .timedOut && isCutEnded && isHealthy, "half-closed connections",
      "whole request: \(isAnswered ? "answered" : "\(whole.statuses), \(whole.end)"); "
        + "cut request: \(cut.statuses), \(cut.end)")
  }

  /// Wrong secrets: refused, and after some attempts refused without being looked at.
  func wrongCredentials(attemptsMax: Int = 200) async throws -> AbuseVerdict {
    let name = "wrong credentials"
    let body = try await request()
    let none = Exchange.request(
      "POST", path, host: host, fields: ["Content-Type: application/pkcs10"], body: body)
    // From another /24 than the good clients, so that they do not pay for this.
    let source = access.target.host.contains(":") ? nil : "127.77.0.1"
    let bare = await send(none, source: source)
    if let status = bare.responses.first?.status, status == 200 || status == 403 {
      return .skipped(name, "without credentials the answer is \(status): they are not asked for")
    }
    var first: String?
    for attempt in 1...attemptsMax {
      let wrong = Data("nobody:\(seed)-\(attempt)".utf8).base64EncodedString()
      let fields = ["Authorization: Basic \(wrong)", "Content-Type: application/pkcs10"]
      let bytes = Exchange.request("POST", path, host: host, fields: fields, body: body)
      let outcome = await send(bytes, source: source)
      first = first ?? outcome.statuses
      if outcome.responses.first?.status == 429 {
        let wait = outcome.responses.first?["retry-after"]
        return .judged(
          bare.statuses == "401" && first == "401" && wait != nil, name,
          "none: \(bare.statuses); wrong: \(first ?? ""), then 429 at attempt \(attempt) with "
            + "Retry-After \(wait ?? "missing")")
      }
      if outcome.responses.first?.status != 401 {
        return .failed(name, "attempt \(attempt): \(outcome.statuses), \(outcome.end)")
      }
    }
    return .failed(name, "no 429 in \(attemptsMax) attempts")
  }
}
