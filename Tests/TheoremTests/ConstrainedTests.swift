import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// A constrained table under test: the implementation, or one with a planted error.
private struct TableRules: Sendable {
  /// The table of an owner after nodes were offered in this order.
  var filled: @Sendable (NodeId, Int, [Peer], PeerBook) -> [SlotTable.Slot: NodeIndex] = {
    owner, digitBits, peers, book in
    var table = ConstrainedRoutingTable(owner: owner, digitBits: digitBits)
    for peer in peers { _ = table.offer(peer, in: book) }
    return TableRules.entries(table)
  }
  /// What is left after nodes were taken out.
  var remaining: @Sendable (NodeId, Int, [Peer], [Peer], PeerBook) -> [SlotTable.Slot: NodeIndex] =
    { owner, digitBits, peers, gone, book in
      var table = ConstrainedRoutingTable(owner: owner, digitBits: digitBits)
      for peer in peers { _ = table.offer(peer, in: book) }
      for peer in gone { _ = table.remove(peer) }
      return TableRules.entries(table)
    }

  static func entries(_ table: ConstrainedRoutingTable) -> [SlotTable.Slot: NodeIndex] {
    var entries: [SlotTable.Slot: NodeIndex] = [:]
    for row in 0..<table.slots.rowCount {
      for column in 0..<table.slots.columnCount where table.slots[row, column].exists {
        entries[SlotTable.Slot(row: row, column: column)] = table.slots[row, column]
      }
    }
    return entries
  }
}

/// An overlay, and the slots of one owner with a node in their domain or just beside it.
private struct TableCase {
  let owner: NodeId
  let digitBits: Int
  let peers: [Peer]
  let book: PeerBook

  init(_ number: Int) {
    var draws = stream("constrained", number)
    digitBits = [1, 2, 3, 4, 7, 8][number % 6]
    let ids: [UInt160] = randomPoints(36, depth: [0, 12, 150][number % 3], from: &draws)
    book = PeerBook(ContiguousArray(ids.map { NodeId($0) }))
    peers = ids.enumerated().map { Peer(NodeId($1), NodeIndex(UInt32($0))) }
    owner = peers[0].nodeId
  }

  /// Slots whose row some node reaches; the owner's own column is none.
  var slots: [SlotTable.Slot] {
    let rows = Set(
      peers.dropFirst().map { owner.sharedPrefixLength(with: $0.nodeId, digitBits: digitBits) })
    return rows.sorted().flatMap { row in
      let width = UInt160.digitWidth(at: row, digitBits: digitBits)
      let own = owner.digit(at: row, digitBits: digitBits)
      return (0..<min(1 << width, 16)).filter { $0 != own }
        .map { SlotTable.Slot(row: row, column: $0) }
    }
  }

  func point(_ slot: SlotTable.Slot) -> Key {
    owner.constrainedPoint(row: slot.row, column: slot.column, digitBits: digitBits)
  }

  /// The closest to the slot's point among those nodes that share a digit more with it than the
  /// slot's row; by comparing digits one by one, not by the table's arithmetic.
  func expected(_ slot: SlotTable.Slot, among peers: [Peer]) -> NodeIndex {
    let point = point(slot)
    let domain = peers.filter { peer in
      (0...slot.row).allSatisfy {
        peer.nodeId.digit(at: $0, digitBits: digitBits) == point.digit(at: $0, digitBits: digitBits)
      }
    }
    let root = point.root(among: domain.map(\.nodeId))
    return domain.first { $0.nodeId == root }?.index ?? .none
  }
}

/// Three statements of proofs/coq/Constrained.v.
@Suite struct ConstrainedTests {
  private static let caseCount = 18

  private static func determined(_ rules: TableRules, cases: Int = caseCount) -> Verdict {
    var verdict = Verdict()
    for number in 0..<cases {
      let one = TableCase(number)
      var draws = stream("constrained order", number)
      let orders = [one.peers, one.peers.mixed(&draws), one.peers + one.peers.mixed(&draws)]
      let tables = orders.map { rules.filled(one.owner, one.digitBits, $0, one.book) }
      for slot in one.slots {
        let expected = one.expected(slot, among: one.peers)
        for table in tables {
          let entry = table[slot] ?? .none
          verdict.check(entry == expected, "case \(number), \(slot): \(entry), not \(expected)")
        }
        // Another owner whose slot has the same row and point: another digit in that row.
        guard slot.column % 3 == 0 else { continue }
        let width = UInt160.digitWidth(at: slot.row, digitBits: one.digitBits)
        let other = (slot.column + 1) % (1 << width)
        let twin = NodeId(
          one.owner.constrainedPoint(
            row: slot.row, column: other, digitBits: one.digitBits
          ).value)
        let entry = rules.filled(twin, one.digitBits, one.peers, one.book)[slot] ?? .none
        verdict.check(entry == expected, "case \(number), \(slot) of another owner: \(entry)")
      }
    }
    return verdict
  }

  private static func added(_ rules: TableRules) -> Verdict {
    var verdict = Verdict()
    for number in 0..<caseCount {
      let one = TableCase(number)
      for count in [1, 5, 20] {
        let before = Array(one.peers.dropLast(count))
        let added = Array(one.peers.suffix(count))
        let old = rules.filled(one.owner, one.digitBits, before, one.book)
        let new = rules.filled(one.owner, one.digitBits, before + added, one.book)
        for slot in one.slots where old[slot] != new[slot] {
          guard let entry = new[slot] else {
            verdict.check(false, "case \(number), \(slot) was emptied")
            continue
          }
          let isClosest = before.allSatisfy { peer in
            one.expected(slot, among: [peer]) == .none
              || one.book[entry].isCloser(than: peer.nodeId, to: one.point(slot))
          }
          let isAdded = added.contains { $0.index == entry }
          let isInside = one.expected(slot, among: [one.book.peer(entry)]).exists
          verdict.check(
            isAdded && isClosest && isInside, "case \(number), \(slot): \(entry) took over")
        }
      }
    }
    return verdict
  }

  private static func removed(_ rules: TableRules) -> Verdict {
    var verdict = Verdict()
    for number in 0..<caseCount {
      let one = TableCase(number)
      let full = rules.filled(one.owner, one.digitBits, one.peers, one.book)
      let entries = Set(full.values)
      let gone = one.peers.filter { !entries.contains($0.index) && $0.nodeId != one.owner }
      let left = rules.remaining(one.owner, one.digitBits, one.peers, gone, one.book)
      let rest = one.peers.filter { !gone.contains($0) }
      let anew = rules.filled(one.owner, one.digitBits, rest, one.book)
      for slot in one.slots {
        verdict.check(
          left[slot] == full[slot] && anew[slot] == full[slot],
          "case \(number), \(slot) changed without its entry being removed")
      }
    }
    return verdict
  }

  /// A table in which an offered node takes its slot over where `takes` says so.
  private static func folded(
    _ takes: @escaping @Sendable (_ candidate: NodeId, _ current: NodeId, _ point: Key) -> Bool
  ) -> TableRules {
    TableRules(filled: { owner, digitBits, peers, book in
      let shape = SlotTable(owner: owner, digitBits: digitBits)
      var entries: [SlotTable.Slot: NodeIndex] = [:]
      for peer in peers {
        guard let slot = shape.slot(of: peer.nodeId) else { continue }
        let point = owner.constrainedPoint(
          row: slot.row, column: slot.column, digitBits: digitBits)
        if let current = entries[slot], !takes(peer.nodeId, book[current], point) { continue }
        entries[slot] = peer.index
      }
      return entries
    })
  }

  @Test("constrained_determined: an entry is the closest id in its domain, whoever offers when")
  func constrainedDetermined() {
    Self.determined(TableRules()).expectHolds(atLeast: 2_000)
  }

  @Test("constrained_determined: mutants are caught")
  func constrainedDeterminedMutants() {
    let right = Self.folded { $0.isCloser(than: $1, to: $2) }
    Self.determined(right, cases: 6).expectHolds(atLeast: 500)
    // The first one stays.
    Self.determined(Self.folded { _, _, _ in false }, cases: 6).expectCaught()
    // The lowest, not the closest to the slot's point.
    Self.determined(Self.folded { candidate, current, _ in candidate < current }, cases: 6)
      .expectCaught()
    // The tie and the distance are right, and nobody checks a node for the slot's prefix.
    let unchecked = TableRules(filled: { owner, digitBits, peers, _ in
      var entries: [SlotTable.Slot: NodeIndex] = [:]
      let others = peers.filter { $0.nodeId != owner }
      for peer in others {
        guard let slot = SlotTable(owner: owner, digitBits: digitBits).slot(of: peer.nodeId)
        else { continue }
        for column in 0..<(1 << UInt160.digitWidth(at: slot.row, digitBits: digitBits)) {
          let point = owner.constrainedPoint(row: slot.row, column: column, digitBits: digitBits)
          let closest = others.min { $0.nodeId.isCloser(than: $1.nodeId, to: point) }
          entries[SlotTable.Slot(row: slot.row, column: column)] = closest?.index
        }
      }
      return entries
    })
    Self.determined(unchecked, cases: 3).expectCaught()
  }

  @Test("constrained_added: only a closer id takes an entry over")
  func constrainedAdded() {
    Self.added(TableRules()).expectHolds(atLeast: 100)
  }

  @Test("constrained_added: mutants are caught")
  func constrainedAddedMutants() {
    // Whoever comes last has the slot.
    Self.added(Self.folded { _, _, _ in true }).expectCaught()
    // The farther one has it.
    Self.added(Self.folded { $1.isCloser(than: $0, to: $2) }).expectCaught()
  }

  @Test("constrained_removed: other ids come and go without changing an entry")
  func constrainedRemoved() {
    Self.removed(TableRules()).expectHolds(atLeast: 500)
  }

  @Test("constrained_removed: mutants are caught")
  func constrainedRemovedMutants() {
    var careless = TableRules()
    // Empties the slot that a node belongs to, whoever has it.
    careless.remaining = { owner, digitBits, peers, gone, book in
      var entries = TableRules().filled(owner, digitBits, peers, book)
      let shape = SlotTable(owner: owner, digitBits: digitBits)
      for peer in gone {
        if let slot = shape.slot(of: peer.nodeId) { entries[slot] = nil }
      }
      return entries
    }
    Self.removed(careless).expectCaught()
  }
}
