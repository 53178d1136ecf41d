/// The DNS name of one overlay: the trust domain of its certificates.
///
/// Lower-case letters, digits and hyphens in dot-separated labels of 1 to 63 octets, at most 53
/// octets in all, so that "<name> issuing CA" fits the 64 octets of an X.520 common name and
/// "<40 hex digits>.<name>" the 253 of a host name. The last label must hold a letter: an overlay
/// is not an IP address.
public struct OverlayName: Hashable, Sendable, CustomStringConvertible {
  /// The name.
  public let value: String

  /// The name itself.
  public var description: String { value }

  /// The longest name, in octets.
  public static let maximumCount = 53

  /// Validates a name.
  /// - Throws: `OverlayNameError`, which says what is wrong and what is allowed.
  public init(_ text: String) throws(OverlayNameError) {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty else { throw OverlayNameError(text: text, problem: "it is empty") }
    guard bytes.count <= OverlayName.maximumCount else {
      throw OverlayNameError(
        text: String(text.prefix(64)),
        problem: "it is longer than \(OverlayName.maximumCount) octets")
    }
    let labels = bytes.split(separator: 0x2E, omittingEmptySubsequences: false)
    for label in labels {
      guard let first = label.first, let last = label.last else {
        throw OverlayNameError(text: text, problem: "it has an empty label")
      }
      guard first != 0x2D, last != 0x2D else {
        throw OverlayNameError(text: text, problem: "a label begins or ends with a hyphen")
      }
      guard label.allSatisfy(OverlayName.isAllowed) else {
        throw OverlayNameError(
          text: text, problem: "only a-z, 0-9, hyphens and dots are allowed")
      }
    }
    guard let last = labels.last, last.contains(where: { $0 >= 0x61 }) else {
      throw OverlayNameError(text: text, problem: "the last label has no letter")
    }
    value = text
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x61...0x7A, 0x30...0x39, 0x2D: true
    default: false
    }
  }
}

/// Why a text is not an overlay name.
public struct OverlayNameError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text, cut to 64 characters.
  public let text: String
  /// What is wrong with it.
  public let problem: String

  /// One line with an example to follow.
  public var description: String {
    "\"\(text)\" is not an overlay name: \(problem); use a DNS name such as \"redoubt.example\""
  }
}
