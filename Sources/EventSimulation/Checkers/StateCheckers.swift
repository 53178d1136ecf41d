import Pastry
import ProtocolTime
import RingIdentifiers

/// Judges the state of nodes; looks at everything, shares no code with it.
///
/// Each returns what it finds in the order of nodes.
enum StateCheckers {
  private static func violation(
    _ checker: SwarmChecker, _ node: PastryNode, _ now: Instant, _ words: String
  ) -> SwarmViolation {
    SwarmViolation(checker, node: node.peer.index.number, at: now, words)
  }

  // MARK: leaf sets

  /// What holds of a leaf set at any time.
  /// - Parameter place: the node's number in the run, whatever it says itself.
  static func form(
    of node: PastryNode, at place: Int, _ points: [RingPoint],
    _ configuration: PastryConfiguration, now: Instant
  ) -> [SwarmViolation] {
    var found: [SwarmViolation] = []
    let own = points[place]
    let owner = node.leafSet.owner
    if owner.index.number != UInt32(place) || RingPoint(owner.nodeId.value) != own {
      found.append(
        SwarmViolation(
          .leafSetForm, node: UInt32(place), at: now, "has the leaf set of \(owner.index)"))
    }
    for (side, isUp) in [(node.leafSet.clockwise, true), (node.leafSet.counterclockwise, false)] {
      let name = isUp ? "clockwise" : "counterclockwise"
      if side.count > configuration.leafSetSize / 2 {
        found.append(violation(.leafSetForm, node, now, "\(name) has \(side.count) members"))
      }
      var last: RingPoint?
      for member in side {
        guard Int(member.index.number) < points.count, member.index != node.peer.index,
          RingPoint(member.nodeId.value) == points[Int(member.index.number)]
        else {
          found.append(violation(.leafSetForm, node, now, "\(name) lists \(member.index)"))
          continue
        }
        let point = points[Int(member.index.number)]
        let way = isUp ? own.way(upTo: point) : point.way(upTo: own)
        if let last, !last.isBelow(way) {
          found.append(violation(.leafSetForm, node, now, "\(name) is out of order"))
        }
        last = way
      }
    }
    return found
  }

  /// What holds of an active node's leaf set at quiescence.
  static func exactLeafSet(
    of node: PastryNode, _ ring: CheckedRing, _ configuration: PastryConfiguration, now: Instant
  ) -> [SwarmViolation] {
    var found: [SwarmViolation] = []
    let number = node.peer.index.number
    for (side, step) in [(node.leafSet.clockwise, 1), (node.leafSet.counterclockwise, -1)] {
      let wanted = ring.neighbours(of: number, step: step, count: configuration.leafSetSize / 2)
      let has = side.map(\.index.number)
      if has != wanted {
        found.append(
          violation(
            .leafSetExact, node, now,
            "\(step == 1 ? "clockwise" : "counterclockwise") \(has), not \(wanted)"))
      }
    }
    let listed = Set((node.leafSet.clockwise + node.leafSet.counterclockwise).map(\.index.number))
    let isWhole = listed.count >= ring.count - 1
    if node.leafSet.isWhole && !isWhole {
      found.append(
        violation(
          .leafSetExact, node, now, "says it is whole with \(listed.count) of \(ring.count - 1)"))
    }
    if !node.leafSet.isComplete {
      found.append(violation(.leafSetExact, node, now, "is not complete"))
    }
    return found
  }

  // MARK: tables

  /// Whether every entry of both tables stands in its slot.
  static func slots(
    of node: PastryNode, _ points: [RingPoint], _ configuration: PastryConfiguration,
    now: Instant
  ) -> [SwarmViolation] {
    var found: [SwarmViolation] = []
    let bits = configuration.digitBits
    let own = points[Int(node.peer.index.number)]
    forEachEntry(of: node) { table, row, column, entry in
      guard Int(entry) < points.count, entry != node.peer.index.number else {
        found.append(violation(.tableSlots, node, now, "\(table) lists \(entry)"))
        return
      }
      let point = points[Int(entry)]
      if !point.agrees(with: own, before: row, bits: bits)
        || point.digit(row, bits: bits) != column || own.digit(row, bits: bits) == column
      {
        found.append(
          violation(.tableSlots, node, now, "\(table) (\(row), \(column)) holds \(entry)"))
      }
    }
    return found
  }

  /// Entries of both tables, and those that are no active nodes.
  static func deadEntries(of node: PastryNode, _ ring: CheckedRing) -> (all: Int, dead: Int) {
    var all = 0
    var dead = 0
    forEachEntry(of: node) { _, _, _, entry in
      all += 1
      if !ring.contains(entry) { dead += 1 }
    }
    return (all, dead)
  }

  /// The slots of the constrained table that some active node fits, and those that hold the nearest
  /// of them to the slot's point.
  static func constrained(
    of node: PastryNode, _ points: [RingPoint], _ ring: CheckedRing,
    _ configuration: PastryConfiguration
  ) -> (all: Int, exact: Int) {
    var all = 0
    var exact = 0
    let bits = configuration.digitBits
    let own = points[Int(node.peer.index.number)]
    var block = ring.entries.filter { $0.node != node.peer.index.number }
    var row = 0
    while !block.isEmpty, row * bits < 160 {
      for column in 0..<1 << bits where column != own.digit(row, bits: bits) {
        let target = own.with(digit: column, row: row, bits: bits)
        var best: (point: RingPoint, node: UInt32)?
        for entry in block where entry.point.digit(row, bits: bits) == column {
          guard let current = best else {
            best = entry
            continue
          }
          if entry.point.isNearer(than: current.point, to: target) { best = entry }
        }
        guard let best else { continue }
        all += 1
        if node.constrainedTable.slots[row, column].number == best.node { exact += 1 }
      }
      block.removeAll { $0.point.digit(row, bits: bits) != own.digit(row, bits: bits) }
      row += 1
    }
    return (all, exact)
  }

  private static func forEachEntry(
    of node: PastryNode, _ body: (String, Int, Int, UInt32) -> Void
  ) {
    let tables = [("table", node.routingTable.slots), ("constrained", node.constrainedTable.slots)]
    for (name, slots) in tables {
      for place in 0..<slots.slotCount where slots.entry(at: place).exists {
        body(
          name, place / slots.columnCount, place % slots.columnCount,
          slots.entry(at: place).number)
      }
    }
  }

  // MARK: bounds

  /// Whether a node holds no more than it may.
  static func bounds(
    of node: PastryNode, _ configuration: PastryConfiguration, now: Instant
  ) -> [SwarmViolation] {
    let sizes = node.sizes
    let rows = 160 / configuration.digitBits + 1
    let limits = [
      ("open requests", sizes.requests, configuration.pendingMax),
      ("held messages", sizes.held, configuration.heldMax),
      ("leaf set probes", sizes.probing, configuration.pendingMax),
      ("failed nodes", sizes.failed, configuration.leafSetSize),
      ("suspected nodes", sizes.suspected, configuration.pendingMax),
      ("near nodes", node.neighborhood.members.count, configuration.neighborhoodSize),
      ("rows", node.routingTable.slots.rowCount, rows),
      ("constrained rows", node.constrainedTable.slots.rowCount, rows),
    ]
    return limits.compactMap { name, count, most in
      count <= most ? nil : violation(.bounds, node, now, "\(count) \(name), \(most) are allowed")
    }
  }
}
