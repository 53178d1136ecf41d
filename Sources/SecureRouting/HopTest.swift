/// Decides whether one next hop is plausibly the node closest to the point asked for.
///
/// The routing failure test with a single sample. The distance from a point to the closest of all
/// nodes is exponential with mean `mu_p / 2`, half the mean gap, as the closest may lie on either
/// side; a coalition of fraction c answers from a sample thinner by c. Accepts iff the distance is
/// at most `hopThreshold` times `mu_p / 2`. Source: [Castro02], checked iterative routing, which
/// gives the errors for n = 256 and rejects the scheme.
/// - Deviation: the threshold is stated in mean honest distances and rounded to 2^-20.
public struct HopTest: Hashable, Sendable {
  /// The same test over gaps: a distance to both sides is one gap.
  private let test: RoutingFailureTest

  /// Fixes the test.
  /// - Precondition: `localGaps` in 1...2^20, `hopThreshold` in 0...4096.
  public init(localGaps: Int, hopThreshold: Double) {
    test = RoutingFailureTest(
      rootGaps: 1, localGaps: localGaps, densityThreshold: hopThreshold)
  }

  /// Gaps around the sender that were averaged, n.
  public var localGaps: Int { test.localGaps }

  /// The threshold x in mean honest distances, as rounded.
  public var hopThreshold: Double { test.densityThreshold }

  /// Whether a next hop is close enough to the point.
  /// - Parameters:
  ///   - distance: ring distance from the point to the hop, at most half the ring.
  ///   - localGapSum: distance spanned by the sender's samples, in the same units.
  /// - Complexity: O(1), no allocation.
  public func accepts(distance: UInt64, localGapSum: UInt64) -> Bool {
    let (gap, overflow) = distance.multipliedReportingOverflow(by: 2)
    return test.accepts(rootGapSum: overflow ? .max : gap, localGapSum: localGapSum)
  }

  /// alpha: the probability that the closest node is refused; exp(-x) for many local gaps.
  /// - Parameter coalitionFraction: c in 0..<1.
  public func falsePositiveRate(
    coalitionFraction c: Double, suppression: DensitySuppression
  ) -> Double {
    test.falsePositiveRate(coalitionFraction: c, suppression: suppression)
  }

  /// beta: the probability that the closest coalition member is accepted; 1 - exp(-x c) for many
  /// local gaps, 1 - exp(-x c / (1 - c)) where the coalition hides around the sender.
  /// - Parameter coalitionFraction: c in 0..<1.
  public func falseNegativeRate(
    coalitionFraction c: Double, suppression: DensitySuppression
  ) -> Double {
    test.falseNegativeRate(coalitionFraction: c, suppression: suppression)
  }

  /// The threshold with alpha = beta against the coalition's best response on `sides`.
  /// - Parameter coalitionFraction: c, above 0 and below 1.
  public static func balancedThreshold(
    localGaps: Int, coalitionFraction: Double, hiding sides: HidingSides
  ) -> BalancedThreshold {
    RoutingFailureTest.balancedThreshold(
      rootGaps: 1, localGaps: localGaps, coalitionFraction: coalitionFraction, hiding: sides)
  }
}
