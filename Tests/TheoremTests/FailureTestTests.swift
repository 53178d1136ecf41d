import SecureRouting
import Testing

/// A fraction with a small denominator; what it says is decided in whole numbers.
private struct Fraction: Sendable {
  let numerator: Int
  let denominator: Int

  var value: Double { Double(numerator) / Double(denominator) }
}

/// Up to which coalition a threshold exists: the implementation, or one with a planted error.
private struct Limit: Sendable {
  /// Whether the design accepts a coalition of this fraction.
  var isSeparable: @Sendable (Double, HidingSides) -> Bool = { c, sides in
    SequentialDensityTest(
      localGaps: 64, maximumSamples: 1, designFraction: c, hiding: sides, falseAlarm: 0.01,
      forgery: 0.01) != nil
  }

  func verdict(
    _ sides: [HidingSides], _ expected: (_ p: Int, _ q: Int) -> Bool
  ) -> Verdict {
    var verdict = Verdict()
    for one in fractions {
      for sides in sides {
        verdict.check(
          isSeparable(one.value, sides) == expected(one.numerator, one.denominator),
          "c = \(one.numerator)/\(one.denominator), sides \(sides.rawValue)")
      }
    }
    return verdict
  }
}

/// All p/q with small q, and quotients of Fibonacci numbers: none is closer to the limit of both
/// sides, (3 - sqrt 5)/2, than every second of those, from below and from above in turn.
private let fractions: [Fraction] = {
  var found: [Fraction] = []
  for q in 2...60 {
    for p in 1..<q { found.append(Fraction(numerator: p, denominator: q)) }
  }
  var (a, b, c) = (1, 1, 2)
  while c < 100_000_000 {
    if a < c { found.append(Fraction(numerator: a, denominator: c)) }
    (a, b, c) = (b, c, b + c)
  }
  return found
}()

/// Three statements of proofs/coq/FailureTest.v.
@Suite struct FailureTestTheoremTests {
  /// c < (1 - c)^2, times q^2.
  private static func isBelow(_ p: Int, _ q: Int) -> Bool { p * q < (q - p) * (q - p) }

  @Test("failure_test_limit: hiding on both sides, a threshold exists iff c < (1 - c)^2")
  func failureTestLimit() {
    Limit().verdict([.both], Self.isBelow).expectHolds(atLeast: 1_500)
    for one in fractions {
      let (p, q) = (one.numerator, one.denominator)
      // c^2 - 3c + 1 > 0, and 5 < (3 - 2c)^2 with 3 - 2c > 0, times q^2.
      #expect(Self.isBelow(p, q) == (p * p - 3 * p * q + q * q > 0))
      #expect(
        Self.isBelow(p, q) == (3 * q > 2 * p && 5 * q * q < (3 * q - 2 * p) * (3 * q - 2 * p)))
    }
  }

  /// With a million samples on both sides both errors vanish below the limit, and not above it.
  @Test("failure_test_limit: the balanced error vanishes below the limit and not above it")
  func errorsVanishBelowTheLimit() {
    for one in fractions where one.denominator <= 24 && one.numerator * 16 > one.denominator {
      // So near to the limit that a million samples do not tell.
      if abs(one.value * one.value - 3 * one.value + 1) < 0.02 { continue }
      let balanced = RoutingFailureTest.balancedThreshold(
        rootGaps: 1 << 20, localGaps: 1 << 20, coalitionFraction: one.value, hiding: .both)
      let isBelow = Self.isBelow(one.numerator, one.denominator)
      #expect(isBelow ? balanced.error < 1e-6 : balanced.error > 0.5, "\(one)")
      let (low, high) = (1 / (1 - one.value), (1 - one.value) / one.value)
      #expect(
        (low < balanced.densityThreshold && balanced.densityThreshold < high) == isBelow, "\(one)")
    }
  }

  @Test("failure_test_limit: mutants are caught")
  func failureTestLimitMutants() {
    for limit in [0.38, 0.381_966, 0.382, 0.5] {
      Limit(isSeparable: { c, _ in c < limit }).verdict([.both], Self.isBelow).expectCaught()
    }
  }

  @Test("failure_test_open: without hiding, a threshold exists for every c below 1")
  func failureTestOpen() {
    Limit().verdict([[]]) { $0 < $1 }.expectHolds(atLeast: 1_500)
  }

  @Test("failure_test_open: mutants are caught")
  func failureTestOpenMutants() {
    Limit(isSeparable: { c, _ in c < 0.98 }).verdict([[]]) { $0 < $1 }.expectCaught()
  }

  @Test("failure_test_one_side: hiding on one side, a threshold exists iff c < 1/2")
  func failureTestOneSide() {
    Limit().verdict([.root, .sender]) { 2 * $0 < $1 }.expectHolds(atLeast: 3_000)
  }

  @Test("failure_test_one_side: mutants are caught")
  func failureTestOneSideMutants() {
    // Not strict: at 1/2 both ratios are the same.
    Limit(isSeparable: { c, _ in c <= 0.5 }).verdict([.root, .sender]) { 2 * $0 < $1 }
      .expectCaught()
    Limit(isSeparable: { c, _ in c < 0.49 }).verdict([.root, .sender]) { 2 * $0 < $1 }
      .expectCaught()
  }
}
