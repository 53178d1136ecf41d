/// The two-sided Student interval mean +- t * standardError.
///
/// Source: [Student08].
/// - Parameters:
///   - mean: the estimate.
///   - standardError: its estimated standard deviation, at least 0, in the unit of the mean.
///   - degreesOfFreedom: of that estimate, for instance the number of batches minus one.
///   - confidence: strictly between 0 and 1.
/// - Precondition: the domains above.
/// - Complexity: O(sqrt(degreesOfFreedom)), about 2 microseconds for 30.
public func studentInterval(
  mean: Double, standardError: Double, degreesOfFreedom: Double, confidence: Double
) -> Interval {
  precondition(mean.isFinite, "the mean of an interval must be finite, got \(mean)")
  precondition(
    standardError >= 0 && standardError.isFinite,
    "a standard error must be finite and not negative, got \(standardError)")
  requireConfidence(confidence)
  let t = StudentDistribution(degreesOfFreedom: degreesOfFreedom)
    .upperQuantile((1 - confidence) / 2)
  return Interval(low: mean - t * standardError, high: mean + t * standardError)
}
