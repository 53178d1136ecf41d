// Thresholds and errors that are roots: approached by secants, and enclosed by what the law, exact
// or enclosed itself, says at the last point.

extension RatioLaw {
  /// The error alpha = beta where alpha = P[ratio > honest g] and beta = P[ratio <= forged g].
  ///
  /// alpha falls and beta rises with g. At any g the common error is between the smaller and the
  /// larger of the two: one of them has passed it, the other has not reached it. So every g
  /// encloses it, and the search narrows that until the two cannot be told apart.
  func equalError(honest: Rational, forged: Rational) -> BoundValue {
    let law = RatioLaw(rootGaps: rootGaps, localGaps: localGaps, form: .digits)
    var best = Enclosure(from: 0, to: 1)
    _ = Crossing.approach { g in
      let alpha = law.above(honest * g).enclosure()
      let beta = law.atMost(forged * g).enclosure()
      best = best.intersection(
        Enclosure(min(alpha.low, beta.low), max(alpha.high, beta.high), bits: best.bits))
      return Crossing.Gap(beta, alpha)
    }
    return .enclosed(best)
  }

  /// The g with P[ratio <= g] = t, 0 < t < 1.
  /// - Throws: `BoundError` when no number above it is found.
  func quantile(_ t: Rational) throws(BoundError) -> Enclosure {
    let law = RatioLaw(rootGaps: rootGaps, localGaps: localGaps, form: .digits)
    // The smaller tail has the more digits.
    let isLower = t + t <= 1
    let target = Enclosure(isLower ? t : 1 - t)
    func gap(_ g: Rational) -> Crossing.Gap {
      let value = (isLower ? law.atMost(g) : law.above(g)).enclosure()
      return isLower ? Crossing.Gap(value, target) : Crossing.Gap(target, value)
    }
    let g = Crossing.approach(gap)
    if let both = Crossing.enclosure(around: g, isBefore: { gap($0).isBefore }) { return both }
    guard gap(g + g).isBefore == false else {
      throw BoundError(
        .outOfDomain, "the quantile cannot be enclosed: take a targetError further from 0 and 1")
    }
    return Enclosure(from: 0, to: g + g)
  }
}

/// A search for the point where a rising function of a positive number crosses a falling one.
enum Crossing {
  /// How the two stand to each other somewhere.
  struct Gap {
    /// Whether the rising one is still below; nil where enclosures do not tell.
    let isBefore: Bool?
    /// Their difference over their sum, negative before the crossing.
    let size: Double

    /// - Precondition: neither is negative.
    init(_ rising: Enclosure, _ falling: Enclosure) {
      let sum = rising + falling
      guard sum.low.sign > 0 else {
        (isBefore, size) = (nil, 0)
        return
      }
      size = ((rising - falling) / sum).double
      isBefore = rising.high < falling.low ? true : rising.low > falling.high ? false : nil
    }
  }

  /// A gap below this part of the size is as good as none, unless told otherwise.
  static let closeEnough = 0x1p-110
  /// Enough to find 2^±8,192, and to bisect if no secant helps.
  private static let steps = 250

  /// A number at which the two cannot be told apart, or differ by less than that part of
  /// their size.
  static func approach(
    within closeEnough: Double = closeEnough, _ gap: (Rational) -> Gap
  ) -> Rational {
    var (low, high): (Rational?, Rational?)
    var points: [(g: Rational, size: Double)] = []
    var g = Rational(1)
    for _ in 0..<steps {
      let here = gap(g)
      guard let isBefore = here.isBefore, here.size.magnitude > closeEnough else { return g }
      if isBefore { low = g } else { high = g }
      points = points.suffix(1) + [(g, here.size)]
      g = secant(points, low, high) ?? middle(low, high)
    }
    return g
  }

  /// The first of g (1 ± 2^-n), n = 105, 100, …, that have the crossing between them.
  static func enclosure(around g: Rational, isBefore: (Rational) -> Bool?) -> Enclosure? {
    for place in stride(from: 105, through: 5, by: -5) {
      let step = g / Rational(.powerOfTwo(place))
      if isBefore(g - step) == true, isBefore(g + step) == false {
        return Enclosure(from: g - step, to: g + step)
      }
    }
    return nil
  }

  /// Where the line through the last two points crosses zero, if the gap is shrinking and that is
  /// inside.
  private static func secant(
    _ points: [(g: Rational, size: Double)], _ low: Rational?, _ high: Rational?
  ) -> Rational? {
    guard points.count == 2, let low, let high else { return nil }
    let (before, last) = (points[0], points[1])
    guard before.size.magnitude < 0.9, last.size.magnitude < before.size.magnitude / 2,
      let ratio = Rational(exactly: last.size / (last.size - before.size))
    else { return nil }
    let next = last.g - (last.g - before.g) * ratio
    guard next > low, next < high else { return nil }
    // 128 bits are enough, and keep the exact sums short.
    let rounded = Enclosure(next, bits: 128).low.rational
    return rounded > low && rounded < high ? rounded : nil
  }

  /// A power of two while one end is open, the middle of the exponents while they are far apart,
  /// then the middle.
  private static func middle(_ low: Rational?, _ high: Rational?) -> Rational {
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

  /// The floor of its binary logarithm, for an integer over a power of two.
  private static func exponent(_ g: Rational) -> Int {
    g.numerator.bitWidth - g.denominator.bitWidth
  }

  private static func powerOfTwo(_ exponent: Int) -> Rational { Rational(2).power(exponent) }
}
