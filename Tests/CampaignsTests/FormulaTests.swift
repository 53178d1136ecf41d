import Testing

@testable import Campaigns

/// The closed forms that campaign files may name.
@Suite struct FormulaTests {
  private func value(_ name: String, _ arguments: [String: Double]) throws -> Double {
    try #require(Formula.named(name)).value(arguments)
  }

  @Test func namesAreDistinctAndDocumented() {
    let names = Formula.all.map(\.name)
    #expect(Set(names).count == names.count)
    for formula in Formula.all {
      #expect(!formula.parameters.isEmpty, "\(formula.name)")
      #expect(formula.summary.hasSuffix("."), "\(formula.name)")
      #expect(formula.source.contains("["), "\(formula.name)")
    }
  }

  /// Whatever a campaign file says, a formula gives a number or none; it never stops the program.
  @Test func argumentsOutOfTheDomainGiveNoNumber() {
    let values = [0, 0.25, 1, 2, 2.5, 256, 1e18, -1, .nan, .infinity]
    for formula in Formula.all {
      for first in values {
        for second in values {
          var arguments: [String: Double] = [:]
          for (index, name) in formula.parameters.enumerated() {
            arguments[name] = index % 2 == 0 ? first : second
          }
          _ = formula.value(arguments)
        }
      }
      #expect(formula.value([:]).isNaN, "\(formula.name)")
    }
  }

  @Test func theRowsOfTheFailureTest() throws {
    let point = ["samples": 256, "rootSamples": 32, "densityThreshold": 1.23]
      .merging(["coalitionFraction": 0.3]) { $1 }
    for (name, published) in [
      ("failure-test-alpha", 0.12), ("failure-test-alpha-hidden", 0.77),
      ("failure-test-beta-hidden", 0.001), ("failure-test-minimum-error", 0.0008),
      ("failure-test-minimum-error-hidden", 0.097),
    ] {
      #expect(abs(try value(name, point) / published - 1) < 0.1, "\(name)")
    }
    let gamma = try value(
      "failure-test-threshold",
      ["samples": 256, "rootSamples": 16, "designFraction": 0.18, "targetError": 0.001])
    #expect(abs(gamma - 1.8) < 0.02)
  }

  @Test func theRowsOfTheHopTest() throws {
    let point = ["samples": 256, "coalitionFraction": 0.3, "hopThreshold": 1.03]
    #expect(abs(try value("hop-test-minimum-error", point) - 0.302) < 0.002)
    #expect(abs(try value("hop-test-minimum-error-hidden", point) - 0.357) < 0.002)
    #expect(abs(try value("hop-test-alpha", point) - 0.357) < 0.002)
    #expect(abs(try value("hop-test-beta-hidden", point) - 0.357) < 0.002)
  }

  @Test func theRowsOfTheAlternatives() throws {
    let point = ["groupSize": 32, "faultyFraction": 0.2, "nodes": 1e5, "digitBits": 4]
    #expect(abs(try value("quorum-group", point) - 0.959) < 0.001)
    #expect(abs(try value("quorum-group-lost", point) - 0.041) < 0.001)
    #expect(abs(try value("quorum-groups", point) - 0.840) < 0.001)
    let updates = ["updates": 1, "faultyFraction": 0.1]
    #expect(abs(try value("good-entries", updates) - 0.729) < 1e-12)
    #expect(abs(try value("good-entries-spreading", updates) - 0.729) < 1e-12)
    #expect(try value("good-entries-constrained", updates) == 0.9)
    #expect(try value("closest-id-chance", ["certificates": 1_000, "nodes": 1_000]) == 0.5)
    #expect(
      try value("puzzle-operations", ["zeroBits": 10, "fraction": 0.1, "nodes": 1_000]) == 102_400)
    #expect(try value("certificate-price-targeted", ["nodes": 1_000, "price": 20]) == 20_000)
  }

  /// [Castro02]: .65 with Pastry at b = 4, .42 with Chord, at f = .1 and N = 1e5.
  @Test func theRowsOfForwarding() throws {
    let point = ["nodes": 1e5, "digitBits": 4, "faultyFraction": 0.1, "dimensions": 4]
    #expect(abs(try value("forwarding", point) - 0.646) < 0.001)
    #expect(abs(try value("forwarding-chord", point) - 0.417) < 0.001)
    #expect(abs(try value("forwarding-can", point) - 0.154) < 0.001)
  }
}
