/// A fraction of two integers, in lowest terms, with a positive denominator.
///
/// - Complexity: every operation ends with one greatest common divisor.
public struct Rational: Hashable, Sendable {
  /// The integer above the line.
  public let numerator: BigInteger
  /// The integer below it, at least 1.
  public let denominator: BigInteger

  /// One integer over another.
  /// - Precondition: the denominator is not zero.
  public init(_ numerator: BigInteger, _ denominator: BigInteger) {
    precondition(denominator.sign != 0, "a fraction over zero")
    let common = numerator.greatestCommonDivisor(with: denominator)
    let divisor = denominator.sign < 0 ? -common : common
    if divisor == 1 {
      self.init(lowestTerms: numerator, denominator)
    } else {
      self.init(
        lowestTerms: numerator.divided(exactlyBy: divisor),
        denominator.divided(exactlyBy: divisor))
    }
  }

  private init(lowestTerms numerator: BigInteger, _ denominator: BigInteger) {
    self.numerator = numerator
    self.denominator = denominator
  }

  /// An integer.
  public init(_ integer: BigInteger) { self.init(lowestTerms: integer, 1) }

  /// An integer.
  public init(_ integer: Int) { self.init(BigInteger(integer)) }

  /// One integer over another.
  /// - Precondition: the denominator is not zero.
  public init(_ numerator: Int, _ denominator: Int) {
    self.init(BigInteger(numerator), BigInteger(denominator))
  }

  /// The very number that a `Double` holds, or nil for one that is not finite.
  public init?(exactly value: Double) {
    guard value.isFinite else { return nil }
    guard value != 0 else {
      self.init(0)
      return
    }
    let bits = BigInteger(UInt64(1) << 52 | value.significandBitPattern)
    // A subnormal number has no leading one: scale it first.
    guard value.isNormal else {
      guard let scaled = Rational(exactly: value * 0x1p64) else { return nil }
      self = scaled / Rational(.powerOfTwo(64))
      return
    }
    let signed = value < 0 ? -bits : bits
    let exponent = Int(value.exponent) - 52
    self =
      exponent >= 0
      ? Rational(signed.shifted(left: exponent)) : Rational(signed, .powerOfTwo(-exponent))
  }

  /// The sum.
  public static func + (a: Rational, b: Rational) -> Rational {
    Rational(
      a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
  }

  /// The difference.
  public static func - (a: Rational, b: Rational) -> Rational { a + -b }

  /// The product.
  public static func * (a: Rational, b: Rational) -> Rational {
    Rational(a.numerator * b.numerator, a.denominator * b.denominator)
  }

  /// The quotient.
  /// - Precondition: the divisor is not zero.
  public static func / (a: Rational, b: Rational) -> Rational {
    Rational(a.numerator * b.denominator, a.denominator * b.numerator)
  }

  /// The same number on the other side of zero.
  public static prefix func - (a: Rational) -> Rational {
    Rational(lowestTerms: -a.numerator, a.denominator)
  }

  /// This number to an integer power.
  /// - Precondition: not zero where the exponent is negative.
  public func power(_ exponent: Int) -> Rational {
    guard exponent < 0 else {
      return Rational(lowestTerms: numerator.power(exponent), denominator.power(exponent))
    }
    return Rational(denominator.power(-exponent), numerator.power(-exponent))
  }

  /// Its distance from zero.
  public var magnitude: Rational { sign < 0 ? -self : self }

  /// -1, 0 or 1.
  public var sign: Int { numerator.sign }

  /// Whether it has no fraction.
  public var isInteger: Bool { denominator == 1 }

  /// The largest integer that is not above it.
  public var floor: BigInteger { numerator.dividedDown(by: denominator) }

  /// A `Double` near it: within two units in the last place while the result is a normal number.
  public var double: Double {
    guard sign != 0 else { return 0 }
    let shift = 64 - (numerator.bitWidth - denominator.bitWidth)
    let scaled =
      shift >= 0
      ? numerator.shifted(left: shift).dividedDown(by: denominator)
      : numerator.dividedDown(by: denominator.shifted(left: -shift))
    // Between 2^63 and 2^65 in size.
    let leading = scaled.shiftedDown(right: 2)
    return Double(sign: .plus, exponent: 2 - shift, significand: Double(leading.int ?? 0))
  }
}

extension Rational: Comparable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// That integer.
  public init(integerLiteral value: Int) { self.init(value) }

  /// Whether the first one is the smaller.
  public static func < (a: Rational, b: Rational) -> Bool {
    a.numerator * b.denominator < b.numerator * a.denominator
  }

  /// `3/7`, or `5` for an integer.
  public var description: String { isInteger ? "\(numerator)" : "\(numerator)/\(denominator)" }
}

extension Rational {
  /// Reads `3/7`, `0.25`, `1e9` or `-2.5e-3`, exactly.
  /// - Returns: nil for anything else, for a zero denominator, and for a power of ten beyond
  ///   10,000.
  public init?(_ text: some StringProtocol) {
    let halves = text.split(separator: "/", omittingEmptySubsequences: false)
    if halves.count == 2 {
      guard let above = BigInteger(halves[0]), let below = BigInteger(halves[1]), below.sign != 0
      else { return nil }
      self.init(above, below)
    } else {
      self.init(decimal: text)
    }
  }

  private init?(decimal text: some StringProtocol) {
    let lower = text.lowercased()
    let parts = lower.split(separator: "e", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count) else { return nil }
    var power = 0
    if parts.count == 2 {
      let digits = parts[1].hasPrefix("+") ? parts[1].dropFirst() : parts[1]
      guard let exponent = Int(digits), !digits.hasPrefix("+"), exponent.magnitude <= 100_000
      else { return nil }
      power = exponent
    }
    let figures = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(figures.count) else { return nil }
    let fraction = figures.count == 2 ? figures[1] : ""
    guard let digits = BigInteger(figures[0] + fraction), figures.count == 1 || !fraction.isEmpty,
      !fraction.hasPrefix("-"), !figures[0].isEmpty, figures[0] != "-"
    else { return nil }
    let scale = power - fraction.utf8.count
    let ten = BigInteger(10)
    self =
      scale >= 0 ? Rational(digits * ten.power(scale)) : Rational(digits, ten.power(-scale))
  }
}
