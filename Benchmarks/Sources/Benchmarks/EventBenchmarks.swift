import EventSimulation
import Foundation
import NetworkModels
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers

/// The event queue beside a heap, and the engine that runs the protocol.
enum EventBenchmarks {
  static func rows() -> [Row] {
    queueRows() + engineRows()
  }

  // MARK: queue

  /// One pop and one push at a steady population, exponential-like delays.
  private static func queueRows() -> [Row] {
    [1_000, 100_000, 1_000_000].map { pending in
      let count = max(200_000, pending)
      let queue = EventQueue()
      var heap = EventHeap()
      var first = HoldWorkload()
      var second = HoldWorkload()
      for _ in 0..<pending {
        queue.push(first.event(after: .zero))
        heap.push(second.event(after: .zero))
      }
      let ratio = Measurement.medianRatio(
        {
          for _ in 0..<count {
            if let event = queue.popMin() { queue.push(first.event(after: event.time)) }
          }
        },
        to: {
          for _ in 0..<count {
            if let event = heap.popMin() { heap.push(second.event(after: event.time)) }
          }
        })
      return Row(
        name: "Event queue, \(pending) pending: hold / a 4-ary heap's", value: ratio, unit: "ratio",
        good: pending == 100_000 ? .atMost(0.3) : nil, limit: pending == 100_000 ? "0.20" : "")
    }
  }

  private struct HoldWorkload {
    private var random = RandomStream(StreamKey(seed: 5)["hold"])
    private var sequence: UInt32 = 0

    mutating func event(after time: Instant) -> Event {
      sequence &+= 1
      // A sum of two uniform delays, up to 200 ms.
      let word = random.next()
      let delay = (word & 0xFFFF_FFFF) % 100_000_000 + (word >> 32) % 100_000_000
      return Event(
        time: time + TimeSpan(nanoseconds: delay), kind: 1,
        target: UInt32(truncatingIfNeeded: word >> 20) & 0xFFFF, source: 0, sequence: sequence,
        payload: 0)
    }
  }

  // MARK: engine

  /// Lookups on a constructed overlay at rest.
  private static func engineRows() -> [Row] {
    // The largest first: what it gives back would count for nothing in a later one.
    [(100_000, 20_000), (10_000, 2_000), (1_000, 200)].flatMap { nodes, inFlight -> [Row] in
      let before = residentBytes()
      var simulation = overlay(nodes, inFlight)
      let build = Measurement.seconds { simulation.construct() }
      simulation.startWorkload()
      // Each node's first messages take memory that later ones use again.
      simulation.run(lookups: UInt64(4 * nodes), until: .never)
      let events = simulation.counters.events
      let seconds = Measurement.seconds {
        simulation.run(lookups: UInt64(max(100_000, 2 * nodes)), until: .never)
      }
      let rate = Double(simulation.counters.events - events) / seconds
      let bytes = Double(residentBytes() - before) / Double(nodes)
      let isLargest = nodes == 100_000
      let name = "\(nodes) nodes, \(inFlight) lookups in flight"
      var rows = [
        Row(
          name: "Protocol events, \(name)", value: rate / 1e6, unit: "M/s",
          good: isLargest ? .atLeast(3) : nil, limit: isLargest ? "11.7 (C++)" : ""),
        Row(name: "  building", value: build / Double(nodes) * 1e6, unit: "us/node"),
      ]
      if isLargest {
        rows.append(
          Row(
            name: "  memory, all of the engine's", value: bytes / 1_024, unit: "KiB/node",
            good: .atMost(6)))
      }
      return rows
    }
  }

  private static func overlay(_ nodes: Int, _ inFlight: Int) -> Simulation {
    let key = StreamKey(seed: 6)
    var ids = RandomStream(key["ids"])
    var settings = SimulationSettings(
      pastry: PastryConfiguration(),
      network: .sphere(
        SphereNetwork(
          nodeCount: nodes, stream: key["network"], maximumDelay: .milliseconds(150))),
      seed: 6)
    settings.workload = .inFlight(inFlight)
    return Simulation(
      settings: settings,
      nodeIds: ContiguousArray((0..<nodes).map { _ in NodeId.random(from: &ids) }))
  }

  /// Memory of this process that is in use now.
  private static func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
