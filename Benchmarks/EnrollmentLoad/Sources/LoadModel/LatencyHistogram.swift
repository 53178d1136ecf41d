/// Latencies in buckets that grow with the value: bounded memory, and a bounded relative error.
///
/// Values are microseconds, rounded up. Below 1,024 every value has its own bucket; above, each
/// octave has 512, so a percentile is at most 0.2 % above the true one and never below it.
/// The largest value is kept exactly.
public struct LatencyHistogram: Sendable, Equatable {
  private static let exactCount = 1_024
  private static let octaveCount = 512
  /// 2^36 microseconds are 19 hours; longer ones are counted as that.
  private static let valueMax: UInt64 = 1 << 36

  private var buckets: [UInt64]
  /// How many values were recorded.
  public private(set) var count: UInt64 = 0
  /// The largest value, in nanoseconds.
  public private(set) var maxNanoseconds: UInt64 = 0
  private var sumMicroseconds: UInt64 = 0

  /// An empty histogram: about 115 kB.
  public init() {
    buckets = Array(
      repeating: 0, count: LatencyHistogram.bucket(of: LatencyHistogram.valueMax) + 1)
  }

  /// Counts one latency.
  /// - Complexity: O(1).
  public mutating func record(nanoseconds: UInt64) {
    let value = min(LatencyHistogram.microseconds(nanoseconds), LatencyHistogram.valueMax)
    buckets[LatencyHistogram.bucket(of: value)] += 1
    count += 1
    sumMicroseconds &+= value
    maxNanoseconds = max(maxNanoseconds, nanoseconds)
  }

  /// Adds what another histogram counted.
  public mutating func merge(_ other: LatencyHistogram) {
    for index in buckets.indices { buckets[index] += other.buckets[index] }
    count += other.count
    sumMicroseconds &+= other.sumMicroseconds
    maxNanoseconds = max(maxNanoseconds, other.maxNanoseconds)
  }

  /// The mean in microseconds; nil when nothing was recorded.
  public var meanMicroseconds: Double? {
    count == 0 ? nil : Double(sumMicroseconds) / Double(count)
  }

  /// The smallest recorded value that is at least as large as this share of all (nearest rank).
  /// - Parameter perMille: in `1...1_000`; 999 is the 99.9th percentile.
  /// - Returns: microseconds; nil when nothing was recorded.
  /// - Complexity: O(buckets).
  public func percentile(perMille: UInt64) -> UInt64? {
    precondition((1...1_000).contains(perMille), "a percentile must be 1...1000 per mille")
    guard count > 0 else { return nil }
    let rank = (count * perMille + 999) / 1_000
    var seen: UInt64 = 0
    for (index, number) in buckets.enumerated() {
      seen += number
      if seen >= rank {
        return min(LatencyHistogram.upperEdge(of: index), maxMicroseconds)
      }
    }
    return nil
  }

  /// The largest value in microseconds, rounded up.
  public var maxMicroseconds: UInt64 { LatencyHistogram.microseconds(maxNanoseconds) }

  private static func microseconds(_ nanoseconds: UInt64) -> UInt64 {
    nanoseconds / 1_000 + (nanoseconds % 1_000 == 0 ? 0 : 1)
  }

  private static func bucket(of value: UInt64) -> Int {
    guard value >= UInt64(exactCount) else { return Int(value) }
    let shift = 63 - value.leadingZeroBitCount - 9
    return exactCount + (shift - 1) * octaveCount + Int(value >> UInt64(shift)) - octaveCount
  }

  /// The largest value that falls into a bucket.
  private static func upperEdge(of bucket: Int) -> UInt64 {
    guard bucket >= exactCount else { return UInt64(bucket) }
    let shift = (bucket - exactCount) / octaveCount + 1
    let step = UInt64((bucket - exactCount) % octaveCount + octaveCount)
    return (step + 1) << UInt64(shift) - 1
  }
}
