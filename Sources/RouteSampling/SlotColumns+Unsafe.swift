import CPrefetch

/// One lookup under way: 32 bytes, edited in place by the level loop.
struct Flight: BitwiseCopyable {
  /// The key's leading 64 bits.
  var key: UInt64 = 0
  /// The constrained point of the slot being resolved (computed tables) or its cell (stored ones).
  var point: UInt64 = 0
  /// The node that holds the message; the last node before the root when the walk is over.
  var current: UInt32 = 0
  /// Rank of the key: number of ids below it.
  var position: UInt32 = 0
  /// The node nearest to the slot's point (computed tables); the root when the walk is over.
  var next: UInt32 = 0
  /// Hops over table slots so far; the final hop to the root is not counted.
  var hops: UInt32 = 0
}

/// Where the level loop reads routing table slots from.
///
/// A slot is resolved in three steps so that a batch of lookups can keep many cache misses in
/// flight: `begin` asks for the slot's memory, `middle` (if any) for what that memory points to,
/// `finish` gives the node.
protocol SlotColumns {
  /// Whether `middle` does anything.
  static var hasMiddle: Bool { get }
  /// The nodes.
  var ring: RingView { get }
  /// The digits.
  var geometry: DigitGeometry { get }
  /// Rows that the level loop walks; deeper ones are resolved one slot at a time.
  var rows: Int { get }
  /// Starts to resolve the slot of the flight's current node for the key's digit in `row`.
  func begin(_ flight: UnsafeMutablePointer<Flight>, row: Int)
  /// Goes on.
  func middle(_ flight: UnsafeMutablePointer<Flight>)
  /// The slot's node: the owner itself for its own digit, `emptySlot` if there is none.
  func finish(_ flight: UnsafeMutablePointer<Flight>, row: Int) -> UInt32
  /// One slot at once, any row.
  func node(in row: Int, digit: Int, of owner: UInt32) -> UInt32
}

extension ConstrainedSlots: SlotColumns {
  static var hasMiddle: Bool { true }

  var rows: Int { geometry.wholeDigits }

  @inline(__always)
  func begin(_ flight: UnsafeMutablePointer<Flight>, row: Int) {
    let identifier = unsafe ring.identifier(flight.pointee.current)
    let mask = geometry.lowMask(row: row)
    // The key's digits up to this row, the owner's remaining bits.
    let point = unsafe (flight.pointee.key & ~mask) | (identifier & mask)
    unsafe flight.pointee.point = point
    ring.prefetchLine(of: point)
  }

  @inline(__always)
  func middle(_ flight: UnsafeMutablePointer<Flight>) {
    let nearest = unsafe ring.nearest(to: flight.pointee.point)
    unsafe flight.pointee.next = nearest
    ring.prefetchIdentifier(nearest)
  }

  @inline(__always)
  func finish(_ flight: UnsafeMutablePointer<Flight>, row: Int) -> UInt32 {
    unsafe inBlock(
      flight.pointee.next, flight.pointee.point, lowMask: geometry.lowMask(row: row))
  }
}

/// Slots read from a stored table; rows that the table does not keep follow the constrained rule.
@safe
struct StoredSlots: SlotColumns {
  static var hasMiddle: Bool { false }

  let ring: RingView
  let geometry: DigitGeometry
  let rows: Int
  let cells: UnsafePointer<UInt32>
  let constrained: ConstrainedSlots

  init(_ table: StoredTable, ring: RingView, geometry: DigitGeometry) {
    self.ring = ring
    self.geometry = geometry
    rows = table.rows
    unsafe cells = UnsafePointer(table.cells.base)
    constrained = ConstrainedSlots(ring: ring, geometry: geometry)
  }

  @inline(__always)
  private func cell(row: Int, digit: Int, owner: UInt32) -> Int {
    (row &* geometry.base &+ digit) &* Int(truncatingIfNeeded: ring.count)
      &+ Int(truncatingIfNeeded: owner)
  }

  @inline(__always)
  func begin(_ flight: UnsafeMutablePointer<Flight>, row: Int) {
    let index = unsafe cell(
      row: row, digit: geometry.digit(flight.pointee.key, row: row),
      owner: flight.pointee.current)
    unsafe flight.pointee.point = UInt64(truncatingIfNeeded: index)
    unsafe redoubt_prefetch(cells + index)
  }

  @inline(__always)
  func middle(_ flight: UnsafeMutablePointer<Flight>) {}

  @inline(__always)
  func finish(_ flight: UnsafeMutablePointer<Flight>, row: Int) -> UInt32 {
    unsafe cells[Int(truncatingIfNeeded: flight.pointee.point)]
  }

  @inline(__always)
  func node(in row: Int, digit: Int, of owner: UInt32) -> UInt32 {
    if row >= rows { return constrained.node(in: row, digit: digit, of: owner) }
    return unsafe cells[cell(row: row, digit: digit, owner: owner)]
  }
}
