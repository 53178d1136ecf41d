import ProtocolTime

/// One circular buffer of events in their order.
@safe
struct TimerRing {
  private var block: EventBlock
  private var head = 0
  private(set) var count = 0

  /// An empty ring with room for 2^4 events.
  init() { block = EventBlock(capacity: 16) }

  /// Gives the memory back.
  func deallocate() { block.deallocate() }

  /// The first event.
  /// - Precondition: the ring is not empty.
  @inline(__always)
  var first: Event {
    assert(count > 0, "an empty ring has no first event")
    return unsafe block.base[head]
  }

  /// The event so many places behind the first; nil when there are not so many.
  @inline(__always)
  func upcoming(_ index: Int) -> Event? {
    guard index >= 0, index < count else { return nil }
    return unsafe block.base[(head &+ index) & (block.capacity &- 1)]
  }

  /// Inserts an event from the tail, unless it belongs more than `reach` places before it.
  /// - Returns: its place, counted from the head; nil when it was not inserted.
  @inline(__always)
  mutating func insert(_ event: Event, reach: Int) -> Int? {
    if _slowPath(count == block.capacity) { grow() }
    let mask = block.capacity &- 1
    let base = unsafe block.base
    var place = count
    let floor = max(0, count &- reach)
    while place > floor, unsafe event.key < base[(head &+ place &- 1) & mask].key { place &-= 1 }
    if place == floor, floor > 0 { return nil }
    var hole = count
    while hole > place {
      unsafe base[(head &+ hole) & mask] = base[(head &+ hole &- 1) & mask]
      hole &-= 1
    }
    unsafe base[(head &+ place) & mask] = event
    count &+= 1
    return place
  }

  /// Takes the first event.
  /// - Precondition: the ring is not empty.
  @inline(__always)
  mutating func removeFirst() -> Event {
    let event = first
    head = (head &+ 1) & (block.capacity &- 1)
    count &-= 1
    return event
  }

  /// Doubles the capacity; called with a full ring.
  @inline(never)
  private mutating func grow() {
    let old = block.capacity
    block.grow(to: 2 * old, keeping: old)
    // The part before the head moves behind the old end.
    unsafe (block.base + old).update(from: block.base, count: head)
  }
}

/// The rings of one schedule and a copy of the least key of each.
@safe
struct TimerRingsState: ManuallyFreed {
  private let rings: UnsafeMutablePointer<TimerRing>
  private let heads: UnsafeMutablePointer<EventKey>
  private let ringCount: Int
  /// One bit per ring that holds events.
  private var occupied: UInt32 = 0
  /// The ring with the least key; meaningless when none holds events.
  private var leastRing = 0
  private var least = EventKey.last(at: .never)
  private(set) var count = 0

  /// Empty rings.
  init(ringCount: Int) {
    precondition(
      ringCount >= 0 && ringCount <= TimerRings.ringCountMax,
      "\(ringCount) rings, at most \(TimerRings.ringCountMax) can be had")
    self.ringCount = ringCount
    unsafe rings = .allocate(capacity: max(1, ringCount))
    unsafe heads = .allocate(capacity: max(1, ringCount))
    for index in 0..<ringCount {
      unsafe (rings + index).initialize(to: TimerRing())
      unsafe (heads + index).initialize(to: EventKey.last(at: .never))
    }
  }

  /// Gives the memory back.
  func deallocate() {
    for index in 0..<ringCount { unsafe rings[index].deallocate() }
    unsafe rings.deallocate()
    unsafe heads.deallocate()
  }

  /// The least key of all rings.
  @inline(__always)
  var leastKey: EventKey? { occupied == 0 ? nil : least }

  /// The least event of all rings.
  var first: Event? { occupied == 0 ? nil : unsafe rings[leastRing].first }

  /// The ring that the last event was taken from.
  private var lastRing = 0

  /// The event so many places behind the first one of the ring that was taken from last.
  @inline(__always)
  func upcoming(_ index: Int) -> Event? {
    ringCount > 0 ? unsafe rings[lastRing].upcoming(index) : nil
  }

  /// Inserts an event into a ring.
  /// - Returns: whether it was inserted.
  @inline(__always)
  mutating func insert(_ event: Event, ring: Int, reach: Int) -> Bool {
    precondition(ring >= 0 && ring < ringCount, "ring \(ring) outside 0..<\(ringCount)")
    guard let place = unsafe rings[ring].insert(event, reach: reach) else { return false }
    count &+= 1
    if place == 0 {
      unsafe heads[ring] = event.key
      if occupied == 0 || event.key < least {
        least = event.key
        leastRing = ring
      }
      occupied |= 1 &<< UInt32(truncatingIfNeeded: ring)
    }
    return true
  }

  /// Takes the least event.
  /// - Precondition: there is one.
  @inline(__always)
  mutating func removeFirst() -> Event {
    precondition(occupied != 0, "no ring holds an event")
    let ring = leastRing
    lastRing = ring
    let event = unsafe rings[ring].removeFirst()
    count &-= 1
    if unsafe rings[ring].count == 0 {
      occupied &= ~(1 &<< UInt32(truncatingIfNeeded: ring))
    } else {
      unsafe heads[ring] = rings[ring].first.key
    }
    findLeast()
    return event
  }

  @inline(__always)
  private mutating func findLeast() {
    var left = occupied
    if left == 0 { return }
    leastRing = left.trailingZeroBitCount
    least = unsafe heads[leastRing]
    left &= left &- 1
    while left != 0 {
      let ring = left.trailingZeroBitCount
      left &= left &- 1
      let key = unsafe heads[ring]
      if key < least {
        least = key
        leastRing = ring
      }
    }
  }
}

/// The rings behind a fixed address.
@safe
struct TimerRingsHandle: ~Copyable {
  private let owner: FixedAddress<TimerRingsState>
  @inline(__always)
  private var state: UnsafeMutablePointer<TimerRingsState> { unsafe owner.state }

  /// Empty rings.
  init(ringCount: Int) {
    owner = FixedAddress(TimerRingsState(ringCount: ringCount))
  }

  /// Number of events.
  @inline(__always)
  var count: Int { unsafe state.pointee.count }

  /// The least key.
  @inline(__always)
  var leastKey: EventKey? { unsafe state.pointee.leastKey }

  /// The least event.
  var first: Event? { unsafe state.pointee.first }

  /// A later event of the ring that was taken from last; see `TimerRingsState`.
  @inline(__always)
  func upcoming(_ index: Int) -> Event? { unsafe state.pointee.upcoming(index) }

  /// Inserts an event into a ring; see `TimerRingsState`.
  @inline(__always)
  func insert(_ event: Event, ring: Int, reach: Int) -> Bool {
    unsafe state.pointee.insert(event, ring: ring, reach: reach)
  }

  /// Takes the least event.
  /// - Precondition: there is one.
  @inline(__always)
  func removeFirst() -> Event { unsafe state.pointee.removeFirst() }
}
