import COpenSSL

/// A failure inside OpenSSL, with everything that its error queue had to say.
public struct OpenSSLError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was attempted, as an infinitive phrase such as "sign a certificate".
  public let operation: String
  /// OpenSSL's reasons, oldest first; at most 8, empty when it gave none.
  public let reasons: [String]

  /// One line: the operation and the reasons.
  public var description: String {
    let cause = reasons.isEmpty ? "no reason given" : reasons.joined(separator: "; ")
    return "OpenSSL failed to \(operation): \(cause)"
  }

  /// More reasons than this are dropped, so that hostile input cannot grow a message.
  static let reasonLimit = 8

  /// Empties this thread's error queue into one error.
  static func drained(_ operation: String) -> OpenSSLError {
    var reasons: [String] = []
    while true {
      let code = ERR_get_error()
      if code == 0 { break }
      if reasons.count >= reasonLimit { continue }
      if let text = ERR_reason_error_string(code) {
        reasons.append(String(cString: text))
      } else {
        reasons.append("error \(String(code, radix: 16))")
      }
    }
    return OpenSSLError(operation: operation, reasons: reasons)
  }
}

/// The pointer, or the drained error queue when OpenSSL returned none.
func required<Pointer>(_ pointer: Pointer?, _ operation: String) throws(OpenSSLError) -> Pointer {
  guard let pointer else { throw OpenSSLError.drained(operation) }
  return pointer
}

/// Passes when OpenSSL reported success (a positive status).
func succeed(_ status: Int32, _ operation: String) throws(OpenSSLError) {
  guard status > 0 else { throw OpenSSLError.drained(operation) }
}
