import ProtocolTime

/// Parts and sums of what was counted.
extension SimulationCounters {
  /// Lookups that have come to an end, secure ones and reads included.
  public var ended: UInt64 {
    delivered + misdelivered + overdue + abandoned + dropped.reduce(0, +) + secure.ended
      + reads.ended
  }

  /// What was counted after an earlier moment.
  public func since(_ earlier: SimulationCounters) -> SimulationCounters {
    combined(earlier, { $0 &- $1 }, spans: { $0 - $1 }, seconds: { $0 - $1 })
  }

  /// Both together.
  public func plus(_ other: SimulationCounters) -> SimulationCounters {
    combined(other, { $0 &+ $1 }, spans: { $0 + $1 }, seconds: { $0 + $1 })
  }

  private func combined(
    _ other: SimulationCounters, _ count: (UInt64, UInt64) -> UInt64,
    spans: (TimeSpan, TimeSpan) -> TimeSpan, seconds: (Double, Double) -> Double
  ) -> SimulationCounters {
    var result = self
    let lists: [WritableKeyPath<SimulationCounters, [UInt64]>] = [
      \.sent, \.dropped, \.hops, \.refused,
    ]
    for list in lists {
      result[keyPath: list] = zip(self[keyPath: list], other[keyPath: list]).map { count($0, $1) }
    }
    let counts: [WritableKeyPath<SimulationCounters, UInt64>] = [
      \.events, \.lostInNetwork, \.toStoppedNodes, \.received, \.lookups, \.delivered,
      \.misdelivered, \.overdue, \.abandoned, \.duplicates, \.wrongDuplicates, \.stretchSum,
      \.stretchCount,
      \.started, \.activated, \.stopped, \.foundFailed, \.foundFailedAlive,
      \.reached, \.adversaryMessages,
    ]
    for path in counts { result[keyPath: path] = count(self[keyPath: path], other[keyPath: path]) }
    result.lookupDelay = spans(lookupDelay, other.lookupDelay)
    result.directDelay = spans(directDelay, other.directDelay)
    result.joinDelay = spans(joinDelay, other.joinDelay)
    result.activeSeconds = seconds(activeSeconds, other.activeSeconds)
    result.secure = secure.combined(other.secure, count, spans: spans)
    result.reads = reads.combined(other.reads, count, spans: spans)
    return result
  }
}
