// Exponential, logarithm, powers and roots. Each series stops where its remainder is below one unit
// of the working precision, and the remainder is added to the enclosure.

extension Enclosure {
  /// e to this number.
  ///
  /// The argument is halved until it is below 2^-8, the Taylor series summed with its remainder,
  /// and the result squared as often.
  /// - Precondition: the number is at most 2^40 by size.
  public var exponential: Enclosure {
    let lower = Enclosure.exponential(of: low, bits: bits)
    let upper = low == high ? lower : Enclosure.exponential(of: high, bits: bits)
    return Enclosure(lower.low, upper.high, bits: bits)
  }

  /// The natural logarithm.
  /// - Precondition: the number is above zero.
  public var logarithm: Enclosure {
    precondition(low.sign > 0, "the logarithm of what may be zero or less")
    let lower = Enclosure.logarithm(of: low, bits: bits)
    let upper = low == high ? lower : Enclosure.logarithm(of: high, bits: bits)
    return Enclosure(lower.low, upper.high, bits: bits)
  }

  /// This number to a real power: e^(exponent log self); zero to a positive power is zero.
  /// - Precondition: neither the number nor, where the number may be zero, the exponent is
  ///   negative.
  public func power(_ exponent: Enclosure) -> Enclosure {
    precondition(low.sign >= 0, "a real power of what may be negative")
    if low.sign > 0 { return (logarithm * exponent).exponential }
    precondition(exponent.low.sign > 0, "a power of what may be zero")
    guard high.sign > 0 else { return self }
    let top = Enclosure(high, high, bits: bits).power(exponent)
    return Enclosure(.zero, top.high, bits: bits)
  }

  /// The square root.
  /// - Precondition: the number is not negative.
  public var squareRoot: Enclosure {
    precondition(low.sign >= 0, "the root of what may be negative")
    func root(_ end: Dyadic, plus: BigInteger) -> Dyadic {
      // An even exponent, and twice the bits under the root.
      let shift = 2 * bits + (end.exponent - 2 * bits) & 1
      let whole = end.significand.shifted(left: shift).squareRootDown
      return Dyadic(whole + plus, exponent: (end.exponent - shift) >> 1)
    }
    return Enclosure(
      root(low, plus: 0), high.sign == 0 ? .zero : root(high, plus: 1), bits: bits)
  }

  /// log 2.
  public static func logarithmOfTwo(bits: Int = defaultBits) -> Enclosure {
    areaTangent(Enclosure(Rational(1, 3), bits: bits + 8)) * Enclosure(2, bits: bits)
  }

  private static func exponential(of number: Dyadic, bits: Int) -> Enclosure {
    guard number.sign != 0 else { return Enclosure(1, bits: bits) }
    precondition(number.magnitudeExponent <= 40, "e to a number of 2^40 or more")
    let halvings = max(0, number.magnitudeExponent + 8)
    // Squaring doubles the relative width.
    let working = bits + halvings + 16
    let small = number.scaled(by: -halvings)
    let argument = Enclosure(small, small, bits: working)
    var sum = Enclosure(1, bits: working)
    var term = sum
    var count = 0
    repeat {
      count += 1
      term = term * argument / Enclosure(Rational(count), bits: working)
      sum = sum + term
    } while term.reach.magnitudeExponent > -working
    // All that follows is less than the last term by size: the argument is below 2^-8.
    var result = sum.widened(by: term.reach)
    for _ in 0..<halvings { result = result * result }
    return Enclosure(result.low, result.high, bits: bits)
  }

  private static func logarithm(of number: Dyadic, bits: Int) -> Enclosure {
    let working = bits + 16
    // number = m 2^e with m in 3/4 ..< 3/2.
    var exponent = number.magnitudeExponent
    var mantissa = number.scaled(by: -exponent)
    if mantissa < Dyadic(3, exponent: -2) {
      mantissa = mantissa.scaled(by: 1)
      exponent -= 1
    }
    let difference = mantissa + -Dyadic.one
    let total = mantissa + Dyadic.one
    let ratio =
      Enclosure(difference, difference, bits: working) / Enclosure(total, total, bits: working)
    let logarithm = areaTangent(ratio) * Enclosure(2, bits: working)
    guard exponent != 0 else { return Enclosure(logarithm.low, logarithm.high, bits: bits) }
    let sum =
      logarithm + Enclosure(Rational(exponent), bits: working) * logarithmOfTwo(bits: working)
    return Enclosure(sum.low, sum.high, bits: bits)
  }

  /// z + z^3 / 3 + z^5 / 5 + …, for z of at most 1/3 by size.
  private static func areaTangent(_ z: Enclosure) -> Enclosure {
    let square = z * z
    var power = z
    var sum = z
    var odd = 1
    // Relative to the first term: near zero the result is as small as z.
    let scale = z.reach
    guard scale.sign > 0 else { return z }
    let limit = scale.magnitudeExponent - z.bits
    var rest = scale
    repeat {
      odd += 2
      power = power * square
      let term = power / Enclosure(Rational(odd), bits: z.bits)
      sum = sum + term
      rest = term.reach
    } while rest.sign > 0 && rest.magnitudeExponent > limit
    // A ninth or less from term to term: what follows is below the last term by size.
    return sum.widened(by: rest)
  }

  /// Both ends moved outward.
  func widened(by rest: Dyadic) -> Enclosure {
    Enclosure(
      .sum(low, -rest, bits: bits, .down), .sum(high, rest, bits: bits, .up), bits: bits)
  }
}
