/// Routing tables stored as columns: one column of node indexes per (row, digit).
///
/// Cell (row, digit, node) holds the slot's node, `emptySlot`, or the node itself for its own
/// digit, so that routing is a digit walk that never loads an id.
final class StoredTable: Sendable {
  /// Rows kept, 1 or more.
  let rows: Int
  /// Cells, ordered (row, digit, node).
  let cells: FlatColumn<UInt32>

  private init(rows: Int, base: Int, count: Int) {
    self.rows = rows
    // Every cell is empty until a builder fills it: all ones is `emptySlot`.
    cells = FlatColumn(count: rows * base * count, filling: 0xFF)
  }

  /// Bytes that a table of this shape takes.
  static func byteCount(rows: Int, base: Int, count: Int) -> Int {
    rows * base * count * MemoryLayout<UInt32>.stride
  }

  /// Rows after which almost every block fits a leaf set: the least r with 2^(b r) >= count.
  static func rowsNeeded(count: Int, geometry: DigitGeometry) -> Int {
    var rows = 1
    while rows < geometry.wholeDigits, Int(geometry.bits) * rows < 62,
      1 << (Int(geometry.bits) * rows) < count
    {
      rows += 1
    }
    return rows
  }

  /// Builds the constrained tables of all nodes.
  ///
  /// In a block of nodes that share a row's prefix, the constrained points of a digit ascend with
  /// the nodes' remaining bits, so each (own digit, digit) pair is one merge of points with the
  /// borders between the target nodes. The merges of all digits advance together, four borders at
  /// a time and without branches on data.
  /// - Complexity: O(rows 2^b N), about 4 to 7 ns per cell.
  static func constrained(ring: SortedRing, geometry: DigitGeometry) -> StoredTable {
    let rows = rowsNeeded(count: ring.count, geometry: geometry)
    let table = StoredTable(rows: rows, base: geometry.base, count: ring.count)
    let borders = Borders(ring)
    for row in 0..<rows {
      var builder = RowBuilder(
        ring: ring, borders: borders, table: table, geometry: geometry, row: row)
      builder.build()
    }
    return table
  }

  /// Builds tables slot by slot with `choose`, for tables that are not constrained.
  /// - Parameter choose: the node for a slot of `owner` in `row`; `block` are the nodes with the
  ///   slot's prefix, at least one.
  static func chosen(
    ring: SortedRing, geometry: DigitGeometry,
    by choose: (_ row: Int, _ owner: UInt32, _ block: Range<Int>) -> UInt32
  ) -> StoredTable {
    let rows = rowsNeeded(count: ring.count, geometry: geometry)
    let table = StoredTable(rows: rows, base: geometry.base, count: ring.count)
    for row in 0..<rows {
      forEachBlock(ring: ring, geometry: geometry, row: row) { block, starts in
        for digit in 0..<geometry.base {
          let target = starts[digit]..<starts[digit + 1]
          let column = (row * geometry.base + digit) * ring.count
          for owner in block {
            let cell: UInt32
            if target.contains(owner) {
              cell = UInt32(owner)
            } else {
              cell = target.isEmpty ? emptySlot : choose(row, UInt32(owner), target)
            }
            unsafe table.cells.base[column + owner] = cell
          }
        }
      }
    }
    return table
  }

  /// Calls `body` with each block of nodes that share `row` digits, and the first node of each of
  /// its digit values (`base + 1` entries).
  static func forEachBlock(
    ring: SortedRing, geometry: DigitGeometry, row: Int,
    _ body: (_ block: Range<Int>, _ starts: [Int]) -> Void
  ) {
    let ids = unsafe ring.identifiers.base
    let shift = geometry.shift(row: row)
    var starts = [Int](repeating: 0, count: geometry.base + 1)
    var first = 0
    while first < ring.count {
      let prefix = row == 0 ? 0 : unsafe ids[first] &>> (shift &+ geometry.bits)
      var node = first
      for digit in 0..<geometry.base {
        starts[digit] = node
        while node < ring.count,
          unsafe row == 0 || ids[node] &>> (shift &+ geometry.bits) == prefix,
          unsafe geometry.digit(ids[node], row: row) == digit
        {
          node += 1
        }
      }
      starts[geometry.base] = node
      body(first..<node, starts)
      first = node
    }
  }
}

/// The borders between consecutive nodes, with four closed ones at the end for the unrolled merge.
private final class Borders {
  let column: FlatColumn<UInt64>

  init(_ ring: SortedRing) {
    column = FlatColumn(count: ring.count + 4)
    for index in 0..<(ring.count - 1) {
      let low = unsafe ring.identifiers.base[index]
      unsafe column.base[index] = low &+ (unsafe ring.identifiers.base[index + 1] &- low) / 2
    }
    for index in (ring.count - 1)..<(ring.count + 4) { unsafe column.base[index] = .max }
  }
}

/// Builds one row of constrained tables.
@safe
private struct RowBuilder {
  let ids: UnsafeMutablePointer<UInt64>
  let borders: UnsafeMutablePointer<UInt64>
  /// Keeps the borders alive.
  let owner: Borders
  let cells: UnsafeMutablePointer<UInt32>
  let count: Int
  let ring: SortedRing
  let geometry: DigitGeometry
  let row: Int

  init(
    ring: SortedRing, borders: Borders, table: StoredTable, geometry: DigitGeometry, row: Int
  ) {
    unsafe ids = ring.identifiers.base
    unsafe self.borders = borders.column.base
    owner = borders
    unsafe cells = table.cells.base + row * geometry.base * ring.count
    count = ring.count
    self.ring = ring
    self.geometry = geometry
    self.row = row
  }

  mutating func build() {
    let base = geometry.base
    // Merge state of the non-empty digits: value, first node, last node, cursor.
    let cursor = FlatColumn<UInt32>(count: base)
    let last = FlatColumn<UInt32>(count: base)
    let value = FlatColumn<UInt32>(count: base)
    StoredTable.forEachBlock(ring: ring, geometry: geometry, row: row) { block, starts in
      if block.count == 1 {
        let owner = block.lowerBound
        unsafe cells[geometry.digit(ids[owner], row: row) * count + owner] = UInt32(owner)
        return
      }
      for own in 0..<base where starts[own] < starts[own + 1] {
        var active = 0
        for digit in 0..<base where starts[digit] < starts[digit + 1] && digit != own {
          unsafe value.base[active] = UInt32(digit)
          unsafe cursor.base[active] = UInt32(starts[digit])
          unsafe last.base[active] = UInt32(starts[digit + 1] - 1)
          active += 1
        }
        unsafe merge(
          owners: starts[own]..<starts[own + 1], own: own, active: active, value: value.base,
          cursor: cursor.base, last: last.base)
      }
    }
  }

  /// Fills the cells of the owners for all `active` digits and their own.
  private func merge(
    owners: Range<Int>, own: Int, active: Int, value: UnsafeMutablePointer<UInt32>,
    cursor: UnsafeMutablePointer<UInt32>, last: UnsafeMutablePointer<UInt32>
  ) {
    let shift = geometry.shift(row: row)
    let field = ((1 &<< geometry.bits) &- 1) &<< shift
    for owner in owners {
      unsafe cells[own &* count &+ owner] = UInt32(truncatingIfNeeded: owner)
      let rest = unsafe ids[owner] & ~field
      for k in 0..<active {
        let digit = unsafe value[k]
        let point = rest | (UInt64(truncatingIfNeeded: digit) &<< shift)
        var at = unsafe cursor[k]
        let end = unsafe last[k]
        while true {
          let border = unsafe borders + Int(truncatingIfNeeded: at)
          var step: UInt32 = unsafe border[0] < point ? 1 : 0
          unsafe step &+= border[1] < point ? 1 : 0
          unsafe step &+= border[2] < point ? 1 : 0
          unsafe step &+= border[3] < point ? 1 : 0
          at &+= step
          if _fastPath(step < 4 || at >= end) { break }
        }
        at = min(at, end)
        unsafe cursor[k] = at
        unsafe cells[Int(truncatingIfNeeded: digit) &* count &+ owner] = at
      }
    }
  }
}
