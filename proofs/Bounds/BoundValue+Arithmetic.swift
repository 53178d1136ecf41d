// Sums and products of bounds. What is exact stays so while the fractions are of a size at which
// the next operation takes microseconds; then it becomes an enclosure.

extension BoundValue {
  /// The bits that an exact result may have, above the line and below it together.
  static let exactBits = 1 << 17

  /// Up to this a probability is not told from zero. Its digits would help nobody, and take
  /// millions of bits.
  static let negligible = Dyadic(1, exponent: -65_536)

  static func + (a: BoundValue, b: BoundValue) -> BoundValue { combine(a, b, +, +) }

  static func - (a: BoundValue, b: BoundValue) -> BoundValue { combine(a, b, -, -) }

  static func * (a: BoundValue, b: BoundValue) -> BoundValue { combine(a, b, *, *) }

  private static func combine(
    _ a: BoundValue, _ b: BoundValue, _ exact: (Rational, Rational) -> Rational,
    _ enclosed: (Enclosure, Enclosure) -> Enclosure
  ) -> BoundValue {
    if case .exact(let x) = a, case .exact(let y) = b, x.bits + y.bits <= exactBits {
      return .exact(exact(x, y))
    }
    return .enclosed(enclosed(a.enclosure(), b.enclosure()))
  }

  /// 1 minus this.
  var complement: BoundValue { .exact(1) - self }

  /// The smaller of this and one.
  var atMostOne: BoundValue {
    switch self {
    case .exact(let number): .exact(min(number, 1))
    case .enclosed(let enclosure):
      .enclosed(
        Enclosure(min(enclosure.low, .one), min(enclosure.high, .one), bits: enclosure.bits))
    }
  }

  /// A probability to a power that is not negative; 1 to the power zero.
  func power(_ exponent: BoundValue) -> BoundValue {
    if case .exact(let y) = exponent {
      if y.sign == 0 { return .exact(1) }
      if case .exact(let x) = self {
        if x.sign == 0 || x == 1 { return self }
        // A number of 65 bits or more is above the limit with any base.
        if y.isInteger, let whole = y.numerator.int, whole <= Self.exactBits,
          x.bits * whole <= Self.exactBits
        {
          return .exact(x.power(whole))
        }
      }
    }
    let base = enclosure()
    let top = exponent.enclosure()
    guard base.high.sign > 0 else { return .exact(0) }
    // Either end by itself, as a base may reach down to zero.
    let high = Enclosure(base.high, base.high, bits: base.bits).logarithm * top
    let largest = min(high.exponentialOfNegative.high, .one)
    guard base.low.sign > 0 else { return .enclosed(Enclosure(.zero, largest, bits: base.bits)) }
    let low = Enclosure(base.low, base.low, bits: base.bits).logarithm * top
    return .enclosed(
      Enclosure(min(low.exponentialOfNegative.low, largest), largest, bits: base.bits))
  }
}

extension Rational {
  /// The bits above the line and below it.
  var bits: Int { numerator.bitWidth + denominator.bitWidth }
}

extension Enclosure {
  /// A quotient of integers, without a greatest common divisor.
  init(quotient above: BigInteger, _ below: BigInteger, bits: Int = defaultBits) {
    self.init(
      .quotient(above, below, bits: bits, .down), .quotient(above, below, bits: bits, .up),
      bits: bits)
  }

  /// e to a number that is not above zero, or hardly; below 2^-65,536 it is not told from zero.
  var exponentialOfNegative: Enclosure {
    // 65,536 log 2 is 45,426.1.
    let floor = Dyadic(-45_426)
    if high < floor { return Enclosure(.zero, BoundValue.negligible.scaled(by: 1), bits: bits) }
    let top = Enclosure(high, high, bits: bits).exponential.high
    if low < floor { return Enclosure(.zero, top, bits: bits) }
    return Enclosure(Enclosure(low, low, bits: bits).exponential.low, top, bits: bits)
  }

  /// The numbers in both.
  /// - Precondition: there are some.
  func intersection(_ other: Enclosure) -> Enclosure {
    Enclosure(max(low, other.low), min(high, other.high), bits: max(bits, other.bits))
  }
}
