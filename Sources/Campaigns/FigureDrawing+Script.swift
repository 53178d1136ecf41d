/// The gnuplot script of a figure.
extension FigureDrawing {
  private static let points = [7, 5, 9, 11, 13, 6, 4, 8, 10, 12]

  /// The gnuplot script; `gnuplot NAME.gp` in its directory draws the figure again.
  var script: String {
    let longest = series.map(\.label.count).max() ?? 0
    let columns = max(1, min(4, 100 / (max(longest, 11) + 9)))
    return """
      # Drawn by redoubt campaign. Again: gnuplot \(name).gp
      data = '\(name).dat'
      set title \(Gnuplot.quote(title)) font ',17' offset 0,-0.3
      set xlabel \(Gnuplot.quote(axis.title)) offset 0,0.5
      set ylabel \(Gnuplot.quote(quantity.title))
      \(horizontal)
      \(vertical)
      set grid xtics ytics lc rgb '#d9d9d9' lw 1 dt 1
      set border 3 lc rgb '#555555'
      set tics nomirror
      set bars 0.6
      set key outside bottom center horizontal Left reverse samplen 3 spacing 1.15 \
      maxcols \(columns)
      plot \(curves.joined(separator: ", \\\n  "))

      """
  }

  private var horizontal: String {
    switch axis {
    case .nodes, .bytes: "set logscale x 10\nset format x '10^{%T}'"
    case .messages: "set logscale x 10\nset format x '%g'"
    case .faultyFraction, .coalitionFraction: "set xtics auto\n\(fractionRange)"
    }
  }

  /// A little room on both sides, for the arrows.
  private var fractionRange: String {
    let places = series.flatMap(\.points).map(\.x)
    guard let first = places.min(), let last = places.max(), first < last else {
      return "set xrange [*:*]"
    }
    let room = 0.03 * (last - first)
    return "set xrange [\(first - room):\(last + room)]"
  }

  private var vertical: String {
    switch scale {
    case .linear:
      return quantity == .delivered
        ? "set yrange [-0.02:1.02]\nset ytics 0.1" : "set yrange [0:*]\nset ytics auto"
    case .logarithmic: return "set logscale y 10\nset yrange [\(floor):*]"
    case .failure:
      // Upwards is better: the axis counts the nines.
      var tics = ["'0' 1"]
      var nines = "0."
      var failure = 1.0
      while failure > floor * 1.5 {
        failure /= 10
        nines += "9"
        tics.append("'\(nines)' \(failure)")
      }
      return "set logscale y 10\nset yrange [1.2:\(floor)]\nset mytics 10\n"
        + "set ytics (\(tics.joined(separator: ", ")))"
    }
  }

  /// Bands and bars first, then lines, then markers, so that nothing hides a marker.
  private var curves: [String] {
    var bands: [String] = []
    var lines: [String] = []
    var marks: [String] = []
    var keys: [String] = []
    var bounds = series.count + references.count
    for (index, series) in series.enumerated() {
      let colour = Gnuplot.colours[index % Gnuplot.colours.count]
      let line = "lw 2 dt \(index % 5 + 1) lc rgb '\(colour)'"
      let point = "pt \(Self.points[index % Self.points.count]) ps 0.9"
      // Over decades of failure the bands of many curves would cover each other: bars alone.
      if !axis.isCost && scale != .failure {
        bands.append(
          "data index \(index) using 1:3:4 with filledcurves fc rgb '\(colour)' "
            + "fs transparent solid 0.25 noborder notitle")
      }
      // Bars lie below the lines, which their (invisible) points would interrupt.
      bands.append(
        "data index \(index) using 1:2:3:4 with yerrorbars pt 0 lw 1.2 lc rgb '\(colour)' notitle")
      lines.append("data index \(index) using 1:2 with lines \(line) notitle")
      // Curves that coincide take turns with their markers.
      let stride = axis.isCost ? 1 : max(1, min(3, series.points.count / 5))
      marks.append(
        "data index \(index) every \(stride)::\(index % stride) using 1:2 with points \(point) "
          + "lc rgb '\(colour)' notitle")
      if !series.bounds.isEmpty {
        marks.append(
          "data index \(bounds) using \(place(index)):2:(0):(-0.5*$2) with vectors head filled "
            + "size graph 0.012,20 lw 1.5 lc rgb '\(colour)' notitle")
        bounds += 1
      }
      keys.append(
        "NaN with linespoints \(line) \(point) title \(Gnuplot.quote(series.label))")
    }
    for (number, curve) in references.enumerated() {
      let colour = Gnuplot.colours[curve.series % Gnuplot.colours.count]
      lines.append(
        "data index \(series.count + number) using 1:2 with \(style(curve)) lc rgb '\(colour)' "
          + "notitle")
    }
    for name in ["closed form", "reference"] {
      guard let curve = references.first(where: { sources[$0.reference].keyName == name }) else {
        continue
      }
      keys.append("NaN with \(style(curve)) lc rgb '#000000' title '\(name)'")
    }
    return bands + lines + marks + keys
  }

  /// The column of the place, moved a little where the arrows of several curves would coincide.
  private func place(_ index: Int) -> String {
    guard axis == .faultyFraction || axis == .coalitionFraction else { return "1" }
    let shift = Double(index - series.count / 2) * 0.004
    return "($1\(shift < 0 ? "-" : "+")\(CanonicalJSON.format(shift.magnitude)))"
  }

  private func style(_ curve: ReferenceCurve) -> String {
    switch sources[curve.reference].values {
    case .closedForm: "lines lw 1.5 dt 3"
    case .table: "points pt 6 ps 1.4 lw 1.5"
    }
  }
}

extension ReferenceValues {
  /// What the key of a figure calls it.
  fileprivate var keyName: String {
    switch values {
    case .closedForm: "closed form"
    case .table: "reference"
    }
  }
}

extension FigureSpec.Axis {
  fileprivate var title: String {
    switch self {
    case .faultyFraction: "fraction of faulty nodes, f"
    case .coalitionFraction: "fraction of nodes in one coalition, c"
    case .nodes: "number of nodes, N"
    case .messages: Quantity.messages.title
    case .bytes: Quantity.bytes.title
    }
  }
}
