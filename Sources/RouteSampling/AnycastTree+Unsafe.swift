/// What became of the copies of one anycast.
struct AnycastOutcome<Algebra: CopyAlgebra> {
  /// How surely the lookup fails.
  var loss: Algebra.Loss
  /// Intact copies sent on, over all nodes of the tree, the sender included.
  var forwarded: Algebra.Total
  /// Intact copies that reached a node with the root in its leaf set.
  var arrived: Algebra.Total
  /// Copies that the sender sends: none if it is the root, one if it knows the root.
  var sent: Int
  /// Hops of all copies together when nothing is faulty.
  var hops: Int

  /// Mean hops of a copy when nothing is faulty.
  var hopsPerCopy: Double { Double(hops) / Double(max(1, sent)) }
}

/// Neighbour-set anycast: one copy through each of r leaf-set members over constrained tables.
/// [Castro02], redundant routing
///
/// The next hop depends on the node and the key alone, so routes that meet stay together: all
/// copies form a forest that ends at the nodes whose leaf sets span the key. The forest is walked
/// level by level and merged completely, so that a `CopyAlgebra` may assume that branches share no
/// node. Copies of one message are counted one by one even where they share a route.
@safe
struct AnycastTree<Columns: SlotColumns> {
  let walk: PrefixWalk<Columns>
  let scratch: Scratch

  /// Working memory for one walk at a time.
  final class Scratch {
    fileprivate let flights = FlatColumn<Flight>(count: 64)
    fileprivate let copies = FlatColumn<UInt32>(count: 64)
    fileprivate let terminalCopies = FlatColumn<UInt32>(count: 64)
  }

  private var ring: RingView { walk.columns.ring }

  /// Sends `copies` copies from `source` towards `key` through its nearest leaf-set members.
  /// - Parameters:
  ///   - copies: 1...l, half on each side; an odd one goes clockwise.
  ///   - losses: scratch for 128 losses; counts: scratch for 64 counts.
  func route<Algebra: CopyAlgebra>(
    source: UInt32, key: UInt64, position: UInt32, root: UInt32, copies: Int, event: DeliveryEvent,
    algebra: Algebra, losses: UnsafeMutablePointer<Algebra.Loss>,
    counts: UnsafeMutablePointer<Algebra.Copies>
  ) -> AnycastOutcome<Algebra> {
    var run = unsafe Run(
      walk: walk, key: key, position: position, source: source, algebra: algebra,
      flights: scratch.flights.base, multiplicity: scratch.copies.base,
      terminalCopies: scratch.terminalCopies.base, losses: losses, terminalLosses: losses + 64,
      counts: counts)
    if walk.spans(source, position) {
      let loss =
        event == .root && root != source
        ? algebra.lossLeaving(root, algebra.certain) : algebra.certain
      var forwarded = algebra.noTotal
      if root != source { algebra.add(algebra.oneCopy, to: &forwarded) }
      let sent = root == source ? 0 : 1
      return AnycastOutcome(
        loss: loss, forwarded: forwarded, arrived: forwarded, sent: sent, hops: sent)
    }
    run.send(copies)
    run.walkLevels()
    run.walkRest()
    return run.outcome(root: root, event: event, sent: copies)
  }
}

/// One walk of the forest.
@safe
private struct Run<Columns: SlotColumns, Algebra: CopyAlgebra> {
  let walk: PrefixWalk<Columns>
  let key: UInt64
  let position: UInt32
  let source: UInt32
  let algebra: Algebra
  /// The frontier: nodes that hold copies and do not span the key.
  let flights: UnsafeMutablePointer<Flight>
  let multiplicity: UnsafeMutablePointer<UInt32>
  /// Nodes that span the key, by their offset in its leaf-set span; 0 copies = not reached.
  let terminalCopies: UnsafeMutablePointer<UInt32>
  let losses: UnsafeMutablePointer<Algebra.Loss>
  let terminalLosses: UnsafeMutablePointer<Algebra.Loss>
  let counts: UnsafeMutablePointer<Algebra.Copies>
  var alive = 0
  var hops = 0
  var forwarded: Algebra.Total
  var arrived: Algebra.Total

  init(
    walk: PrefixWalk<Columns>, key: UInt64, position: UInt32, source: UInt32, algebra: Algebra,
    flights: UnsafeMutablePointer<Flight>, multiplicity: UnsafeMutablePointer<UInt32>,
    terminalCopies: UnsafeMutablePointer<UInt32>, losses: UnsafeMutablePointer<Algebra.Loss>,
    terminalLosses: UnsafeMutablePointer<Algebra.Loss>,
    counts: UnsafeMutablePointer<Algebra.Copies>
  ) {
    self.walk = walk
    self.key = key
    self.position = position
    self.source = source
    self.algebra = algebra
    unsafe self.flights = flights
    unsafe self.multiplicity = multiplicity
    unsafe self.terminalCopies = terminalCopies
    unsafe self.losses = losses
    unsafe self.terminalLosses = terminalLosses
    unsafe self.counts = counts
    forwarded = algebra.noTotal
    arrived = algebra.noTotal
    for offset in 0..<Int(2 &* walk.half) { unsafe terminalCopies[offset] = 0 }
  }

  private var count: UInt32 { walk.columns.ring.count }

  /// Offset of a node that spans the key, in 0..<l.
  @inline(__always)
  private func offset(of node: UInt32) -> Int {
    var offset = Int(
      truncatingIfNeeded: Int32(truncatingIfNeeded: position &- node &+ walk.half &- 1))
    if offset < 0 { offset += Int(count) } else if offset >= Int(count) { offset -= Int(count) }
    return offset
  }

  /// The sender's first hop: copies to its nearest leaf-set members.
  mutating func send(_ copies: Int) {
    let below = UInt32(truncatingIfNeeded: copies / 2)
    for index in 0..<UInt32(truncatingIfNeeded: copies) {
      let step = index < below ? count &- (below &- index) : index &- below &+ 1
      var node = source &+ step
      if node >= count { node &-= count }
      hops += 1
      algebra.add(algebra.oneCopy, to: &forwarded)
      arrive(
        at: node, slot: alive, loss: algebra.certain, copies: algebra.oneCopy, multiplicity: 1,
        isNew: true)
    }
  }

  /// Puts copies that reach `node` into the terminals or into frontier slot `slot`.
  @inline(__always)
  private mutating func arrive(
    at node: UInt32, slot: Int, loss: Algebra.Loss, copies: Algebra.Copies,
    multiplicity many: UInt32,
    isNew: Bool
  ) {
    if walk.spans(node, position) {
      let offset = offset(of: node)
      algebra.add(copies, to: &arrived)
      let before = unsafe terminalCopies[offset]
      unsafe terminalLosses[offset] =
        before == 0 ? loss : algebra.meeting(terminalLosses[offset], loss)
      unsafe terminalCopies[offset] = before &+ many
    } else if isNew {
      unsafe flights[slot].current = node
      unsafe flights[slot].key = key
      unsafe losses[slot] = loss
      unsafe counts[slot] = copies
      unsafe multiplicity[slot] = many
      alive = slot &+ 1
    } else {
      unsafe losses[slot] = algebra.meeting(losses[slot], loss)
      unsafe counts[slot] = algebra.sum(counts[slot], copies)
      unsafe multiplicity[slot] &+= many
    }
  }

  /// Walks the frontier row by row while every slot is found.
  mutating func walkLevels() {
    let columns = walk.columns
    var row = 0
    while alive > 0, row < columns.rows {
      let slots = columns.prepare(row: row)
      for k in 0..<alive { unsafe columns.begin(flights + k, slots) }
      if Columns.hasMiddle {
        for k in 0..<alive { unsafe columns.middle(flights + k) }
      }
      let size = alive
      // The slot of the key's digit is empty for one node of the frontier iff it is for all: they
      // share the row's prefix with the key, and the block is empty.
      if _slowPath(unsafe columns.finish(flights, slots) == emptySlot) { return }
      alive = 0
      var highest: Int64 = -1
      for k in 0..<size {
        let next = unsafe columns.finish(flights + k, slots)
        hop(k, to: next, highest: &highest)
      }
      row &+= 1
    }
  }

  /// Moves frontier slot `k` to `next` and merges it there; `alive` counts the new frontier, which
  /// overwrites the old one from the front.
  @inline(__always)
  private mutating func hop(_ k: Int, to next: UInt32, highest: inout Int64) {
    let owner = unsafe flights[k].current
    var loss = unsafe losses[k]
    var copies = unsafe counts[k]
    let many = unsafe multiplicity[k]
    if next != owner {
      if _fastPath(owner != source) {
        loss = algebra.lossLeaving(owner, loss)
        copies = algebra.copiesLeaving(owner, copies)
      }
      algebra.add(copies, to: &forwarded)
      hops &+= Int(truncatingIfNeeded: many)
    }
    var slot = alive
    if Int64(next) > highest {
      if !walk.spans(next, position) { highest = Int64(next) }
    } else {
      slot = 0
      while slot < alive, unsafe flights[slot].current != next { slot &+= 1 }
    }
    arrive(
      at: next, slot: slot, loss: loss, copies: copies, multiplicity: many, isNew: slot == alive)
  }

  /// Walks what is left slot by slot: empty slots and rows that no table keeps.
  ///
  /// Nodes leave in the order of their progress (shorter shared prefix first, then the farther from
  /// the key), and every hop makes progress, so no copy reaches a node that has already left.
  mutating func walkRest() {
    let ring = walk.columns.ring
    while alive > 0 {
      var chosen = 0
      var chosenPrefix = Int.max
      var chosenDistance: UInt64 = 0
      for k in 0..<alive {
        let identifier = unsafe ring.identifier(flights[k].current)
        let prefix = walk.columns.geometry.sharedPrefixLength(identifier, key)
        let clockwise = identifier &- key
        let distance = min(clockwise, 0 &- clockwise)
        if prefix < chosenPrefix || (prefix == chosenPrefix && distance > chosenDistance) {
          chosen = k
          chosenPrefix = prefix
          chosenDistance = distance
        }
      }
      let last = alive &- 1
      swap(chosen, last)
      alive = last
      let next = unsafe walk.nextHop(from: flights[last].current, key: key)
      // Search the whole frontier for the node: it is no longer in ring order.
      var highest = Int64.max
      hop(last, to: next, highest: &highest)
    }
  }

  private func swap(_ a: Int, _ b: Int) {
    guard a != b else { return }
    let flight = unsafe flights[a]
    unsafe flights[a] = flights[b]
    unsafe flights[b] = flight
    let loss = unsafe losses[a]
    unsafe losses[a] = losses[b]
    unsafe losses[b] = loss
    let copies = unsafe counts[a]
    unsafe counts[a] = counts[b]
    unsafe counts[b] = copies
    let many = unsafe multiplicity[a]
    unsafe multiplicity[a] = multiplicity[b]
    unsafe multiplicity[b] = many
  }

  /// Composes the losses at the nodes that span the key.
  func outcome(root: UInt32, event: DeliveryEvent, sent: Int) -> AnycastOutcome<Algebra> {
    let rootOffset = offset(of: root)
    var others: Algebra.Loss?
    var atRoot: Algebra.Loss?
    for offset in 0..<Int(2 &* walk.half) where unsafe terminalCopies[offset] > 0 {
      let loss = unsafe terminalLosses[offset]
      if offset == rootOffset {
        atRoot = loss
      } else {
        var node = position &+ walk.half &- 1 &- UInt32(truncatingIfNeeded: offset)
        if Int32(bitPattern: node) < 0 { node &+= count } else if node >= count { node &-= count }
        let left = algebra.lossLeaving(node, loss)
        others = others.map { algebra.meeting($0, left) } ?? left
      }
    }
    func meet(_ a: Algebra.Loss?, _ b: Algebra.Loss?) -> Algebra.Loss? {
      guard let a else { return b }
      return b.map { algebra.meeting(a, $0) } ?? a
    }
    let loss: Algebra.Loss?
    switch event {
    case .replicaRoots:
      loss = meet(others, atRoot.map { algebra.lossLeaving(root, $0) })
    case .path:
      loss = meet(others, atRoot)
    case .root:
      loss = meet(others, atRoot).map { algebra.lossLeaving(root, $0) }
    }
    return AnycastOutcome(
      loss: loss ?? algebra.certain, forwarded: forwarded, arrived: arrived, sent: sent,
      hops: hops)
  }
}
