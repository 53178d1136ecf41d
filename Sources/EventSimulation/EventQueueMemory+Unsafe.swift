#if canImport(Glibc)
  import Glibc
#endif

/// A growing block of memory for events, of which only the owner knows the used part.
///
/// Not freed by itself: the owner calls `deallocate` once.
@safe
struct EventBlock {
  /// The first event.
  private(set) var base: UnsafeMutablePointer<Event>
  /// Number of events that fit.
  private(set) var capacity: Int

  /// Room for `capacity` events, their content undefined.
  init(capacity: Int) {
    self.capacity = capacity
    unsafe base = .allocate(capacity: capacity)
  }

  /// Moves to at least `needed` places, twice the present number; the first `used` events survive.
  /// - Complexity: O(used), amortised O(1) per event.
  @inline(never)
  mutating func grow(to needed: Int, keeping used: Int) {
    precondition(used <= capacity, "cannot keep \(used) of \(capacity) events")
    let wider = max(needed, 2 * capacity)
    let moved = UnsafeMutablePointer<Event>.allocate(capacity: wider)
    unsafe moved.update(from: base, count: used)
    unsafe base.deallocate()
    unsafe base = moved
    capacity = wider
  }

  /// Gives the memory back.
  func deallocate() { unsafe base.deallocate() }
}

/// Chunks of 512 bytes for the ladder's buckets: a link, a fill count and 21 events each.
///
/// Chunks are numbered, taken last-freed first and never returned to the system, so that a steady
/// state neither allocates nor touches cold memory. Not freed by itself: the owner calls
/// `deallocate` once.
@safe
struct ChunkPool {
  /// Events per chunk.
  static var chunkCapacity: UInt32 { 21 }
  /// The end of a chain of chunks.
  static var none: UInt32 { .max }
  private static var chunkBytesLog2: Int { 9 }

  private var base: UnsafeMutableRawPointer
  private var capacity: UInt32
  private var fresh: UInt32 = 0
  private var free: UInt32 = ChunkPool.none

  /// A pool with room for a few thousand events.
  init() {
    capacity = 256
    unsafe base = ChunkPool.allocate(chunks: 256)
  }

  /// Gives the memory back.
  func deallocate() { unsafe base.deallocate() }

  /// The events of a chunk; valid until the next `take`.
  @inline(__always)
  func events(of chunk: UInt32) -> UnsafeMutablePointer<Event> {
    assert(chunk < fresh, "chunk \(chunk) of \(fresh)")
    return unsafe (base + (Int(truncatingIfNeeded: chunk) &<< ChunkPool.chunkBytesLog2 &+ 8))
      .assumingMemoryBound(to: Event.self)
  }

  /// The chunk behind `chunk` in its chain.
  @inline(__always)
  func next(of chunk: UInt32) -> UInt32 { unsafe header(of: chunk)[0] }

  /// Links a chunk to the chain `next`.
  @inline(__always)
  func link(_ chunk: UInt32, to next: UInt32) { unsafe header(of: chunk)[0] = next }

  /// The recorded number of events in a chunk; full unless `setFill` said otherwise.
  @inline(__always)
  func fill(of chunk: UInt32) -> UInt32 { unsafe header(of: chunk)[1] }

  /// Records the number of events in a chunk.
  @inline(__always)
  func setFill(_ chunk: UInt32, _ fill: UInt32) { unsafe header(of: chunk)[1] = fill }

  /// Takes a chunk and puts it in front of the chain `next`.
  /// - Complexity: O(1) amortised; allocates only when more chunks are used than ever before.
  @inline(__always)
  mutating func take(before next: UInt32) -> UInt32 {
    let chunk = free
    if _fastPath(chunk != ChunkPool.none) {
      free = self.next(of: chunk)
    } else {
      return takeFresh(before: next)
    }
    link(chunk, to: next)
    setFill(chunk, ChunkPool.chunkCapacity)
    return chunk
  }

  /// Returns one chunk.
  @inline(__always)
  mutating func give(_ chunk: UInt32) {
    link(chunk, to: free)
    free = chunk
  }

  @inline(never)
  private mutating func takeFresh(before next: UInt32) -> UInt32 {
    if fresh == capacity { grow() }
    let chunk = fresh
    fresh &+= 1
    link(chunk, to: next)
    setFill(chunk, ChunkPool.chunkCapacity)
    return chunk
  }

  private mutating func grow() {
    precondition(capacity < 1 << 31, "more than 2^31 chunks of events")
    let moved = unsafe ChunkPool.allocate(chunks: 2 * capacity)
    let bytes = Int(capacity) << ChunkPool.chunkBytesLog2
    unsafe moved.copyMemory(from: base, byteCount: bytes)
    unsafe base.deallocate()
    unsafe base = moved
    capacity *= 2
  }

  @inline(__always)
  private func header(of chunk: UInt32) -> UnsafeMutablePointer<UInt32> {
    assert(chunk < fresh, "chunk \(chunk) of \(fresh)")
    return unsafe (base + Int(truncatingIfNeeded: chunk) &<< ChunkPool.chunkBytesLog2)
      .assumingMemoryBound(to: UInt32.self)
  }

  /// Blocks of 2 MiB and more are backed by huge pages where the system has them.
  private static func allocate(chunks: UInt32) -> UnsafeMutableRawPointer {
    let hugePage = 2 << 20
    let bytes = Int(chunks) << chunkBytesLog2
    let isHuge = bytes >= hugePage
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: isHuge ? hugePage : 64)
    #if os(Linux)
      if isHuge { unsafe _ = madvise(raw, bytes, MADV_HUGEPAGE) }
    #endif
    return unsafe raw
  }
}
