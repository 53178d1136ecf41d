import LoadModel
import Randomness
import Testing

@Suite struct LatencyHistogramTests {
  /// The dumb second implementation: nearest rank in a sorted list.
  private func exact(_ sorted: [UInt64], perMille: UInt64) -> UInt64 {
    let rank = (UInt64(sorted.count) * perMille + 999) / 1_000
    return sorted[Int(rank) - 1]
  }

  @Test(arguments: [1, 2, 10, 999, 5_000])
  func percentilesAreThoseOfTheSortedListOrSlightlyAbove(count: Int) throws {
    var stream = RandomStream(StreamKey(seed: 11)["histogram"][count])
    var histogram = LatencyHistogram()
    var values: [UInt64] = []
    for _ in 0..<count {
      // Microseconds over five decades.
      let value = UInt64(stream.index(below: 1 << (4 + stream.index(below: 20)))) + 1
      values.append(value)
      histogram.record(nanoseconds: value * 1_000)
    }
    values.sort()
    #expect(histogram.count == UInt64(count))
    for perMille: UInt64 in [1, 10, 500, 900, 990, 999, 1_000] {
      let found = try #require(histogram.percentile(perMille: perMille))
      let truth = exact(values, perMille: perMille)
      #expect(found >= truth, "\(perMille) per mille of \(count)")
      #expect(Double(found) <= Double(truth) * 1.002 + 0.5, "\(perMille) per mille of \(count)")
    }
    #expect(histogram.percentile(perMille: 1_000) == values.last)
  }

  @Test func smallValuesAreExact() {
    var histogram = LatencyHistogram()
    for value in 1...1_000 as ClosedRange<UInt64> { histogram.record(nanoseconds: value * 1_000) }
    #expect(histogram.percentile(perMille: 500) == 500)
    #expect(histogram.percentile(perMille: 999) == 999)
    #expect(histogram.meanMicroseconds == 500.5)
  }

  @Test func everyBucketHoldsItsUpperEdge() throws {
    for power in 0..<36 as Range<UInt64> {
      for offset in [-1, 0, 1] as [Int64] {
        let value = UInt64(max(0, (Int64(1) << Int64(power)) + offset))
        var histogram = LatencyHistogram()
        histogram.record(nanoseconds: value * 1_000)
        #expect(histogram.percentile(perMille: 500) == value)
      }
    }
  }

  @Test func emptyHasNoPercentile() {
    let histogram = LatencyHistogram()
    #expect(histogram.percentile(perMille: 500) == nil)
    #expect(histogram.meanMicroseconds == nil)
  }

  @Test func partsOfMicrosecondsRoundUp() {
    var histogram = LatencyHistogram()
    histogram.record(nanoseconds: 1)
    #expect(histogram.percentile(perMille: 1_000) == 1)
    #expect(histogram.maxNanoseconds == 1)
  }

  @Test func valuesBeyondTheScaleAreCounted() {
    var histogram = LatencyHistogram()
    histogram.record(nanoseconds: .max)
    #expect(histogram.count == 1)
    #expect(histogram.maxNanoseconds == .max)
    #expect(histogram.percentile(perMille: 500) ?? 0 >= 1 << 36)
  }

  @Test func mergingIsRecordingBoth() {
    var left = LatencyHistogram()
    var right = LatencyHistogram()
    var both = LatencyHistogram()
    for value in stride(from: 1_000, to: 90_000_000, by: 77_777) as StrideTo<UInt64> {
      value % 2 == 0 ? left.record(nanoseconds: value) : right.record(nanoseconds: value)
      both.record(nanoseconds: value)
    }
    left.merge(right)
    #expect(left == both)
  }
}
