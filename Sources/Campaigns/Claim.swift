/// What somebody says a value is, and how closely ours must meet it.
public struct Claim: Hashable, Sendable {
  /// How the claimed value relates to the true one.
  public enum Relation: String, CaseIterable, Sendable {
    /// It is the value.
    case equal
    /// The value is this or more: "above .999".
    case atLeast = "at-least"
    /// The value is this or less: "fewer than 451 messages".
    case atMost = "at-most"
  }

  /// What the value is and where it was published.
  public let source: String
  /// How the claimed value relates to the true one.
  public let relation: Relation
  /// Largest accepted difference, in the unit of the value.
  public let tolerance: Double
  /// Largest accepted difference, as a fraction of the claimed value.
  public let relativeTolerance: Double
  /// Whether a larger difference fails the campaign (exit code 1).
  public let isRequired: Bool
  /// Why ours differs; printed with the verdict where it does.
  public let because: String?

  /// Whether a measured value meets the claimed one: equal when the interval reaches it or the
  /// difference is within a tolerance; at least or at most when the mean is on the right side, or
  /// off it by no more than a tolerance.
  func isMet(by measured: CellEstimate, claimed: Double) -> Bool {
    let slack = max(tolerance, relativeTolerance * claimed.magnitude)
    let isHighEnough = measured.mean >= claimed - slack
    let isLowEnough = measured.mean <= claimed + slack
    switch relation {
    case .equal:
      return (measured.high >= claimed || isHighEnough) && (measured.low <= claimed || isLowEnough)
    case .atLeast: return isHighEnough
    case .atMost: return isLowEnough
    }
  }
}

extension Claim.Relation {
  /// What stands before the claimed value in a table.
  var sign: String {
    switch self {
    case .equal: ""
    case .atLeast: "≥ "
    case .atMost: "≤ "
    }
  }
}

/// A closed form held against a published number; no cell is measured for it.
public struct FormulaRow: Sendable {
  /// What the number is, for the table.
  public let title: String
  /// The closed form.
  public let formula: Formula
  /// Its arguments by name, all of them.
  public let arguments: [String: Double]
  /// The published number; nil when the row shows ours alone.
  public let published: Double?
  /// What is claimed about it.
  public let claim: Claim

  /// The number that the formula gives.
  var value: Double { formula.value(arguments) }

  /// The arguments as text, in the order of the formula.
  var argumentText: String {
    formula.parameters.compactMap { name in
      arguments[name].map { "\(name) \(CanonicalJSON.format($0))" }
    }.joined(separator: ", ")
  }
}
