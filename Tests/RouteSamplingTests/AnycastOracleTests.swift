import Adversary
import Randomness
import RouteSampling
import Testing

/// Exact delivery of tiny overlays against the sum over every fault set.
@Suite struct AnycastOracleTests {
  /// Delivery of copies from the leaf-set members (or of the sender's own message) by brute force.
  struct Enumeration {
    let oracle: OracleOverlay
    let source: Int
    let key: UInt64
    let copies: Int

    /// Probability of the event, summed over all fault sets that leave the sender correct.
    func delivery(_ event: DeliveryEvent, faulty f: Double) -> Double {
      let root = oracle.root(of: key)
      let starts = (0..<copies).map { index -> Int in
        let below = copies / 2
        return oracle.node(index < below ? source - (below - index) : source + index - below + 1)
      }
      let walks = starts.map { oracle.walk(from: $0, key: key) }
      let others = (0..<oracle.count).filter { $0 != source }
      var total = 0.0
      for set in 0..<(1 << others.count) {
        var isFaulty = [Bool](repeating: false, count: oracle.count)
        for (bit, node) in others.enumerated() { isFaulty[node] = set >> bit & 1 == 1 }
        let delivered: Bool
        if oracle.spans(source, key) {
          delivered = event != .root || !isFaulty[root]
        } else {
          delivered = walks.contains { walk in
            let last = walk[walk.count - 1]
            guard !walk.dropLast().contains(where: { isFaulty[$0] }) else { return false }
            switch event {
            case .replicaRoots: return !isFaulty[last]
            case .path: return last == root || !isFaulty[last]
            case .root: return !isFaulty[root] && (last == root || !isFaulty[last])
            }
          }
        }
        let faults = set.nonzeroBitCount
        if delivered {
          total += power(f, faults) * power(1 - f, others.count - faults)
        }
      }
      return total
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
      (0..<exponent).reduce(1.0) { product, _ in product * base }
    }
  }

  @Test(arguments: [(1, 2, 2), (2, 2, 1), (2, 4, 4), (1, 4, 3), (4, 2, 2)])
  func exactLanesEqualTheSumOverAllFaultSets(digitBits: Int, leafSetSize: Int, copies: Int) throws {
    let nodes = 11
    let seed = StreamKey(seed: 21)[digitBits][leafSetSize]
    var random = RandomStream(seed["ids"])
    let ids = (0..<nodes).map { _ in random.next() }
    let oracle = OracleOverlay(ids, digitBits: digitBits, leafSetSize: leafSetSize)
    let overlay = try SampledOverlay(
      leadingBits: ids, configuration: .init(digitBits: digitBits, leafSetSize: leafSetSize))
    let fractions = [0.0, 0.1, 0.3, 0.5, 0.9, 1.0]
    var travelled = 0
    for event in DeliveryEvent.allCases {
      let cell = try SamplingCell(
        overlay: overlay, router: .anycast(copies: copies), adversary: dropAdversary(),
        lanes: fractions.map { FaultLane(faultyFraction: $0, coalitionFraction: $0) },
        event: event, stream: seed, routesPerBatch: 1)
      for batch in 0..<12 {
        var draw = RandomStream(seed["routes"][batch])
        let source = Int(draw.index(below: UInt32(nodes)))
        let run = Enumeration(oracle: oracle, source: source, key: draw.next(), copies: copies)
        if !oracle.spans(source, run.key) { travelled += 1 }
        let outcome = cell.sample(batch: batch)
        for (lane, fraction) in fractions.enumerated() {
          let expected = run.delivery(event, faulty: fraction)
          #expect(abs(outcome.lanes[lane].deliveredMean - expected) < 1e-12)
        }
      }
    }
    #expect(travelled > 6, "the overlay is too small to test anything")
  }
}
