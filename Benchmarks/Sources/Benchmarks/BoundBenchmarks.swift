import Bounds

/// Exact arithmetic: the tables and single values that a designer asks for.
enum BoundBenchmarks {
  static func rows() throws -> [Row] {
    [try failureTestTable(), try largeOverlays(), try enclosures()]
  }

  private static func value(_ name: String, _ arguments: [(String, Rational)]) throws -> BoundValue
  {
    guard let bound = Bound.named(name) else { fatalError("there is no bound \(name)") }
    return try bound.value(Dictionary(uniqueKeysWithValues: arguments), form: .digits)
  }

  /// alpha and beta without hiding and with, over c, gamma, four n and two k, each where it varies.
  private static func failureTestTable() throws -> Row {
    let seconds = try Measurement.seconds {
      for n in [32, 64, 128, 256] {
        for k in [16, 32] {
          for hundredths in 50...500 {
            let test: [(String, Rational)] = [
              ("samples", Rational(n)), ("rootSamples", Rational(k)),
              ("densityThreshold", Rational(hundredths, 100)),
            ]
            _ = try value("failure-test-alpha", test)
            for c in 0...40 {
              let all = test + [("coalitionFraction", Rational(c, 100))]
              for name in ["alpha-hidden", "beta", "beta-hidden"] {
                _ = try value("failure-test-" + name, all)
              }
            }
          }
        }
      }
    }
    return Row(
      name: "failure test, 147,928 points, four errors each", value: seconds, unit: "s",
      good: .atMost(30))
  }

  private static func largeOverlays() throws -> Row {
    let billion = Rational(1_000_000_000)
    let calls: [(String, [(String, Rational)])] = [
      ("forwarding", [("nodes", billion), ("digitBits", 4), ("faultyFraction", Rational(1, 10))]),
      (
        "replica-loss-finite",
        [("replicas", 8), ("nodes", billion), ("faultyNodes", Rational(250_000_000))]
      ),
      ("closest-id-chance", [("certificates", 1000), ("nodes", billion)]),
    ]
    let seconds = try Measurement.medianSeconds {
      for (name, arguments) in calls { _ = try value(name, arguments) }
    }
    return Row(
      name: "bounds at N = 1e9, each", value: seconds / Double(calls.count) * 1e3, unit: "ms",
      good: .atMost(10))
  }

  private static func enclosures() throws -> Row {
    let numbers = (1...200).map { Enclosure(Rational($0, 7)) }
    let seconds = Measurement.medianSeconds {
      for number in numbers { _ = number.logarithm.exponential }
    }
    return Row(
      name: "logarithm and exponential to 192 bits", value: seconds / 200 * 1e6, unit: "us")
  }
}
