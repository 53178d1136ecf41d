import Adversary
import Foundation
import Randomness
import RouteSampling

let arguments = CommandLine.arguments
let drop = try StaticAdversary(composing: [AttackRegistry.make(AttackSelection(name: "drop"))])
let n = Int(arguments[2])!
var random = RandomStream(StreamKey(seed: 1)["ids"][n])
let ids = (0..<n).map { _ in random.next() }
let overlay = try SampledOverlay(
  leadingBits: ids, configuration: .init(digitBits: 4, leafSetSize: 32), storage: arguments[1] == "stored" ? .stored : .computed)
let router: Router = arguments[4] == "prefix" ? .prefix : .anycast(copies: 32)
let cell = try SamplingCell(
  overlay: overlay, router: router, adversary: drop,
  lanes: [FaultLane(faultyFraction: 0.1, coalitionFraction: 0.1)],
  event: .root, stream: StreamKey(seed: 2), routesPerBatch: 1000)
var total = 0.0
let start = clock()
for batch in 0..<Int(arguments[3])! { total += cell.sample(batch: batch).lanes[0].deliveredMean }
print(total, Double(clock() - start) / 1e6 / Double(Int(arguments[3])! * 1000) * 1e9)
