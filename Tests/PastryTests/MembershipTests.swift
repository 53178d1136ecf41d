import ProtocolTime
import RingIdentifiers
import Testing

@testable import Pastry

/// One node by hand: who counts as a member, and what makes it look again.
@Suite struct MembershipTests {
  typealias Machine = NodeMachineTests

  /// The other nodes of the machine's ring clockwise of node 0, nearest first.
  static let around: [NodeIndex] = Machine.ring.dropFirst().sorted {
    let owner = Machine.ring[0].nodeId
    return owner.clockwiseDistance(to: $0.nodeId) < owner.clockwiseDistance(to: $1.nodeId)
  }.map(\.index)

  /// Places whose nodes fill a leaf set of 4 without its nearest clockwise node.
  static let places = [1, 2, 10, 9]
  static let full = places.map { around[$0] }
  static let empty = LeafSetReport(members: [])

  /// Node 0, active, with the nodes at these places in its leaf set.
  static func bench(_ places: [Int] = places) -> Machine.Bench {
    var bench = Machine.bench(.active)
    for place in places {
      _ = bench.receive(.leafSetProbe(empty, RequestId(1)), from: around[place].number)
    }
    #expect(bench.node.leafSet.members.map(\.index) == places.map { around[$0] })
    return bench
  }

  /// Node 0, which has its root's reply: the nodes at `places`, the first of which is the root.
  static func settlingBench() -> (bench: Machine.Bench, actions: [PastryAction]) {
    var bench = Machine.bench(.joining)
    let report = LeafSetReport(members: NodeList(full))
    let actions = bench.receive(.joinReply(report), from: full[0].number)
    return (bench, actions)
  }

  static func reports(_ actions: [PastryAction]) -> [LeafSetReport] {
    actions.compactMap { action in
      if case .send(.leafSetReply(let report, _), _) = action { report } else { nil }
    }
  }

  static func receivers(_ actions: [PastryAction]) -> [NodeIndex] {
    Machine.requests(actions).map(\.to)
  }

  /// Answers the leaf set probes among these actions.
  static func answer(
    _ actions: [PastryAction], _ bench: inout Machine.Bench, _ report: LeafSetReport = empty
  ) -> [PastryAction] {
    Machine.requests(actions).flatMap { probe in
      bench.receive(.leafSetReply(report, probe.id), from: probe.to.number)
    }
  }

  // MARK: probes and replies

  /// The prober learns of the member that it pushes out: nobody else might tell it.
  @Test func theReplyIsTheSetBeforeTheProberEntered() {
    var bench = Self.bench()
    let actions = bench.receive(
      .leafSetProbe(Self.empty, RequestId(1)), from: Self.around[0].number)
    #expect(Self.reports(actions) == [LeafSetReport(members: NodeList(Self.full))])
    let now = [0, 1, 10, 9].map { Self.around[$0] }
    #expect(bench.node.leafSet.members.map(\.index) == now)
    #expect(bench.node.neighbour == Self.around[0])
  }

  @Test func aMemberThatBehavesLikeANewcomerIsProbed() {
    var bench = Self.bench()
    let member = Self.full[1]
    let asked = bench.receive(.nearbyRequest(RequestId(1)), from: member.number)
    #expect(
      Machine.names(asked) == ["send leafSetProbe", "arm request", "send nearbyReply"])
    #expect(bench.node.probing == [member])
    let stranger = bench.receive(.nearbyRequest(RequestId(1)), from: Self.around[5].number)
    #expect(Machine.names(stranger) == ["send nearbyReply"])
    // The same for one that asks to join; it is not its own root.
    var other = Self.bench()
    let key = Key(Machine.ring[Int(member.number)].nodeId.value)
    let join = RouteMessage(key: key, source: member, tag: 1, purpose: .join)
    let actions = other.receive(.route(join, RequestId(1)), from: 4)
    #expect(Self.receivers(actions).first == member)
    #expect(other.node.probing == [member])
    let handedOn = actions.contains { action in
      if case .send(.route, let next) = action { next == member } else { false }
    }
    #expect(!handedOn)
  }

  @Test func onlyTheFirstClockwiseNeighbourMaySendHeartbeats() {
    for (place, member) in Self.full.enumerated() {
      var bench = Self.bench()
      let actions = bench.receive(.heartbeat, from: member.number)
      #expect(Self.receivers(actions) == (place == 0 ? [] : [member]))
      #expect(bench.node.probing == (place == 0 ? [] : [member]))
    }
    var bench = Self.bench()
    let actions = bench.receive(.heartbeat, from: Self.around[0].number)
    #expect(Self.receivers(actions) == [Self.around[0]])
    #expect(!bench.node.leafSet.contains(Self.around[0]))
  }

  @Test func eachHeartbeatProbesOneMemberInTurn() {
    var bench = Self.bench()
    var probed: [NodeIndex] = []
    for _ in 0..<8 {
      let actions = bench.fire(.heartbeat)
      #expect(actions.first == .arm(.heartbeat, after: .seconds(30)))
      #expect(actions.contains(.send(.heartbeat, to: Self.around[10])))
      #expect(Self.receivers(actions).count == 1)
      probed += Self.receivers(actions)
      _ = Self.answer(actions, &bench)
    }
    #expect(Set(probed.prefix(4)) == Set(Self.full))
    #expect(probed.prefix(4) == probed.suffix(4))
    #expect(bench.node.probing.isEmpty && bench.node.requests.count == 0)
  }

  /// A member that was lost is asked whether it is back, and comes back by its own answer only.
  @Test func aFormerMemberIsPingedUntilItIsBack() throws {
    var bench = Self.bench()
    let lost = Self.full[0]
    _ = bench.receive(.nearbyRequest(RequestId(1)), from: lost.number)
    let probe = try #require(bench.node.requests.open(to: lost).first)
    var actions: [PastryAction] = []
    for _ in 0..<3 { actions = bench.fire(.request(probe)) }
    #expect(actions.contains(.foundFailed(lost)))
    #expect(bench.node.former == [lost] && !bench.node.leafSet.contains(lost))
    let beat = bench.fire(.heartbeat)
    let pings = Machine.requests(beat).filter { $0.to == lost }
    #expect(pings.count == 1)
    let ping = try #require(pings.first?.id)
    #expect(beat.contains(.send(.ping(ping), to: lost)))
    let pong = bench.receive(.pong(ping), from: lost.number)
    #expect(Self.receivers(pong) == [lost])
    // If that probe is lost, it is asked again.
    #expect(!bench.node.leafSet.contains(lost) && bench.node.former == [lost])
    _ = Self.answer(pong, &bench)
    #expect(bench.node.leafSet.contains(lost) && bench.node.former.isEmpty)
  }

  @Test func oneThatDepartedIsNoFormerMember() {
    var bench = Self.bench()
    let report = LeafSetReport(members: [Self.around[0], Self.around[5]])
    let actions = bench.receive(.departure(report), from: Self.full[0].number)
    // The nearer of the two belongs into the set, whoever has left.
    #expect(Self.receivers(actions).first == Self.around[0])
    #expect(actions.contains(.foundFailed(Self.full[0])))
    #expect(bench.node.former.isEmpty && !bench.node.leafSet.contains(Self.full[0]))
  }

  /// Nodes that disagree about a member do not keep each other busy.
  @Test func whatOthersSayOfAMemberIsCheckedOnceWithinATimeout() {
    var bench = Self.bench()
    let accused = Self.full[0]
    let report = LeafSetReport(members: NodeList(Self.full), failed: [accused])
    let steps: [(after: TimeSpan, isProbed: Bool)] = [
      (.zero, true), (.zero, false), (.milliseconds(2_999), false), (.milliseconds(1), true),
      (.milliseconds(1), false),
    ]
    for (number, step) in steps.enumerated() {
      bench.world.now = bench.world.now + step.after
      let actions = bench.receive(
        .leafSetProbe(report, RequestId(1)), from: Self.full[1].number)
      #expect(Self.receivers(actions) == (step.isProbed ? [accused] : []), "step \(number)")
      _ = Self.answer(actions, &bench)
      #expect(bench.node.leafSet.contains(accused) && bench.node.probing.isEmpty)
      #expect(bench.node.hearsay.count == 1)
    }
  }

  /// A dead node that others still list is asked by one probe at a time, however many list it. A
  /// complete set forgets it, so that it is found when it comes back.
  @Test func aDeadCandidateHasOneProbeAtATime() throws {
    var bench = Machine.bench(.active)
    let report = LeafSetReport(members: [NodeIndex(2)])
    let first = Machine.requests(bench.receive(.leafSetProbe(report, RequestId(1))))
    let probe = try #require(first.first { $0.to == NodeIndex(2) })
    for number in 3..<6 as Range<UInt32> {
      let more = bench.receive(.leafSetProbe(report, RequestId(1)), from: number)
      #expect(!Self.receivers(more).contains(NodeIndex(2)))
    }
    for _ in 0..<3 { _ = bench.fire(.request(probe.id)) }
    #expect(!bench.node.probing.contains(NodeIndex(2)))
    #expect(!bench.node.leafSet.contains(NodeIndex(2)))
    #expect(bench.node.leafSet.isComplete && bench.node.failed.isEmpty)
  }

  @Test func aDeadCandidateIsNotProbedAgainDuringARepair() throws {
    var bench = Machine.bench(.settling)
    let report = LeafSetReport(members: Machine.numbers(2..<4))
    let first = Machine.requests(bench.receive(.leafSetProbe(report, RequestId(1))))
    let probe = try #require(first.first { $0.to == NodeIndex(2) })
    for _ in 0..<3 { _ = bench.fire(.request(probe.id)) }
    #expect(bench.node.phase == .settling && bench.node.failed == [NodeIndex(2)])
    let again = bench.receive(.leafSetProbe(report, RequestId(2)))
    #expect(!Self.receivers(again).contains(NodeIndex(2)))
  }

  /// Who gets a leaf set probe takes its sender for a member.
  @Test(arguments: [PastryNode.Phase.searching, .joining])
  func aNodeThatIsNotInTheOverlaySendsNoLeafSetProbes(phase: PastryNode.Phase) {
    var bench = Machine.bench(phase)
    let report = LeafSetReport(members: Machine.numbers(2..<4))
    let actions = bench.receive(.departure(report))
    #expect(!Machine.names(actions).contains("send leafSetProbe"))
    #expect(bench.node.probing.isEmpty && bench.node.phase == phase)
  }

  @Test func aMemberThatItsNeighbourDoesNotMentionIsProbed() {
    var bench = Self.bench()
    // The second clockwise member lists what is on both sides of the first.
    let report = LeafSetReport(members: NodeList([3, 10, 4, 9].map { Self.around[$0] }))
    let probe = bench.receive(.heartbeat, from: Self.full[1].number)
    let actions = Self.answer(probe, &bench, report)
    #expect(Self.receivers(actions) == [Self.full[0]])
    #expect(bench.node.probing == [Self.full[0]])
  }

  // MARK: settling

  /// Others join at the same time: what the first round brings is asked too, in a second round.
  @Test func aSettlingNodeWithChangesRunsAnotherRound() throws {
    var (bench, first) = Self.settlingBench()
    #expect(Set(Self.receivers(first)) == Set(Self.full))
    let probes = Machine.requests(first)
    let named = LeafSetReport(members: [Self.around[0]])
    var actions = bench.receive(
      .leafSetReply(named, probes[0].id), from: probes[0].to.number)
    #expect(Self.receivers(actions) == [Self.around[0]])
    for probe in probes.dropFirst() {
      let more = bench.receive(.leafSetReply(Self.empty, probe.id), from: probe.to.number)
      #expect(more == [])
    }
    actions = Self.answer(actions, &bench)
    let now = [0, 1, 10, 9].map { Self.around[$0] }
    #expect(bench.node.leafSet.members.map(\.index) == now)
    #expect(Set(Self.receivers(actions)) == Set(now))
    #expect(bench.node.phase == .settling && !actions.contains(.activated))
    actions = Self.answer(actions, &bench)
    #expect(actions.contains(.activated) && bench.node.phase == .active)
  }

  @Test func aSettlingNodeWithoutChangesIsActiveAfterOneRound() {
    var (bench, first) = Self.settlingBench()
    let actions = Self.answer(first, &bench)
    #expect(actions.filter { $0 == .activated }.count == 1 && bench.node.phase == .active)
    #expect(bench.node.probing.isEmpty)
  }

  /// Whoever settles and loses all that its root named is as far as before.
  @Test func aSettlingNodeWhoseSetBecomesEmptyStartsOver() throws {
    var bench = Machine.bench(.settling)
    let probe = try #require(
      bench.node.requests.open(to: NodeIndex(1)).first { id in
        if case .leafSet? = bench.node.requests[id]?.purpose { true } else { false }
      })
    var actions: [PastryAction] = []
    for _ in 0..<3 { actions = bench.fire(.request(probe)) }
    #expect(
      Machine.names(actions) == [
        "foundFailed", "joinFailed", "arm join", "send nearbyRequest", "arm request",
      ])
    #expect(actions.contains(.joinFailed(via: NodeIndex(1))))
    #expect(bench.node.phase == .searching)
    #expect(bench.node.leafSet.members.isEmpty && !bench.node.leafSet.isWhole)
  }

  @Test func anAttemptThatTakesTooLongIsMadeAgain() {
    for phase in [PastryNode.Phase.searching, .joining] {
      var bench = Machine.bench(phase)
      let actions = bench.fire(.join(1))
      #expect(actions.first == .joinFailed(via: NodeIndex(1)))
      #expect(actions.contains(.arm(.join(2), after: .seconds(30))))
      #expect(bench.node.phase == .searching)
      #expect(bench.fire(.join(1)) == [])
    }
  }

  @Test func anArrivalIsMeasuredOnlyIfItImprovesASlot() throws {
    var bench = Machine.bench(.active)
    let actions = bench.receive(.arrival(roundTrip: 1_000), from: 2)
    let ping = try #require(Machine.requests(actions).first)
    #expect(actions.first == .send(.ping(ping.id), to: NodeIndex(2)))
    bench.world.now = bench.world.now + .milliseconds(5)
    _ = bench.receive(.pong(ping.id), from: 2)
    #expect(bench.node.routingTable.slots.nodes == [NodeIndex(2)])
    // What counts is the measurement, not what the sender said.
    #expect(bench.node.neighborhood.members.map(\.roundTrip) == [5_000])
    let slot = bench.node.routingTable.slots.slot(of: Machine.ring[2].nodeId)
    let rivals = Machine.ring.dropFirst(3).filter {
      bench.node.routingTable.slots.slot(of: $0.nodeId) == slot
    }
    let rival = try #require(rivals.first)
    #expect(bench.receive(.arrival(roundTrip: 5_000), from: rival.index.number) == [])
    let nearer = bench.receive(.arrival(roundTrip: 4_999), from: rival.index.number)
    #expect(Self.receivers(nearer) == [rival.index])
    #expect(bench.node.routingTable.slots.nodes == [NodeIndex(2)])
  }
}

/// A node that settles is active only when all members have answered.
@Suite struct SettlingTests {
  typealias Machine = NodeMachineTests

  /// A heartbeat tells nothing of the sender's leaf set, and a settling node has no other timer.
  @Test func aHeartbeatDoesNotEndTheOnlyProbeOfASettlingNode() {
    var bench = Machine.bench(.settling)
    _ = bench.receive(.heartbeat, from: 1)
    #expect(bench.node.phase == .active || !bench.node.probing.isEmpty)
  }

  /// The route to its root takes up the only request that it may have open.
  @Test func aNodeWithoutRoomForProbesIsNotActiveWithoutThem() {
    var bench = Machine.bench(.joining) { $0.pendingMax = 1 }
    let report = LeafSetReport(members: NodeList(MembershipTests.full))
    let actions = bench.receive(.joinReply(report), from: MembershipTests.full[0].number)
    #expect(MembershipTests.receivers(actions).isEmpty)
    #expect(bench.node.phase != .active)
  }
}
