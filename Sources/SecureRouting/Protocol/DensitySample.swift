import Pastry
import ProtocolTime
import RingIdentifiers

/// The nodes around the caller, farther out than its leaf set: their gaps tell how dense the ring
/// is. [Castro02], routing failure test: n gaps at the sender
///
/// A side is known to be complete up to a frontier: at first the caller's own leaf set. The nodes
/// just inside it are asked for their leaf sets. One honest answer of them names every node of the
/// next l/2 places, whatever the others hide or add, so the frontier moves on by l/2 places from
/// the innermost node asked. Nobody beyond it is asked or counted: nodes that one liar alone has
/// named would lead to liars alone.
struct DensitySample: Sendable {
  /// The known nodes of one side, nearest first.
  private struct Side: Sendable {
    var nodes: ContiguousArray<Peer> = []
    /// Nodes up to which it is complete.
    var frontier = 0
  }

  private let owner: NodeId
  private let sideCapacity: Int
  /// l/2.
  private let reach: Int
  /// Nodes of each side that are asked at a time, l/4: with l = 32 all of them lie with probability
  /// f^8, .00002 at f = .25.
  private let askedAtOnce: Int
  private var clockwise = Side()
  private var counterclockwise = Side()
  private var asked: NodeList = []
  /// Those asked last that have not answered: each is heard once, so that a liar who answers often
  /// does not end the wait for the others.
  private var awaited: NodeList = []

  /// The sample that a leaf set gives.
  init(_ leafSet: LeafSet, gaps: Int) {
    owner = leafSet.owner.nodeId
    sideCapacity = max(1, gaps / 2)
    reach = leafSet.sideCapacity
    askedAtOnce = max(1, reach / 2)
    for peer in leafSet.members { insert(peer) }
    clockwise.frontier = min(clockwise.nodes.count, reach, sideCapacity)
    counterclockwise.frontier = min(counterclockwise.nodes.count, reach, sideCapacity)
  }

  /// Gaps counted.
  var gaps: Int { clockwise.frontier + counterclockwise.frontier }

  /// What the gaps span, in units of 2^-64 of the ring.
  var span: UInt64 {
    let up =
      clockwise.nodes.prefix(clockwise.frontier).last.map {
        owner.clockwiseDistance(to: $0.nodeId).high
      } ?? 0
    let down =
      counterclockwise.nodes.prefix(counterclockwise.frontier).last.map {
        $0.nodeId.clockwiseDistance(to: owner).high
      } ?? 0
    let (sum, overflow) = up.addingReportingOverflow(down)
    return overflow ? .max : sum
  }

  private mutating func insert(_ peer: Peer) {
    guard peer.nodeId != owner else { return }
    let up = owner.clockwiseDistance(to: peer.nodeId)
    if up < UInt160(high: 1 << 63, middle: 0, low: 0) {
      place(peer, in: &clockwise.nodes) { owner.clockwiseDistance(to: $0) }
    } else {
      place(peer, in: &counterclockwise.nodes) { $0.clockwiseDistance(to: owner) }
    }
  }

  private func place(
    _ peer: Peer, in side: inout ContiguousArray<Peer>, _ distance: (NodeId) -> UInt160
  ) {
    let own = distance(peer.nodeId)
    if side.count == sideCapacity, let last = side.last, distance(last.nodeId) <= own { return }
    // What is new lies mostly at the far end.
    var position = side.count
    while position > 0 {
      let other = distance(side[position - 1].nodeId)
      if other == own { return }
      if other < own { break }
      position -= 1
    }
    side.insert(peer, at: position)
    if side.count > sideCapacity { side.removeLast() }
  }

  /// Whether nobody's answer is waited for.
  var isIdle: Bool { awaited.isEmpty }

  /// Takes in what an asked node says; false when it is not waited for.
  mutating func take(_ nodes: NodeList, from sender: NodeIndex, _ book: borrowing PeerBook) -> Bool
  {
    guard let place = awaited.firstIndex(of: sender) else { return false }
    awaited.remove(at: place)
    for node in nodes { insert(book.peer(node)) }
    return true
  }

  /// Moves the frontiers on by what the last answers have shown, and gives the nodes to ask next;
  /// nobody when the sample is full or does not grow.
  mutating func nextToAsk() -> NodeList {
    if !asked.isEmpty {
      advance(&clockwise)
      advance(&counterclockwise)
    }
    var next: NodeList = []
    for side in [clockwise, counterclockwise] where side.frontier < sideCapacity {
      for peer in side.nodes.prefix(side.frontier).suffix(askedAtOnce)
      where !asked.contains(peer.index) {
        next.append(peer.index)
      }
    }
    asked += next
    awaited = next
    return next
  }

  /// The innermost node asked may be the only honest one.
  private func advance(_ side: inout Side) {
    let innermost = max(0, side.frontier - askedAtOnce)
    side.frontier = min(max(side.frontier, innermost + 1 + reach), side.nodes.count, sideCapacity)
  }
}
