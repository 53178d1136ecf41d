import EventSimulation
import Foundation
import Glibc
import ProtocolTime
import SecureRouting
import Statistics

/// What was measured at one size, and what it took.
struct SimulateGrowthSize: Codable, Equatable {
  /// What depends on this machine and differs from run to run.
  struct Machine: Codable, Equatable {
    /// The largest resident memory of the process that ran this size alone, in bytes; nil where
    /// the system does not say.
    let peakBytes: Int?
    /// The largest before the overlay was there, in bytes.
    let bytesBefore: Int?
    /// Processor time of overlay, events and lookups, in seconds.
    let processorSeconds: Double
    /// The same on the clock.
    let wallSeconds: Double
  }

  let nodes: Int
  let events: UInt64
  let simulatedSeconds: Double
  /// Nodes in the overlay when the lookups had ended.
  let nodesAtEnd: Int
  /// Messages that only joins send, for each node that joined; nil when none did.
  let messagesPerJoin: Double?
  /// Lookups that ended: at the root, elsewhere, or not at all.
  let lookups: UInt64
  let delivered: UInt64
  let misdelivered: UInt64
  /// Deliveries after 0, 1, ... hops.
  let hops: [UInt64]
  let digest: String
  let machine: Machine

  /// Takes what a growth study needs from a run.
  init(_ result: SimulateResult, _ machine: Machine) {
    let build = result.phases.first { $0.name == "build" }
    let measured = result.phases.last?.counters ?? result.total
    nodes = result.nodeCount
    events = result.total.events
    simulatedSeconds = result.simulated.seconds
    nodesAtEnd = result.activeNodes
    messagesPerJoin = build.flatMap { SimulateSummary([$0]).messagesPerJoin?.value }
    lookups = measured.ended
    delivered = measured.delivered
    misdelivered = measured.misdelivered
    hops = Array(measured.hops[...(measured.hops.lastIndex { $0 > 0 } ?? 0)])
    digest = result.digest
    self.machine = machine
  }
}

/// What is derived from the counts.
extension SimulateGrowthSize {
  /// The share of lookups that were delivered at the root, 95 % Wilson.
  var deliveredShare: Interval? {
    lookups == 0
      ? nil
      : wilsonInterval(successes: Int(delivered), trials: Int(lookups), confidence: 0.95)
  }

  /// Mean hops of the deliveries, with a 95 % Student interval over them.
  ///
  /// The overlay is at rest, and source and key of each lookup are drawn by themselves: the
  /// interval is for this overlay's mean over all sources and keys.
  var meanHops: (value: Double, interval: Interval?)? {
    let count = hops.reduce(0) { $0 + Double($1) }
    guard count > 0 else { return nil }
    var sum = 0.0
    for (number, deliveries) in hops.enumerated() { sum += Double(number) * Double(deliveries) }
    let mean = sum / count
    guard count >= 2 else { return (mean, nil) }
    var squares = 0.0
    for (number, deliveries) in hops.enumerated() {
      squares += (Double(number) - mean) * (Double(number) - mean) * Double(deliveries)
    }
    return (
      mean,
      studentInterval(
        mean: mean, standardError: (squares / (count - 1) / count).squareRoot(),
        degreesOfFreedom: count - 1, confidence: 0.95)
    )
  }

  /// Memory that the overlay took for each node, in bytes.
  var bytesPerNode: Double? {
    guard let peak = machine.peakBytes, let before = machine.bytesBefore, peak > before else {
      return nil
    }
    return Double(peak - before) / Double(nodes)
  }

  /// Events for each second of processor time.
  var eventsPerSecond: Double? {
    machine.processorSeconds > 0 ? Double(events) / machine.processorSeconds : nil
  }
}

/// y = constant + slope log_{2^b} N by least squares.
struct SimulateGrowthFit: Encodable, Equatable {
  let constant: Double
  /// For each digit more.
  let slope: Double

  /// nil below two sizes.
  init?(_ points: [(nodes: Int, value: Double)], digitBits: Int) {
    let xs = points.map {
      PublishedModel.expectedHops(.pastry(digitBits: digitBits), nodes: $0.nodes)
    }
    let count = Double(points.count)
    let meanX = xs.reduce(0, +) / count
    let meanY = points.reduce(0) { $0 + $1.value } / count
    var squares = 0.0
    var products = 0.0
    for (x, point) in zip(xs, points) {
      squares += (x - meanX) * (x - meanX)
      products += (x - meanX) * (point.value - meanY)
    }
    guard squares > 0 else { return nil }
    slope = products / squares
    constant = meanY - slope * meanX
  }
}

/// What the process has used so far.
enum ProcessUsage {
  /// The largest resident memory since the program was started, in bytes; nil where the system does
  /// not say.
  ///
  /// `VmHWM` and not `ru_maxrss`: that one begins with the memory of who started the program.
  static var peakBytes: Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kibibytes = Int(line.filter(\.isNumber))
    else { return nil }
    return kibibytes * 1_024
  }

  /// Processor time of user and system, in seconds.
  static var processorSeconds: Double {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return [usage.ru_utime, usage.ru_stime].reduce(0) {
      $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
    }
  }
}
