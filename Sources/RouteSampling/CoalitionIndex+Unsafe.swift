/// The coalition in each of 64 fault sets of each lane, and the ids that it can show or hide.
///
/// The lines of `FaultSets` hold a word per lane and node; here a word is about one set and 64
/// consecutive nodes. Blocks of 64 nodes are drawn when a question first touches them.
/// - Complexity: about 6 us per block; per question O(1) per block of 64 nodes on the way.
final class CoalitionIndex {
  private static let lanes = 8

  private let ring: SortedRing
  private let faulty: FaultSets
  private let members: FaultSets?
  private let blocks: Int
  private let isDrawn: FlatColumn<Bool>
  /// Per block, lane and set: a bit per node.
  private let words: FlatColumn<UInt64>

  /// - Parameters:
  ///   - faulty: the faulty nodes.
  ///   - members: those that would join the coalition if they are faulty; nil for all.
  init(faulty: FaultSets, members: FaultSets?, ring: SortedRing) {
    self.ring = ring
    self.faulty = faulty
    self.members = members
    blocks = (ring.count + 63) / 64
    isDrawn = FlatColumn(count: blocks)
    words = FlatColumn(count: blocks * CoalitionIndex.lanes * FaultSets.count, filling: nil)
  }

  /// One fault set of one lane.
  struct Place {
    let lane: Int
    let set: Int
  }

  /// Who is looked for.
  enum Side {
    case member
    case outsider
  }

  /// Span of the densest well-formed set of ids around a key that one side fills alone: the id
  /// closest to the key in the middle, `half` consecutive ones on either side.
  ///
  /// Of members: what the coalition can forge. Of outsiders: the true root set as it looks when the
  /// coalition hides.
  /// - Parameter position: the key's rank.
  /// - Returns: the span in ring units, or nil if there are too few ids to fill the set.
  func span(of side: Side, key: UInt64, position: Int, half: Int, _ place: Place) -> UInt64? {
    let start = position == ring.count ? 0 : position
    guard let above = find(1, side, from: start, place),
      let below = find(1, side, before: start, place)
    else { return nil }
    let clockwise = ring.identifiers[above.node] &- key
    let counterclockwise = key &- ring.identifiers[below.node]
    let isBelow = counterclockwise <= clockwise
    guard let high = find(isBelow ? half : half + 1, side, from: start, place),
      let low = find(isBelow ? half + 1 : half, side, before: start, place),
      high.steps + low.steps <= ring.count
    else { return nil }
    return ring.identifiers[high.node] &- ring.identifiers[low.node]
  }

  /// Span of the sender's `2 half` nearest gaps when the coalition hides from it.
  /// - Returns: the span in ring units; the whole ring if no more than `2 half` others are left.
  func localSpan(sender: Int, half: Int, _ place: Place) -> UInt64 {
    let next = sender + 1 == ring.count ? 0 : sender + 1
    guard let high = find(half, .outsider, from: next, place),
      let low = find(half, .outsider, before: sender, place),
      high.steps + low.steps < ring.count
    else { return .max }
    return ring.identifiers[high.node] &- ring.identifiers[low.node]
  }

  /// The node with number `number`, counted from 1, at or clockwise after `start`, and the nodes
  /// passed until then, itself included.
  private func find(
    _ number: Int, _ side: Side, from start: Int, _ place: Place
  ) -> (node: Int, steps: Int)? {
    var block = start >> 6
    let ahead = UInt64.max << UInt64(start & 63)
    var word = self.word(block, side, place) & ahead
    var left = number
    for turn in 1...(blocks + 1) {
      let count = word.nonzeroBitCount
      if count >= left {
        for _ in 1..<left { word &= word &- 1 }
        let node = block << 6 + word.trailingZeroBitCount
        return (node, (node < start ? node + ring.count : node) - start + 1)
      }
      left -= count
      block = block + 1 == blocks ? 0 : block + 1
      // The first block comes last again, with its other part.
      word = self.word(block, side, place) & (turn == blocks ? ~ahead : ~0)
    }
    return nil
  }

  /// The same counterclockwise, from the node before `start` on.
  private func find(
    _ number: Int, _ side: Side, before start: Int, _ place: Place
  ) -> (node: Int, steps: Int)? {
    var block = start >> 6
    let ahead = ~(UInt64.max << UInt64(start & 63))
    var word = self.word(block, side, place) & ahead
    var left = number
    for turn in 1...(blocks + 1) {
      let count = word.nonzeroBitCount
      if count >= left {
        for _ in 1..<left { word &= ~(1 << UInt64(63 - word.leadingZeroBitCount)) }
        let node = block << 6 + 63 - word.leadingZeroBitCount
        return (node, start - (node < start ? node : node - ring.count))
      }
      left -= count
      block = block == 0 ? blocks - 1 : block - 1
      // The first block comes last again, with its other part.
      word = self.word(block, side, place) & (turn == blocks ? ~ahead : ~0)
    }
    return nil
  }

  /// Which of the 64 nodes of a block are on a side.
  @inline(__always)
  private func word(_ block: Int, _ side: Side, _ place: Place) -> UInt64 {
    if unsafe !isDrawn.base[block] { draw(block) }
    let index = (block * CoalitionIndex.lanes + place.lane) * FaultSets.count + place.set
    let members = unsafe words.base[index]
    if side == .member { return members }
    let inBlock = min(64, ring.count - block << 6)
    return ~members & (~0 >> UInt64(64 - inBlock))
  }

  @inline(never)
  private func draw(_ block: Int) {
    let first = block << 6
    let faulty = self.faulty.lines
    let members = self.members?.lines
    let target = unsafe words.base + block * CoalitionIndex.lanes * FaultSets.count
    let size = min(64, ring.count - first)
    for offset in 0..<64 {
      var line = LaneWords.zero
      if offset < size {
        let node = UInt32(truncatingIfNeeded: first + offset)
        line = faulty[node]
        if let members { line &= members[node] }
      }
      for lane in 0..<CoalitionIndex.lanes {
        unsafe target[lane * FaultSets.count + offset] = line[lane]
      }
    }
    for lane in 0..<CoalitionIndex.lanes {
      unsafe CoalitionIndex.transpose(target + lane * FaultSets.count)
    }
    unsafe isDrawn.base[block] = true
  }

  /// Turns 64 words of 64 bits over their diagonal: bit j of word i becomes bit i of word j.
  private static func transpose(_ words: UnsafeMutablePointer<UInt64>) {
    var width = 32
    var mask: UInt64 = 0xFFFF_FFFF
    while width > 0 {
      let shift = UInt64(truncatingIfNeeded: width)
      var row = 0
      while row < 64 {
        for index in row..<(row + width) {
          let low = unsafe words[index]
          let high = unsafe words[index + width]
          let exchanged = ((low &>> shift) ^ high) & mask
          unsafe words[index] = low ^ (exchanged &<< shift)
          unsafe words[index + width] = high ^ exchanged
        }
        row += 2 * width
      }
      width /= 2
      mask ^= mask &<< UInt64(truncatingIfNeeded: width)
    }
  }
}
