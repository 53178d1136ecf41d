import Adversary
import Randomness
import Testing

@testable import RouteSampling

/// Sampled fault sets: what a line says, and what the coalition's index reads from the lines.
@Suite struct FaultSetsTests {
  static let key = StreamKey(seed: 51)["faults"]

  static func sets(
    _ probabilities: [Double], nodes: Int = 300, always: Range<Int>? = nil, isStored: Bool
  ) -> FaultSets {
    FaultSets(
      nodeCount: nodes, probabilities: probabilities, always: always, key: key,
      visits: isStored ? nodes : 0)
  }

  @Test func storedAndDrawnLinesAreTheSame() {
    let probabilities = [0, 0.01, 0.25, 1.0 / 3, 0.5, 0.9, 1]
    let stored = Self.sets(probabilities, always: 20..<30, isStored: true)
    let drawn = Self.sets(probabilities, always: 20..<30, isStored: false)
    for node in 0..<UInt32(300) {
      #expect(stored.lines[node] == drawn.lines[node])
      if 20..<30 ~= node { #expect(drawn.lines[node] == .allSets) }
    }
  }

  @Test func aLaneDoesNotDependOnTheOthersAndLargerFractionsGiveSupersets() {
    let probabilities = [0.5, 0.1, 0.3, 0, 1, 0.7, 0.30001, 0.9]
    let all = Self.sets(probabilities, isStored: true)
    for (lane, probability) in probabilities.enumerated() {
      let alone = Self.sets([probability], isStored: false)
      for node in 0..<UInt32(300) { #expect(all.lines[node][lane] == alone.lines[node][0]) }
    }
    let ascending = probabilities.indices.sorted { probabilities[$0] < probabilities[$1] }
    for (smaller, larger) in zip(ascending, ascending.dropFirst()) {
      for node in 0..<UInt32(300) {
        #expect(all.lines[node][smaller] & ~all.lines[node][larger] == 0)
      }
    }
  }

  @Test func nodesAreInWithTheStatedProbability() {
    let probabilities = [0.001, 0.05, 0.25, 0.3, 0.5, 0.75, 0.9, 0.999]
    let nodes = 5_000
    let sets = Self.sets(probabilities, nodes: nodes, isStored: true)
    var tally = LaneTally()
    for node in 0..<UInt32(nodes) { tally.add(sets.lines[node]) }
    for (lane, probability) in probabilities.enumerated() {
      let draws = Double(nodes * 64)
      let sigma = (draws * probability * (1 - probability)).squareRoot()
      #expect(abs(tally.total[lane] - draws * probability) <= 4 * sigma)
    }
  }

  @Test(arguments: [40, 64, 150], [0.0, 0.03, 0.3, 0.5, 0.97, 1])
  func spansEqualAScanOfAllNodes(nodes: Int, fraction: Double) throws {
    var random = RandomStream(StreamKey(seed: 52)[nodes])
    let ring = try SortedRing(leadingBits: (0..<nodes).map { _ in random.next() })
    let faulty = Self.sets([0.5, fraction], nodes: nodes, isStored: false)
    let members = Self.sets([1, 0.8], nodes: nodes, isStored: true)
    let index = CoalitionIndex(faulty: faulty, members: members, ring: ring)
    for _ in 0..<12 {
      let place = CoalitionIndex.Place(
        lane: Int(random.index(below: 2)), set: Int(random.index(below: 64)))
      func isIn(_ node: Int) -> Bool {
        let line = faulty.lines[UInt32(node)] & members.lines[UInt32(node)]
        return line[place.lane] >> UInt64(place.set) & 1 == 1
      }
      let half = 1 + Int(random.index(below: 16))
      let key = random.next()
      for (side, wanted) in [(CoalitionIndex.Side.member, true), (.outsider, false)] {
        let ids = (0..<nodes).filter { isIn($0) == wanted }.map { ring.identifiers[$0] }
        #expect(
          index.span(of: side, key: key, position: ring.rank(of: key), half: half, place)
            == Self.span(ids, around: key, half: half))
      }
      let sender = Int(random.index(below: UInt32(nodes)))
      let own = ring.identifiers[sender]
      let visible = (0..<nodes).filter { $0 == sender || !isIn($0) }.map { ring.identifiers[$0] }
      #expect(
        index.localSpan(sender: sender, half: half, place)
          == Self.span(visible, around: own, half: half) ?? .max)
    }
  }

  /// From the id `half` places below the one closest to the key to the one `half` places above.
  static func span(_ ids: [UInt64], around key: UInt64, half: Int) -> UInt64? {
    guard ids.count > 2 * half else { return nil }
    func distance(_ id: UInt64) -> UInt64 { min(id &- key, key &- id) }
    // On equal distance the one counterclockwise of the key.
    let centre =
      ids.indices.min {
        let (a, b) = (distance(ids[$0]), distance(ids[$1]))
        return a != b ? a < b : key &- ids[$0] == a
      } ?? 0
    func id(_ index: Int) -> UInt64 { ids[(index % ids.count + ids.count) % ids.count] }
    return id(centre + half) &- id(centre - half)
  }

  /// Copies that leave more nodes than `DepthCounts` tells apart are followed one by one.
  @Test(arguments: [(1, 4, 4), (2, 8, 7), (4, 16, 16)])
  func copiesOneByOneSendTheMessagesOfTheTree(digitBits: Int, size: Int, copies: Int) throws {
    let nodes = 500
    var random = RandomStream(StreamKey(seed: 53)[digitBits])
    let ring = try SortedRing(leadingBits: (0..<nodes).map { _ in random.next() })
    let slots = ConstrainedSlots(
      ring: RingView(ring), geometry: DigitGeometry(bits: UInt64(digitBits)))
    let walk = PrefixWalk(columns: slots, half: UInt32(size / 2))
    let tree = AnycastTree<ConstrainedSlots, ExactLanes>(
      walk: walk, copies: copies, event: .root)
    let storage = ExactLanes.Storage(faulty: .zero)
    for _ in 0..<40 {
      var flight = Flight(key: random.next())
      walk.locate(&flight, count: 1)
      var source = random.index(below: UInt32(nodes))
      if walk.spans(source, flight.position) { continue }
      var algebra = ExactLanes(storage)
      var together = AnycastMessages()
      tree.route(&flight, sources: &source, count: 1, algebras: &algebra) { _, outcome in
        #expect(outcome.deepest <= DepthCounts.deepest)
        together.sentWithoutFaults += outcome.sent
      }
      together.add(sent: algebra.sent, arrived: algebra.arrived)
      var oneByOne = AnycastMessages()
      oneByOne.sentWithoutFaults = copies
      oneByOne.addOneByOne(walk, source: source, lookup: flight, copies: copies)
      for f in [0, 0.1, 0.5] {
        for interception in [Interception.silence, .diversion] {
          let sent = together.mean(f, interception: interception)
          #expect(abs(sent - oneByOne.mean(f, interception: interception)) < 1e-9)
          #expect(sent >= Double(copies))
        }
      }
    }
    withExtendedLifetime((ring, storage)) {}
  }
}
