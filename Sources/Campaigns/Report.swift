import RouteSampling

/// `report.html`: figures, comparison and cells in one file without outside parts.
struct Report {
  let plan: CampaignPlan
  let table: ResultTable
  let comparisons: [Comparison]
  let crossings: [ThresholdCrossing]
  let drawings: [Drawing]
  let warnings: [String]

  var html: String {
    let spec = plan.spec
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(escape(spec.name))</title>
      <style>\(Self.style)</style>
      </head>
      <body>
      <h1>\(escape(spec.name))</h1>
      \(spec.summary.map { "<p>\(escape($0))</p>" } ?? "")
      \(warnings.map { "<p class=\"warning\">\(escape($0))</p>" }.joined(separator: "\n"))
      <p>\(overview)</p>
      \(figures)
      \(comparisonSection)
      \(thresholdSection)
      <h2>Reading the numbers</h2>
      \(definitions)
      <h2>Cells</h2>
      <details open><summary>\(table.rows.count) cells</summary>
      \(cellTable)
      </details>
      <h2>Doing it again</h2>
      \(reproduction)
      </body>
      </html>

      """
  }

  private var overview: String {
    let routes = table.rows.reduce(0) { $0 + $1.result.routes }
    let overlay = plan.spec.overlay
    let nodes = distinct(plan.cells.map(\.parameters.overlay.nodes))
    return "\(table.rows.count) cells, \(grouped(routes)) routes; "
      + "N = \(list(nodes)), b = \(list(overlay.digitBits)), l = \(list(overlay.leafSetSizes)), "
      + "\(overlay.tables.rawValue) tables, nodeIds "
      + (plan.identifiers.map { "from <code>\(escape($0.origin))</code>" } ?? "random") + "."
  }

  private var figures: String {
    drawings.enumerated().map { number, drawing in
      """
      <figure>\(inline(drawing.svg, number: number))
      <figcaption>\(escape(drawing.title)). Bands and bars are \(percent)&nbsp;% confidence
      intervals; an arrow starts at the bound of a cell in which nothing failed.
      \(drawing.sources.isEmpty ? "" : "References: \(escape(list(drawing.sources))).")
      Also as <code>figures/\(escape(drawing.name)).pdf</code>; drawn by
      <code>gnuplot</code> from <code>figures/\(escape(drawing.name)).gp</code>.</figcaption>
      </figure>
      """
    }.joined(separator: "\n")
  }

  private var percent: String {
    let value = plan.spec.precision.confidence * 100
    return value == value.rounded() ? "\(Int(value))" : "\(value)"
  }

  private var comparisonSection: String {
    guard !comparisons.isEmpty else { return "" }
    let agreeing = comparisons.filter(\.agrees).count
    let rows = comparisons.map { row in
      "<tr class=\"\(row.agrees ? "good" : "bad")\">"
        + cells([
          escape(row.subject), row.cell == nil ? "formula" : row.quantity.rawValue,
          number(row.measured.mean, row),
          "\(number(row.measured.low, row))&ndash;\(number(row.measured.high, row))",
          row.claim.relation.sign + CanonicalJSON.format(row.reference),
          signed(row.difference), tolerance(row.claim), verdict(row), escape(row.claim.source),
        ]) + "</tr>"
    }
    return """
      <h2>Measured against references</h2>
      <p>\(agreeing) of \(comparisons.count) agree: the reference lies in the interval, or within
      the stated tolerance of the measured value. A reference that is not required may differ; that
      is then a result.</p>
      <details open><summary>\(comparisons.count) comparisons</summary>
      <table><thead><tr>\(heads([
        "cell", "quantity", "measured", "interval", "reference", "difference", "tolerance",
        "verdict", "source",
      ]))</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></details>
      """
  }

  private func number(_ value: Double, _ row: Comparison) -> String {
    row.quantity.isProportion && row.cell != nil ? fixed(value) : significant(value)
  }

  private func tolerance(_ claim: Claim) -> String {
    claim.relativeTolerance > 0
      ? "\(CanonicalJSON.format(claim.relativeTolerance * 100))&nbsp;%" : "\(claim.tolerance)"
  }

  private func verdict(_ row: Comparison) -> String {
    switch row.verdict {
    case .agrees: "agrees"
    case .explained(let reason): "differs: " + escape(reason)
    case .differs: row.claim.isRequired ? "<b>fails</b>" : "differs"
    }
  }

  private var thresholdSection: String {
    guard !crossings.isEmpty else { return "" }
    let rows = crossings.map { row in
      "<tr>"
        + cells(engine(row.cell))
        + cells([
          escape(row.cell.router.label), escape(row.cell.attack.label),
          "\(row.cell.overlay.nodes)", "\(row.cell.overlay.digitBits)",
          "\(row.cell.overlay.leafSetSize)", "\(row.level)", escape(row.text),
        ]) + "</tr>"
    }
    return """
      <h2>Where each curve falls below a level</h2>
      <p>f between the last cell above and the first below, interpolated on the logarithm of the
      failure probability; in parentheses the same for the two ends of the intervals.</p>
      <table><thead><tr>\(heads(engineHead))\
      \(heads(["router", "attack", "N", "b", "l", "level", "f"]))</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table>
      """
  }

  private var definitions: String {
    let event =
      switch plan.spec.success {
      case .replicaRoots:
        "at least one copy reaches, over correct nodes only, a correct node that has the key's "
          + "root in its leaf set"
      case .path:
        "a copy reaches the key's root over correct nodes only; the root itself may be faulty"
      case .root:
        "a copy reaches the key's root over correct nodes only, and the root is correct"
      }
    return """
      <dl>
      <dt>Delivered (<code>success: \(plan.spec.success.rawValue)</code>)</dt>
      <dd>The sender is correct; \(event). The adversary instructs the faulty nodes as the
      attack says.</dd>
      <dt>probability</dt>
      <dd>Mean over independent batches of routes on the true routing graph.</dd>
      <dt>interval</dt>
      <dd>Over batches, never over single lookups that share a fault set. With a fixed number of
      routes: Student's t; when every batch says 0, or every batch says 1, the exact bound for
      that many independent trials. With a half-width: a confidence sequence.</dd>
      <dt>method</dt>
      <dd><code>exact</code>: the conditional probability of each sampled route, no fault is drawn.
      <code>masks</code>: \(Self.maskText) <code>trials</code>: every lookup is simulated with a
      fault set of its own; its interval is the exact binomial one, and messages count requests,
      answers and confirmations.</dd>
      \(eventsDefinition)
      </dl>
      """
  }

  /// Whether cells must be told apart by their engine.
  private var showsEngine: Bool { plan.spec.engines.count > 1 }

  private var engineHead: [String] { showsEngine ? ["engine"] : [] }

  private func engine(_ cell: CellParameters) -> [String] {
    showsEngine ? [cell.engine.rawValue] : []
  }

  private var eventsDefinition: String {
    guard let events = plan.spec.events else { return "" }
    let churn = events.churn.map { "Nodes stay for \($0) in the mean. " } ?? ""
    let delivered =
      events.delivered == .any
      ? "as above"
      : "for router <code>prefix</code> as above; for others when every correct one of the "
        + "\(events.replicas) replica roots has the message, out of the lookups whose key has one"
    return """
      <dt>engine <code>events</code></dt>
      <dd>The real protocol in the deterministic event simulation. Every batch is a run with a
      fault set of its own: its interval is taken over runs, and lookups count only for the rate
      within a run. \(churn)Delivered: \(delivered).</dd>
      """
  }

  private static let maskText = "fault sets are drawn and evaluated bit-parallel on each route."

  private var cellTable: String {
    let rows = table.rows.map { row in
      let parameters = row.cell.parameters
      let result = row.result
      return "<tr>"
        + cells(engine(parameters))
        + cells([
          "<code>\(row.cell.name)</code>", escape(parameters.router.label),
          escape(parameters.attack.label), "\(parameters.overlay.nodes)",
          "\(parameters.overlay.digitBits)", "\(parameters.overlay.leafSetSize)",
          "\(parameters.faultyFraction)", "\(parameters.coalitionFraction)",
          fixed(result.delivered.mean), fixed(result.delivered.low), fixed(result.delivered.high),
          result.evaluation.rawValue, grouped(result.routes), grouped(result.faultSets),
          optional(result[.hops], 2), optional(result[.messages], 1), optional(result[.bytes], 0),
          optional(result[.rounds], 2),
        ]) + "</tr>"
    }
    return """
      <table><thead><tr>\(heads(engineHead))\(heads([
        "cell", "router", "attack", "N", "b", "l", "f", "c", "probability", "low", "high",
        "method", "routes", "fault sets", "hops", "messages", "bytes", "rounds",
      ]))</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table>
      """
  }

  private var reproduction: String {
    """
    <p>Same seed, same bytes in <code>results.csv</code>, on any number of threads and from slices
    merged in any order. <code>manifest.json</code> says where and when this run was made.</p>
    <pre>redoubt campaign run spec.yaml --output again
    cmp again/results.csv results.csv
    redoubt campaign verify . --recompute 3</pre>
    <table>
    <tr><th>specification</th><td><code>\(plan.specHash)</code></td></tr>
    <tr><th>seed</th><td>\(plan.spec.seed)</td></tr>
    <tr><th>results.csv</th><td><code>\(ContentHash.hex(of: table.csv))</code> (SHA-256)</td></tr>
    <tr><th>version</th>\
    <td>redoubt \(CampaignVersion.current), \(CampaignVersion.toolchain)</td></tr>
    </table>
    <details><summary>spec.yaml</summary><pre>\(escape(plan.spec.text))</pre></details>
    """
  }
}

extension Report {
  /// The SVG element alone, its ids made distinct from those of other figures.
  private func inline(_ svg: String, number: Int) -> String {
    guard let start = svg.firstRange(of: "<svg") else { return "" }
    return String(svg[start.lowerBound...])
      .replacing("id=\"", with: "id=\"f\(number)-").replacing("id='", with: "id='f\(number)-")
      .replacing("href='#", with: "href='#f\(number)-")
      .replacing("href=\"#", with: "href=\"#f\(number)-")
      .replacing("url(#", with: "url(#f\(number)-")
  }

  private func cells(_ values: [String]) -> String {
    values.map { "<td>\($0)</td>" }.joined()
  }

  private func heads(_ values: [String]) -> String {
    values.map { "<th>\($0)</th>" }.joined()
  }

  private func escape(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }

  /// Five decimals, or as many as asked.
  private func fixed(_ value: Double, _ decimals: Int = 5) -> String {
    decimalText(value, decimals: decimals)
  }

  private func optional(_ estimate: CellEstimate?, _ decimals: Int) -> String {
    estimate.map { fixed($0.mean, decimals) } ?? ""
  }

  private func signed(_ value: Double) -> String {
    (value < 0 ? "&minus;" : "+") + decimalText(value.magnitude, decimals: 5)
  }

  private func grouped(_ value: Int) -> String {
    var text = "\(value)"
    var position = text.count - 3
    while position > 0 {
      text.insert(contentsOf: "&#8239;", at: text.index(text.startIndex, offsetBy: position))
      position -= 3
    }
    return text
  }

  private func list<Value: CustomStringConvertible>(_ values: [Value]) -> String {
    values.map(\.description).joined(separator: ", ")
  }

  private func distinct<Value: Equatable>(_ values: [Value]) -> [Value] {
    values.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  fileprivate static let style = """
    body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;\
    color:#1a1a1a;background:#fff}h1,h2{line-height:1.2}figure{margin:1.5rem 0}\
    figure svg{width:100%;height:auto}figcaption{color:#555;font-size:.9rem}\
    table{border-collapse:collapse;font-size:.85rem;display:block;overflow-x:auto}\
    th,td{padding:.2rem .6rem;border-bottom:1px solid #ddd;text-align:left;white-space:nowrap;\
    font-variant-numeric:tabular-nums}th{background:#f4f4f4}tr.bad td{background:#fdf1e7}\
    .warning{background:#fff4ce;padding:.6rem 1rem;border-left:4px solid #e69f00}\
    pre{background:#f4f4f4;padding:.8rem;overflow-x:auto}dt{font-weight:600;margin-top:.5rem}
    """
}
