import Statistics

/// Density tests from elsewhere, to compare with `ListDensityTest`.
///
/// Each gives a number that grows with suspicion. None knows the error of the size estimate.
public enum ComparisonDensityTest: String, Hashable, Sendable, CaseIterable {
  /// The farthest distance alone: minus the log of P(Gamma(k) <= x_k).
  case farthestDistance = "farthest-distance"
  /// The smallest of P(Gamma(i) <= x_i) over all ranks i, as minus its log.
  case minimumOverRanks = "minimum-over-ranks"

  /// The suspicion that a list raises; at most 745, the end of what is representable.
  /// - Parameter scaledDistances: as for `ListDensityTest.verdict(scaledDistances:)`, at least one.
  public func suspicion(scaledDistances: [Double]) -> Double {
    let ranks: Range<Int> =
      switch self {
      case .farthestDistance: max(scaledDistances.count - 1, 0)..<scaledDistances.count
      case .minimumOverRanks: 0..<scaledDistances.count
      }
    let smallest = ranks.map { index in
      regularizedGamma(shape: Double(index + 1), scaledDistances[index]).lower
    }.min()
    return -naturalLog(max(smallest ?? 1, .leastNonzeroMagnitude))
  }
}

/// The detector that [Sridhar24] published: how far the prefix lengths are from a halving.
///
/// With c_j listed peers that share exactly j leading bits with the key, k in all, and
/// L = floor(log2 n) - 5: the sum over j >= L of (c_j / k) log((c_j / k) / 2^-(j - L + 1)), in
/// nats.
/// - Deviation: the formula is derived from the recorded trials, all of which it reproduces; the
///   threshold is not derived, it is recorded with each trial.
/// - Parameters:
///   - counts: c_j, index j; none negative.
///   - networkSize: n, at least 1 and finite.
/// - Returns: the divergence; 0 without peers.
/// - Complexity: O(counts.count).
public func prefixLengthDivergence(counts: [Int], networkSize: Double) -> Double {
  precondition(
    networkSize >= 1 && networkSize.isFinite, "networkSize must be at least 1, got \(networkSize)")
  let total = Double(counts.reduce(0, +))
  let first = Int(networkSize.exponent) - 5
  var sum = 0.0
  for (length, count) in counts.enumerated() where count > 0 && length >= first {
    let share = Double(count) / total
    sum += share * (naturalLog(share) + Double(length - first + 1) * naturalLog(2))
  }
  return sum
}
