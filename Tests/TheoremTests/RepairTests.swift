import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// Both sides of a leaf set, nearest first.
private struct Sides: Equatable, Sendable {
  var up: [Peer]
  var down: [Peer]
}

/// A round of repair: whom a side asks, and what it makes of the answer.
private struct RepairRule: Sendable {
  var asks: @Sendable ([Peer]) -> Peer? = { $0.last }
  var merge: @Sendable (Peer, Sides, [Peer], Int) -> Sides = { owner, sides, answer, size in
    RepairRule.inserted(owner, sides, answer, size, wraps: false)
  }

  static func inserted(
    _ owner: Peer, _ sides: Sides, _ answer: [Peer], _ size: Int, wraps: Bool
  ) -> Sides {
    var set = LeafSet(owner: owner, size: size)
    for peer in sides.up + sides.down + answer { _ = set.insert(peer, wraps: wraps) }
    return Sides(up: Array(set.clockwise), down: Array(set.counterclockwise))
  }
}

/// A sorted ring, and what is right on it.
private struct LiveRing: Sendable {
  let peers: [Peer]
  let size: Int

  func neighbours(of peer: Peer, _ count: Int) -> Sides {
    guard let place = peers.firstIndex(of: peer) else { return Sides(up: [], down: []) }
    let most = min(count, peers.count - 1)
    return Sides(
      up: (0..<most).map { peers[(place + 1 + $0) % peers.count] },
      down: (0..<most).map { peers[(place + 2 * peers.count - 1 - $0) % peers.count] })
  }

  /// The nearest nodes of the half of the ring on each side.
  func right(_ owner: Peer, _ count: Int) -> Sides {
    let half = UInt160.leadingMask(1)
    var sides = neighbours(of: owner, count)
    sides.up.removeAll { owner.nodeId.clockwiseDistance(to: $0.nodeId) >= half }
    sides.down.removeAll { $0.nodeId.clockwiseDistance(to: owner.nodeId) >= half }
    return sides
  }
}

/// Messages between nodes of an overlay, one after the other, until there are none; timers stand
/// still, and who has failed does not answer.
private func exchange(
  _ overlay: CorrectOverlay, at stale: NodeIndex, failed: [NodeIndex],
  intercept: (PastryMessage) -> PastryMessage
) -> LeafSet {
  var nodes = overlay.nodes
  var queue = failed.map {
    (PastryMessage.departure(LeafSetReport(members: [])), from: $0, to: stale)
  }
  var next = 0
  while next < queue.count, next < 20_000 {
    let (message, sender, receiver) = queue[next]
    next += 1
    if failed.contains(receiver) { continue }
    var actions = PastryActions()
    nodes[Int(receiver.number)].receive(
      intercept(message), from: sender, overlay.world, into: &actions)
    while let action = actions.takeFirst() {
      if case .send(let message, let other) = action { queue.append((message, receiver, other)) }
    }
  }
  return nodes[Int(stale.number)].leafSet
}

/// Three statements of proofs/coq/Repair.v.
@Suite struct RepairTests {
  private static func ring(_ name: String, _ number: Int, size: Int) -> LiveRing {
    var draws = stream(name, number)
    let ids: [UInt160] = randomPoints(20 + 3 * number, from: &draws)
    let peers = ids.enumerated().map { Peer(NodeId($1), NodeIndex(UInt32($0))) }
    return LiveRing(peers: peers.sorted { $0.nodeId < $1.nodeId }, size: size)
  }

  /// From `m` nearest nodes a side, l/2 - m rounds lead to the l/2 nearest, and further ones change
  /// nothing.
  private static func rounds(_ rule: RepairRule) -> Verdict {
    var verdict = Verdict()
    for number in 0..<24 {
      let size = [4, 8, 16][number % 3]
      let live = ring("repair", number, size: size)
      var draws = stream("repair answers", number)
      for owner in live.peers.prefix(8) {
        let right = live.right(owner, size / 2)
        for start in 1...size / 2 {
          var sides = live.right(owner, start)
          guard !sides.up.isEmpty, !sides.down.isEmpty else { continue }
          for round in start...size / 2 {
            let isLast = round == size / 2
            if isLast {
              verdict.check(sides == right, "ring \(number), \(owner.index), from \(start)")
            }
            for (isUp, side) in [(true, sides.up), (false, sides.down)]
            where side.count < size / 2 || isLast {
              guard let asked = rule.asks(side) else { continue }
              // Of those behind itself it names no more than the theorem asks for.
              let most = 1 + Int(draws.index(below: 2))
              var theirs = live.neighbours(of: asked, size / 2)
              if isUp { theirs.up = Array(theirs.up.prefix(most)) }
              if !isUp { theirs.down = Array(theirs.down.prefix(most)) }
              let answer = (theirs.up + theirs.down).filter { $0 != owner }.mixed(&draws)
              sides = rule.merge(owner, sides, answer, size)
            }
          }
          verdict.check(sides == right, "ring \(number), \(owner.index): a round too many")
        }
      }
    }
    return verdict
  }

  /// Nodes fail; the one that has not forgotten them yet repairs its leaf set by the protocol.
  private static func failures(
    _ intercept: @Sendable (PastryMessage) -> PastryMessage
  ) -> Verdict {
    var verdict = Verdict()
    for number in 0..<16 {
      var draws = stream("failures", number)
      let size = [4, 8][number % 2]
      let ids: [UInt160] = randomPoints(48, from: &draws)
      let peers = ids.enumerated().map { Peer(NodeId($1), NodeIndex(UInt32($0))) }
      let old = LiveRing(peers: peers.sorted { $0.nodeId < $1.nodeId }, size: size)
      let stale = peers[0]
      let before = old.neighbours(of: stale, size / 2)
      // Up to all but one of each side, and a few others.
      let lost =
        before.up.mixed(&draws).dropFirst(1 + number % 3)
        + before.down.mixed(&draws).dropFirst(1 + number / 3 % 3)
        + peers.dropFirst().filter { !before.up.contains($0) && !before.down.contains($0) }
        .mixed(&draws).prefix(number % 5)
      let absent = Set(lost.map(\.index))
      let overlay = CorrectOverlay(
        ids, leafSetSize: size, digitBits: 4, absent: absent, stale: stale.index, draws: &draws)
      let live = LiveRing(peers: old.peers.filter { !absent.contains($0.index) }, size: size)
      let set = exchange(
        overlay, at: stale.index, failed: lost.map(\.index).mixed(&draws), intercept: intercept)
      let right = live.neighbours(of: stale, size / 2)
      verdict.check(
        Array(set.clockwise) == right.up && Array(set.counterclockwise) == right.down
          && set.isComplete,
        "case \(number): \(set.clockwise.map(\.index)), \(set.counterclockwise.map(\.index))")
    }
    return verdict
  }

  /// What holds the nearest nodes is right, and what it covers it finds.
  private static func rightness(_ hold: @Sendable (LeafSet, [Peer]) -> LeafSet) -> Verdict {
    var verdict = Verdict()
    for number in 0..<24 {
      let size = [2, 4, 8][number % 3]
      let live = ring("right", number, size: size)
      var draws = stream("right keys", number)
      for owner in live.peers.prefix(6) {
        let sides = live.neighbours(of: owner, size / 2)
        let set = hold(LeafSet(owner: owner, size: size), sides.up + sides.down)
        verdict.check(set.isRight(among: live.peers), "ring \(number), \(owner.index)")
        for peer in sides.up + sides.down {
          let near = peer.nodeId.value ^ (UInt160.random(from: &draws) & ~.leadingMask(8))
          guard set.covers(Key(near)) else { continue }
          let root = Key(near).root(among: live.peers.map(\.nodeId))
          verdict.check(
            set.closest(to: Key(near)).nodeId == root, "ring \(number), \(owner.index), \(near)")
        }
      }
    }
    return verdict
  }

  @Test("leafset_repair: asking the farthest member restores a side in l/2 - m rounds")
  func leafsetRepair() {
    Self.rounds(RepairRule()).expectHolds(atLeast: 1_000)
  }

  @Test("leafset_repair: mutants are caught")
  func leafsetRepairMutants() {
    // Asks the nearest member.
    Self.rounds(RepairRule(asks: { $0.first })).expectCaught()
    // Takes nodes of the other half of the ring where there is room.
    Self.rounds(
      RepairRule(merge: { RepairRule.inserted($0, $1, $2, $3, wraps: true) })
    ).expectCaught()
    // Keeps the farthest instead of the nearest.
    Self.rounds(
      RepairRule(merge: { owner, sides, answer, size in
        let all = RepairRule.inserted(owner, sides, answer, 64, wraps: false)
        return Sides(up: all.up.suffix(size / 2), down: all.down.suffix(size / 2))
      })
    ).expectCaught()
    // Has room for one member less.
    Self.rounds(
      RepairRule(merge: { RepairRule.inserted($0, $1, $2, max(2, $3 - 2), wraps: false) })
    ).expectCaught()
  }

  @Test("leafset_repair_failures: the protocol restores the l/2 nearest that live")
  func leafsetRepairFailures() {
    Self.failures { $0 }.expectHolds(atLeast: 16)
  }

  @Test("leafset_repair_failures: mutants are caught")
  func leafsetRepairFailuresMutants() {
    // Answers are heard, and what they say of others is not.
    Self.failures { message in
      guard case .leafSetReply(_, let id) = message else { return message }
      return .leafSetReply(LeafSetReport(members: []), id)
    }.expectCaught()
  }

  @Test("leafset_repair_right: an exact leaf set is right for every key that it covers")
  func leafsetRepairRight() {
    Self.rightness { set, peers in
      var set = set
      for peer in peers { _ = set.insert(peer) }
      return set
    }.expectHolds(atLeast: 400)
  }

  @Test("leafset_repair_right: mutants are caught")
  func leafsetRepairRightMutants() {
    // The nearest node is missing.
    Self.rightness { set, peers in
      var set = set
      for peer in peers.dropFirst() { _ = set.insert(peer) }
      return set
    }.expectCaught()
  }
}
