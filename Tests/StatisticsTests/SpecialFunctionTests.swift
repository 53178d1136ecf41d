import Foundation
import Randomness
import Statistics
import Testing

@Suite struct SpecialFunctionTests {
  @Test func logGammaMatchesTheTable() throws {
    let url = try #require(
      Bundle.module.url(forResource: "Reference/log_gamma", withExtension: "csv"))
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst()
    var worst = WorstError()
    for line in lines {
      let fields = try line.split(separator: ",").map { try #require(Double($0), "\(line)") }
      worst.note(logGamma(fields[0]), fields[1], "\(line)")
    }
    #expect(lines.count == 28)
    #expect(worst.error <= 2e-15, "\(worst)")
  }

  @Test func closedForms() {
    for x in [0.001, 0.2, 0.5, 0.9, 0.999] {
      #expect(abs(regularizedBeta(x, a: 1, b: 1).lower / x - 1) < 1e-14)
      #expect(abs(regularizedBeta(x, a: 3, b: 1).lower / pow(x, 3) - 1) < 1e-14)
      #expect(abs(regularizedGamma(shape: 1, x).upper / exp(-x) - 1) < 1e-14)
    }
  }

  @Test func endsOfTheDomain() {
    #expect(regularizedBeta(0, a: 2, b: 3).lower == 0)
    #expect(regularizedBeta(1, a: 2, b: 3).upper == 0)
    #expect(regularizedGamma(shape: 2, 0).lower == 0)
    #expect(regularizedGamma(shape: 2, .infinity).upper == 0)
  }

  @Test func programmerErrorsTrap() async {
    await #expect(processExitsWith: .failure) { _ = logGamma(0) }
    await #expect(processExitsWith: .failure) { _ = regularizedBeta(1.5, a: 1, b: 1) }
    await #expect(processExitsWith: .failure) { _ = regularizedGamma(shape: -1, 1) }
  }
}
