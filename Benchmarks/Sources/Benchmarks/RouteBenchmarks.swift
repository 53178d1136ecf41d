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

/// Builds, lookups and the 100,000-node figure.
enum RouteBenchmarks {
  static func rows(_ yardstick: PointerChase) throws -> [Row] {
    var rows: [Row] = []
    for (nodes, storage, chase, name, good, limit) in [
      (10_000, SampledOverlay.Storage.stored, yardstick.cache, "32 MiB", "", ""),
      (100_000, .stored, yardstick.cache, "32 MiB", "0.35", "0.24"),
      (100_000, .computed, yardstick.cache, "32 MiB", "0.35", "0.24"),
      (1_000_000, .computed, yardstick.memory, "1 GiB", "0.40", "0.35"),
    ] {
      let overlay = try overlay(nodes, storage)
      let label = "N=\(nodes) \(storage.rawValue)"
      let prefix = try benchmarkCell(overlay, .prefix, routes: 200_000)
      var hops = 0.0
      let simple =
        Measurement.medianSeconds {
          hops = prefix.sample(batch: 0).lanes[0].hopsMean
        } / 200_000
      let anycast = try benchmarkCell(overlay, .anycast(copies: 32), routes: 10_000)
      let redundant = Measurement.medianSeconds { _ = anycast.sample(batch: 0) } / 10_000
      rows += [
        Row(
          name: "\(label): prefix, routes per second and core", value: 1e-6 / simple, unit: "M/s"),
        Row(name: "\(label): prefix", value: simple * 1e9, unit: "ns/lookup"),
        Row(name: "\(label): prefix", value: simple * 1e9 / hops, unit: "ns/hop"),
        Row(
          name: "\(label): prefix lookup / chase \(name)", value: simple * 1e9 / chase,
          unit: "ratio", good: good, limit: limit),
        Row(
          name: "\(label): anycast 32, exact, 8 f", value: redundant * 1e9, unit: "ns/lookup"),
        Row(
          name: "\(label): anycast / prefix", value: redundant / simple, unit: "ratio",
          good: "", limit: nodes == 100_000 && storage == .computed ? "27" : ""),
      ]
    }
    return try rows + maskRows() + buildRows() + [figure()]
  }

  private static func overlay(
    _ nodes: Int, _ storage: SampledOverlay.Storage
  ) throws -> SampledOverlay {
    try SampledOverlay(
      leadingBits: benchmarkIdentifiers(nodes),
      configuration: OverlayConfiguration(digitBits: 4, leafSetSize: 32), storage: storage)
  }

  /// Sampled fault sets: 64 per route and lane, eight lanes, batches as a campaign has them.
  private static func maskRows() throws -> [Row] {
    let overlay = try overlay(100_000, .computed)
    let prefix = try benchmarkCell(overlay, .prefix, routes: 10_000, method: .masks)
    let simple = Measurement.medianSeconds { _ = prefix.sample(batch: 0) }
    let secure = try benchmarkCell(overlay, .secRoute(.init()), routes: 2_000)
    let defended = Measurement.medianSeconds { _ = secure.sample(batch: 0) }
    return [
      Row(
        name: "N=100000: prefix, masks, 8 f x 64 sets with their drawing",
        value: 10_000 * 512 / simple * 1e-9, unit: "G trials/s", good: "5", limit: "11.9"),
      Row(
        name: "N=100000: sec-route, masks, per f", value: defended / 2_000 / 8 * 1e6,
        unit: "us/lookup"),
    ]
  }

  /// The table build alone: stored minus computed.
  private static func buildRows() throws -> [Row] {
    try [10_000, 100_000, 1_000_000].map { nodes in
      let identifiers = benchmarkIdentifiers(nodes)
      let shape = try OverlayConfiguration(digitBits: 4, leafSetSize: 32)
      let times = try [SampledOverlay.Storage.stored, .computed].map { storage in
        try Measurement.medianSeconds {
          _ = try SampledOverlay(
            leadingBits: identifiers, configuration: shape, storage: storage)
        }
      }
      var rowCount = 1
      while 1 << (4 * rowCount) < nodes { rowCount += 1 }
      let cells = Double(nodes * 16 * rowCount)
      return Row(
        name: "N=\(nodes): table build with its page faults",
        value: (times[0] - times[1]) / cells * 1e9, unit: "ns/cell", good: "7", limit: "6.2")
    }
  }

  /// 100,000 nodes, 100,000 lookups, eight f, undefended and anycast, from nothing.
  private static func figure() throws -> Row {
    let seconds = try Measurement.medianSeconds {
      let overlay = try overlay(100_000, .automatic)
      _ = try benchmarkCell(overlay, .prefix, routes: 100_000).sample(batch: 0)
      _ = try benchmarkCell(overlay, .anycast(copies: 32), routes: 100_000).sample(batch: 0)
    }
    return Row(
      name: "the 100,000-node figure, 8 f, from nothing", value: seconds, unit: "s", good: "0.3",
      limit: "0.09")
  }
}
