import EventSimulation
import ProtocolTime
import Randomness
import Testing

/// A mix of delays, in nanoseconds.
enum DelayMix: String, CaseIterable, CustomTestStringConvertible {
  case uniform, heavyTail, exactTies, zeroDelays, bursts, tiny, scales, withNever

  var testDescription: String { rawValue }

  /// The next delay of an event taken at `now`.
  func next(_ now: UInt64, _ stream: inout RandomStream) -> UInt64 {
    let part = stream.index(below: 100)
    switch self {
    case .uniform: return UInt64(stream.index(below: 1_000_000_000))
    case .heavyTail:
      let unit = stream.unit()
      if part < 60 { return UInt64((20 + 80 * unit) * 1e6) }
      return part < 90 ? UInt64((1 + 2 * unit) * 1e9) : UInt64((15 + 30 * unit) * 1e9)
    case .exactTies: return UInt64(stream.index(below: 4)) * 1_000_000
    case .zeroDelays: return part < 70 ? 0 : UInt64(stream.index(below: 50_000_000))
    case .bursts:
      // Everything happens in the first microsecond of a second.
      return 1_000_000_000 - now % 1_000_000_000 + UInt64(stream.index(below: 1000))
    case .tiny: return UInt64(stream.index(below: 3))
    case .scales: return stream.next() >> (20 + UInt64(stream.index(below: 44)))
    case .withNever: return part < 10 ? .max : UInt64(stream.index(below: 1 << 20))
    }
  }
}

/// Makes events with unique keys: random kinds, targets and sources, numbered by the source.
struct EventMaker {
  var stream: RandomStream
  private var sequences = [UInt32](repeating: 0, count: 64)
  private var made: UInt32 = 0

  init(seed: UInt64) {
    stream = RandomStream(StreamKey(seed: seed)["events"])
  }

  /// An event with the next free payload.
  mutating func make(at time: Instant) -> Event {
    let source = stream.index(below: 64)
    sequences[Int(source)] += 1
    made += 1
    return Event(
      time: time, kind: UInt8(stream.index(below: 4)), target: stream.index(below: 1 << 28),
      source: source, sequence: sequences[Int(source)], payload: made)
  }

  /// An event a delay of the mix after `now`.
  mutating func make(_ mix: DelayMix, after now: Instant) -> Event {
    let delay = mix.next(now.nanoseconds, &stream)
    return make(at: now + TimeSpan(nanoseconds: delay))
  }
}

/// A queue and a heap that are given the same events and must give the same back.
struct QueuePair {
  let queue: EventQueue
  var heap = EventHeap()
  var now = Instant.zero

  init(bucketWidth: TimeSpan = .microseconds(100)) {
    queue = EventQueue(bucketWidth: bucketWidth)
  }

  mutating func push(_ event: Event) {
    queue.push(event)
    heap.push(event)
  }

  /// Pops both; stops the test at the first difference.
  mutating func pop(_ label: String) throws -> Event? {
    let expected = heap.popMin()
    let got = queue.popMin()
    try #require(got == expected, "\(label)")
    if queue.count != heap.count { Issue.record("\(label): count \(queue.count)") }
    if let got {
      if got.time < now { Issue.record("\(label): time runs backwards at \(got.time)") }
      now = got.time
    }
    return got
  }

  mutating func drain(_ label: String) throws {
    while try pop(label) != nil {}
    #expect(queue.isEmpty && queue.count == 0)
  }
}
