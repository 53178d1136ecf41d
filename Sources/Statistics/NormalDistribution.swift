/// The normal distribution.
///
/// Tails by the complementary error function, accurate as long as they are representable.
public struct NormalDistribution: Hashable, Sendable {
  /// The mean.
  public let mean: Double
  /// The standard deviation, positive.
  public let standardDeviation: Double

  /// A normal distribution, standard unless stated otherwise.
  /// - Precondition: `mean` finite, `standardDeviation` positive and finite.
  public init(mean: Double = 0, standardDeviation: Double = 1) {
    precondition(mean.isFinite, "the mean of a normal distribution must be finite, got \(mean)")
    precondition(
      standardDeviation > 0 && standardDeviation.isFinite,
      "a standard deviation must be positive and finite, got \(standardDeviation)")
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// The probability density at `x`, per unit of `x`.
  public func density(_ x: Double) -> Double {
    let z = (x - mean) / standardDeviation
    return standardNormalDensity(z) / standardDeviation
  }

  /// The probability of a value at or below `x`.
  public func cdf(_ x: Double) -> Double {
    standardNormalTails((x - mean) / standardDeviation).lower
  }

  /// The probability of a value above `x`, without cancellation.
  public func survival(_ x: Double) -> Double {
    standardNormalTails((x - mean) / standardDeviation).upper
  }

  /// The point with probability `p` below it; -infinity at 0, infinity at 1.
  /// - Precondition: `p` in 0...1.
  public func quantile(_ p: Double) -> Double {
    mean + standardDeviation * standardNormalQuantile(TailTarget(lower: p))
  }

  /// The point with probability `q` above it; infinity at 0, -infinity at 1.
  /// - Precondition: `q` in 0...1.
  public func upperQuantile(_ q: Double) -> Double {
    mean + standardDeviation * standardNormalQuantile(TailTarget(upper: q))
  }
}

func standardNormalDensity(_ z: Double) -> Double {
  exponential(-z * z / 2) / (2 * Double.pi).squareRoot()
}

private func standardNormalTails(_ z: Double) -> Tails {
  let scaled = z * 0.5.squareRoot()
  return Tails(
    lower: complementaryErrorFunction(-scaled) / 2, upper: complementaryErrorFunction(scaled) / 2)
}

/// Around the centre Newton's method on erf, which keeps the relative accuracy of small z; in the
/// tails on the logarithm of the tail.
private func standardNormalQuantile(_ target: TailTarget) -> Double {
  let sign = target.side == .lower ? 1.0 : -1.0
  if target.probability == 0 { return -sign * .infinity }
  if target.probability > 0.25 {
    let central = target.probability - 0.5
    var z = central * (2 * Double.pi).squareRoot()
    for _ in 0..<8 {
      let error = errorFunction(z * 0.5.squareRoot()) / 2 - central
      z -= error / standardNormalDensity(z)
    }
    return sign * z
  }
  return invertTail(target, start: -sign) { z in
    TailEvaluation(tails: standardNormalTails(z), density: standardNormalDensity(z))
  }
}
