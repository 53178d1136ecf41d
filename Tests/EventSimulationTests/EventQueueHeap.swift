import EventSimulation

/// A plain 4-ary heap of events: the second, obvious implementation that the queue must agree with,
/// and the yardstick of its benchmark.
struct EventHeap {
  private var events: ContiguousArray<Event> = []

  /// Number of pending events.
  var count: Int { events.count }

  /// The first event.
  var peek: Event? { events.first }

  /// Adds an event.
  mutating func push(_ event: Event) {
    events.append(event)
    var hole = events.count &- 1
    while hole > 0 {
      let parent = (hole &- 1) / 4
      if events[parent].key < event.key { break }
      events[hole] = events[parent]
      hole = parent
    }
    events[hole] = event
  }

  /// Takes the first event; nil when nothing is pending.
  mutating func popMin() -> Event? {
    guard let least = events.first, let last = events.popLast() else { return nil }
    let count = events.count
    if count == 0 { return least }
    var hole = 0
    while true {
      let firstChild = 4 &* hole &+ 1
      if firstChild >= count { break }
      var child = firstChild
      var other = firstChild &+ 1
      let end = min(firstChild &+ 4, count)
      while other < end {
        if events[other].key < events[child].key { child = other }
        other &+= 1
      }
      if last.key < events[child].key { break }
      events[hole] = events[child]
      hole = child
    }
    events[hole] = last
    return least
  }
}
