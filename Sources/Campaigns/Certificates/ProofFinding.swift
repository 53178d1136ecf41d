/// What one check of `redoubt proof check` found.
public struct ProofFinding: Equatable, Sendable {
  /// What was checked.
  public enum Kind: String, Sendable {
    /// The closed forms of a campaign, against exact arithmetic.
    case bound
    /// The cells of a run, against the closed forms that hold for them.
    case cells
  }

  /// What was checked.
  public let kind: Kind
  /// The campaign.
  public let name: String
  /// Whether all is well.
  public let isGood: Bool
  /// One line: how many, how close.
  public let detail: String
  /// A line for each disagreement, the explained ones too.
  public let remarks: [String]
}
