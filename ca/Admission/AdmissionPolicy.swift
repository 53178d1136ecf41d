/// The rules by which an authority gives out identities: who may have how many, at what price.
///
/// Read from YAML; `ca/profiles/policy-*.yaml` show and explain every setting. A value of this type
/// decides nothing until an `AdmissionEngine` has checked it.
public struct AdmissionPolicy: Hashable, Sendable {
  /// Who may ask.
  public enum Accounts: String, Hashable, Sendable, CaseIterable {
    /// Only the holder of an account's secret.
    case required
    /// Anyone; there are no credits and no caps.
    case open
  }

  /// Whether the address to be certified must be the one that the request comes from.
  public enum AddressBinding: String, Hashable, Sendable, CaseIterable {
    /// Another address is refused.
    case strict
    /// Another address is certified, with a warning.
    case warn
    /// Any address is certified.
    case off
  }

  /// Settings of the enrollment puzzle.
  public struct Puzzle: Hashable, Sendable {
    /// Leading zero bits that a solution's digest must have; 0 for no puzzle.
    public var difficultyBits = 0
    /// How long one epoch value is current.
    public var epochSeconds = 3_600
    /// How many epochs before the current one are still accepted, 0 or 1.
    public var oldEpochs = 1
    /// Whether a renewal needs a solution too.
    public var renewals = false

    /// No puzzle.
    public init() {}
  }

  /// Whether this is a test network, where the loopback address is exempt from limits by address.
  public var testnet = false
  /// Who may ask.
  public var accounts: Accounts = .required
  /// Credits that a new account begins with.
  public var creditsPerAccount = 0
  /// Credits that one new identity costs.
  public var priceCredits = 1
  /// Identities that one account may have in force; 0 for no cap.
  public var identitiesPerAccount = 16
  /// nodeIds that one request may ask for.
  public var nodeIdsPerRequest = 1
  /// Whether the address must be the requester's own.
  public var addressBinding: AddressBinding = .strict
  /// The port that is certified when a request names no address.
  public var defaultPort: UInt16 = 4_000
  /// Base-2 logarithm of scrypt's cost N for the secrets of accounts.
  public var secretCostLog2 = 15
  /// File of the map from addresses to autonomous systems; empty for none.
  public var asmap = ""
  /// The rate limits by scope; one that is absent does not limit.
  public var limits: [LimitScope: RateLimit] = AdmissionPolicy.defaultLimits
  /// The enrollment puzzle.
  public var puzzle = Puzzle()

  /// The policy of `policy-priced.yaml`.
  public init() {}

  private static let defaultLimits: [LimitScope: RateLimit] = {
    let table: [(LimitScope, Int, Int, Int)] = [
      (.account, 8, 16, 86_400), (.address, 4, 16, 86_400), (.prefix, 16, 64, 86_400),
      (.overall, 1_000, 10_000, 86_400), (.reroll, 1, 1, 604_800), (.renewal, 32, 64, 86_400),
      (.failedAccount, 5, 60, 3_600), (.failedPrefix, 20, 120, 3_600),
    ]
    var limits: [LimitScope: RateLimit] = [:]
    for (scope, burst, count, period) in table {
      limits[scope] = RateLimit(burst: burst, count: count, periodSeconds: period)
    }
    return limits
  }()

  /// A setting that breaks a rule.
  public struct Conflict: Error, Hashable, Sendable {
    /// The setting, such as `limits.reroll`.
    public let setting: String
    /// What is wrong and what would be right.
    public let detail: String
  }

  /// The first rule between settings that is broken; nil when the policy can be used.
  public var conflict: Conflict? {
    if let found = valueConflict ?? openConflict ?? puzzleConflict { return found }
    for scope in LimitScope.newIdentity {
      if let limit = limits[scope], limit.burst < nodeIdsPerRequest {
        return Conflict(
          setting: "limits.\(scope.rawValue)",
          detail: "its burst is below nodeIdsPerRequest: such a request could never pass")
      }
    }
    if limits[.reroll] != nil, identitiesPerAccount == 0 {
      return Conflict(
        setting: "limits.reroll",
        detail: "needs identitiesPerAccount: without a cap nothing has to be given up")
    }
    if limits[.autonomousSystem] != nil, asmap.isEmpty {
      return Conflict(setting: "limits.autonomousSystem", detail: "needs the file \"asmap\"")
    }
    return nil
  }

  private var valueConflict: Conflict? {
    for (setting, value, range) in integers where !range.contains(value) {
      return Conflict(
        setting: setting,
        detail: "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    if !AdmissionPolicy.isPath(asmap) {
      return Conflict(
        setting: "asmap", detail: "must be a path of at most 512 printable ASCII characters")
    }
    if identitiesPerAccount > 0, nodeIdsPerRequest > identitiesPerAccount {
      return Conflict(
        setting: "nodeIdsPerRequest", detail: "must not be above identitiesPerAccount")
    }
    return nil
  }

  private var openConflict: Conflict? {
    guard accounts == .open else { return nil }
    for (setting, value) in [
      ("priceCredits", priceCredits), ("creditsPerAccount", creditsPerAccount),
      ("identitiesPerAccount", identitiesPerAccount),
    ] where value != 0 {
      return Conflict(setting: setting, detail: "must be 0 with \"accounts: open\"")
    }
    for scope in [LimitScope.account, .reroll, .failedAccount, .failedPrefix]
    where limits[scope] != nil {
      return Conflict(
        setting: "limits.\(scope.rawValue)", detail: "must be off with \"accounts: open\"")
    }
    return nil
  }

  private var puzzleConflict: Conflict? {
    if puzzle.difficultyBits > 0, nodeIdsPerRequest != 1 {
      return Conflict(
        setting: "nodeIdsPerRequest", detail: "must be 1 with a puzzle: one solution, one nodeId")
    }
    if puzzle.renewals, puzzle.difficultyBits == 0 {
      return Conflict(setting: "puzzle.renewals", detail: "needs puzzle.difficultyBits")
    }
    return nil
  }

  /// Every whole number with its range.
  var integers: [(setting: String, value: Int, range: ClosedRange<Int>)] {
    [
      ("creditsPerAccount", creditsPerAccount, 0...1_000_000_000),
      ("priceCredits", priceCredits, 0...1_000_000),
      ("identitiesPerAccount", identitiesPerAccount, 0...1_000_000),
      ("nodeIdsPerRequest", nodeIdsPerRequest, 1...256),
      ("defaultPort", Int(defaultPort), 1...65_535),
      ("secretCostLog2", secretCostLog2, 10...20),
      ("puzzle.difficultyBits", puzzle.difficultyBits, 0...40),
      ("puzzle.epochSeconds", puzzle.epochSeconds, 60...604_800),
      ("puzzle.oldEpochs", puzzle.oldEpochs, 0...1),
    ]
  }

  static func isPath(_ text: String) -> Bool {
    text.utf8.count <= 512
      && text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
  }
}
