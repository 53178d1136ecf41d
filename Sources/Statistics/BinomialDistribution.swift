/// The binomial distribution: successes among independent trials.
public struct BinomialDistribution: Hashable, Sendable {
  /// The number of trials, at least 0.
  public let trials: Int
  /// The probability of one success.
  public let probability: Double

  /// The number of successes among `trials` trials of success probability `probability`.
  /// - Precondition: `trials >= 0`, `probability` in 0...1.
  public init(trials: Int, probability: Double) {
    precondition(trials >= 0, "the number of trials must not be negative, got \(trials)")
    requireProbability(probability)
    self.trials = trials
    self.probability = probability
  }

  /// The probability of exactly `successes` successes; 0 outside 0...trials.
  /// - Complexity: O(1). Source: [Loader00].
  public func mass(_ successes: Int) -> Double {
    guard successes >= 0 && successes <= trials else { return 0 }
    let p = probability
    let n = Double(trials)
    if p == 0 { return successes == 0 ? 1 : 0 }
    if p == 1 { return successes == trials ? 1 : 0 }
    if successes == 0 { return exponential(n * naturalLogOnePlus(-p)) }
    if successes == trials { return exponential(n * naturalLog(p)) }
    let a = Double(successes)
    let b = Double(trials - successes)
    return betaKernel(BetaPoint(x: p, a: a, b: b), a: a, b: b) * (n / (a * b))
  }

  /// P(X <= successes) and P(X > successes).
  private func tails(_ successes: Int) -> Tails {
    if successes < 0 { return Tails(lower: 0) }
    if successes >= trials { return Tails(upper: 0) }
    let a = Double(successes) + 1
    let b = Double(trials - successes)
    return betaTails(BetaPoint(x: probability, a: a, b: b), a: a, b: b).tails.mirrored
  }

  /// The probability of at most `successes` successes.
  /// - Complexity: O(sqrt(trials)).
  public func cdf(_ successes: Int) -> Double { tails(successes).lower }

  /// The probability of more than `successes` successes, without cancellation.
  /// - Complexity: O(sqrt(trials)).
  public func survival(_ successes: Int) -> Double { tails(successes).upper }

  /// The smallest number of successes k with `cdf(k) >= p`.
  /// - Precondition: `p` in 0...1.
  /// - Complexity: log2(trials) times `cdf`.
  public func quantile(_ p: Double) -> Int {
    requireProbability(p)
    return smallest { cdf($0) >= p }
  }

  /// The smallest number of successes k with `survival(k) <= q`.
  ///
  /// Equal to `quantile(1 - q)`, and still meaningful where 1 - q would round to 1.
  /// - Precondition: `q` in 0...1.
  /// - Complexity: log2(trials) times `survival`.
  public func upperQuantile(_ q: Double) -> Int {
    requireProbability(q)
    return smallest { survival($0) <= q }
  }

  /// Bisection over 0...trials for a predicate that stays true once it is true.
  private func smallest(where isReached: (Int) -> Bool) -> Int {
    var low = 0
    var high = trials
    while low < high {
      let middle = low + (high - low) / 2
      if isReached(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
