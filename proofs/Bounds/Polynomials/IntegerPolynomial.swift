/// A polynomial in one variable with integer coefficients of any size.
///
/// - Complexity: sums are linear in the degree, a product is quadratic.
public struct IntegerPolynomial: Hashable, Sendable {
  /// The coefficient of the k-th power at place k; the last one is not zero.
  public let coefficients: [BigInteger]

  /// The polynomial with these coefficients, that of the lowest power first.
  public init(_ coefficients: [BigInteger]) {
    var kept = coefficients
    while let last = kept.last, last.sign == 0 { kept.removeLast() }
    self.coefficients = kept
  }

  /// The variable to a power.
  /// - Precondition: `exponent >= 0`.
  public static func power(_ exponent: Int) -> IntegerPolynomial {
    precondition(exponent >= 0, "a negative power: \(exponent)")
    return IntegerPolynomial([BigInteger](repeating: 0, count: exponent) + [1])
  }

  /// 0.
  public static let zero = IntegerPolynomial([])
  /// 1.
  public static let one = IntegerPolynomial([1])
  /// The variable.
  public static let variable = power(1)

  /// The highest power; nil for 0.
  public var degree: Int? { coefficients.isEmpty ? nil : coefficients.count - 1 }

  /// The sum.
  public static func + (a: IntegerPolynomial, b: IntegerPolynomial) -> IntegerPolynomial {
    let (long, short) = a.coefficients.count < b.coefficients.count ? (b, a) : (a, b)
    var sum = long.coefficients
    for (power, coefficient) in short.coefficients.enumerated() {
      sum[power] = sum[power] + coefficient
    }
    return IntegerPolynomial(sum)
  }

  /// The difference.
  public static func - (a: IntegerPolynomial, b: IntegerPolynomial) -> IntegerPolynomial { a + -b }

  /// The polynomial with every sign turned.
  public static prefix func - (a: IntegerPolynomial) -> IntegerPolynomial {
    IntegerPolynomial(a.coefficients.map { -$0 })
  }

  /// The product.
  public static func * (a: IntegerPolynomial, b: IntegerPolynomial) -> IntegerPolynomial {
    guard !a.coefficients.isEmpty, !b.coefficients.isEmpty else { return .zero }
    var product = [BigInteger](
      repeating: 0, count: a.coefficients.count + b.coefficients.count - 1)
    for (i, x) in a.coefficients.enumerated() where x.sign != 0 {
      for (j, y) in b.coefficients.enumerated() where y.sign != 0 {
        product[i + j] = product[i + j] + x * y
      }
    }
    return IntegerPolynomial(product)
  }

  /// The exact value where the variable is that.
  public func callAsFunction(_ x: Rational) -> Rational {
    guard let degree else { return 0 }
    // All over the denominator to the degree: one fraction is reduced, at the end.
    var value: BigInteger = 0
    var scale: BigInteger = 1
    for coefficient in coefficients.reversed() {
      value = value * x.numerator + coefficient * scale
      scale = scale * x.denominator
    }
    return Rational(value, x.denominator.power(degree))
  }
}

extension IntegerPolynomial: CustomStringConvertible {
  /// `3 q^2 - 2 q^3`, the lowest power first.
  public var description: String {
    var text = ""
    for (power, coefficient) in coefficients.enumerated() where coefficient.sign != 0 {
      let sign = coefficient.sign < 0 ? "-" : text.isEmpty ? "" : "+"
      text += text.isEmpty ? sign : " \(sign) "
      let size = coefficient.magnitude
      let variable = power == 0 ? "" : power == 1 ? "q" : "q^\(power)"
      text +=
        variable.isEmpty ? "\(size)" : size == 1 ? variable : "\(size) \(variable)"
    }
    return text.isEmpty ? "0" : text
  }
}
