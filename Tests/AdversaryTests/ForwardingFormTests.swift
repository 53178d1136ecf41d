import Adversary
import Pastry
import ProtocolTime
import RingIdentifiers
import SecureRouting
import Testing

/// Attacks on messages that a member should hand on: drop, misroute, corrupt, impersonate-root,
/// stale-certificates.
@Suite struct ForwardingFormTests {
  /// Every fourth node.
  private static let members = (0..<UInt32(16)).map { 4 * $0 + 1 }
  private static let purposes: [RouteMessage.Purpose] = [.application, .roots, .copy]

  private let key = Stage.key(above: 32)
  private let acknowledged = sent(.pastry(.acknowledge(RequestId(3))), from: 5, to: 20)

  private func stage(_ attacks: AttackSelection..., victims: [UInt32] = []) throws -> Stage {
    try Stage(attacks, members: Self.members, victims: victims)
  }

  @Test(arguments: ["drop", "misroute", "corrupt", "impersonate-root", "stale-certificates"])
  func messagesThatAreNoneOfTheAttacksBusinessPass(name: String) throws {
    var stage = try stage(attack(name), victims: [20, 22])
    let others: [OverlayMessage] = [
      routed(.join, key, source: 20), routed(.roots, key, source: 9),
      routed(.application, key, source: 24), routed(.copy, key, source: 4_000),
      .pastry(.ping(RequestId(1))),
      .pastry(.leafSetProbe(LeafSetReport(members: []), RequestId(1))),
      .secure(.found(nonce: 1)),
      .secure(.list(request(source: 24), nodes(29, 33))),
    ]
    for message in others {
      let got = stage.receive(message, from: 24, at: 5)
      #expect(got.message == message && got.deeds.isEmpty, "\(message)")
      let out = stage.send(message, from: 5, to: 20)
      #expect(out.message == message && out.deeds.isEmpty, "\(message)")
    }
    #expect(stage.adversary.tickPeriods.isEmpty && stage.adversary.spoofedDelay == nil)
  }

  private func request(source: UInt32, nonce: UInt64 = 7) -> SecureRequest {
    SecureRequest(key: key, source: NodeIndex(source), nonce: nonce, replicas: 4)
  }

  @Test(arguments: purposes) func dropAcknowledgesAndKeeps(purpose: RouteMessage.Purpose) throws {
    var stage = try stage(attack("drop"))
    let got = stage.receive(routed(purpose, key, source: 22), from: 20, at: 5)
    #expect(got.message == nil)
    #expect(got.deeds == [acknowledged])
  }

  @Test(arguments: purposes) func misroutedMessagesEndAtAnAccomplice(
    purpose: RouteMessage.Purpose
  ) throws {
    var stage = try stage(attack("misroute"))
    var accomplices: Set<NodeIndex> = []
    for _ in 0..<200 {
      let got = stage.receive(routed(purpose, key, source: 22), from: 20, at: 5)
      #expect(got.message == nil && got.deeds.count == 2)
      #expect(got.deeds[0] == acknowledged)
      guard
        case .send(let message, from: NodeIndex(5), to: let accomplice, after: .zero) =
          got.deeds[1]
      else {
        Issue.record("\(got.deeds[1])")
        continue
      }
      #expect(message == routed(purpose, key, source: 22, id: 0, hops: 3))
      accomplices.insert(accomplice)
      // There it ends, without a word.
      let kept = stage.receive(message, from: 5, at: accomplice.number)
      #expect(kept.message == nil && kept.deeds.isEmpty)
    }
    // Any member but the one that acts.
    #expect(accomplices == Set(Self.members.filter { $0 != 5 }.map { NodeIndex($0) }))
  }

  @Test func aMemberWithoutAccompliceKeepsTheMessage() throws {
    var stage = try Stage([attack("misroute")], members: [5])
    let got = stage.receive(routed(.roots, key, source: 22, hops: 255), from: 20, at: 5)
    #expect(got.message == nil && got.deeds == [acknowledged])
  }

  @Test(arguments: purposes) func corruptedMessagesGoOnWithAnotherTag(
    purpose: RouteMessage.Purpose
  ) throws {
    var stage = try stage(attack("corrupt"))
    var tags: Set<UInt64> = [7]
    for round in 1...50 {
      let got = stage.receive(routed(purpose, key, source: 22), from: 20, at: 5)
      #expect(got.deeds.isEmpty)
      guard case .pastry(.route(let altered, RequestId(3))) = got.message else {
        Issue.record("\(String(describing: got.message))")
        return
      }
      tags.insert(altered.tag)
      #expect(tags.count == 1 + round)
      // All else is as it was.
      #expect(got.message == routed(purpose, key, source: 22, tag: altered.tag))
    }
  }

  // MARK: impersonate-root

  @Test func aForgedRootSetComesFromItsMiddle() throws {
    var stage = try stage(attack("impersonate-root"))
    let got = stage.receive(routed(.roots, key, source: 22), from: 20, at: 5)
    #expect(got.message == nil)
    #expect(
      got.deeds == [
        acknowledged,
        sent(.secure(.rootSet(nodes(25, 29, 33, 37, 41), nonce: 7)), from: 33, to: 22),
      ])
    // The coalition confirms it, and no list with anybody else in it.
    for member: UInt32 in [25, 29, 33, 37, 41] {
      let list = SecureMessage.list(request(source: 22), nodes(25, 29, 33, 37, 41))
      let confirmed = stage.receive(.secure(list), from: 22, at: member)
      #expect(confirmed.message == nil)
      #expect(confirmed.deeds == [sent(.secure(.confirmed(nonce: 7)), from: member, to: 22)])
      let honest = SecureMessage.list(request(source: 22), nodes(31, 32, member))
      let silent = stage.receive(.secure(honest), from: 22, at: member)
      #expect(silent.message == nil && silent.deeds.isEmpty)
    }
  }

  @Test func aForgedRootSetGoesRoundTheRing() throws {
    var stage = try stage(attack("impersonate-root"))
    let got = stage.receive(routed(.roots, Stage.key(above: 63), source: 22), from: 20, at: 5)
    #expect(
      got.deeds.last
        == sent(.secure(.rootSet(nodes(57, 61, 1, 5, 9), nonce: 7)), from: 1, to: 22))
  }

  @Test func applicationMessagesAreKept() throws {
    var stage = try stage(attack("impersonate-root"))
    let got = stage.receive(routed(.application, key, source: 22), from: 20, at: 5)
    #expect(got.message == nil && got.deeds == [acknowledged])
  }

  @Test func copiesAreAnsweredOnceByThoseAroundTheKey() throws {
    var stage = try stage(attack("impersonate-root"))
    let first = stage.receive(routed(.copy, key, source: 22), from: 20, at: 5)
    #expect(first.message == nil)
    #expect(
      first.deeds == [acknowledged]
        + [25, 29, 33, 37].map { sent(.secure(.found(nonce: 7)), from: $0, to: 22) })
    // Another copy, at another member.
    let second = stage.receive(routed(.copy, key, source: 22), from: 20, at: 9)
    #expect(second.message == nil)
    #expect(second.deeds == [sent(.pastry(.acknowledge(RequestId(3))), from: 9, to: 20)])
    // Another caller may have drawn the same nonce.
    #expect(stage.receive(routed(.copy, key, source: 24), from: 20, at: 5).deeds.count == 5)
  }

  @Test func theMemoryOfCopiesIsBounded() throws {
    var stage = try stage(attack("impersonate-root"))
    func answers(_ tag: UInt64) -> Int {
      stage.receive(routed(.copy, key, source: 22, tag: tag), from: 20, at: 5).deeds.count - 1
    }
    for tag in 0..<UInt64(4_096) { #expect(answers(tag) == 4) }
    #expect(answers(0) == 0)
    // One more, and the first is forgotten.
    #expect(answers(4_096) == 4)
    #expect(answers(1) == 0)
    #expect(answers(0) == 4)
  }

  @Test func clustersAndLookupsNameMembersAlone() throws {
    var stage = try stage(attack("impersonate-root"))
    let cases: [(SecureMessage, SecureMessage)] = [
      // Node 5 has digits 1 and 4; nodes 32 to 35 have digit 8 and share none.
      (
        .clusterRequest(key, nonce: 8),
        .clusterReply(nodes(61, 1, 9, 13), slot: NodeIndex(33), nonce: 8)
      ),
      // In its own first digit no other member is.
      (
        .clusterRequest(Stage.key(above: 6), nonce: 8),
        .clusterReply(nodes(61, 1, 9, 13), slot: .none, nonce: 8)
      ),
      (
        .clusterRequest(Key(Stage.point(5)), nonce: 8),
        .clusterReply(nodes(61, 1, 9, 13), slot: .none, nonce: 8)
      ),
      (
        .lookupRequest(key, nonce: 8), .lookupReply(nodes(21, 25, 29, 33, 37, 41), nonce: 8)
      ),
    ]
    for (asked, answer) in cases {
      let got = stage.receive(.secure(asked), from: 22, at: 5)
      #expect(got.message == nil)
      #expect(got.deeds == [sent(.secure(answer), from: 5, to: 22)])
      #expect(answer.isBounded(by: Stage.configuration))
      // Members are told the truth.
      #expect(stage.receive(.secure(asked), from: 9, at: 5).message == .secure(asked))
    }
  }

  // MARK: stale-certificates

  /// Nodes 30, 31, 32, 36 and 38 have left; the key is next to 32, and 33 is the closest member.
  private func staleStage() throws -> Stage {
    var stage = try stage(attack("stale-certificates"))
    for node: UInt32 in [30, 36, 32, 38, 31, 0] {
      stage.adversary.left(stage.book.peer(NodeIndex(node)))
    }
    return stage
  }

  @Test func departedNodesMakeAForgedSetDense() throws {
    var stage = try staleStage()
    let got = stage.receive(routed(.roots, key, source: 22), from: 20, at: 5)
    #expect(got.message == nil)
    // Node 32 is closer to the key than the member that answers, so it cannot be in the set.
    let set = nodes(30, 31, 33, 36, 37)
    #expect(
      got.deeds == [
        acknowledged, sent(.secure(.rootSet(set, nonce: 7)), from: 33, to: 22),
      ])
    for (list, isConfirmed) in [(set, true), (nodes(29, 31, 33), true), (nodes(33, 34), false)] {
      let message = OverlayMessage.secure(.list(request(source: 22), list))
      let answer = stage.receive(message, from: 22, at: 33)
      #expect(answer.message == (isConfirmed ? nil : message))
      #expect(
        answer.deeds
          == (isConfirmed ? [sent(.secure(.confirmed(nonce: 7)), from: 33, to: 22)] : []))
    }
  }

  @Test func departedNodesFillClusterReplies() throws {
    var stage = try staleStage()
    let cases: [(key: Key, node: UInt32, leafSet: NodeList, slot: NodeIndex)] = [
      (key, 5, nodes(0, 1, 9, 13), NodeIndex(32)), (key, 29, nodes(21, 25, 30, 31), NodeIndex(32)),
      (Stage.key(above: 44), 33, nodes(31, 32, 36, 37), NodeIndex(45)),
    ]
    for (key, node, leafSet, slot) in cases {
      let got = stage.receive(.secure(.clusterRequest(key, nonce: 8)), from: 22, at: node)
      #expect(got.message == nil)
      #expect(
        got.deeds == [
          sent(.secure(.clusterReply(leafSet, slot: slot, nonce: 8)), from: node, to: 22)
        ])
    }
  }

  @Test func otherRoutedMessagesAreForTheNextAttack() throws {
    var stage = try stage(attack("stale-certificates"), attack("impersonate-root"))
    let copies = stage.receive(routed(.copy, key, source: 22), from: 20, at: 5)
    #expect(copies.message == nil && copies.deeds.count == 5)
    // Without departed nodes the forged set is the same.
    let roots = stage.receive(routed(.roots, key, source: 22), from: 20, at: 5)
    #expect(
      roots.deeds.last
        == sent(.secure(.rootSet(nodes(25, 29, 33, 37, 41), nonce: 7)), from: 33, to: 22))
  }
}
