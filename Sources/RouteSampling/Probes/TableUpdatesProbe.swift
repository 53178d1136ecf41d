import Randomness

/// Settings of `table-updates`.
public struct TableUpdatesParameters: Hashable, Sendable {
  /// Updates that every slot has seen, t.
  public let updates: Int
  /// Whether correct nodes pass on entries of tables that were updated as often as the receiver's;
  /// else they name entries as they were in the beginning.
  public let spreads: Bool

  /// Names the settings.
  public init(updates: Int = 8, spreads: Bool = false) {
    self.updates = updates
    self.spreads = spreads
  }
}

/// `table-updates`: what repeated updates make of a routing-table entry. [Castro02], secure routing
/// table maintenance
///
/// Routes nothing. For every pair of a node and a key it follows the slot that the key's next digit
/// names. Each update comes from a random node with a slot of the same prefix, and names an entry:
/// - from a faulty node, a coalition member, or none if no member has the prefix;
/// - from a correct one, its own entry, which may be faulty.
///
/// In proximity tables the nearer node wins, and a faulty one looks nearest: proximity is measured
/// with its help. So it is never displaced, which is the adversary's best response. In constrained
/// tables the node closest to the slot's point wins, and certified ids leave nothing to claim.
/// - delivered: the entry is a correct node, so the bad fraction is one minus that;
/// - hops: updates that were accepted.
/// - Complexity: O(updates); with `spreads` O(2^updates) at worst, less the more entries are bad.
struct TableUpdatesProbe: LookupRouter {
  let parameters: TableUpdatesParameters

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    let graph = lookup.graph
    var report = LookupReport(isDelivered: true)
    let row = graph.geometry.sharedPrefixLength(
      graph.ring.identifier(lookup.source), lookup.key)
    guard row < graph.geometry.wholeDigits else { return report }
    let slot = Slot(lookup, row: row)
    guard
      let entry = entry(of: lookup.source, in: slot, after: parameters.updates, path: 1, &report)
    else { return report }
    report.isDelivered = !lookup.faults.isFaulty(entry)
    return report
  }

  /// The slot that is followed: nodes that may own one, and nodes that may fill it.
  private struct Slot {
    let lookup: Lookup
    let row: Int
    let digit: Int
    /// Ranks of the nodes that share `row` digits with the key, and of those that share one more.
    let owners: Range<Int>
    let entries: Range<Int>
    let isConstrained: Bool

    init(_ lookup: Lookup, row: Int) {
      let graph = lookup.graph
      self.lookup = lookup
      self.row = row
      digit = graph.geometry.digit(lookup.key, row: row)
      isConstrained = !graph.hasProximityTables
      func ranks(_ mask: UInt64) -> Range<Int> {
        let first = Int(graph.ring.rank(of: lookup.key & ~mask))
        let last = lookup.key | mask
        let end = last == .max ? Int(graph.ring.count) : Int(graph.ring.rank(of: last + 1))
        return first..<end
      }
      entries = ranks(graph.geometry.lowMask(row: row))
      owners = row == 0 ? 0..<Int(graph.ring.count) : ranks(graph.geometry.lowMask(row: row - 1))
    }

    /// Number of nodes that have such a slot: those of the slot's own prefix have none.
    var senderCount: Int { owners.count - entries.count }

    /// Node number `index` of those; nil beyond.
    func sender(_ index: Int) -> UInt32? {
      guard index < senderCount else { return nil }
      let rank = owners.lowerBound + index
      return UInt32(rank < entries.lowerBound ? rank : rank + entries.count)
    }

    /// Distance of a node from the owner's constrained point of this slot.
    func constraint(_ node: UInt32, of owner: UInt32) -> UInt64 {
      let graph = lookup.graph
      let identifier = graph.ring.identifier(owner)
      let point = graph.geometry.constrainedPoint(identifier, row: row, digit: digit)
      return graph.distance(graph.ring.identifier(node), point)
    }
  }

  /// The entry of a node after some updates; nil where the slot is empty.
  /// - Parameter path: names the node's draws among those of all nodes involved.
  private func entry(
    of owner: UInt32, in slot: Slot, after updates: Int, path: UInt64,
    _ report: inout LookupReport
  ) -> UInt32? {
    let lookup = slot.lookup
    guard !slot.entries.isEmpty else { return nil }
    var held = lookup.graph.plainSlot(row: slot.row, digit: slot.digit, of: owner)
    for update in 0..<updates {
      // A faulty entry in a proximity table stays.
      if !slot.isConstrained, let held, lookup.faults.isFaulty(held) { break }
      let name = splitMix64(path &+ UInt64(update) &* 0x9E37_79B9_7F4A_7C15)
      guard let sender = slot.sender(draw(name, 0, below: slot.senderCount, lookup)),
        let named = named(by: sender, in: slot, after: update, name: name),
        named != held, wins(named, over: held, owner: owner, in: slot)
      else { continue }
      held = named
      if path == 1 { report.hops += 1 }
    }
    return held
  }

  /// What the sender of an update names.
  private func named(
    by sender: UInt32, in slot: Slot, after update: Int, name: UInt64
  ) -> UInt32? {
    let lookup = slot.lookup
    guard lookup.faults.isFaulty(sender) else {
      var unused = LookupReport(isDelivered: false)
      return entry(
        of: sender, in: slot, after: parameters.spreads ? update : 0, path: name, &unused)
    }
    // The first faulty node from a random place on, within reason.
    let start = draw(name, 1, below: slot.entries.count, lookup)
    for step in 0..<min(slot.entries.count, 1_024) {
      let node = UInt32(
        slot.entries.lowerBound + (start + step) % slot.entries.count)
      if lookup.faults.isInCoalition(node) { return node }
    }
    return nil
  }

  private func wins(
    _ named: UInt32, over held: UInt32?, owner: UInt32, in slot: Slot
  ) -> Bool {
    guard let held else { return true }
    if slot.isConstrained {
      return slot.constraint(named, of: owner) < slot.constraint(held, of: owner)
    }
    // Which of two correct nodes is nearer is left as it is: it changes nothing that is counted.
    return slot.lookup.faults.isFaulty(named)
  }

  private func draw(_ name: UInt64, _ purpose: UInt64, below count: Int, _ lookup: Lookup) -> Int {
    let word = lookup.faults.word(Int(truncatingIfNeeded: name &* 2 &+ purpose))
    return Int(word.multipliedFullWidth(by: UInt64(count)).high)
  }
}
