import HTTPTypes
import Hummingbird
import NIOCore

/// A refusal as the applicant reads it: `application/problem+json` (RFC 9457).
///
/// The type is `urn:redoubt:error:<word>`; the word is stable and for programs, the detail is one
/// sentence with the remedy and for people.
struct Problem: Error, HTTPResponseError, Equatable {
  /// A stable word in lower-case letters.
  let word: String
  let status: HTTPResponse.Status
  let title: String
  let detail: String
  /// After how many seconds trying again can help; nil when waiting does not.
  var retryAfterSeconds: Int?
  /// Whether the connection is closed after the answer, because the rest of the request is unread.
  var closesConnection = false

  func response(from request: Request, context: some RequestContext) throws -> Response {
    let fields = [
      ("type", JSONText.string("urn:redoubt:error:\(word)")), ("title", JSONText.string(title)),
      ("status", String(status.code)), ("detail", JSONText.string(detail)),
    ]
    var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
    if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
    if status == .unauthorized { headers[.wwwAuthenticate] = "Basic realm=\"redoubt\"" }
    if closesConnection { headers[.connection] = "close" }
    return Response(
      status: status, headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(string: JSONText.object(fields) + "\n")))
  }
}

extension Problem {
  /// What was sent cannot be read.
  static func malformed(_ detail: String) -> Problem {
    Problem(word: "malformed", status: .badRequest, title: "Malformed request", detail: detail)
  }

  static func mediaType(_ expected: String) -> Problem {
    Problem(
      word: "mediaType", status: .unsupportedMediaType, title: "Wrong media type",
      detail: "send Content-Type: \(expected)", closesConnection: true)
  }

  static func tooLarge(_ limit: Int) -> Problem {
    Problem(
      word: "tooLarge", status: .contentTooLarge, title: "Body too large",
      detail: "a body may have at most \(limit) octets", closesConnection: true)
  }

  static func tooSlow(_ seconds: Int) -> Problem {
    Problem(
      word: "tooSlow", status: .requestTimeout, title: "Body too slow",
      detail: "the whole body must arrive within \(seconds) seconds", closesConnection: true)
  }

  static let credentials = Problem(
    word: "credentials", status: .unauthorized, title: "Credentials needed",
    detail: "give the account's name and secret by HTTP Basic authentication; the operator makes "
      + "accounts with \"redoubt ca account add\"")

  static func overloaded(_ detail: String, retryAfterSeconds: Int = 1) -> Problem {
    Problem(
      word: "overloaded", status: .serviceUnavailable, title: "Try again",
      detail: detail, retryAfterSeconds: retryAfterSeconds)
  }

  /// Another process writes the ledger for longer than we wait.
  static let locked = Problem.overloaded(
    "another process is at work on the ledger", retryAfterSeconds: 5)

  static func notFound(_ detail: String) -> Problem {
    Problem(word: "notFound", status: .notFound, title: "Not found", detail: detail)
  }

  /// Something is wrong on our side; the log has the details, the applicant does not.
  static let failure = Problem(
    word: "internal", status: .internalServerError, title: "Internal failure",
    detail: "the authority could not do its work; the operator's log says why")
}

/// The JSON that answers are made of: members in a fixed order.
enum JSONText {
  /// An object from member names and finished JSON values.
  static func object(_ members: [(String, String)]) -> String {
    "{" + members.map { string($0) + ":" + $1 }.joined(separator: ",") + "}"
  }

  static func array(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }

  /// A string literal; control characters and non-characters are escaped (RFC 8259 section 7).
  static func string(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output + "\""
  }
}
