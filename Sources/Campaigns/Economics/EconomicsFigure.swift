/// A figure of a study: a curve per policy against what the adversary spends.
struct EconomicsFigure {
  struct Series {
    let label: String
    /// x in USD, then y with its interval.
    let points: [(x: Double, y: Double, low: Double, high: Double)]
  }

  let name: String
  let title: String
  let yTitle: String
  /// Counts the nines of a delivery probability.
  let isFailureScale: Bool
  let series: [Series]

  /// f against spend, then delivery against spend, one figure per router.
  static func all(_ result: EconomicsResult) -> [EconomicsFigure] {
    let study = result.study
    let days = study.tableDays
    let fractions = EconomicsResult.fractions(study, curves: result.curves)
    func series(_ y: (Double) -> DeliveryCurve.Point?) -> [Series] {
      study.policies.indices.map { policy in
        Series(
          label: study.policies[policy].name,
          points: fractions.compactMap { f in
            guard let point = result.cheapest(policy: policy, days: days, fraction: f),
              let usd = point.usd?.mean,
              let value = y(point.fraction(honest: study.honestNodes))
            else { return nil }
            return (max(1, usd), value.mean, value.low, value.high)
          })
      }
    }
    let reach = EconomicsFigure(
      name: "fraction",
      title: "Fraction of the overlay against spend, \(study.honestNodes) honest nodes, "
        + "\(days) days",
      yTitle: "fraction of nodes that are the adversary's, f", isFailureScale: false,
      series: series { .init(faultyFraction: $0, mean: $0, low: $0, high: $0) })
    return [reach]
      + result.curves.map { curve in
        EconomicsFigure(
          name: "delivery-\(curve.router)",
          title: "Delivery by \(curve.router) against the adversary's spend in \(days) days",
          yTitle: "probability of delivery (top edge: no failure seen)", isFailureScale: true,
          series: series { curve.delivery(at: $0) })
      }
  }

  /// gnuplot's data: a block per series.
  var data: String {
    series.map { series in
      "# \(series.label)\n"
        + (series.points.isEmpty ? "NaN NaN NaN NaN\n" : "")
        + series.points.map { point in
          "\(point.x) "
            + [point.y, point.low, point.high].map { "\(place($0))" }
            .joined(separator: " ") + "\n"
        }.joined()
    }.joined(separator: "\n\n")
  }

  /// On the failure scale: 1 - p, no less than the bottom of the axis.
  private func place(_ value: Double) -> Double {
    isFailureScale ? max(1 - value, 1e-5) : value
  }

  private static let colours = [
    "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#7f7f7f",
  ]

  var script: String {
    let vertical =
      isFailureScale
      ? """
      set logscale y 10
      set yrange [1.2:0.8e-5]
      set ytics ('0' 1, '.9' 0.1, '.99' 0.01, '.999' 0.001, '.9999' 0.0001, '.99999' 0.00001)
      """ : "set yrange [0:*]\nset ytics 0.1"
    let curves = series.enumerated().flatMap { index, series -> [String] in
      let colour = "lc rgb '\(Self.colours[index % Self.colours.count])'"
      return [
        "data index \(index) using 1:2:3:4 with yerrorbars pt 0 lw 1 \(colour) notitle",
        "data index \(index) using 1:2 with linespoints lw 2 dt \(index % 4 + 1) "
          + "pt \([7, 5, 9, 11, 13, 6, 4, 8][index % 8]) ps 0.7 \(colour) "
          + "title \(Gnuplot.quote(series.label))",
      ]
    }
    return """
      # Drawn by redoubt economics. Again: gnuplot \(name).gp
      data = '\(name).dat'
      set title \(Gnuplot.quote(title)) font ',16' offset 0,-0.3
      set xlabel 'USD; a curve ends where the policy lets no more through' offset 0,0.8
      set ylabel \(Gnuplot.quote(yTitle))
      set logscale x 10
      set xrange [1:*]
      set format x '10^{%T}'
      \(vertical)
      set grid xtics ytics lc rgb '#d9d9d9' lw 1 dt 1
      set border 3 lc rgb '#555555'
      set tics nomirror
      set key outside bottom center horizontal Left reverse samplen 3 spacing 1.15
      plot \(curves.joined(separator: ", \\\n  "))

      """
  }

  var command: String {
    "set terminal svg size 900,600 dynamic font 'Helvetica,Arial,sans-serif,15' enhanced "
      + "background '#ffffff'; set output '\(name).svg'; load '\(name).gp'"
  }
}
