/// One figure: which cells are on which curve, and the numbers that are drawn.
///
/// `FigureDrawing+Script.swift` turns it into a gnuplot script.
struct FigureDrawing {
  /// One curve.
  struct Series {
    let label: String
    /// The cells, in the order of the points.
    let rows: [ResultTable.Row]
    let points: [Point]

    /// The points at which no failure was seen; only their bound is drawn.
    var bounds: [Point] { points.filter { $0.y == nil } }
  }

  /// One cell on a curve, in the units of the axes.
  struct Point {
    let x: Double
    /// Nil where the axis has no place for the mean: no failure seen, on a logarithmic axis.
    let y: Double?
    let low: Double
    let high: Double
  }

  /// Reference values that belong to one curve.
  struct ReferenceCurve {
    /// Which curve.
    let series: Int
    /// Which entry of the campaign's references.
    let reference: Int
    let points: [(x: Double, y: Double)]
  }

  let name: String
  let title: String
  let axis: FigureSpec.Axis
  let quantity: Quantity
  let scale: FigureSpec.Scale
  let series: [Series]
  let references: [ReferenceCurve]
  /// All references of the campaign.
  let sources: [ReferenceValues]
  /// The lower end of a logarithmic axis; positive.
  let floor: Double

  /// The figures that the campaign asks for; one over f with all parameters when it asks for none.
  static func all(plan: CampaignPlan, table: ResultTable) -> [FigureDrawing] {
    guard !plan.spec.measuresNothing else { return [] }
    var specs = plan.spec.figures
    if specs.isEmpty {
      specs = [
        FigureSpec(
          name: "delivery", title: plan.spec.name, axis: .faultyFraction, quantity: .delivered,
          scale: .linear, series: [.router, .attack, .nodes, .digitBits, .leafSetSize, .engine],
          filter: CellFilter(), showsReferences: true)
      ]
    }
    return specs.map { FigureDrawing($0, plan: plan, table: table) }
  }

  init(_ spec: FigureSpec, plan: CampaignPlan, table: ResultTable) {
    name = spec.name
    title = spec.title
    axis = spec.axis
    quantity = spec.quantity
    scale = spec.scale
    sources = plan.spec.references
    let rows = table.rows.filter {
      spec.filter.matches($0.cell.parameters) && $0.result[spec.quantity] != nil
        && spec.axis.value($0) != nil
    }
    let floor = Self.floor(rows.compactMap { $0.result[spec.quantity] }, scale: spec.scale)
    self.floor = floor
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
      var rows = members[label] ?? []
      // Along a cost axis the curve follows f, so the cells keep the order of the plan.
      if !spec.axis.isCost {
        rows.sort { spec.axis.value($0) ?? 0 < spec.axis.value($1) ?? 0 }
      }
      return Series(
        label: label.isEmpty ? "measured" : label, rows: rows,
        points: rows.compactMap { Self.point($0, spec: spec, floor: floor) })
    }
    guard spec.showsReferences, !spec.axis.isCost else {
      references = []
      return
    }
    references = labels.enumerated().flatMap { number, label in
      plan.spec.references.enumerated().compactMap { index, reference in
        guard reference.quantity == spec.quantity else { return nil }
        let points = (members[label] ?? []).compactMap { row -> (x: Double, y: Double)? in
          guard let value = reference.value(for: row.cell.parameters),
            let x = spec.axis.value(row)
          else { return nil }
          let y = spec.scale.position(value)
          return spec.scale == .linear || y > 0 ? (x, y) : nil
        }
        guard !points.isEmpty else { return nil }
        return ReferenceCurve(
          series: number, reference: index, points: points.sorted { $0.x < $1.x })
      }
    }
  }

  private static func point(_ row: ResultTable.Row, spec: FigureSpec, floor: Double) -> Point? {
    guard let estimate = row.result[spec.quantity], let x = spec.axis.value(row) else { return nil }
    let scale = spec.scale
    let ends = [scale.position(estimate.low), scale.position(estimate.high)].sorted()
    let y = scale.position(estimate.mean)
    guard scale != .linear else { return Point(x: x, y: y, low: ends[0], high: ends[1]) }
    return Point(
      x: x, y: y >= floor ? y : nil, low: max(floor, ends[0]), high: max(floor, ends[1]))
  }

  /// A power of ten below every mean and bound that is drawn on a logarithmic axis.
  private static func floor(_ estimates: [CellEstimate], scale: FigureSpec.Scale) -> Double {
    // The far end of an interval may lie below: it is cut.
    let positions = estimates.map { estimate in
      let mean = scale.position(estimate.mean)
      return mean > 0 ? mean : max(scale.position(estimate.low), scale.position(estimate.high))
    }
    guard let least = positions.filter({ $0 > 0 }).min(), scale != .linear else { return 1e-9 }
    var floor = 1.0
    while floor > least && floor > 1e-9 { floor /= 10 }
    return floor
  }

  /// The data: one block per curve, one per reference curve, one per curve with bounds; two empty
  /// lines between blocks.
  var data: String {
    let unit = scale == .failure ? "1-\(quantity.rawValue)" : quantity.rawValue
    var blocks = series.map { series in
      let rows = series.points.map { point in
        "\(point.x) \(point.y.map { "\($0)" } ?? "NaN") \(point.low) \(point.high)"
      }
      return "# \(series.label)\n# \(axis.rawValue) \(unit) ci_low ci_high\n"
        + (rows.isEmpty ? "NaN NaN NaN NaN" : rows.joined(separator: "\n"))
    }
    blocks += references.map { curve in
      let rows = curve.points.map { "\($0.x) \($0.y)" }
      let source = sources[curve.reference].claim.source
      return "# reference for \(series[curve.series].label): \(source)\n"
        + "# \(axis.rawValue) \(unit)\n" + rows.joined(separator: "\n")
    }
    blocks += series.filter { !$0.bounds.isEmpty }.map { series in
      let rows = series.bounds.map { "\($0.x) \($0.high)" }
      return "# bounds of \(series.label): nothing seen\n# \(axis.rawValue) bound\n"
        + rows.joined(separator: "\n")
    }
    return blocks.joined(separator: "\n\n\n") + "\n"
  }

  /// The sources of the reference values drawn, each once.
  var sourceTexts: [String] {
    references.map { sources[$0.reference].claim.source }.reduce(into: []) { texts, text in
      if !texts.contains(text) { texts.append(text) }
    }
  }
}

extension FigureSpec.Scale {
  /// Where a value stands on the axis.
  func position(_ value: Double) -> Double {
    self == .failure ? 1 - value : value
  }
}

extension FigureSpec.Axis {
  /// Whether the axis shows what a lookup costs.
  var isCost: Bool { cost != nil }

  private var cost: Quantity? {
    switch self {
    case .messages: .messages
    case .bytes: .bytes
    case .faultyFraction, .coalitionFraction, .nodes: nil
    }
  }

  /// The place of a cell; nil where its method does not measure the cost.
  func value(_ row: ResultTable.Row) -> Double? {
    let cell = row.cell.parameters
    switch self {
    case .faultyFraction: return cell.faultyFraction
    case .coalitionFraction: return cell.coalitionFraction
    case .nodes: return Double(cell.overlay.nodes)
    case .messages: return row.result[.messages]?.mean
    case .bytes: return row.result[.bytes]?.mean
    }
  }
}

extension FigureSpec.SeriesKey {
  func value(_ cell: CellParameters) -> String {
    switch self {
    case .router: cell.router.label
    case .kind: cell.router.name
    case .attack: cell.attack.label
    case .nodes: "\(cell.overlay.nodes)"
    case .digitBits: "\(cell.overlay.digitBits)"
    case .leafSetSize: "\(cell.overlay.leafSetSize)"
    case .faultyFraction: CanonicalJSON.format(cell.faultyFraction)
    case .coalitionFraction: CanonicalJSON.format(cell.coalitionFraction)
    case .engine: cell.engine.rawValue
    }
  }

  func label(_ cell: CellParameters) -> String {
    switch self {
    case .router, .kind, .attack, .engine: value(cell)
    case .nodes: "N = " + value(cell)
    case .digitBits: "b = " + value(cell)
    case .leafSetSize: "l = " + value(cell)
    case .faultyFraction: "f = " + value(cell)
    case .coalitionFraction: "c = " + value(cell)
    }
  }
}
