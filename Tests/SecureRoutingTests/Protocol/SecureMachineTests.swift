import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@testable import SecureRouting

/// Single inputs: what is refused, what is bounded, what happens once.
@Suite("SecureRouter, input by input")
final class SecureMachineTests {
  private let ring: [Peer]
  private var node: PastryNode
  private var router: SecureRouter
  private var world: PastryEnvironment
  private var actions = OverlayActions()

  /// Node 0 of forty on an even ring, with l = 8.
  init() {
    ring = (0..<40).map {
      Peer(NodeId(UInt160(high: UInt64($0) << 58, middle: 0, low: 7)), NodeIndex(UInt32($0)))
    }
    let configuration = PastryConfiguration(digitBits: 4, leafSetSize: 8)
    world = PastryEnvironment(
      configuration: configuration, book: PeerBook(ContiguousArray(ring.map(\.nodeId))))
    node = PastryNode(ring[0], configuration: configuration, stream: StreamKey(seed: 1))
    var secure = SecureConfiguration()
    secure.copies = 8
    secure.seenMax = 4
    secure.callsMax = 2
    router = SecureRouter(configuration: secure, stream: StreamKey(seed: 2))
    var snapshot = PastryNode.Snapshot()
    for step in 1...4 {
      snapshot.leafSet.append(ring[step])
      snapshot.leafSet.append(ring[40 - step])
    }
    node.restore(snapshot, world, into: &actions.pastry)
    actions = OverlayActions()
  }

  private func receive(_ message: SecureMessage, from sender: Int) -> SecureActions {
    actions = OverlayActions()
    router.receive(
      message, from: NodeIndex(UInt32(sender)), &node, world, into: &actions)
    return actions.secure
  }

  private func request(
    _ place: Int = 0, nonce: UInt64 = 9, source: Int = 20, replicas: UInt8 = 4
  ) -> SecureRequest {
    SecureRequest(
      key: Key(ring[place].nodeId.value), source: NodeIndex(UInt32(source)), nonce: nonce,
      replicas: replicas)
  }

  private func list(_ places: [Int]) -> NodeList {
    NodeList(places.map { NodeIndex(UInt32(($0 + 40) % 40)) })
  }

  @Test func anAnswerToNothingIsRefused() {
    let answers: [SecureMessage] = [
      .rootSet(list(Array(-4...4)), nonce: 1), .clusterReply([], slot: .none, nonce: 1),
      .lookupReply([], nonce: 1),
    ]
    for answer in answers {
      #expect(receive(answer, from: 3) == [.refused(from: NodeIndex(3), .unsolicited)])
    }
    // These may be late, and are nothing.
    #expect(receive(.confirmed(nonce: 1), from: 3).isEmpty)
    #expect(receive(.found(nonce: 1), from: 3).isEmpty)
  }

  @Test func listsOverTheBoundAndUnknownNodesAreRefused() {
    let long = list(Array(0..<11))
    let unknown: NodeList = [NodeIndex(40)]
    let messages: [(NodeList) -> SecureMessage] = [
      { .rootSet($0, nonce: 1) }, { .list(SecureMachineTests().request(), $0) },
      { .clusterReply($0, slot: .none, nonce: 1) }, { .lookupReply($0, nonce: 1) },
    ]
    for message in messages {
      #expect(receive(message(long), from: 3) == [.refused(from: NodeIndex(3), .oversized)])
      #expect(receive(message(unknown), from: 3) == [.refused(from: NodeIndex(3), .unknownNode)])
    }
    let slot = SecureMessage.clusterReply([], slot: NodeIndex(99), nonce: 1)
    #expect(receive(slot, from: 3) == [.refused(from: NodeIndex(3), .unknownNode)])
    #expect(
      receive(.found(nonce: 1), from: 77) == [.refused(from: NodeIndex(77), .unknownNode)])
    let strange = SecureMessage.forwarded(request(source: 50))
    #expect(receive(strange, from: 3) == [.refused(from: NodeIndex(3), .unknownNode)])
  }

  @Test func aFullListIsConfirmedAndItsMessageDeliveredOnce() {
    let message = SecureMessage.list(request(), list(Array(-4...4)))
    let first = receive(message, from: 20)
    #expect(
      first == [.deliver(request()), .send(.confirmed(nonce: 9), to: NodeIndex(20))])
    #expect(receive(message, from: 20) == [.send(.confirmed(nonce: 9), to: NodeIndex(20))])
  }

  @Test func whoeverIsMissingGetsTheMessageHandedOnOnce() {
    let message = SecureMessage.list(request(), list([-4, -3, -2, -1, 0, 2, 3, 4]))
    let first = receive(message, from: 20)
    #expect(
      first == [
        .deliver(request()), .send(.forwarded(request()), to: NodeIndex(1)),
        .send(.found(nonce: 9), to: NodeIndex(20)),
      ])
    #expect(receive(message, from: 20) == [.send(.found(nonce: 9), to: NodeIndex(20))])
  }

  @Test func aNodeThatIsMissingItselfSaysSo() {
    let message = SecureMessage.list(request(), list([-4, -3, -2, -1, 1, 2, 3, 4]))
    #expect(
      receive(message, from: 20)
        == [.deliver(request()), .send(.found(nonce: 9), to: NodeIndex(20))])
  }

  @Test func aListCountsForItsSourceAlone() {
    // Anybody else could make a node hand messages on.
    #expect(receive(.list(request(), list([0])), from: 5).isEmpty)
  }

  @Test func aNodeFarFromTheKeyStaysOut() {
    #expect(receive(.list(request(20), list(Array(16...24))), from: 20).isEmpty)
    #expect(receive(.forwarded(request(20)), from: 3).isEmpty)
  }

  @Test func onlyReplicaRootsDeliver() {
    let message = SecureMessage.list(request(3, replicas: 2), list(Array(-1...7)))
    #expect(receive(message, from: 20) == [.send(.confirmed(nonce: 9), to: NodeIndex(20))])
    let lookup = SecureMessage.forwarded(request(replicas: 0))
    #expect(receive(lookup, from: 1) == [.send(.found(nonce: 9), to: NodeIndex(20))])
  }

  @Test func whatANodeRemembersIsBounded() {
    for nonce in 0..<50 {
      _ = receive(.forwarded(request(nonce: UInt64(nonce))), from: 1)
      #expect(router.seen.count <= 4)
    }
  }

  @Test func callsBeyondTheBoundEndAtOnce() {
    let far = Key(ring[20].nodeId.value)
    for tag in 0..<3 {
      actions = OverlayActions()
      router.secRoute(far, replicas: 4, tag: UInt64(tag), &node, world, into: &actions)
    }
    guard case .completed(let result)? = actions.secure.last else {
      Issue.record("the third call did not end")
      return
    }
    #expect(result.outcome == .overloaded)
    #expect(result.tag == 2)
    #expect(router.calls.count == 2)
  }

  @Test func aNodeThatHasNotJoinedAnswersNobodyAndCallsNobody() {
    var idle = PastryNode(
      ring[0], configuration: world.configuration, stream: StreamKey(seed: 1))
    actions = OverlayActions()
    router.receive(
      .clusterRequest(Key(.zero), nonce: 4), from: NodeIndex(3), &idle, world, into: &actions)
    #expect(actions.secure == [.refused(from: NodeIndex(3), .notRunning)])
    actions = OverlayActions()
    router.secRoute(Key(.zero), replicas: 4, tag: 1, &idle, world, into: &actions)
    guard case .completed(let result)? = actions.secure.first else {
      Issue.record("the call did not end")
      return
    }
    #expect(result.outcome == .failed)
  }

  @Test func aTimerThatNobodyWaitsForIsNothing() {
    actions = OverlayActions()
    router.timerFired(77, &node, world, into: &actions)
    #expect(actions.secure.isEmpty && actions.pastry.isEmpty)
  }

  @Test func nobodyLooksUpForOthersButForThemselves() {
    #expect(
      receive(.lookupRequest(Key(ring[9].nodeId.value), nonce: 1), from: 8).isEmpty)
    #expect(router.calls.isEmpty)
    _ = receive(.lookupRequest(Key(ring[8].nodeId.value), nonce: 1), from: 8)
    #expect(router.calls.count == 1)
  }

  @Test func joiningNodesLeaveHalfOfTheCallsToTheApplication() {
    for joiner in 10..<20 {
      for nonce in 0..<3 {
        _ = receive(
          .lookupRequest(Key(ring[joiner].nodeId.value), nonce: UInt64(nonce)), from: joiner)
      }
    }
    // Of two calls.
    #expect(router.calls.count == 1)
  }

  @Test func aNodeOfTheSampleIsHeardOnce() {
    actions = OverlayActions()
    router.secRoute(Key(ring[20].nodeId.value), replicas: 4, tag: 1, &node, world, into: &actions)
    var asked: [(NodeIndex, UInt64)] = []
    for case .send(.clusterRequest(_, let nonce), let to) in actions.secure {
      asked.append((to, nonce))
    }
    #expect(asked.count == 4)
    let (liar, nonce) = asked[0]
    let answer = SecureMessage.clusterReply(list([1, 2]), slot: .none, nonce: nonce)
    #expect(receive(answer, from: Int(liar.number)).isEmpty)
    for _ in 0..<8 {
      #expect(receive(answer, from: Int(liar.number)) == [.refused(from: liar, .unsolicited)])
    }
  }

  @Test func aCopyIsAnsweredAndARootSaysItsLeafSet() {
    actions = OverlayActions()
    let copy = RouteMessage(
      key: Key(ring[0].nodeId.value), source: NodeIndex(20), tag: 9, purpose: .copy, replicas: 4)
    router.arrived(copy, &node, world, into: &actions)
    #expect(
      actions.secure == [.deliver(request()), .send(.found(nonce: 9), to: NodeIndex(20))])
    actions = OverlayActions()
    let roots = RouteMessage(
      key: Key(ring[0].nodeId.value), source: NodeIndex(20), tag: 9, purpose: .roots)
    router.arrived(roots, &node, world, into: &actions)
    #expect(
      actions.secure
        == [.send(.rootSet(list(Array(-4...4)), nonce: 9), to: NodeIndex(20))])
  }
}
