import EventSimulation
import ProtocolModel
import Testing

/// What is forgotten is neither refused nor passed over in silence; sizes are bounded at the door.
struct BoundedMemoryTests {
  /// The node forgets nothing before it has taken so many.
  static let remembered = UInt64(2 * ProtocolRelation.recentMax)

  /// Two nodes are present; node 0 has looked up so many keys, all open.
  private func lookedUp(_ count: UInt64) -> ProtocolRelation {
    var relation = ProtocolRelation(nodeCount: 2, leafSetSize: 2)
    #expect(relation.take(.present(0)) == nil)
    #expect(relation.take(.present(1)) == nil)
    for tag in 0..<count { #expect(relation.take(.lookUp(0, tag: tag)) == nil) }
    return relation
  }

  /// Node 0 hands a lookup on to node 1.
  private static func arrival(_ tag: UInt64) -> ProtocolStep {
    .arrive(.lookup(tag: tag, number: tag), at: 1, from: 0)
  }

  @Test func `a lookup that a node may have forgotten is counted and not refused`() {
    let unknown: UInt64 = 1 << 40
    var whole = lookedUp(Self.remembered)
    #expect(whole.take(Self.arrival(0)) == nil)
    #expect(whole.notJudged == 0)
    let refusal = whole.take(Self.arrival(unknown))
    #expect(refusal?.allowed == "a lookup from a node that it has come to")
    #expect(whole.notJudged == 0)

    var forgetful = lookedUp(Self.remembered + 1)
    #expect(forgetful.take(Self.arrival(Self.remembered)) == nil)
    #expect(forgetful.notJudged == 0, "the last ones are known")
    #expect(forgetful.take(Self.arrival(0)) == nil)
    #expect(forgetful.notJudged == 1)
    #expect(forgetful.take(.deliver(0, tag: 0)) == nil)
    #expect(forgetful.take(.drop(0, tag: 1)) == nil)
    #expect(forgetful.notJudged == 3)
    // Node 1 has forgotten nothing, and neither has the list of open lookups.
    #expect(forgetful.take(.deliver(1, tag: 0)) == nil)
    #expect(forgetful.take(.deliver(1, tag: 0))?.happened.contains("been delivered") == true)
    #expect(forgetful.take(.drop(0, tag: 1)) != nil)
    #expect(forgetful.notJudged == 3)
  }

  @Test func `an answer whose request may be forgotten is counted and not refused`() {
    var relation = lookedUp(0)
    let answer = ProtocolStep.arrive(.answer(.ping, number: 1 << 40), at: 0, from: 1)
    for number in 0..<Self.remembered {
      #expect(relation.take(.arrive(.question(.ping, number: number), at: 1, from: 0)) == nil)
    }
    #expect(relation.take(answer)?.happened.contains("owes none") == true)
    let last = ProtocolStep.arrive(.question(.ping, number: Self.remembered), at: 1, from: 0)
    #expect(relation.take(last) == nil)
    #expect(relation.take(answer) == nil)
    #expect(relation.notJudged == 1)
    let other = ProtocolStep.arrive(.answer(.ping, number: 0), at: 1, from: 0)
    #expect(relation.take(other) != nil, "node 0 has forgotten nothing")
  }

  /// Four nodes with more lookups under way than any of them remembers.
  @Test func `a real trace with thousands of lookups under way is allowed`() throws {
    let trace = try TraceJudgeTests.crowded()
    let (header, events) = try TraceJudgeTests.events(trace)
    let judge = TraceJudgeTests.judge(header, events, demandsRoots: true)
    #expect(judge.departure == nil)
    #expect(judge.events == UInt64(events.count))
    #expect(judge.notJudged > 0, "the run is too small to make a node forget")
  }

  @Test func `settled answers are not remembered, so a long trace is judged whole`() {
    var relation = lookedUp(0)
    for number in 0..<3 * Self.remembered {
      #expect(relation.take(.arrive(.question(.row, number: number), at: 1, from: 0)) == nil)
      #expect(relation.take(.arrive(.answer(.row, number: number), at: 0, from: 1)) == nil)
    }
    let twice = ProtocolStep.arrive(.answer(.row, number: 0), at: 0, from: 1)
    #expect(relation.take(twice) != nil)
    #expect(relation.notJudged == 0)
  }

  @Test func `more nodes than the maximum are refused at the door`() async {
    let most = UInt32(ProtocolRelation.nodeCountMax)
    let header = TraceHeader(engine: "events", seed: 0, nodes: most, settings: [])
    #expect(TraceJudge(header).departure == nil)
    await #expect(processExitsWith: .failure) {
      _ = ProtocolRelation(nodeCount: ProtocolRelation.nodeCountMax + 1, leafSetSize: 32)
    }
    await #expect(processExitsWith: .failure) {
      let nodes = UInt32(ProtocolRelation.nodeCountMax) + 1
      _ = TraceJudge(TraceHeader(engine: "events", seed: 0, nodes: nodes, settings: []))
    }
  }
}
