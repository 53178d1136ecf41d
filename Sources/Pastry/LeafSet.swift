public import RingIdentifiers

/// The nodes that are numerically closest to one node: l/2 clockwise and l/2 counterclockwise of
/// it.
///
/// A side holds the nearest known nodes in its direction. With fewer than l + 1 known nodes one
/// node can be on both sides; then the sides `overlap`, and the set describes the whole ring only
/// if it was found that there are no more nodes (`isWhole`). Source: [Rowstron01], Pastry node
/// state.
public struct LeafSet: Equatable, Sendable {
  /// The node in the middle; never a member.
  public let owner: Peer
  /// Members clockwise of the owner (upwards), nearest first.
  public private(set) var clockwise: ContiguousArray<Peer> = []
  /// Members counterclockwise of the owner (downwards), nearest first.
  public private(set) var counterclockwise: ContiguousArray<Peer> = []
  /// How far the set reaches clockwise, in ring units; see `covers(_:)`.
  private var clockwiseReach = UInt160.zero
  private let sideMax: UInt8
  /// Whether all nodes of the overlay are known to be in here.
  public private(set) var isWhole = false
  /// Whether both sides are full and apart.
  private(set) var isFullAndApart = false
  /// How far the set reaches counterclockwise.
  private var counterclockwiseReach = UInt160.zero

  /// Members that a side can have, l/2.
  public var sideCapacity: Int { Int(sideMax) }

  /// An empty set.
  /// - Precondition: `size` is even and in 2...64.
  public init(owner: Peer, size: Int) {
    precondition(size % 2 == 0 && (2...64).contains(size), "leaf set size \(size)")
    self.owner = owner
    sideMax = UInt8(size / 2)
    clockwise.reserveCapacity(sideCapacity)
    counterclockwise.reserveCapacity(sideCapacity)
  }

  /// Whether two sets have the same owner and members.
  public static func == (lhs: LeafSet, rhs: LeafSet) -> Bool {
    lhs.owner == rhs.owner && lhs.clockwise == rhs.clockwise
      && lhs.counterclockwise == rhs.counterclockwise && lhs.isWhole == rhs.isWhole
  }

  // MARK: what it says

  /// Whether some node is on both sides.
  public var overlaps: Bool {
    guard let last = clockwise.last, let first = counterclockwise.last else { return false }
    let up = owner.nodeId.clockwiseDistance(to: last.nodeId)
    let down = first.nodeId.clockwiseDistance(to: owner.nodeId)
    // up + down >= 2^160, or they meet at one node.
    return up > UInt160.zero &- down || up == UInt160.zero &- down
  }

  /// Whether every node that belongs in is known to be in: both sides are full and apart, or the
  /// set is whole.
  public var isComplete: Bool {
    isWhole || isFullAndApart
  }

  /// Whether the root of this key is the owner or a member.
  ///
  /// Between the farthest members of both sides. While a side lacks members or the sides overlap,
  /// only the half of the ring around the owner counts, up to the farthest member in it.
  public func covers(_ key: some RingIdentifier) -> Bool {
    if isWhole { return true }
    let up = owner.nodeId.clockwiseDistance(to: key)
    return up <= clockwiseReach || UInt160.zero &- up <= counterclockwiseReach
  }

  enum Side { case clockwise, counterclockwise }

  /// Where a key lies between the members of one side or the owner, while both sides are full and
  /// apart: then no node of the other side can be closer to it. Nil for any other key.
  @inline(__always)
  func position(of key: some RingIdentifier) -> Position? {
    guard isFullAndApart else { return nil }
    let up = owner.nodeId.clockwiseDistance(to: key)
    if up <= clockwiseReach {
      return Position(side: .clockwise, distance: up, reach: clockwiseReach)
    }
    let down = UInt160.zero &- up
    guard down <= counterclockwiseReach else { return nil }
    return Position(side: .counterclockwise, distance: down, reach: counterclockwiseReach)
  }

  /// A key's place on a side of the set.
  struct Position {
    /// The side on which it lies.
    let side: Side
    /// From the owner to the key.
    let distance: UInt160
    /// From the owner to the side's farthest member.
    let reach: UInt160

    /// How many of the side's members the key would lie behind if they were evenly spaced. As
    /// nodeIds are random, the true number is hardly ever more than a few away.
    @inline(__always)
    func likelyPlace(of count: Int) -> Int {
      // Few enough bits that `count` of them cannot overflow; one more, so that it is never zero.
      let part = (distance.high &>> 8) &* UInt64(truncatingIfNeeded: count)
      return min(count, Int(truncatingIfNeeded: part / (reach.high &>> 8 &+ 1)))
    }
  }

  /// The owner or the member that is numerically closest to `key`.
  /// - Parameter excluded: a member that does not count; `.none` for nobody.
  /// - Complexity: O(l); for a key within reach while both sides are full and apart and nobody is
  ///   excluded, O(sqrt l) expected for random nodeIds.
  @inline(__always)
  public func closest(
    to key: some RingIdentifier, excluding excluded: NodeIndex = .none
  ) -> Peer {
    if !excluded.exists, let position = position(of: key) { return closest(at: position) }
    return closestOfAll(to: key, excluding: excluded)
  }

  /// The closer one of the nodes before and behind a key.
  @inline(__always)
  func closest(at position: Position) -> Peer {
    let middle = owner.nodeId
    switch position.side {
    case .clockwise:
      return closest(at: position, on: clockwise, tieGoesBehind: false) {
        middle.clockwiseDistance(to: $0)
      }
    case .counterclockwise:
      return closest(at: position, on: counterclockwise, tieGoesBehind: true) {
        $0.clockwiseDistance(to: middle)
      }
    }
  }

  /// - Parameter tieGoesBehind: whether the member behind the key is counterclockwise of it.
  @inline(__always)
  private func closest(
    at position: Position, on side: borrowing ContiguousArray<Peer>, tieGoesBehind: Bool,
    _ distance: (NodeId) -> UInt160
  ) -> Peer {
    var place = position.likelyPlace(of: side.count)
    // Up to the first member that is not before the key, then down to it.
    while place < side.count, distance(side[place].nodeId) < position.distance { place &+= 1 }
    while place > 0, distance(side[place &- 1].nodeId) >= position.distance { place &-= 1 }
    let before = place == 0 ? owner : side[place &- 1]
    guard place < side.count else { return before }
    let behind = side[place]
    let toBefore = position.distance &- distance(before.nodeId)
    let toBehind = distance(behind.nodeId) &- position.distance
    // Of two at one distance the one counterclockwise of the key is closer, see `isCloser`.
    return toBehind < toBefore || tieGoesBehind && toBehind == toBefore ? behind : before
  }

  /// Looks at all members.
  @inline(never)
  private func closestOfAll(
    to key: some RingIdentifier, excluding excluded: NodeIndex
  ) -> Peer {
    let up = owner.nodeId.clockwiseDistance(to: key)
    let down = UInt160.zero &- up
    var best = owner
    // On each side, the last member before the key and the first behind it.
    for peer in clockwise where peer.index != excluded {
      if peer.nodeId.isCloser(than: best.nodeId, to: key) { best = peer }
      if owner.nodeId.clockwiseDistance(to: peer.nodeId) >= up { break }
    }
    for peer in counterclockwise where peer.index != excluded {
      if peer.nodeId.isCloser(than: best.nodeId, to: key) { best = peer }
      if peer.nodeId.clockwiseDistance(to: owner.nodeId) >= down { break }
    }
    return best
  }

  /// Whether a node is a member.
  /// - Complexity: O(l).
  public func contains(_ index: NodeIndex) -> Bool {
    clockwise.contains { $0.index == index } || counterclockwise.contains { $0.index == index }
  }

  /// All members, each once: clockwise ones first, nearest first.
  public var members: ContiguousArray<Peer> {
    var all: ContiguousArray<Peer> = []
    all.reserveCapacity(clockwise.count + counterclockwise.count)
    all.append(contentsOf: clockwise)
    // Nobody is on both of two full sides that are apart.
    for peer in counterclockwise where isFullAndApart || !clockwise.contains(peer) {
      all.append(peer)
    }
    return all
  }

  /// The numbers of all members, in the same order.
  public var memberIndices: NodeList { NodeList(members.lazy.map(\.index)) }

  /// The `count` nodes closest to `key` among owner and members, closest first.
  /// - Complexity: O(l log l).
  public func replicaRoots(of key: some RingIdentifier, count: Int) -> ContiguousArray<Peer> {
    var all = members
    all.append(owner)
    all.sort { $0.nodeId.isCloser(than: $1.nodeId, to: key) }
    return ContiguousArray(all.prefix(count))
  }

  /// Whether the overlay is, or may be, so small that a side reaches beyond half of the ring.
  ///
  /// With a quarter of the ring between the farthest members, either half of it holds l/2 nodes
  /// unless the overlay has hardly more than l.
  public var mayWrap: Bool {
    if isWhole { return true }
    var (up, down) = (clockwiseReach.high, counterclockwiseReach.high)
    if !isFullAndApart {
      let middle = owner.nodeId
      up = clockwise.last.map { middle.clockwiseDistance(to: $0.nodeId).high } ?? 0
      down = counterclockwise.last.map { $0.nodeId.clockwiseDistance(to: middle).high } ?? 0
    }
    let (span, overflow) = up.addingReportingOverflow(down)
    return overflow || span >= 1 << 62
  }

  // MARK: changes

  /// What became of a node that was offered.
  public enum Insertion: Hashable, Sendable {
    /// It is a member now.
    case inserted
    /// It was a member before.
    case known
    /// Both sides are full of nearer nodes, or it is the owner.
    case rejected
  }

  /// Offers a live node.
  /// - Parameter wraps: whether a side with room takes nodes beyond half of the ring. In a large
  ///   overlay a side that has lost its farthest member would take one of the other side's in its
  ///   place, and the set would seem complete and to cover nearly the whole ring.
  /// - Complexity: O(l).
  public mutating func insert(_ peer: Peer, wraps: Bool = true) -> Insertion {
    guard peer.nodeId != owner.nodeId else { return .rejected }
    let (up, down) = place(peer, wraps: wraps)
    guard up == .inserted || down == .inserted else {
      return up == .known || down == .known ? .known : .rejected
    }
    updateReach()
    if isFullAndApart { isWhole = false }
    return .inserted
  }

  /// Offers the nodes of a list, one after the other.
  /// - Complexity: O(n l) for n nodes, with less for each than a single offer.
  mutating func insert(each nodes: NodeList, of book: borrowing PeerBook, wraps: Bool) {
    book.prefetch(nodes)
    var grows = false
    for node in nodes where book[node] != owner.nodeId {
      let (up, down) = place(book.peer(node), wraps: wraps)
      grows = grows || up == .inserted || down == .inserted
    }
    guard grows else { return }
    updateReach()
    if isFullAndApart { isWhole = false }
  }

  /// Whether `insert` would take this node in.
  /// - Complexity: O(l).
  public func wants(_ peer: Peer, wraps: Bool = true) -> Bool {
    isMissing(peer, roomCounts: true, wraps: wraps)
  }

  /// Whether a node lies between the farthest members of a side and the owner without being on that
  /// side: a complete set would hold it.
  func lacks(_ peer: Peer) -> Bool { isMissing(peer, roomCounts: false, wraps: false) }

  /// Whether a side without this node has a farther member or, if room counts, room.
  private func isMissing(_ peer: Peer, roomCounts: Bool, wraps: Bool) -> Bool {
    guard peer.nodeId != owner.nodeId else { return false }
    let middle = owner.nodeId
    if isFullAndApart {
      // Most nodes are beyond reach, and no member has to be looked at.
      let up = middle.clockwiseDistance(to: peer.nodeId)
      guard up < clockwiseReach || UInt160.zero &- up < counterclockwiseReach else { return false }
    }
    func isMissing(
      from side: ContiguousArray<Peer>, _ distance: (NodeId) -> UInt160
    ) -> Bool {
      let fits =
        roomCounts && side.count < sideCapacity
        && (wraps || distance(peer.nodeId) < LeafSet.half)
        || side.last.map { distance(peer.nodeId) < distance($0.nodeId) } ?? false
      // By nodeId, as `insert` does: another number of a member's nodeId is no other node.
      return fits && !side.contains { $0.nodeId == peer.nodeId }
    }
    return isMissing(from: clockwise) { middle.clockwiseDistance(to: $0) }
      || isMissing(from: counterclockwise) { $0.clockwiseDistance(to: middle) }
  }

  /// Puts a node on each side that it fits.
  private mutating func place(
    _ peer: Peer, wraps: Bool
  ) -> (clockwise: Insertion, counterclockwise: Insertion) {
    let middle = owner.nodeId
    return (
      LeafSet.place(peer, in: &clockwise, sideCapacity, wraps) {
        middle.clockwiseDistance(to: $0)
      },
      LeafSet.place(peer, in: &counterclockwise, sideCapacity, wraps) {
        $0.clockwiseDistance(to: middle)
      }
    )
  }

  /// Half of the ring.
  private static var half: UInt160 { UInt160(high: 1 << 63, middle: 0, low: 0) }

  private static func place(
    _ peer: Peer, in side: inout ContiguousArray<Peer>, _ capacity: Int, _ wraps: Bool,
    _ distance: (NodeId) -> UInt160
  ) -> Insertion {
    let own = distance(peer.nodeId)
    let isBeyondAll = side.last.map { distance($0.nodeId) < own } ?? true
    if isBeyondAll, !wraps, own >= half { return .rejected }
    if side.count == capacity, let last = side.last, distance(last.nodeId) < own {
      return .rejected
    }
    // From the end: who fills a set names the nearest first.
    var position = side.count
    while position > 0 {
      let other = distance(side[position - 1].nodeId)
      if other == own { return .known }
      if other < own { break }
      position -= 1
    }
    if side.count == capacity { side.removeLast() }
    side.insert(peer, at: position)
    return .inserted
  }

  /// Takes a node out; false when it was no member.
  /// - Parameter wraps: whether a side that has room then takes members of the other side; see
  ///   `insert`.
  /// - Complexity: O(l).
  public mutating func remove(_ index: NodeIndex, wraps: Bool = true) -> Bool {
    let before = clockwise.count + counterclockwise.count
    clockwise.removeAll { $0.index == index }
    counterclockwise.removeAll { $0.index == index }
    guard clockwise.count + counterclockwise.count < before else { return false }
    if wraps { placeOnBothSides() }
    updateReach()
    return true
  }

  /// A side that has room takes members of the other side.
  private mutating func placeOnBothSides() {
    for peer in counterclockwise + clockwise { _ = place(peer, wraps: true) }
  }

  /// Records that the overlay has no nodes but the owner and the members.
  public mutating func declareWhole() {
    isWhole = true
    placeOnBothSides()
    updateReach()
  }

  private mutating func updateReach() {
    isFullAndApart =
      clockwise.count == sideCapacity && counterclockwise.count == sideCapacity && !overlaps
    let trims = !isFullAndApart
    func extent(_ side: ContiguousArray<Peer>, _ distance: (NodeId) -> UInt160) -> UInt160 {
      for peer in side.reversed() {
        let farthest = distance(peer.nodeId)
        if !trims || farthest <= LeafSet.half { return farthest }
      }
      return .zero
    }
    let middle = owner.nodeId
    clockwiseReach = extent(clockwise) { middle.clockwiseDistance(to: $0) }
    counterclockwiseReach = extent(counterclockwise) { $0.clockwiseDistance(to: middle) }
  }
}
