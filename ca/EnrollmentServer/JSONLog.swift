import Foundation
import Logging

/// Writes each log record as one line of JSON on standard error.
///
/// Members: time (RFC 3339, UTC), level, message, then the metadata by name. Secrets and bodies are
/// never logged; the names of accounts and the addresses of peers are.
struct JSONLog: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  private let write: @Sendable (String) -> Void

  /// - Parameter write: takes one line with its newline.
  init(level: Logger.Level, write: @escaping @Sendable (String) -> Void) {
    logLevel = level
    self.write = write
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var members = [
      ("time", JSONText.string(JSONLog.now())), ("level", JSONText.string(event.level.rawValue)),
      ("message", JSONText.string(event.message.description)),
    ]
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    for (key, value) in all.sorted(by: { $0.key < $1.key }) {
      members.append((key, JSONText.string("\(value)")))
    }
    write(JSONText.object(members) + "\n")
  }

  private static func now() -> String {
    Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true)) + "Z"
  }
}
