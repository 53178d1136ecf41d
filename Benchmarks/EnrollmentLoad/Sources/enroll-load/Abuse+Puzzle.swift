import Foundation
import LoadModel
import NodeCredentials

/// The puzzle of the authority, solved from its description alone: this is not the server's code.
extension AbuseBench {
  private struct Challenge: Decodable {
    let epoch: UInt64
    let value: String
    let difficulty: Int
  }

  /// A solution opens the door once: the second use is a conflict, another key's is a refusal.
  func replayedPuzzle() async throws -> AbuseVerdict {
    let name = "replayed puzzle solution"
    let answer = await Exchange.get("/puzzle", access).run(access, on: loop)
    guard let response = answer.responses.first, response.status == 200 else {
      return .skipped(name, "no puzzle is offered (\(answer.statuses))")
    }
    let challenge = try JSONDecoder().decode(Challenge.self, from: Data(response.body))
    guard (0...28).contains(challenge.difficulty),
      let value = ShortOctets(hex: challenge.value, count: 32)?.bytes
    else { return .skipped(name, "difficulty \(challenge.difficulty) is too much for a test") }
    let body = try await request()
    let other = try await request()
    let solution = try solve(challenge, value: value, request: body)
    let bytes = enrollment(body, extra: ["Puzzle: \(solution)"])
    let first = await send(bytes)
    let again = await send(bytes)
    let foreign = await send(enrollment(other, extra: ["Puzzle: \(solution)"]))
    let wrong = foreign.responses.first?.status
    let isForeignRefused =
      challenge.difficulty == 0 || wrong.map { (400..<500).contains($0) } ?? false
    return .judged(
      AbuseBench.isCertificate(first.responses.first, for: body) && again.statuses == "409"
        && isForeignRefused, name,
      "difficulty \(challenge.difficulty): first \(first.statuses), again \(again.statuses), "
        + "for another key \(foreign.statuses)")
  }

  /// x with SHA-256(SHA-256(ip, x, value), SHA-256(key)) beginning with enough zero bits.
  private func solve(
    _ challenge: Challenge, value: [UInt8], request: [UInt8]
  ) throws -> String {
    let info = Array(try CertificateSketch.publicKeyInfo(ofRequest: request))
    let key = try Digest.sha256(info)
    let ip: [UInt8]
    if access.target.host.contains(":") {
      ip = [UInt8](repeating: 0, count: 15) + [1]
    } else {
      ip = access.target.host.split(separator: ".").compactMap { UInt8($0) }
    }
    var x: UInt64 = 0
    while true {
      let octets = (0..<8).map { UInt8(truncatingIfNeeded: x >> (56 - 8 * UInt64($0))) }
      let digest = try Digest.sha256(try Digest.sha256(ip + octets + value) + key)
      var zeros = 0
      for byte in digest {
        zeros += byte.leadingZeroBitCount
        if byte != 0 { break }
      }
      if zeros >= challenge.difficulty {
        let digits = String(x, radix: 16)
        return "\(challenge.epoch):" + String(repeating: "0", count: 16 - digits.count) + digits
      }
      x += 1
    }
  }
}
