import Foundation
import ProtocolTime
import Testing

@testable import Pastry

/// The tuned probe period: the portable exponential, the loss formula of [Castro04] and its bounds.
@Suite struct ProbeCycleTests {
  static let wide = TimeSpan.seconds(1)...TimeSpan.hours(100)

  static func period(
    rate: Double, target: Double = 0.05, hops: Double = 3,
    bounds: ClosedRange<TimeSpan> = wide
  ) -> TimeSpan {
    ProbeCycle.period(
      rate: rate, hops: hops, target: target, leafSetDelay: 39, tableDelay: 9, bounds: bounds)
  }

  @Test func decayIsTheExponential() {
    // From 40-digit arithmetic.
    let known = [
      (0.0, 1.0), (0.5, 0.606_530_659_712_633_423_6), (1.0, 0.367_879_441_171_442_321_6),
      (2.0, 0.135_335_283_236_612_691_9), (10.0, 4.539_992_976_248_485_15e-5),
      (32.0, 1.266_416_554_909_417_57e-14), (50.0, 1.928_749_847_963_917_78e-22),
    ]
    for (x, value) in known {
      #expect(abs(ProbeCycle.decay(x) - value) <= 1e-12 * value, "exp(-\(x))")
    }
    for step in 0...5_000 {
      let x = Double(step) / 100
      let value = exp(-x)
      if abs(ProbeCycle.decay(x) - value) > 1e-12 * value { Issue.record("exp(-\(x))") }
    }
    #expect(ProbeCycle.decay(700) > 0)
    #expect(ProbeCycle.decay(1e300) == ProbeCycle.decay(700))
    #expect(ProbeCycle.decay(.infinity) == ProbeCycle.decay(700))
  }

  @Test func deadFractionIsTheMeanOverAPeriod() {
    #expect(ProbeCycle.deadFraction(0, 1) == 0)
    #expect(ProbeCycle.deadFraction(1, 0) == 0)
    // 1 - (1 - exp(-1)) = exp(-1).
    #expect(abs(ProbeCycle.deadFraction(2, 0.5) - 0.367_879_441_171_442_3) < 1e-12)
    #expect(ProbeCycle.deadFraction(1e9, 1) > 0.999_999_99)
    // The mean of 1 - exp(-t mu) over the period, by the midpoint rule.
    for x in [1e-3, 0.1, 0.7, 3, 20] {
      let steps = 20_000
      let sum = (0..<steps).reduce(0.0) { $0 + 1 - exp(-x * (Double($1) + 0.5) / Double(steps)) }
      #expect(abs(ProbeCycle.deadFraction(x, 1) - sum / Double(steps)) < 1e-6 * x)
    }
  }

  @Test func deadFractionGrowsWithItsArgument() {
    var last = -1.0
    for step in 0..<400 {
      let x = 1e-6 * pow(1.05, Double(step))
      let next = ProbeCycle.deadFraction(x, 1)
      if next <= last { Issue.record("\(x): \(next) after \(last)") }
      last = next
    }
    let below = ProbeCycle.deadFraction(0.999_999e-4, 1)
    let above = ProbeCycle.deadFraction(1.000_001e-4, 1)
    #expect(below < above)
  }

  @Test func thePeriodFallsWithTheRateAndGrowsWithTheTarget() {
    var last = TimeSpan.max
    for step in 0...60 {
      let next = Self.period(rate: 1e-8 * pow(1.3, Double(step)))
      if last < next { Issue.record("step \(step): \(next) after \(last)") }
      last = next
    }
    last = .zero
    for target in [0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9] {
      let next = Self.period(rate: 1e-5, target: target)
      #expect(last <= next, "target \(target)")
      last = next
    }
    #expect(Self.period(rate: 1e-5, hops: 5) < Self.period(rate: 1e-5, hops: 1.5))
  }

  @Test func thePeriodIsTheLongestThatKeepsTheTarget() {
    let rate = 1.0 / 7_200
    let period = Self.period(rate: rate, target: 0.05, hops: 3)
    func loss(_ seconds: Double) -> Double {
      let dead = { (x: Double) in 1 - (1 - exp(-x)) / x }
      return 1 - (1 - dead(39 * rate)) * pow(1 - dead((seconds + 9) * rate), 3)
    }
    #expect(loss(period.seconds) <= 0.05)
    #expect(loss(period.seconds + 1) > 0.05)
  }

  @Test func thePeriodStaysWithinItsBounds() {
    let configured = TimeSpan.seconds(20)...TimeSpan.hours(2)
    let odd = TimeSpan.milliseconds(500)...TimeSpan.milliseconds(2_500)
    for bounds in [configured, odd, .seconds(7)...TimeSpan.seconds(7)] {
      for exponent in -12...6 {
        for target in [0, 1e-6, 0.05, 1] {
          let period = Self.period(
            rate: pow(10, Double(exponent)), target: target, bounds: bounds)
          #expect(bounds.contains(period), "\(period), rate 1e\(exponent), target \(target)")
        }
      }
      #expect(bounds.contains(Self.period(rate: 0, bounds: bounds)))
    }
    #expect(Self.period(rate: 0, bounds: configured) == .hours(2))
    #expect(Self.period(rate: 1, bounds: configured) == .seconds(20))
  }

  @Test func theFailureRateLooksBackAtSixteenFailures() {
    var cycle = ProbeCycle()
    cycle.startedAt = .zero + .seconds(100)
    func expectRate(_ perSecond: Double, at second: UInt64, line: Int = #line) {
      let rate = cycle.failureRate(peers: 10, at: .zero + .seconds(second))
      #expect(abs(rate - perSecond / 10) < 1e-12, "line \(line)")
    }
    #expect(cycle.failureRate(peers: 0, at: .zero + .hours(1)) == 0)
    // None seen: as if one happened now. A node that has just started has 600 quiet seconds.
    expectRate(1.0 / 1_000, at: 1_100)
    expectRate(1.0 / 600, at: 101)
    expectRate(1.0 / 600, at: 0)
    for second in 0..<15 as Range<UInt64> {
      cycle.recordFailure(at: .zero + .seconds(200 + second))
    }
    expectRate(16.0 / 1_000, at: 1_100)
    cycle.recordFailure(at: .zero + .seconds(300))
    expectRate(16.0 / 1_000, at: 1_200)
    cycle.recordFailure(at: .zero + .seconds(301))
    expectRate(16.0 / 1_000, at: 1_201)
    expectRate(16.0 / 500, at: 701)
    // At least one second, also with a clock that was set back.
    expectRate(16, at: 0)
  }
}
