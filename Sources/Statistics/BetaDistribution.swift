/// The beta distribution on 0...1; its mean is a / (a + b).
public struct BetaDistribution: Hashable, Sendable {
  /// The first shape, positive.
  public let a: Double
  /// The second shape, positive.
  public let b: Double

  /// A beta distribution.
  /// - Precondition: both shapes positive and finite.
  public init(a: Double, b: Double) {
    requireShape(a, "a")
    requireShape(b, "b")
    self.a = a
    self.b = b
  }

  private func evaluate(_ x: Double) -> TailEvaluation {
    precondition(!x.isNaN, "the argument of a beta distribution must not be NaN")
    return betaTails(BetaPoint(x: min(max(x, 0), 1), a: a, b: b), a: a, b: b)
  }

  /// The probability density at `x`.
  public func density(_ x: Double) -> Double {
    if x < 0 || x > 1 { return 0 }
    if x == 0 { return a < 1 ? .infinity : a == 1 ? b : 0 }
    if x == 1 { return b < 1 ? .infinity : b == 1 ? a : 0 }
    return evaluate(x).density / (x * (1 - x))
  }

  /// The probability of a value at or below `x`.
  /// - Complexity: O(sqrt(max(a, b))).
  public func cdf(_ x: Double) -> Double { evaluate(x).tails.lower }

  /// The probability of a value above `x`, without cancellation.
  /// - Complexity: O(sqrt(max(a, b))).
  public func survival(_ x: Double) -> Double { evaluate(x).tails.upper }

  /// The point with probability `p` below it.
  /// - Precondition: `p` in 0...1.
  /// - Complexity: about ten times `cdf`.
  public func quantile(_ p: Double) -> Double { point(TailTarget(lower: p)) }

  /// The point with probability `q` above it.
  /// - Precondition: `q` in 0...1.
  /// - Complexity: about ten times `cdf`.
  public func upperQuantile(_ q: Double) -> Double { point(TailTarget(upper: q)) }

  private func point(_ target: TailTarget) -> Double {
    if target.probability == 0 { return target.side == .lower ? 0 : 1 }
    let ratio = betaOddsRatio(target, a: a, b: b)
    return BetaPoint(oddsRatio: ratio, a: a, b: b).x
  }
}

/// The point of a beta law with the given tail, as a multiple of the odds a / b of the mean.
///
/// That multiple is the F variable with (2a, 2b) degrees of freedom. Solved in its logarithm,
/// where the density is log-concave.
func betaOddsRatio(_ target: TailTarget, a: Double, b: Double) -> Double {
  exponential(
    invertTail(target, start: 0) { s in
      betaTails(BetaPoint(oddsRatio: exponential(s), a: a, b: b), a: a, b: b)
    })
}
