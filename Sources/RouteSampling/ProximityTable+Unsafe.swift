extension StoredTable {
  /// Builds proximity tables: each slot holds the node nearest to the owner in the plane among all
  /// nodes with the slot's prefix (the proximity invariant of [Rowstron01] 2.5, held exactly).
  ///
  /// Each block of more than 32 nodes gets a grid of about two nodes per cell, searched in rings
  /// around the owner; smaller ones are scanned.
  /// - Parameters:
  ///   - leadingBits: ids in the callers' order; `positions[i]` belongs to `leadingBits[i]`.
  /// - Complexity: O(2^b N log N / b) expected for positions without extreme clusters.
  static func proximity(
    ring: SortedRing, geometry: DigitGeometry, leadingBits: [UInt64], positions: [SIMD2<Float>]
  ) -> StoredTable {
    var sorted = [SIMD2<Float>](repeating: .zero, count: ring.count)
    for (identifier, position) in zip(leadingBits, positions) {
      sorted[ring.rank(of: identifier)] = position
    }
    // Owners of one block ask for the same target blocks in a row: keep the last grids by digit.
    var grids: [Int: PlaneGrid] = [:]
    return StoredTable.chosen(ring: ring, geometry: geometry) { row, owner, block in
      let digit = geometry.digit(ring.identifiers[block.lowerBound], row: row)
      if grids[digit]?.nodes != block {
        grids[digit] = PlaneGrid(nodes: block, positions: sorted)
      }
      return grids[digit]?.nearest(to: sorted[Int(owner)], positions: sorted) ?? emptySlot
    }
  }
}

/// A square grid over the positions of consecutive nodes.
private struct PlaneGrid {
  let nodes: Range<Int>
  private let frame: Frame
  private let starts: [Int32]
  private let members: [UInt32]

  /// Where the grid lies: cells of `cellSize`, `side` on a side.
  private struct Frame {
    let side: Int
    let origin: SIMD2<Float>
    let cellSize: Float

    func coordinate(_ value: Float) -> Int {
      max(0, min(side - 1, Int((value / cellSize).rounded(.down))))
    }

    func cell(_ position: SIMD2<Float>) -> Int {
      let relative = position - origin
      return coordinate(relative.y) * side + coordinate(relative.x)
    }
  }

  init(nodes: Range<Int>, positions: [SIMD2<Float>]) {
    self.nodes = nodes
    var low = positions[nodes.lowerBound]
    var high = low
    for node in nodes {
      low = pointwiseMin(low, positions[node])
      high = pointwiseMax(high, positions[node])
    }
    let extent = max(high.x - low.x, high.y - low.y)
    let side =
      nodes.count <= 32 || extent <= 0 ? 1 : Int((Double(nodes.count) / 2).squareRoot())
    let frame = Frame(side: side, origin: low, cellSize: extent > 0 ? extent / Float(side) : 1)
    var starts = [Int32](repeating: 0, count: side * side + 1)
    for node in nodes { starts[frame.cell(positions[node]) + 1] += 1 }
    for index in 1..<starts.count { starts[index] += starts[index - 1] }
    var members = [UInt32](repeating: 0, count: nodes.count)
    var next = starts
    for node in nodes {
      let index = frame.cell(positions[node])
      members[Int(next[index])] = UInt32(node)
      next[index] += 1
    }
    self.frame = frame
    self.starts = starts
    self.members = members
  }

  /// The member nearest to `position`; on equal distance the one with the lower id.
  func nearest(to position: SIMD2<Float>, positions: [SIMD2<Float>]) -> UInt32 {
    let relative = position - frame.origin
    let centreX = frame.coordinate(relative.x)
    let centreY = frame.coordinate(relative.y)
    let side = frame.side
    let cellSize = frame.cellSize
    var best = emptySlot
    var bestSquare = Float.infinity
    for radius in 0...side {
      // Everything outside the searched square is at least this far away.
      if radius > 0, best != emptySlot {
        let inner = Float(radius - 1) * cellSize
        if inner * inner > bestSquare { break }
      }
      for y in max(0, centreY - radius)...min(side - 1, centreY + radius) {
        let isEdgeRow = abs(y - centreY) == radius
        let stride = isEdgeRow || radius == 0 ? 1 : 2 * radius
        var x = centreX - radius
        while x <= centreX + radius {
          if x >= 0, x < side {
            let index = y * side + x
            for slot in Int(starts[index])..<Int(starts[index + 1]) {
              let offset = positions[Int(members[slot])] - position
              let square = (offset * offset).sum()
              if square < bestSquare || (square == bestSquare && members[slot] < best) {
                best = members[slot]
                bestSquare = square
              }
            }
          }
          x += stride
        }
      }
    }
    return best
  }
}
