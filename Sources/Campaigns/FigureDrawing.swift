/// One figure: its gnuplot script and the data beside it.
struct FigureDrawing {
  /// One curve.
  struct Series {
    let label: String
    let points: [Point]
  }

  /// One cell on a curve.
  struct Point {
    let x: Double
    let probability: Double
    let low: Double
    let high: Double
  }

  /// Reference values that belong to one curve.
  struct ReferenceCurve {
    /// Which curve.
    let series: Int
    /// Which entry of the campaign's references.
    let reference: Int
    let points: [(x: Double, probability: Double)]
  }

  let name: String
  let title: String
  let axis: FigureSpec.Axis
  let series: [Series]
  let references: [ReferenceCurve]
  /// All references of the campaign.
  let sources: [ReferenceValues]

  /// The figures that the campaign asks for; one over f with all parameters when it asks for none.
  static func all(plan: CampaignPlan, table: ResultTable) -> [FigureDrawing] {
    var specs = plan.spec.figures
    if specs.isEmpty {
      specs = [
        FigureSpec(
          name: "delivery", title: plan.spec.name, axis: .faultyFraction,
          series: [.router, .attack, .nodes, .digitBits, .leafSetSize], filter: CellFilter(),
          showsReferences: true)
      ]
    }
    return specs.map { FigureDrawing($0, plan: plan, table: table) }
  }

  init(_ spec: FigureSpec, plan: CampaignPlan, table: ResultTable) {
    name = spec.name
    title = spec.title
    axis = spec.axis
    sources = plan.spec.references
    let rows = table.rows.filter { spec.filter.matches($0.cell.parameters) }
    // Parameters that are the same on every curve are not repeated in the key.
    let varying = spec.series.filter { key in
      Set(rows.map { key.value($0.cell.parameters) }).count > 1
    }
    var labels: [String] = []
    var members: [String: [ResultTable.Row]] = [:]
    for row in rows {
      let label = varying.map { $0.label(row.cell.parameters) }.joined(separator: ", ")
      if members[label] == nil { labels.append(label) }
      members[label, default: []].append(row)
    }
    series = labels.map { label in
      let points = (members[label] ?? []).map { row in
        Point(
          x: spec.axis.value(row.cell.parameters), probability: row.result.estimate.probability,
          low: row.result.estimate.low, high: row.result.estimate.high)
      }
      return Series(
        label: label.isEmpty ? "measured" : label, points: points.sorted { $0.x < $1.x })
    }
    guard spec.showsReferences else {
      references = []
      return
    }
    references = labels.enumerated().flatMap { number, label in
      plan.spec.references.enumerated().compactMap { index, reference in
        let points = (members[label] ?? []).compactMap { row in
          reference.probability(for: row.cell.parameters).map {
            (x: spec.axis.value(row.cell.parameters), probability: $0)
          }
        }
        guard !points.isEmpty else { return nil }
        return ReferenceCurve(
          series: number, reference: index, points: points.sorted { $0.x < $1.x })
      }
    }
  }

  /// The data: one block per curve, then one per reference curve, two empty lines between blocks.
  var data: String {
    var blocks = series.map { series in
      let rows = series.points.map { "\($0.x) \($0.probability) \($0.low) \($0.high)" }
      return "# \(series.label)\n# \(axis.rawValue) probability ci_low ci_high\n"
        + rows.joined(separator: "\n")
    }
    blocks += references.map { curve in
      let rows = curve.points.map { "\($0.x) \($0.probability)" }
      return "# reference for \(series[curve.series].label): \(sources[curve.reference].source)\n"
        + "# \(axis.rawValue) probability\n" + rows.joined(separator: "\n")
    }
    return blocks.joined(separator: "\n\n\n") + "\n"
  }

  /// Okabe and Ito's palette without its yellow, told apart also by the colour-blind.
  private static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#7f7f7f",
  ]
  private static let points = [7, 5, 9, 11, 13, 6, 4, 8, 10, 12]

  /// The gnuplot script; `gnuplot NAME.gp` in its directory draws the figure again.
  var script: String {
    let longest = series.map(\.label.count).max() ?? 0
    let columns = max(1, min(4, 100 / (max(longest, 11) + 9)))
    return """
      # Drawn by redoubt campaign. Again: gnuplot \(name).gp
      data = '\(name).dat'
      set title \(Self.quote(title)) font ',17' offset 0,-0.3
      set xlabel \(Self.quote(axis.title)) offset 0,0.5
      set ylabel 'probability of delivery'
      set yrange [-0.02:1.02]
      set ytics 0.1
      \(axis == .nodes ? "set logscale x 10\nset format x '10^{%T}'" : "set xtics auto")
      set grid xtics ytics lc rgb '#d9d9d9' lw 1 dt 1
      set border 3 lc rgb '#555555'
      set tics nomirror
      set key outside bottom center horizontal Left reverse samplen 3 spacing 1.15 \
      maxcols \(columns)
      plot \(curves.joined(separator: ", \\\n  "))

      """
  }

  /// Sets the terminal, then runs the script; one per format.
  func command(format: String) -> String {
    let terminal =
      format == "pdf"
      ? "pdfcairo size 9in,6in font 'Helvetica,15' enhanced"
      : "svg size 900,600 dynamic font 'Helvetica,Arial,sans-serif,15' enhanced "
        + "background '#ffffff'"
    return "set terminal \(terminal); set output '\(name).\(format)'; load '\(name).gp'"
  }

  /// Bands first, then lines, then markers, so that nothing hides a marker.
  private var curves: [String] {
    var bands: [String] = []
    var lines: [String] = []
    var marks: [String] = []
    var keys: [String] = []
    for (index, series) in series.enumerated() {
      let colour = Self.colours[index % Self.colours.count]
      let line = "lw 2 dt \(index % 5 + 1) lc rgb '\(colour)'"
      let point = "pt \(Self.points[index % Self.points.count]) ps 0.9"
      bands.append(
        "data index \(index) using 1:3:4 with filledcurves fc rgb '\(colour)' "
          + "fs transparent solid 0.25 noborder notitle")
      lines.append("data index \(index) using 1:2 with lines \(line) notitle")
      // Curves that coincide take turns with their markers.
      let stride = max(1, min(3, series.points.count / 5))
      marks.append(
        "data index \(index) every \(stride)::\(index % stride) using 1:2 with points \(point) "
          + "lc rgb '\(colour)' notitle")
      keys.append(
        "NaN with linespoints \(line) \(point) title \(Self.quote(series.label))")
    }
    for (number, curve) in references.enumerated() {
      let colour = Self.colours[curve.series % Self.colours.count]
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

  /// The sources of the reference values drawn, each once.
  var sourceTexts: [String] {
    references.map { sources[$0.reference].source }.reduce(into: []) { texts, text in
      if !texts.contains(text) { texts.append(text) }
    }
  }

  private func style(_ curve: ReferenceCurve) -> String {
    switch sources[curve.reference].values {
    case .closedForm: "lines lw 1.5 dt 3"
    case .table: "points pt 6 ps 1.4 lw 1.5"
    }
  }

  /// A gnuplot string that enhanced text leaves alone.
  private static func quote(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "'": result += "''"
      case "_", "^", "{", "}", "@", "&", "~", "\\": result += "\\" + String(character)
      case "\n": result += " "
      default: result.append(character)
      }
    }
    return "'\(result)'"
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
    }
  }

  fileprivate func value(_ cell: CellParameters) -> Double {
    switch self {
    case .faultyFraction: cell.faultyFraction
    case .coalitionFraction: cell.coalitionFraction
    case .nodes: Double(cell.overlay.nodes)
    }
  }
}

extension FigureSpec.SeriesKey {
  fileprivate func value(_ cell: CellParameters) -> String {
    switch self {
    case .router: cell.router.label
    case .attack: cell.attack.label
    case .nodes: "\(cell.overlay.nodes)"
    case .digitBits: "\(cell.overlay.digitBits)"
    case .leafSetSize: "\(cell.overlay.leafSetSize)"
    case .faultyFraction: "\(cell.faultyFraction)"
    case .coalitionFraction: "\(cell.coalitionFraction)"
    }
  }

  fileprivate func label(_ cell: CellParameters) -> String {
    switch self {
    case .router, .attack: value(cell)
    case .nodes: "N = " + value(cell)
    case .digitBits: "b = " + value(cell)
    case .leafSetSize: "l = " + value(cell)
    case .faultyFraction: "f = " + value(cell)
    case .coalitionFraction: "c = " + value(cell)
    }
  }
}
