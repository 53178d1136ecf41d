import Randomness
import Testing

@testable import Bounds

@Suite struct CountLawTests {
  private struct Case {
    let law: CountLaw
    let weights: [Rational]
  }

  /// P[exactly j] for every j by enumeration: each set of outcomes by itself.
  private static func binomial(_ trials: Int, _ p: Rational) -> [Rational] {
    var weights = [Rational](repeating: 0, count: trials + 1)
    for outcome in 0..<1 << trials {
      let count = outcome.nonzeroBitCount
      weights[count] = weights[count] + p.power(count) * (1 - p).power(trials - count)
    }
    return weights
  }

  /// The same for draws without replacement: each set of that many nodes by itself; the low ones
  /// are faulty.
  private static func drawn(_ trials: Int, _ successes: Int, _ failures: Int) -> [Rational] {
    var counts = [Int](repeating: 0, count: trials + 1)
    for set in 0..<1 << (successes + failures) where set.nonzeroBitCount == trials {
      counts[(set & (1 << successes - 1)).nonzeroBitCount] += 1
    }
    let total = counts.reduce(0, +)
    return counts.map { Rational($0, total) }
  }

  private static let cases: [Case] = {
    var cases: [Case] = []
    for trials in [0, 1, 2, 5, 9] {
      for p in [Rational(0), Rational(1, 10), Rational(2, 7), Rational(1, 2), Rational(1)] {
        cases.append(
          Case(
            law: CountLaw(trials: trials, probability: p), weights: binomial(trials, p)))
      }
      for (successes, failures) in [(0, 9), (1, 8), (3, 7), (6, 5), (9, 0)] {
        cases.append(
          Case(
            law: CountLaw(drawn: trials, successes: successes, failures: failures),
            weights: drawn(trials, successes, failures)))
      }
    }
    return cases
  }()

  @Test("tails are the sums over all outcomes, or sets of nodes")
  func enumeration() throws {
    for item in Self.cases {
      let trials = item.law.trials
      for j in -1...trials + 1 {
        let below = item.weights.prefix(max(0, j + 1)).reduce(0, +)
        let above = item.weights.dropFirst(max(0, j)).reduce(0, +)
        #expect(item.law.atMost(j, form: .fraction) == .exact(below))
        #expect(item.law.atLeast(j, form: .fraction) == .exact(above))
        #expect(item.law.atMost(j, form: .digits).enclosure().contains(below))
        // 0 and 1 need no sum.
        if j >= 0, below.sign > 0, above > item.weights[min(j, trials)] {
          let enclosed = item.law.enclosedAtMost(j)
          #expect(enclosed.contains(below), "\(item.law) \(j)")
          #expect(enclosed.relativeWidth < Rational(.powerOfTwo(120)).power(-1))
        }
      }
    }
  }

  @Test("the enclosed sum agrees with the exact one where both can be had")
  func bothWays() throws {
    var stream = RandomStream(StreamKey(seed: 41)["tails"])
    for _ in 0..<60 {
      let trials = Int(stream.next() % 900) + 300
      let p = Rational(Int(stream.next() % 999) + 1, 1000)
      let j = Int(stream.next() % UInt64(trials))
      let successes = Int(stream.next() % 5000) + 1200
      for law in [
        CountLaw(trials: trials, probability: p),
        CountLaw(drawn: trials, successes: successes, failures: 2500),
      ] {
        guard case .exact(let exact) = law.atMost(j, form: .fraction) else {
          Issue.record("not exact")
          continue
        }
        guard exact.sign > 0, exact < 1 else { continue }
        let enclosed = law.enclosedAtMost(j)
        #expect(enclosed.contains(exact), "\(law) \(j)")
        #expect(enclosed.relativeWidth < Rational(.powerOfTwo(120)).power(-1))
        // A planted error of one part in 2^100 is outside.
        #expect(!enclosed.contains(exact * (1 + Rational(.powerOfTwo(100)).power(-1))))
      }
    }
  }

  @Test("logarithms of factorials: around the change of method, and far out")
  func factorials() throws {
    for n in [0, 1, 2, 20, 62, 63, 64, 65, 300, 1000] {
      let exact = (1...max(1, n)).reduce(BigInteger(1)) { $0 * BigInteger($1) }
      let logarithm = Enclosure(Rational(exact), bits: 320).logarithm
      let enclosed = Enclosure.logFactorial(n)
      #expect(enclosed.low <= logarithm.high && logarithm.low <= enclosed.high, "\(n)")
      #expect(
        enclosed.high.rational - enclosed.low.rational < Rational(.powerOfTwo(190)).power(-1))
    }
    // PARI/GP 2.15.2: \p 60; lngamma(2^53 + 1), lngamma(10^9 + 1)
    for (n, text) in [
      (1 << 53, "3.2188848345802306535804068673773…e17"),
      (1_000_000_000, "19723265848.2269826079231347453539…"),
    ] {
      let decimal = try #require(CertifiedDecimal(Enclosure.logFactorial(n), digits: 32))
      #expect(decimal.description.hasPrefix(text.prefix(24)), "\(decimal) \(text)")
    }
  }
}

extension Enclosure {
  /// The width over the larger end, for numbers that are not negative.
  var relativeWidth: Rational {
    high.sign == 0 ? 0 : (high.rational - low.rational) / high.rational
  }
}
