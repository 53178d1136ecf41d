import CPrefetch

/// The ring's columns as raw pointers, for the kernels.
///
/// Safe by contract: made from a `SortedRing` that the caller keeps alive while it is used; every
/// index is below `count`, every line index has at most `64 - lineShift` bits.
@safe
struct RingView {
  let identifiers: UnsafePointer<UInt64>
  let lines: UnsafePointer<SIMD16<UInt16>>
  let lineShift: UInt64
  let count: UInt32

  init(_ ring: SortedRing) {
    unsafe identifiers = UnsafePointer(ring.identifiers.base)
    unsafe lines = UnsafePointer(ring.lines.base)
    lineShift = ring.lineShift
    count = UInt32(ring.count)
  }

  /// The id of a node.
  @inline(__always)
  func identifier(_ node: UInt32) -> UInt64 {
    unsafe identifiers[Int(truncatingIfNeeded: node)]
  }

  @inline(__always)
  func prefetchIdentifier(_ node: UInt32) {
    unsafe redoubt_prefetch(identifiers + Int(truncatingIfNeeded: node))
  }

  @inline(__always)
  func prefetchLine(of point: UInt64) {
    unsafe redoubt_prefetch(lines + Int(truncatingIfNeeded: point &>> lineShift))
  }

  /// The node nearest to `point` on the ring.
  @inline(__always)
  func nearest(to point: UInt64) -> UInt32 {
    let slot = Int(truncatingIfNeeded: point &>> lineShift)
    let line = unsafe lines[slot]
    let wanted = UInt16(truncatingIfNeeded: point &>> (lineShift &- 16)) ^ 0x8000
    let fragments = SIMD16<Int16>(truncatingIfNeeded: line)
    let target = SIMD16<Int16>(repeating: Int16(bitPattern: wanted))
    let below = SIMD16<UInt16>.zero.replacing(
      with: RingView.countWeights, where: fragments .< target)
    let count = below.wrappedSum()
    let start = unsafe UnsafeRawPointer(lines + slot).load(as: UInt32.self)
    // The first fragment that is not below the point; behind the last one lies the next line.
    let next = unsafe UnsafeRawPointer(lines + slot).load(
      fromByteOffset: 4 &+ 2 &* Int(truncatingIfNeeded: count), as: UInt16.self)
    if _slowPath(next == wanted || start >= 1 << 31) { return nearestBySearch(to: point) }
    return wrapped(start &+ UInt32(truncatingIfNeeded: count))
  }

  /// Turns a biased border count into a node.
  @inline(__always)
  private func wrapped(_ biased: UInt32) -> UInt32 {
    let node = biased &- 1
    if _slowPath(node >= count) { return node == count ? 0 : count &- 1 }
    return node
  }

  /// `nearest` when fragments tie or the line overflows: binary search on the ids.
  @inline(never)
  func nearestBySearch(to point: UInt64) -> UInt32 {
    nearest(to: point, rank: rank(of: point))
  }

  /// The number of ids below `point`.
  /// - Complexity: O(log N).
  func rank(of point: UInt64) -> UInt32 {
    var low: UInt32 = 0
    var high = count
    while low < high {
      let middle = low &+ (high &- low) / 2
      if identifier(middle) < point { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  /// The node nearest to a point of known rank: one of the two around it.
  @inline(__always)
  func nearest(to point: UInt64, rank: UInt32) -> UInt32 {
    let last = count &- 1
    let above = rank > last ? 0 : rank
    let below = rank == 0 ? last : rank &- 1
    return point &- identifier(below) <= identifier(above) &- point ? below : above
  }

  /// One per fragment; lanes 0 and 1 hold the start rank and count for nothing.
  private static var countWeights: SIMD16<UInt16> {
    @inline(__always) get { SIMD16(0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1) }
  }
}

extension SortedRing {
  /// Sorts by one bucket scatter and insertion sorts, or by the library where ids cluster.
  static func sorted(_ values: [UInt64]) -> FlatColumn<UInt64> {
    let count = values.count
    let column = FlatColumn<UInt64>(count: count)
    var bits = 1
    while 2 << bits < count { bits += 1 }
    let shift = UInt64(64 - bits)
    let starts = FlatColumn<UInt32>(count: (1 << bits) + 1)
    for value in values {
      unsafe starts.base[Int(truncatingIfNeeded: value &>> shift) + 1] &+= 1
    }
    var largest: UInt32 = 0
    for bucket in 1..<starts.count {
      unsafe largest = max(largest, starts.base[bucket])
      unsafe starts.base[bucket] &+= starts.base[bucket - 1]
    }
    if largest > 64 {
      var library = values
      library.sort()
      for index in 0..<count { unsafe column.base[index] = library[index] }
      return column
    }
    for value in values {
      let bucket = Int(truncatingIfNeeded: value &>> shift)
      unsafe column.base[Int(starts.base[bucket])] = value
      unsafe starts.base[bucket] &+= 1
    }
    for index in 1..<count {
      let value = unsafe column.base[index]
      var hole = index
      while hole > 0, unsafe column.base[hole - 1] > value {
        unsafe column.base[hole] = column.base[hole - 1]
        hole -= 1
      }
      unsafe column.base[hole] = value
    }
    return column
  }

  /// Fills the border lines.
  func packLines(wrapBorder: UInt64) {
    let shift = lineShift
    let lineCount = lines.count - 1
    var line = 0
    var filled = 0
    var passed: UInt32 = 0
    let raw = unsafe UnsafeMutablePointer<UInt16>(OpaquePointer(lines.base))
    // Rank of the first border of a line, biased by one so that -1 (wrap to the last node) fits.
    let bias = 1 &- lowBorders
    func open(_ line: Int) {
      unsafe lines.base[line] = SIMD16(repeating: 0x7FFF)
      let start = passed &+ bias
      unsafe raw[line * 16] = UInt16(truncatingIfNeeded: start)
      unsafe raw[line * 16 + 1] = UInt16(truncatingIfNeeded: start &>> 16)
    }
    func add(_ border: UInt64) {
      let target = Int(truncatingIfNeeded: border &>> shift)
      while line < target {
        line += 1
        filled = 0
        open(line)
      }
      if filled < SortedRing.fragmentsPerLine {
        let fragment = UInt16(truncatingIfNeeded: border &>> (shift &- 16))
        unsafe raw[line * 16 + 2 + filled] = fragment ^ 0x8000
      } else {
        unsafe raw[line * 16 + 1] |= 0x8000
      }
      filled += 1
      passed &+= 1
    }
    open(0)
    if lowBorders == 1 { add(wrapBorder) }
    for index in 0..<(count - 1) {
      let low = unsafe identifiers.base[index]
      add(low &+ (unsafe identifiers.base[index + 1] &- low) / 2)
    }
    if lowBorders == 0 { add(wrapBorder) }
    while line < lineCount - 1 {
      line += 1
      open(line)
    }
  }
}
