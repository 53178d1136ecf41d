import Randomness
import Statistics
import Testing

@Suite struct RunningMeanTests {
  @Test func matchesTheTwoPassFormulas() throws {
    let values = [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]
    let running = RunningMean(values)
    #expect(running.count == 4)
    #expect(running.mean == 1e9 + 10)
    #expect(try #require(running.variance) == 30)
    #expect(try #require(running.standardError) == (30.0 / 4).squareRoot())
  }

  @Test func noVarianceBelowTwoValues() {
    #expect(RunningMean().standardError == nil)
    #expect(RunningMean([3]).variance == nil)
    #expect(RunningMean([3]).studentInterval(confidence: 0.95) == nil)
    #expect(RunningMean([3, 3]).variance == 0)
  }

  @Test func mergingEqualsAddingInOrder() throws {
    var stream = RandomStream(StreamKey(seed: 1)["running mean"])
    let values = (0..<1000).map { _ in stream.unit() }
    let whole = RunningMean(values)
    for split in [0, 1, 17, 500, 999, 1000] {
      var left = RunningMean(values[..<split])
      left.merge(RunningMean(values[split...]))
      #expect(left.count == whole.count)
      #expect(abs(left.mean - whole.mean) < 1e-15)
      #expect(abs(try #require(left.variance) / #require(whole.variance) - 1) < 1e-13)
    }
  }

  /// t(0.975, 9) = 2.2621571627982053 from SciPy's `stats.t.ppf`.
  @Test func studentIntervalUsesTheTQuantile() throws {
    let interval = studentInterval(
      mean: 5, standardError: 2, degreesOfFreedom: 9, confidence: 0.95)
    #expect(abs(interval.high - (5 + 2 * 2.2621571627982053)) < 1e-12)
    #expect(abs(interval.low - (5 - 2 * 2.2621571627982053)) < 1e-12)
    let running = try #require(RunningMean([1, 2, 3]).studentInterval(confidence: 0.95))
    #expect(abs(running.halfWidth - 4.302652729749462 / 3.0.squareRoot()) < 1e-12)
  }

  @Test func notANumberTraps() async {
    await #expect(processExitsWith: .failure) {
      var running = RunningMean()
      running.add(.nan)
    }
  }
}
