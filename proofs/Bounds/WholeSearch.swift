/// The first whole number from which on something holds.
enum WholeSearch {
  /// Bisects a range for the first number at which `holds` is true; it holds for all that follow.
  /// - Returns: nil when it holds for none.
  /// - Throws: when `holds` does, and when it cannot tell.
  /// - Complexity: two logarithms of the result.
  static func first(
    in range: ClosedRange<Int>, where holds: (Int) throws(BoundError) -> Bool?
  ) throws(BoundError) -> Int? {
    func decided(_ number: Int) throws(BoundError) -> Bool {
      guard let isTrue = try holds(number) else {
        throw BoundError(
          .outOfDomain,
          "at \(number) the two sides agree in more digits than are computed: change an argument "
            + "a little")
      }
      return isTrue
    }
    // Twice as far each time, as small numbers are the cheap ones.
    var (below, step) = (range.lowerBound - 1, 1)
    var above: Int?
    while above == nil {
      let probe = below > range.upperBound - step ? range.upperBound : below + step
      if try decided(probe) {
        above = probe
      } else if probe == range.upperBound {
        return nil
      } else {
        (below, step) = (probe, step * 2)
      }
    }
    guard var end = above else { return nil }
    while end - below > 1 {
      let middle = below + (end - below) / 2
      if try decided(middle) { end = middle } else { below = middle }
    }
    return end
  }
}

extension BoundValue {
  /// Whether it is at most that; nil where an enclosure does not tell.
  func isAtMost(_ limit: Rational) -> Bool? {
    switch self {
    case .exact(let number): return number <= limit
    case .enclosed(let enclosure):
      let limit = Enclosure(limit, bits: enclosure.bits)
      if enclosure.high <= limit.low { return true }
      return enclosure.low > limit.high ? false : nil
    }
  }

  /// Whether it is below that; nil where an enclosure does not tell.
  func isBelow(_ limit: Rational) -> Bool? {
    switch self {
    case .exact(let number): return number < limit
    case .enclosed(let enclosure):
      let limit = Enclosure(limit, bits: enclosure.bits)
      if enclosure.high < limit.low { return true }
      return enclosure.low >= limit.high ? false : nil
    }
  }
}
