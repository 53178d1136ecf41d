import Adversary
import Pastry
import ProtocolTime
import RingIdentifiers
import SecureRouting
import Testing

/// Attacks by what members do unasked: join-leave, flooding, replay; and the two that do nothing.
@Suite struct TrafficFormTests {
  private static let members: [UInt32] = [1, 5, 9, 13, 40]
  private let id = RequestId(3)

  @Test(arguments: ["sybil", "chosen-ids"]) func attacksOnIdentitiesBendNothing(
    name: String
  ) throws {
    var stage = try Stage([attack(name), attack("drop")], members: Self.members)
    #expect(stage.adversary.tickPeriods.isEmpty && stage.adversary.spoofedDelay == nil)
    let ping = OverlayMessage.pastry(.ping(id))
    #expect(stage.receive(ping, from: 22, at: 5).message == ping)
    #expect(stage.send(ping, from: 5, to: 22).message == ping)
    // They compose with attacks on messages.
    let route = routed(.roots, Stage.key(above: 3), source: 22)
    #expect(stage.receive(route, from: 22, at: 5).message == nil)
  }

  // MARK: join-leave

  private func leaving(_ deeds: [AttackScene.Deed]) -> [UInt32] {
    deeds.compactMap {
      guard case .leave(let member, returningAfter: .milliseconds(1_500)) = $0 else { return nil }
      return member.number
    }
  }

  @Test func membersAroundAVictimLeaveAndReturn() throws {
    var stage = try Stage(
      [attack("join-leave", ["period": "2.5", "pause": "1.5", "members": "2"])],
      members: Self.members, victims: [10])
    #expect(stage.adversary.tickPeriods.map(\.period) == [.milliseconds(2_500)])
    #expect(leaving(stage.tick()) == [9, 13])
    for member: UInt32 in [9, 13] { stage.adversary.left(stage.book.peer(NodeIndex(member))) }
    #expect(leaving(stage.tick()) == [5, 1])
    for member: UInt32 in [5, 1] { stage.adversary.left(stage.book.peer(NodeIndex(member))) }
    #expect(leaving(stage.tick()) == [40])
    stage.adversary.left(stage.book.peer(NodeIndex(40)))
    #expect(stage.tick().isEmpty)
    stage.adversary.joined(stage.book.peer(NodeIndex(13)))
    #expect(leaving(stage.tick()) == [13])
  }

  @Test func withoutAVictimTheRegionStaysTheSame() throws {
    var stage = try Stage(
      [attack("join-leave", ["pause": "1.5", "members": "1"])], members: Self.members)
    let first = leaving(stage.tick())
    #expect(first.count == 1)
    for _ in 0..<20 { #expect(leaving(stage.tick()) == first) }
  }

  // MARK: flooding

  @Test func burstsAreBoundedJunkFromMembersToOneNode() throws {
    var stage = try Stage([attack("flooding", ["burst": "50"])], members: Self.members)
    #expect(stage.adversary.tickPeriods.map(\.period) == [.seconds(1)])
    var kinds: Set<String> = []
    var receivers: Set<NodeIndex> = []
    var longest = 0
    for _ in 0..<40 {
      let deeds = stage.tick()
      #expect(deeds.count == 50)
      var inBurst: Set<NodeIndex> = []
      for deed in deeds {
        guard case .send(let message, from: let member, to: let node, after: .zero) = deed else {
          Issue.record("\(deed)")
          continue
        }
        #expect(Self.members.contains(member.number) && !Self.members.contains(node.number))
        inBurst.insert(node)
        switch message {
        case .pastry(let message):
          #expect(message.isBounded(by: Stage.configuration))
          if case .row(let nodes) = message { longest = max(longest, nodes.count) }
          kinds.insert(String("\(message)".prefix { $0.isLetter }))
        case .secure(let message):
          #expect(message.isBounded(by: Stage.configuration))
          // What makes work is what an honest node would answer.
          if case .list(let request, _) = message {
            #expect(request.source == member && request.key.value == stage.book[node].value)
          }
          if case .lookupRequest(let key, _) = message {
            #expect(key.value == stage.book[member].value)
          }
          kinds.insert(String("\(message)".prefix { $0.isLetter }))
        case .read: Issue.record("\(message)")
        }
      }
      #expect(inBurst.count == 1)
      receivers.formUnion(inBurst)
    }
    #expect(kinds.count == 12, "\(kinds)")
    #expect(longest == Stage.configuration.listMax + 1)
    #expect(receivers.count > 10)
  }

  @Test func burstsGoToNamedVictims() throws {
    var stage = try Stage(
      [attack("flooding", ["burst": "5"])], members: Self.members, victims: [22])
    for _ in 0..<10 {
      for deed in stage.tick() {
        guard case .send(_, from: _, to: NodeIndex(22), after: _) = deed else {
          Issue.record("\(deed)")
          continue
        }
      }
    }
  }

  // MARK: replay

  @Test func oldMessagesAreSentAgain() throws {
    var stage = try Stage([attack("replay", ["rate": "4"])], members: Self.members)
    #expect(stage.tick().isEmpty)
    let out = OverlayMessage.pastry(.pong(id))
    #expect(stage.send(out, from: 5, to: 22).message == out)
    // To the same receiver, by the same member.
    #expect(stage.tick() == Array(repeating: sent(out, from: 5, to: 22), count: 4))
    let heard = OverlayMessage.secure(.confirmed(nonce: 7))
    #expect(stage.receive(heard, from: 24, at: 9).message == heard)
    // What members say to each other is not resent.
    #expect(stage.send(.pastry(.heartbeat), from: 5, to: 9).deeds.isEmpty)
    #expect(stage.receive(.pastry(.heartbeat), from: 5, at: 9).deeds.isEmpty)
    var receivers: Set<NodeIndex> = []
    for _ in 0..<200 {
      for deed in stage.tick() {
        if deed == sent(out, from: 5, to: 22) { continue }
        guard case .send(heard, from: NodeIndex(9), to: let node, after: .zero) = deed else {
          Issue.record("\(deed)")
          continue
        }
        #expect(!Self.members.contains(node.number))
        receivers.insert(node)
      }
    }
    #expect(receivers.count > 30)
  }

  @Test func theMemoryOfMessagesIsBounded() throws {
    var stage = try Stage([attack("replay", ["rate": "100000"])], members: [5], victims: [22])
    for number in 0..<UInt32(3_000) {
      _ = stage.send(.pastry(.ping(RequestId(number))), from: 5, to: 22)
    }
    let resent = Set(stage.tick())
    // Each of 1,024 is missed by 100,000 draws with probability 1e-42.
    let last = (1_976..<UInt32(3_000)).map {
      sent(.pastry(.ping(RequestId($0))), from: 5, to: 22)
    }
    #expect(resent == Set(last))
  }
}
