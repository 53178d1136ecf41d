import Randomness
import RouteSampling
import Statistics
import Testing

/// [Castro02]: delivery without defence on true routes, b = 4, l = 32, independent faults, correct
/// sender, exact given the routes. Reference values: an independent prototype, each within .003.
@Suite struct Castro02Tests {
  struct Row: Sendable, CustomTestStringConvertible {
    let nodes: Int
    let hops: Double
    let root: [Double]
    let path: [Double]
    var testDescription: String { "N=\(nodes)" }
  }

  static let rows: [Row] = {
    var rows = [
      Row(
        nodes: 10_000, hops: 3.01, root: [0.7297, 0.5152, 0.3493], path: [0.8107, 0.6440, 0.4991])
    ]
    #if !DEBUG
      rows += [
        Row(
          nodes: 100_000, hops: 3.78, root: [0.6727, 0.4337, 0.2653],
          path: [0.7474, 0.5421, 0.3790]),
        Row(
          nodes: 1_000_000, hops: 4.59, root: [0.6176, 0.3622, 0.1993],
          path: [0.6862, 0.4528, 0.2847]),
      ]
    #endif
    return rows
  }()

  static func overlay(_ nodes: Int) throws -> SampledOverlay {
    var random = RandomStream(StreamKey(seed: 2_002)["ids"][nodes])
    return try SampledOverlay(
      leadingBits: (0..<nodes).map { _ in random.next() },
      configuration: .init(digitBits: 4, leafSetSize: 32))
  }

  @Test(arguments: rows)
  func section4DeliveryWithoutDefence(row: Row) throws {
    let overlay = try Self.overlay(row.nodes)
    for (event, expected) in [(DeliveryEvent.root, row.root), (.path, row.path)] {
      let cell = try SamplingCell(
        overlay: overlay, router: .prefix, adversary: dropAdversary(),
        lanes: SamplingCellTests.lanes([0.1, 0.2, 0.3]), event: event,
        stream: StreamKey(seed: 2_003), routesPerBatch: 1_000)
      let batches = row.nodes > 10_000 ? 300 : 40
      var means = [RunningMean](repeating: RunningMean(), count: 3)
      var hops = RunningMean()
      for batch in 0..<batches {
        let outcome = cell.sample(batch: batch)
        for lane in 0..<3 { means[lane].add(outcome.lanes[lane].deliveredMean) }
        hops.add(outcome.lanes[0].hopsMean)
      }
      for lane in 0..<3 {
        let interval = try #require(means[lane].studentInterval(confidence: 0.999))
        #expect(interval.low - 0.003 < expected[lane] && expected[lane] < interval.high + 0.003)
      }
      #expect(abs(hops.mean - row.hops) < 0.02)
    }
  }

  #if !DEBUG
    /// [Castro02], redundant routing claims above .999 for f <= .3 from independent routes; true
    /// routes give .991.
    @Test func section5Anycast() throws {
      let cell = try SamplingCell(
        overlay: Self.overlay(100_000), router: .anycast(copies: 32), adversary: dropAdversary(),
        lanes: SamplingCellTests.lanes([0.1, 0.2, 0.25, 0.3, 0.4]), event: .replicaRoots,
        stream: StreamKey(seed: 2_004), routesPerBatch: 500)
      let outcomes = (0..<100).map { cell.sample(batch: $0) }
      let expected = [1.0...1.0, 0.9994...0.9996, 0.9975...0.9975, 0.991...0.991, 0.934...0.938]
      for lane in 0..<5 {
        let mean = RunningMean(outcomes.map { $0.lanes[lane].deliveredMean })
        let interval = try #require(mean.studentInterval(confidence: 0.999))
        // The reference's own sampling error.
        let slack = 1e-3
        #expect(interval.low - slack < expected[lane].upperBound)
        #expect(interval.high + slack > expected[lane].lowerBound)
      }
    }
  #endif
}
