import Statistics

/// A threshold at which both errors of a density test are equal.
public struct BalancedThreshold: Hashable, Sendable {
  /// gamma.
  public let densityThreshold: Double
  /// alpha = beta: the least error that can be had on both sides at once.
  public let error: Double
}

/// What audits say about the largest coalition.
public struct CoalitionBound: Hashable, Sendable {
  /// c is at most this with the stated confidence.
  public let coalitionFraction: Double
  /// The probability that the statement holds, in 0 to 1.
  public let confidence: Double

  /// The exact one-sided upper bound on a fraction of which `faulty` of `audited` nodes were found.
  ///
  /// Source: [ClopperPearson34]. Audited nodes must be drawn at random and a faulty one recognised;
  /// one that passes some audits needs the detection rate divided out first ([Singh06]).
  /// - Precondition: `0 <= faulty <= audited`, `audited > 0`, `confidence` in 0..<1.
  public init(faulty: Int, audited: Int, confidence: Double) {
    precondition(
      audited > 0 && (0...audited).contains(faulty), "\(faulty) faulty of \(audited) audited")
    precondition((0..<1).contains(confidence), "confidence out of range: \(confidence)")
    self.confidence = confidence
    coalitionFraction =
      faulty == audited
      ? 1
      : BetaDistribution(a: Double(faulty + 1), b: Double(audited - faulty)).quantile(confidence)
  }
}

extension RoutingFailureTest {
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

  /// The threshold that keeps beta at `targetError` for a coalition known by audits only.
  ///
  /// beta falls with c, so the bound may be used as if it were c. Over repeated audits,
  /// P[a forged set is accepted] <= targetError + (1 - confidence).
  /// - Returns: gamma, or nil where the bound is 1: then no threshold rejects anything.
  public static func threshold(
    rootGaps: Int, localGaps: Int, bound: CoalitionBound, targetError: Double
  ) -> Double? {
    guard bound.coalitionFraction < 1 else { return nil }
    return threshold(
      rootGaps: rootGaps, localGaps: localGaps, designFraction: bound.coalitionFraction,
      targetError: targetError)
  }

  /// The threshold with alpha = beta against the coalition's best response on `sides`.
  ///
  /// Source: [Castro02], routing failure test ("minimum error"); with no sides it is the point
  /// without suppression.
  /// - Parameter coalitionFraction: c, above 0 and below 1.
  /// - Complexity: about 60 evaluations of the F law.
  public static func balancedThreshold(
    rootGaps: Int, localGaps: Int, coalitionFraction c: Double, hiding sides: HidingSides
  ) -> BalancedThreshold {
    precondition(c > 0 && c < 1, "coalitionFraction must be above 0 and below 1, got \(c)")
    let law = FDistribution(Double(2 * rootGaps), Double(2 * localGaps))
    let honestScale = sides.contains(.root) ? 1 - c : 1
    let forgedScale = sides.contains(.sender) ? c / (1 - c) : c
    // alpha falls and beta rises with gamma: bisection of log gamma over 2^-64...2^64.
    var (low, high) = (0x1p-64, 0x1p64)
    for _ in 0..<64 {
      let middle = (low * high).squareRoot()
      if law.survival(middle * honestScale) > law.cdf(middle * forgedScale) {
        low = middle
      } else {
        high = middle
      }
    }
    let gamma = (low * high).squareRoot()
    return BalancedThreshold(densityThreshold: gamma, error: law.cdf(gamma * forgedScale))
  }

  /// The fraction c from which on no number of samples tells honest from forged sets.
  ///
  /// Both errors vanish with growing samples iff the honest ratio stays below the forged one:
  /// 1 < 1/c without hiding, 1/(1-c) < 1/c at the root alone, 1 < (1-c)/c at the sender alone, and
  /// 1/(1-c) < (1-c)/c, which is c < (3 - sqrt 5)/2 = .382, on both sides.
  public static func largestSeparableCoalition(hiding sides: HidingSides) -> Double {
    switch (sides.contains(.root), sides.contains(.sender)) {
    case (false, false): 1
    case (true, false), (false, true): 0.5
    case (true, true): (3 - 5.0.squareRoot()) / 2
    }
  }
}
