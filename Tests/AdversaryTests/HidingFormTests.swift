import Adversary
import Pastry
import ProtocolTime
import RingIdentifiers
import SecureRouting
import Testing

/// Attacks by what members do not say, or say late: suppress-ids, alternate-suppression,
/// partial-silence, slow.
@Suite struct HidingFormTests {
  private static let members: [UInt32] = [1, 5, 9, 13]

  private let request = SecureRequest(
    key: Stage.key(above: 8), source: NodeIndex(22), nonce: 7, replicas: 0)
  private let honestSet = nodes(3, 4, 5, 6, 9)

  private func measuring(_ node: UInt32) -> OverlayMessage {
    .secure(.clusterRequest(Key(Stage.point(Int(node))), nonce: 7))
  }

  /// What a member says of itself and others to node 22, and what is left when it hides.
  private var rootSideSayings: [(said: SecureMessage, left: SecureMessage?)] {
    [
      (.confirmed(nonce: 7), nil), (.found(nonce: 7), nil), (.forwarded(request), nil),
      (.rootSet(honestSet, nonce: 7), .rootSet(nodes(3, 4, 5, 6), nonce: 7)),
      (.clusterReply(honestSet, slot: .none, nonce: 7), nil),
    ]
  }

  @Test(arguments: ["root", "sender", "worst"]) func membersHideAtOneSideOrBoth(
    side: String
  ) throws {
    var stage = try Stage([attack("suppress-ids", ["side": side])], members: Self.members)
    for (said, left) in rootSideSayings {
      let isAnswer = if case .clusterReply = said { true } else { false }
      let out = stage.send(.secure(said), from: 5, to: 22)
      let isBent = side != "sender" && !isAnswer
      #expect(out.message == (isBent ? left.map { .secure($0) } : .secure(said)), "\(said)")
      #expect(out.deeds.isEmpty)
    }
    // To a member the truth is told, unless it is about a request of an honest node.
    #expect(stage.send(.secure(.found(nonce: 7)), from: 5, to: 9).message != nil)
    let forwarded = stage.send(.secure(.forwarded(request)), from: 5, to: 9)
    #expect((forwarded.message == nil) == (side != "sender"))

    let sampled = stage.receive(measuring(22), from: 22, at: 5)
    if side == "root" {
      #expect(sampled.message == measuring(22) && sampled.deeds.isEmpty)
    } else {
      let sparse = SecureMessage.clusterReply(nodes(13, 1, 9), slot: .none, nonce: 7)
      #expect(sampled.message == nil && sampled.deeds == [sent(.secure(sparse), from: 5, to: 22)])
    }
    // Who asks for another point looks for something else.
    #expect(stage.receive(measuring(23), from: 22, at: 5).message == measuring(23))
    let list = OverlayMessage.secure(.list(request, honestSet))
    #expect(stage.receive(list, from: 22, at: 5).message == list)
  }

  @Test func hidingDoesNotHoldBackAForgedSet() throws {
    var stage = try Stage(
      [attack("impersonate-root"), attack("suppress-ids")], members: Self.members)
    let list = OverlayMessage.secure(.list(request, nodes(5, 9, 13)))
    #expect(
      stage.receive(list, from: 22, at: 9).deeds
        == [sent(.secure(.confirmed(nonce: 7)), from: 9, to: 22)])
    let roots = stage.receive(routed(.roots, request.key, source: 22), from: 20, at: 5)
    #expect(roots.message == nil && roots.deeds.count == 2)
  }

  @Test func hidingChangesSidesByCallerAndTime() throws {
    var stage = try Stage(
      [attack("alternate-suppression", ["period": "100"])], members: Self.members)
    /// Whether a caller is met by hiding at the sender side; at any time one side is hidden at.
    func isSenderSide(_ caller: UInt32) -> Bool {
      let isHidden = stage.receive(measuring(caller), from: caller, at: 5).message == nil
      let confirms = stage.send(.secure(.confirmed(nonce: 1)), from: 5, to: caller).message != nil
      let own = SecureRequest(
        key: request.key, source: NodeIndex(caller), nonce: 1, replicas: 0)
      // What is handed on counts for who asks, not for who gets it.
      let hands = stage.send(.secure(.forwarded(own)), from: 5, to: 9).message != nil
      #expect(isHidden == confirms && confirms == hands)
      return isHidden
    }
    let callers = (0..<UInt32(64)).filter { !Self.members.contains($0) }
    let first = callers.map { isSenderSide($0) }
    let share = first.count { $0 }
    #expect(share > 15 && share < 45)
    stage.now = .zero + .seconds(99)
    #expect(callers.map { isSenderSide($0) } == first)
    stage.now = .zero + .seconds(100)
    #expect(callers.map { isSenderSide($0) } == first.map { !$0 })
    stage.now = .zero + .seconds(200)
    #expect(callers.map { isSenderSide($0) } == first)
  }

  @Test func aPeriodOfZeroNeverChangesSides() throws {
    var stage = try Stage(
      [attack("alternate-suppression", ["period": "0"])], members: Self.members)
    let first = stage.receive(measuring(22), from: 22, at: 5).message
    stage.now = .zero + .hours(1_000)
    #expect(stage.receive(measuring(22), from: 22, at: 5).message == first)
  }

  /// What a member is asked, and whether it is something that may go unanswered.
  private var asked: [(message: OverlayMessage, isRequest: Bool)] {
    [
      (routed(.application, request.key, source: 22), true),
      (routed(.join, request.key, source: 22), true),
      (routed(.roots, request.key, source: 9), false),
      (.pastry(.rowRequest(row: 1, RequestId(1))), true),
      (.pastry(.nearbyRequest(RequestId(1))), true), (.pastry(.constrainedRequest), true),
      (.secure(.list(request, honestSet)), true), (.secure(.forwarded(request)), true),
      (.secure(.clusterRequest(request.key, nonce: 1)), true),
      (.secure(.lookupRequest(request.key, nonce: 1)), true),
      (.pastry(.ping(RequestId(1))), false), (.pastry(.heartbeat), false),
      (.pastry(.leafSetProbe(LeafSetReport(members: []), RequestId(1))), false),
      (.pastry(.acknowledge(RequestId(1))), false), (.secure(.confirmed(nonce: 1)), false),
    ]
  }

  /// Of 400 requests; for a share of .3 the central 99.99 % of the binomial distribution, so that
  /// all nine kinds of requests are within with probability .999.
  @Test(arguments: [("0", 0...0), ("0.3", 85...156), ("1", 400...400)])
  func aShareOfRequestsGoesUnanswered(share: String, expected: ClosedRange<Int>) throws {
    var stage = try Stage([attack("partial-silence", ["share": share])], members: Self.members)
    let rounds = 400
    for (message, isRequest) in asked {
      var lost = 0
      for _ in 0..<rounds {
        let got = stage.receive(message, from: 22, at: 5)
        #expect(got.deeds.isEmpty)
        if got.message == nil { lost += 1 } else { #expect(got.message == message) }
      }
      #expect(isRequest ? expected.contains(lost) : lost == 0, "\(message): \(lost)")
    }
  }

  @Test func answersComeLate() throws {
    var stage = try Stage([attack("slow", ["delay": "900"])], members: Self.members)
    let id = RequestId(1)
    let report = LeafSetReport(members: honestSet)
    let late: [OverlayMessage] = [
      .pastry(.acknowledge(id)), .pastry(.leafSetReply(report, id)), .pastry(.joinReply(report)),
      .pastry(.pong(id)), .pastry(.nearbyReply(honestSet, id)),
      .pastry(.rowReply(honestSet, rowCount: 2, id)), .pastry(.constrainedRow(honestSet)),
      .secure(.rootSet(honestSet, nonce: 7)), .secure(.confirmed(nonce: 7)),
      .secure(.found(nonce: 7)), .secure(.clusterReply(honestSet, slot: .none, nonce: 7)),
      .secure(.lookupReply(honestSet, nonce: 7)),
    ]
    for message in late {
      let out = stage.send(message, from: 5, to: 22)
      #expect(out.message == nil)
      #expect(out.deeds == [sent(message, from: 5, to: 22, after: .milliseconds(900))])
      #expect(stage.send(message, from: 5, to: 9).message == message)
    }
    let prompt: [OverlayMessage] = [
      routed(.roots, request.key, source: 22), .pastry(.heartbeat), .pastry(.ping(id)),
      .pastry(.leafSetProbe(report, id)), .secure(.list(request, honestSet)),
      .secure(.forwarded(request)), .secure(.clusterRequest(request.key, nonce: 1)),
    ]
    for message in prompt {
      let out = stage.send(message, from: 5, to: 22)
      #expect(out.message == message && out.deeds.isEmpty)
    }
  }

  @Test func theDefaultDelayIsJustUnderTheTimeOutOfARound() throws {
    var stage = try Stage([attack("slow")], members: Self.members)
    let deeds = stage.send(.secure(.found(nonce: 7)), from: 5, to: 22).deeds
    guard case .send(_, from: _, to: _, after: let delay) = deeds.first else {
      Issue.record("nothing was sent")
      return
    }
    let round = SecureConfiguration().roundTimeout
    #expect(delay < round && round - delay <= .milliseconds(500))
  }
}
