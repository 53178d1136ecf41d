/// Count, mean and variance of a stream of numbers, in one pass and constant memory.
///
/// Source: [Welford62] for one value, [Chan83] for merging. The result depends on the order of
/// the additions and merges in its last bits: merge in a fixed order, such as batch order, and the
/// same seed gives the same bytes.
public struct RunningMean: Hashable, Sendable {
  /// The number of values added.
  public private(set) var count = 0
  /// The arithmetic mean of the values; 0 while there are none.
  public private(set) var mean = 0.0
  /// The sum of squared deviations from the mean.
  public private(set) var sumOfSquares = 0.0

  /// Starts without values.
  public init() {}

  /// Adds the values in order.
  public init(_ values: some Sequence<Double>) {
    for value in values { add(value) }
  }

  /// Adds one value.
  /// - Precondition: `value` is finite.
  /// - Complexity: O(1).
  public mutating func add(_ value: Double) {
    precondition(value.isFinite, "a mean takes finite values only, got \(value)")
    count += 1
    let offset = value - mean
    mean += offset / Double(count)
    sumOfSquares += offset * (value - mean)
  }

  /// Adds all values that `other` has seen.
  /// - Complexity: O(1).
  public mutating func merge(_ other: RunningMean) {
    if other.count == 0 { return }
    if count == 0 {
      self = other
      return
    }
    let total = Double(count) + Double(other.count)
    let offset = other.mean - mean
    mean += offset * (Double(other.count) / total)
    sumOfSquares +=
      other.sumOfSquares + offset * offset * (Double(count) / total) * Double(other.count)
    count += other.count
  }

  /// The unbiased sample variance (divisor count - 1); nil below two values.
  public var variance: Double? {
    count < 2 ? nil : sumOfSquares / Double(count - 1)
  }

  /// The sample standard deviation; nil below two values.
  public var standardDeviation: Double? { variance?.squareRoot() }

  /// The estimated standard deviation of the mean; nil below two values.
  public var standardError: Double? {
    variance.map { ($0 / Double(count)).squareRoot() }
  }

  /// The Student interval for the mean of the population; nil below two values.
  ///
  /// For independent values, of about normal distribution unless there are many (30 or more).
  /// - Parameter confidence: strictly between 0 and 1.
  public func studentInterval(confidence: Double) -> Interval? {
    standardError.map {
      Statistics.studentInterval(
        mean: mean, standardError: $0, degreesOfFreedom: Double(count - 1),
        confidence: confidence)
    }
  }
}
