import Foundation
import LoadModel

/// The result of one run, for people and for programs.
struct LoadReport: Encodable, Sendable {
  /// Percentiles in milliseconds.
  struct Latency: Encodable, Sendable {
    let mean: Double
    let p50: Double
    let p90: Double
    let p99: Double
    let p999: Double
    let max: Double

    init?(_ histogram: LatencyHistogram) {
      guard let mean = histogram.meanMicroseconds else { return nil }
      func milliseconds(_ perMille: UInt64) -> Double {
        Double(histogram.percentile(perMille: perMille) ?? 0) / 1_000
      }
      self.mean = (mean / 10).rounded() / 100
      p50 = milliseconds(500)
      p90 = milliseconds(900)
      p99 = milliseconds(990)
      p999 = milliseconds(999)
      max = Double(histogram.maxMicroseconds) / 1_000
    }
  }

  /// A process's part.
  struct Memory: Encodable, Sendable {
    let firstKilobytes: Int
    let maxKilobytes: Int
    let lastKilobytes: Int
    let octetsPerEnrollment: Double?
  }

  let mode: String
  let connections: Int
  let targetRate: UInt64?
  let seconds: Double
  let sent: Int
  let answered: Int
  let enrolled: Int
  let enrolledPerSecond: Double
  let latencyMilliseconds: Latency?
  let serviceMilliseconds: Latency?
  let statuses: [String: Int]
  let losses: [String: Int]
  let unsent: Int
  let waitingMax: Int
  let connectionsOpened: Int
  let faults: [String: Int]
  let faultDetails: [String]
  let verified: Int
  let requestsMadeWhileRunning: Int
  let generatorMicrosecondsPerAnswer: Double
  let serverMicrosecondsPerAnswer: Double?
  let serverMemory: Memory?

  /// Whether every request was answered with a sound certificate.
  var isClean: Bool {
    faults.isEmpty && losses.isEmpty && unsent == 0 && enrolled == sent && sent > 0
  }

  /// Lines for people.
  var lines: [String] {
    var lines = [
      row("mode", targetRate.map { "\(mode), \($0) per second" } ?? mode),
      row("connections", "\(connections) (\(connectionsOpened) opened)"),
      row("time", number(seconds, 2) + " s"),
      row("enrolled", "\(enrolled) of \(sent) sent"),
      row("rate", number(enrolledPerSecond, 1) + " per second"),
    ]
    if let latency = latencyMilliseconds {
      lines.append(
        row(targetRate == nil ? "latency" : "latency from the due time", text(latency)))
    }
    if targetRate != nil, let service = serviceMilliseconds {
      lines.append(row("latency from the sending", text(service)))
      lines.append(row("most requests waiting", "\(waitingMax)"))
    }
    for (status, count) in statuses.sorted(by: { $0.key < $1.key }) {
      lines.append(row("status \(status)", "\(count)"))
    }
    for (reason, count) in losses.sorted(by: { $0.key < $1.key }) {
      lines.append(row("lost", "\(count): \(reason)"))
    }
    if unsent > 0 { lines.append(row("never sent", "\(unsent)")) }
    lines.append(row("verified from the root", "\(verified)"))
    let total = faults.values.reduce(0, +)
    lines.append(row("faults in certificates", "\(total)"))
    lines += faults.sorted { $0.key < $1.key }.map { row("fault", "\($0.value): \($0.key)") }
    lines += faultDetails.map { row("fault", $0) }
    if requestsMadeWhileRunning > 0 {
      lines.append(row("requests made while running", "\(requestsMadeWhileRunning)"))
    }
    lines.append(
      row("generator's CPU time", number(generatorMicrosecondsPerAnswer, 0) + " us per answer"))
    if let cost = serverMicrosecondsPerAnswer {
      lines.append(row("server's CPU time", number(cost, 0) + " us per answer"))
    }
    if let memory = serverMemory {
      lines.append(
        row(
          "server's memory",
          "\(memory.firstKilobytes) kB first, \(memory.maxKilobytes) most, "
            + "\(memory.lastKilobytes) last"))
      if let slope = memory.octetsPerEnrollment {
        lines.append(row("memory's slope", number(slope, 1) + " octets per enrollment"))
      }
    }
    return lines
  }

  private func row(_ name: String, _ value: String) -> String {
    name + String(repeating: " ", count: max(1, 28 - name.count)) + value
  }

  private func number(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }

  private func text(_ latency: Latency) -> String {
    let parts = [
      ("p50", latency.p50), ("p90", latency.p90), ("p99", latency.p99), ("p99.9", latency.p999),
      ("max", latency.max),
    ]
    return parts.map { "\($0.0) \(number($0.1, 2))" }.joined(separator: ", ") + " ms"
  }
}
