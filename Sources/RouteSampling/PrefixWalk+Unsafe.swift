/// What a walk tells its observer about every hop.
///
/// The engine's fault algebras ride on the walk through this: no fault at all for exact evaluation
/// (the hop histogram says everything), a word of fault sets per lookup for masks.
protocol HopObserver {
  /// Lookup `slot` hops from `owner` to `next`, not yet the last hop to the root; with `isHop`
  /// false the owner keeps the message and nothing must change.
  mutating func hop(slot: Int, from owner: UInt32, to next: UInt32, isHop: Bool)
}

/// Observes nothing.
struct NoObserver: HopObserver {
  @inline(__always)
  mutating func hop(slot: Int, from owner: UInt32, to next: UInt32, isHop: Bool) {}
}

/// Prefix routing over constrained or stored slots. [Rowstron01] 2.3
///
/// A node whose leaf set spans the key sends the message to the root, the node numerically closest
/// to the key; any other node sends it to the slot of the key's next digit, and if that slot is
/// empty, to the known node closest to the key among those that share at least as long a prefix
/// with it and are closer to it than the node itself.
@safe
struct PrefixWalk<Columns: SlotColumns> {
  let columns: Columns
  /// Half a leaf set, l/2.
  let half: UInt32
  /// l/2 - 1 and l, for the span test.
  private let reach: UInt32
  let leafSetSize: UInt32
  /// Ranks from `insideFirst` on, `insideSpan` of them, are not near an end of the ring.
  private let insideFirst: UInt32
  private let insideSpan: UInt32

  init(columns: Columns, half: UInt32) {
    self.columns = columns
    self.half = half
    reach = half &- 1
    leafSetSize = 2 &* half
    // One more than half a leaf set, because a rank found from its root may be off by a turn.
    let margin = half &+ 1
    let count = columns.ring.count
    insideFirst = count > 2 &* margin ? margin : count &+ 1
    insideSpan = count > 2 &* margin ? count &- 2 &* margin : 0
  }

  private var ring: RingView { columns.ring }

  /// Whether the key of rank `position` lies within the span of the node's leaf set.
  @inline(__always)
  func spans(_ node: UInt32, _ position: UInt32) -> Bool {
    wrapped(position &- node &+ half &- 1) < leafSetSize
  }

  /// A rank or difference of ranks that is off by one turn of the ring at most, in `0..<N`.
  @inline(__always)
  func wrapped(_ rank: UInt32) -> UInt32 {
    if Int32(bitPattern: rank) < 0 { return rank &+ ring.count }
    return rank >= ring.count ? rank &- ring.count : rank
  }

  /// Whether a key's rank is so close to an end of the ring that leaf sets wrap around there.
  @inline(__always)
  func isNearEnd(_ position: UInt32) -> Bool {
    position &- insideFirst > insideSpan
  }

  /// `spans` without wrap-around, for keys that are not near an end.
  @inline(__always)
  private func spansInside(_ node: UInt32, _ position: UInt32) -> Bool {
    position &- node &+ reach < leafSetSize
  }

  /// Finds the rank and the root of `count` flights' keys: fills `position` and `next`.
  @inline(__always)
  func locate(_ flights: UnsafeMutablePointer<Flight>, count: Int) {
    for k in 0..<count {
      unsafe ring.prefetchLine(of: flights[k].key)
      // Only computed slots need the sender's id.
      if Columns.hasMiddle { unsafe ring.prefetchIdentifier(flights[k].current) }
    }
    for k in 0..<count {
      let root = unsafe ring.nearest(to: flights[k].key)
      unsafe flights[k].next = root
      ring.prefetchIdentifier(root)
    }
    for k in 0..<count {
      let flight = unsafe flights + k
      let root = unsafe flight.pointee.next
      let below: UInt32 = unsafe ring.identifier(root) < flight.pointee.key ? 1 : 0
      unsafe flight.pointee.position = root &+ below
      if _slowPath(isNearEnd(root &+ below)) { unsafe locateNearEnd(flight) }
    }
  }

  /// Routes `count` flights from their `current` nodes to the last node before the root.
  ///
  /// In: `key` and `current`. Out: `current` = the node whose leaf set spans the key, `next` = the
  /// root, `hops` = table hops made, `position`.
  /// - Parameters:
  ///   - flights: `count` flights, 1...`Chunk.capacity`.
  ///   - active: scratch for as many indexes.
  @inline(__always)
  func route<Observer: HopObserver>(
    _ flights: UnsafeMutablePointer<Flight>, count: Int, active: UnsafeMutablePointer<Int32>,
    observer: inout Observer
  ) {
    unsafe locate(flights, count: count)
    var alive = 0
    let firstRow = columns.prepare(row: 0)
    for k in 0..<count {
      let flight = unsafe flights + k
      let position = unsafe flight.pointee.position
      if _slowPath(isNearEnd(position)) {
        unsafe finishOneByOne(flight, slot: k, observer: &observer)
        continue
      }
      unsafe active[alive] = Int32(truncatingIfNeeded: k)
      alive &+= unsafe spansInside(flight.pointee.current, position) ? 0 : 1
      unsafe columns.begin(flight, firstRow)
    }
    unsafe walkLevels(flights, alive: alive, active: active, observer: &observer)
    // The walk over computed slots has used `next` for its own ends.
    if Columns.hasMiddle {
      for k in 0..<count { unsafe flights[k].next = root(of: flights + k) }
    }
  }

  @inline(__always)
  private func walkLevels<Observer: HopObserver>(
    _ flights: UnsafeMutablePointer<Flight>, alive: Int, active: UnsafeMutablePointer<Int32>,
    observer: inout Observer
  ) {
    var alive = alive
    var row = 0
    var slots = columns.prepare(row: 0)
    while alive > 0 {
      if Columns.hasMiddle {
        for k in 0..<alive {
          unsafe columns.middle(flights + Int(truncatingIfNeeded: active[k]))
        }
      }
      var kept = 0
      let isLastRow = row &+ 1 >= columns.rows
      let nextSlots = isLastRow ? slots : columns.prepare(row: row &+ 1)
      for k in 0..<alive {
        let slot = unsafe Int(truncatingIfNeeded: active[k])
        let flight = unsafe flights + slot
        let next = unsafe columns.finish(flight, slots)
        if _slowPath(next == emptySlot) {
          unsafe finishOneByOne(flight, slot: slot, observer: &observer)
          continue
        }
        let owner = unsafe flight.pointee.current
        let isHop = next != owner
        observer.hop(slot: slot, from: owner, to: next, isHop: isHop)
        unsafe flight.pointee.current = next
        unsafe flight.pointee.hops &+= isHop ? 1 : 0
        let isOver = unsafe spansInside(next, flight.pointee.position)
        unsafe active[kept] = Int32(truncatingIfNeeded: slot)
        kept &+= isOver ? 0 : 1
        if _fastPath(!isLastRow) {
          unsafe columns.begin(flight, nextSlots)
        } else if !isOver {
          kept &-= 1
          unsafe finishOneByOne(flight, slot: slot, observer: &observer)
        }
      }
      alive = kept
      row &+= 1
      slots = nextSlots
    }
  }

  /// The exact rank of a key near the ends of the ring.
  @inline(never)
  private func locateNearEnd(_ flight: UnsafeMutablePointer<Flight>) {
    unsafe flight.pointee.position = ring.rank(of: flight.pointee.key)
  }

  /// The node numerically closest to the flight's key.
  @inline(__always)
  private func root(of flight: UnsafeMutablePointer<Flight>) -> UInt32 {
    unsafe ring.nearest(to: flight.pointee.key, rank: flight.pointee.position)
  }

  /// Walks one flight to its end, slot by slot.
  @inline(never)
  func finishOneByOne<Observer: HopObserver>(
    _ flight: UnsafeMutablePointer<Flight>, slot: Int, observer: inout Observer
  ) {
    let key = unsafe flight.pointee.key
    let position = unsafe flight.pointee.position
    var current = unsafe flight.pointee.current
    while !spans(current, position) {
      let next = nextHop(from: current, key: key)
      observer.hop(slot: slot, from: current, to: next, isHop: true)
      unsafe flight.pointee.hops &+= 1
      current = next
    }
    unsafe flight.pointee.current = current
  }

  /// The next hop of a node whose leaf set does not span the key.
  func nextHop(from owner: UInt32, key: UInt64) -> UInt32 {
    let row = columns.geometry.sharedPrefixLength(ring.identifier(owner), key)
    if row < columns.geometry.wholeDigits {
      let digit = columns.geometry.digit(key, row: row)
      let next = columns.node(in: row, digit: digit, of: owner)
      if next != emptySlot { return next }
    }
    return nearestKnown(to: key, row: row, owner: owner)
  }
}
