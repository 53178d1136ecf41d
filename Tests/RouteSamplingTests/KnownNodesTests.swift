import Randomness
import Testing

@testable import RouteSampling

/// What a sender knows, and fault sets asked node by node, against plain sets and counts.
@Suite struct KnownNodesTests {
  private func distance(_ a: UInt64, _ b: UInt64) -> UInt64 { min(a &- b, b &- a) }

  @Test(arguments: [40, 300, 3_000])
  func selectionAgreesWithSorting(nodes: Int) throws {
    let overlay = try SamplingCellTests.overlay(nodes)
    let graph = LookupGraph(overlay)
    defer { withExtendedLifetime(overlay) {} }
    var random = RandomStream(StreamKey(seed: 5)["known"])
    let known = KnownNodes()
    for trial in 0..<20 {
      // Points at both ends of the ring and anywhere.
      let point = [0, UInt64.max, random.next()][trial % 3]
      let mask: UInt64 = [.max, UInt64.max >> 4][trial % 2]
      known.begin(around: point, lowMask: mask, graph)
      var told = Set<UInt32>()
      for _ in 0..<6 {
        let first = UInt32(random.index(below: UInt32(nodes)))
        known.insert(from: first, count: 5, graph)
        for step in 0..<5 { told.insert(graph.neighbor(first, step)) }
        let single = UInt32(random.index(below: UInt32(nodes)))
        known.insert(single, graph)
        told.insert(single)
      }
      // The window is wider than half of these overlays, or holds the nearest ones anyway.
      let near = told.filter {
        abs(graph.offset(from: graph.ring.nearest(to: point), to: $0)) < 500
      }
      func isOutside(_ node: UInt32) -> Bool {
        (graph.ring.identifier(node) ^ point) & ~mask != 0
      }
      let expected = near.sorted {
        if isOutside($0) != isOutside($1) { return isOutside($1) }
        return distance(graph.ring.identifier($0), point)
          < distance(graph.ring.identifier($1), point)
      }
      var first: [UInt32] = []
      var second: [UInt32] = []
      known.select(7, graph, into: &first)
      known.select(200, graph, into: &second)
      // A small window ends by rank, so its far end is not in order of distance.
      let compared = min(9, expected.count)
      #expect((first + second).prefix(compared) == expected.prefix(compared))
      #expect(Set(first + second) == told || nodes > 1_000)
      for node in expected { #expect(known.contains(node, graph)) }
    }
  }

  @Test(arguments: [1, 3, 8])
  func aWideSlotHoldsTheNodesNearestToItsPoint(entries: Int) throws {
    let overlay = try SamplingCellTests.overlay(1_500)
    let graph = LookupGraph(overlay)
    defer { withExtendedLifetime(overlay) {} }
    var random = RandomStream(StreamKey(seed: 6)["slots"])
    var empty = 0
    for _ in 0..<300 {
      let owner = random.index(below: 1_500)
      let identifier = graph.ring.identifier(owner)
      // Keys that agree with the owner in a few digits also meet small blocks.
      let agreeing = UInt64(random.index(below: 4)) * 4
      let key = agreeing == 0 ? random.next() : identifier ^ (random.next() >> agreeing)
      let row = graph.geometry.sharedPrefixLength(identifier, key)
      let mask = graph.geometry.lowMask(row: row)
      let point = (key & ~mask) | (identifier & mask)
      func isOutside(_ node: UInt32) -> Bool {
        (graph.ring.identifier(node) ^ point) & ~mask != 0
      }
      let nearest = (0..<UInt32(1_500)).sorted {
        if isOutside($0) != isOutside($1) { return isOutside($1) }
        return distance(graph.ring.identifier($0), point)
          < distance(graph.ring.identifier($1), point)
      }.prefix(entries)
      guard let slot = graph.slot(of: owner, key: key, count: entries) else {
        // Only a single slot may be empty, and only when no node has its prefix.
        #expect(entries == 1 && isOutside(nearest[0]))
        empty += 1
        continue
      }
      #expect(entries > 1 || !isOutside(nearest[0]))
      let held = (0..<slot.count).map { graph.neighbor(slot.first, $0) }
      #expect(Set(held) == Set(nearest))
    }
    #expect(empty > 0 || entries > 1)
  }

  @Test func faultSetsAreNestedAndHaveTheirFraction() {
    var faulty = [0, 0]
    var coalition = 0
    for seed in UInt64(0)..<40 {
      let sets = [0.2, 0.5].map {
        LookupFaults(
          seed: splitMix64(seed), faultyFraction: $0, coalitionFraction: 0.1, chosen: 900..<910,
          sender: 7)
      }
      for node in UInt32(0)..<900 {
        for (index, set) in sets.enumerated() where set.isFaulty(node) { faulty[index] += 1 }
        if sets[0].isFaulty(node) { #expect(sets[1].isFaulty(node)) }
        if sets[0].isInCoalition(node) {
          coalition += 1
          #expect(sets[0].isFaulty(node))
          #expect(sets[1].isInCoalition(node))
        }
      }
      #expect(!sets[1].isFaulty(7))
      for node in UInt32(900)..<910 { #expect(sets[0].isInCoalition(node)) }
    }
    let trials = 40.0 * 899
    // Five standard deviations.
    #expect(abs(Double(faulty[0]) / trials - 0.2) < 5 * (0.2 * 0.8 / trials).squareRoot())
    #expect(abs(Double(faulty[1]) / trials - 0.5) < 5 * (0.25 / trials).squareRoot())
    #expect(abs(Double(coalition) / trials - 0.1) < 5 * (0.09 / trials).squareRoot())
  }

  @Test func allOrNoNodesCanBeFaulty() {
    for seed in UInt64(0)..<200 {
      let none = LookupFaults(
        seed: seed, faultyFraction: 0, coalitionFraction: 0, chosen: 0..<0, sender: 0)
      let all = LookupFaults(
        seed: seed, faultyFraction: 1, coalitionFraction: 1, chosen: 0..<0, sender: 0)
      #expect(!none.isFaulty(3) && all.isFaulty(3) && all.isInCoalition(3) && !all.isFaulty(0))
    }
  }
}
