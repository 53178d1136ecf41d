import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@testable import Pastry

/// One node by hand: every phase with every message, refusals, bounds and stale timers.
@Suite struct NodeMachineTests {
  static let ring = randomRing("machine", count: 12)
  static let allPhases: [PastryNode.Phase] = [
    .idle, .searching, .joining, .settling, .active, .departed,
  ]

  /// A node with the world around it.
  struct Bench {
    var world: PastryEnvironment
    var node: PastryNode

    mutating func receive(_ message: PastryMessage, from sender: UInt32 = 1) -> [PastryAction] {
      var actions = PastryActions()
      node.receive(message, from: NodeIndex(sender), world, into: &actions)
      return actions.takeAll()
    }

    mutating func fire(_ timer: PastryTimer) -> [PastryAction] {
      var actions = PastryActions()
      node.timerFired(timer, world, into: &actions)
      return actions.takeAll()
    }

    mutating func run(
      _ body: (inout PastryNode, borrowing PastryEnvironment, inout PastryActions) -> Void
    ) -> [PastryAction] {
      var actions = PastryActions()
      body(&node, world, &actions)
      return actions.takeAll()
    }
  }

  /// The requests that actions send, with their receivers.
  static func requests(_ actions: [PastryAction]) -> [(id: RequestId, to: NodeIndex)] {
    actions.compactMap { action in
      guard case .send(let message, let to) = action else { return nil }
      switch message {
      case .route(_, let id), .leafSetProbe(_, let id), .ping(let id), .nearbyRequest(let id),
        .rowRequest(_, let id):
        return (id, to)
      default: return nil
      }
    }
  }

  /// Node 0, brought into a phase; node 1 is its contact and root.
  static func bench(
    _ phase: PastryNode.Phase, change: (inout PastryConfiguration) -> Void = { _ in }
  )
    -> Bench
  {
    var configuration = PastryConfiguration(digitBits: 2, leafSetSize: 4)
    change(&configuration)
    let world = PastryEnvironment(
      configuration: configuration, book: PeerBook(ContiguousArray(ring.map(\.nodeId))),
      now: .zero + .seconds(1))
    var bench = Bench(
      world: world,
      node: PastryNode(ring[0], configuration: configuration, stream: StreamKey(seed: 1)))
    if phase == .active || phase == .departed {
      _ = bench.run { $0.create($1, into: &$2) }
      if phase == .departed { _ = bench.run { $0.depart($1, into: &$2) } }
    } else if phase != .idle {
      let asked = bench.run { $0.join(via: NodeIndex(1), $1, into: &$2) }
      if phase != .searching {
        // No answer to the search: the route starts at the contact.
        if let request = requests(asked).first { _ = bench.fire(.request(request.id)) }
        if phase == .settling { _ = bench.receive(.joinReply(LeafSetReport(members: []))) }
      }
    }
    return bench
  }

  static func numbers(_ range: Range<UInt32>) -> NodeList {
    NodeList(range.map { NodeIndex($0) })
  }

  /// One of each kind.
  static let messages: [(name: String, message: PastryMessage)] = {
    let unknown = RequestId(0x00FF_F000)
    let report = LeafSetReport(members: numbers(2..<4))
    let route = RouteMessage(key: Key(ring[0].nodeId.value), source: NodeIndex(1), tag: 5)
    let join = RouteMessage(
      key: Key(ring[5].nodeId.value), source: NodeIndex(5), tag: 5, purpose: .join)
    return [
      ("route", .route(route, unknown)), ("join", .route(join, unknown)),
      ("acknowledge", .acknowledge(unknown)), ("heartbeat", .heartbeat),
      ("leafSetProbe", .leafSetProbe(report, unknown)),
      ("leafSetReply", .leafSetReply(report, unknown)), ("joinReply", .joinReply(report)),
      ("ping", .ping(unknown)), ("pong", .pong(unknown)),
      ("arrival", .arrival(roundTrip: 1_000)), ("nearbyRequest", .nearbyRequest(unknown)),
      ("nearbyReply", .nearbyReply(numbers(2..<4), unknown)),
      ("rowRequest", .rowRequest(row: 200, unknown)),
      ("rowReply", .rowReply(numbers(2..<4), rowCount: 255, unknown)),
      ("row", .row(numbers(2..<4))), ("constrainedRequest", .constrainedRequest),
      ("constrainedRow", .constrainedRow(numbers(2..<4))), ("departure", .departure(report)),
    ]
  }()

  /// The actions without their details.
  static func names(_ actions: [PastryAction]) -> [String] {
    actions.map { action in
      switch action {
      case .send(let message, _):
        "send " + String("\(message)".prefix { $0 != "(" })
      case .arm(let timer, _): "arm " + String("\(timer)".prefix { $0 != "(" })
      case .deliver: "deliver"
      case .drop(_, let reason): "drop \(reason)"
      case .activated: "activated"
      case .joinFailed: "joinFailed"
      case .foundFailed: "foundFailed"
      case .refused(_, let reason): "refused \(reason)"
      }
    }
  }

  /// What a message does, and the phase after it; nil where it only matters that nothing traps.
  static func expectation(
    _ name: String, _ phase: PastryNode.Phase
  ) -> (first: [String], phase: PastryNode.Phase) {
    if phase == .idle || phase == .departed { return (["refused notRunning"], phase) }
    let takesPart = phase == .active || phase == .settling
    switch name {
    case "route":
      return (["send acknowledge"] + (phase == .active ? ["deliver"] : []), phase)
    case "join":
      return (["send acknowledge"] + (phase == .active ? ["send joinReply"] : []), phase)
    case "leafSetProbe":
      return (takesPart ? ["send leafSetProbe", "arm request"] : [], phase)
    case "leafSetReply", "pong", "nearbyReply", "rowReply": return (["refused unsolicited"], phase)
    case "joinReply":
      return phase == .joining ? (["send leafSetProbe", "arm request"], .settling) : ([], phase)
    // Who is not in the overlay does not say that it is there.
    case "ping": return (takesPart ? ["send pong"] : [], phase)
    // A claim is measured; in the other phases the sender is asked something already.
    case "arrival":
      return (phase == .active || phase == .joining ? ["send ping", "arm request"] : [], phase)
    // Whoever takes this node for its neighbour learns who is.
    case "heartbeat": return (phase == .active ? ["send leafSetProbe", "arm request"] : [], phase)
    case "nearbyRequest": return (["send nearbyReply"], phase)
    case "rowRequest": return (["send rowReply"], phase)
    case "row", "constrainedRow": return (["send ping", "arm request"], phase)
    // The nodes that it names are asked first.
    case "departure":
      return (takesPart ? ["send leafSetProbe", "arm request"] : ["foundFailed"], phase)
    default: return ([], phase)
    }
  }

  @Test(arguments: allPhases)
  func everyMessageHasADefinedVerdictInEveryPhase(phase: PastryNode.Phase) {
    for (name, message) in Self.messages {
      var bench = Self.bench(phase)
      #expect(bench.node.phase == phase)
      let before = bench.node.leafSet
      let actions = Self.names(bench.receive(message))
      let expected = Self.expectation(name, phase)
      #expect(Array(actions.prefix(expected.first.count)) == expected.first, "\(name)")
      if expected.first.isEmpty { #expect(actions == [], "\(name)") }
      #expect(bench.node.phase == expected.phase, "\(name)")
      if name == "departure", expected.first != ["refused notRunning"] {
        #expect(actions.contains("foundFailed"))
      }
      if actions.first?.hasPrefix("refused") == true {
        #expect(actions.count == 1 && bench.node.leafSet == before, "\(name)")
      }
      if name == "leafSetProbe", phase == .active || phase == .settling {
        #expect(actions.contains("send leafSetReply"))
        #expect(bench.node.leafSet.contains(NodeIndex(1)))
      }
      if name == "arrival", phase == .active {
        #expect(bench.node.routingTable.slots.nodes.isEmpty)
        #expect(bench.node.neighborhood.members.isEmpty)
      }
      let isHeld = ["route", "join"].contains(name) && expected.first == ["send acknowledge"]
      #expect(bench.node.held.count >= (isHeld ? 1 : 0), "\(name)")
    }
  }

  @Test(arguments: allPhases)
  func staleTimersDoNothing(phase: PastryNode.Phase) {
    let timers: [PastryTimer] = [
      .request(RequestId(0xFFFF_FFFF)), .request(RequestId(0x0000_1FFF)), .join(99),
    ]
    for timer in timers {
      var bench = Self.bench(phase)
      let before = bench.node.leafSet
      #expect(bench.fire(timer) == [])
      #expect(bench.node.phase == phase && bench.node.leafSet == before)
    }
    guard phase == .idle || phase == .departed else { return }
    for timer in [PastryTimer.heartbeat, .tableProbe, .rowExchange] {
      var bench = Self.bench(phase)
      #expect(bench.fire(timer) == [])
    }
  }

  @Test func listsLongerThanHonestOnesAreRefused() {
    for (limit, isRefused) in [(16 + 1, false), (16 + 2, true)] {
      let list = NodeList(repeating: NodeIndex(3), count: limit)
      let report = LeafSetReport(members: list)
      let id = RequestId(0)
      let messages: [PastryMessage] = [
        .leafSetProbe(report, id), .leafSetReply(report, id), .joinReply(report),
        .departure(report), .nearbyReply(list, id), .rowReply(list, rowCount: 1, id), .row(list),
        .constrainedRow(list),
        .leafSetProbe(LeafSetReport(members: [], failed: NodeList(list.dropFirst())), id),
      ]
      for message in messages {
        var bench = Self.bench(.active)
        let actions = bench.receive(message)
        let refusal = PastryAction.refused(from: NodeIndex(1), .oversized)
        #expect(actions.contains(refusal) == isRefused)
        if isRefused { #expect(actions == [refusal] && bench.node.leafSet.members.isEmpty) }
      }
    }
  }

  @Test func numbersOutsideTheBookAreRefused() {
    for number in [12, 4_000_000_000, UInt32.max] as [UInt32] {
      let list: NodeList = [NodeIndex(1), NodeIndex(number)]
      let report = LeafSetReport(members: list)
      let route = RouteMessage(key: Key(.zero), source: NodeIndex(number), tag: 1)
      let id = RequestId(0)
      let messages: [PastryMessage] = [
        .leafSetProbe(report, id), .leafSetReply(report, id), .joinReply(report),
        .departure(LeafSetReport(members: [], failed: list)), .nearbyReply(list, id),
        .rowReply(list, rowCount: 1, id), .row(list), .constrainedRow(list), .route(route, id),
      ]
      for message in messages {
        var bench = Self.bench(.active)
        #expect(bench.receive(message) == [.refused(from: NodeIndex(1), .unknownNode)])
        #expect(bench.node.leafSet.members.isEmpty)
      }
      var bench = Self.bench(.active)
      #expect(
        bench.receive(.heartbeat, from: number) == [.refused(from: NodeIndex(number), .unknownNode)]
      )
    }
  }

  @Test func anAnswerCountsOnlyFromTheOneThatWasAsked() throws {
    var bench = Self.bench(.joining)
    let probes = Self.requests(bench.receive(.joinReply(LeafSetReport(members: []))))
    let probe = try #require(probes.first)
    let reply = PastryMessage.leafSetReply(LeafSetReport(members: []), probe.id)
    #expect(bench.receive(reply, from: 2) == [.refused(from: NodeIndex(2), .unsolicited)])
    #expect(!bench.node.leafSet.contains(NodeIndex(2)))
    #expect(bench.node.phase == .settling)
    _ = bench.receive(reply, from: 1)
    #expect(bench.receive(reply, from: 1) == [.refused(from: NodeIndex(1), .unsolicited)])
  }

  @Test func aMessageIsGivenUpAfterItsHops() {
    var bench = Self.bench(.active) { $0.hopsMax = 3 }
    for hops in 0...5 as ClosedRange<UInt8> {
      var route = RouteMessage(key: Key(.zero), source: NodeIndex(1), tag: 1)
      route.hopCount = hops
      let actions = Self.names(bench.receive(.route(route, RequestId(7))))
      #expect(actions == ["send acknowledge", hops < 3 ? "deliver" : "drop tooManyHops"])
    }
    var longest = Self.bench(.active) { $0.hopsMax = 255 }
    var route = RouteMessage(key: Key(.zero), source: NodeIndex(1), tag: 1)
    route.hopCount = .max
    let actions = Self.names(longest.receive(.route(route, RequestId(7))))
    #expect(actions.last == "drop tooManyHops")
  }

  @Test func heldMessagesAreBounded() {
    var bench = Self.bench(.joining) { $0.heldMax = 3 }
    let route = RouteMessage(key: Key(.zero), source: NodeIndex(1), tag: 1)
    for number in 0..<6 {
      // Without an acknowledgement the sender finds another way.
      let actions = Self.names(bench.receive(.route(route, RequestId(7))))
      #expect(actions == (number < 3 ? ["send acknowledge"] : []))
    }
    let own = bench.run { $0.route(route, $1, into: &$2) }
    #expect(own == [.drop(route, .overloaded)])
    #expect(bench.node.held.count == 3)
  }

  @Test func openRequestsAreBounded() {
    var bench = Self.bench(.active) { $0.pendingMax = 2 }
    let actions = bench.receive(.row(Self.numbers(1..<12)))
    #expect(Self.requests(actions).count == 2)
    #expect(bench.node.requests.count == 2)
    // Its own messages to another root find no room.
    _ = bench.receive(.leafSetProbe(LeafSetReport(members: []), RequestId(1)), from: 3)
    let route = RouteMessage(key: Key(Self.ring[3].nodeId.value), source: NodeIndex(0), tag: 1)
    let own = bench.run { $0.route(route, $1, into: &$2) }
    #expect(own == [.drop(route, .overloaded)])
  }

  @Test func aDepartingNodeDropsWhatItHolds() {
    for phase in [PastryNode.Phase.settling, .active] {
      var bench = Self.bench(phase)
      _ = bench.receive(.leafSetProbe(LeafSetReport(members: []), RequestId(1)), from: 3)
      let route = RouteMessage(key: Key(Self.ring[3].nodeId.value), source: NodeIndex(0), tag: 1)
      _ = bench.run { $0.route(route, $1, into: &$2) }
      let actions = bench.run { $0.depart($1, into: &$2) }
      #expect(Self.names(actions).contains("send departure"))
      #expect(actions.contains { if case .drop(_, .departed) = $0 { true } else { false } })
      #expect(bench.node.phase == .departed && bench.node.requests.count == 0)
      #expect(bench.run { $0.route(route, $1, into: &$2) } == [.drop(route, .departed)])
    }
  }
}
