import Bounds

/// One campaign in the document: what it is, how to run it, and its tables.
struct ReproductionSection {
  let plan: CampaignPlan
  let table: ResultTable
  /// The campaign file as it was named when the run began.
  let file: String?
  let comparisons: [Comparison]
  private let crossings: [ThresholdCrossing]

  init(plan: CampaignPlan, table: ResultTable, file: String?) {
    self.plan = plan
    self.table = table
    self.file = file
    comparisons = Comparison.all(plan: plan, table: table)
    crossings = ThresholdCrossing.all(plan: plan, table: table)
  }

  var text: String {
    var parts = ["## \(plan.spec.title ?? plan.spec.name)", facts]
    if let summary = plan.spec.summary { parts.append(summary) }
    parts += comparisonTables
    parts += [formulaTable, thresholdTable].compactMap { $0 }
    parts += FigureDrawing.all(plan: plan, table: table).compactMap(figureTable)
    return parts.joined(separator: "\n\n")
  }

  private var facts: String {
    let run = "`redoubt campaign run \(file ?? "spec.yaml")`"
    let specification = "specification `\(plan.specHash.prefix(16))`"
    guard !plan.spec.measuresNothing else { return "\(run): closed forms, \(specification)." }
    let routes = table.rows.reduce(0) { $0 + $1.result.routes }
    return "\(run): \(plan.cells.count) cells, \(grouped(routes)) routes, seed \(plan.spec.seed), "
      + "\(specification)."
  }

  // MARK: Comparisons

  /// One table per source, in file order.
  private var comparisonTables: [String] {
    var groups: [[Comparison]] = []
    for reference in plan.spec.references {
      let isSame = { (row: Comparison) in
        row.cell != nil && row.claim == reference.claim && row.quantity == reference.quantity
      }
      // Several entries of one source, for instance one per node count, make one table.
      if groups.contains(where: { isSame($0[0]) }) { continue }
      let rows = comparisons.filter(isSame)
      if !rows.isEmpty { groups.append(rows) }
    }
    return groups.map(comparisonTable)
  }

  private func comparisonTable(_ rows: [Comparison]) -> String {
    let claim = rows[0].claim
    let cells = rows.compactMap(\.cell?.parameters)
    let forms = rows.map(closedForm)
    let names = Set(forms.compactMap { $0?.formula }).sorted()
    let varying = FigureSpec.SeriesKey.allCases.filter { key in
      key != .coalitionFraction && key != .kind && Set(cells.map(key.value)).count > 1
    }
    let fixed = FigureSpec.SeriesKey.allCases
      .filter { ![.coalitionFraction, .kind, .engine].contains($0) && !varying.contains($0) }
      .map { $0 == .nodes ? "N = " + grouped(cells[0].overlay.nodes) : $0.label(cells[0]) }
    var lines = [
      head(
        varying.map(\.columnTitle)
          + ["ours", "interval", "reference"] + (names.isEmpty ? [] : ["exact"])
          + ["difference", "verdict"], words: varying.count)
    ]
    for (row, form) in zip(rows, forms) {
      guard let cell = row.cell?.parameters else { continue }
      let decimals = row.measured.decimals
      lines.append(
        line(
          varying.map { $0 == .nodes ? grouped(cell.overlay.nodes) : $0.value(cell) } + [
            decimalText(row.measured.mean, decimals: decimals), row.measured.intervalText,
            row.claim.relation.sign + published(row),
          ] + (names.isEmpty ? [] : [form.map(exact) ?? ""]) + [
            signed(row.difference, decimals: decimals), row.agrees ? "agrees" : "differs",
          ]))
    }
    let quantity = rows[0].quantity == .delivered ? "" : ", \(rows[0].quantity.title)"
    let basis =
      names.isEmpty
      ? "no closed form" : "exact: " + names.map { "`\($0)`" }.joined(separator: ", ")
    var text = "**\(claim.source)**\(quantity); \(fixed.joined(separator: ", ")); \(basis)."
    text += "\n\n" + folded(lines, rows: rows.count, "\(rows.count) comparisons")
    if let because = claim.because, rows.contains(where: { !$0.agrees }) {
      text += "\n\nDiffers because \(because)"
    }
    return text
  }

  /// As it was published; what a formula gives is rounded.
  private func published(_ row: Comparison) -> String {
    let exact = CanonicalJSON.format(row.reference)
    return exact.count <= 8 ? exact : significant(row.reference, digits: 4)
  }

  /// The closed form of what a comparison measures, that of its own reference before others; nil
  /// where there is none.
  private func closedForm(_ row: Comparison) -> ClosedFormNumber? {
    if let own = row.closedForm { return own }
    guard let cell = row.cell else { return nil }
    return plan.spec.references.lazy.filter { $0.quantity == row.quantity }
      .compactMap { $0.closedForm(for: cell.parameters) }.first
  }

  /// Its leading digits, each of them proven; empty where it has no value.
  private func exact(_ number: ClosedFormNumber) -> String {
    guard let value = try? number.exact(), let decimal = value.decimal(digits: 10) else {
      return ""
    }
    return decimal.description
  }

  private var formulaTable: String? {
    guard !plan.spec.formulas.isEmpty else { return nil }
    var lines = [
      head(["number", "closed form", "exact", "published", "difference", "verdict"], words: 2)
    ]
    var reasons: [String] = []
    for formula in plan.spec.formulas {
      let start = [
        formula.title, "`\(formula.formula.name)`: \(formula.argumentText)",
        exact(formula.closedForm),
      ]
      guard let row = Comparison(formula) else {
        lines.append(line(start + ["", "", ""]))
        continue
      }
      var verdict = row.agrees ? "agrees" : "differs"
      if case .explained(let because) = row.verdict {
        if !reasons.contains(because) { reasons.append(because) }
        verdict += " (\((reasons.firstIndex(of: because) ?? 0) + 1))"
      }
      let difference = significant(row.difference.magnitude, digits: 2)
      lines.append(
        line(
          start + [
            row.claim.relation.sign + published(row), (row.difference < 0 ? "-" : "+") + difference,
            verdict,
          ]))
    }
    let sources = plan.spec.formulas.map(\.claim.source).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    var text = "Closed forms beside published numbers (\(sources.joined(separator: "; "))).\n\n"
    text += lines.joined(separator: "\n")
    for (number, reason) in reasons.enumerated() {
      text += "\n\n(\(number + 1)) \(reason)"
    }
    return text
  }

  // MARK: Levels and figures

  private var thresholdTable: String? {
    guard !crossings.isEmpty else { return nil }
    let keys = FigureSpec.SeriesKey.allCases.filter { key in
      key == .router
        || key != .faultyFraction && key != .coalitionFraction && key != .kind
          && Set(crossings.map { key.value($0.cell) }).count > 1
    }
    let levels = plan.spec.thresholds
    var lines = [head(keys.map(\.columnTitle) + levels.map { "below \($0)" }, words: keys.count)]
    for start in stride(from: 0, to: crossings.count, by: levels.count) {
      let row = crossings[start..<start + levels.count]
      lines.append(line(keys.map { $0.value(row[start].cell) } + row.map(\.text)))
    }
    return "f at which each curve falls below a level, between the cells around it, and in "
      + "parentheses the same for the ends of the intervals.\n\n" + lines.joined(separator: "\n")
  }

  /// The numbers behind a figure.
  private func figureTable(_ figure: FigureDrawing) -> String? {
    guard figure.series.contains(where: { !$0.rows.isEmpty }) else { return nil }
    let lines = figure.axis.isCost ? costLines(figure) : curveLines(figure)
    return folded(lines, rows: .max, "\(figure.title): \(figure.quantity.title) and interval")
  }

  /// One row per cell: what it costs, what it delivers.
  private func costLines(_ figure: FigureDrawing) -> [String] {
    var lines = [head(["curve", "f", figure.axis.rawValue, figure.quantity.rawValue], words: 2)]
    for series in figure.series {
      for row in series.rows {
        lines.append(
          line([
            series.label, CanonicalJSON.format(row.cell.parameters.faultyFraction),
            figure.axis.value(row).map { significant($0) } ?? "",
            row.result[figure.quantity]?.text(figure.quantity) ?? "",
          ]))
      }
    }
    return lines
  }

  /// One row per place on the axis, one column per curve.
  private func curveLines(_ figure: FigureDrawing) -> [String] {
    let places = figure.series.flatMap { $0.rows.compactMap(figure.axis.value) }
    let axis = Set(places).sorted()
    var lines = [head([figure.axis.symbol] + figure.series.map(\.label), words: 1)]
    for place in axis {
      lines.append(
        line(
          [CanonicalJSON.format(place)]
            + figure.series.map { series in
              series.rows.first { figure.axis.value($0) == place }?
                .result[figure.quantity]?.text(figure.quantity) ?? ""
            }))
    }
    return lines
  }

  // MARK: Markdown

  /// A table that opens on demand when it is long.
  private func folded(_ lines: [String], rows: Int, _ caption: String) -> String {
    let table = lines.joined(separator: "\n")
    guard rows > 24 else { return table }
    return "<details><summary>\(caption)</summary>\n\n\(table)\n\n</details>"
  }

  private func head(_ names: [String], words: Int) -> String {
    let rule = names.indices.map { $0 < words ? "---" : "---:" }
    return line(names) + "\n" + line(rule)
  }

  private func line(_ fields: [String]) -> String {
    "| " + fields.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
  }

  private func signed(_ value: Double, decimals: Int) -> String {
    (value < 0 ? "-" : "+") + decimalText(value.magnitude, decimals: decimals)
  }

  private func grouped(_ value: Int) -> String {
    var digits = Array("\(value)")
    for position in stride(from: digits.count - 3, to: 0, by: -3) {
      digits.insert(",", at: position)
    }
    return String(digits)
  }
}

extension CellEstimate {
  /// Decimals that show the interval's width with one digit, and what is missing to 1.
  var decimals: Int {
    let half = (high - low) / 2
    // Every batch gave the same.
    guard half > 0 else { return mean == mean.rounded() ? 0 : 4 }
    let missing = high < 1 && low > 0.9 ? 2 * (1 - high) : .infinity
    var decimals = 0
    var step = 1.0
    while step > min(half, missing) && decimals < 7 {
      step /= 10
      decimals += 1
    }
    return mean.magnitude >= 1000 ? 0 : decimals
  }

  /// `.9990 - .9992`.
  var intervalText: String {
    "\(decimalText(low, decimals: decimals)) – \(decimalText(high, decimals: decimals))"
  }

  /// Mean and interval; for a probability, a bound alone where nothing, or everything, failed.
  func text(_ quantity: Quantity) -> String {
    if quantity.isProportion, mean == 1 { return "1 (≥ \(decimalText(low, decimals: decimals)))" }
    if quantity.isProportion, mean == 0 { return "0 (≤ \(decimalText(high, decimals: decimals)))" }
    return "\(decimalText(mean, decimals: decimals)) (\(intervalText))"
  }
}

extension FigureSpec.SeriesKey {
  /// The head of a table's column.
  fileprivate var columnTitle: String {
    switch self {
    case .router, .kind, .attack, .engine: rawValue
    case .nodes: "N"
    case .digitBits: "b"
    case .leafSetSize: "l"
    case .faultyFraction: "f"
    case .coalitionFraction: "c"
    }
  }
}

extension FigureSpec.Axis {
  /// The head of a table's column.
  fileprivate var symbol: String {
    switch self {
    case .faultyFraction: "f"
    case .coalitionFraction: "c"
    case .nodes: "N"
    case .messages, .bytes: rawValue
    }
  }
}
