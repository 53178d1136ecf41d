/// Distances and closeness on the ring.
extension RingInteger {
  /// The number of steps clockwise (upwards, wrapping) from this point to `other`.
  @inlinable
  public func clockwiseDistance(to other: Self) -> Self {
    other &- self
  }

  /// The number of steps to `other` along the shorter way round; at most half the ring.
  @inlinable
  public func ringDistance(to other: Self) -> Self {
    let clockwise = other &- self
    let counterclockwise = self &- other
    return clockwise < counterclockwise ? clockwise : counterclockwise
  }

  /// Whether this point is numerically closer to `key` than `other` is.
  ///
  /// The smaller `ringDistance` wins. **Tie rule**: of two points at the same distance on either
  /// side of the key, the one counterclockwise of it (the key's predecessor) is closer.
  /// So, for a fixed key, this is a strict total order of all points: exactly one of
  /// `a == b`, `a.isCloser(than: b, to: key)`, `b.isCloser(than: a, to: key)` holds; and it is
  /// invariant under rotation of the ring, which "the smaller value wins" is not.
  /// - Deviation: [Castro02] and [Rowstron01] say "numerically closest" and leave ties open.
  @inlinable
  public func isCloser(than other: Self, to key: Self) -> Bool {
    let own = ringDistance(to: key)
    let others = other.ringDistance(to: key)
    if own != others { return own < others }
    // Same distance: either one point, or one on each side of the key. The counterclockwise one
    // reaches the key clockwise over exactly that distance.
    return self != other && clockwiseDistance(to: key) == own
  }

  /// The numerically closest of `candidates` to this key, nil when there is none.
  ///
  /// Ties as in `isCloser(than:to:)`; the order of the candidates does not matter.
  /// - Complexity: O(n).
  @inlinable
  public func numericallyClosest(among candidates: some Sequence<Self>) -> Self? {
    var best: Self?
    for candidate in candidates {
      guard let current = best else {
        best = candidate
        continue
      }
      if candidate.isCloser(than: current, to: self) { best = candidate }
    }
    return best
  }

  /// The index of the numerically closest point to this key in a sorted list, nil when it is empty.
  ///
  /// Ties as in `isCloser(than:to:)`.
  /// - Parameter points: strictly ascending.
  /// - Complexity: O(log n).
  @inlinable
  public func numericallyClosestIndex<Points: RandomAccessCollection<Self>>(
    inSorted points: Points
  ) -> Points.Index? {
    guard let lastPoint = points.last, let firstPoint = points.first else { return nil }
    // The first point that is not below the key, wrapping to the start.
    var low = points.startIndex
    var count = points.count
    while count > 0 {
      let half = count / 2
      let middle = points.index(low, offsetBy: half)
      if points[middle] < self {
        low = points.index(after: middle)
        count -= half + 1
      } else {
        count = half
      }
    }
    let last = points.index(before: points.endIndex)
    let wrapsAfter = low == points.endIndex
    let wrapsBefore = low == points.startIndex
    let successor = wrapsAfter ? firstPoint : points[low]
    let predecessorIndex = wrapsBefore ? last : points.index(before: low)
    let predecessor = wrapsBefore ? lastPoint : points[predecessorIndex]
    if predecessor.isCloser(than: successor, to: self) { return predecessorIndex }
    return wrapsAfter ? points.startIndex : low
  }
}
