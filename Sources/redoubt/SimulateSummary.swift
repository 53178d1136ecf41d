import EventSimulation
import Pastry
import ProtocolTime
import Statistics

/// An estimate with its interval over independent runs, where there are two or more.
struct SimulateEstimate {
  let value: Double
  let interval: Interval?

  /// The value of the pooled counters, and the interval over the runs' own values.
  init?(
    _ pooled: SimulationCounters, _ runs: [SimulationCounters],
    _ measure: (SimulationCounters) -> Double?
  ) {
    guard let value = measure(pooled) else { return nil }
    self.value = value
    let each = RunningMean(runs.compactMap(measure))
    interval = each.count >= 2 ? each.studentInterval(confidence: 0.95) : nil
  }
}

/// One phase over all runs.
struct SimulateSummary {
  let name: String
  let seconds: Double
  let pooled: SimulationCounters
  private let runs: [SimulationCounters]

  /// Merges a phase of runs, in their order.
  /// - Precondition: there is at least one.
  init(_ phases: [SimulatePhase]) {
    name = phases[0].name
    runs = phases.map(\.counters)
    pooled = runs.dropFirst().reduce(runs[0]) { $0.plus($1) }
    seconds = phases.reduce(0) { $0 + $1.span.seconds } / Double(phases.count)
  }

  /// Phases of all runs by name, in their order.
  static func summaries(_ results: [SimulateResult]) -> [SimulateSummary] {
    var names: [String] = []
    for phase in results.flatMap(\.phases) where !names.contains(phase.name) {
      names.append(phase.name)
    }
    return names.map { name in
      SimulateSummary(results.compactMap { $0.phases.first { $0.name == name } })
    }
  }

  /// Whether anything was looked up.
  var hasLookups: Bool { pooled.ended > 0 }

  /// The share of the lookups that were delivered at the root.
  var deliveredShare: Interval {
    wilsonInterval(
      successes: Int(pooled.delivered), trials: Int(pooled.ended), confidence: 0.95)
  }

  /// The share of wrong deliveries; from zero of n the exact upper bound.
  var wrongShare: Interval {
    pooled.misdelivered == 0
      ? Interval(
        low: 0, high: zeroFailureUpperBound(trials: Int(pooled.ended), confidence: 0.95))
      : wilsonInterval(
        successes: Int(pooled.misdelivered), trials: Int(pooled.ended), confidence: 0.95)
  }

  var hops: SimulateEstimate? {
    SimulateEstimate(pooled, runs) { counters in
      let total = counters.hops.reduce(0, +)
      guard total > 0 else { return nil }
      let sum = counters.hops.enumerated().reduce(0.0) {
        $0 + Double($1.offset) * Double($1.element)
      }
      return sum / Double(total)
    }
  }

  /// The shares of 0, 1, ... hops, without the zeros at the end.
  var hopShares: [Double] {
    let total = pooled.hops.reduce(0, +)
    guard let last = pooled.hops.lastIndex(where: { $0 > 0 }) else { return [] }
    return pooled.hops[...last].map { Double($0) / Double(total) }
  }

  /// The mean of delay over direct delay.
  var meanOfRatios: SimulateEstimate? {
    SimulateEstimate(pooled, runs) {
      $0.stretchCount == 0
        ? nil : Double($0.stretchSum) * 0x1p-20 / Double($0.stretchCount)
    }
  }

  /// The mean delay over the mean direct delay.
  var ratioOfMeans: SimulateEstimate? {
    SimulateEstimate(pooled, runs) {
      $0.directDelay == .zero ? nil : $0.lookupDelay.seconds / $0.directDelay.seconds
    }
  }

  /// The mean delay of delivered lookups, in seconds.
  var meanDelay: SimulateEstimate? {
    SimulateEstimate(pooled, runs) {
      $0.stretchCount == 0 ? nil : $0.lookupDelay.seconds / Double($0.stretchCount)
    }
  }

  /// The mean number of nodes in the overlay.
  var meanNodes: Double {
    seconds > 0 ? pooled.activeSeconds / (seconds * Double(runs.count)) : 0
  }

  var controlRate: SimulateEstimate? {
    SimulateEstimate(pooled, runs) {
      $0.activeSeconds > 0 ? Double($0.controlMessages) / $0.activeSeconds : nil
    }
  }

  /// Messages per second and node of each control kind that was sent.
  var controlRates: [(kind: MessageKind, rate: Double)] {
    guard pooled.activeSeconds > 0 else { return [] }
    return MessageKind.allCases.compactMap { kind in
      let count = pooled.sent[kind.rawValue]
      return kind.isControl && count > 0 ? (kind, Double(count) / pooled.activeSeconds) : nil
    }
  }

  /// The mean time from start to activation, in seconds.
  var joinDelay: SimulateEstimate? {
    SimulateEstimate(pooled, runs) {
      $0.activated == 0 ? nil : $0.joinDelay.seconds / Double($0.activated)
    }
  }

  /// Messages that only joins send, for each node that joined.
  var messagesPerJoin: SimulateEstimate? {
    let kinds: [MessageKind] = [
      .join, .joinReply, .row, .nearbyRequest, .nearbyReply, .arrival, .constrainedRequest,
      .constrainedRow,
    ]
    return SimulateEstimate(pooled, runs) { counters in
      counters.activated == 0
        ? nil
        : Double(kinds.reduce(0) { $0 + counters.sent[$1.rawValue] }) / Double(counters.activated)
    }
  }

  /// Why lookups failed: the name and how many, without the zeros.
  var losses: [(reason: String, count: UInt64)] {
    var list = DropReason.allCases.map {
      (reason: DropReasonName($0).rawValue, count: pooled.dropped[Int($0.rawValue)])
    }
    list.append((reason: "overdue", count: pooled.overdue))
    list.append((reason: "abandoned", count: pooled.abandoned))
    return list.filter { $0.count > 0 }
  }

  /// Why messages were refused: the name and how many, without the zeros.
  var refusals: [(reason: String, count: UInt64)] {
    RefusalReason.allCases.compactMap {
      let count = pooled.refused[Int($0.rawValue)]
      return count > 0 ? ("\($0)", count) : nil
    }
  }
}
