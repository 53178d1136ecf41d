/// An integer times a power of two: what the ends of an enclosure are.
///
/// `+` and `*` are exact; `rounded` and `sum` keep the size in check, towards the side that is
/// asked.
public struct Dyadic: Hashable, Sendable {
  /// The integer: odd, or zero.
  let significand: BigInteger
  /// The power of two that it is multiplied by; 0 for zero.
  let exponent: Int

  /// Which way a result is rounded.
  enum Direction {
    case down
    case up
  }

  init(_ significand: BigInteger, exponent: Int = 0) {
    let zeros = significand.trailingZeroBits
    self.significand = zeros == 0 ? significand : significand.shiftedDown(right: zeros)
    self.exponent = significand.sign == 0 ? 0 : exponent + zeros
  }

  static let zero = Dyadic(0)
  static let one = Dyadic(1)

  /// A quotient, rounded to that many bits.
  static func quotient(
    _ a: BigInteger, _ b: BigInteger, bits: Int, _ direction: Direction
  ) -> Dyadic {
    let shift = bits + 1 - (a.bitWidth - b.bitWidth)
    let above = shift >= 0 ? a.shifted(left: shift) : a
    let below = shift >= 0 ? b : b.shifted(left: -shift)
    let whole = direction == .down ? above.dividedDown(by: below) : above.dividedUp(by: below)
    return Dyadic(whole, exponent: -shift).rounded(bits, direction)
  }

  var sign: Int { significand.sign }

  static func + (a: Dyadic, b: Dyadic) -> Dyadic {
    if a.sign == 0 { return b }
    if b.sign == 0 { return a }
    let common = min(a.exponent, b.exponent)
    return Dyadic(
      a.significand.shifted(left: a.exponent - common)
        + b.significand.shifted(left: b.exponent - common), exponent: common)
  }

  /// A sum, rounded to that many bits.
  ///
  /// Operands far apart in size are not lined up: that would take as many bits as their exponents
  /// differ by. The smaller one, less than a quarter of the last place, counts as that quarter on
  /// the side that is asked, and as zero on the other.
  static func sum(_ a: Dyadic, _ b: Dyadic, bits: Int, _ direction: Direction) -> Dyadic {
    if a.sign == 0 { return b.rounded(bits, direction) }
    if b.sign == 0 { return a.rounded(bits, direction) }
    let (large, small) = a.magnitudeExponent >= b.magnitudeExponent ? (a, b) : (b, a)
    let place = large.magnitudeExponent - bits - 2
    guard small.magnitudeExponent <= place else { return (a + b).rounded(bits, direction) }
    guard (small.sign > 0) == (direction == .up) else { return large.rounded(bits, direction) }
    return (large + Dyadic(BigInteger(small.sign), exponent: place)).rounded(bits, direction)
  }

  static func * (a: Dyadic, b: Dyadic) -> Dyadic {
    Dyadic(a.significand * b.significand, exponent: a.exponent + b.exponent)
  }

  static prefix func - (a: Dyadic) -> Dyadic { Dyadic(-a.significand, exponent: a.exponent) }

  /// Half, a quarter, …: this number over 2^count.
  func scaled(by count: Int) -> Dyadic { Dyadic(significand, exponent: exponent + count) }

  /// The nearest number with at most that many bits on that side.
  func rounded(_ bits: Int, _ direction: Direction) -> Dyadic {
    let excess = significand.bitWidth - bits
    guard excess > 0 else { return self }
    let kept =
      direction == .down
      ? significand.shiftedDown(right: excess) : significand.shiftedUp(right: excess)
    return Dyadic(kept, exponent: exponent + excess)
  }

  /// The same number as a fraction.
  public var rational: Rational {
    exponent >= 0
      ? Rational(significand.shifted(left: exponent))
      : Rational(significand, .powerOfTwo(-exponent))
  }

  /// The nearest `Double`, or nearly; zero where that is too small for one.
  var double: Double {
    if magnitudeExponent < -1_100 { return 0 }
    if magnitudeExponent > 1_100 { return sign < 0 ? -.infinity : .infinity }
    return rational.double
  }

  /// The exponent e for which it lies in 2^(e - 1) ..< 2^e by size.
  var magnitudeExponent: Int { exponent + significand.bitWidth }
}

extension Dyadic: Comparable {
  /// Whether the first one is the smaller.
  public static func < (a: Dyadic, b: Dyadic) -> Bool {
    if a.sign != b.sign { return a.sign < b.sign }
    // Far apart in size: no need to line the bits up.
    if a.magnitudeExponent != b.magnitudeExponent {
      return (a.magnitudeExponent < b.magnitudeExponent) == (a.sign > 0)
    }
    return (a + -b).sign < 0
  }
}
