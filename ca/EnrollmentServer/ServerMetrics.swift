import Synchronization

/// What the server counts, and how Prometheus reads it (text format 0.0.4).
///
/// Labels come from fixed sets, never from what a request says, so memory is bounded.
final class ServerMetrics: Sendable {
  /// Upper bounds of the latency buckets in seconds.
  static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  private struct Endpoint: Hashable {
    let route: String
    let status: Int
  }

  private struct Counters {
    var requests: [Endpoint: UInt64] = [:]
    var enrollments: [String: UInt64] = [:]
    var buckets = [UInt64](repeating: 0, count: ServerMetrics.bounds.count + 1)
    var secondsTotal = 0.0
    var batches: UInt64 = 0
    var batched: UInt64 = 0
  }

  private let counters = Mutex(Counters())

  /// One request was answered.
  /// - Parameter route: the route's pattern, not the path.
  func answered(route: String, status: Int, seconds: Double) {
    counters.withLock { counters in
      counters.requests[Endpoint(route: route, status: status), default: 0] += 1
      let bucket = ServerMetrics.bounds.firstIndex { seconds <= $0 } ?? ServerMetrics.bounds.count
      counters.buckets[bucket] += 1
      counters.secondsTotal += seconds
    }
  }

  /// One enrollment ended: `issued`, `renewed` or the refusal's word.
  func enrollment(_ outcome: String, count: Int = 1) {
    counters.withLock { $0.enrollments[outcome, default: 0] += UInt64(count) }
  }

  /// One group was committed.
  func committed(_ count: Int) {
    counters.withLock {
      $0.batches += 1
      $0.batched += UInt64(count)
    }
  }

  /// A value read when the page is made.
  struct Gauge {
    let name: String
    let help: String
    /// Gauges of one name stand together and differ in these.
    var labels: [(name: String, value: String)] = []
    let value: Int64

    /// The sample's name with its labels.
    fileprivate var sample: String {
      if labels.isEmpty { return name }
      let pairs = labels.map { "\($0.name)=\"\(ServerMetrics.escaped($0.value))\"" }
      return "\(name){\(pairs.joined(separator: ","))}"
    }
  }

  /// A label's value: backslash, quotation mark and newline are escaped.
  static func escaped(_ text: String) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": output += "\\\\"
      case "\"": output += "\\\""
      case "\n": output += "\\n"
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }

  /// The page, in a fixed order.
  func page(_ gauges: [Gauge]) -> String {
    let counters = counters.withLock { $0 }
    var output = ""
    func heading(_ name: String, _ kind: String, _ help: String) {
      output += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    }
    heading("redoubt_requests_total", "counter", "Answered requests by route and status.")
    for (endpoint, count) in counters.requests.sorted(by: {
      ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status)
    }) {
      let labels = "route=\"\(endpoint.route)\",status=\"\(endpoint.status)\""
      output += "redoubt_requests_total{\(labels)} \(count)\n"
    }
    heading("redoubt_enrollments_total", "counter", "Enrollments by outcome.")
    for (outcome, count) in counters.enrollments.sorted(by: { $0.key < $1.key }) {
      output += "redoubt_enrollments_total{outcome=\"\(outcome)\"} \(count)\n"
    }
    heading("redoubt_request_seconds", "histogram", "Time from a request's head to its answer.")
    var sum: UInt64 = 0
    for (index, count) in counters.buckets.enumerated() {
      sum += count
      let isLast = index == ServerMetrics.bounds.count
      let bound = isLast ? "+Inf" : "\(ServerMetrics.bounds[index])"
      output += "redoubt_request_seconds_bucket{le=\"\(bound)\"} \(sum)\n"
    }
    output += "redoubt_request_seconds_sum \(counters.secondsTotal)\n"
    output += "redoubt_request_seconds_count \(sum)\n"
    heading("redoubt_commits_total", "counter", "Groups of enrollments committed.")
    output += "redoubt_commits_total \(counters.batches)\n"
    heading("redoubt_committed_enrollments_total", "counter", "Enrollments in these groups.")
    output += "redoubt_committed_enrollments_total \(counters.batched)\n"
    var last = ""
    for gauge in gauges {
      if gauge.name != last { heading(gauge.name, "gauge", gauge.help) }
      last = gauge.name
      output += "\(gauge.sample) \(gauge.value)\n"
    }
    return output
  }
}
