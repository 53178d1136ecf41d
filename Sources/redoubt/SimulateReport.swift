import EventSimulation
import Foundation
import ProtocolTime
import Statistics

/// The table that a run prints: a line for each measure, a column for each phase.
struct SimulateReport {
  private let results: [SimulateResult]
  private let summaries: [SimulateSummary]

  /// Of runs in their order.
  init(_ results: [SimulateResult]) {
    self.results = results
    summaries = SimulateSummary.summaries(results)
  }

  /// The text; the same for the same runs.
  func text(_ options: SimulateOptions) -> String {
    var lines = [heading(options)]
    if results.contains(where: { !$0.isComplete }) {
      lines.append("stopped before its end: what follows was measured until then")
    }
    lines.append("")
    lines += table
    lines.append("")
    for result in results {
      let name = results.count > 1 ? "seed \(result.seed)  " : ""
      lines.append(
        "\(name)events \(result.total.events)  simulated \(Self.number(result.simulated.seconds)) s"
          + "  nodes at the end \(result.activeNodes)  digest \(result.digest)")
    }
    return lines.joined(separator: "\n")
  }

  private func heading(_ options: SimulateOptions) -> String {
    let nodes = Set(results.map(\.nodeCount)).sorted().map { "\($0)" }.joined(separator: "-")
    let seeds =
      results.count == 1
      ? "seed \(results[0].seed)" : "\(results.count) runs, seeds from \(results[0].seed)"
    return "\(nodes) nodes, b = \(options.digitBits), l = \(options.leafSet), "
      + (options.isJoined ? "joined" : "constructed")
      + ", \(options.network.text), churn \(options.churn.text), \(seeds)"
  }

  private var table: [String] {
    var rows = [[""] + summaries.map(\.name)]
    for row in fixedRows + hopRows + controlRows + reasonRows {
      let cells = summaries.map { row.cell($0) ?? "" }
      if cells.contains(where: { !$0.isEmpty }) { rows.append([row.label] + cells) }
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line += column == 0 ? cell + padding : "  " + padding + cell
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  private typealias Row = (label: String, cell: (SimulateSummary) -> String?)

  private var fixedRows: [Row] {
    [
      ("simulated seconds", { Self.number($0.seconds) }),
      ("nodes in the overlay, mean", { Self.number($0.meanNodes) }),
      ("lookups", { $0.hasLookups ? "\($0.pooled.ended)" : nil }),
      ("delivered at the root", { $0.hasLookups ? "\($0.pooled.delivered)" : nil }),
      ("  share, 95 % Wilson", { $0.hasLookups ? Self.interval($0.deliveredShare) : nil }),
      ("delivered elsewhere", { $0.hasLookups ? "\($0.pooled.misdelivered)" : nil }),
      ("  share, 95 %", { $0.hasLookups ? Self.interval($0.wrongShare) : nil }),
      ("delivered twice", { $0.hasLookups ? "\($0.pooled.duplicates)" : nil }),
      ("  elsewhere", { Self.count($0.pooled.wrongDuplicates) }),
      ("mean delay, ms", { Self.estimate($0.meanDelay, scale: 1_000) }),
      ("delay stretch, mean of ratios", { Self.estimate($0.meanOfRatios) }),
      ("delay stretch, ratio of means", { Self.estimate($0.ratioOfMeans) }),
      ("hops, mean", { Self.estimate($0.hops) }),
    ]
  }

  private var hopRows: [Row] {
    let most = summaries.map(\.hopShares.count).max() ?? 0
    return (0..<most).map { hops in
      (
        "  \(hops) hops",
        { hops < $0.hopShares.count ? String(format: "%.4f", $0.hopShares[hops]) : nil }
      )
    }
  }

  private var controlRows: [Row] {
    var rows: [Row] = [
      ("control messages /s/node", { Self.estimate($0.controlRate) })
    ]
    for kind in MessageKind.allCases where kind.isControl {
      rows.append(
        (
          "  \(kind.name)",
          { $0.controlRates.first { $0.kind == kind }.map { Self.number($0.rate) } }
        ))
    }
    rows += [
      ("joins", { $0.pooled.activated > 0 ? "\($0.pooled.activated)" : nil }),
      ("  of starts", { $0.pooled.started > 0 ? "\($0.pooled.started)" : nil }),
      ("  mean delay, s", { Self.estimate($0.joinDelay) }),
      ("  messages per join", { Self.estimate($0.messagesPerJoin) }),
      ("nodes stopped", { $0.pooled.stopped > 0 ? "\($0.pooled.stopped)" : nil }),
      ("failures found", { "\($0.pooled.foundFailed)" }),
      ("  of running nodes", { "\($0.pooled.foundFailedAlive)" }),
    ]
    return rows
  }

  private var reasonRows: [Row] {
    var rows: [Row] = []
    for (title, list) in [
      ("lookups lost: ", \SimulateSummary.losses), ("messages refused: ", \.refusals),
    ] as [(String, KeyPath<SimulateSummary, [(reason: String, count: UInt64)]>)] {
      var names: [String] = []
      for entry in summaries.flatMap({ $0[keyPath: list] }) where !names.contains(entry.reason) {
        names.append(entry.reason)
      }
      for name in names {
        rows.append(
          (
            title + name,
            { $0[keyPath: list].first { $0.reason == name }.map { "\($0.count)" } }
          ))
      }
    }
    rows.append(
      ("messages lost by the network", { Self.count($0.pooled.lostInNetwork) }))
    rows.append(("messages to stopped nodes", { Self.count($0.pooled.toStoppedNodes) }))
    return rows
  }

  private static func count(_ value: UInt64) -> String? { value > 0 ? "\(value)" : nil }

  private static func interval(_ interval: Interval) -> String {
    "\(share(interval.low))-\(share(interval.high))"
  }

  private static func share(_ value: Double) -> String {
    value > 0 && value < 1e-4 ? String(format: "%.1e", value) : String(format: "%.6g", value)
  }

  private static func estimate(_ estimate: SimulateEstimate?, scale: Double = 1) -> String? {
    guard let estimate else { return nil }
    let text = number(estimate.value * scale)
    return estimate.interval.map { "\(text) +- \(number($0.halfWidth * scale))" } ?? text
  }

  /// Four significant digits.
  static func number(_ value: Double) -> String {
    value.magnitude >= 1_000 ? String(format: "%.0f", value) : String(format: "%.4g", value)
  }
}
