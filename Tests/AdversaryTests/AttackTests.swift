import Adversary
import Testing

@Suite struct AttackTests {
  private func make(
    _ name: String, _ parameters: [(String, String)] = [], line: Int? = nil
  ) throws(AttackError) -> any Attack {
    try AttackRegistry.make(
      AttackSelection(
        name: name,
        parameters: parameters.map { .init(name: $0.0, value: $0.1, line: line) }, line: line))
  }

  @Test func namesAreUniqueAndEveryDefaultIsInItsDomain() throws {
    let names = AttackRegistry.all.map(\.name)
    #expect(Set(names).count == names.count)
    for descriptor in AttackRegistry.all {
      #expect(!descriptor.summary.isEmpty && !descriptor.source.isEmpty)
      #expect(!descriptor.defence.isEmpty)
      for parameter in descriptor.parameters {
        #expect(parameter.accepts(parameter.defaultValue), "\(descriptor.name) \(parameter.name)")
      }
    }
  }

  /// The attacks in the order of the list, and the forms that each has.
  @Test func everyAttackStatesItsForms() throws {
    let forms: [(name: String, isStatic: Bool, isProtocol: Bool)] = [
      ("drop", true, true), ("misroute", true, true), ("corrupt", true, true),
      ("impersonate-root", true, true), ("suppress-ids", true, true),
      ("poison-tables", true, true), ("sybil", true, true), ("chosen-ids", true, true),
      ("hostile-bootstrap", false, true), ("stale-certificates", false, true),
      ("eclipse", false, true), ("alternate-suppression", false, true),
      ("partial-silence", false, true), ("slow", false, true), ("join-leave", false, true),
      ("flooding", false, true), ("replay", false, true),
    ]
    #expect(forms.map(\.name) == AttackRegistry.all.map(\.name))
    for (name, isStatic, isProtocol) in forms {
      let attack = try make(name)
      #expect((attack.staticForm != nil) == isStatic, "\(name)")
      #expect((attack.protocolForm != nil) == isProtocol, "\(name)")
      if !isStatic {
        do {
          _ = try StaticAdversary(composing: [attack])
          Issue.record("\(name) was taken by the sampling engine")
        } catch {
          #expect(error.code == .noStaticForm && error.description.contains(name))
        }
      }
    }
  }

  @Test func mistakesNameTheRemedyAndTheLine() {
    func error(_ name: String, _ parameters: [(String, String)] = []) -> AttackError? {
      do {
        _ = try make(name, parameters, line: 7)
        return nil
      } catch { return error }
    }
    #expect(error("dorp")?.code == .unknownAttack)
    #expect(error("dorp")?.description.contains("drop, misroute") == true)
    #expect(error("dorp")?.line == 7)
    #expect(error("drop", [("level", "1")])?.code == .unknownParameter)
    #expect(error("poison-tables", [("levle", "1")])?.description.contains("level") == true)
    for bad in ["1.01", "-0.1", "much", "nan", ""] {
      #expect(error("poison-tables", [("level", bad)])?.code == .valueOutOfDomain, "\(bad)")
    }
    #expect(error("poison-tables", [("level", "1"), ("level", "1")])?.code == .conflict)
    #expect(error("suppress-ids", [("side", "left")])?.code == .valueOutOfDomain)
    #expect(error("chosen-ids", [("count", "0")])?.code == .valueOutOfDomain)
    #expect(error("sybil", [("price", "0")])?.code == .valueOutOfDomain)
  }

  @Test func compositionsKeepEveryFieldAndRefuseConflicts() throws {
    let composed = try StaticAdversary(composing: [
      make("impersonate-root"), make("suppress-ids", [("side", "sender")]),
      make("poison-tables", [("level", "0.5")]), make("poison-tables", [("level", "0.5")]),
      make("chosen-ids", [("count", "12")]),
    ])
    #expect(composed.interception == .rootImpersonation)
    #expect(composed.suppression == .sender)
    #expect(composed.tablePoisoning == 0.75)
    #expect(composed.chosenIdentifiers == 12)
    #expect(throws: AttackError.self) {
      try StaticAdversary(composing: [make("drop"), make("impersonate-root")])
    }
    #expect(throws: AttackError.self) {
      try StaticAdversary(composing: [make("chosen-ids"), make("chosen-ids")])
    }
    #expect(throws: AttackError.self) {
      try StaticAdversary(composing: [
        make("suppress-ids", [("side", "root")]), make("suppress-ids", [("side", "sender")]),
      ])
    }
    // Uninstructed faulty nodes stay silent.
    #expect(try StaticAdversary(composing: []).interception == .silence)
  }

  @Test func sybilsFollowPriceAndRate() throws {
    // [Castro02], nodeId assignment: at USD 20 a tenth of a 1,000-node overlay costs USD 2,000.
    let bought = try StaticAdversary(composing: [make("sybil", [("budget", "2000")])])
    #expect(bought.faultyFraction(base: 0, nodes: 1_000) == 0.1)
    #expect(abs(bought.faultyFraction(base: 0.05, nodes: 1_000) - 0.15) < 1e-15)
    let limited = try StaticAdversary(composing: [
      make("sybil", [("budget", "1000000"), ("rate", "2"), ("days", "10")])
    ])
    #expect(limited.faultyFraction(base: 0, nodes: 1_000) == 0.02)
    // Never the sender: at most all nodes but one.
    let rich = try StaticAdversary(composing: [make("sybil", [("budget", "1e9")])])
    #expect(rich.faultyFraction(base: 0, nodes: 1_000) == 0.999)
    // The undefended variant: an authority that gives certificates away gives the overlay away.
    let free = try StaticAdversary(composing: [make("sybil", [("price", "0.001")])])
    #expect(free.faultyFraction(base: 0, nodes: 1_000) == 0.999)
  }
}
