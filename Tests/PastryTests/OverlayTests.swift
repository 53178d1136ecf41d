import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// Whole overlays by hand: joins, lookups, departures, crashes and losses against the sorted ring.
@Suite struct OverlayTests {
  static func configuration(leafSetSize: Int = 8, digitBits: Int = 2) -> PastryConfiguration {
    PastryConfiguration(digitBits: digitBits, leafSetSize: leafSetSize)
  }

  /// An overlay whose nodes have joined one after the other through node 0.
  static func overlay(
    _ count: Int, _ configuration: PastryConfiguration = configuration(), seed: UInt64 = 1,
    delay: TimeSpan = .milliseconds(40)
  ) -> TinyNetwork {
    var network = TinyNetwork(
      randomRing("overlay \(count)", count: count), configuration, seed: seed, delay: delay)
    network.create(0)
    for node in 1..<max(1, count) {
      network.join(node, via: 0)
      let joined = network.runUntilActive(within: .minutes(2))
      if !joined { Issue.record("node \(node) of \(count) did not join") }
    }
    network.run(.seconds(10))
    return network
  }

  /// Sends messages for random keys from every live node and compares deliveries with the roots.
  static func expectLookups(
    _ network: inout TinyNetwork, perNode: Int, table: RoutingTableKind = .proximity,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var stream = RandomStream(StreamKey(seed: 99)["lookups"])
    let first = network.log.count
    var expected: [UInt64: Int] = [:]
    for peer in network.ring {
      let node = Int(peer.index.number)
      for number in 0..<perNode {
        let key = number == 0 ? Key(peer.nodeId.value) : Key.random(from: &stream)
        let tag = UInt64(expected.count)
        expected[tag] = network.root(of: key)
        network.route(from: node, key, tag: tag, table: table)
      }
    }
    network.run(.seconds(40))
    var wrong = 0
    var delivered: [UInt64: Int] = [:]
    for entry in network.log[first...] {
      guard case .deliver(let message) = entry.action else { continue }
      if expected[message.tag] != entry.node { wrong += 1 }
      delivered[message.tag, default: 0] += 1
    }
    #expect(wrong == 0, "deliveries at wrong nodes", sourceLocation: sourceLocation)
    let missing = expected.keys.filter { delivered[$0] == nil }.count
    let repeated = delivered.values.filter { $0 > 1 }.count
    #expect(missing == 0 && repeated == 0, "lost, repeated", sourceLocation: sourceLocation)
  }

  @Test func theFirstNodeIsActiveAtOnceAndRootOfEverything() {
    var network = Self.overlay(1)
    #expect(network.nodes[0].phase == .active)
    #expect(network.nodes[0].leafSet.isWhole)
    Self.expectLookups(&network, perNode: 20)
  }

  @Test(arguments: [(2, 8), (3, 8), (3, 2), (10, 2), (10, 8), (40, 8), (40, 32), (40, 2)])
  func nodesJoinOneAfterTheOther(count: Int, leafSetSize: Int) {
    var network = Self.overlay(count, Self.configuration(leafSetSize: leafSetSize))
    #expect(network.wrongNodes == [])
    #expect(!network.log.contains { if case .foundFailed = $0.action { true } else { false } })
    Self.expectLookups(&network, perNode: 20)
    Self.expectLookups(&network, perNode: 20, table: .constrained)
  }

  @Test(arguments: [(3, 8), (10, 8), (40, 4), (40, 8), (40, 32)])
  func nodesJoinAllAtOnceThroughOneContact(count: Int, leafSetSize: Int) {
    var network = TinyNetwork(
      randomRing("at once \(count)", count: count), Self.configuration(leafSetSize: leafSetSize))
    network.create(0)
    for node in 1..<count { network.join(node, via: 0) }
    let joined = network.runUntilActive(within: .minutes(5))
    #expect(joined)
    network.run(.minutes(1))
    #expect(network.wrongNodes == [])
    Self.expectLookups(&network, perNode: 10)
  }

  /// With one leaf on each side 40 joins at once leave most of the ring wrong for some minutes;
  /// the periodic repair mends it.
  @Test func nodesWithTwoLeavesThatJoinAllAtOnceFindTheirOrderInTheEnd() {
    var network = TinyNetwork(
      randomRing("at once 40", count: 40), Self.configuration(leafSetSize: 2))
    network.create(0)
    for node in 1..<40 { network.join(node, via: 0) }
    network.run(.minutes(25))
    #expect(network.wrongNodes == [])
    Self.expectLookups(&network, perNode: 10)
  }

  @Test func nodesJoinAllAtOnceThroughAContactThatIsStillJoining() {
    var network = TinyNetwork(randomRing("chain", count: 12), Self.configuration())
    network.create(0)
    for node in 1..<12 { network.join(node, via: node - 1) }
    let joined = network.runUntilActive(within: .minutes(10))
    #expect(joined)
    network.run(.minutes(1))
    #expect(network.wrongNodes == [])
  }

  /// Delays above the shortest time-out: a constant round trip must not look like a loss.
  @Test(arguments: [10, 26, 60, 150, 400] as [UInt64])
  func nothingIsSentTwiceWithoutALoss(milliseconds: UInt64) {
    var network = Self.overlay(10, delay: .milliseconds(milliseconds))
    for _ in 0..<5 { Self.expectLookups(&network, perNode: 10) }
    #expect(!network.log.contains { if case .foundFailed = $0.action { true } else { false } })
  }

  @Test(arguments: [(2, 1), (3, 1), (10, 3), (40, 5)])
  func departedNodesAreForgottenAtOnce(count: Int, leaving: Int) {
    var network = Self.overlay(count)
    for node in 0..<leaving {
      network.depart(node)
      network.run(.seconds(2))
    }
    #expect(network.wrongNodes == [])
    Self.expectLookups(&network, perNode: 10)
  }

  @Test(arguments: [(2, [1]), (3, [1]), (3, [1, 2]), (10, [4]), (40, [7])])
  func aSilentCrashIsFoundByTheHeartbeats(count: Int, crashed: [Int]) {
    var network = Self.overlay(count)
    for node in crashed { network.crash(node) }
    network.run(.minutes(3))
    #expect(network.wrongNodes == [])
    Self.expectLookups(&network, perNode: 10)
  }

  @Test(arguments: [1, 2, 3, 4, 6])
  func severalNeighboursThatCrashTogetherAreReplaced(crashed: Int) {
    var network = Self.overlay(40)
    let ring = network.ring
    for peer in ring[5..<(5 + crashed)] { network.crash(Int(peer.index.number)) }
    network.run(.minutes(5))
    #expect(network.wrongNodes == [])
    Self.expectLookups(&network, perNode: 10)
  }

  @Test func aMessageOnItsWayToACrashedNodeArrivesAtTheNewRoot() {
    var network = Self.overlay(40)
    let ring = network.ring
    let crashed = ring[10]
    network.crash(Int(crashed.index.number))
    Self.expectLookups(&network, perNode: 0)
    for (number, peer) in ring.enumerated() where peer != crashed {
      network.route(
        from: Int(peer.index.number), Key(crashed.nodeId.value), tag: UInt64(1_000 + number))
    }
    network.run(.minutes(2))
    let root = network.root(of: Key(crashed.nodeId.value))
    for (number, peer) in ring.enumerated() where peer != crashed {
      #expect(network.deliveries(of: UInt64(1_000 + number)) == [root])
    }
  }

  @Test(arguments: [8, 32])
  func halfOfTheOverlayCrashes(leafSetSize: Int) {
    var network = Self.overlay(40, Self.configuration(leafSetSize: leafSetSize))
    var stream = RandomStream(StreamKey(seed: 4)["half"])
    for node in (0..<40).shuffled(using: &stream).prefix(20) { network.crash(node) }
    network.run(.minutes(20))
    #expect(network.wrongNodes == [])
    Self.expectLookups(&network, perNode: 10)
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func lossesDelayButNeverMisdeliver(seed: UInt64) {
    var network = TinyNetwork(
      randomRing("lossy \(seed)", count: 30), Self.configuration(), seed: seed)
    network.loses = { _, _, _, random in random.index(below: 100) < 5 }
    network.create(0)
    for node in 1..<30 {
      network.join(node, via: 0)
      network.run(.seconds(2))
    }
    let joined = network.runUntilActive(within: .minutes(20))
    #expect(joined, "seed \(seed)")
    network.run(.minutes(5))
    var stream = RandomStream(StreamKey(seed: seed)["keys"])
    var expected: [Int?] = []
    for peer in network.ring {
      for _ in 0..<10 {
        let key = Key.random(from: &stream)
        network.route(from: Int(peer.index.number), key, tag: UInt64(expected.count))
        expected.append(network.root(of: key))
      }
    }
    network.run(.minutes(2))
    #expect(network.wrongNodes == [], "seed \(seed)")
    var missing = 0
    for (tag, root) in expected.enumerated() {
      let deliveries = network.deliveries(of: UInt64(tag))
      if deliveries.isEmpty { missing += 1 }
      if deliveries.contains(where: { $0 != root }) {
        Issue.record("seed \(seed), tag \(tag): \(deliveries) for \(String(describing: root))")
      }
    }
    // Only the last acknowledgement may be lost with its message: hardly ever.
    #expect(missing <= expected.count / 50, "seed \(seed)")
  }

  /// A node that was taken for dead must come back into the sets that dropped it.
  @Test func twoNeighboursThatCouldNotHearEachOtherFindEachOtherAgain() {
    var network = Self.overlay(20)
    let ring = network.ring
    let pair = [Int(ring[3].index.number), Int(ring[4].index.number)]
    network.loses = { _, from, to, _ in pair.contains(from) && pair.contains(to) }
    network.run(.minutes(3))
    network.loses = { _, _, _, _ in false }
    network.run(.minutes(10))
    #expect(network.wrongNodes == [])
    Self.expectLookups(&network, perNode: 10)
  }

  /// Its neighbours still list its earlier life; the contact may be one of them.
  @Test(arguments: [1, 8, -1], [1, 20, 120] as [UInt64])
  func aRestartedNodeJoinsAgain(contactPlace: Int, seconds: UInt64) {
    var network = Self.overlay(20)
    let ring = network.ring
    let node = Int(ring[7].index.number)
    network.crash(node)
    network.run(.seconds(seconds))
    network.restart(node, via: Int(ring[7 + contactPlace].index.number))
    let joined = network.runUntilActive(within: .minutes(2))
    #expect(joined)
    network.run(.minutes(2))
    #expect(network.wrongNodes == [])
    Self.expectLookups(&network, perNode: 10)
  }

  /// Parts that were cut off from each other find together through the members that they lost:
  /// halves of the ring, or every other node.
  @Test(arguments: [true, false])
  func twoIslandsMergeAgain(areHalves: Bool) {
    var network = Self.overlay(20)
    var isWest = [Bool](repeating: false, count: 20)
    for (place, peer) in network.ring.enumerated() {
      isWest[Int(peer.index.number)] = areHalves ? place < 10 : place % 2 == 0
    }
    network.loses = { [isWest] _, from, to, _ in isWest[from] != isWest[to] }
    network.run(.minutes(20))
    for node in network.nodes {
      let isHere = isWest[Int(node.peer.index.number)]
      #expect(node.leafSet.members.allSatisfy { isWest[Int($0.index.number)] == isHere })
      #expect(node.former.count <= 8)
    }
    #expect(network.nodes.contains { !$0.former.isEmpty })
    #expect(network.wrongNodes != [])
    network.loses = { _, _, _, _ in false }
    network.run(.minutes(10))
    #expect(network.wrongNodes == [])
    Self.expectLookups(&network, perNode: 10)
  }

  @Test func aQuietOverlaySendsAboutItsHeartbeatsAndProbes() {
    var network = Self.overlay(40)
    network.run(.minutes(10))
    let before = (network.sentCount, network.eventCount)
    network.run(.minutes(10))
    // 40 nodes: 20 heartbeats each; probes of some 20 entries at least every 2 h, at most 20 s.
    let sent = network.sentCount - before.0
    #expect((800...40_000).contains(sent), "\(sent) messages")
    #expect(network.eventCount - before.1 < 4 * sent + 10_000)
  }

  @Test func theSameSeedGivesTheSameRun() {
    func trace(_ seed: UInt64) -> ([Int], [PastryAction]) {
      var network = Self.overlay(10, seed: seed)
      Self.expectLookups(&network, perNode: 3)
      return ([network.sentCount, network.eventCount], network.log.map(\.action))
    }
    let first = trace(1)
    let second = trace(1)
    #expect(first.0 == second.0 && first.1 == second.1)
  }
}
