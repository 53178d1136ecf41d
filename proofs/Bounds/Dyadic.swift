/// An integer times a power of two: what the ends of an enclosure are.
///
/// Sums and products are exact; `rounded` keeps the size in check, towards the side that is asked.
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
