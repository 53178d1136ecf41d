import Foundation
public import TransparencyLog

/// A witness as the authority knows it: where it is, and by which key its cosignatures are known.
public struct WitnessPeer: Hashable, Sendable {
  /// Where it is asked.
  public let address: WitnessAddress
  /// The key of its cosignatures.
  public let key: VerifierKey

  /// A witness.
  /// - Throws: `policy` for a key that does not cosign.
  public init(address: WitnessAddress, key: VerifierKey) throws(TransparencyRejection) {
    guard key.kind == .cosignature else {
      throw .policy("the key of \(key.name) signs notes; a witness has a cosignature key")
    }
    self.address = address
    self.key = key
  }
}

/// The URL of a witness: `https://host[:port][/path]`, or `http://` on this machine.
public struct WitnessAddress: Hashable, Sendable, CustomStringConvertible {
  let host: String
  let port: Int
  let isTLS: Bool
  /// With `/add-checkpoint` at its end.
  let path: String
  /// The URL.
  public let description: String

  /// Reads the submission prefix of a witness; nil for anything but https, or http to loopback.
  public init?(_ text: String) {
    guard text.utf8.count <= 1_024, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
      let parts = URLComponents(string: text), let given = parts.host, !given.isEmpty,
      parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil
    else { return nil }
    let isBracketed = given.hasPrefix("[") && given.hasSuffix("]")
    host = isBracketed ? String(given.dropFirst().dropLast()) : given
    switch parts.scheme {
    case "https": isTLS = true
    case "http" where ["127.0.0.1", "::1", "localhost"].contains(host): isTLS = false
    default: return nil
    }
    port = parts.port ?? (isTLS ? 443 : 80)
    guard (1...65_535).contains(port) else { return nil }
    let prefix = parts.percentEncodedPath
    path = (prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix) + "/add-checkpoint"
    description = text
  }

  /// What the Host header says.
  var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
  }
}
