/// Decides whether a claimed set of replica roots is plausibly dense.
///
/// The faulty nodes of one coalition are a thin sample of all nodes, so a set made of coalition
/// members alone has wider gaps than the sender's own neighbourhood. The set is accepted iff
/// `meanGap(claimed) <= densityThreshold * meanGap(local)`. Source: [Castro02], routing failure
/// test (the survey [Urdaneta11] prints the inequality reversed).
/// - Deviation: gaps are exact integer sums and the threshold is rounded to 2^-20; no floating
///   point takes part in the decision.
public struct RoutingFailureTest: Hashable, Sendable {
  /// Gaps between the claimed replica roots, k: one less than their number.
  public let rootGaps: Int
  /// Gaps around the sender that were averaged, n.
  public let localGaps: Int
  /// gamma, in multiples of 2^-20.
  private let thresholdNumerator: UInt64

  /// Fixes the test.
  /// - Precondition: `rootGaps` and `localGaps` in 1...2^20, `densityThreshold` in 0...4096.
  public init(rootGaps: Int, localGaps: Int, densityThreshold: Double) {
    precondition((1...1 << 20).contains(rootGaps), "rootGaps out of range: \(rootGaps)")
    precondition((1...1 << 20).contains(localGaps), "localGaps out of range: \(localGaps)")
    precondition(
      (0...4096).contains(densityThreshold), "densityThreshold out of range: \(densityThreshold)")
    self.rootGaps = rootGaps
    self.localGaps = localGaps
    thresholdNumerator = UInt64((densityThreshold * 0x1p20).rounded())
  }

  /// gamma, as rounded.
  public var densityThreshold: Double { Double(thresholdNumerator) * 0x1p-20 }

  /// Whether the claimed set is dense enough (the test is negative, in the paper's words).
  /// - Parameters:
  ///   - rootGapSum: distance from the first to the last claimed root, in ring units.
  ///   - localGapSum: distance spanned by the sender's samples, in the same units.
  /// - Complexity: O(1), no allocation.
  public func accepts(rootGapSum: UInt64, localGapSum: UInt64) -> Bool {
    let claimed = UInt128(rootGapSum) * UInt128(localGaps) << 20
    let allowed = UInt128(localGapSum) * UInt128(rootGaps) * UInt128(thresholdNumerator)
    return claimed <= allowed
  }
}
