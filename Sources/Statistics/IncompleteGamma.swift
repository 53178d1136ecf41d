/// The regularised incomplete gamma functions P(a, x) and Q(a, x).
///
/// Series below the mean, continued fraction above it, prefactor in saddle-point form.
/// Source: DLMF 8.11.4 and 8.9.2; [Loader00] for the prefactor.
/// - Parameters:
///   - shape: a, positive.
///   - x: at least 0; infinity is allowed.
/// - Returns: both tails; relative error about 1e-13 for shapes up to 1e6.
/// - Precondition: `shape` positive and finite, `x >= 0`.
/// - Complexity: O(sqrt(shape)).
public func regularizedGamma(shape: Double, _ x: Double) -> Tails {
  requireShape(shape, "shape")
  precondition(x >= 0, "regularizedGamma needs x >= 0, got \(x)")
  return gammaTails(x, shape: shape).tails
}

/// Both tails at x, and the density on the scale of log x: x^a e^-x / Gamma(a).
func gammaTails(_ x: Double, shape a: Double) -> TailEvaluation {
  if x == 0 { return TailEvaluation(tails: Tails(lower: 0), density: 0) }
  if x == .infinity { return TailEvaluation(tails: Tails(upper: 0), density: 0) }
  let kernel = gammaKernel(x, shape: a)
  guard x < max(a, 1) else {
    let upper = kernel * gammaFraction(x, shape: a)
    return TailEvaluation(tails: Tails(upper: upper), density: kernel)
  }
  let lower = kernel * gammaSeries(x, shape: a)
  let tails =
    a < 1 && lower > 0.5
    ? Tails(lower: lower, upper: smallShapeUpperTail(x, shape: a)) : Tails(lower: lower)
  return TailEvaluation(tails: tails, density: kernel)
}

/// x^a e^-x / Gamma(a) in saddle-point form. Source: [Loader00].
func gammaKernel(_ x: Double, shape a: Double) -> Double {
  let deviance = devianceTerm(a, relativeOffset: (x - a) / a, ratio: x / a)
  return (a / (2 * Double.pi)).squareRoot() * exponential(-deviance - stirlingError(a))
}

/// sum over n >= 0 of x^n / (a (a + 1) ... (a + n)); all terms positive. DLMF 8.11.4.
private func gammaSeries(_ x: Double, shape a: Double) -> Double {
  var term = 1 / a
  var sum = term
  var denominator = a
  while true {
    denominator += 1
    term *= x / denominator
    let next = sum + term
    if next == sum { return sum }
    sum = next
  }
}

/// The continued fraction that Q(a, x) Gamma(a) e^x / x^a equals, by the modified Lentz scheme.
///
/// DLMF 8.9.2, even part.
private func gammaFraction(_ x: Double, shape a: Double) -> Double {
  var beta = x - a + 1
  var fraction = ContinuedFraction(beta)
  var n = 0.0
  for _ in 0..<1_000_000 {
    n += 1
    let alpha = n * (a - n)
    beta += 2
    if fraction.take(alpha, beta) { break }
  }
  return 1 / fraction.value
}

/// Q(a, x) for a < 1 and x < 1, where P is close to one.
///
/// P = e^L (1 + a S) with L = a log x - log Gamma(1 + a) and
/// S = sum over n >= 1 of (-x)^n / (n! (a + n)), so Q = -(e^L - 1) - e^L a S. DLMF 8.7.1.
private func smallShapeUpperTail(_ x: Double, shape a: Double) -> Double {
  let logGammaNext = a <= 0.5 ? logGammaOnePlus(a) : logGamma(1 + a)
  let exponent = a * naturalLog(x) - logGammaNext
  var power = 1.0
  var sum = 0.0
  var n = 0.0
  while true {
    n += 1
    power *= -x / n
    let next = sum + power / (a + n)
    if next == sum { break }
    sum = next
  }
  return -exponentialMinusOne(exponent) - exponential(exponent) * a * sum
}
