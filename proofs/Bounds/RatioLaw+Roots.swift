// Thresholds and errors that are roots: bisected, with the law itself exact or enclosed.

extension RatioLaw {
  /// The error alpha = beta where alpha = P[ratio > honest g] and beta = P[ratio <= forged g].
  ///
  /// alpha falls and beta rises with g. At any g the common error is between the smaller and the
  /// larger of the two: one of them has passed it, the other has not reached it. So every g
  /// encloses it, and bisection narrows that until the two cannot be told apart.
  func equalError(honest: Rational, forged: Rational) -> BoundValue {
    let law = RatioLaw(rootGaps: rootGaps, localGaps: localGaps, form: .digits)
    var best = Enclosure(from: 0, to: 1)
    var (low, high): (Rational?, Rational?)
    for _ in 0..<Self.steps {
      let g = Self.next(low, high)
      let alpha = law.above(honest * g).enclosure()
      let beta = law.atMost(forged * g).enclosure()
      let between = Enclosure(
        min(alpha.low, beta.low), max(alpha.high, beta.high), bits: best.bits)
      best = best.intersection(between)
      if alpha.low > beta.high {
        low = g
      } else if alpha.high < beta.low {
        high = g
      } else {
        break
      }
    }
    return .enclosed(best)
  }

  /// The g with P[ratio <= g] = t, 0 < t < 1.
  func quantile(_ t: Rational) -> Enclosure {
    let law = RatioLaw(rootGaps: rootGaps, localGaps: localGaps, form: .digits)
    var (low, high): (Rational?, Rational?)
    for _ in 0..<Self.steps {
      let g = Self.next(low, high)
      guard let isBelow = law.isBelowQuantile(g, t) else {
        // The root, or too close to it to tell: step aside on both sides.
        for place in stride(from: 120, through: 10, by: -10) {
          let step = g / Rational(.powerOfTwo(place))
          if law.isBelowQuantile(g - step, t) == true, law.isBelowQuantile(g + step, t) == false {
            return Enclosure(from: g - step, to: g + step)
          }
        }
        break
      }
      if isBelow { low = g } else { high = g }
    }
    return Enclosure(from: low ?? 0, to: high ?? Self.largest)
  }

  /// Whether P[ratio <= g] is below t; nil where enclosures do not tell.
  private func isBelowQuantile(_ g: Rational, _ t: Rational) -> Bool? {
    // The smaller tail has the more digits.
    let isLower = t + t <= 1
    let target = Enclosure(isLower ? t : 1 - t)
    let value = (isLower ? atMost(g) : above(g)).enclosure()
    if value.high < target.low { return isLower }
    if value.low > target.high { return !isLower }
    return nil
  }

  /// Enough to bracket within 2^±8,192 and then to halve to 2^-110 of the size.
  private static let steps = 150

  private static var largest: Rational { Rational(.powerOfTwo(1 << 14)) }

  /// The g to try between two ends: a power of two while one end is open, the middle of the
  /// exponents while they are far apart, then the middle.
  private static func next(_ low: Rational?, _ high: Rational?) -> Rational {
    switch (low, high) {
    case (nil, nil): return 1
    case (let low?, nil): return powerOfTwo(max(1, 2 * exponent(low)))
    case (nil, let high?): return powerOfTwo(min(-1, 2 * exponent(high)))
    case (let low?, let high?):
      let (a, b) = (exponent(low), exponent(high))
      if b - a > 1 { return powerOfTwo(a + (b - a) / 2) }
      return (low + high) * Rational(1, 2)
    }
  }

  /// The floor of its binary logarithm, for a power of two; near it otherwise.
  private static func exponent(_ g: Rational) -> Int {
    g.numerator.bitWidth - g.denominator.bitWidth
  }

  private static func powerOfTwo(_ exponent: Int) -> Rational { Rational(2).power(exponent) }
}
