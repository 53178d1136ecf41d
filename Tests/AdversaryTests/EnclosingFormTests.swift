import Adversary
import Pastry
import ProtocolTime
import RingIdentifiers
import SecureRouting
import Testing

/// Attacks on what nodes know of others: poison-tables, hostile-bootstrap, eclipse.
@Suite struct EnclosingFormTests {
  /// Every fourth node; node i of 64 has the digits i / 4 and 4 * (i % 4).
  private static let members = (0..<UInt32(16)).map { 4 * $0 + 1 }
  private let id = RequestId(3)

  /// Rows that an honest member 5 may hand to node 22 and what fits node 22's tables there.
  ///
  /// Node 22 has the first digit 5, node 5 has 1: nothing else of node 5's rows is of use to it.
  private let firstRow = NodeList(Self.members.filter { $0 / 4 != 5 }.map { NodeIndex($0) })

  private func isMember(_ node: NodeIndex) -> Bool { Self.members.contains(node.number) }

  private func arrivals(_ members: [UInt32], to victim: UInt32) -> [AttackScene.Deed] {
    members.map { sent(.pastry(.arrival(roundTrip: 1)), from: $0, to: victim) }
  }

  @Test func rowsAreReplacedByMembersThatFit() throws {
    var stage = try Stage([attack("poison-tables")], members: Self.members)
    let row0 = nodes(20, 40, 60)
    let cases: [(said: PastryMessage, bent: PastryMessage, to: UInt32)] = [
      (.rowReply(row0, rowCount: 3, id), .rowReply(firstRow, rowCount: 3, id), 22),
      // Deeper rows of node 5 are all in one row of node 22's.
      (.rowReply(nodes(4, 6), rowCount: 3, id), .rowReply(firstRow, rowCount: 3, id), 22),
      (.row(row0 + nodes(5)), .row(firstRow), 22),
      (.row(nodes(5)), .row(firstRow), 22),
      (.constrainedRow(row0), .constrainedRow(firstRow), 22),
      // Node 6 shares one digit with node 5, which is the only member in that row.
      (.row(nodes(4, 5)), .row(nodes(5)), 6),
      (.row(nodes(5)), .row(nodes(5)), 6),
      (.rowReply([], rowCount: 2, id), .rowReply(nodes(5), rowCount: 2, id), 6),
      // Members are told the truth.
      (.row(row0), .row(row0), 9), (.ping(id), .ping(id), 22),
      (
        .leafSetReply(LeafSetReport(members: row0), id),
        .leafSetReply(LeafSetReport(members: row0), id), 22
      ),
    ]
    for (said, bent, receiver) in cases {
      let out = stage.send(.pastry(said), from: 5, to: receiver)
      #expect(out.message == .pastry(bent), "\(said)")
      #expect(out.deeds.isEmpty && bent.isBounded(by: Stage.configuration))
    }
    let near = stage.send(.pastry(.nearbyReply(row0, id)), from: 5, to: 22).message
    guard case .pastry(.nearbyReply(let named, id)) = near else {
      Issue.record("\(String(describing: near))")
      return
    }
    #expect(Set(named).count == 16 && named.allSatisfy(isMember))
    #expect(stage.send(.secure(.found(nonce: 1)), from: 5, to: 22).message != nil)
  }

  @Test func membersClaimToBeNear() throws {
    var stage = try Stage([attack("poison-tables")], members: Self.members, victims: [22])
    #expect(stage.adversary.spoofedDelay == .milliseconds(1))
    #expect(stage.adversary.tickPeriods.map(\.period) == [.milliseconds(100)])
    // One for each slot: fifteen in the first row, and node 21 next to the victim.
    let wanted = Self.members.filter { $0 != 21 } + [21]
    #expect(stage.tick() == arrivals(wanted, to: 22))
  }

  @Test func withoutNamedVictimsEveryHonestNodeHearsOfMembers() throws {
    var stage = try Stage([attack("poison-tables")], members: Self.members)
    var told: Set<NodeIndex> = []
    for _ in 0..<1_000 {
      for deed in stage.tick() {
        guard case .send(.pastry(.arrival(roundTrip: 1)), from: let member, to: let node, _) = deed
        else {
          Issue.record("\(deed)")
          continue
        }
        #expect(isMember(member) && !isMember(node))
        told.insert(node)
      }
    }
    #expect(told.count == 48)
  }

  @Test func aCoalitionWithoutVictimsIsIdle() throws {
    for name in ["poison-tables", "flooding", "eclipse"] {
      var stage = try Stage([attack(name)], members: Array(0..<64))
      #expect(stage.tick().isEmpty)
    }
  }

  // MARK: hostile-bootstrap

  /// The members around node 22, two on each side.
  private let around = LeafSetReport(members: nodes(17, 21, 25, 29))

  @Test func joiningNodesHearOfMembersAlone() throws {
    var stage = try Stage([attack("hostile-bootstrap")], members: Self.members)
    let near = stage.receive(.pastry(.nearbyRequest(id)), from: 22, at: 5)
    #expect(near.message == nil && near.deeds.count == 1)
    guard
      case .send(.pastry(.nearbyReply(let named, id)), from: NodeIndex(5), to: NodeIndex(22), _)? =
        near.deeds.first
    else {
      Issue.record("\(near.deeds)")
      return
    }
    #expect(Set(named).count == 16 && named.allSatisfy(isMember))

    var join = RouteMessage(
      key: Key(Stage.point(22)), source: NodeIndex(22), tag: 1, purpose: .join)
    let welcome: [AttackScene.Deed] = [
      sent(.pastry(.acknowledge(id)), from: 9, to: 22),
      sent(.pastry(.row(firstRow)), from: 9, to: 22),
      sent(.pastry(.row(nodes(21))), from: 9, to: 22),
      sent(.pastry(.joinReply(around)), from: 9, to: 22),
    ]
    let first = stage.receive(.pastry(.route(join, id)), from: 22, at: 9)
    #expect(first.message == nil && first.deeds == welcome)
    // Rows that the node has been sent are not sent again, however many a message says they are.
    for (nextRow, rows) in [(UInt8(1), 1), (2, 0), (40, 0), (255, 0)] {
      join.nextRow = nextRow
      let later = stage.receive(.pastry(.route(join, id)), from: 22, at: 9)
      #expect(later.message == nil && later.deeds.count == 2 + rows)
    }
    let lookup = stage.receive(
      .secure(.lookupRequest(Key(Stage.point(22)), nonce: 4)), from: 22, at: 9)
    #expect(lookup.message == nil)
    #expect(
      lookup.deeds == [
        sent(.secure(.lookupReply(nodes(13, 17, 21, 25, 29, 33), nonce: 4)), from: 9, to: 22)
      ])
  }

  @Test func joiningNodesAreKeptAmongMembers() throws {
    var stage = try Stage([attack("hostile-bootstrap")], members: Self.members)
    let probe = OverlayMessage.pastry(.leafSetProbe(LeafSetReport(members: nodes(5, 6)), id))
    // Before it joins through the coalition a node is like any other.
    #expect(stage.receive(probe, from: 22, at: 5).message == probe)
    #expect(stage.send(probe, from: 5, to: 22).message == probe)
    let join = RouteMessage(
      key: Key(Stage.point(22)), source: NodeIndex(22), tag: 1, purpose: .join)
    _ = stage.receive(.pastry(.route(join, id)), from: 60, at: 9)
    expectEnclosed(&stage)
    // What it routes is another attack's business.
    let message = routed(.roots, Stage.key(above: 3), source: 22)
    #expect(stage.receive(message, from: 22, at: 5).message == message)
    // Members join as they like.
    let own = RouteMessage(
      key: Key(Stage.point(13)), source: NodeIndex(13), tag: 1, purpose: .join)
    let honest = OverlayMessage.pastry(.route(own, id))
    #expect(stage.receive(honest, from: 60, at: 9).message == honest)
  }

  /// Checks that node 22 hears of members alone, and that their machines do not hear of it.
  private func expectEnclosed(_ stage: inout Stage) {
    let node: UInt32 = 22
    let report = LeafSetReport(members: nodes(5, 6), failed: nodes(7))
    let probed = stage.receive(.pastry(.leafSetProbe(report, id)), from: node, at: 5)
    #expect(probed.message == nil)
    #expect(
      probed.deeds == [sent(.pastry(.leafSetReply(around, id)), from: 5, to: node)])
    let beat = stage.receive(.pastry(.heartbeat), from: node, at: 5)
    #expect(beat.message == nil && beat.deeds.isEmpty)
    let ping = OverlayMessage.pastry(.ping(id))
    #expect(stage.receive(ping, from: node, at: 5).message == ping)
    let sayings: [(said: PastryMessage, bent: PastryMessage)] = [
      (.leafSetProbe(report, id), .leafSetProbe(around, id)),
      (.leafSetReply(report, id), .leafSetReply(around, id)),
      (.joinReply(report), .joinReply(around)),
      (.departure(report), .departure(around)),
      (.rowReply(nodes(4), rowCount: 2, id), .rowReply(firstRow, rowCount: 2, id)),
      (.constrainedRow(nodes(4)), .constrainedRow(firstRow)), (.pong(id), .pong(id)),
    ]
    for (said, bent) in sayings {
      let out = stage.send(.pastry(said), from: 5, to: node)
      #expect(out.message == .pastry(bent) && out.deeds.isEmpty, "\(said)")
    }
  }

  @Test func theMemoryOfJoiningNodesIsBounded() throws {
    var stage = try Stage([attack("hostile-bootstrap")], members: [0], of: 8_192)
    let heartbeat = OverlayMessage.pastry(.heartbeat)
    for node in 1...UInt32(4_097) {
      _ = stage.receive(.pastry(.nearbyRequest(id)), from: node, at: 0)
    }
    #expect(stage.receive(heartbeat, from: 1, at: 0).message == heartbeat)
    for node: UInt32 in [2, 4_097] {
      #expect(stage.receive(heartbeat, from: node, at: 0).message == nil)
    }
  }

  // MARK: eclipse

  @Test func namedVictimsAreEclipsed() throws {
    var stage = try Stage([attack("eclipse")], members: Self.members, victims: [22])
    expectEnclosed(&stage)
    for purpose in [RouteMessage.Purpose.application, .roots, .copy] {
      let message = routed(purpose, Stage.key(above: 3), source: 22)
      let kept = stage.receive(message, from: 40, at: 5)
      #expect(kept.message == nil)
      #expect(kept.deeds == [sent(.pastry(.acknowledge(id)), from: 5, to: 40)])
      let others = routed(purpose, Stage.key(above: 3), source: 24)
      #expect(stage.receive(others, from: 22, at: 5).message == others)
    }
    let request = SecureRequest(
      key: Stage.key(above: 3), source: NodeIndex(22), nonce: 1, replicas: 0)
    let cluster = SecureMessage.clusterReply(nodes(61, 1, 9, 13), slot: NodeIndex(1), nonce: 1)
    let asked: [(SecureMessage, answer: [AttackScene.Deed])] = [
      (.list(request, nodes(5)), []), (.lookupRequest(request.key, nonce: 1), []),
      (.clusterRequest(request.key, nonce: 1), [sent(.secure(cluster), from: 5, to: 22)]),
    ]
    for (message, answer) in asked {
      let got = stage.receive(.secure(message), from: 22, at: 5)
      #expect(got.message == nil && got.deeds == answer)
      #expect(stage.receive(.secure(message), from: 24, at: 5).message == .secure(message))
    }
    let found = OverlayMessage.secure(.found(nonce: 1))
    #expect(stage.receive(found, from: 22, at: 5).message == found)
    // Everybody else sees honest nodes.
    let row = OverlayMessage.pastry(.row(nodes(4, 6)))
    #expect(stage.send(row, from: 5, to: 24).message == row)
    #expect(stage.receive(.pastry(.heartbeat), from: 24, at: 5).message == .pastry(.heartbeat))
    #expect(stage.tick() == arrivals(Self.members.filter { $0 != 21 } + [21], to: 22))
    #expect(stage.adversary.spoofedDelay == .milliseconds(1))
  }

  @Test func victimsThatNobodyNamesAreDrawnOnce() throws {
    var stage = try Stage([attack("eclipse", ["victims": "3"])], members: Self.members)
    func eclipsed() -> [UInt32] {
      (0..<UInt32(64)).filter {
        stage.receive(.pastry(.heartbeat), from: $0, at: 5).message == nil
      }
    }
    #expect(eclipsed().isEmpty)
    var told: Set<UInt32> = []
    for _ in 0..<100 {
      for deed in stage.tick() {
        if case .send(_, from: _, to: let node, after: _) = deed { told.insert(node.number) }
      }
    }
    let victims = eclipsed()
    #expect((1...3).contains(victims.count) && Set(victims) == told)
    #expect(!victims.contains { Self.members.contains($0) })
  }
}
