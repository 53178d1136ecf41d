/// The law of a number of successes: binomial, or hypergeometric where nothing is drawn twice.
///
/// Sums are exact where the integers are small enough that this takes milliseconds: the shorter of
/// the two tails, in integers over one denominator. Larger ones are enclosed: the term at the
/// boundary from logarithms of factorials, the others by their ratios until the rest is below
/// 2^-140 of the sum.
struct CountLaw {
  /// Who counts as a success.
  private enum Kind {
    /// Each trial for itself, with odds a : b.
    case binomial(a: BigInteger, b: BigInteger)
    /// Drawn from so many successes and failures, none twice.
    case hypergeometric(successes: Int, failures: Int)
  }

  /// How many are drawn.
  let trials: Int
  private let kind: Kind

  /// Independent trials that succeed with odds a : b.
  /// - Precondition: neither negative, not both zero.
  init(trials: Int, odds a: BigInteger, to b: BigInteger) {
    precondition(trials >= 0 && a.sign >= 0 && b.sign >= 0 && (a + b).sign > 0, "no odds")
    let common = a.greatestCommonDivisor(with: b)
    self.trials = trials
    kind = .binomial(a: a.divided(exactlyBy: common), b: b.divided(exactlyBy: common))
  }

  /// Independent trials that succeed with that probability.
  init(trials: Int, probability: Rational) {
    self.init(
      trials: trials, odds: probability.numerator,
      to: probability.denominator - probability.numerator)
  }

  /// Draws without replacement.
  /// - Precondition: no more draws than there are, nothing negative.
  init(drawn trials: Int, successes: Int, failures: Int) {
    precondition(
      successes >= 0 && failures >= 0 && (0...successes + failures).contains(trials),
      "\(trials) drawn from \(successes) and \(failures)")
    self.trials = trials
    kind = .hypergeometric(successes: successes, failures: failures)
  }

  private init(trials: Int, kind: Kind) {
    self.trials = trials
    self.kind = kind
  }

  /// The law of the failures.
  private var failures: CountLaw {
    switch kind {
    case .binomial(let a, let b): CountLaw(trials: trials, kind: .binomial(a: b, b: a))
    case .hypergeometric(let successes, let failures):
      CountLaw(
        trials: trials, kind: .hypergeometric(successes: failures, failures: successes))
    }
  }

  /// The fewest and most successes that there may be.
  private var range: ClosedRange<Int> {
    switch kind {
    case .binomial(let a, let b):
      (b.sign == 0 ? trials : 0)...(a.sign == 0 ? 0 : trials)
    case .hypergeometric(let successes, let failures):
      max(0, trials - failures)...min(trials, successes)
    }
  }

  /// P[at least j successes].
  func atLeast(_ j: Int, form: BoundForm) -> BoundValue {
    failures.atMost(trials - j, form: form)
  }

  /// P[at most j successes].
  func atMost(_ j: Int, form: BoundForm) -> BoundValue {
    // Who is drawn and who is a success may change places: the fewer draws the shorter.
    if case .hypergeometric(let successes, let failures) = kind, successes < trials {
      let others = successes + failures - trials
      return CountLaw(
        trials: successes, kind: .hypergeometric(successes: trials, failures: others)
      ).atMost(j, form: form)
    }
    let range = range
    guard j >= range.lowerBound else { return .exact(0) }
    guard j < range.upperBound else { return .exact(1) }
    let (below, above) = (j - range.lowerBound + 1, range.upperBound - j)
    guard isSmall(terms: min(below, above), form: form) else {
      return .enclosed(enclosedAtMost(j))
    }
    let whole = denominator
    let part =
      below <= above
      ? numerator(atMost: j) : whole - failures.numerator(atMost: trials - j - 1)
    // A short fraction is as fast as its digits, and says that a round number is one.
    return form == .fraction || whole.bitWidth <= 512
      ? .exact(Rational(part, whole)) : .enclosed(Enclosure(quotient: part, whole))
  }
}

// Exact sums.
extension CountLaw {
  /// Whether integers take milliseconds, or for digits less than an enclosure.
  private func isSmall(terms: Int, form: BoundForm) -> Bool {
    let bitsEach =
      switch kind {
      case .binomial(let a, let b): (a + b).bitWidth
      case .hypergeometric(let successes, let failures):
        Int.bitWidth - (successes + failures).leadingZeroBitCount
      }
    let (bits, overflow) = trials.multipliedReportingOverflow(by: bitsEach)
    guard !overflow, bits <= BoundValue.exactBits else { return false }
    return terms <= (form == .fraction ? 1 << 27 : 1 << 23) / max(bits, 1)
  }

  /// What all terms are over.
  private var denominator: BigInteger {
    switch kind {
    case .binomial(let a, let b): (a + b).power(trials)
    case .hypergeometric(let successes, let failures):
      .binomial(successes + failures, trials)
    }
  }

  /// The sum of the terms up to j, times the denominator.
  private func numerator(atMost j: Int) -> BigInteger {
    switch kind {
    case .binomial(let a, let b):
      // sum of (m over i) a^i b^(j - i), Horner's way, times b^(m - j).
      var term = BigInteger(1)
      var sum = term
      for i in stride(from: 1, through: j, by: 1) {
        term = (term * (a * BigInteger(trials - i + 1))).divided(exactlyBy: BigInteger(i))
        sum = sum * b + term
      }
      return sum * b.power(trials - j)
    case .hypergeometric(let successes, let failures):
      let first = range.lowerBound
      var term =
        BigInteger.binomial(successes, first) * .binomial(failures, trials - first)
      var sum = term
      for i in stride(from: first + 1, through: j, by: 1) {
        let (above, below) = (
          BigInteger(successes - i + 1) * BigInteger(trials - i + 1),
          BigInteger(i) * BigInteger(failures - trials + i)
        )
        term = (term * above).divided(exactlyBy: below)
        sum = sum + term
      }
      return sum
    }
  }
}

// Enclosed sums.
extension CountLaw {
  /// P[at most j], j in the range and below its end.
  func enclosedAtMost(_ j: Int) -> Enclosure {
    // Summed away from the mean, so that the terms fall from the first.
    if isBelowMean(j) { return lowerTail(j) }
    let above = failures.lowerTail(trials - j - 1)
    return (Enclosure(1, bits: above.bits) - above).asProbability
  }

  private func isBelowMean(_ j: Int) -> Bool {
    switch kind {
    case .binomial(let a, let b):
      BigInteger(j) * (a + b) < BigInteger(trials) * a
    case .hypergeometric(let successes, let failures):
      BigInteger(j) * BigInteger(successes + failures)
        < BigInteger(trials) * BigInteger(successes)
    }
  }

  /// log P[exactly j].
  private func logTerm(_ j: Int) -> Enclosure {
    let bits = Enclosure.factorialBits
    func times(_ count: Int, logOf a: BigInteger, over c: BigInteger) -> Enclosure {
      guard count > 0 else { return Enclosure(0, bits: bits) }
      return Enclosure(Rational(count), bits: bits)
        * Enclosure(quotient: a, c, bits: bits).logarithm
    }
    switch kind {
    case .binomial(let a, let b):
      return Enclosure.logBinomial(trials, j) + times(j, logOf: a, over: a + b)
        + times(trials - j, logOf: b, over: a + b)
    case .hypergeometric(let successes, let failures):
      return Enclosure.logBinomial(successes, j) + Enclosure.logBinomial(failures, trials - j)
        - Enclosure.logBinomial(successes + failures, trials)
    }
  }

  /// The sum of the terms from j down, which fall.
  private func lowerTail(_ j: Int) -> Enclosure {
    let first = logTerm(j).exponentialOfNegative
    guard first.low.sign > 0 else {
      // No more terms than trials, each at most the first.
      return (first * Enclosure(Rational(trials + 1))).asProbability
    }
    let sum = first * relativeTail(j)
    return Enclosure(sum.low, min(sum.high, .one), bits: Enclosure.defaultBits)
  }

  /// The ratio of the term at i - 1 to that at i: an integer over another, the first rounded down
  /// and up.
  private func ratio(_ i: Int, _ odds: Enclosure?) -> (
    low: BigInteger, high: BigInteger, over: BigInteger
  ) {
    switch kind {
    case .binomial:
      guard let odds else { preconditionFailure("no odds") }
      // Both ends at one power of two.
      let scale = min(odds.low.exponent, odds.high.exponent)
      func whole(_ end: Dyadic) -> BigInteger {
        end.significand.shifted(left: end.exponent - scale) * BigInteger(i)
      }
      let (low, high) = (whole(odds.low), whole(odds.high))
      let over = BigInteger(trials - i + 1)
      return scale >= 0
        ? (low.shifted(left: scale), high.shifted(left: scale), over)
        : (low, high, over.shifted(left: -scale))
    case .hypergeometric(let successes, let failures):
      let above = BigInteger(i) * BigInteger(failures - trials + i)
      return (above, above, BigInteger(successes - i + 1) * BigInteger(trials - i + 1))
    }
  }

  /// The sum from j down over the term at j.
  private func relativeTail(_ j: Int) -> Enclosure {
    let working = Enclosure.defaultBits
    let odds: Enclosure? =
      if case .binomial(let a, let b) = kind { Enclosure(quotient: b, a, bits: 224) } else { nil }
    // In units of 2^-working.
    var (low, high) = (BigInteger.powerOfTwo(working), BigInteger.powerOfTwo(working))
    var (lowSum, highSum) = (low, high)
    let last = range.lowerBound
    var i = j
    while i > last {
      let ratio = ratio(i, odds)
      if high.bitWidth < working - 140, ratio.high < ratio.over {
        // Ratios fall as i does: the rest is below a geometric series.
        let rest = (high * ratio.high).dividedUp(by: ratio.over - ratio.high)
        highSum = highSum + rest
        break
      }
      low = (low * ratio.low).dividedDown(by: ratio.over)
      high = (high * ratio.high).dividedUp(by: ratio.over)
      lowSum = lowSum + low
      highSum = highSum + high
      i -= 1
    }
    return Enclosure(
      Dyadic(lowSum, exponent: -working), Dyadic(highSum, exponent: -working), bits: working)
  }
}
