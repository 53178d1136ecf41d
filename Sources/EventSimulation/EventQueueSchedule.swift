public import ProtocolTime

/// Everything that is still to happen in one run: a ladder queue, and a ring for each constant
/// delay.
///
/// Events come out in the order of `EventKey`, whichever way they went in: the rings only make the
/// frequent time-outs cheap and keep the ladder's population uniform.
public final class EventSchedule {
  private let queue: EventQueue
  private let rings: TimerRings
  private var lastIsTimer = false

  /// The time of the last event taken; `zero` before the first one.
  public var now: Instant { queue.lastTime }

  /// An empty schedule.
  /// - Parameters:
  ///   - delays: the constant delays that get rings; at most 16, all different.
  ///   - bucketWidth: see `EventQueue`.
  public init(delays: [TimeSpan] = [], bucketWidth: TimeSpan = .microseconds(100)) {
    queue = EventQueue(bucketWidth: bucketWidth)
    rings = TimerRings(delays: delays)
  }

  /// Number of pending events.
  public var count: Int { queue.count &+ rings.count }

  /// Whether nothing is pending.
  public var isEmpty: Bool { count == 0 }

  /// The index of a constant delay, for `schedule(_:afterConstant:)`; nil when it has no ring.
  public func index(of delay: TimeSpan) -> Int? { rings.index(of: delay) }

  /// Adds an event.
  /// - Precondition: `event.time >= now`; no pending event has its key.
  public func schedule(_ event: Event) {
    queue.push(event)
  }

  /// Adds an event that was armed with a constant delay.
  ///
  /// Its time may differ from `now + delays[index]`; the order is kept, at some cost.
  /// - Precondition: `event.time >= now`; no pending event has its key; `index` is that of a delay.
  public func schedule(_ event: Event, afterConstant index: Int) {
    precondition(
      event.time >= now,
      "an event at \(event.time.nanoseconds) ns is before the present, \(now.nanoseconds) ns")
    switch rings.push(event, afterConstant: index) {
    case .inserted: return
    case .tooFarFromTail: queue.push(event)
    }
  }

  /// Takes the first event; nil when nothing is pending.
  public func next() -> Event? { next(notAfter: .never) }

  /// Takes the first event if it is not after `deadline`; nil otherwise.
  public func next(notAfter deadline: Instant) -> Event? {
    lastIsTimer = false
    guard let timer = rings.leastKey, timer.time <= deadline else {
      return queue.popMin(notAfter: .last(at: deadline))
    }
    if let event = queue.popMin(notAfter: timer) { return event }
    guard let event = rings.popMin() else { return nil }
    queue.pass(event.time)
    lastIsTimer = true
    return event
  }

  /// An event that will come soon: `index` places ahead in the ladder's current bucket, for
  /// prefetching; nil when that is not known. Events of rings may come before it.
  public func upcoming(_ index: Int) -> Event? { queue.upcoming(index) }

  /// Right after an event came from a ring, the one that is `index` places behind the ring's next
  /// one, for prefetching; nil when there is none, or the last event came from the ladder.
  public func upcomingTimer(_ index: Int) -> Event? {
    lastIsTimer ? rings.upcoming(index) : nil
  }
}
