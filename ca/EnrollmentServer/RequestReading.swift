import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NodeCredentials

/// A request's context: where it came from.
struct EnrollmentContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// The address that the connection comes from; nil for a socket that is not of the internet.
  let peer: IPAddress?

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    peer = EnrollmentContext.address(of: source.channel)
  }

  private static func address(of channel: any Channel) -> IPAddress? {
    guard let text = channel.remoteAddress?.ipAddress else { return nil }
    // A version 4 client of a socket that serves both versions.
    let mapped = "::ffff:"
    if text.hasPrefix(mapped), text.contains(".") {
      return IPAddress(String(text.dropFirst(mapped.count)))
    }
    return IPAddress(text)
  }
}

/// What is allowed of one request's body.
struct BodyLimits: Sendable {
  /// Octets.
  let count: Int
  /// From the head of the request to the end of its body.
  let seconds: Int
}

extension Request {
  /// The whole body, if it is small and comes in time.
  /// - Throws: `Problem.tooLarge`, `.tooSlow`, or what the connection throws.
  func wholeBody(_ limits: BodyLimits) async throws -> [UInt8] {
    if let announced = headers[.contentLength].flatMap({ Int($0) }), announced > limits.count {
      throw Problem.tooLarge(limits.count)
    }
    let body = body
    return try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
      group.addTask {
        do {
          let buffer = try await body.collect(upTo: limits.count)
          return [UInt8](buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
          throw Problem.tooLarge(limits.count)
        }
      }
      group.addTask {
        try await Task.sleep(for: .seconds(limits.seconds))
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let octets = first else {
        throw Problem.tooSlow(limits.seconds)
      }
      return octets
    }
  }

  /// Whether the Content-Type is this one; parameters such as a character set do not matter.
  func hasMediaType(_ expected: String) -> Bool {
    guard let given = headers[.contentType] else { return false }
    let bare = given.split(separator: ";", omittingEmptySubsequences: false)[0]
    return bare.trimmingCharacters(in: .whitespaces).lowercased() == expected
  }

  /// A parameter of the query that may be given once.
  /// - Throws: `Problem.malformed` when it is given twice.
  func parameter(_ name: String) throws(Problem) -> String? {
    let values = uri.queryParameters[values: Substring(name)]
    guard values.count <= 1 else {
      throw .malformed("the parameter \"\(name)\" is given \(values.count) times")
    }
    return values.first.map { String($0) }
  }

  /// The account's name and secret: HTTP Basic, or the parameters that RELOAD clients send.
  /// - Throws: `Problem.malformed` for an Authorization header that cannot be read.
  func accountCredentials() throws(Problem) -> AccountCredentials? {
    if let header = headers[.authorization] {
      let parts = header.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "basic",
        let decoded = Data(base64Encoded: String(parts[1])),
        let colon = decoded.firstIndex(of: 0x3A)
      else { throw .malformed("the Authorization header must be Basic with base64 name:secret") }
      return AccountCredentials(
        name: String(decoding: decoded[..<colon], as: UTF8.self),
        secret: [UInt8](decoded[decoded.index(after: colon)...]))
    }
    guard let name = try parameter("username"), let secret = try parameter("password") else {
      return nil
    }
    return AccountCredentials(name: name, secret: Array(secret.utf8))
  }
}

/// What an applicant says of itself; nobody has checked it.
struct AccountCredentials: Sendable {
  let name: String
  let secret: [UInt8]
}
