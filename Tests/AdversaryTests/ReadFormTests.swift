import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting
import Testing

@testable import Adversary

/// What attacks do to reads of objects, where applications route nothing else.
@Suite struct ReadFormTests {
  /// Every fourth node.
  private static let members = (0..<UInt32(16)).map { 4 * $0 + 1 }

  private let key = Stage.key(above: 32)
  private let acknowledged = sent(.pastry(.acknowledge(RequestId(3))), from: 5, to: 20)
  private let forged = OverlayMessage.read(.object(AttackScene.forgedObject, nonce: 7))
  private let absent = OverlayMessage.read(.absent(nonce: 7))
  private let request: OverlayMessage

  init() { request = .read(.request(key, nonce: 7)) }

  private func stage(
    _ name: String, routesReads: Bool = true, victims: [UInt32] = [], seed: UInt64 = 1
  ) throws -> Stage {
    try Stage(
      [attack(name)], members: Self.members, victims: victims, routesReads: routesReads, seed: seed)
  }

  private func plain(_ source: UInt32 = 22) -> OverlayMessage {
    routed(.application, key, source: source)
  }

  @Test func dropLeavesReadsUnanswered() throws {
    var stage = try stage("drop")
    let plain = stage.receive(plain(), from: 20, at: 5)
    #expect(plain.message == nil && plain.deeds == [acknowledged])
    let asked = stage.receive(request, from: 22, at: 5)
    #expect(asked.message == nil && asked.deeds.isEmpty)
  }

  @Test func corruptAnswersWithAForgedObject() throws {
    var stage = try stage("corrupt")
    let plain = stage.receive(plain(), from: 20, at: 5)
    #expect(plain.message == nil && plain.deeds == [acknowledged, sent(forged, from: 5, to: 22)])
    let asked = stage.receive(request, from: 22, at: 5)
    #expect(asked.message == nil && asked.deeds == [sent(forged, from: 5, to: 22)])
  }

  @Test func impersonatorsAnswerForTheRoot() throws {
    var stage = try stage("impersonate-root")
    var answers: Set<OverlayMessage> = []
    for _ in 0..<40 {
      let plain = stage.receive(plain(), from: 20, at: 5)
      #expect(plain.message == nil && plain.deeds.count == 2 && plain.deeds[0] == acknowledged)
      // Node 33 is the member closest to the key.
      guard
        case .send(let answer, from: NodeIndex(33), to: NodeIndex(22), after: .zero) =
          plain.deeds[1]
      else {
        Issue.record("\(plain.deeds)")
        continue
      }
      answers.insert(answer)
    }
    #expect(answers == [forged, absent])
    // A replica root that is asked answers for itself.
    answers = []
    for _ in 0..<40 {
      let asked = stage.receive(request, from: 22, at: 9)
      #expect(asked.message == nil && asked.deeds.count == 1)
      guard
        case .send(let answer, from: NodeIndex(9), to: NodeIndex(22), after: .zero)? =
          asked.deeds.first
      else { continue }
      answers.insert(answer)
    }
    #expect(answers == [forged, absent])
  }

  @Test(arguments: ["drop", "corrupt", "impersonate-root"])
  func otherMessagesPass(name: String) throws {
    var stage = try stage(name, victims: [20, 22])
    let others: [(OverlayMessage, UInt32)] = [
      (request, 9), (request, 24), (forged, 22), (absent, 22), (plain(24), 20), (plain(9), 20),
      (.secure(.found(nonce: 7)), 22),
    ]
    for (message, sender) in others {
      let got = stage.receive(message, from: sender, at: 5)
      #expect(got.message == message && got.deeds.isEmpty, "\(message)")
    }
    for message in [request, forged, absent] {
      let out = stage.send(message, from: 5, to: 20)
      #expect(out.message == message && out.deeds.isEmpty, "\(message)")
    }
  }

  @Test func messagesThatAreNoReadsAreNotAnswered() throws {
    for name in ["corrupt", "impersonate-root"] {
      var stage = try stage(name, routesReads: false)
      let got = stage.receive(plain(), from: 20, at: 5)
      #expect(!got.deeds.contains(sent(forged, from: 5, to: 22)))
      #expect(got.deeds.count <= 1)
    }
    // What secure routing sends for a read is not the read.
    var stage = try stage("impersonate-root")
    let roots = stage.receive(routed(.roots, key, source: 22), from: 20, at: 5)
    guard case .send(.secure(.rootSet(_, nonce: 7)), _, _, _)? = roots.deeds.last else {
      Issue.record("\(roots.deeds)")
      return
    }
  }

  @Test func slowMembersHoldAnswersBack() throws {
    var stage = try stage("slow")
    for answer in [forged, absent] {
      let late = stage.send(answer, from: 5, to: 22)
      #expect(late.message == nil)
      #expect(late.deeds == [sent(answer, from: 5, to: 22, after: .milliseconds(1_200))])
    }
    #expect(stage.send(request, from: 5, to: 22).message == request)
  }

  @Test func silentMembersLeaveRequestsOpen() throws {
    var stage = try Stage(
      [attack("partial-silence", ["share": "1"])], members: Self.members, routesReads: true)
    #expect(stage.receive(request, from: 22, at: 5).message == nil)
    #expect(stage.receive(absent, from: 22, at: 5).message == absent)
  }

  @Test func aForgedObjectIsShortEnough() {
    let message = ReadMessage.object(AttackScene.forgedObject, nonce: 7)
    #expect(message.isBounded(by: ReadConfiguration()))
  }
}
