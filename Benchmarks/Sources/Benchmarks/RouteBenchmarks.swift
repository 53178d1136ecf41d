import Adversary
import Foundation
import Randomness
import RouteSampling

/// Eight faulty fractions, the lanes of every figure.
let figureLanes = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5].map {
  FaultLane(faultyFraction: $0, coalitionFraction: $0)
}

/// Uniformly random ids, always the same for one N.
func benchmarkIdentifiers(_ count: Int) -> [UInt64] {
  var random = RandomStream(StreamKey(seed: 1)["ids"][count])
  return (0..<count).map { _ in random.next() }
}

func benchmarkOverlay(
  _ nodes: Int, _ storage: SampledOverlay.Storage
) throws -> SampledOverlay {
  try SampledOverlay(
    leadingBits: benchmarkIdentifiers(nodes),
    configuration: OverlayConfiguration(digitBits: 4, leafSetSize: 32), storage: storage)
}

func benchmarkCell(
  _ overlay: SampledOverlay, _ router: Router, routes: Int, event: DeliveryEvent = .replicaRoots,
  method: SamplingMethod? = nil
) throws -> SamplingCell {
  let drop = try StaticAdversary(
    composing: [AttackRegistry.make(AttackSelection(name: "drop"))])
  return try SamplingCell(
    overlay: overlay, router: router, adversary: drop, lanes: figureLanes, event: event,
    stream: StreamKey(seed: 2), routesPerBatch: routes, method: method)
}

/// Plain lookups against the latency of the memory that holds the overlay.
enum LookupBenchmarks {
  static func rows() throws -> [Row] {
    let chase = PointerChase.shared
    var rows: [Row] = []
    for (nodes, storage, memory, name, good, limit) in [
      (10_000, SampledOverlay.Storage.stored, chase.cache, "32 MiB", nil, ""),
      (100_000, .stored, chase.cache, "32 MiB", 0.35, "0.24"),
      (100_000, .computed, chase.cache, "32 MiB", 0.35, "0.24"),
      (1_000_000, .stored, chase.memory, "1 GiB", 0.40, "0.35"),
      (1_000_000, .computed, chase.memory, "1 GiB", 0.40, "0.35"),
      (10_000_000, .computed, chase.largeMemory, "4 GiB", 0.6, "0.36"),
    ] {
      let overlay = try benchmarkOverlay(nodes, storage)
      let label = "N=\(nodes) \(storage.rawValue)"
      let lookups = 200_000
      let cell = try benchmarkCell(overlay, .prefix, routes: lookups)
      var hops = 0.0
      let time =
        Measurement.medianSeconds { hops = cell.sample(batch: 0).lanes[0].hopsMean }
        / Double(lookups) * 1e9
      rows += [
        Row(name: "\(label): lookup", value: time, unit: "ns"),
        Row(name: "\(label): lookup, per hop", value: time / hops, unit: "ns"),
        Row(
          name: "\(label): lookup / chase in \(name)", value: time / memory, unit: "ratio",
          good: good.map { .atMost($0) }, limit: limit),
      ]
      if nodes == 1_000_000 {
        rows.append(gain(of: cell, lookups: lookups, over: overlay, label: label))
      }
    }
    return rows
  }

  /// The same lookups one at a time.
  private static func gain(
    of cell: SamplingCell, lookups: Int, over overlay: SampledOverlay, label: String
  ) -> Row {
    var batched = 0.0
    var alone = 0
    let ratio = Measurement.medianRatio {
      var random = RandomStream(StreamKey(seed: 2)["routes"][0])
      alone = 0
      for _ in 0..<lookups {
        let source = Int(random.index(below: UInt32(overlay.nodeCount)))
        alone += overlay.hopCount(from: source, to: random.next())
      }
    } to: {
      batched = cell.sample(batch: 0).lanes[0].hopsMean
    }
    precondition(batched == Double(alone) / Double(lookups), "the walks differ")
    return Row(
      name: "\(label): gain of batches over one at a time", value: ratio, unit: "ratio",
      good: .atLeast(3), limit: "5")
  }
}

/// Exact trees, fault sets, and the figure made of them.
enum FaultBenchmarks {
  static func rows() throws -> [Row] {
    var rows: [Row] = []
    for (nodes, storage) in [
      (10_000, SampledOverlay.Storage.stored), (100_000, .stored), (100_000, .computed),
      (1_000_000, .computed),
    ] {
      rows += try ratios(benchmarkOverlay(nodes, storage), "N=\(nodes) \(storage.rawValue)")
    }
    return try rows + maskRows() + [figure()]
  }

  /// Redundant routing of 32 copies in units of a simple lookup.
  private static func ratios(_ overlay: SampledOverlay, _ label: String) throws -> [Row] {
    // As many as amortise the drawing of fault sets for all nodes.
    let lookups = 40_000
    func ratio(_ method: SamplingMethod, simple: SamplingMethod) throws -> Double {
      let tree = try benchmarkCell(
        overlay, .anycast(copies: 32), routes: lookups, method: method)
      let path = try benchmarkCell(overlay, .prefix, routes: 5 * lookups, method: simple)
      return 5
        * Measurement.medianRatio {
          _ = tree.sample(batch: 0)
        } to: {
          _ = path.sample(batch: 0)
        }
    }
    let isMain = overlay.nodeCount == 100_000
    return [
      Row(
        name: "\(label): anycast 32 / simple, exact, 8 f", value: try ratio(.exact, simple: .exact),
        unit: "ratio", good: isMain ? .atMost(20) : nil, limit: isMain ? "27" : ""),
      Row(
        name: "\(label): anycast 32 / simple, 512 fault sets",
        value: try ratio(.masks, simple: .masks), unit: "ratio",
        good: isMain ? .atMost(20) : nil, limit: isMain ? "14" : ""),
    ]
  }

  /// Sampled fault sets: 64 per route and lane, eight lanes.
  private static func maskRows() throws -> [Row] {
    let overlay = try benchmarkOverlay(100_000, .computed)
    func rate(_ routes: Int) throws -> Double {
      let cell = try benchmarkCell(overlay, .prefix, routes: routes, method: .masks)
      return Double(routes) * 512 / Measurement.medianSeconds { _ = cell.sample(batch: 0) } * 1e-9
    }
    let secure = try benchmarkCell(overlay, .secRoute(.init()), routes: 2_000)
    let defended = Measurement.medianSeconds { _ = secure.sample(batch: 0) }
    return try [
      Row(
        name: "N=100000: simple, 512 sets per path, 200,000 paths", value: rate(200_000),
        unit: "G trials/s", good: .atLeast(5), limit: "11.9"),
      Row(
        name: "N=100000: the same, 10,000 paths", value: rate(10_000), unit: "G trials/s"),
      Row(name: "N=100000: the same, 64 paths", value: rate(64), unit: "G trials/s"),
      Row(
        name: "N=100000: sec-route, 64 sets per f", value: defended / 2_000 / 8 * 1e6,
        unit: "us/lookup"),
    ]
  }

  /// 100,000 nodes, 100,000 lookups, eight f, undefended and anycast, from nothing.
  private static func figure() throws -> Row {
    let seconds = try Measurement.medianSeconds {
      let overlay = try benchmarkOverlay(100_000, .automatic)
      _ = try benchmarkCell(overlay, .prefix, routes: 100_000).sample(batch: 0)
      _ = try benchmarkCell(overlay, .anycast(copies: 32), routes: 100_000).sample(batch: 0)
    }
    return Row(
      name: "the 100,000-node figure, 8 f exact, from nothing", value: seconds, unit: "s",
      good: .atMost(0.3), limit: "0.09")
  }
}

/// Overlays from random ids.
enum BuildBenchmarks {
  static func rows() throws -> [Row] {
    let computed = try benchmarkOverlay(1_000_000, .computed)
    let stored = try benchmarkOverlay(100_000, .stored)
    return try [100_000, 1_000_000].map(ringRow) + [10_000, 100_000, 1_000_000].map(tableRow) + [
      Row(
        name: "N=1000000 computed: bytes per node",
        value: Double(computed.ringByteCount) / 1_000_000, unit: "B", good: .atMost(20),
        limit: "13"),
      Row(
        name: "N=100000 stored: bytes per node and row",
        value: Double(stored.rowByteCount) / 100_000, unit: "B", good: .atMost(64), limit: "64"),
    ]
  }

  /// Sorting and indexing.
  private static func ringRow(_ nodes: Int) throws -> Row {
    let identifiers = benchmarkIdentifiers(nodes)
    let shape = try OverlayConfiguration(digitBits: 4, leafSetSize: 32)
    let seconds = try Measurement.medianSeconds {
      _ = try SampledOverlay(leadingBits: identifiers, configuration: shape, storage: .computed)
    }
    return Row(
      name: "N=\(nodes): sorted ring and index", value: seconds / Double(nodes) * 1e9,
      unit: "ns/node")
  }

  /// The table build alone: stored minus computed.
  private static func tableRow(_ nodes: Int) throws -> Row {
    let identifiers = benchmarkIdentifiers(nodes)
    let shape = try OverlayConfiguration(digitBits: 4, leafSetSize: 32)
    let times = try [SampledOverlay.Storage.stored, .computed].map { storage in
      try Measurement.medianSeconds {
        _ = try SampledOverlay(leadingBits: identifiers, configuration: shape, storage: storage)
      }
    }
    var rowCount = 1
    while 1 << (4 * rowCount) < nodes { rowCount += 1 }
    return Row(
      name: "N=\(nodes): table build with its page faults",
      value: (times[0] - times[1]) / Double(nodes * 16 * rowCount) * 1e9, unit: "ns/cell",
      good: .atMost(7), limit: "6.2")
  }
}

/// Batches on one thread and on two.
enum CoreBenchmarks {
  static func rows() throws -> [Row] {
    let overlay = try benchmarkOverlay(100_000, .stored)
    let cell = try benchmarkCell(overlay, .prefix, routes: 10_000)
    let tree = try benchmarkCell(overlay, .anycast(copies: 32), routes: 500)
    return [("simple", cell), ("anycast 32, exact", tree)].flatMap { name, cell in
      let batches = 200
      var costs: [Double] = []
      var gains: [Double] = []
      for _ in 0..<Measurement.repetitions {
        let alone = run(cell, batches: batches, threads: 1)
        let both = run(cell, batches: batches, threads: 2)
        gains.append(alone.wall / both.wall)
        costs.append(both.processor / alone.processor)
      }
      return [
        Row(
          name: "N=100000 stored: \(name), wall time on 1 / on 2 threads",
          value: Measurement.median(gains), unit: "ratio", limit: "2"),
        Row(
          name: "N=100000 stored: \(name), CPU time on 2 / on 1 thread",
          value: Measurement.median(costs), unit: "ratio", limit: "1"),
      ]
    }
  }

  private static func run(
    _ cell: SamplingCell, batches: Int, threads: Int
  ) -> (wall: Double, processor: Double) {
    let wall = Measurement.now(CLOCK_MONOTONIC)
    let processor = Measurement.now(CLOCK_PROCESS_CPUTIME_ID)
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      for batch in stride(from: thread, to: batches, by: threads) {
        _ = cell.sample(batch: batch)
      }
    }
    return (
      Measurement.now(CLOCK_MONOTONIC) - wall,
      Measurement.now(CLOCK_PROCESS_CPUTIME_ID) - processor
    )
  }
}
