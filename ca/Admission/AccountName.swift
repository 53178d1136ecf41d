/// The name of an account: 1 to 64 of a-z, 0-9, `.`, `_` and `-`, beginning with a letter or digit.
///
/// Lower case only, so that no two names differ in case alone; safe in a file name and in a log.
public struct AccountName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The name.
  public let value: String

  /// The longest name, in octets.
  public static let maximumCount = 64

  /// A name; nil when it breaks the rule above.
  public init?(_ text: String) {
    let bytes = text.utf8
    guard (1...AccountName.maximumCount).contains(bytes.count), let first = bytes.first,
      AccountName.isAlphanumeric(first),
      bytes.allSatisfy({
        AccountName.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
      })
    else { return nil }
    value = text
  }

  /// The name itself.
  public var description: String { value }

  /// In order of their octets.
  public static func < (left: AccountName, right: AccountName) -> Bool {
    left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
  }
}

/// What the policy needs to know of an account.
public struct AccountStanding: Hashable, Sendable {
  /// Credits not yet spent.
  public var credits: Int64
  /// Identities whose certificate is neither expired nor revoked, reserved ones included.
  public var identitiesInForce: Int
  /// nodeIds ever assigned to the account.
  public var identitiesIssued: Int

  /// A standing from its parts.
  public init(credits: Int64, identitiesInForce: Int = 0, identitiesIssued: Int = 0) {
    self.credits = credits
    self.identitiesInForce = identitiesInForce
    self.identitiesIssued = identitiesIssued
  }
}
