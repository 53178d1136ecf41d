/// What became of the copies of one anycast.
struct AnycastOutcome<Loss> {
  /// How surely the lookup fails.
  var loss: Loss
  /// Copies that the sender sends: none if it is the root, one if it knows the root.
  var sent: Int
  /// Hops of all copies together when nothing is faulty.
  var hops: Int
  /// No copy has left more nodes than this.
  var deepest: Int

  /// Mean hops of a copy when nothing is faulty.
  var hopsPerCopy: Double { Double(hops) / Double(max(1, sent)) }
}

/// Neighbour-set anycast: one copy through each of r leaf-set members over constrained tables.
/// [Castro02], redundant routing
///
/// The next hop depends on the node and the key alone, so routes that meet stay together: all
/// copies form a forest that ends at the nodes whose leaf sets span the key. The forest is walked
/// level by level and merged completely, so that a `CopyAlgebra` may assume that branches share no
/// node. A few lookups walk in step, so that their cache misses overlap. Copies of one message are
/// counted one by one even where they share a route.
@safe
struct AnycastTree<Columns: SlotColumns, Algebra: CopyAlgebra> {
  let walk: PrefixWalk<Columns>
  /// 1...l, half on each side; an odd one goes clockwise.
  let copies: Int
  let event: DeliveryEvent
  private let scratch = Scratch()

  /// Lookups that walk in step.
  static var group: Int { 4 }

  /// Working memory.
  private final class Scratch {
    let flights = FlatColumn<Flight>(count: group * CopySlots.firstTerminal)
    let fronts = FlatColumn<Front<Columns, Algebra>>(count: group)
  }

  init(walk: PrefixWalk<Columns>, copies: Int, event: DeliveryEvent) {
    self.walk = walk
    self.copies = copies
    self.event = event
  }

  /// Sends copies for each of `count` lookups, 1...`group`.
  /// - Parameters:
  ///   - lookups: flights with key, position and root (`next`).
  ///   - sources: the senders.
  ///   - algebras: one per lookup; afterwards they hold the totals.
  ///   - body: takes a lookup's number and outcome.
  @inline(__always)
  func route(
    _ lookups: UnsafePointer<Flight>, sources: UnsafePointer<UInt32>, count: Int,
    algebras: UnsafeMutablePointer<Algebra>,
    _ body: (_ lookup: Int, _ outcome: AnycastOutcome<Algebra.Loss>) -> Void
  ) {
    let fronts = unsafe scratch.fronts.base
    for k in 0..<count {
      let flights = unsafe scratch.flights.base + k &* CopySlots.firstTerminal
      unsafe fronts[k] = Front(
        walk: walk, lookup: lookups[k], source: sources[k], flights: flights, algebra: algebras[k])
      unsafe fronts[k].start(copies, walk)
    }
    unsafe walkLevels(fronts, count: count)
    for k in 0..<count {
      unsafe fronts[k].walkRest(walk)
      let outcome = unsafe fronts[k].outcome(walk, event: event)
      unsafe algebras[k] = fronts[k].algebra
      body(k, outcome)
    }
  }

  /// Walks the frontiers row by row.
  private func walkLevels(_ fronts: UnsafeMutablePointer<Front<Columns, Algebra>>, count: Int) {
    let columns = walk.columns
    for row in 0..<columns.rows {
      let slots = columns.prepare(row: row)
      var alive = 0
      for k in 0..<count {
        unsafe fronts[k].begin(columns, slots)
        alive += unsafe fronts[k].walking
      }
      if alive == 0 { return }
      if Columns.hasMiddle {
        for k in 0..<count { unsafe fronts[k].middle(columns) }
      }
      for k in 0..<count {
        var front = unsafe fronts[k]
        front.advance(walk, slots)
        unsafe fronts[k] = front
      }
    }
  }
}

/// The frontier of one lookup: nodes that hold copies and do not know the root.
@safe
private struct Front<Columns: SlotColumns, Algebra: CopyAlgebra>: BitwiseCopyable {
  let key: UInt64
  let position: UInt32
  let root: UInt32
  let source: UInt32
  /// Whether leaf sets may wrap around near the key.
  let isNearEnd: Bool
  /// One per frontier node.
  let flights: UnsafeMutablePointer<Flight>
  var algebra: Algebra
  /// Frontier nodes, and those of them that still walk row by row.
  var alive = 0
  var walking = 0
  /// The nodes that know the root and hold copies, by their offset in its span.
  var reached: UInt64 = 0
  var sent = 0
  var deepest = 0

  init(
    walk: PrefixWalk<Columns>, lookup: Flight, source: UInt32,
    flights: UnsafeMutablePointer<Flight>, algebra: Algebra
  ) {
    key = lookup.key
    position = lookup.position
    root = lookup.next
    self.source = source
    isNearEnd = walk.isNearEnd(lookup.position)
    unsafe self.flights = flights
    self.algebra = algebra
  }

  /// Offset of a node in the span of nodes that know the root; it is below l for those alone.
  @inline(__always)
  private func offset(_ walk: PrefixWalk<Columns>, _ node: UInt32) -> UInt32 {
    let offset = position &- node &+ walk.half &- 1
    return _fastPath(!isNearEnd) ? offset : walk.wrapped(offset)
  }

  /// The sender's first hop: copies to its nearest leaf-set members, or one to the root.
  mutating func start(_ copies: Int, _ walk: PrefixWalk<Columns>) {
    if walk.spans(source, position) {
      sent = root == source ? 0 : 1
      if sent > 0 { algebra.start(CopySlots.firstTerminal, arrives: true) }
      return
    }
    sent = copies
    let count = walk.columns.ring.count
    let below = UInt32(truncatingIfNeeded: copies / 2)
    // Far from the key no leaf-set member knows the root.
    let reach = 2 &* walk.leafSetSize
    let isFar = position &- source &+ reach > 2 &* reach && !isNearEnd
    if _fastPath(isFar && source >= below && source &+ walk.leafSetSize < count) {
      for index in 0..<copies {
        let node = source &- below &+ UInt32(truncatingIfNeeded: index)
        unsafe flights[index].key = key
        unsafe flights[index].current = node &+ (node >= source ? 1 : 0)
        algebra.start(index, arrives: false)
        algebra.expect(node)
      }
      alive = copies
      walking = copies
      return
    }
    for index in 0..<UInt32(truncatingIfNeeded: copies) {
      let step = index < below ? count &- (below &- index) : index &- below &+ 1
      var node = source &+ step
      if node >= count { node &-= count }
      let offset = Int(truncatingIfNeeded: offset(walk, node))
      if _slowPath(offset < Int(walk.leafSetSize)) {
        algebra.start(CopySlots.firstTerminal &+ offset, arrives: true)
        reached |= 1 &<< UInt64(offset)
      } else {
        algebra.start(alive, arrives: false)
        algebra.expect(node)
        unsafe flights[alive].key = key
        unsafe flights[alive].current = node
        alive &+= 1
      }
    }
    walking = alive
  }

  @inline(__always)
  func begin(_ columns: Columns, _ slots: Columns.Row) {
    for k in 0..<walking { unsafe columns.begin(flights + k, slots) }
  }

  @inline(__always)
  func middle(_ columns: Columns) {
    for k in 0..<walking { unsafe columns.middle(flights + k) }
  }

  /// Moves the frontier one row on.
  ///
  /// The slot of the key's digit is empty for one node of the frontier iff it is for all: they
  /// share the row's prefix with the key, and the block is empty.
  @inline(__always)
  mutating func advance(_ walk: PrefixWalk<Columns>, _ slots: Columns.Row) {
    if walking == 0 { return }
    let columns = walk.columns
    if _slowPath(unsafe columns.finish(flights, slots) == emptySlot) {
      walking = 0
      return
    }
    var level = Level()
    for k in 0..<alive {
      let next = unsafe columns.finish(flights + k, slots)
      let owner = unsafe flights[k].current
      let offset = offset(walk, next)
      algebra.expect(next)
      let leaves = next != owner && owner != source
      if leaves && offset < walk.leafSetSize {
        arrive(
          k, leaving: owner, terminal: UInt64(truncatingIfNeeded: offset), isSent: true,
          mayLose: true)
        continue
      }
      if _slowPath(!leaves || Int64(next) < level.highest) {
        hop(k, to: next, offset: offset, walk, &level)
        continue
      }
      // Nodes that meet come one after the other, because the slots of nodes in ring order are in
      // ring order. Whether they meet is a matter of chance: no branch.
      let meets = Int64(next) == level.highest
      let slot = meets ? level.highestSlot : level.count
      algebra.carry(
        k, to: slot, leaving: owner, isSent: true, mayLose: true, meets: meets, arrives: false)
      unsafe flights[slot].current = next
      level.count &+= meets ? 0 : 1
      level.highest = Int64(next)
      level.highestSlot = slot
    }
    alive = level.count
    walking = level.count
    deepest &+= 1
  }

  /// Copies reach a node that knows the root.
  @inline(__always)
  private mutating func arrive(
    _ k: Int, leaving owner: UInt32, terminal: UInt64, isSent: Bool, mayLose: Bool
  ) {
    algebra.carry(
      k, to: CopySlots.firstTerminal &+ Int(truncatingIfNeeded: terminal), leaving: owner,
      isSent: isSent, mayLose: mayLose, meets: (reached &>> terminal) & 1 == 1, arrives: true)
    reached |= 1 &<< terminal
  }

  /// The next frontier as far as it is known.
  struct Level {
    var count = 0
    /// The highest node and its slot.
    var highest: Int64 = -1
    var highestSlot = 0
  }

  /// One hop of any kind: to a node that knows the root, to the node itself, from the sender, or
  /// against the order of the ring where that wraps around.
  private mutating func hop(
    _ k: Int, to next: UInt32, offset: UInt32, _ walk: PrefixWalk<Columns>, _ level: inout Level
  ) {
    let owner = unsafe flights[k].current
    let isSent = next != owner
    let mayLose = isSent && owner != source
    if offset < walk.leafSetSize {
      let terminal = UInt64(truncatingIfNeeded: offset)
      arrive(k, leaving: owner, terminal: terminal, isSent: isSent, mayLose: mayLose)
      return
    }
    let slot = Int64(next) > level.highest ? level.count : find(next, among: level.count)
    algebra.carry(
      k, to: slot, leaving: owner, isSent: isSent, mayLose: mayLose, meets: slot < level.count,
      arrives: false)
    unsafe flights[slot].current = next
    level.count = max(level.count, slot &+ 1)
    if Int64(next) > level.highest {
      level.highest = Int64(next)
      level.highestSlot = slot
    }
  }

  @inline(never)
  private func find(_ node: UInt32, among count: Int) -> Int {
    var slot = 0
    while slot < count, unsafe flights[slot].current != node { slot &+= 1 }
    return slot
  }

  /// Walks what is left slot by slot: empty slots and rows that no table keeps.
  ///
  /// Nodes leave in the order of their progress (shorter shared prefix first, then the farther from
  /// the key), and every hop makes progress, so no copy reaches a node that has already left.
  mutating func walkRest(_ walk: PrefixWalk<Columns>) {
    while alive > 0 {
      let chosen = leastAdvanced(walk)
      let owner = unsafe flights[chosen].current
      let next = walk.nextHop(from: owner, key: key)
      deepest &+= 1
      let offset = Int(truncatingIfNeeded: offset(walk, next))
      let arrives = offset < Int(walk.leafSetSize)
      let found = find(next, among: alive)
      let meets = found < alive
      let target = arrives ? CopySlots.firstTerminal &+ offset : meets ? found : chosen
      algebra.carry(
        chosen, to: target, leaving: owner, isSent: true, mayLose: owner != source,
        meets: arrives ? (reached &>> UInt64(offset)) & 1 == 1 : meets, arrives: arrives)
      if arrives { reached |= 1 &<< UInt64(offset) }
      guard arrives || meets else {
        unsafe flights[chosen].current = next
        continue
      }
      alive &-= 1
      if chosen != alive {
        unsafe flights[chosen] = flights[alive]
        algebra.carry(
          alive, to: chosen, leaving: owner, isSent: false, mayLose: false, meets: false,
          arrives: false)
      }
    }
  }

  /// The frontier node that is farthest from the key.
  private func leastAdvanced(_ walk: PrefixWalk<Columns>) -> Int {
    var chosen = 0
    var chosenPrefix = Int.max
    var chosenDistance: UInt64 = 0
    for k in 0..<alive {
      let identifier = unsafe walk.columns.ring.identifier(flights[k].current)
      let prefix = walk.columns.geometry.sharedPrefixLength(identifier, key)
      let clockwise = identifier &- key
      let distance = min(clockwise, 0 &- clockwise)
      if prefix < chosenPrefix || (prefix == chosenPrefix && distance > chosenDistance) {
        chosen = k
        chosenPrefix = prefix
        chosenDistance = distance
      }
    }
    return chosen
  }

  /// Composes the losses at the nodes that know the root.
  func outcome(
    _ walk: PrefixWalk<Columns>, event: DeliveryEvent
  ) -> AnycastOutcome<Algebra.Loss> {
    if reached == 0 {
      // The sender knows the root, or is it and has nobody to trust but itself.
      let loss =
        event == .root && sent > 0 ? algebra.leaving(root, algebra.intact) : algebra.intact
      return AnycastOutcome(loss: loss, sent: sent, hops: sent, deepest: 0)
    }
    var others = algebra.lost
    var atRoot = algebra.lost
    let rootOffset = offset(walk, root)
    var rest = reached
    while rest != 0 {
      let offset = UInt32(truncatingIfNeeded: rest.trailingZeroBitCount)
      rest &= rest &- 1
      let loss = algebra.loss(CopySlots.firstTerminal &+ Int(truncatingIfNeeded: offset))
      if offset == rootOffset {
        atRoot = loss
      } else {
        let node = walk.wrapped(position &+ walk.half &- 1 &- offset)
        others = algebra.meeting(others, algebra.leaving(node, loss))
      }
    }
    let loss =
      switch event {
      case .replicaRoots: algebra.meeting(others, algebra.leaving(root, atRoot))
      case .path: algebra.meeting(others, atRoot)
      case .root: algebra.leaving(root, algebra.meeting(others, atRoot))
      }
    return AnycastOutcome(loss: loss, sent: sent, hops: algebra.hops, deepest: deepest)
  }
}
