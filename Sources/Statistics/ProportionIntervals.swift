/// The two-sided Wilson score interval for a proportion.
///
/// Inverts the score test. Its coverage is close to nominal on average but not guaranteed; for a
/// guarantee take `clopperPearsonInterval`. Exactly 0 and 1 at the ends that no success or no
/// failure leaves open. For independent trials only. Source: [Wilson27].
/// - Parameters:
///   - successes: in 0...trials.
///   - trials: at least 1.
///   - confidence: strictly between 0 and 1, for example 0.95.
/// - Precondition: the domains above.
/// - Complexity: O(1).
public func wilsonInterval(successes: Int, trials: Int, confidence: Double) -> Interval {
  requireProportion(successes: successes, trials: trials)
  requireConfidence(confidence)
  let z = NormalDistribution().upperQuantile((1 - confidence) / 2)
  return Interval(
    low: wilsonLow(Double(successes), Double(trials), z: z),
    high: 1 - wilsonLow(Double(trials - successes), Double(trials), z: z))
}

/// The smaller root of (n + z^2) p^2 - (2 s + z^2) p + s^2 / n, by its product with the larger.
private func wilsonLow(_ s: Double, _ n: Double, z: Double) -> Double {
  let square = z * z
  let larger =
    ((2 * s + square) + z * (square + 4 * s * ((n - s) / n)).squareRoot()) / (2 * (n + square))
  return s * (s / n) / ((n + square) * larger)
}

/// The two-sided exact interval for a proportion.
///
/// Inverts the two one-sided binomial tests at half the error each, so that the coverage is at
/// least nominal for every true proportion. For independent trials only.
/// Source: [ClopperPearson34].
/// - Parameters:
///   - successes: in 0...trials.
///   - trials: at least 1.
///   - confidence: strictly between 0 and 1, for example 0.95.
/// - Precondition: the domains above.
/// - Complexity: about 20 times O(sqrt(trials)).
public func clopperPearsonInterval(successes: Int, trials: Int, confidence: Double) -> Interval {
  requireProportion(successes: successes, trials: trials)
  requireConfidence(confidence)
  let tail = (1 - confidence) / 2
  let s = Double(successes)
  let failures = Double(trials - successes)
  let low =
    successes == 0
    ? 0
    : successes == trials
      ? allSuccessesPoint(tail: tail, trials: trials)
      : BetaDistribution(a: s, b: failures + 1).quantile(tail)
  let high =
    successes == trials
    ? 1
    : successes == 0
      ? zeroSuccessesPoint(tail: tail, trials: trials)
      : BetaDistribution(a: s + 1, b: failures).upperQuantile(tail)
  return Interval(low: low, high: high)
}

/// How an error probability is spread over the two ends of an interval.
public enum ErrorAllotment: Hashable, Sendable {
  /// Half to each end: safe when the same analysis gives two-sided intervals to other cells.
  case twoSided
  /// All of it to the one end: only when the bound was chosen before the data were seen.
  case oneSided
}

/// The exact upper bound of a proportion after `trials` trials without a single success.
///
/// `1 - tail^(1/trials)`, where tail is `1 - confidence`, or half of it when two-sided. The
/// two-sided bound is the upper end of `clopperPearsonInterval` at zero successes (0.036217 for
/// 100 trials at 0.95); the one-sided bound is the "rule of three" (0.029513, near 3 / 100).
/// A campaign that reports an interval for every cell needs the two-sided one: choosing the
/// sharper bound because no success was seen would spend the error twice.
/// - Parameters:
///   - trials: at least 1.
///   - confidence: strictly between 0 and 1.
///   - error: how the error is allotted; two-sided unless stated otherwise.
/// - Precondition: the domains above.
/// - Complexity: O(1).
public func zeroFailureUpperBound(
  trials: Int, confidence: Double, error: ErrorAllotment = .twoSided
) -> Double {
  requireProportion(successes: 0, trials: trials)
  requireConfidence(confidence)
  return zeroSuccessesPoint(tail: tail(confidence, error), trials: trials)
}

/// The exact lower bound of a proportion after `trials` trials that all succeeded.
///
/// The mirror of `zeroFailureUpperBound`: `tail^(1/trials)`.
/// - Parameters:
///   - trials: at least 1.
///   - confidence: strictly between 0 and 1.
///   - error: how the error is allotted; two-sided unless stated otherwise.
/// - Precondition: the domains above.
/// - Complexity: O(1).
public func allSuccessesLowerBound(
  trials: Int, confidence: Double, error: ErrorAllotment = .twoSided
) -> Double {
  requireProportion(successes: 0, trials: trials)
  requireConfidence(confidence)
  return allSuccessesPoint(tail: tail(confidence, error), trials: trials)
}

private func tail(_ confidence: Double, _ error: ErrorAllotment) -> Double {
  switch error {
  case .twoSided: (1 - confidence) / 2
  case .oneSided: 1 - confidence
  }
}

private func zeroSuccessesPoint(tail: Double, trials: Int) -> Double {
  -exponentialMinusOne(naturalLog(tail) / Double(trials))
}

private func allSuccessesPoint(tail: Double, trials: Int) -> Double {
  exponential(naturalLog(tail) / Double(trials))
}

private func requireProportion(successes: Int, trials: Int) {
  precondition(trials >= 1, "a proportion needs at least one trial, got \(trials)")
  precondition(
    successes >= 0 && successes <= trials,
    "the successes must be in 0...\(trials), got \(successes)")
}
