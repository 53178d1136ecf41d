/// Elementary functions made of IEEE 754 basic operations alone.
///
/// `log`, `exp` and `asin` of C libraries differ in the last bit between platforms, and one such
/// bit can swap two events. These give the same bits everywhere: additions, multiplications,
/// divisions and square roots are exactly rounded, and Swift never fuses them.
enum PortableMath {
  /// ln 2 in two parts; multiples of the first up to 2^11 are exact.
  private static let ln2High = 0x1.62E42FEEp-1
  private static let ln2Low = 0x1.A39EF35793C76p-33

  /// The natural logarithm, within 2 units in the last place of a result above 1e-3.
  /// - Precondition: `x` is positive, normal and finite.
  static func log(_ x: Double) -> Double {
    assert(x.isNormal && x > 0, "log of \(x)")
    var exponent = Double(x.exponent)
    var mantissa = x.significand
    if mantissa > 0x1.6A09E667F3BCDp0 {
      mantissa /= 2
      exponent += 1
    }
    let s = (mantissa - 1) / (mantissa + 1)
    let z = s * s
    // atanh: s + s^3/3 + ...; s^2 <= .0295, so the first term left out is below 1e-18 of s.
    var series = 0.0
    var divisor = 23.0
    while divisor >= 3 {
      series = series * z + 1 / divisor
      divisor -= 2
    }
    let tail = 2 * s * (series * z) + exponent * ln2Low
    return exponent * ln2High + (2 * s + tail)
  }

  /// e to the power `x`; 0 below -700 and the largest finite number above 709.
  static func exp(_ x: Double) -> Double {
    if x < -700 { return 0 }
    if x > 709 { return .greatestFiniteMagnitude }
    let multiple = (x * 0x1.71547652B82FEp0).rounded()
    let r = (x - multiple * ln2High) - multiple * ln2Low
    // Taylor to r^14 with |r| <= .35: the first term left out is below 1e-19.
    var sum = 1.0
    var divisor = 14.0
    while divisor >= 1 {
      sum = 1 + sum * r / divisor
      divisor -= 1
    }
    return sum * Double(sign: .plus, exponent: Int(multiple), significand: 1)
  }

  /// `base` to the power `exponent`; relative error about 1e-16 times |exponent * ln base|.
  /// - Precondition: `base` is positive, normal and finite.
  static func power(_ base: Double, _ exponent: Double) -> Double {
    exp(exponent * log(base))
  }

  /// The arc sine of a number in 0...1, within 2 units in the last place.
  ///
  /// The rational approximation of fdlibm's `e_asin.c`, Sun Microsystems 1993.
  static func arcSine(_ x: Double) -> Double {
    if x <= 0.5 { return x + x * arcSineTerm(x * x) }
    let z = (1 - x) / 2
    let root = z.squareRoot()
    return .pi / 2 - 2 * (root + root * arcSineTerm(z))
  }

  private static func arcSineTerm(_ z: Double) -> Double {
    let p3 = 2.01212532134862925881e-01 + z * (-4.00555345006794114027e-02 + z * p5(z))
    let p = z * (1.66666666666666657415e-01 + z * (-3.25565818622400915405e-01 + z * p3))
    let q2 = 2.02094576023350569471e+00 + z * (-6.88283971605453293030e-01 + z * q4)
    return p / (1 + z * (-2.40339491173441421878e+00 + z * q2))
  }

  private static func p5(_ z: Double) -> Double {
    7.91534994289814532176e-04 + z * 3.47933107596021167570e-05
  }

  private static let q4 = 7.70381505559019352791e-02

  /// The gamma function for `x >= 1`, relative error below 1e-12 up to 12.
  ///
  /// Lanczos approximation with g = 7 and nine coefficients.
  static func gamma(_ x: Double) -> Double {
    assert(x >= 1, "gamma of \(x)")
    let y = x - 1
    var sum = 0.99999999999980993
    sum += 676.5203681218851 / (y + 1)
    sum += -1259.1392167224028 / (y + 2)
    sum += 771.32342877765313 / (y + 3)
    sum += -176.61502916214059 / (y + 4)
    sum += 12.507343278686905 / (y + 5)
    sum += -0.13857109526572012 / (y + 6)
    sum += 9.9843695780195716e-6 / (y + 7)
    sum += 1.5056327351493116e-7 / (y + 8)
    let t = y + 7.5
    return 2.5066282746310002 * power(t, y + 0.5) * exp(-t) * sum
  }
}
