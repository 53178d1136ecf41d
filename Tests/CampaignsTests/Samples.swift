import Foundation
import Randomness
import RouteSampling
import Statistics
import Synchronization

@testable import Campaigns

/// A campaign of 2 x 2 x 6 cells that a cheap sampler measures in milliseconds.
let smallSpec = """
  apiVersion: redoubt/v1
  name: small
  description: Two routers against two attacks.
  engine: sampling
  seed: 7
  overlay:
    ids: {random: true}
    nodes: 1000
    digitBits: 4
    leafSetSize: 16
  routers: [prefix, {name: anycast, copies: 16}]
  attacks:
    - drop
    - [misroute, {name: suppress-ids, side: root}]
  faultyFraction: {from: 0, to: 0.5, step: 0.1}
  precision: {routes: 4000, routesPerBatch: 100}
  references:
    - closedForm: forwarding
      router: prefix
      source: "[Castro02], message forwarding"
      tolerance: 0.05
  figures:
    - title: Delivery against faults
      name: delivery
      series: [router, attack]
  """

/// Draws delivery with a probability that falls with f, the same way whatever the lanes.
final class CheapSampling: CellSampling {
  let seed: UInt64
  private let calls = Mutex(0)
  /// After this many passes the engine fails, as if the machine had stopped.
  let passLimit: Int

  init(seed: UInt64 = 7, passLimit: Int = .max) {
    self.seed = seed
    self.passLimit = passLimit
  }

  /// Passes prepared so far.
  var passes: Int { calls.withLock { $0 } }

  func sampler(for cells: [Cell]) throws(CampaignError) -> any BatchSampling {
    let number = calls.withLock { count in
      count += 1
      return count
    }
    guard number <= passLimit else { throw CampaignError(.inputOutput, "the machine stopped") }
    return CheapPass(cells: cells.map(\.parameters), seed: seed)
  }
}

struct CheapPass: BatchSampling {
  let cells: [CellParameters]
  let seed: UInt64
  var evaluation: Evaluation { .masks }

  func sample(batch: Int) -> BatchOutcome {
    let routes = cells[0].precision.routesPerBatch
    let lanes = cells.map { cell in
      // The same stream in every lane: common random numbers.
      var stream = RandomStream(StreamKey(seed: seed)["cheap"][batch])
      let chance = 1 - cell.faultyFraction * (cell.router.name == "prefix" ? 1.2 : 0.4)
      var delivered = 0
      for _ in 0..<routes where stream.unit() < chance { delivered += 1 }
      return LaneOutcome(
        deliveredMean: Double(delivered) / Double(routes), hopsMean: 2.5 + stream.unit() / 10,
        messagesMean: 4, faultyFraction: cell.faultyFraction)
    }
    return BatchOutcome(routes: routes, faultSets: 64, lanes: lanes)
  }
}

/// A directory that is removed when the test ends.
final class ScratchDirectory {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/redoubt-campaigns-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func file(_ name: String) -> String { path + "/" + name }
}

func contents(_ path: String) throws -> String {
  String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
}

extension CampaignPlan {
  init(parsing text: String) throws(CampaignError) {
    try self.init(spec: try CampaignSpec(parsing: text, file: "small.yaml"), identifiers: nil)
  }
}
