/// Routes by the definitions of leaf set, constrained table and next hop, from the ids alone.
///
/// A second implementation beside the sampling engine, which keeps tables, an index over the ring
/// and batches of lookups: here every question is a binary search among sorted ids, and no table
/// exists. As in the engine a node is the rank of its id, and ids are their leading 64 bits, a ring
/// modulo 2^64; digits beyond the last whole one are not used.
/// - Complexity: O(log N) per slot, O(hops log N) per route.
public struct DefinedRoutes: Sendable {
  /// The ids, ascending.
  public let identifiers: [UInt64]
  /// Bits per digit, b.
  public let digitBits: Int
  /// Leaf-set size, l.
  public let leafSetSize: Int

  /// Sorts the ids.
  /// - Precondition: no id occurs twice, `leafSetSize` is even and below their number, and
  ///   `digitBits` is in 1...8.
  public init(_ identifiers: [UInt64], digitBits: Int, leafSetSize: Int) {
    self.identifiers = identifiers.sorted()
    self.digitBits = digitBits
    self.leafSetSize = leafSetSize
    precondition((1...8).contains(digitBits), "digits of \(digitBits) bits")
    precondition(
      leafSetSize >= 2 && leafSetSize % 2 == 0 && leafSetSize < identifiers.count,
      "leaf sets of \(leafSetSize) among \(identifiers.count) nodes")
    for (a, b) in zip(self.identifiers, self.identifiers.dropFirst()) {
      precondition(a != b, "two nodes have the id \(a)")
    }
  }

  private var count: Int { identifiers.count }
  private var wholeDigits: Int { 64 / digitBits }

  /// The node `offset` places clockwise of another.
  public func neighbor(_ node: Int, _ offset: Int) -> Int {
    let place = (node + offset) % count
    return place < 0 ? place + count : place
  }

  /// The number of ids below a point.
  private func rank(_ point: UInt64, in range: Range<Int>) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = low + (high - low) / 2
      if identifiers[middle] < point { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func distance(_ a: UInt64, _ b: UInt64) -> UInt64 { min(a &- b, b &- a) }

  /// Whether `a` is closer to a point than `b` is; of two as close, the one counterclockwise of it.
  private func isCloser(_ a: Int, _ b: Int, to point: UInt64) -> Bool {
    let (x, y) = (identifiers[a], identifiers[b])
    let (near, far) = (distance(x, point), distance(y, point))
    return near != far ? near < far : x != y && point &- x == near
  }

  /// The node closest to the key: its root.
  public func root(of key: UInt64) -> Int {
    let above = rank(key, in: 0..<count)
    let (a, b) = (neighbor(above, -1), neighbor(above, 0))
    return isCloser(b, a, to: key) ? b : a
  }

  /// Whether the key lies between the ends of the node's leaf set, so that it knows the root.
  public func spans(_ node: Int, key: UInt64) -> Bool {
    let low = identifiers[neighbor(node, -leafSetSize / 2)]
    let high = identifiers[neighbor(node, leafSetSize / 2)]
    return key != low && key &- low <= high &- low
  }

  private func digit(_ value: UInt64, row: Int) -> UInt64 {
    value >> UInt64(64 - digitBits * (row + 1)) & (1 << UInt64(digitBits) - 1)
  }

  private func sharedPrefixLength(_ a: UInt64, _ b: UInt64) -> Int {
    (0..<wholeDigits).first { digit(a, row: $0) != digit(b, row: $0) } ?? wholeDigits
  }

  /// Ranks of the nodes that share `digits` leading digits with a point.
  private func block(_ point: UInt64, digits: Int) -> Range<Int> {
    guard digits > 0 else { return 0..<count }
    let free = UInt64(64 - digitBits * digits)
    let first = (point >> free) << free
    let last = first | (free == 0 ? 0 : (1 << free) - 1)
    let low = rank(first, in: 0..<count)
    let high = rank(last, in: low..<count)
    return low..<(high < count && identifiers[high] == last ? high + 1 : high)
  }

  /// The entry of the constrained table of `owner`: of the nodes with the slot's prefix the one
  /// that is closest to the owner's id with the slot's digit in place of its own; nil if there is
  /// none. [Castro02], routing table maintenance
  public func slot(row: Int, digit: UInt64, of owner: Int) -> Int? {
    let shift = UInt64(64 - digitBits * (row + 1))
    let field = (UInt64(1) << UInt64(digitBits) - 1) << shift
    let point = identifiers[owner] & ~field | digit << shift
    let block = block(point, digits: row + 1)
    guard !block.isEmpty else { return nil }
    let above = rank(point, in: block)
    guard above > block.lowerBound else { return above }
    guard above < block.upperBound else { return above - 1 }
    return isCloser(above, above - 1, to: point) ? above : above - 1
  }

  /// The next hop of a message; nil for a node that knows the root. [Rowstron01] 2.3
  public func nextHop(from owner: Int, key: UInt64) -> Int? {
    if spans(owner, key: key) { return nil }
    let row = sharedPrefixLength(identifiers[owner], key)
    if row < wholeDigits, let next = slot(row: row, digit: digit(key, row: row), of: owner) {
      return next
    }
    return closestKnown(to: key, row: row, owner: owner)
  }

  /// The rare case: of all nodes that the owner knows, the closest to the key that shares at least
  /// `row` digits with it and is closer to it than the owner.
  private func closestKnown(to key: UInt64, row: Int, owner: Int) -> Int? {
    let own = identifiers[owner]
    var known = (1...leafSetSize / 2).flatMap { [neighbor(owner, -$0), neighbor(owner, $0)] }
    // Below the row where the owner is alone in its block, all slots are empty.
    for row in 0..<wholeDigits where block(own, digits: row).count > 1 {
      for digit in 0..<UInt64(1 << digitBits) where digit != self.digit(own, row: row) {
        if let node = slot(row: row, digit: digit, of: owner) { known.append(node) }
      }
    }
    return
      known
      .filter {
        sharedPrefixLength(identifiers[$0], key) >= row
          && distance(identifiers[$0], key) < distance(own, key)
      }
      .min { isCloser($0, $1, to: key) }
  }

  /// The nodes that hold a message from `start` on, up to the first that knows the root.
  public func walk(from start: Int, key: UInt64) -> [Int] {
    var nodes = [start]
    while let next = nextHop(from: nodes[nodes.count - 1], key: key) { nodes.append(next) }
    return nodes
  }

  /// The leaf-set members that get a copy: half of them counterclockwise, the odd one clockwise.
  /// [Castro02], redundant routing
  public func anycastStarts(from source: Int, copies: Int) -> [Int] {
    let below = copies / 2
    return (0..<copies).map {
      neighbor(source, $0 < below ? $0 - below : $0 - below + 1)
    }
  }
}
