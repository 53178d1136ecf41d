/// The certified nodes that a sender knows near one point, and which of them it has asked.
///
/// Certified ids cannot be invented, so what is known is a set of true nodes: a window of ranks
/// around the point's own, one mark per node. Nodes outside the window are too far away to matter
/// and are forgotten.
/// - Complexity: O(1) to mark a node; O(window) to select; 8 KiB.
@safe
final class KnownNodes {
  /// Ranks kept on either side of the point.
  static let reach = 512

  private let known = FlatColumn<UInt32>(count: 2 * KnownNodes.reach)
  private let asked = FlatColumn<UInt32>(count: 2 * KnownNodes.reach)
  /// Marks of other generations do not count, so nothing is ever cleared.
  private var generation: UInt32 = 0
  private(set) var point: UInt64 = 0
  /// Rank of the point.
  fileprivate var position: UInt32 = 0
  /// Ones below the digits that nodes should share with the point.
  private var lowMask: UInt64 = .max
  /// Ranks in use on either side, fewer in a small overlay.
  private var reach = 0

  /// Places of the lowest and highest known node, for a quick end of a search.
  private var lowest = Int.max
  private var highest = Int.min

  /// Forgets everything and looks at another point.
  /// - Parameter lowMask: ones below the digits that the nodes asked should share with the point.
  func begin(around point: UInt64, lowMask: UInt64, _ graph: LookupGraph) {
    self.point = point
    self.lowMask = lowMask
    position = graph.ring.rank(of: point)
    reach = min(KnownNodes.reach, Int(graph.ring.count) / 2)
    lowest = .max
    highest = .min
    generation &+= 1
    if generation == 0 {
      // Once in 2^32 lookups: marks of long ago would count again.
      for index in 0..<known.count {
        known[index] = 0
        asked[index] = 0
      }
      generation = 1
    }
  }

  /// Places from the point to a node, 0 for the first node at or above it; the shorter way round.
  @inline(__always)
  private func offset(of node: UInt32, _ graph: LookupGraph) -> Int {
    let count = Int(graph.ring.count)
    let offset = Int(node) &- Int(position)
    if offset >= count &- reach { return offset &- count }
    return offset < reach &- count ? offset &+ count : offset
  }

  /// Place of a node in the window: `reach` for the first node at or above the point.
  @inline(__always)
  private func place(_ node: UInt32, _ graph: LookupGraph) -> Int? {
    let offset = offset(of: node, graph)
    guard offset >= -reach, offset < reach else { return nil }
    return offset &+ KnownNodes.reach
  }

  /// Learns of a node.
  @inline(__always)
  func insert(_ node: UInt32, _ graph: LookupGraph) {
    if let place = place(node, graph) { mark(place) }
  }

  @inline(__always)
  private func mark(_ place: Int) {
    unsafe known.base[place] = generation
    lowest = min(lowest, place)
    highest = max(highest, place)
  }

  /// Learns of `count` consecutive nodes, at most half of all.
  func insert(from first: UInt32, count: Int, _ graph: LookupGraph) {
    let start = offset(of: first, graph)
    let turn = Int(graph.ring.count)
    // A run that starts before the window may reach into it from either end of the ring.
    insert(start..<(start &+ count))
    if start &+ count > turn &- reach { insert((start &- turn)..<(start &- turn &+ count)) }
  }

  /// Learns of the nodes at these offsets, as far as the window goes.
  private func insert(_ offsets: Range<Int>) {
    var place = max(offsets.lowerBound, -reach) &+ KnownNodes.reach
    let end = min(offsets.upperBound, reach) &+ KnownNodes.reach
    if place >= end { return }
    lowest = min(lowest, place)
    highest = max(highest, end &- 1)
    while place < end {
      unsafe known.base[place] = generation
      place &+= 1
    }
  }

  /// Whether a node lies at most `count` places from the point.
  func isWithin(_ count: Int, of node: UInt32, _ graph: LookupGraph) -> Bool {
    let offset = offset(of: node, graph)
    return offset >= -count && offset < count
  }

  /// Learns of the leaf set of a node, the node included.
  func insertLeafSet(of node: UInt32, _ graph: LookupGraph) {
    let half = Int(graph.half)
    insert(from: graph.neighbor(node, -half), count: 2 * half + 1, graph)
  }

  /// Learns of the `count` nodes nearest to the point that fulfil `condition`.
  /// - Returns: how many there were in the window.
  @discardableResult
  func insertNearest(
    _ count: Int, _ graph: LookupGraph, where condition: (UInt32) -> Bool
  ) -> Int {
    var found = 0
    forEachOutwards(-reach..<reach, graph) { place, node in
      if condition(node) {
        mark(place)
        found += 1
      }
      return found < count
    }
    return found
  }

  /// Selects the `count` known nodes nearest to the point that have not been asked, those that
  /// share the point's digits first, and marks them as asked.
  func select(_ count: Int, _ graph: LookupGraph, into nodes: inout [UInt32]) {
    nodes.removeAll(keepingCapacity: true)
    guard lowest <= highest else { return }
    let offsets = (lowest &- KnownNodes.reach)..<(highest &- KnownNodes.reach &+ 1)
    for wantsBlock in [true, false] where nodes.count < count {
      forEachOutwards(offsets, graph) { place, node in
        let isInBlock = (graph.ring.identifier(node) ^ point) & ~lowMask == 0
        if unsafe known.base[place] == generation && asked.base[place] != generation
          && isInBlock == wantsBlock
        {
          unsafe asked.base[place] = generation
          nodes.append(node)
        }
        return nodes.count < count
      }
    }
  }

  /// Keeps a node from being selected: the sender does not ask itself.
  func exclude(_ node: UInt32, _ graph: LookupGraph) {
    if let place = place(node, graph) { unsafe asked.base[place] = generation }
  }

  /// Whether a node is known.
  @inline(__always)
  func contains(_ node: UInt32, _ graph: LookupGraph) -> Bool {
    guard let place = place(node, graph) else { return false }
    return unsafe known.base[place] == generation
  }

  /// The sender's list: the known nodes closest to the point, `count` at most on either side.
  struct SideList {
    /// Number of nodes listed.
    var count = 0
    /// How far the list reaches on either side, in ranks; a side that is not full has no end.
    fileprivate var belowReach = Int.max
    fileprivate var aboveReach = Int.max

    /// Whether a node belongs in the list by its place and is not known.
    func lacks(_ node: UInt32, _ nodes: KnownNodes, _ graph: LookupGraph) -> Bool {
      let offset = graph.offset(
        from: nodes.position == graph.ring.count ? 0 : nodes.position, to: node)
      if offset < -belowReach || offset > aboveReach { return false }
      return !nodes.contains(node, graph)
    }
  }

  /// Makes the list and selects those of its nodes that have not been asked, who now are.
  func selectSides(
    _ count: Int, _ graph: LookupGraph, pending: inout [UInt32]
  ) -> SideList {
    pending.removeAll(keepingCapacity: true)
    var list = SideList()
    for direction in [-1, 1] {
      var left = count
      var offset = direction < 0 ? -1 : 0
      while left > 0, offset >= -reach, offset < reach {
        let place = offset &+ KnownNodes.reach
        if unsafe known.base[place] == generation {
          left -= 1
          list.count += 1
          if unsafe asked.base[place] != generation {
            unsafe asked.base[place] = generation
            pending.append(wrapped(Int(position) &+ offset, Int(graph.ring.count)))
          }
          if left == 0 {
            if direction < 0 { list.belowReach = -offset } else { list.aboveReach = offset }
          }
        }
        offset &+= direction
      }
    }
    return list
  }

  /// Visits the nodes at these offsets by distance from the point until `body` says no.
  @inline(__always)
  private func forEachOutwards(
    _ offsets: Range<Int>, _ graph: LookupGraph, _ body: (_ place: Int, _ node: UInt32) -> Bool
  ) {
    let count = Int(graph.ring.count)
    var below = min(-1, offsets.upperBound &- 1)
    var above = max(0, offsets.lowerBound)
    while below >= offsets.lowerBound || above < offsets.upperBound {
      let lower = wrapped(Int(position) &+ below, count)
      let upper = wrapped(Int(position) &+ above, count)
      let takesBelow: Bool
      if below < offsets.lowerBound {
        takesBelow = false
      } else if above >= offsets.upperBound {
        takesBelow = true
      } else {
        takesBelow =
          point &- graph.ring.identifier(lower) <= graph.ring.identifier(upper) &- point
      }
      let offset = takesBelow ? below : above
      if takesBelow { below &-= 1 } else { above &+= 1 }
      if !body(offset &+ KnownNodes.reach, takesBelow ? lower : upper) { return }
    }
  }

  @inline(__always)
  private func wrapped(_ rank: Int, _ count: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: rank < 0 ? rank &+ count : rank >= count ? rank &- count : rank)
  }
}
