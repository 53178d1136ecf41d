import Adversary
import Foundation
import Randomness
import RouteSampling

func seconds(_ body: () throws -> Void) rethrows -> Double {
  var before = timespec(), after = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before)
  try body()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after)
  return Double(after.tv_sec - before.tv_sec) + Double(after.tv_nsec - before.tv_nsec) * 1e-9
}

let drop = try StaticAdversary(composing: [AttackRegistry.make(AttackSelection(name: "drop"))])
for exponent in [4, 5, 6] {
  let n = Int(pow(10.0, Double(exponent)))
  var random = RandomStream(StreamKey(seed: 1)["ids"][n])
  let ids = (0..<n).map { _ in random.next() }
  for storage in [SampledOverlay.Storage.stored, .computed] {
    var overlay: SampledOverlay?
    let build = try seconds {
      overlay = try SampledOverlay(
        leadingBits: ids, configuration: .init(digitBits: 4, leafSetSize: 32), storage: storage)
    }
    for event in [DeliveryEvent.root, .path] {
      let cell = try SamplingCell(
        overlay: overlay!, router: .prefix, adversary: drop,
        lanes: [0.1, 0.2, 0.3].map { FaultLane(faultyFraction: $0, coalitionFraction: $0) },
        event: event, stream: StreamKey(seed: 2), routesPerBatch: 1_000_000)
      var outcome: BatchOutcome?
      let time = seconds { outcome = cell.sample(batch: 0) }
      print(
        n, storage, event, "build", build, "ns/lookup", time * 1e3, "hops",
        outcome!.lanes[0].hopsMean, outcome!.lanes.map(\.deliveredMean),
        outcome!.lanes.map(\.messagesMean))
    }
    let cell = try SamplingCell(
      overlay: overlay!, router: .anycast(copies: 32), adversary: drop,
      lanes: [0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6].map {
        FaultLane(faultyFraction: $0, coalitionFraction: $0)
      },
      event: .replicaRoots, stream: StreamKey(seed: 2), routesPerBatch: 100_000)
    var outcome: BatchOutcome?
    let time = seconds { outcome = cell.sample(batch: 0) }
    print(
      n, storage, "anycast ns", time * 1e4, outcome!.lanes.map(\.deliveredMean),
      outcome!.lanes.map(\.messagesMean))
  }
}
