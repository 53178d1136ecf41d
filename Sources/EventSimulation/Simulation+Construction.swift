import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting

/// Overlays that are there from the start.
///
/// For what does not depend on how nodes joined: every node gets the leaf set and the constrained
/// table that the ring of nodeIds gives it, and in each slot of its table by proximity the nearest
/// of a random sample of the nodes that fit. Joining through the protocol gives the same leaf sets;
/// its tables are compared in the tests.
extension Simulation {
  /// Puts nodes into the overlay now; others may join later, and all may stop.
  /// - Parameters:
  ///   - first: how many nodes, by their numbers; nil for all.
  ///   - candidates: the sample for each slot of the table by proximity, at least 1.
  /// - Precondition: no node has started; `first` is in 1...the number of nodes.
  /// - Complexity: O(N log N) for the ring, then O(2^b log N / b) slots for each node.
  public mutating func construct(first: Int? = nil, candidates: Int = 16) {
    let count = first ?? nodes.count
    precondition(
      candidates > 0 && count > 0 && count <= nodes.count && membership.count == 0,
      "cannot construct \(count) of \(nodes.count) nodes, \(membership.count) are there")
    membership.fill(
      (0..<count).map { (world.book[NodeIndex(UInt32($0))], UInt32($0)) })
    let ring = ConstructedRing(membership, digitBits: settings.pastry.digitBits)
    countedUntil = now
    var observer = NoObserver()
    for place in 0..<ring.count {
      let node = ring.node(at: place)
      let index = Int(node)
      nodes[host: index].isRunning = true
      nodes[host: index].startedAt = now
      counters.started &+= 1
      var draws = streams.nodes["construction"].words(of: UInt64(node))
      let snapshot = snapshot(at: place, ring, candidates: candidates, &draws)
      world.now = nodes[host: index].clock.reading(at: now)
      nodes[index].restore(snapshot, world, into: &actions.pastry)
      drain(node, &observer)
    }
  }

  private func snapshot(
    at place: Int, _ ring: borrowing ConstructedRing, candidates: Int, _ draws: inout SplitMix64
  ) -> PastryNode.Snapshot {
    var snapshot = PastryNode.Snapshot()
    let half = min(settings.pastry.leafSetSize / 2, ring.count - 1)
    for step in 0..<half {
      snapshot.leafSet.append(ring.peer(at: (place + 1 + step) % ring.count))
      snapshot.leafSet.append(ring.peer(at: (place + ring.count - 1 - step) % ring.count))
    }
    snapshot.isWhole = ring.count <= settings.pastry.leafSetSize
    let own = ring.peer(at: place)
    ring.forEachSlot(of: place) { row, column, range in
      let point = own.nodeId.constrainedPoint(
        row: row, column: column, digitBits: settings.pastry.digitBits)
      if settings.pastry.keepsConstrainedTable {
        snapshot.constrained.append(ring.closest(to: point, in: range))
      }
      var best = (peer: own, roundTrip: RoutingTable.unmeasured)
      for number in 0..<min(candidates, range.count) {
        // All of a small range, a sample of a large one.
        let chosen =
          range.count <= candidates
          ? range.lowerBound + number
          : range.lowerBound
            + Int(draws.next().multipliedFullWidth(by: UInt64(range.count)).high)
        let peer = ring.peer(at: chosen)
        let micros = RoutingTable.microseconds(
          settings.roundTrip(own.index.number, peer.index.number))
        if micros < best.roundTrip { best = (peer, micros) }
      }
      snapshot.table.append(best)
    }
    return snapshot
  }
}

/// All nodes in the order of their nodeIds, with the ranges that slots stand for.
struct ConstructedRing {
  private let ring: ContiguousArray<(nodeId: NodeId, node: UInt32)>
  private let digitBits: Int

  init(_ membership: borrowing Membership, digitBits: Int) {
    ring = membership.ring
    self.digitBits = digitBits
  }

  var count: Int { ring.count }

  func node(at place: Int) -> UInt32 { ring[place].node }

  func peer(at place: Int) -> Peer { Peer(ring[place].nodeId, NodeIndex(ring[place].node)) }

  /// Visits every slot of a node that some node fits: row, column, places of those nodes.
  func forEachSlot(of place: Int, _ body: (Int, Int, Range<Int>) -> Void) {
    let own = ring[place].nodeId
    var block = 0..<ring.count
    var row = 0
    while block.count > 1, row < UInt160.digitCount(digitBits: digitBits) {
      var low = block.lowerBound
      var next = block
      let columns = 1 << UInt160.digitWidth(at: row, digitBits: digitBits)
      for column in 0..<columns {
        let last = own.value.slotRange(row: row, column: column, digitBits: digitBits).upperBound
        let high = firstPlace(above: last, in: low..<block.upperBound)
        if own.digit(at: row, digitBits: digitBits) == column {
          next = low..<high
        } else if high > low {
          body(row, column, low..<high)
        }
        low = high
      }
      block = next
      row += 1
    }
  }

  private func firstPlace(above point: UInt160, in range: Range<Int>) -> Int {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = (low + high) / 2
      if ring[middle].nodeId.value <= point { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The node of a range that is numerically closest to a point.
  /// - Precondition: `range` is not empty.
  func closest(to point: Key, in range: Range<Int>) -> Peer {
    let after = firstPlace(above: point.value, in: range)
    if after == range.lowerBound { return peer(at: after) }
    let before = peer(at: after - 1)
    guard after < range.upperBound else { return before }
    let next = peer(at: after)
    return next.nodeId.isCloser(than: before.nodeId, to: point) ? next : before
  }
}
