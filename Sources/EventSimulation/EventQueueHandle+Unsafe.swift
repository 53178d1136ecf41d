import ProtocolTime

/// A ladder behind a fixed address.
@safe
struct Ladder: ~Copyable {
  private let owner: FixedAddress<LadderState>
  @inline(__always)
  private var state: UnsafeMutablePointer<LadderState> { unsafe owner.state }

  /// An empty ladder with buckets of 2^`shift` nanoseconds.
  init(shift: UInt64) {
    owner = FixedAddress(LadderState(shift: shift))
  }

  /// Number of events.
  @inline(__always)
  var count: Int { unsafe state.pointee.count }

  /// The time of the last event that was taken, in nanoseconds.
  @inline(__always)
  var lastTime: UInt64 { unsafe state.pointee.lastTime }

  /// Log2 of the width of a bucket in nanoseconds.
  var shift: UInt64 { unsafe state.pointee.shift }

  /// Adds an event.
  /// - Precondition: it is not earlier than the last event taken.
  @inline(__always)
  func push(_ event: Event) {
    precondition(
      event.time.nanoseconds >= lastTime,
      "an event at \(event.time.nanoseconds) ns comes after one at \(lastTime) ns was taken")
    unsafe state.pointee.count &+= 1
    unsafe state.pointee.insert(event)
  }

  /// Takes the least event if its key is at most `limit`.
  @inline(__always)
  func pop(notAfter limit: EventKey) -> Event? {
    while true {
      if let event = unsafe state.pointee.current.pop(notAfter: limit) {
        unsafe state.pointee.count &-= 1
        unsafe state.pointee.lastTime = event.time.nanoseconds
        if unsafe state.pointee.current.runCount < LadderState.lookAheadEvents {
          unsafe state.pointee.lookAhead()
        }
        return event
      }
      if unsafe state.pointee.current.count != 0 { return nil }
      if unsafe !state.pointee.advance(notAfter: limit.time.nanoseconds) { return nil }
    }
  }

  /// Makes `time` that of the last event taken.
  @inline(__always)
  func pass(_ time: UInt64) {
    assert(time >= lastTime, "\(time) ns is before \(lastTime) ns")
    unsafe state.pointee.lastTime = time
  }

  /// The least event.
  func peek() -> Event? {
    if let event = unsafe state.pointee.current.first { return event }
    return unsafe state.pointee.firstInRungs()
  }

  /// The event `index` places ahead in the current bucket.
  @inline(__always)
  func upcoming(_ index: Int) -> Event? {
    guard unsafe state.pointee.current.lateCount == 0, index >= 0,
      unsafe index < state.pointee.current.runCount
    else { return nil }
    return unsafe state.pointee.current.run(at: index)
  }
}
