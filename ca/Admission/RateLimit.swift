/// A rate limit by the generic cell rate algorithm: at once `burst`, in the long run `count` per
/// period.
///
/// All that is stored of the past is one instant, the theoretical arrival time: when the bucket
/// would be empty again. A request for n conforms if that instant, moved on by n intervals, lies at
/// most `burst` intervals after now. Equivalent: among the conforming requests, any that end now
/// and begin a span d ago are at most `burst` + d / interval. Source: ITU-T I.371, as virtual
/// scheduling.
/// - Deviation: the interval is rounded up to whole microseconds, so that a full period never holds
///   more than `count` beyond the burst.
public struct RateLimit: Hashable, Sendable, CustomStringConvertible {
  /// The most at once, 1...100,000.
  public let burst: Int
  /// How many come back per period, 1...1,000,000.
  public let count: Int
  /// The period in seconds, 1...31,622,400 (366 days).
  public let periodSeconds: Int

  /// The allowed values; sums of them with any `AdmissionTime` fit 64 bits.
  public static let burstRange = 1...100_000
  /// See `burstRange`.
  public static let countRange = 1...1_000_000
  /// See `burstRange`.
  public static let periodRange = 1...31_622_400

  /// A limit; nil when a value is out of its range.
  public init?(burst: Int, count: Int, periodSeconds: Int) {
    guard RateLimit.burstRange.contains(burst), RateLimit.countRange.contains(count),
      RateLimit.periodRange.contains(periodSeconds)
    else { return nil }
    self.burst = burst
    self.count = count
    self.periodSeconds = periodSeconds
  }

  /// `burst/count/period`, the period in seconds.
  public var description: String { "\(burst)/\(count)/\(periodSeconds)s" }

  /// After how many microseconds one more comes back.
  public var intervalMicroseconds: Int64 {
    (Int64(periodSeconds) * 1_000_000 + Int64(count) - 1) / Int64(count)
  }

  /// How far the theoretical arrival time may lie ahead; below 2^62.
  private var tolerance: Int64 { Int64(burst) * intervalMicroseconds }

  /// What a request for some does to the stored instant.
  public enum Verdict: Hashable, Sendable {
    /// It conforms; store this theoretical arrival time (microseconds since the epoch).
    case conforming(Int64)
    /// It will conform after exactly this many microseconds, if nothing else comes; more than 0.
    case early(microseconds: Int64)
    /// It asks for more than the burst and never conforms.
    case never
  }

  /// Judges a request for `amount` now.
  ///
  /// A clock that goes back adds to the wait. But an instant that lies ahead by more than twice the
  /// time in which a whole burst comes back is from a clock that was wrong: it is forgotten, so
  /// that nobody waits for the wrong year, and the request meets a full burst.
  /// - Parameters:
  ///   - amount: how many; at least 1.
  ///   - stored: the theoretical arrival time kept for this key, nil when there is none.
  public func verdict(_ amount: Int, stored: Int64?, at now: AdmissionTime) -> Verdict {
    guard amount <= burst else { return .never }
    let debt = debt(stored, at: now)
    let added = Int64(max(amount, 1)) * intervalMicroseconds
    let wait = debt - tolerance + added
    return wait > 0 ? .early(microseconds: wait) : .conforming(now.microseconds + debt + added)
  }

  /// The theoretical arrival time after `amount` were given back; nil when nothing is owed.
  public func refunded(_ amount: Int, stored: Int64?, at now: AdmissionTime) -> Int64? {
    let returned = Int64(min(max(amount, 0), burst)) * intervalMicroseconds
    let debt = debt(stored, at: now) - returned
    return debt > 0 ? now.microseconds + debt : nil
  }

  /// How many more conform now, and in how many microseconds one more will; nil when all are free.
  public func left(stored: Int64?, at now: AdmissionTime) -> (count: Int, next: Int64?) {
    let debt = debt(stored, at: now)
    guard debt > 0 else { return (burst, nil) }
    let free = max(0, tolerance - debt) / intervalMicroseconds
    return (Int(free), (free + 1) * intervalMicroseconds - (tolerance - debt))
  }

  /// How far ahead of now the stored instant lies: 0...2 * tolerance, below 2^63.
  private func debt(_ stored: Int64?, at now: AdmissionTime) -> Int64 {
    guard let stored, stored > now.microseconds else { return 0 }
    let (ahead, overflow) = stored.subtractingReportingOverflow(now.microseconds)
    return overflow || ahead > 2 * tolerance ? 0 : ahead
  }
}
