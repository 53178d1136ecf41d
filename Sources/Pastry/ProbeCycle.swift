import ProtocolTime

/// How often table entries are probed: as often as the target raw loss rate needs.
///
/// A message is lost to a dead hop when the hop's failure has not been noticed. With failure rate
/// `mu` per node and probes every T, an entry is dead and unnoticed with probability
/// `1 - (1 - exp(-T mu)) / (T mu)`; a route has about h hops through tables and one through the
/// leaf set. The period is the longest that keeps the loss of a route at the target.
/// Source: [Castro04], self-tuning.
/// - Deviation: see `quietSeconds`; and everything is computed with the four basic operations, so
///   that all platforms agree.
struct ProbeCycle: Sendable {
  /// Failures looked back at.
  private static let lookBack = 16
  /// A node that has just joined counts the time before as quiet: else the first seconds would look
  /// like the busiest of all, and every join would cost a burst of probes.
  private static let quietSeconds = 600.0

  /// When failures were found, oldest first.
  private var failures: ContiguousArray<Instant> = []
  /// The slot probed next, counted over both tables, and turns so far.
  var cursor = 0
  var turn = 0
  /// The period of one entry, tuned at the last turn.
  var period = TimeSpan.zero
  /// The time from one probe to the next, and probes until both are tuned anew.
  var entryPeriod = TimeSpan.zero
  var probesUntilTuned = 0
  var startedAt = Instant.zero

  mutating func recordFailure(at now: Instant) {
    if failures.count == ProbeCycle.lookBack { failures.removeFirst() }
    failures.append(now)
  }

  /// Failures per second of one peer, from those noticed among `peers`.
  ///
  /// Until there are as many as it looks back at, one more is taken to happen now.
  func failureRate(peers: Int, at now: Instant) -> Double {
    guard peers > 0 else { return 0 }
    let isFull = failures.count == ProbeCycle.lookBack
    let count = Double(isFull ? failures.count : failures.count + 1)
    let since = isFull ? now.since(failures[0]) : now.since(startedAt)
    let seconds =
      isFull
      ? max(1, since.seconds) : max(ProbeCycle.quietSeconds, since.seconds)
    return count / (Double(peers) * seconds)
  }

  /// The probability that an entry is dead when it is used, probed every `period` seconds.
  static func deadFraction(_ period: Double, _ rate: Double) -> Double {
    let x = period * rate
    // Two terms of the series, so that the fraction grows across the switch.
    return x < 1e-4 ? x / 2 - x * x / 6 : 1 - (1 - decay(x)) / x
  }

  /// `exp(-x)` for `x >= 0`, from the four basic operations: its series at x / 2^k, squared k
  /// times.
  static func decay(_ x: Double) -> Double {
    var argument = min(x, 700)
    var squarings = 0
    while argument > 0.25 {
      argument /= 2
      squarings += 1
    }
    var term = 1.0
    var sum = 1.0
    for power in 1...10 {
      term *= -argument / Double(power)
      sum += term
    }
    for _ in 0..<squarings { sum *= sum }
    return sum
  }

  /// The longest period within `bounds` for which a route of `hops` hops through tables is lost
  /// with at most probability `target`.
  static func period(
    rate: Double, hops: Double, target: Double, leafSetDelay: Double, tableDelay: Double,
    bounds: ClosedRange<TimeSpan>
  ) -> TimeSpan {
    func loss(_ period: Double) -> Double {
      var survives = 1 - deadFraction(leafSetDelay, rate)
      let hop = 1 - deadFraction(period + tableDelay, rate)
      var left = hops
      while left >= 1 {
        survives *= hop
        left -= 1
      }
      survives *= 1 - left * (1 - hop)
      return 1 - survives
    }
    var low = bounds.lowerBound.nanoseconds / 1_000_000_000
    var high = bounds.upperBound.nanoseconds / 1_000_000_000
    guard loss(Double(low)) <= target else { return bounds.lowerBound }
    while low < high {
      let middle = (low + high + 1) / 2
      if loss(Double(middle)) <= target { low = middle } else { high = middle - 1 }
    }
    return max(bounds.lowerBound, .seconds(low))
  }
}
