import Randomness
import Statistics
import Testing

@Suite struct PairedComparisonTests {
  /// `scipy.stats.ttest_rel([1, 2, 3, 4, 5], [1.1, 1.7, 3.2, 3.1, 4.6])`, SciPy 1.17.1:
  /// see Reference/README.md for the command.
  @Test func matchesSciPy() {
    let result = pairedDifference([1, 2, 3, 4, 5], [1.1, 1.7, 3.2, 3.1, 4.6], confidence: 0.95)
    #expect(result.count == 5)
    #expect(abs(result.mean - 0.26) < 1e-12)
    #expect(abs(result.pValue - 0.2562868244277193) < 1e-12)
    #expect(abs(result.interval.low - (-0.2854849131699464)) < 1e-12)
    #expect(abs(result.interval.high - 0.8054849131699464) < 1e-12)
  }

  /// Shared noise cancels: the paired interval is far narrower than the difference of two means.
  @Test func sharedNoiseCancels() {
    var stream = RandomStream(StreamKey(seed: 30)["paired"])
    let noise = (0..<50).map { _ in stream.unit() }
    let treated = noise.map { $0 + 0.01 + 0.002 * stream.unit() }
    let paired = pairedDifference(treated, noise, confidence: 0.95)
    #expect(paired.interval.contains(0.011))
    #expect(paired.interval.halfWidth < 0.001)
    #expect(paired.pValue < 1e-20)
  }

  @Test func equalDifferences() {
    #expect(pairedDifference([1, 2], [1, 2], confidence: 0.9).pValue == 1)
    let shifted = pairedDifference([2, 3], [1, 2], confidence: 0.9)
    #expect(shifted.pValue == 0)
    #expect(shifted.interval == Interval(low: 1, high: 1))
  }

  /// `scipy.stats.binomtest(min, n, 0.5).pvalue`.
  @Test func mcNemarIsTheBinomialTest() {
    let counts = PairedCounts(both: 59, firstOnly: 6, secondOnly: 16, neither: 80)
    #expect(abs(counts.mcNemarPValue - 0.052478790283203125) < 1e-14)
    #expect(PairedCounts(both: 5, firstOnly: 0, secondOnly: 0, neither: 1).mcNemarPValue == 1)
    #expect(PairedCounts(both: 0, firstOnly: 4, secondOnly: 4, neither: 0).mcNemarPValue == 1)
  }

  /// Mean coverage over a grid of multinomial laws, each by enumeration of all tables of 20 units.
  @Test func newcombeCoverageByEnumeration() {
    let n = 20
    var tables: [(both: Int, first: Int, second: Int, interval: Interval)] = []
    for both in 0...n {
      for first in 0...(n - both) {
        for second in 0...(n - both - first) {
          let counts = PairedCounts(
            both: both, firstOnly: first, secondOnly: second, neither: n - both - first - second)
          tables.append((both, first, second, counts.newcombeInterval(confidence: 0.95)))
        }
      }
    }
    var mean = 0.0
    var least = 1.0
    var laws = 0
    for pBoth in stride(from: 0.05, to: 0.95, by: 0.15) {
      for pFirst in stride(from: 0.02, to: 0.97 - pBoth, by: 0.13) {
        for pSecond in stride(from: 0.02, to: 0.98 - pBoth - pFirst, by: 0.13) {
          let truth = pFirst - pSecond
          var coverage = 0.0
          for table in tables where table.interval.contains(truth) {
            let rest = n - table.both
            coverage +=
              BinomialDistribution(trials: n, probability: pBoth).mass(table.both)
              * BinomialDistribution(trials: rest, probability: pFirst / (1 - pBoth))
              .mass(table.first)
              * BinomialDistribution(
                trials: rest - table.first, probability: pSecond / (1 - pBoth - pFirst)
              ).mass(table.second)
          }
          mean += coverage
          least = min(least, coverage)
          laws += 1
        }
      }
    }
    mean /= Double(laws)
    #expect(mean > 0.94 && mean < 0.98, "\(mean)")
    #expect(least > 0.9, "\(least)")
  }

  /// A published example of method 10: counts 36, 12, 2, 0 give 0.0569 to 0.3404.
  @Test func newcombeExample() {
    let example = PairedCounts(both: 36, firstOnly: 12, secondOnly: 2, neither: 0)
    let interval = example.newcombeInterval(confidence: 0.95)
    #expect(abs(interval.low - 0.0569) < 5e-5)
    #expect(abs(interval.high - 0.3404) < 5e-5)
    let mirror = PairedCounts(both: 36, firstOnly: 2, secondOnly: 12, neither: 0)
    #expect(abs(mirror.newcombeInterval(confidence: 0.95).low + interval.high) < 1e-15)
  }

  @Test func unequalSeriesTrap() async {
    await #expect(processExitsWith: .failure) {
      _ = pairedDifference([1, 2, 3], [1, 2], confidence: 0.95)
    }
    await #expect(processExitsWith: .failure) {
      _ = PairedCounts(both: 0, firstOnly: 0, secondOnly: 0, neither: 0)
    }
  }
}
