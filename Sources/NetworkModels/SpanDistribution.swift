public import ProtocolTime
public import Randomness

/// A distribution of lengths of time, for sessions and for the times between them.
///
/// Draws invert the distribution function with arithmetic that gives the same bits on every
/// platform.
public struct SpanDistribution: Sendable, Equatable {
  private enum Kind: Equatable {
    case exponential
    /// Exponent 1 / shape.
    case weibull(inverseShape: Double)
    case pareto(shape: Double)
  }

  private let kind: Kind
  /// Mean, scale or minimum, in nanoseconds.
  private let scale: Double
  /// The mean in seconds; infinite for a Pareto distribution of shape 1 or less.
  public let meanSeconds: Double

  private init(_ kind: Kind, scale: Double, mean: Double) {
    self.kind = kind
    self.scale = scale
    meanSeconds = mean * 1e-9
  }

  /// The exponential distribution: P(X > x) = exp(-x / mean).
  /// - Throws: `NetworkParameterError` unless `mean` is positive.
  public static func exponential(
    mean: TimeSpan
  ) throws(NetworkParameterError) -> SpanDistribution {
    let scale = try nanoseconds("mean", mean)
    return SpanDistribution(.exponential, scale: scale, mean: scale)
  }

  /// The Weibull distribution: P(X > x) = exp(-(x / scale)^shape).
  ///
  /// Its mean is scale * gamma(1 + 1 / shape).
  /// - Throws: `NetworkParameterError` unless `scale` is positive and `shape` in 0.1...100.
  public static func weibull(
    shape: Double, scale: TimeSpan
  ) throws(NetworkParameterError) -> SpanDistribution {
    let scale = try nanoseconds("scale", scale)
    try check("shape", shape)
    return SpanDistribution(
      .weibull(inverseShape: 1 / shape), scale: scale,
      mean: scale * PortableMath.gamma(1 + 1 / shape))
  }

  /// The Pareto distribution: P(X > x) = (minimum / x)^shape from `minimum` up.
  ///
  /// Its mean is minimum * shape / (shape - 1), infinite up to shape 1.
  /// - Throws: `NetworkParameterError` unless `minimum` is positive and `shape` in 0.1...100.
  public static func pareto(
    shape: Double, minimum: TimeSpan
  ) throws(NetworkParameterError) -> SpanDistribution {
    let scale = try nanoseconds("minimum", minimum)
    try check("shape", shape)
    return SpanDistribution(
      .pareto(shape: shape), scale: scale,
      mean: shape > 1 ? scale * shape / (shape - 1) : .infinity)
  }

  private static func nanoseconds(
    _ name: String, _ span: TimeSpan
  ) throws(NetworkParameterError) -> Double {
    guard span > .zero, span.nanoseconds < 1 << 62 else {
      throw NetworkParameterError(name, "is \(span), must be above zero and below 146 years")
    }
    return Double(span.nanoseconds)
  }

  private static func check(_ name: String, _ shape: Double) throws(NetworkParameterError) {
    guard shape >= 0.1 && shape <= 100 else {
      throw NetworkParameterError(name, "is \(shape), must be in 0.1...100")
    }
  }

  /// The length that a random word stands for: at least 1 ns, at most 2^63 ns.
  public func span(of word: UInt64) -> TimeSpan {
    let survival = Double((word &>> 11) &+ 1) * 0x1p-53
    let multiple =
      switch kind {
      case .exponential: -PortableMath.log(survival)
      case .weibull(let inverseShape): Self.power(-PortableMath.log(survival), inverseShape)
      case .pareto(let shape): PortableMath.power(survival, -1 / shape)
      }
    return TimeSpan(nanoseconds: max(1, roundedNanoseconds(scale * multiple)))
  }

  /// What is left, at a random moment, of the length that covers it.
  ///
  /// A length that covers a moment is drawn with probability in proportion to itself, and the
  /// moment is uniform in it: so a uniform share of a draw from the length-biased distribution.
  /// That is the exponential itself; for Weibull scale * G^(1 / shape) with G from the gamma
  /// distribution of shape 1 + 1 / shape; for Pareto a Pareto distribution with shape less 1.
  /// - Precondition: the mean is finite.
  public func residual(using stream: inout RandomStream) -> TimeSpan {
    precondition(meanSeconds.isFinite, "a distribution without a mean has no steady state")
    if kind == .exponential { return span(of: stream.next()) }
    let multiple: Double
    switch kind {
    case .exponential: multiple = 0
    case .weibull(let inverseShape):
      multiple = Self.power(Self.gammaDraw(shape: 1 + inverseShape, using: &stream), inverseShape)
    case .pareto(let shape):
      let survival = Double((stream.next() &>> 11) &+ 1) * 0x1p-53
      multiple = PortableMath.power(survival, -1 / (shape - 1))
    }
    let share = stream.unit()
    return TimeSpan(nanoseconds: max(1, roundedNanoseconds(scale * multiple * share)))
  }

  private static func power(_ base: Double, _ exponent: Double) -> Double {
    base > 0x1p-1000 ? PortableMath.power(base, exponent) : 0
  }

  /// A gamma variate of shape above 1 and scale 1, by the rejection method of Marsaglia and Tsang
  /// (ACM TOMS 26, 2000).
  private static func gammaDraw(shape: Double, using stream: inout RandomStream) -> Double {
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normalDraw(using: &stream)
      let cubeRoot = 1 + c * x
      if cubeRoot <= 0x1p-300 { continue }
      let v = cubeRoot * cubeRoot * cubeRoot
      let u = Double((stream.next() &>> 11) &+ 1) * 0x1p-53
      if PortableMath.log(u) < 0.5 * x * x + d - d * v + d * PortableMath.log(v) { return d * v }
    }
  }

  /// A standard normal variate, by the polar method of Marsaglia.
  private static func normalDraw(using stream: inout RandomStream) -> Double {
    while true {
      let x = 2 * stream.unit() - 1
      let y = 2 * stream.unit() - 1
      let s = x * x + y * y
      if s > 0 && s < 1 { return x * (-2 * PortableMath.log(s) / s).squareRoot() }
    }
  }
}
