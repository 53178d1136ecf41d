public import ProtocolTime

/// Events armed with constant delays: one first-in, first-out ring per delay.
///
/// Times of one ring come in order, because the present only moves on; events of one moment are put
/// into their total order from the tail. So a ring needs no priority queue, and the least event is
/// the least of at most 16 heads.
/// - Complexity: O(1) per event and O(rings) per `popMin`; no allocation in steady state.
public final class TimerRings {
  /// What became of an event offered to a ring.
  public enum Verdict: Sendable, Equatable {
    /// It is in its ring.
    case inserted
    /// It belongs more than `reach` places before the tail; it is not in the ring.
    case tooFarFromTail
  }

  /// The most rings.
  public static var ringCountMax: Int { 16 }
  /// The most places from the tail at which a ring accepts an event, so that no insertion costs
  /// more.
  public static var reach: Int { 64 }

  /// The delay of each ring.
  public let delays: [TimeSpan]
  private let rings: TimerRingsHandle

  /// Empty rings, one for each delay.
  /// - Precondition: at most 16 delays, all different.
  public init(delays: [TimeSpan]) {
    for (index, delay) in delays.enumerated() {
      precondition(!delays[..<index].contains(delay), "the delay \(delay) has two rings")
    }
    self.delays = delays
    rings = TimerRingsHandle(ringCount: delays.count)
  }

  /// The ring of a delay; nil when it has none.
  /// - Complexity: O(rings); meant to be called once, before a run.
  public func index(of delay: TimeSpan) -> Int? { delays.firstIndex(of: delay) }

  /// Number of events in all rings.
  public var count: Int { rings.count }

  /// The key of the first event of all rings.
  public var leastKey: EventKey? { rings.leastKey }

  /// The first event of all rings, left in place.
  public func peek() -> Event? { rings.first }

  /// The event so many places behind the first one of the ring that an event was taken from last;
  /// nil when there are not so many.
  public func upcoming(_ index: Int) -> Event? { rings.upcoming(index) }

  /// Offers an event to the ring of `delays[index]`.
  ///
  /// The order is kept whatever its time; only the cost depends on it.
  /// - Precondition: `index` is that of a delay.
  public func push(_ event: Event, afterConstant index: Int) -> Verdict {
    rings.insert(event, ring: index, reach: TimerRings.reach) ? .inserted : .tooFarFromTail
  }

  /// Takes the first event of all rings; nil when they are empty.
  public func popMin() -> Event? { rings.count == 0 ? nil : rings.removeFirst() }
}
