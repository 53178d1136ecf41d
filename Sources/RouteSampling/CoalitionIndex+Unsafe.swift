/// The coalition's members in each of 64 fault sets, by rank, and the ids they can show or hide.
///
/// - Complexity: O(64 c N) to build and 4 bytes per membership; O(log N) per question.
final class CoalitionIndex: Sendable {
  private let ring: SortedRing
  private let members: FlatColumn<UInt32>
  private let starts: [Int]

  init(_ sets: FaultSets, ring: SortedRing) {
    self.ring = ring
    let column = sets.coalition
    var starts = [Int](repeating: 0, count: FaultSets.count + 1)
    for node in 0..<column.count {
      var word = unsafe column.base[node]
      while word != 0 {
        starts[word.trailingZeroBitCount + 1] += 1
        word &= word &- 1
      }
    }
    for set in 0..<FaultSets.count { starts[set + 1] += starts[set] }
    members = FlatColumn(count: starts[FaultSets.count])
    var next = starts
    for node in 0..<column.count {
      var word = unsafe column.base[node]
      while word != 0 {
        let set = word.trailingZeroBitCount
        unsafe members.base[next[set]] = UInt32(truncatingIfNeeded: node)
        next[set] += 1
        word &= word &- 1
      }
    }
    self.starts = starts
  }

  private func size(_ set: Int) -> Int { starts[set + 1] - starts[set] }

  /// Member number `index` of fault set `set`; indexes wrap around.
  private func member(_ index: Int, _ set: Int) -> Int {
    let size = size(set)
    let wrapped = index < 0 ? index + size : index >= size ? index - size : index
    return Int(members[starts[set] + wrapped])
  }

  /// Number of members with rank below `rank`.
  private func membersBelow(_ rank: Int, _ set: Int) -> Int {
    var low = 0
    var high = size(set)
    while low < high {
      let middle = (low + high) / 2
      if Int(members[starts[set] + middle]) < rank { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The node that is outsider number `index`, counted from rank 0; indexes wrap around.
  private func outsider(_ index: Int, _ set: Int) -> Int {
    let size = size(set)
    let outsiders = ring.count - size
    let wrapped = index < 0 ? index + outsiders : index >= outsiders ? index - outsiders : index
    // Member number i has (its rank - i) outsiders below it.
    var low = 0
    var high = size
    while low < high {
      let middle = (low + high) / 2
      if Int(members[starts[set] + middle]) - middle <= wrapped {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return wrapped + low
  }

  private func identifier(_ node: Int) -> UInt64 { ring.identifiers[node] }

  /// Span of the densest well-formed root set that the coalition can forge for a key: the member
  /// closest to the key in the middle, `half` consecutive members on either side.
  /// - Returns: the span in ring units, or nil if the coalition is too small to fill the set.
  func forgedSpan(key: UInt64, position: Int, half: Int, set: Int) -> UInt64? {
    guard size(set) > 2 * half else { return nil }
    let above = membersBelow(position, set)
    let clockwise = identifier(member(above, set)) &- key
    let counterclockwise = key &- identifier(member(above - 1, set))
    let centre = counterclockwise <= clockwise ? above - 1 : above
    return identifier(member(centre + half, set)) &- identifier(member(centre - half, set))
  }

  /// Span of the true root set as it looks when the coalition hides: the outsider closest to the
  /// key in the middle, `half` consecutive outsiders on either side.
  /// - Returns: the span in ring units, or nil if too few nodes are left.
  func honestSpan(key: UInt64, position: Int, half: Int, set: Int) -> UInt64? {
    guard ring.count - size(set) > 2 * half else { return nil }
    let above = position - membersBelow(position, set)
    let clockwise = identifier(outsider(above, set)) &- key
    let counterclockwise = key &- identifier(outsider(above - 1, set))
    let centre = counterclockwise <= clockwise ? above - 1 : above
    return identifier(outsider(centre + half, set)) &- identifier(outsider(centre - half, set))
  }

  /// Span of the sender's `2 half` nearest gaps when the coalition hides from it.
  /// - Returns: the span in ring units; the whole ring if no more than `2 half` nodes are left.
  func localSpan(sender: Int, half: Int, set: Int) -> UInt64 {
    guard ring.count - size(set) > 2 * half else { return .max }
    let centre = sender - membersBelow(sender, set)
    return identifier(outsider(centre + half, set)) &- identifier(outsider(centre - half, set))
  }
}
