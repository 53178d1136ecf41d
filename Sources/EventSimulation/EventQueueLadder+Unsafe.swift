import CPrefetch
import ProtocolTime

/// One bucket of a rung: the newest chunk of its chain and how many events that chunk holds.
///
/// An empty bucket has no chunk and reads as full, so that an append tests one number only.
struct LadderSlot: BitwiseCopyable {
  var chunk = ChunkPool.none
  var fill = ChunkPool.chunkCapacity
}

/// The ladder: rungs of append-only buckets, each bucket as wide as the whole rung below it.
///
/// Bucket numbers are absolute: `time >> (shift of the rung)`. A rung is a ring that holds the
/// buckets less than one turn ahead of `base`; an event goes to the lowest rung that reaches it.
/// When time comes to an upper bucket, its events cascade to the rungs below. A bucket of rung 0 is
/// sorted when it is reached, or a little before. Since every rung has its place in the 64 bits of
/// a time, no list of far events is needed, and no event moves more than once per rung.
///
/// Invariants: an event at or before `frontier` is in `current`, every other one in a rung;
/// `frontier + 1 >= base`; no bucket that holds events starts before that of `base`; the buckets of
/// upper rungs that contain `base` are empty or about to cascade.
@safe
struct LadderState: ManuallyFreed {
  /// Rung 0 has 2^10 buckets, so that what is scattered over it stays in the L2 cache.
  static var nearBits: UInt64 { 10 }
  /// Events that the sorted run should show, and how far it may look into buckets for them: what is
  /// scheduled before their ends is inserted into the run.
  static var lookAheadEvents: Int { 40 }
  static var lookAheadBuckets: UInt64 { 6 }
  /// Upper rungs have 2^8 buckets.
  static var upperBits: UInt64 { 8 }
  /// Rungs above rung 0 that may be needed: 4 + 10 + 7 * 8 >= 64.
  static var upperRungs: Int { 7 }
  static var nearCount: Int { 1 &<< Int(nearBits) }
  static var nearWords: Int { nearCount / 64 }
  static var slotCount: Int { nearCount + upperRungs &<< Int(upperBits) }

  var current = CurrentBucket()
  var pool = ChunkPool()
  private let slots: UnsafeMutablePointer<LadderSlot>
  /// One bit per bucket that holds events; the words of rung 0, then four per upper rung.
  private let occupied: UnsafeMutablePointer<UInt64>
  /// One bit per word of rung 0 that is not zero.
  private var nearSummary: UInt64 = 0
  /// The start of the first upper bucket that holds events, `UInt64.max` when there is none.
  private var upperStart: UInt64 = .max
  /// Log2 of the nanoseconds per bucket of rung 0, in `LadderTuning.shifts`.
  private(set) var shift: UInt64
  /// The last nanosecond that belongs to the current bucket.
  private(set) var frontier: UInt64 = 0
  /// The time from which rungs count their turn.
  private var base: UInt64 = 0
  /// The time of the last event that was taken, in nanoseconds.
  var lastTime: UInt64 = 0
  /// Number of events.
  var count = 0
  var tuning = LadderTuning()

  /// An empty ladder with buckets of 2^`shift` nanoseconds.
  init(shift: UInt64) {
    self.shift = min(max(shift, LadderTuning.shifts.lowerBound), LadderTuning.shifts.upperBound)
    let slotCount = LadderState.slotCount
    unsafe slots = .allocate(capacity: slotCount)
    unsafe slots.initialize(repeating: LadderSlot(), count: slotCount)
    unsafe occupied = .allocate(capacity: slotCount / 64)
    unsafe occupied.initialize(repeating: 0, count: slotCount / 64)
  }

  /// Gives the memory back.
  func deallocate() {
    current.deallocate()
    pool.deallocate()
    unsafe slots.deallocate()
    unsafe occupied.deallocate()
  }

  /// The shift of upper rung `rung`, in `1...upperRungs`; may be 64 or more.
  @inline(__always)
  private func upperShift(_ rung: Int) -> UInt64 {
    shift &+ LadderState.nearBits &+ LadderState.upperBits &* UInt64(truncatingIfNeeded: rung &- 1)
  }

  // MARK: - Insertion

  /// Puts an event after `frontier` into a rung.
  @inline(__always)
  mutating func place(_ event: Event) {
    let time = event.key.time.nanoseconds
    let bucket = time &>> shift
    if _fastPath(bucket &- base &>> shift < UInt64(LadderState.nearCount)) {
      append(event, to: Int(truncatingIfNeeded: bucket) & (LadderState.nearCount &- 1))
    } else {
      placeAbove(event)
    }
  }

  @inline(__always)
  private mutating func placeAbove(_ event: Event) {
    let time = event.key.time.nanoseconds
    let turn: UInt64 = 1 &<< LadderState.upperBits
    var rung = 1
    var rungShift = upperShift(1)
    while time >> rungShift &- base >> rungShift >= turn {
      rung &+= 1
      rungShift &+= LadderState.upperBits
    }
    let bucket = time >> rungShift
    upperStart = min(upperStart, bucket << rungShift)
    append(event, to: LadderState.upperSlot(rung, bucket))
  }

  @inline(__always)
  private static func upperSlot(_ rung: Int, _ bucket: UInt64) -> Int {
    nearCount &+ (rung &- 1) &<< Int(upperBits)
      &+ Int(truncatingIfNeeded: bucket & (1 &<< upperBits &- 1))
  }

  @inline(__always)
  private mutating func append(_ event: Event, to index: Int) {
    assert(index >= 0 && index < LadderState.slotCount, "bucket \(index)")
    let slot = unsafe slots + index
    if _slowPath(unsafe slot.pointee.fill == ChunkPool.chunkCapacity) { extend(index) }
    let fill = unsafe slot.pointee.fill
    unsafe pool.events(of: slot.pointee.chunk)[Int(truncatingIfNeeded: fill)] = event
    unsafe slot.pointee.fill = fill &+ 1
  }

  @inline(__always)
  private mutating func extend(_ index: Int) {
    let old = unsafe slots[index].chunk
    if old == ChunkPool.none {
      let word = index &>> 6
      unsafe occupied[word] |= 1 &<< UInt64(truncatingIfNeeded: index & 63)
      if word < LadderState.nearWords { nearSummary |= 1 &<< UInt64(truncatingIfNeeded: word) }
    }
    unsafe slots[index] = LadderSlot(chunk: pool.take(before: old), fill: 0)
  }

  // MARK: - Search

  /// The distance in buckets from `base` to the first bucket of rung 0 that holds events.
  @inline(__always)
  private func nearDistance() -> UInt64? {
    if nearSummary == 0 { return nil }
    let start = Int(truncatingIfNeeded: base &>> shift) & (LadderState.nearCount &- 1)
    let word = start &>> 6
    let bits = unsafe occupied[word] &>> UInt64(truncatingIfNeeded: start & 63)
    if bits != 0 { return UInt64(truncatingIfNeeded: bits.trailingZeroBitCount) }
    // The words behind, then the words before; last the start's word again, below the start.
    let behind = nearSummary & (~1 &<< UInt64(truncatingIfNeeded: word))
    let found = (behind != 0 ? behind : nearSummary).trailingZeroBitCount
    let index = found &<< 6 &+ (unsafe occupied[found].trailingZeroBitCount)
    return UInt64(truncatingIfNeeded: (index &- start) & (LadderState.nearCount &- 1))
  }

  /// The first bucket of an upper rung that holds events.
  private func firstUpper(_ rung: Int) -> UInt64? {
    let rungShift = upperShift(rung)
    if rungShift >= 64 { return nil }
    let origin = base >> rungShift
    let start = Int(truncatingIfNeeded: origin) & 255
    let words = unsafe occupied + LadderState.upperSlot(rung, 0) / 64
    let first = unsafe words[start / 64] >> UInt64(start % 64)
    if first != 0 { return origin &+ UInt64(first.trailingZeroBitCount) }
    for step in 1...4 {
      let word = (start / 64 + step) % 4
      let bits = unsafe words[word]
      if bits == 0 { continue }
      let index = word * 64 + bits.trailingZeroBitCount
      return origin &+ UInt64((index &- start) & 255)
    }
    return nil
  }

  private mutating func findUpperStart() {
    upperStart = .max
    for rung in 1...LadderState.upperRungs {
      guard let bucket = firstUpper(rung) else { continue }
      upperStart = min(upperStart, bucket << upperShift(rung))
    }
  }

  /// The least event of the rungs.
  /// - Complexity: O(rungs + events of the first bucket of each rung).
  func firstInRungs() -> Event? {
    var least: Event?
    func scan(_ index: Int) {
      var chunk = unsafe slots[index].chunk
      var fill = unsafe slots[index].fill
      while chunk != ChunkPool.none {
        for place in 0..<Int(fill) {
          let event = unsafe pool.events(of: chunk)[place]
          if let old = least, old.key < event.key { continue }
          least = event
        }
        chunk = pool.next(of: chunk)
        fill = ChunkPool.chunkCapacity
      }
    }
    if let distance = nearDistance() {
      let bucket = base >> shift &+ distance
      scan(Int(truncatingIfNeeded: bucket) & (LadderState.nearCount &- 1))
    }
    for rung in 1...LadderState.upperRungs {
      guard let bucket = firstUpper(rung) else { continue }
      scan(LadderState.upperSlot(rung, bucket))
    }
    return least
  }

  // MARK: - Progress

  /// Makes the next bucket the current one, unless it starts after `limit`.
  /// - Precondition: the current bucket is empty.
  /// - Returns: whether the current bucket holds events now.
  @inline(never)
  mutating func advance(notAfter limit: UInt64) -> Bool {
    retuneIfDue()
    while true {
      // An event of the current bucket's time may remain there after a retuning.
      if current.count > 0 { return true }
      var near: UInt64 = .max
      var nearStart: UInt64 = .max
      if let distance = nearDistance() {
        near = base &>> shift &+ distance
        nearStart = near &<< shift
      }
      if _slowPath(upperStart <= nearStart && upperStart != .max) {
        if upperStart > limit { return false }
        cascade()
        continue
      }
      if near == .max || nearStart > limit { return false }
      open(near)
      return true
    }
  }

  /// Opens the next bucket while the current one still holds events, if it starts soon.
  ///
  /// So the sorted run always shows some events ahead. Upper buckets wait until it is empty.
  @inline(never)
  mutating func lookAhead() {
    retuneIfDue()
    guard let distance = nearDistance(), distance <= LadderState.lookAheadBuckets else { return }
    let near = base &>> shift &+ distance
    if near &<< shift < upperStart { open(near) }
  }

  /// Makes a bucket of rung 0 current, behind what is there.
  @inline(__always)
  private mutating func open(_ bucket: UInt64) {
    frontier = bucket &<< shift | (1 &<< shift &- 1)
    base = frontier
    let index = Int(truncatingIfNeeded: bucket) & (LadderState.nearCount &- 1)
    let slot = empty(index)
    if current.count == 0 { current.reset() }
    let before = current.runCount
    var chunk = slot.chunk
    var fill = slot.fill
    repeat {
      unsafe current.append(pool.events(of: chunk), count: Int(truncatingIfNeeded: fill))
      let next = pool.next(of: chunk)
      pool.give(chunk)
      chunk = next
      fill = ChunkPool.chunkCapacity
    } while chunk != ChunkPool.none
    let events = current.runCount &- before
    tuning.opened(bucket, events: events, distinct: current.sort(last: events))
    prefetchNext()
  }

  /// Asks for the newest events of the bucket that comes next; they were written long ago.
  @inline(__always)
  private func prefetchNext() {
    guard let distance = nearDistance() else { return }
    let index = Int(truncatingIfNeeded: base &>> shift &+ distance) & (LadderState.nearCount &- 1)
    let events = unsafe UnsafeRawPointer(pool.events(of: slots[index].chunk))
    for line in 0..<8 { unsafe redoubt_prefetch(events + 64 &* line) }
  }

  /// Marks a bucket empty and hands its chain over.
  @inline(__always)
  private mutating func empty(_ index: Int) -> LadderSlot {
    let slot = unsafe slots[index]
    unsafe slots[index] = LadderSlot()
    let word = index &>> 6
    let left = unsafe occupied[word] & ~(1 &<< UInt64(truncatingIfNeeded: index & 63))
    unsafe occupied[word] = left
    if left == 0, word < LadderState.nearWords {
      nearSummary &= ~(1 &<< UInt64(truncatingIfNeeded: word))
    }
    return slot
  }

  /// Spreads the upper bucket that starts at `upperStart` over the rungs below it.
  @inline(never)
  private mutating func cascade() {
    let start = upperStart
    for rung in stride(from: LadderState.upperRungs, through: 1, by: -1) {
      guard let bucket = firstUpper(rung), bucket << upperShift(rung) == start else { continue }
      let slot = empty(LadderState.upperSlot(rung, bucket))
      base = start
      frontier = start &- 1
      findUpperStart()
      spread(slot)
      return
    }
    preconditionFailure("no upper bucket starts at \(start) ns")
  }

  /// Places all events of a chain again and frees its chunks.
  private mutating func spread(_ slot: LadderSlot) {
    var chunk = slot.chunk
    var fill = Int(slot.fill)
    while chunk != ChunkPool.none {
      for index in 0..<fill {
        place(unsafe pool.events(of: chunk)[index])
      }
      let next = pool.next(of: chunk)
      pool.give(chunk)
      chunk = next
      if chunk != ChunkPool.none { fill = Int(pool.fill(of: chunk)) }
    }
  }

  // MARK: - Tuning

  @inline(__always)
  private mutating func retuneIfDue() {
    guard tuning.isDue else { return }
    if let wanted = tuning.decide(shift: shift, count: count) { rebuild(shift: wanted) }
  }

  /// Places all events again, with buckets of 2^`wanted` nanoseconds.
  /// - Complexity: O(count + buckets).
  @inline(never)
  mutating func rebuild(shift wanted: UInt64) {
    precondition(LadderTuning.shifts.contains(wanted), "no bucket is 2^\(wanted) ns wide")
    var chain = LadderSlot(chunk: ChunkPool.none, fill: 0)
    for index in 0..<LadderState.slotCount where unsafe slots[index].chunk != ChunkPool.none {
      let slot = empty(index)
      pool.setFill(slot.chunk, slot.fill)
      var last = slot.chunk
      while pool.next(of: last) != ChunkPool.none { last = pool.next(of: last) }
      pool.link(last, to: chain.chunk)
      chain = slot
    }
    shift = wanted
    base = lastTime
    frontier = lastTime
    upperStart = .max
    var rest = ContiguousArray<Event>()
    rest.reserveCapacity(current.count)
    current.drain { rest.append($0) }
    for event in rest { insert(event) }
    spread(chain)
  }

  /// Puts an event where it belongs, without counting it.
  @inline(__always)
  mutating func insert(_ event: Event) {
    if event.key.time.nanoseconds <= frontier {
      insertCurrent(event)
    } else {
      place(event)
    }
  }

  @inline(never)
  private mutating func insertCurrent(_ event: Event) {
    let isDistinct = current.insert(event) && event.key.time.nanoseconds != lastTime
    tuning.inserted(distinct: isDistinct)
    // Here too, for a bucket so wide that its end never comes.
    retuneIfDue()
  }
}
