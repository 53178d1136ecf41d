public import ProtocolTime

/// The pending events of one run, taken in their total order: a ladder queue.
///
/// Events lie unsorted in buckets of equal width; a bucket is sorted when time reaches it, and an
/// event that falls into the current bucket is put into place there. Upper rungs of wider buckets
/// take what lies farther ahead. The width follows the population, so that a bucket holds about 16
/// events. Source: [Tang05] for the rungs that are sorted at the bottom only, [Brown88] for the
/// width that follows the population.
/// - Deviation: rungs are rings of fixed, power-of-two widths over all 64 bits of a time instead of
///   being spawned from full buckets; there is no list of far events.
///
/// The order is that of `EventKey` alone: it does not depend on the width, on the order of pushes
/// or on a clock. The queue never notices two events of one key; their order would be unspecified.
/// - Complexity: `push` and `popMin` O(1) amortised and free of allocation in steady state, while
///   delays vary little from one bucket to the next; O(log n) in the worst case.
public final class EventQueue {
  private let ladder: Ladder

  /// An empty queue.
  /// - Parameter bucketWidth: a first guess, best 16 times the mean time between two events;
  ///   rounded down to a power of two of nanoseconds. It costs or saves time, and nothing else.
  public init(bucketWidth: TimeSpan = .microseconds(100)) {
    let width = max(1, bucketWidth.nanoseconds)
    ladder = Ladder(shift: UInt64(63 - width.leadingZeroBitCount))
  }

  /// Number of pending events.
  public var count: Int { ladder.count }

  /// Whether nothing is pending.
  public var isEmpty: Bool { ladder.count == 0 }

  /// The time of the last event taken; `zero` before the first one.
  public var lastTime: Instant { Instant(nanoseconds: ladder.lastTime) }

  /// The present width of a bucket, for reports.
  public var bucketWidth: TimeSpan { TimeSpan(nanoseconds: 1 << ladder.shift) }

  /// Adds an event.
  ///
  /// An event at the time of the last one taken is allowed, whatever its kind, target and source:
  /// it is simply the next in the order of what is pending.
  /// - Precondition: `event.time >= lastTime`; no pending event has its key.
  public func push(_ event: Event) { ladder.push(event) }

  /// Takes the first event; nil when nothing is pending.
  public func popMin() -> Event? { ladder.pop(notAfter: .last(at: .never)) }

  /// Takes the first event if its place in the order is not behind `limit`; nil otherwise.
  ///
  /// Sorts at most a few buckets behind the limit, so that a loop up to a deadline leaves later
  /// events where they are.
  public func popMin(notAfter limit: EventKey) -> Event? { ladder.pop(notAfter: limit) }

  /// The first event, left in place; nil when nothing is pending.
  /// - Complexity: O(1) inside a bucket, O(events of the next bucket) at its end; a loop up to a
  ///   deadline should use `popMin(notAfter:)`.
  public func peek() -> Event? { ladder.peek() }

  /// Notes an event that was taken elsewhere, before everything that is pending here: from now on
  /// its time is `lastTime`.
  /// - Precondition: no pending event is earlier than `time`, and `lastTime` is not later.
  func pass(_ time: Instant) { ladder.pass(time.nanoseconds) }

  /// The event that call number `index` of `popMin` from now takes, counted from 0, if nothing is
  /// pushed meanwhile; nil when it is not in the current bucket's sorted run.
  ///
  /// Meant for prefetching the state of events a few places ahead: it may be nil at any time, but
  /// it is never a wrong event.
  /// - Complexity: O(1).
  public func upcoming(_ index: Int) -> Event? { ladder.upcoming(index) }
}
