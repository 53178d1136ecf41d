/// Two numbers between which a real number is certain to lie.
///
/// Every operation rounds the lower end down and the upper end up, so the true result of the true
/// arguments is inside whatever was computed. Intervals only grow; their width says how well the
/// number is known.
/// - Complexity: operations of `bits` bits.
public struct Enclosure: Hashable, Sendable {
  /// The number is not below this.
  public let low: Dyadic
  /// The number is not above this.
  public let high: Dyadic
  /// The bits that an end may have.
  public let bits: Int

  /// The bits that are kept where nobody asks for another number of them: about 58 digits.
  public static let defaultBits = 192

  init(_ low: Dyadic, _ high: Dyadic, bits: Int) {
    precondition(low <= high, "an enclosure whose ends are the wrong way round")
    self.low = low.rounded(bits, .down)
    self.high = high.rounded(bits, .up)
    self.bits = bits
  }

  /// An exact number, rounded outward.
  /// - Parameter bits: 16 or more.
  public init(_ number: Rational, bits: Int = defaultBits) {
    precondition(bits >= 16, "too few bits: \(bits)")
    self.init(
      .quotient(number.numerator, number.denominator, bits: bits, .down),
      .quotient(number.numerator, number.denominator, bits: bits, .up), bits: bits)
  }

  /// Numbers between two exact ones.
  /// - Precondition: `low <= high`.
  public init(from low: Rational, to high: Rational, bits: Int = defaultBits) {
    self.init(Enclosure(low, bits: bits).low, Enclosure(high, bits: bits).high, bits: bits)
  }

  /// What encloses the sum.
  public static func + (a: Enclosure, b: Enclosure) -> Enclosure {
    let bits = max(a.bits, b.bits)
    return Enclosure(
      .sum(a.low, b.low, bits: bits, .down), .sum(a.high, b.high, bits: bits, .up), bits: bits)
  }

  /// What encloses the difference.
  public static func - (a: Enclosure, b: Enclosure) -> Enclosure { a + -b }

  /// What encloses the number on the other side of zero.
  public static prefix func - (a: Enclosure) -> Enclosure {
    Enclosure(-a.high, -a.low, bits: a.bits)
  }

  /// What encloses the product.
  public static func * (a: Enclosure, b: Enclosure) -> Enclosure {
    let bits = max(a.bits, b.bits)
    if a.low.sign >= 0 && b.low.sign >= 0 {
      return Enclosure(a.low * b.low, a.high * b.high, bits: bits)
    }
    let products = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high].sorted()
    return Enclosure(products[0], products[3], bits: bits)
  }

  /// What encloses the quotient.
  /// - Precondition: zero is not among the divisors.
  public static func / (a: Enclosure, b: Enclosure) -> Enclosure {
    a * b.reciprocal
  }

  private var reciprocal: Enclosure {
    precondition(low.sign == high.sign && low.sign != 0, "division by what may be zero")
    func inverse(_ end: Dyadic, _ direction: Dyadic.Direction) -> Dyadic {
      Dyadic.quotient(1, end.significand, bits: bits, direction).scaled(by: -end.exponent)
    }
    return Enclosure(inverse(high, .down), inverse(low, .up), bits: bits)
  }

  /// This number to a whole power, by squaring.
  public func power(_ exponent: Int) -> Enclosure {
    precondition(exponent >= 0, "a negative power: \(exponent)")
    var result = Enclosure(1, bits: bits)
    for bit in String(exponent, radix: 2) {
      result = result * result
      if bit == "1" { result = result * self }
    }
    return result
  }

  /// The part of it that is not below zero and not above one, for a number known to be there.
  public var asProbability: Enclosure {
    let bottom = max(low, .zero)
    let top = min(high, .one)
    precondition(bottom <= top, "a probability outside of 0...1")
    return Enclosure(bottom, top, bits: bits)
  }

  /// Whether an exact number may be the enclosed one.
  public func contains(_ number: Rational) -> Bool {
    low.rational <= number && number <= high.rational
  }

  /// Whether a `Double` may be, to within a fraction of the number's size.
  /// - Parameter relative: the part by which either end is moved outward, not negative.
  public func contains(_ number: Double, relative: Rational = 0) -> Bool {
    guard let exact = Rational(exactly: number) else { return false }
    let slack = reach.rational * relative
    return low.rational - slack <= exact && exact <= high.rational + slack
  }

  /// No number of it is larger than this by size.
  var reach: Dyadic { max(high, -low) }

  /// A `Double` in its middle.
  public var double: Double { Dyadic.sum(low, high, bits: bits, .down).scaled(by: -1).double }
}
