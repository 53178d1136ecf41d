/// What a rate limit of the policy counts, and for whom.
public enum LimitScope: String, Hashable, Sendable, CaseIterable {
  /// New identities of one account.
  case account
  /// New identities from one IPv4 address or IPv6 /64.
  case address
  /// New identities from one /24 or /48.
  case prefix
  /// New identities from one autonomous system.
  case autonomousSystem
  /// New identities of all.
  case overall
  /// New nodeIds in place of ones that an account has given up.
  case reroll
  /// Renewals of one account, or of one address where accounts are open.
  case renewal
  /// Wrong secrets given for one account.
  case failedAccount
  /// Wrong secrets from one /24 or /48.
  case failedPrefix

  /// The limits on new identities.
  static let newIdentity: [LimitScope] = [
    .account, .address, .prefix, .autonomousSystem, .overall, .reroll,
  ]

  /// What it counts, for a sentence: "too many ...".
  var phrase: String {
    switch self {
    case .account: "new identities of this account"
    case .address: "new identities from this address"
    case .prefix: "new identities from this address block"
    case .autonomousSystem: "new identities from this autonomous system"
    case .overall: "new identities in all"
    case .reroll: "nodeIds of this account given up and replaced"
    case .renewal: "renewals"
    case .failedAccount: "wrong secrets for this account"
    case .failedPrefix: "wrong secrets from this address block"
    }
  }
}

/// One counter of one limit: the key under which a theoretical arrival time is kept.
public struct LimitKey: Hashable, Sendable, CustomStringConvertible {
  /// Whom a counter is for.
  public enum Subject: Hashable, Sendable {
    /// Everyone.
    case all
    /// An account.
    case account(AccountName)
    /// A block of addresses.
    case block(AddressBlock)
    /// An autonomous system; 0 for addresses that the map does not know, all together.
    case autonomousSystem(UInt32)
  }

  /// The limit.
  public let scope: LimitScope
  /// Whom it counts.
  public let subject: Subject

  /// A key from its parts.
  public init(_ scope: LimitScope, _ subject: Subject) {
    self.scope = scope
    self.subject = subject
  }

  /// `prefix 192.0.2.0/24`; different keys have different texts, at most 128 ASCII octets.
  public var description: String {
    switch subject {
    case .all: scope.rawValue
    case .account(let name): "\(scope.rawValue) \(name)"
    case .block(let block): "\(scope.rawValue) \(block)"
    case .autonomousSystem(let number): "\(scope.rawValue) AS\(number)"
    }
  }
}
