/// Where the load goes: a server on this machine and nowhere else.
///
/// The generator can refuse service to others, so it takes no address that leaves the machine, and
/// no name: a name is what some resolver makes of it.
public struct LoopbackTarget: Hashable, Sendable {
  /// A numeric address in 127.0.0.0/8, or ::1.
  public let host: String
  /// From 1 to 65535.
  public let port: Int

  /// Why a target is refused.
  public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// It is no `https://` URL of a host and a port.
    case malformed
    /// It leaves this machine.
    case notLoopback

    /// One line with the remedy.
    public var description: String {
      switch self {
      case .malformed: "the target must look like https://127.0.0.1:8443"
      case .notLoopback:
        "the target must be a numeric loopback address (127.x.y.z or [::1]): this tool never "
          + "sends load to another machine"
      }
    }
  }

  /// Reads `https://127.0.0.1:8443`, with or without a slash at the end.
  /// - Throws: `Refusal`.
  public init(_ text: String) throws(Refusal) {
    guard text.hasPrefix("https://") else { throw .malformed }
    var rest = text.dropFirst("https://".count)
    if rest.last == "/" { rest = rest.dropLast() }
    let host: Substring
    if rest.first == "[" {
      guard let close = rest.firstIndex(of: "]") else { throw .malformed }
      host = rest[rest.index(after: rest.startIndex)..<close]
      rest = rest[rest.index(after: close)...]
    } else {
      guard let colon = rest.firstIndex(of: ":") else { throw .malformed }
      host = rest[..<colon]
      rest = rest[colon...]
    }
    guard rest.first == ":", let port = LoopbackTarget.number(rest.dropFirst(), max: 65_535),
      port > 0
    else { throw .malformed }
    guard LoopbackTarget.isLoopback(host) else { throw .notLoopback }
    self.host = String(host)
    self.port = port
  }

  /// What a request's Host field says.
  public var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  private static func isLoopback(_ host: Substring) -> Bool {
    if host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { number($0, max: 255) != nil }
  }

  /// A decimal number without sign or leading zeros.
  private static func number(_ text: Substring, max: Int) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), text.count <= 5,
      text.count == 1 || text.first != "0", let value = Int(text), value <= max
    else { return nil }
    return value
  }
}
