/// Student's t distribution. The square of t follows F(1, degrees of freedom).
public struct StudentDistribution: Hashable, Sendable {
  /// The degrees of freedom, positive, not necessarily whole.
  public let degreesOfFreedom: Double

  /// Student's t with the given degrees of freedom.
  /// - Precondition: positive and finite.
  public init(degreesOfFreedom: Double) {
    requireShape(degreesOfFreedom, "degrees of freedom")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// The probability density at `t`.
  public func density(_ t: Double) -> Double {
    let a = degreesOfFreedom / 2
    let correction = stirlingError(a + 0.5) - stirlingError(a)
    let constant = a * naturalLogOnePlus(0.5 / a) - 0.5 + correction
    let exponent = (a + 0.5) * naturalLogOnePlus(t * t / degreesOfFreedom)
    return exponential(constant - exponent) / (2 * Double.pi).squareRoot()
  }

  /// The probabilities that |t| is below (`lower`) and above (`upper`) the given size.
  private func twoSided(_ t: Double) -> Tails {
    precondition(!t.isNaN, "the argument of a Student distribution must not be NaN")
    let b = degreesOfFreedom / 2
    return betaTails(BetaPoint(oddsRatio: t * t, a: 0.5, b: b), a: 0.5, b: b).tails
  }

  /// The probability of a value at or below `t`.
  public func cdf(_ t: Double) -> Double {
    t <= 0 ? twoSided(t).upper / 2 : 0.5 + twoSided(t).lower / 2
  }

  /// The probability of a value above `t`, without cancellation.
  public func survival(_ t: Double) -> Double { cdf(-t) }

  /// The point with probability `p` below it; -infinity at 0, infinity at 1.
  /// - Precondition: `p` in 0...1.
  public func quantile(_ p: Double) -> Double { point(TailTarget(lower: p)) }

  /// The point with probability `q` above it; infinity at 0, -infinity at 1.
  /// - Precondition: `q` in 0...1.
  public func upperQuantile(_ q: Double) -> Double { point(TailTarget(upper: q)) }

  private func point(_ target: TailTarget) -> Double {
    let sign = target.side == .lower ? -1.0 : 1.0
    if target.probability == 0 { return sign * .infinity }
    if target.probability == 0.5 { return 0 }
    // Near the centre |t| is small: count from there, where 1 - 2p is exact.
    let size =
      target.probability > 0.25
      ? TailTarget(lower: 1 - 2 * target.probability)
      : TailTarget(upper: 2 * target.probability)
    return sign * betaOddsRatio(size, a: 0.5, b: degreesOfFreedom / 2).squareRoot()
  }
}
