import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting
import Testing

@testable import Adversary

/// Notes what it is asked, in messages of its own, and takes pings with one number.
private struct Noting: Attack {
  static let descriptor = AttackDescriptor(
    name: "noting", summary: "Notes.", source: "this test", defence: "none")

  var taken: UInt32 = 0
  var period: TimeSpan?
  var delay: TimeSpan?

  init(taken: UInt32 = 0, period: TimeSpan? = nil, delay: TimeSpan? = nil) {
    self.taken = taken
    self.period = period
    self.delay = delay
  }

  init(parameters: AttackParameters) throws(AttackError) {}

  var protocolForm: (any ProtocolForm)? {
    Form(taken: taken, tickPeriod: period, spoofedDelay: delay)
  }

  struct Form: ProtocolForm {
    let taken: UInt32
    let tickPeriod: TimeSpan?
    let spoofedDelay: TimeSpan?

    mutating func receive(
      _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
    ) -> OverlayMessage? {
      scene.send(.pastry(.ping(RequestId(taken))), to: sender)
      return message == .pastry(.ping(RequestId(taken))) ? nil : message
    }

    mutating func send(
      _ message: OverlayMessage, to receiver: NodeIndex, _ scene: inout AttackScene
    ) -> OverlayMessage? {
      message == .pastry(.ping(RequestId(taken))) ? .pastry(.heartbeat) : message
    }

    mutating func tick(_ scene: inout AttackScene) {
      scene.send(.pastry(.pong(RequestId(taken))), to: NodeIndex(0))
    }
  }
}

@Suite struct ProtocolAdversaryTests {
  private func ping(_ number: UInt32) -> OverlayMessage { .pastry(.ping(RequestId(number))) }

  @Test func honestNodesAreLeftAlone() throws {
    var stage = try Stage(playing: [Noting()], members: [1, 5])
    let got = stage.receive(ping(0), from: 5, at: 2)
    #expect(got.message == ping(0) && got.deeds.isEmpty)
    #expect(stage.send(ping(0), from: 2, to: 1).message == ping(0))
    #expect((0..<64).filter { stage.adversary.isFaulty($0) } == [1, 5])
  }

  @Test func attacksAreAskedInOrderUntilOneTakesTheMessage() throws {
    var stage = try Stage(playing: [Noting(taken: 1), Noting(taken: 2)], members: [1, 5])
    let first = stage.receive(ping(1), from: 9, at: 1)
    #expect(first.message == nil)
    #expect(first.deeds == [sent(ping(1), from: 1, to: 9)])
    let second = stage.receive(ping(2), from: 9, at: 1)
    #expect(second.message == nil)
    #expect(second.deeds == [sent(ping(1), from: 1, to: 9), sent(ping(2), from: 1, to: 9)])
    let neither = stage.receive(ping(3), from: 9, at: 1)
    #expect(neither.message == ping(3) && neither.deeds.count == 2)
    // What one attack makes of a message is what the next one is asked about.
    #expect(stage.send(ping(2), from: 1, to: 9).message == .pastry(.heartbeat))
    #expect(stage.send(ping(3), from: 1, to: 9).message == ping(3))
  }

  @Test func coalitionsPlayApart() throws {
    let book = Stage.book(of: 16)
    let scenes = [nodes(1, 2), nodes(3, 4)].map {
      AttackScene(
        coalition: Coalition($0, in: book), victims: [], configuration: Stage.configuration,
        book: book, stream: StreamKey(seed: 1))
    }
    var adversary = try ProtocolAdversary(
      playing: [Noting(period: .seconds(2), delay: .milliseconds(3)), Noting(delay: .seconds(1))],
      on: scenes, nodeCount: 16)
    #expect(adversary.spoofedDelay == .milliseconds(3))
    #expect(adversary.tickPeriods.map(\.coalition) == [0, 1])
    #expect(adversary.tickPeriods.map(\.form) == [0, 0])
    #expect(adversary.tickPeriods.allSatisfy { $0.period == .seconds(2) })
    // Each member acts in its turn.
    var actors: [Deed] = []
    for tick in [0, 1, 0, 1, 0] {
      adversary.tick(tick, now: .zero)
      actors += adversary.takeDeeds()
    }
    let pong = OverlayMessage.pastry(.pong(RequestId(0)))
    #expect(actors == [2, 4, 1, 3, 2].map { sent(pong, from: $0, to: 0) })
    #expect(adversary.takeDeeds().isEmpty)
  }

  private typealias Deed = AttackScene.Deed

  @Test func onlyMembersInTheOverlayAct() throws {
    var stage = try Stage(playing: [Noting(period: .seconds(1))], members: [1, 5])
    stage.adversary.left(stage.book.peer(NodeIndex(5)))
    let pong = OverlayMessage.pastry(.pong(RequestId(0)))
    #expect(stage.tick() == [sent(pong, from: 1, to: 0)])
    #expect(stage.tick() == [sent(pong, from: 1, to: 0)])
    stage.adversary.left(stage.book.peer(NodeIndex(1)))
    #expect(stage.tick().isEmpty)
    // It is still faulty, and still in the coalition.
    #expect(stage.adversary.isFaulty(5))
    #expect(stage.receive(ping(0), from: 9, at: 5).message == nil)
    stage.adversary.joined(stage.book.peer(NodeIndex(5)))
    #expect(stage.tick() == [sent(pong, from: 5, to: 0)])
  }

  @Test func unaskedAttacksMeetHonestNodesInTheOverlay() throws {
    var stage = try Stage([attack("flooding", ["burst": "1"])], members: [1, 5])
    func met() -> Set<UInt32> {
      Set(
        (0..<200).flatMap { _ in
          stage.tick().compactMap {
            guard case .send(_, from: _, to: let node, after: _) = $0 else { return nil }
            return node.number
          }
        })
    }
    // Before the engine has said who is there: anybody.
    #expect(met().count > 40)
    for node: UInt32 in [1, 5, 7, 9, 63, 7] {
      stage.adversary.joined(stage.book.peer(NodeIndex(node)))
    }
    #expect(met() == [7, 9, 63])
    for node: UInt32 in [7, 7, 8, 1] { stage.adversary.left(stage.book.peer(NodeIndex(node))) }
    #expect(met() == [9, 63])
    stage.adversary.left(stage.book.peer(NodeIndex(63)))
    #expect(met() == [9])
  }

  @Test func anAttackWithoutAProtocolFormIsRefusedByName() throws {
    let attack = try Blackout(
      parameters: AttackParameters(AttackSelection(name: "blackout"), of: Blackout.descriptor))
    do {
      _ = try Stage(playing: [attack], members: [1])
      Issue.record("an attack without a protocol form was taken")
    } catch let error as AttackError {
      #expect(error.code == .noProtocolForm)
      #expect(error.description.contains("blackout"))
    }
  }

  @Test func nothingIsSentToANodeThatIsNotInTheBook() throws {
    var stage = try Stage(playing: [Noting()], members: [1])
    #expect(stage.receive(ping(3), from: 64, at: 1).deeds.isEmpty)
  }

  @Test func scenesKnowTheirVictims() {
    let book = Stage.book(of: 16)
    func scene(_ victims: NodeList) -> AttackScene {
      AttackScene(
        coalition: Coalition(nodes(1, 2), in: book), victims: victims,
        configuration: Stage.configuration, book: book, stream: StreamKey(seed: 1))
    }
    let all = scene([])
    let some = scene(nodes(9, 3, 1))
    for number in 0..<UInt32(20) {
      let node = NodeIndex(number)
      #expect(all.isMember(node) == [1, 2].contains(number))
      #expect(all.isVictim(node) == (number < 16 && ![1, 2].contains(number)))
      // A member is nobody's victim, whoever names it.
      #expect(some.isVictim(node) == [3, 9].contains(number))
    }
  }

  @Test func coalitionsRememberWhoLeft() throws {
    let book = Stage.book(of: 8192)
    var coalition = Coalition(nodes(0, 1), in: book)
    for number in 2..<UInt32(4 + Coalition.departedMax) {
      coalition.left(book.peer(NodeIndex(number)))
    }
    #expect(coalition.departed.count == Coalition.departedMax)
    #expect(coalition.departed.first == NodeIndex(4))
    coalition.joined(book.peer(NodeIndex(5)))
    #expect(!coalition.departed.contains(NodeIndex(5)))
    // Members that leave are away, not departed.
    coalition.left(book.peer(NodeIndex(0)))
    #expect(coalition.members == nodes(1) && coalition.contains(NodeIndex(0)))
    coalition.left(book.peer(NodeIndex(0)))
    coalition.joined(book.peer(NodeIndex(0)))
    coalition.joined(book.peer(NodeIndex(0)))
    #expect(coalition.members == nodes(0, 1))
    #expect(!coalition.departed.contains(NodeIndex(0)))
  }
}
