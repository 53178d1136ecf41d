public import ProtocolTime

extension SessionTrace {
  /// Lengths of sessions.
  public struct LengthStatistics: Sendable, Equatable {
    /// The number of sessions.
    public let count: Int
    /// The mean, rounded down; zero without sessions.
    public let mean: TimeSpan
    /// The lower median; zero without sessions.
    public let median: TimeSpan
  }

  /// How many nodes are there at once.
  public struct Population: Sendable, Equatable {
    /// The fewest.
    public let minimum: Int
    /// The mean over time.
    public let mean: Double
    /// The most.
    public let maximum: Int
  }

  /// The lengths of the sessions.
  ///
  /// - Parameter margin: leaves out sessions that begin or end within this time of the ends of the
  ///   trace, whose true length is not known. What is left is biased towards short ones. Nil keeps
  ///   all.
  /// - Complexity: O(sessions log sessions).
  public func lengths(margin: TimeSpan? = nil) -> LengthStatistics {
    var lengths: [UInt64] = []
    var sum: UInt128 = 0
    for session in sessions {
      if let margin, session.arrival <= .zero + margin || session.departure + margin >= end {
        continue
      }
      lengths.append(session.length.nanoseconds)
      sum += UInt128(session.length.nanoseconds)
    }
    guard !lengths.isEmpty else { return LengthStatistics(count: 0, mean: .zero, median: .zero) }
    lengths.sort()
    return LengthStatistics(
      count: lengths.count,
      mean: TimeSpan(nanoseconds: UInt64(sum / UInt128(lengths.count))),
      median: TimeSpan(nanoseconds: lengths[(lengths.count - 1) / 2]))
  }

  /// The number of nodes that are there between two moments; departures come before arrivals.
  ///
  /// - Precondition: `start < end`.
  /// - Complexity: O(sessions log sessions).
  public func population(from start: Instant, to end: Instant) -> Population {
    precondition(start < end, "no time between \(start) and \(end)")
    var changes: [(moment: Instant, change: Int)] = []
    var present = 0
    for session in sessions where session.arrival < end && session.departure > start {
      if session.arrival <= start { present += 1 } else { changes.append((session.arrival, 1)) }
      if session.departure < end { changes.append((session.departure, -1)) }
    }
    changes.sort { ($0.moment, $0.change) < ($1.moment, $1.change) }
    var minimum = present
    var maximum = present
    var area = 0.0
    var last = start
    for (place, (moment, change)) in changes.enumerated() {
      area += Double(present) * moment.since(last).seconds
      last = moment
      present += change
      if place + 1 < changes.count, changes[place + 1].moment == moment { continue }
      minimum = min(minimum, present)
      maximum = max(maximum, present)
    }
    area += Double(present) * end.since(last).seconds
    return Population(
      minimum: minimum, mean: area / end.since(start).seconds, maximum: maximum)
  }
}
