public import ProtocolTime
public import SecureRouting

/// What happened to reads of objects, all of which were placed before they were read.
///
/// Every read is open, abandoned, or judged: found, forged, vacuous, falsely absent, failed or
/// overdue.
public struct ReadCounters: Equatable, Sendable {
  /// Reads started.
  public var started: UInt64 = 0
  /// Reads that ended with the object.
  public var found: UInt64 = 0
  /// Reads that ended with octets that nobody had placed under the key.
  public var forged: UInt64 = 0
  /// Reads that ended without the object when no honest node in the overlay had a copy.
  public var vacuous: UInt64 = 0
  /// Reads that ended with word that there is no object, while an honest node had it.
  public var falselyAbsent: UInt64 = 0
  /// Reads that ended with neither, by `ReadResult.Failure`, while an honest node had the object.
  public var failed = [UInt64](repeating: 0, count: ReadResult.Failure.allCases.count)
  /// Reads of nodes that still run that had not ended at the deadline.
  public var overdue: UInt64 = 0
  /// Reads whose source stopped before they ended.
  public var abandoned: UInt64 = 0
  /// Reads that ended after plain routing had not been enough.
  public var fellBack: UInt64 = 0
  /// The sum of the times from start to end of reads that ended.
  public var delay = TimeSpan.zero
  /// Messages sent by kind, those of plain and secure routing not included; see `ReadMessageKind`.
  public var sent = [UInt64](repeating: 0, count: ReadMessageKind.allCases.count)

  /// Nothing has happened.
  public init() {}

  /// Reads that ended with a result.
  public var completed: UInt64 {
    found + forged + vacuous + falselyAbsent + failed.reduce(0, +)
  }

  /// Reads that were judged or abandoned.
  public var ended: UInt64 { completed + overdue + abandoned }

  /// All messages sent.
  public var messages: UInt64 { sent.reduce(0, +) }

  func combined(
    _ other: ReadCounters, _ count: (UInt64, UInt64) -> UInt64,
    spans: (TimeSpan, TimeSpan) -> TimeSpan
  ) -> ReadCounters {
    var result = self
    let lists: [WritableKeyPath<ReadCounters, [UInt64]>] = [\.failed, \.sent]
    for list in lists {
      result[keyPath: list] = zip(self[keyPath: list], other[keyPath: list]).map { count($0, $1) }
    }
    let counts: [WritableKeyPath<ReadCounters, UInt64>] = [
      \.started, \.found, \.forged, \.vacuous, \.falselyAbsent, \.overdue, \.abandoned, \.fellBack,
    ]
    for path in counts { result[keyPath: path] = count(self[keyPath: path], other[keyPath: path]) }
    result.delay = spans(delay, other.delay)
    return result
  }
}

/// The kinds of messages of reads, for counting.
public enum ReadMessageKind: Int, CaseIterable, Sendable {
  /// See `ReadMessage`.
  case request
  /// See `ReadMessage`.
  case object
  /// See `ReadMessage`.
  case absent

  /// The kind of a message.
  public init(_ message: borrowing ReadMessage) {
    switch message {
    case .request: self = .request
    case .object: self = .object
    case .absent: self = .absent
    }
  }
}
