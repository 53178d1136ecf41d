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

  /// The threshold gamma that keeps beta at `targetError` against a coalition of fraction c that
  /// hides at the sender side: gamma with F(c gamma / (1 - c)) = target. [Castro02], routing
  /// failure test
  /// - Parameters:
  ///   - rootGaps: k.
  ///   - localGaps: n.
  ///   - designFraction: c that the overlay is built for, in 0 to 1, both excluded.
  ///   - targetError: beta, in 0 to 1, both excluded.
  public static func threshold(
    rootGaps: Int, localGaps: Int, designFraction c: Double, targetError: Double
  ) -> Double {
    precondition(c > 0 && c < 1, "designFraction must be above 0 and below 1, got \(c)")
    precondition(
      targetError > 0 && targetError < 1,
      "targetError must be above 0 and below 1, got \(targetError)")
    let law = FDistribution(Double(2 * rootGaps), Double(2 * localGaps))
    return law.quantile(targetError) * (1 - c) / c
  }
}
