import Testing

@testable import Bounds

/// Monotonicity, limits, and what bounds say about each other.
@Suite struct LimitTests {
  private func value(
    _ name: String, _ arguments: [String: Rational]
  ) throws -> Enclosure {
    try #require(Bound.named(name)).value(arguments).enclosure()
  }

  /// The values of a bound along one parameter.
  private func sweep(
    _ name: String, _ fixed: [String: Rational], _ parameter: String, _ values: [Rational]
  ) throws -> [Enclosure] {
    try values.map { value in
      var arguments = fixed
      arguments[parameter] = value
      return try self.value(name, arguments)
    }
  }

  private func falls(_ values: [Enclosure]) -> Bool {
    zip(values, values.dropFirst()).allSatisfy { $0.low > $1.high }
  }

  private func rises(_ values: [Enclosure]) -> Bool { falls(values.reversed()) }

  private static let fractions = (1...9).map { Rational($0, 20) }

  @Test("more faults, less delivery; more copies, more")
  func delivery() throws {
    let overlay: [String: Rational] = ["nodes": 100_000, "digitBits": 4]
    #expect(falls(try sweep("forwarding", overlay, "faultyFraction", Self.fractions)))
    let secure = overlay.merging(
      ["leafSetSize": 16, "samples": 64, "densityThreshold": 2, "copies": 8, "extraHops": 1]
    ) { $1 }
    #expect(
      falls(try sweep("secure-routing-independent", secure, "faultyFraction", Self.fractions)))
    let copies = overlay.merging(["extraHops": 1, "faultyFraction": Rational(1, 4)]) { $1 }
    #expect(rises(try sweep("anycast-independent", copies, "copies", [1, 2, 4, 8, 16, 32])))
    for name in ["forwarding", "forwarding-chord"] {
      var none: [String: Rational] = ["nodes": 1000, "faultyFraction": 0]
      if name == "forwarding" { none["digitBits"] = 4 }
      #expect(try value(name, none) == Enclosure(1))
      none["faultyFraction"] = 1
      #expect(try value(name, none) == Enclosure(0))
    }
    // One copy without extra hops is one route; without redundancy nothing is gained.
    let one = overlay.merging(["copies": 1, "extraHops": 0, "faultyFraction": Rational(1, 7)]) {
      $1
    }
    let route = try value(
      "forwarding", overlay.merging(["faultyFraction": Rational(1, 7)]) { $1 })
    let anycast = try value("anycast-independent", one)
    #expect(anycast.low <= route.high && route.low <= anycast.high)
  }

  @Test("without replacement tends to the binomial limit from the side that it must")
  func replacement() throws {
    let limit = Rational(9, 10).power(5)
    var last = Rational(0)
    for nodes in [100, 1000, 100_000, 1_000_000_000, 1_000_000_000_000_000] {
      let finite = try #require(Bound.named("forwarding-finite")).value([
        "nodes": Rational(nodes), "faultyNodes": Rational(nodes / 10), "hops": 5,
      ])
      guard case .exact(let exact) = finite else {
        Issue.record("not exact")
        continue
      }
      // Drawing a correct node makes the next one more likely faulty.
      #expect(last < exact && exact < limit)
      // Off by about h (h - 1) f / (2 N (1 - f)).
      #expect(limit - exact < Rational(2, nodes))
      last = exact
    }
    let quorum: [String: Rational] = ["groupSize": 20]
    let infinite = try value(
      "quorum-group", quorum.merging(["faultyFraction": Rational(1, 5)]) { $1 })
    let large = try value(
      "quorum-group-finite",
      quorum.merging(["nodes": 1, "faultyNodes": 0]) { $1 }
        .merging(["nodes": 5_000_000_000_000, "faultyNodes": 1_000_000_000_000]) { $1 })
    #expect(infinite.low.rational - large.low.rational < Rational(1, 1_000_000_000))
    #expect(large.low > infinite.high)
  }

  @Test("the failure test: alpha falls and beta rises with gamma, and hiding makes both worse")
  func failureTest() throws {
    let fixed: [String: Rational] = ["samples": 64, "rootSamples": 16]
    let hidden = fixed.merging(["coalitionFraction": Rational(1, 4)]) { $1 }
    let thresholds = (2...12).map { Rational($0, 4) }
    let alpha = try sweep("failure-test-alpha", fixed, "densityThreshold", thresholds)
    let worse = try sweep("failure-test-alpha-hidden", hidden, "densityThreshold", thresholds)
    let beta = try sweep("failure-test-beta", hidden, "densityThreshold", thresholds)
    let forged = try sweep("failure-test-beta-hidden", hidden, "densityThreshold", thresholds)
    #expect(falls(alpha) && falls(worse) && rises(beta) && rises(forged))
    #expect(zip(alpha, worse).allSatisfy { $0.high < $1.low })
    #expect(zip(beta, forged).allSatisfy { $0.high < $1.low })
    for (threshold, expected) in [(0, 1), (0, 1)] as [(Rational, Rational)] {
      #expect(
        try value("failure-test-alpha", fixed.merging(["densityThreshold": threshold]) { $1 })
          .contains(expected))
    }
  }

  @Test("the minimum error is where alpha meets beta, and no threshold does better on both")
  func minimumError() throws {
    for (k, n, c) in [(4, 16, Rational(1, 5)), (32, 256, Rational(3, 10)), (1, 1, Rational(1, 2))] {
      let test: [String: Rational] = ["samples": Rational(n), "rootSamples": Rational(k)]
      let error = try value(
        "failure-test-minimum-error-hidden", test.merging(["coalitionFraction": c]) { $1 })
      for step in 1...80 {
        let gamma = Rational(step, 16)
        let arguments = test.merging(["coalitionFraction": c, "densityThreshold": gamma]) { $1 }
        let alpha = try value("failure-test-alpha-hidden", arguments)
        let beta = try value("failure-test-beta-hidden", arguments)
        #expect(max(alpha.high, beta.high) >= error.low)
        #expect(min(alpha.low, beta.low) <= error.high)
      }
    }
  }

  @Test("beyond the limit samples do not help, below it they do")
  func separability() throws {
    let limit = try value("failure-test-limit", ["hidingAtKey": 1, "hidingAtSender": 1])
    // c = (1 - c)^2 at the limit: its ends are on both sides.
    func excess(_ c: Rational) -> Rational { c - (1 - c).power(2) }
    #expect(excess(limit.low.rational) <= 0 && excess(limit.high.rational) >= 0)
    for (c, helps) in [(Rational(37, 100), true), (Rational(39, 100), false)] {
      let errors = try [64, 512, 4096].map { n in
        try value(
          "failure-test-minimum-error-hidden",
          ["samples": Rational(n), "rootSamples": Rational(n), "coalitionFraction": c])
      }
      #expect(helps ? falls(errors) : rises(errors))
    }
    #expect(try value("failure-test-limit", ["hidingAtKey": 0, "hidingAtSender": 1]).double == 0.5)
    #expect(try value("failure-test-limit", ["hidingAtKey": 0, "hidingAtSender": 0]).double == 1)
  }

  @Test("a threshold made for a target meets it: the test with it, rounded, is that close")
  func threshold() throws {
    for (k, n, c, t) in [
      (16, 256, Rational(9, 50), Rational(1, 1000)), (5, 5, Rational(1, 2), Rational(1, 2)),
      (300, 20, Rational(1, 10), Rational(99, 100)), (1, 1, Rational(1, 3), Rational(1, 1 << 40)),
    ] {
      let gamma = try value(
        "failure-test-threshold",
        [
          "samples": Rational(n), "rootSamples": Rational(k), "designFraction": c,
          "targetError": t,
        ])
      let law = RatioLaw(rootGaps: k, localGaps: n, form: .digits)
      let scale = c / (1 - c)
      #expect(law.atMost(gamma.low.rational * scale).enclosure().low.rational <= t)
      #expect(law.atMost(gamma.high.rational * scale).enclosure().high.rational >= t)
      #expect(gamma.relativeWidth < Rational(1, 1 << 60))
    }
    // k = n and half: the median of a ratio of equals is 1.
    let median = try value(
      "failure-test-threshold",
      [
        "samples": 7, "rootSamples": 7, "designFraction": Rational(1, 2),
        "targetError": Rational(1, 2),
      ])
    #expect(median.contains(Rational(1)))
  }

  @Test("gamma is rounded to 2^-20 where a test would, and nowhere else")
  func rounding() throws {
    let step = Rational(1, 1 << 20)
    let test: [String: Rational] = ["samples": 10, "rootSamples": 3]
    func alpha(_ gamma: Rational) throws -> Enclosure {
      try value("failure-test-alpha", test.merging(["densityThreshold": gamma]) { $1 })
    }
    let below = Rational(3, 2) + step * Rational(499, 1000)
    let above = Rational(3, 2) + step * Rational(1, 2)
    #expect(try alpha(Rational(3, 2)) == alpha(below))
    #expect(try alpha(Rational(3, 2)).low > alpha(above).high)
    #expect(try alpha(Rational(3, 2) + step) == alpha(above))
  }

  @Test("contacts: one fewer would miss the target")
  func contacts() throws {
    for f in Self.fractions {
      for t in [Rational(1, 10), Rational(1, 8), Rational(1, 1_000_000)] {
        let count = try value("bootstrap-contacts", ["faultyFraction": f, "targetError": t])
        let b = try #require(count.low.rational.numerator.int)
        #expect(f.power(b) <= t && f.power(b - 1) > t)
        let finite = try value(
          "bootstrap-contacts-finite",
          ["nodes": 200, "faultyNodes": f * Rational(200), "targetError": t])
        let fewer = try #require(finite.low.rational.numerator.int)
        #expect(fewer <= b)
        let faulty = try #require((f * Rational(200)).numerator.int)
        func chance(_ count: Int) -> Rational {
          (0..<count).reduce(1) { $0 * Rational(faulty - $1, 200 - $1) }
        }
        #expect(chance(fewer) <= t && chance(fewer - 1) > t)
      }
    }
    #expect(
      try value("bootstrap-contacts", ["faultyFraction": 0, "targetError": Rational(1, 2)])
        .contains(Rational(1)))
  }

  @Test("an audited node never passes more often than with its best answer probability")
  func audits() throws {
    for (f, r) in [(Rational(1, 4), Rational(6, 5)), (Rational(0), 3), (Rational(1, 2), 1)] {
      let audit: [String: Rational] = [
        "challenges": 12, "passingAnswers": 6, "faultyFraction": f, "overload": r,
      ]
      let worst = try value("audit-passes-worst", audit)
      var largest = Rational(0)
      for step in 0...50 {
        let passes = try #require(Bound.named("audit-passes")).value(
          audit.merging(["answerChance": Rational(step, 50)]) { $1 })
        guard case .exact(let exact) = passes else {
          Issue.record("not exact")
          continue
        }
        #expect(exact <= worst.high.rational)
        largest = max(largest, exact)
      }
      // A grid of 1/50 misses the top by little.
      #expect(worst.low.rational < largest * Rational(101, 100))
    }
  }

  @Test("anonymizer sets: two members fewer are too few")
  func anonymizers() throws {
    for nodes in [100, 10_000, 1_000_000_000] {
      for f in [Rational(1, 10), Rational(1, 5), Rational(2, 5)] {
        let arguments: [String: Rational] = ["nodes": Rational(nodes), "faultyFraction": f]
        let size = try value("anonymizer-set-size", arguments).low.rational
        let enough = try value("anonymizer-bad-sets", arguments.merging(["setSize": size]) { $1 })
        let fewer = try value(
          "anonymizer-bad-sets", arguments.merging(["setSize": size - 2]) { $1 })
        #expect(enough.high < .one && fewer.low >= .one)
      }
    }
  }

  @Test("capture: the share is reached with that many certificates and not with one fewer")
  func capture() throws {
    for nodes in [1, 10, 999] {
      for q in [Rational(0), Rational(1, 10), Rational(1, 2), Rational(99, 100)] {
        let price = try value(
          "capture-price", ["nodes": Rational(nodes), "fraction": q, "price": 1])
        let m = price.low.rational
        #expect(m / (m + Rational(nodes)) >= q)
        if m.sign > 0 { #expect((m - 1) / (m - 1 + Rational(nodes)) < q) }
      }
    }
  }
}
