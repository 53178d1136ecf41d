import ProtocolTime

/// The bucket that is being emptied: a sorted run, and a heap for latecomers that would cost too
/// much to insert there. Buckets that come soon may be sorted in behind it and are part of it then.
///
/// Latecomers go into the run when their place is at its head or at most `reach` places from its
/// end. The heap bounds the rest by O(log n): thousands of events that one burst schedules inside
/// one bucket.
@safe
struct CurrentBucket {
  /// The farthest place from the end of the run that an insertion may move events for.
  static var reach: Int { 64 }
  /// Longer runs are merge-sorted.
  private static var insertionSortLimit: Int { 40 }

  private var run = EventBlock(capacity: 256)
  private var head = 0
  private var end = 0
  private var late = EventBlock(capacity: 64)
  private(set) var lateCount = 0
  private var scratch = EventBlock(capacity: 1)

  /// Gives the memory back.
  func deallocate() {
    run.deallocate()
    late.deallocate()
    scratch.deallocate()
  }

  /// Number of events in the sorted run.
  @inline(__always)
  var runCount: Int { end &- head }

  /// Number of events.
  @inline(__always)
  var count: Int { end &- head &+ lateCount }

  /// The event `index` places ahead in the run.
  @inline(__always)
  func run(at index: Int) -> Event {
    precondition(index >= 0 && index < end &- head, "place \(index) of \(end - head)")
    return unsafe run.base[head &+ index]
  }

  /// The least event.
  var first: Event? {
    if lateCount == 0 { return head == end ? nil : unsafe run.base[head] }
    let top = unsafe late.base[0]
    guard head != end else { return top }
    let event = unsafe run.base[head]
    return event.key < top.key ? event : top
  }

  /// Takes the least event if its key is at most `limit`.
  @inline(__always)
  mutating func pop(notAfter limit: EventKey) -> Event? {
    if _slowPath(lateCount != 0) { return popWithLate(notAfter: limit) }
    if head == end { return nil }
    let event = unsafe run.base[head]
    if limit < event.key { return nil }
    head &+= 1
    return event
  }

  @inline(never)
  private mutating func popWithLate(notAfter limit: EventKey) -> Event? {
    let top = unsafe late.base[0]
    if head == end {
      adoptLate()
      return pop(notAfter: limit)
    }
    let event = unsafe run.base[head]
    if event.key < top.key {
      if limit < event.key { return nil }
      head &+= 1
      return event
    }
    if limit < top.key { return nil }
    lateCount &-= 1
    if lateCount > 0 { siftDown(unsafe late.base[lateCount]) }
    return top
  }

  /// Puts a latecomer in its place.
  /// - Returns: whether its time differs from that of the event it was put next to.
  mutating func insert(_ event: Event) -> Bool {
    if _slowPath(end == run.capacity) { makeRoom(for: 1) }
    let base = unsafe run.base
    if head == end {
      unsafe base[end] = event
      end &+= 1
      return true
    }
    if head > 0, unsafe event.key < base[head].key {
      head &-= 1
      unsafe base[head] = event
      return unsafe base[head &+ 1].key.time != event.key.time
    }
    let floor = max(head, end &- CurrentBucket.reach)
    var hole = end
    while hole > floor, unsafe event.key < base[hole &- 1].key { hole &-= 1 }
    if _slowPath(hole == floor && floor != head) { return insertLate(event) }
    var place = end
    while place > hole {
      unsafe base[place] = base[place &- 1]
      place &-= 1
    }
    unsafe base[hole] = event
    end &+= 1
    return unsafe hole == head || base[hole &- 1].key.time != event.key.time
  }

  @inline(never)
  private mutating func insertLate(_ event: Event) -> Bool {
    if lateCount == late.capacity { late.grow(to: lateCount + 1, keeping: lateCount) }
    var hole = lateCount
    lateCount &+= 1
    while hole > 0 {
      let parent = (hole &- 1) &>> 2
      let above = unsafe late.base[parent]
      if above.key < event.key { break }
      unsafe late.base[hole] = above
      hole = parent
    }
    unsafe late.base[hole] = event
    return unsafe hole == 0 || late.base[(hole &- 1) &>> 2].key.time != event.key.time
  }

  /// Makes the latecomers the run; each event is sorted there at most once.
  private mutating func adoptLate() {
    let latecomers = lateCount
    lateCount = 0
    reset()
    unsafe append(late.base, count: latecomers)
    _ = sort(last: latecomers)
  }

  private mutating func siftDown(_ event: Event) {
    var hole = 0
    while true {
      let firstChild = 4 &* hole &+ 1
      if firstChild >= lateCount { break }
      var least = firstChild
      for child in firstChild &+ 1..<max(firstChild &+ 1, min(firstChild &+ 4, lateCount))
      where unsafe late.base[child].key < late.base[least].key {
        least = child
      }
      let below = unsafe late.base[least]
      if event.key < below.key { break }
      unsafe late.base[hole] = below
      hole = least
    }
    unsafe late.base[hole] = event
  }

  /// Makes the run start at the block's start, with room for `more` events.
  @inline(never)
  private mutating func makeRoom(for more: Int) {
    let used = end &- head
    if head > 0 {
      unsafe run.base.update(from: run.base + head, count: used)
      head = 0
      end = used
    }
    if 2 &* (used &+ more) > run.capacity { run.grow(to: used &+ more, keeping: used) }
  }

  /// Appends unsorted events of a later bucket; `sort` of them must follow before anything else.
  @inline(__always)
  mutating func append(_ events: UnsafePointer<Event>, count: Int) {
    if end &+ count > run.capacity { makeRoom(for: count) }
    unsafe (run.base + end).update(from: events, count: count)
    end &+= count
  }

  /// Starts the run anew.
  /// - Precondition: it is empty.
  @inline(__always)
  mutating func reset() {
    assert(count == 0, "\(count) events would be lost")
    head = 0
    end = 0
  }

  /// Takes all events out, in no particular order, leaving the bucket empty.
  /// - Complexity: O(count).
  mutating func drain(_ body: (Event) -> Void) {
    let first = head
    let last = end
    let lateLast = lateCount
    head = 0
    end = 0
    lateCount = 0
    for index in first..<last { body(unsafe run.base[index]) }
    for index in 0..<lateLast { body(unsafe late.base[index]) }
  }

  /// Sorts the last `count` events of the run, which come after all others.
  /// - Returns: the number of distinct times in a long run; the number of events in a short one.
  /// - Complexity: O(n log n) for n = `count`.
  @inline(__always)
  mutating func sort(last count: Int) -> Int {
    let base = unsafe run.base + (end &- count)
    if _fastPath(count <= CurrentBucket.insertionSortLimit) {
      unsafe CurrentBucket.insertionSort(base, count: count)
      return count
    }
    return mergeSort(last: count)
  }

  @inline(__always)
  private static func insertionSort(_ base: UnsafeMutablePointer<Event>, count: Int) {
    var index = 1
    while index < count {
      let event = unsafe base[index]
      var hole = index
      while hole > 0, unsafe event.key < base[hole &- 1].key {
        unsafe base[hole] = base[hole &- 1]
        hole &-= 1
      }
      unsafe base[hole] = event
      index &+= 1
    }
  }

  @inline(never)
  private mutating func mergeSort(last count: Int) -> Int {
    let start = end &- count
    if scratch.capacity < run.capacity { scratch.grow(to: run.capacity, keeping: 0) }
    let piece = 16
    var from = unsafe run.base + start
    var to = unsafe scratch.base
    for start in stride(from: 0, to: count, by: piece) {
      unsafe CurrentBucket.insertionSort(from + start, count: min(piece, count &- start))
    }
    var width = piece
    while width < count {
      for start in stride(from: 0, to: count, by: 2 &* width) {
        let middle = min(start &+ width, count)
        let last = min(start &+ 2 &* width, count)
        unsafe CurrentBucket.merge(from, start, middle, last, into: to)
      }
      unsafe swap(&from, &to)
      width &*= 2
    }
    if unsafe from == scratch.base { unsafe (run.base + start).update(from: from, count: count) }
    var distinct = 1
    for index in 1..<count where unsafe from[index].key.time != from[index &- 1].key.time {
      distinct &+= 1
    }
    return distinct
  }

  @inline(__always)
  private static func merge(
    _ from: UnsafeMutablePointer<Event>, _ start: Int, _ middle: Int, _ last: Int,
    into target: UnsafeMutablePointer<Event>
  ) {
    var left = start
    var right = middle
    for place in start..<last {
      let takesLeft = unsafe right == last || (left < middle && !(from[right].key < from[left].key))
      unsafe target[place] = from[takesLeft ? left : right]
      if takesLeft { left &+= 1 } else { right &+= 1 }
    }
  }
}
