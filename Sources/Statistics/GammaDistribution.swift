/// The gamma distribution with a shape and a scale; its mean is shape times scale.
///
/// The sum of k independent exponential gaps of mean `scale` has shape k ([Castro02], routing
/// failure test).
public struct GammaDistribution: Hashable, Sendable {
  /// The shape, positive.
  public let shape: Double
  /// The scale, positive, in the unit of the variable.
  public let scale: Double

  /// A gamma distribution with unit scale unless stated otherwise.
  /// - Precondition: both parameters positive and finite.
  public init(shape: Double, scale: Double = 1) {
    requireShape(shape, "shape")
    requireShape(scale, "scale")
    self.shape = shape
    self.scale = scale
  }

  private func evaluate(_ x: Double) -> TailEvaluation {
    precondition(!x.isNaN, "the argument of a gamma distribution must not be NaN")
    return gammaTails(max(0, x / scale), shape: shape)
  }

  /// The probability density at `x`, per unit of `x`.
  public func density(_ x: Double) -> Double {
    if x < 0 { return 0 }
    if x == 0 { return shape < 1 ? .infinity : shape == 1 ? 1 / scale : 0 }
    return evaluate(x).density / x
  }

  /// The probability of a value at or below `x`.
  /// - Complexity: O(sqrt(shape)).
  public func cdf(_ x: Double) -> Double { evaluate(x).tails.lower }

  /// The probability of a value above `x`, without cancellation.
  /// - Complexity: O(sqrt(shape)).
  public func survival(_ x: Double) -> Double { evaluate(x).tails.upper }

  /// The point with probability `p` below it; 0 at 0, infinity at 1.
  /// - Precondition: `p` in 0...1.
  /// - Complexity: about ten times `cdf`.
  public func quantile(_ p: Double) -> Double { point(TailTarget(lower: p)) }

  /// The point with probability `q` above it; infinity at 0, 0 at 1.
  /// - Precondition: `q` in 0...1.
  /// - Complexity: about ten times `cdf`.
  public func upperQuantile(_ q: Double) -> Double { point(TailTarget(upper: q)) }

  /// Solved in s = log(x / shape), where the density is log-concave.
  private func point(_ target: TailTarget) -> Double {
    if target.probability == 0 { return target.side == .lower ? 0 : .infinity }
    let s = invertTail(target, start: 0) { s in
      gammaTails(shape * exponential(s), shape: shape)
    }
    return scale * shape * exponential(s)
  }
}
