/// Fisher's F distribution: the ratio of two independent chi-square means.
///
/// The ratio of the mean of k exponential gaps to the mean of n others follows F(2k, 2n): the law
/// of the routing failure test ([Castro02], routing failure test).
public struct FDistribution: Hashable, Sendable {
  /// The degrees of freedom of the numerator, positive.
  public let numeratorDegrees: Double
  /// The degrees of freedom of the denominator, positive.
  public let denominatorDegrees: Double

  /// F with `d1` degrees of freedom above and `d2` below; neither needs to be whole.
  /// - Precondition: both positive and finite.
  public init(_ d1: Double, _ d2: Double) {
    requireShape(d1, "degrees of freedom")
    requireShape(d2, "degrees of freedom")
    numeratorDegrees = d1
    denominatorDegrees = d2
  }

  private func evaluate(_ x: Double) -> TailEvaluation {
    precondition(!x.isNaN, "the argument of an F distribution must not be NaN")
    if x <= 0 { return TailEvaluation(tails: Tails(lower: 0), density: 0) }
    let (a, b) = (numeratorDegrees / 2, denominatorDegrees / 2)
    return betaTails(BetaPoint(oddsRatio: x, a: a, b: b), a: a, b: b)
  }

  /// The probability density at `x`, per unit of `x`.
  public func density(_ x: Double) -> Double {
    if x < 0 || x == .infinity { return 0 }
    if x == 0 { return numeratorDegrees < 2 ? .infinity : numeratorDegrees == 2 ? 1 : 0 }
    return evaluate(x).density / x
  }

  /// The probability of a value at or below `x`.
  /// - Complexity: O(sqrt(d1 + d2)).
  public func cdf(_ x: Double) -> Double { evaluate(x).tails.lower }

  /// The probability of a value above `x`, without cancellation.
  /// - Complexity: O(sqrt(d1 + d2)).
  public func survival(_ x: Double) -> Double { evaluate(x).tails.upper }

  /// The point with probability `p` below it; 0 at 0, infinity at 1.
  /// - Precondition: `p` in 0...1.
  /// - Complexity: about ten times `cdf`.
  public func quantile(_ p: Double) -> Double { point(TailTarget(lower: p)) }

  /// The point with probability `q` above it; infinity at 0, 0 at 1.
  /// - Precondition: `q` in 0...1.
  /// - Complexity: about ten times `cdf`.
  public func upperQuantile(_ q: Double) -> Double { point(TailTarget(upper: q)) }

  private func point(_ target: TailTarget) -> Double {
    if target.probability == 0 { return target.side == .lower ? 0 : .infinity }
    return betaOddsRatio(target, a: numeratorDegrees / 2, b: denominatorDegrees / 2)
  }
}
