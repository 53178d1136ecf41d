import Foundation
import Testing

@testable import ProtocolModel

/// The relation in Swift and in Promela have the same states in the same small scopes.
///
/// `proofs/spin/check` compares Spin's numbers with `proofs/spin/states.txt`, and this file does so
/// with Swift's: a change of either side alone fails on that side.
struct RelationScopeTests {
  /// The steps of one node with the other one that are within the scope of HANDSHAKE.
  static func handshakes(
    _ node: UInt32, _ other: UInt32, _ relation: ProtocolRelation
  ) -> [ProtocolStep] {
    var steps: [ProtocolStep] = [
      .start(node), .stop(node), .activate(node), .findFailed(node, other),
      .arrive(.fromMember, at: node, from: other),
      .arrive(.joinReply(named: 2), at: node, from: other),
      .arrive(.acknowledge(number: 0), at: node, from: other),
      .arrive(.leafSetReply(number: 0), at: node, from: other),
    ]
    // MOST of `proofs/spin/trace.pml`.
    let most: UInt32 = 1
    if hasRoom(.join, node, other, relation, most),
      hasRoom(.acknowledgement, node, other, relation, most)
    {
      steps.append(.arrive(.join(source: other, number: 0), at: node, from: other))
    }
    if hasRoom(.leafSet, node, other, relation, most) {
      steps.append(.arrive(.leafSetProbe(number: 0), at: node, from: other))
    }
    return steps
  }

  /// The same for the scope of LOOKUPS.
  static func lookups(
    _ node: UInt32, _ other: UInt32, _ relation: ProtocolRelation
  ) -> [ProtocolStep] {
    var steps: [ProtocolStep] = [
      .stop(node), .deliver(node, tag: 0), .drop(node, tag: 0), .overdue(tag: 0),
      .arrive(.acknowledge(number: 0), at: node, from: other),
    ]
    let most: UInt32 = 2
    guard relation.nodes[Int(node)].carries[0] ?? 0 < most else { return steps }
    steps.append(.lookUp(node, tag: 0))
    if hasRoom(.acknowledgement, node, other, relation, most) {
      steps.append(.arrive(.lookup(tag: 0, number: 0), at: node, from: other))
    }
    return steps
  }

  private static func hasRoom(
    _ kind: ProtocolRelation.Debt.Kind, _ node: UInt32, _ other: UInt32,
    _ relation: ProtocolRelation, _ most: UInt32
  ) -> Bool {
    let debt = ProtocolRelation.Debt(kind: kind, to: other, number: 0)
    return relation.nodes[Int(node)].owes[debt] ?? 0 < most
  }

  /// All states that the steps lead to from a first one.
  static func states(
    from first: ProtocolRelation,
    steps: (UInt32, UInt32, ProtocolRelation) -> [ProtocolStep]
  ) -> Int {
    var known: Set<ProtocolRelation> = [first]
    var open = [first]
    while let state = open.popLast() {
      for step in steps(0, 1, state) + steps(1, 0, state) {
        var next = state
        guard next.take(step) == nil else { continue }
        // Whether anything has happened is not in the model: nobody is present later in it.
        next.hasBegun = true
        if known.insert(next).inserted { open.append(next) }
      }
    }
    return known.count
  }

  /// The numbers of states.txt.
  static func recorded() throws -> [String: Int] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../proofs/spin/states.txt")
    var numbers: [String: Int] = [:]
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      let parts = line.split(separator: " ")
      try #require(parts.count == 2)
      numbers[String(parts[0])] = Int(parts[1])
    }
    return numbers
  }

  @Test func `joining, probes and answers have the states that Spin stores`() throws {
    var first = ProtocolRelation(nodeCount: 2, leafSetSize: 2)
    first.hasBegun = true
    let count = Self.states(from: first, steps: Self.handshakes)
    #expect(try Self.recorded()["trace.states[HANDSHAKE]"] == count, "\(count)")
  }

  @Test func `lookups have the states that Spin stores`() throws {
    var first = ProtocolRelation(nodeCount: 2, leafSetSize: 2)
    #expect(first.take(.present(0)) == nil)
    #expect(first.take(.present(1)) == nil)
    first.hasBegun = true
    let count = Self.states(from: first, steps: Self.lookups)
    #expect(try Self.recorded()["trace.states[LOOKUPS]"] == count)
  }

  /// The comparison can fail: a relation that activates without answers has other states.
  @Test func `a step that is taken from the relation changes the number of states`() throws {
    var first = ProtocolRelation(nodeCount: 2, leafSetSize: 2)
    first.hasBegun = true
    let count = Self.states(from: first) { node, other, relation in
      Self.handshakes(node, other, relation).filter { $0 != .findFailed(0, 1) }
    }
    #expect(try Self.recorded()["trace.states[HANDSHAKE]"] != count)
  }

  @Test func `recent counts keep the last keys and forget older ones`() {
    var counts = RecentCounts<Int>(capacity: 4)
    for key in 0..<8 { counts.add(key) }
    #expect(!counts.hasForgotten)
    #expect((0..<8).allSatisfy { counts[$0] == 1 })
    for key in 8..<11 { counts.add(key) }
    #expect(counts.hasForgotten)
    #expect((7..<11).allSatisfy { counts[$0] == 1 })
    #expect(counts[0] == nil)
    counts.add(7)
    #expect(counts[7] == 2)
    counts.settle(7)
    counts.settle(7)
    #expect(counts[7] == nil)
    counts.take(10)
    counts.take(10)
    #expect(counts[10] == 0)
  }
}
