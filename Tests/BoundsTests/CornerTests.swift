import Testing

@testable import Bounds

/// Arguments at which a search or a sum meets the end of its range.
@Suite struct CornerTests {
  private func value(_ name: String, _ arguments: [String: Rational]) throws -> BoundValue {
    try #require(Bound.named(name)).value(arguments, form: .digits)
  }

  /// At f = .001 a copy fails once in about 194 times.
  @Test(
    "a billion copies deliver almost certainly, in little memory",
    arguments: [1 << 10, 1 << 20, 1 << 30])
  func copies(_ copies: Int) throws {
    let result = try value(
      "anycast-independent",
      [
        "nodes": 100_000, "digitBits": 4, "copies": Rational(copies), "extraHops": 1,
        "faultyFraction": Rational(1, 1000),
      ]
    ).enclosure()
    #expect(result.high == .one)
    #expect(1 - result.low.rational == 1 / Rational(.powerOfTwo(Enclosure.defaultBits)))
  }

  /// By squaring in 1024 bits.
  @Test("many copies of a rare delivery have all their digits", arguments: [1, 64, 1000])
  func rareCopies(_ copies: Int) throws {
    let result = try value(
      "anycast-independent",
      [
        "nodes": 100_000, "digitBits": 4, "copies": Rational(copies), "extraHops": 0,
        "faultyFraction": Rational(99, 100),
      ]
    ).enclosure()
    let one = try value(
      "forwarding", ["nodes": 100_000, "digitBits": 4, "faultyFraction": Rational(99, 100)]
    ).enclosure()
    func all(_ q: Rational) -> Rational {
      1 - Enclosure(1 - q, bits: 1024).power(copies).low.rational
    }
    let (low, high) = (all(one.low.rational), all(one.high.rational))
    #expect(result.low.rational <= high && low <= result.high.rational)
    #expect(result.high.rational - result.low.rational <= low / Rational(.powerOfTwo(150)))
  }

  /// With r = 1 + d and k = n - 1 the passing probability at f = 0 is
  /// (n (1 - c) + c / r) (c / r)^(n - 1), largest at c = (n - 1) r / (n r - 1).
  @Test(
    "an overload hardly above one is audited worst hardly below c = 1",
    arguments: [1, 2, 12, 31, 40, 57, 60, 300, 1000])
  func smallOverload(_ places: Int) throws {
    let r = 1 + 1 / Rational(10).power(places)
    let arguments: [String: Rational] = [
      "challenges": 24, "passingAnswers": 23, "faultyFraction": 0, "overload": r,
    ]
    let answer = try value("audit-worst-answer", arguments).enclosure()
    let c = 23 * r / (24 * r - 1)
    #expect(answer.contains(c))
    #expect(answer.high.rational - answer.low.rational < 1 / Rational(.powerOfTwo(90)))
    let value = try value("audit-passes-worst", arguments).enclosure()
    #expect(value.contains((24 * (1 - c) + c / r) * (c / r).power(23)))
    #expect(value.high <= .one)
  }

  @Test(
    "the same with faults, and with many challenges",
    arguments: [(24, 23, Rational(1, 10)), (1024, 1000, Rational(1, 4)), (2, 1, Rational(1, 3))])
  func smallOverload(_ challenges: Int, _ passing: Int, _ f: Rational) throws {
    for places in [20, 40, 100] {
      let arguments: [String: Rational] = [
        "challenges": Rational(challenges), "passingAnswers": Rational(passing),
        "faultyFraction": f, "overload": 1 + 1 / Rational(10).power(places),
      ]
      let answer = try value("audit-worst-answer", arguments).enclosure()
      #expect(answer.high <= .one && answer.low.sign >= 0)
      if places <= 40 {
        #expect(answer.high.rational - answer.low.rational < 1 / Rational(.powerOfTwo(60)))
      }
      let worst = try value("audit-passes-worst", arguments).enclosure()
      for c in [Rational(1), Rational(9, 10), answer.low.rational] {
        var here = arguments
        here["answerChance"] = c
        #expect(try value("audit-passes", here).enclosure().low <= worst.high)
      }
    }
  }

  /// With one gap on either side P[ratio <= g] = g / (1 + g).
  @Test("a quantile is enclosed at targets near zero and one", arguments: [1, 30, 300, 1200])
  func quantile(_ places: Int) throws {
    let law = RatioLaw(rootGaps: 1, localGaps: 1, form: .digits)
    let small = 1 / Rational(10).power(places)
    for t in [small, 1 - small] {
      let found = try law.quantile(t)
      #expect(found.contains(t / (1 - t)))
      #expect(found.low.sign > 0)
    }
  }

  @Test("equal ends are one number")
  func equalEnds() throws {
    let none = try value("forwarding-can", ["nodes": 5, "dimensions": 3, "faultyFraction": 0])
    #expect(none == .exact(1))
    let all = try value("forwarding-can", ["nodes": 5, "dimensions": 3, "faultyFraction": 1])
    #expect(all == .exact(0))
  }

  @Test("an enclosure fixes as many digits as its width allows, and they are found at once")
  func digits() throws {
    let narrow = BoundValue.enclosed(Enclosure(Rational(2, 3) / Rational(10).power(18_000)))
    let start = ContinuousClock().now
    let decimal = try #require(narrow.decimal(digits: 1000))
    #expect((55...59).contains(decimal.digitCount))
    #expect(
      decimal.description == "6." + String(repeating: "6", count: decimal.digitCount - 1)
        + "…e-18001")
    #expect(ContinuousClock().now - start < .seconds(5))
    #expect(CertifiedDecimal(Enclosure(from: Rational(1, 3), to: Rational(2, 3))) == nil)
    #expect(
      try #require(
        CertifiedDecimal(Enclosure(from: Rational(2401, 10_000), to: Rational(2499, 10_000)))
      )
      .description == "0.24…")
  }
}
