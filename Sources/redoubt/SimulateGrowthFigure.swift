import Campaigns
import Foundation
import Statistics

/// Small multiples over N: hops, messages per join, memory per node, speed.
struct SimulateGrowthFigure {
  private let sizes: [SimulateGrowthSize]
  private let options: SimulateGrowthOptions
  private let report: SimulateGrowthReport

  /// Of finished sizes, ascending.
  init(_ sizes: [SimulateGrowthSize], _ options: SimulateGrowthOptions) {
    self.sizes = sizes
    self.options = options
    report = SimulateGrowthReport(options)
  }

  /// What gnuplot gets.
  var figure: StudyFigure {
    StudyFigure(data: data, script: script, size: (1_200, 800))
  }

  private var data: String {
    var lines = ["# nodes hops hops_low hops_high messages_per_join kib_per_node events_per_second"]
    for size in sizes {
      let hops = size.meanHops
      let columns: [Double?] = [
        Double(size.nodes), hops?.value, hops?.interval?.low ?? hops?.value,
        hops?.interval?.high ?? hops?.value, size.messagesPerJoin,
        size.bytesPerNode.map { $0 / 1_024 }, size.eventsPerSecond,
      ]
      lines.append(columns.map { $0.map { "\($0)" } ?? "NaN" }.joined(separator: " "))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// log_{2^b} N, as gnuplot takes it.
  private var digits: String { "log(x)/log(\(1 << options.overlay.digitBits))" }

  private func line(_ fit: SimulateGrowthFit?) -> String {
    guard let fit else { return "" }
    let title = String(
      format: "%.2f %@ %.2f log_{%d} N, least squares", fit.constant, fit.slope < 0 ? "-" : "+",
      fit.slope.magnitude, 1 << options.overlay.digitBits)
    return ", \\\n  \(fit.constant) + \(fit.slope) * \(digits) with lines lw 2 dt 2 "
      + "lc rgb '\(Gnuplot.colours[1])' title '\(title)'"
  }

  private func points(_ column: Int, _ title: String) -> String {
    "data using 1:\(column) with linespoints lw 2 pt 7 ps 0.9 "
      + "lc rgb '\(Gnuplot.colours[0])' title '\(title)'"
  }

  private var script: String {
    let heading = "\(options.overlay.build.rawValue) overlays, \(options.overlay.text)"
    var panels = [
      """
      set title 'Hops of a lookup, mean with 95 % interval'
      plot data using 1:2:3:4 with yerrorlines lw 2 pt 7 ps 0.9 \
      lc rgb '\(Gnuplot.colours[0])' title 'measured', \\
        \(digits) with lines lw 2 dt 3 lc rgb '\(Gnuplot.colours[6])' \
      title 'log_{\(1 << options.overlay.digitBits)} N'\(line(report.hopsFit(sizes)))
      """
    ]
    if sizes.contains(where: { $0.messagesPerJoin != nil }) {
      panels.append(
        """
        set title 'Messages that only joins send, per join'
        plot \(points(5, "measured"))\(line(report.joinFit(sizes)))
        """)
    }
    if sizes.contains(where: { $0.bytesPerNode != nil }) {
      panels.append(
        """
        set title 'Peak memory per node, KiB'
        plot \(points(6, "this machine"))
        """)
    }
    panels.append(
      """
      set title 'Events per second of processor time, millions'
      plot \(points(7, "this machine").replacing("1:7", with: "1:($7/1e6)"))
      """)
    return """
      set multiplot layout 2,2 title \(Gnuplot.quote(heading)) font ',17'
      set logscale x 10
      set format x '10^{%T}'
      set xrange [\(Double(sizes[0].nodes) * 0.8):\(Double(sizes[sizes.count - 1].nodes) * 1.25)]
      set xlabel 'number of nodes, N' offset 0,0.5
      set yrange [0:*]
      set grid xtics ytics lc rgb '#d9d9d9' lw 1 dt 1
      set border 3 lc rgb '#555555'
      set tics nomirror
      set key bottom right Left reverse samplen 3
      \(panels.joined(separator: "\n"))
      unset multiplot

      """
  }
}
