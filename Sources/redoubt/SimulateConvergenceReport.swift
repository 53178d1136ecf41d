import Campaigns
import EventSimulation
import Foundation
import ProtocolTime
import Statistics

/// What `--json` writes.
struct SimulateConvergenceRecord: Encodable {
  struct Mean: Encodable {
    let value: Double
    let low: Double?
    let high: Double?

    init?(_ mean: RunningMean) {
      guard mean.count > 0 else { return nil }
      let interval = mean.studentInterval(confidence: 0.95)
      value = mean.mean
      low = interval?.low
      high = interval?.high
    }
  }

  struct Bin: Encodable {
    /// Quantiles of the delay between two random nodes.
    let quantileLow: Double
    let quantileHigh: Double
    let pairs: Int
    let together: Int
    let togetherShare: SimulateRecord.Share?
    let parted: Int
    let left: Int
    let apartMilliseconds: Mean?
    let hopsToMeeting: Mean?
    let hopsToRoot: Mean?
    let millisecondsToMeeting: Mean?
    let millisecondsToRoot: Mean?
    let fractionOfDelay: Mean?

    init(_ bin: SourceBin, _ result: ConvergenceBin) {
      quantileLow = bin.low
      quantileHigh = bin.high
      pairs = result.pairs
      together = result.together
      togetherShare = result.togetherShare.map { SimulateRecord.Share($0.value, $0.interval) }
      parted = result.parted
      left = result.left
      apartMilliseconds = Mean(result.apart)
      hopsToMeeting = Mean(result.hops)
      hopsToRoot = Mean(result.rootHops)
      millisecondsToMeeting = Mean(result.delay)
      millisecondsToRoot = Mean(result.rootDelay)
      fractionOfDelay = Mean(result.fraction)
    }
  }

  struct Overlay: Encodable {
    let tables: String
    let bins: [Bin]
  }

  let schema = "redoubt-convergence"
  let version = 1
  let confidence = 0.95
  let settings: [String: String]
  let pairsWanted: Int
  /// Between two random nodes.
  let meanDelayMilliseconds: Double
  let overlays: [Overlay]

  private enum CodingKeys: String, CodingKey {
    case schema, version, confidence, settings, pairsWanted, meanDelayMilliseconds, overlays
  }

  init(
    _ settings: [TraceSetting], _ wanted: Int, _ pairs: SourcePairs, _ near: [ConvergenceBin],
    _ random: [ConvergenceBin]
  ) {
    self.settings = settings.byName
    pairsWanted = wanted
    meanDelayMilliseconds = pairs.meanDelay.seconds * 1_000
    overlays = [("by proximity", near), ("random", random)].map { name, results in
      Overlay(tables: name, bins: zip(pairs.bins, results).map { Bin($0, $1) })
    }
  }
}

/// The tables that are printed: a line for each bin, nearest pairs first.
struct SimulateConvergenceReport {
  private let record: SimulateConvergenceRecord
  private let options: SimulateConvergenceOptions

  init(_ record: SimulateConvergenceRecord, _ options: SimulateConvergenceOptions) {
    self.record = record
    self.options = options
  }

  /// The text; a function of the options.
  var text: String {
    var lines = [
      options.heading,
      "two random nodes are \(SimulateReport.number(record.meanDelayMilliseconds)) ms apart "
        + "in the mean",
    ]
    for overlay in record.overlays {
      lines +=
        ["", "tables \(overlay.tables)"] + Self.aligned([Self.heading] + overlay.bins.map(Self.row))
      let left = overlay.bins.reduce(0) { $0 + $1.left }
      let parted = overlay.bins.reduce(0) { $0 + $1.parted }
      if left > 0 {
        lines.append("left out: \(left) pairs with a source at the root or a lookup that was lost")
      }
      if parted > 0 { lines.append("parted again: \(parted) pairs") }
    }
    return lines.joined(separator: "\n")
  }

  private static let heading = [
    "pairs of", "apart, ms", "pairs", "meet before root", "95 % Wilson", "hops to meeting",
    "to root",
    "ms to meeting", "to root", "part of delay",
  ]

  private static func row(_ bin: SimulateConvergenceRecord.Bin) -> [String] {
    [
      "\(percent(bin.quantileLow))-\(percent(bin.quantileHigh)) %",
      number(bin.apartMilliseconds?.value), "\(bin.pairs)",
      bin.togetherShare.map { String(format: "%.4f", $0.value) } ?? "",
      bin.togetherShare.map { String(format: "%.4f-%.4f", $0.low, $0.high) } ?? "",
      mean(bin.hopsToMeeting), number(bin.hopsToRoot?.value), mean(bin.millisecondsToMeeting),
      number(bin.millisecondsToRoot?.value), mean(bin.fractionOfDelay),
    ]
  }

  private static func percent(_ share: Double) -> String { SimulateReport.number(share * 100) }

  private static func number(_ value: Double?) -> String {
    value.map(SimulateReport.number) ?? ""
  }

  private static func mean(_ mean: SimulateConvergenceRecord.Mean?) -> String {
    guard let mean else { return "" }
    let half = mean.high.map { " +- " + String(format: "%.2g", $0 - mean.value) } ?? ""
    return SimulateReport.number(mean.value) + half
  }

  private static func aligned(_ rows: [[String]]) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).map { cell, width in
        String(repeating: " ", count: width - cell.count) + cell
      }.joined(separator: "  ")
    }
  }
}

/// Where routes meet over the delay between the sources, with and without proximity.
struct SimulateConvergenceFigure {
  private let record: SimulateConvergenceRecord
  private let options: SimulateConvergenceOptions

  init(_ record: SimulateConvergenceRecord, _ options: SimulateConvergenceOptions) {
    self.record = record
    self.options = options
  }

  /// What gnuplot gets.
  var figure: StudyFigure {
    StudyFigure(data: data, script: script, size: (1_500, 600))
  }

  /// A block for each overlay, two empty lines between them.
  private var data: String {
    record.overlays.map { overlay in
      let rows = overlay.bins.map { bin -> String in
        let delay = bin.millisecondsToMeeting
        let part = bin.fractionOfDelay
        let columns: [Double?] = [
          bin.apartMilliseconds?.value, bin.togetherShare?.value, bin.togetherShare?.low,
          bin.togetherShare?.high, delay?.value, delay?.low, delay?.high, part?.value, part?.low,
          part?.high,
        ]
        return columns.map { $0.map { "\($0)" } ?? "NaN" }.joined(separator: " ")
      }
      return "# tables \(overlay.tables)\n# apart_ms together low high ms_to_meeting low high "
        + "part_of_delay low high\n" + rows.joined(separator: "\n")
    }.joined(separator: "\n\n\n") + "\n"
  }

  private func curves(_ column: Int) -> String {
    record.overlays.enumerated().map { index, overlay in
      "data index \(index) using 1:\(column):\(column + 1):\(column + 2) with yerrorlines lw 2 "
        + "pt \(index == 0 ? 7 : 5) ps 0.8 lc rgb '\(Gnuplot.colours[index])' "
        + "title 'tables \(overlay.tables)'"
    }.joined(separator: ", \\\n  ")
  }

  private var script: String {
    let mean = record.meanDelayMilliseconds
    return """
      set multiplot layout 1,3 title \(Gnuplot.quote(options.heading)) font ',17'
      set xlabel 'delay between the two sources, ms' offset 0,0.5
      set xrange [0:*]
      set grid xtics ytics lc rgb '#d9d9d9' lw 1 dt 1
      set border 3 lc rgb '#555555'
      set tics nomirror
      set key below Left reverse samplen 3 maxrows 4
      set title 'Pairs whose routes meet before the root'
      set yrange [0:1.02]
      plot \(curves(2))
      set title 'Delay from a source to the meeting, ms'
      set yrange [0:*]
      plot \(curves(5)), \\
        x with lines lw 1.5 dt 3 lc rgb '#555555' title 'as far as the other source', \\
        \(mean) with lines lw 1.5 dt 2 lc rgb '#7f7f7f' title 'mean of two random nodes'
      set title 'The same as a part of the delay to the root'
      set yrange [0:1.02]
      plot \(curves(8))
      unset multiplot

      """
  }
}
