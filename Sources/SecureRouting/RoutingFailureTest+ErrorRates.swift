import Statistics

/// Where coalition members hide, for the error rates of the routing failure test.
public enum DensitySuppression: Sendable, CaseIterable {
  /// Nowhere.
  case none
  /// Around the key: the honest root set looks sparser by 1 / (1 - c).
  case rootSide
  /// Around the sender: the local mean gap looks larger by 1 / (1 - c).
  case senderSide
}

/// The sides on which a coalition is able to hide; it picks one lookup by lookup.
///
/// A node cannot tell whether its victim's neighbourhood is thinned at the moment, so a threshold
/// has to hold against whichever choice helps the coalition more. [Castro02], routing failure test
public struct HidingSides: OptionSet, Hashable, Sendable {
  /// One bit per side.
  public let rawValue: UInt8

  /// Reads the bits of `root` (1) and `sender` (2).
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Around the key: provokes false alarms.
  public static let root = HidingSides(rawValue: 1)
  /// Around the sender: lets forged sets pass.
  public static let sender = HidingSides(rawValue: 2)
  /// Everywhere.
  public static let both: HidingSides = [.root, .sender]
}

extension RoutingFailureTest {
  /// The law of the ratio of mean gaps between two honest regions.
  ///
  /// Gaps between uniform ids are exponential, so the ratio of two mean gaps is F distributed with
  /// (2k, 2n) degrees of freedom. [Castro02], routing failure test used simulation; this form gives
  /// the same points.
  private var ratioLaw: FDistribution {
    FDistribution(Double(2 * rootGaps), Double(2 * localGaps))
  }

  /// alpha: the probability that an honest root set is rejected.
  /// - Parameter coalitionFraction: c in 0..<1.
  public func falsePositiveRate(
    coalitionFraction c: Double, suppression: DensitySuppression
  ) -> Double {
    switch suppression {
    case .none: ratioLaw.survival(densityThreshold)
    case .rootSide: ratioLaw.survival(densityThreshold * (1 - c))
    case .senderSide: ratioLaw.survival(densityThreshold / (1 - c))
    }
  }

  /// beta: the probability that a set of coalition members alone is accepted.
  /// - Parameter coalitionFraction: c in 0..<1.
  public func falseNegativeRate(
    coalitionFraction c: Double, suppression: DensitySuppression
  ) -> Double {
    switch suppression {
    case .none, .rootSide: ratioLaw.cdf(c * densityThreshold)
    case .senderSide: ratioLaw.cdf(c * densityThreshold / (1 - c))
    }
  }

  /// alpha against the best response: the coalition hides around the key wherever it can.
  /// - Parameter coalitionFraction: c in 0..<1.
  public func worstFalsePositiveRate(
    coalitionFraction c: Double, hiding sides: HidingSides
  ) -> Double {
    falsePositiveRate(
      coalitionFraction: c, suppression: sides.contains(.root) ? .rootSide : .none)
  }

  /// beta against the best response: the coalition hides around the sender wherever it can.
  /// - Parameter coalitionFraction: c in 0..<1.
  public func worstFalseNegativeRate(
    coalitionFraction c: Double, hiding sides: HidingSides
  ) -> Double {
    falseNegativeRate(
      coalitionFraction: c, suppression: sides.contains(.sender) ? .senderSide : .none)
  }
}
