/// A confidence sequence for the mean of observations in 0...1, in constant time and memory.
///
/// With probability at least `confidence` the true mean lies in `interval` at every step at once,
/// so that a run may look after each observation and stop whenever it likes. After t observations:
///
/// sum(lambda_i x_i) / sum(lambda_i)
///   +- (log(2 / alpha) + sum((x_i - m_{i-1})^2 (-log(1 - lambda_i) - lambda_i))) / sum(lambda_i)
///
/// with predictable plug-in lambda_i truncated at `betCap`, intersected over all steps. The
/// observations need a common conditional mean, no other assumption.
/// Source: [WaudbySmith24], theorem 2 (predictable plug-in empirical Bernstein).
/// `ConfidenceSequence` is about twice as sharp where the variance is small; this one is for
/// streams too long to keep.
public struct EmpiricalBernsteinSequence: Hashable, Sendable {
  /// The probability with which the whole sequence covers the mean.
  public let confidence: Double
  /// The current interval; 0...1 before the first observation.
  public private(set) var interval = Interval.unit
  private let betCap: Double
  private var bets: PlugInBets
  private var weight = 0.0
  private var weightedSum = 0.0
  private var penalty = 0.0

  /// Starts a sequence.
  /// - Parameters:
  ///   - confidence: strictly between 0 and 1.
  ///   - betCap: the largest bet, strictly between 0 and 1; larger is sharper for small variances.
  /// - Precondition: the domains above.
  public init(confidence: Double, betCap: Double = 0.75) {
    requireBetCap(betCap)
    self.confidence = confidence
    self.betCap = betCap
    bets = PlugInBets(confidence: confidence)
  }

  /// The number of observations so far.
  public var count: Int { bets.count }

  /// Takes the next observation and narrows the interval.
  /// - Precondition: `x` in 0...1.
  /// - Complexity: O(1).
  public mutating func add(_ x: Double) {
    let bet = min(bets.next, betCap)
    let deviation = x - bets.center
    bets.add(x)
    weight += bet
    weightedSum += bet * x
    penalty += deviation * deviation * (-naturalLogOnePlus(-bet) - bet)
    let center = weightedSum / weight
    let halfWidth = (bets.threshold + penalty) / weight
    // Ends that cross (probability at most alpha) leave a point.
    let low = min(max(interval.low, center - halfWidth), interval.high)
    interval = Interval(low: low, high: max(low, min(interval.high, center + halfWidth)))
  }
}

/// Traps unless the truncation of bets lies strictly between 0 and 1.
func requireBetCap(_ betCap: Double) {
  precondition(
    betCap > 0 && betCap < 1, "a bet cap must lie strictly between 0 and 1, got \(betCap)")
}
