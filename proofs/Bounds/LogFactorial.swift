// log n! for numbers of any size, by Stirling's series with its remainder.

extension Enclosure {
  /// The bits in which logarithms of factorials are taken: enough that the difference of three, of
  /// numbers up to 2^53, is good to 190 bits after the point.
  static let factorialBits = 288

  /// log n!.
  /// - Precondition: `n >= 0`.
  static func logFactorial(_ n: Int) -> Enclosure {
    precondition(n >= 0, "the factorial of \(n)")
    guard n > 63 else { return smallLogFactorials[n] }
    let number = Enclosure(Rational(n), bits: factorialBits)
    let half = Enclosure(Rational(1, 2), bits: factorialBits)
    var sum = (number + half) * number.logarithm - number + halfLogOfTwoPi
    // The error is less than the first term left out, and has its sign.
    let inverse = Enclosure(Rational(1, n), bits: factorialBits)
    let square = inverse * inverse
    var power = inverse
    for coefficient in stirling.dropLast() {
      sum = sum + power * Enclosure(coefficient, bits: factorialBits)
      power = power * square
    }
    let rest = power * Enclosure(stirling[stirling.count - 1], bits: factorialBits)
    return sum
      + Enclosure(min(rest.low, .zero), max(rest.high, .zero), bits: factorialBits)
  }

  /// log (n over k).
  /// - Precondition: `0 <= k <= n`.
  static func logBinomial(_ n: Int, _ k: Int) -> Enclosure {
    precondition(0 <= k && k <= n, "\(n) over \(k)")
    return logFactorial(n) - logFactorial(k) - logFactorial(n - k)
  }

  /// Up to here the terms of Stirling's series do not fall far enough.
  private static let smallLogFactorials: [Enclosure] = {
    let zero = Enclosure(0, bits: factorialBits)
    // A logarithm takes half a millisecond: those of composite numbers are sums.
    var logarithms = [zero, zero]
    for n in 2...63 {
      let divisor = (2..<n).first { n % $0 == 0 }
      logarithms.append(
        divisor.map { logarithms[$0] + logarithms[n / $0] }
          ?? Enclosure(Rational(n), bits: factorialBits).logarithm)
    }
    var sums = [zero]
    for n in 1...63 { sums.append(sums[n - 1] + logarithms[n]) }
    return sums
  }()

  /// B_2j / (2j (2j - 1)) for j = 1, 2, …: the last one bounds the remainder.
  private static let stirling: [Rational] = {
    let count = 21
    // sum over i <= m of (m + 1 over i) B_i = 0.
    var bernoulli: [Rational] = [1]
    for m in 1...2 * count {
      var sum = Rational(0)
      for i in 0..<m { sum = sum + Rational(BigInteger.binomial(m + 1, i)) * bernoulli[i] }
      bernoulli.append(-sum / Rational(m + 1))
    }
    return (1...count).map { j in bernoulli[2 * j] / Rational(2 * j * (2 * j - 1)) }
  }()

  /// (1/2) log 2 pi; pi = 16 atan(1/5) - 4 atan(1/239).
  private static let halfLogOfTwoPi: Enclosure = {
    let bits = factorialBits + 32
    func multiple(_ factor: Int, ofArcTangentOfInverse n: Int) -> Enclosure {
      let square = Enclosure(Rational(1, n * n), bits: bits)
      var power = Enclosure(Rational(factor, n), bits: bits)
      var sum = power
      var odd = 1
      // Terms alternate and fall: the sum is between two partial sums.
      repeat {
        odd += 2
        power = -power * square
        sum = sum + power / Enclosure(Rational(odd), bits: bits)
      } while power.reach.magnitudeExponent > -bits
      let rest = power.reach
      return sum.widened(by: rest)
    }
    let pi = multiple(16, ofArcTangentOfInverse: 5) - multiple(4, ofArcTangentOfInverse: 239)
    let logarithm = (pi * Enclosure(2, bits: bits)).logarithm
    let half = logarithm * Enclosure(Rational(1, 2), bits: bits)
    return Enclosure(half.low, half.high, bits: factorialBits)
  }()
}
