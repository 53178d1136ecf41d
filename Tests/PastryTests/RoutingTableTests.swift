import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// Slots, the table by proximity and the constrained table, against searches over the whole ring.
@Suite struct RoutingTableTests {
  /// 3, 5, 6 and 7 do not divide 160.
  static let digitWidths = [1, 2, 3, 4, 5, 6, 7, 8]

  @Test(arguments: digitWidths)
  func slotsAreTheSharedDigitsAndTheNextOne(digitBits: Int) {
    let ring = randomRing("slots", count: 40, depth: 160)
    for owner in ring.prefix(8) {
      let table = SlotTable(owner: owner.nodeId, digitBits: digitBits)
      #expect(table.slot(of: owner.nodeId) == nil)
      for peer in ring where peer != owner {
        let expected = RingOracle.slot(
          of: peer.nodeId.value, for: owner.nodeId.value, digitBits: digitBits)
        #expect(table.slot(of: peer.nodeId) == expected)
        #expect(table.slot(of: Key(peer.nodeId.value)) == expected)
      }
    }
    // The last digit, which may be narrower.
    let owner = NodeId(.zero)
    let last = SlotTable(owner: owner, digitBits: digitBits).slot(of: NodeId(UInt160(1)))
    #expect(last?.row == (160 + digitBits - 1) / digitBits - 1)
    #expect(last?.column == 1)
  }

  @Test func aSlotTableKeepsWhatIsPutIntoIt() {
    var table = SlotTable(owner: NodeId(.zero), digitBits: 2)
    #expect(table.rowCount == 0 && table.nodes.isEmpty && table.row(0).isEmpty)
    #expect(table[79, 3] == .none)
    table.set(SlotTable.Slot(row: 2, column: 3), to: NodeIndex(7))
    table.set(SlotTable.Slot(row: 0, column: 1), to: NodeIndex(8))
    #expect(table.rowCount == 3 && table.slotCount == 12)
    #expect(table[2, 3] == NodeIndex(7) && table[0, 1] == NodeIndex(8) && table[1, 1] == .none)
    #expect(table.nodes == [NodeIndex(8), NodeIndex(7)])
    #expect(table.row(2) == [NodeIndex(7)] && table.row(1).isEmpty && table.row(3).isEmpty)
    #expect(table.row(-1).isEmpty)
    #expect(table.entry(at: 11) == NodeIndex(7))
    table.set(SlotTable.Slot(row: 2, column: 3), to: .none)
    #expect(table.nodes == [NodeIndex(8)])
  }

  @Test func theNearestByRoundTripKeepsTheSlot() {
    var table = RoutingTable(owner: NodeId(.zero), digitBits: 4)
    let peers = [0x10, 0x11, 0x12].map { TinyRing.peer($0) }
    let steps: [(peer: Int, roundTrip: UInt32, verdict: RoutingTable.Insertion, now: Int)] = [
      (0, RoutingTable.unmeasured, .inserted, 0),
      (1, RoutingTable.unmeasured, .rejected, 0),
      (1, 500, .replaced(peers[0].index), 1),
      (0, RoutingTable.unmeasured, .rejected, 1),
      (0, 500, .rejected, 1),
      (0, 501, .rejected, 1),
      (0, 499, .replaced(peers[1].index), 0),
      (0, 700, .updated, 0),
      (0, RoutingTable.unmeasured, .updated, 0),
      (2, 700, .rejected, 0),
      (2, 699, .replaced(peers[0].index), 2),
    ]
    for (number, step) in steps.enumerated() {
      let verdict = table.offer(peers[step.peer], roundTrip: step.roundTrip)
      #expect(verdict == step.verdict, "step \(number)")
      #expect(table.slots[0, 1] == peers[step.now].index, "step \(number)")
    }
    #expect(table.roundTrip(SlotTable.Slot(row: 0, column: 1)) == 699)
    #expect(table.roundTrip(SlotTable.Slot(row: 5, column: 1)) == RoutingTable.unmeasured)
    #expect(!table.wants(peers[2]) && table.wants(peers[0]))
    #expect(table.offer(Peer(NodeId(.zero), NodeIndex(0)), roundTrip: 1) == .rejected)
    #expect(!table.wants(Peer(NodeId(.zero), NodeIndex(0))))
    let foreign = table.remove(peers[0])
    let removed = table.remove(peers[2])
    let again = table.remove(peers[2])
    #expect(!foreign && removed && !again)
    #expect(table.slots.nodes.isEmpty)
    #expect(table.roundTrip(SlotTable.Slot(row: 0, column: 1)) == RoutingTable.unmeasured)
    #expect(table.offer(peers[0], roundTrip: RoutingTable.unmeasured) == .inserted)
  }

  @Test(arguments: digitWidths)
  func everySlotHoldsTheNearestNodeOfARandomRing(digitBits: Int) {
    let ring = randomRing("proximity", count: 120, depth: 24)
    let owner = ring[0]
    var stream = RandomStream(StreamKey(seed: 3)["round trips"])
    let roundTrips = ring.map { _ in stream.index(below: 50) }
    for order in Self.orders(of: ring) {
      var table = RoutingTable(owner: owner.nodeId, digitBits: digitBits)
      for peer in order {
        _ = table.offer(peer, roundTrip: roundTrips[Int(peer.index.number)])
      }
      for (slot, nodes) in Self.slots(of: owner, in: ring, digitBits: digitBits) {
        let nearest = nodes.map { roundTrips[Int($0.index.number)] }.min()
        #expect(table.roundTrip(slot) == nearest)
        #expect(nodes.contains { $0.index == table.slots[slot] })
        #expect(roundTrips[Int(table.slots[slot].number)] == nearest)
      }
      #expect(
        table.slots.nodes.count == Self.slots(of: owner, in: ring, digitBits: digitBits).count)
    }
  }

  @Test(arguments: digitWidths)
  func theConstrainedTableDependsOnTheIdsAlone(digitBits: Int) {
    for depth in [0, 24, 160] {
      let ring = randomRing("constrained \(depth)", count: 60, depth: depth)
      let book = PeerBook(ContiguousArray(ring.map(\.nodeId)))
      for owner in ring.prefix(2) {
        let slots = Self.slots(of: owner, in: ring, digitBits: digitBits)
        var first: ConstrainedRoutingTable?
        for order in Self.orders(of: ring) {
          var table = ConstrainedRoutingTable(owner: owner.nodeId, digitBits: digitBits)
          for peer in order { Self.offer(peer, to: &table, book) }
          for (slot, nodes) in slots {
            let point = RingOracle.point(
              of: slot, for: owner.nodeId.value, digitBits: digitBits)
            let closest = Key(point).root(among: nodes.map(\.nodeId))
            if book[table.slots[slot]] != closest { Issue.record("\(slot) of \(owner)") }
          }
          #expect(table.slots.nodes.count == slots.count)
          if let first { #expect(table == first) } else { first = table }
        }
      }
    }
  }

  /// Offers a node, checking `wants` and the verdict against what happens.
  static func offer(
    _ peer: Peer, to table: inout ConstrainedRoutingTable, _ book: borrowing PeerBook
  ) {
    let wanted = table.wants(peer, in: book)
    let before = table.slots.slot(of: peer.nodeId).map { table.slots[$0] }
    let verdict = table.offer(peer, in: book)
    let after = table.slots.slot(of: peer.nodeId).map { table.slots[$0] }
    switch verdict {
    case .inserted: #expect(wanted && before == NodeIndex.none && after == peer.index)
    case .replaced(let old): #expect(wanted && before == old && after == peer.index)
    case .known: #expect(!wanted && before == peer.index && after == peer.index)
    case .rejected: #expect(!wanted && before == after && after != peer.index)
    }
  }

  @Test func aRemovedEntryLeavesItsSlotToTheNextClosest() {
    let ring = randomRing("removal", count: 60)
    let book = PeerBook(ContiguousArray(ring.map(\.nodeId)))
    var table = ConstrainedRoutingTable(owner: ring[0].nodeId, digitBits: 2)
    for peer in ring { _ = table.offer(peer, in: book) }
    for entry in table.slots.nodes {
      let gone = book.peer(entry)
      guard let slot = table.slots.slot(of: gone.nodeId) else { continue }
      let removed = table.remove(gone)
      let again = table.remove(gone)
      #expect(removed && !again)
      #expect(table.slots[slot] == .none)
      for peer in ring where peer != gone { _ = table.offer(peer, in: book) }
      let rest = Self.slots(of: ring[0], in: ring.filter { $0 != gone }, digitBits: 2)[slot] ?? []
      let point = RingOracle.point(of: slot, for: ring[0].nodeId.value, digitBits: 2)
      let next = Key(point).root(among: rest.map(\.nodeId))
      #expect((table.slots[slot].exists ? book[table.slots[slot]] : nil) == next)
      _ = table.offer(gone, in: book)
      #expect(table.slots[slot] == entry)
    }
    let owner = table.remove(ring[0])
    #expect(!owner)
  }

  /// The nodes of a ring by the slot that they are for.
  static func slots(
    of owner: Peer, in ring: [Peer], digitBits: Int
  ) -> [SlotTable.Slot: [Peer]] {
    var found: [SlotTable.Slot: [Peer]] = [:]
    for peer in ring {
      let slot = RingOracle.slot(
        of: peer.nodeId.value, for: owner.nodeId.value, digitBits: digitBits)
      if let slot { found[slot, default: []].append(peer) }
    }
    return found
  }

  /// The ring upwards, downwards and three times shuffled.
  static func orders(of ring: [Peer]) -> [[Peer]] {
    let sorted = ring.sorted { $0.nodeId < $1.nodeId }
    var stream = RandomStream(StreamKey(seed: 5)["orders"])
    return [sorted, sorted.reversed()] + (0..<3).map { _ in ring.shuffled(using: &stream) }
  }
}
