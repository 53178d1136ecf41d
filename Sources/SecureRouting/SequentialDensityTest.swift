import Statistics

/// Decides on a claimed root set gap by gap, and stops as soon as the evidence suffices.
///
/// Wald's sequential probability ratio test [Wald45] on the gaps around the key, from the key
/// outwards. The mean gap between the nodes of an overlay is not known, only a sum of n gaps around
/// the sender; putting the estimate in the place of the mean would inflate both errors. The test
/// therefore compares the laws of what does not depend on the mean: the gaps X_i divided by the
/// sender's sum S. For exponential gaps whose mean is r times the sender's,
///
///     f_r(x_1 / S, ..., x_k / S) ~ r^-k (1 + T / (r S))^-(n + k),   T = x_1 + ... + x_k,
///
/// so the likelihood ratio of the forged (r = r1) to the honest (r = r0) hypothesis is closed:
///
///     L_k = (r0 / r1)^k ((1 + T / (r0 S)) / (1 + T / (r1 S)))^(n + k).
///
/// L_k is a martingale under the honest law, and 1 / L_k under the forged one, so by Ville's
/// inequality refusing at L >= 1 / alpha and accepting at L <= beta' errs at most with alpha and
/// beta' whenever it stops. L_k grows with T, so both bounds hold for every smaller coalition too,
/// and each step is a comparison of T / S with two numbers from a table.
///
/// Sampling ends after `maximumSamples` gaps with the fixed-sample test at the remaining error:
/// beta is spent half on the sequence and half on that last decision, so it is never exceeded;
/// alpha is exceeded only by the last decision's own false alarms.
/// - Deviation: [Castro02] tests once, with k fixed.
public struct SequentialDensityTest: Hashable, Sendable {
  /// What the gaps so far say.
  public enum Decision: Hashable, Sendable {
    /// Dense enough: the claimed set is taken for honest.
    case accept
    /// Too sparse: the claimed set is taken for a coalition's.
    case refuse
    /// Ask for one gap more.
    case more
  }

  /// Gaps around the sender, n.
  public let localGaps: Int
  /// Gaps after which the test decides whatever it has, kmax.
  public let maximumSamples: Int
  /// c that the test is built for.
  public let designFraction: Double
  /// The last decision, after `maximumSamples` gaps.
  public let lastTest: RoutingFailureTest
  /// What the probability of refusing an honest set cannot exceed: alpha, plus the false alarms of
  /// the last decision. They vanish as samples grow, unless too few local gaps limit both.
  public let falseAlarmBound: Double

  /// Accept at or below, refuse at or above: T / S in multiples of 2^-40, for k = 1...kmax.
  private let acceptAtMost: [UInt64]
  private let refuseAtLeast: [UInt64]

  /// One unit of the tables: ratios below 2^24 keep forty bits of fraction.
  private static let unit = 0x1p40

  /// Builds the test against coalitions of at most `designFraction` that hide on `sides`.
  ///
  /// - Parameters:
  ///   - localGaps: n, in 1...2^20.
  ///   - maximumSamples: kmax, in 1...2^20.
  ///   - designFraction: c, above 0 and below 1.
  ///   - sides: where the coalition may hide; both by default.
  ///   - falseAlarm: alpha, above 0 and below 1.
  ///   - forgery: beta, above 0 and below 1.
  /// - Returns: nil where `designFraction` is at or above what any number of samples can separate,
  ///   `RoutingFailureTest.largestSeparableCoalition(hiding:)`.
  /// - Complexity: O(maximumSamples).
  public init?(
    localGaps: Int, maximumSamples: Int, designFraction c: Double,
    hiding sides: HidingSides = .both,
    falseAlarm: Double, forgery: Double
  ) {
    precondition((1...1 << 20).contains(localGaps), "localGaps out of range: \(localGaps)")
    precondition(
      (1...1 << 20).contains(maximumSamples), "maximumSamples out of range: \(maximumSamples)")
    precondition(c > 0 && c < 1, "designFraction must be above 0 and below 1, got \(c)")
    precondition(falseAlarm > 0 && falseAlarm < 1, "falseAlarm out of range: \(falseAlarm)")
    precondition(forgery > 0 && forgery < 1, "forgery out of range: \(forgery)")
    guard c < RoutingFailureTest.largestSeparableCoalition(hiding: sides) else { return nil }
    self.localGaps = localGaps
    self.maximumSamples = maximumSamples
    designFraction = c

    let honestRatio = sides.contains(.root) ? 1 / (1 - c) : 1
    let forgedRatio = sides.contains(.sender) ? (1 - c) / c : 1 / c
    // T / S at which L_k reaches a level, solved for T / S; nil where no T reaches it.
    func boundary(_ logLevel: Double, _ k: Int) -> Double? {
      let exponent = logLevel + Double(k) * naturalLog(forgedRatio / honestRatio)
      let q = exponential(exponent / Double(localGaps + k))
      let slope = 1 / honestRatio - q / forgedRatio
      return slope > 0 ? (q - 1) / slope : nil
    }
    let acceptLevel = naturalLog(forgery / 2)
    let refuseLevel = -naturalLog(falseAlarm)
    acceptAtMost = (1...maximumSamples).map { k in
      Self.scaled(boundary(acceptLevel, k) ?? .infinity)
    }
    refuseAtLeast = (1...maximumSamples).map { k in
      Self.scaled(boundary(refuseLevel, k) ?? .infinity)
    }
    let ratio = FDistribution(Double(2 * maximumSamples), Double(2 * localGaps))
      .quantile(forgery / 2)
    lastTest = RoutingFailureTest(
      rootGaps: maximumSamples, localGaps: localGaps,
      densityThreshold: min(4096, ratio * forgedRatio))
    falseAlarmBound = min(
      1, falseAlarm + lastTest.worstFalsePositiveRate(coalitionFraction: c, hiding: sides))
  }

  /// A ratio in units, 0 below zero: a level that no gaps reach.
  private static func scaled(_ ratio: Double) -> UInt64 {
    ratio <= 0 ? 0 : UInt64(exactly: (ratio * unit).rounded()) ?? .max
  }

  /// The decision after some gaps.
  /// - Parameters:
  ///   - samples: k, gaps so far, in 1...`maximumSamples`.
  ///   - rootGapSum: T, the sum of these gaps in ring units.
  ///   - localGapSum: S, the sum of the sender's n gaps in the same units, positive.
  /// - Complexity: O(1), no allocation, no floating point.
  public func decision(samples: Int, rootGapSum: UInt64, localGapSum: UInt64) -> Decision {
    precondition((1...maximumSamples).contains(samples), "samples out of range: \(samples)")
    let claimed = UInt128(rootGapSum) << 40
    let accept = acceptAtMost[samples - 1]
    if accept > 0 && claimed <= UInt128(accept) * UInt128(localGapSum) { return .accept }
    let refuse = refuseAtLeast[samples - 1]
    if refuse < .max && claimed >= UInt128(refuse) * UInt128(localGapSum) { return .refuse }
    if samples < maximumSamples { return .more }
    return lastTest.accepts(rootGapSum: rootGapSum, localGapSum: localGapSum) ? .accept : .refuse
  }

  /// Runs the test over gaps that are asked for one at a time, from the key outwards.
  /// - Parameters:
  ///   - localGapSum: S, in ring units.
  ///   - nextGap: the next gap outwards, given its number from 0.
  /// - Returns: the decision, never `more`, and the number of gaps it took.
  public func run(
    localGapSum: UInt64, nextGap: (Int) -> UInt64
  ) -> (decision: Decision, samples: Int) {
    var sum: UInt64 = 0
    for index in 0..<maximumSamples {
      let (next, overflow) = sum.addingReportingOverflow(nextGap(index))
      sum = overflow ? .max : next
      let decision = decision(
        samples: index + 1, rootGapSum: sum, localGapSum: localGapSum)
      if decision != .more { return (decision, index + 1) }
    }
    return (.refuse, maximumSamples)
  }
}
