/// The mean difference of two measurements taken on the same units, with its interval.
///
/// For comparing a defence with another on common random numbers: what both share cancels.
public struct PairedDifference: Hashable, Sendable {
  /// The number of pairs.
  public let count: Int
  /// The mean of first minus second.
  public let mean: Double
  /// The estimated standard deviation of that mean.
  public let standardError: Double
  /// The Student interval of the mean difference, with count - 1 degrees of freedom.
  public let interval: Interval
  /// The two-sided probability of a difference at least this large if there were none.
  public let pValue: Double
}

/// Compares two equally long series pair by pair.
///
/// Pairs must be independent of each other. If all differences are equal, the interval is a point
/// and the p-value 0 (or 1 for no difference): the data then say nothing about their spread.
/// - Parameters:
///   - first: at least two finite values.
///   - second: as many.
///   - confidence: strictly between 0 and 1.
/// - Precondition: the domains above.
/// - Complexity: O(count).
public func pairedDifference(
  _ first: [Double], _ second: [Double], confidence: Double
) -> PairedDifference {
  precondition(
    first.count == second.count,
    "paired series must be equally long, got \(first.count) and \(second.count)")
  precondition(first.count >= 2, "a paired difference needs two pairs, got \(first.count)")
  let differences = RunningMean(zip(first, second).lazy.map { $0 - $1 })
  let degrees = Double(first.count - 1)
  let standardError = (differences.sumOfSquares / degrees / Double(first.count)).squareRoot()
  let interval = studentInterval(
    mean: differences.mean, standardError: standardError, degreesOfFreedom: degrees,
    confidence: confidence)
  let t = StudentDistribution(degreesOfFreedom: degrees)
  let pValue =
    differences.mean == 0 ? 1 : 2 * t.survival(abs(differences.mean) / standardError)
  return PairedDifference(
    count: first.count, mean: differences.mean, standardError: standardError, interval: interval,
    pValue: pValue)
}

/// The outcomes of two yes-or-no measurements on the same units, for example one lookup routed
/// with and without a defence.
public struct PairedCounts: Hashable, Sendable {
  /// Units where both succeeded.
  public let both: Int
  /// Units where only the first succeeded.
  public let firstOnly: Int
  /// Units where only the second succeeded.
  public let secondOnly: Int
  /// Units where neither succeeded.
  public let neither: Int

  /// The four counts.
  /// - Precondition: none negative, not all zero.
  public init(both: Int, firstOnly: Int, secondOnly: Int, neither: Int) {
    let counts = [both, firstOnly, secondOnly, neither]
    precondition(
      counts.allSatisfy { $0 >= 0 } && counts.contains { $0 > 0 },
      "paired counts must not be negative, nor all zero, got \(counts)")
    self.both = both
    self.firstOnly = firstOnly
    self.secondOnly = secondOnly
    self.neither = neither
  }

  /// The number of units.
  public var count: Int { both + firstOnly + secondOnly + neither }

  /// The exact two-sided p-value of McNemar's test that both succeed equally often.
  ///
  /// Twice the smaller binomial tail of the discordant units. Source: [McNemar47].
  public var mcNemarPValue: Double {
    let law = BinomialDistribution(trials: firstOnly + secondOnly, probability: 0.5)
    return min(1, 2 * law.cdf(min(firstOnly, secondOnly)))
  }

  /// The interval for the first proportion minus the second.
  ///
  /// Newcombe's square-and-add method 10: Wilson intervals joined through the correlation, whose
  /// numerator is reduced by half the count when positive. Source: [Newcombe98].
  /// - Parameter confidence: strictly between 0 and 1.
  public func newcombeInterval(confidence: Double) -> Interval {
    let n = Double(count)
    let first = Double(both + firstOnly) / n
    let second = Double(both + secondOnly) / n
    let ofFirst = wilsonInterval(
      successes: both + firstOnly, trials: count, confidence: confidence)
    let ofSecond = wilsonInterval(
      successes: both + secondOnly, trials: count, confidence: confidence)
    let correlation = correlation
    func join(_ u: Double, _ v: Double) -> Double {
      max(0, u * u - 2 * correlation * u * v + v * v).squareRoot()
    }
    let difference = Double(firstOnly - secondOnly) / n
    return Interval(
      low: difference - join(first - ofFirst.low, ofSecond.high - second),
      high: difference + join(ofFirst.high - first, second - ofSecond.low))
  }

  /// The phi coefficient, its numerator corrected for continuity when positive; 0 if undefined.
  private var correlation: Double {
    let (a, b) = (Double(both), Double(firstOnly))
    let (c, d) = (Double(secondOnly), Double(neither))
    let margins = ((a + b) * (c + d)).squareRoot() * ((a + c) * (b + d)).squareRoot()
    if margins == 0 { return 0 }
    let numerator = a * d - b * c
    return (numerator > 0 ? max(0, numerator - (a + b + c + d) / 2) : numerator) / margins
  }
}
