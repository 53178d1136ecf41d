import Glibc

/// The f at which one curve first falls below a level of delivery.
///
/// The crossing lies between two neighbouring cells. Between them log(1 - delivery) is taken as
/// linear in f; where nothing failed at the lower one, 1 - delivery itself, from 0. The ends of the
/// bracket are the crossings of the two ends of the intervals.
struct ThresholdCrossing {
  /// What the curve is about: every cell of it agrees in these.
  let cell: CellParameters
  let level: Double
  /// The last f before the curve falls, and the first f below; nil beyond the grid.
  let lastAbove: Double?
  let firstBelow: Double?
  /// The interpolated crossing and its bracket; nil when it is not between two cells.
  let estimate: Double?
  let low: Double?
  let high: Double?

  static let columns = [
    "campaign", "router", "attack", "nodes", "digit_bits", "leaf_set_size", "level", "last_above",
    "first_below", "faulty_fraction", "ci_low", "ci_high", "engine",
  ]

  /// One crossing per curve and level, in plan order. Curves run over f at c = f; cells of smaller
  /// coalitions are left out.
  static func all(plan: CampaignPlan, table: ResultTable) -> [ThresholdCrossing] {
    guard !plan.spec.thresholds.isEmpty else { return [] }
    var order: [GroupKey] = []
    var members: [GroupKey: [ResultTable.Row]] = [:]
    for row in table.rows {
      let cell = row.cell.parameters
      guard cell.coalitionFraction == cell.faultyFraction else { continue }
      if members[cell.groupKey] == nil { order.append(cell.groupKey) }
      members[cell.groupKey, default: []].append(row)
    }
    return order.flatMap { key in
      let rows = (members[key] ?? []).sorted {
        $0.cell.parameters.faultyFraction < $1.cell.parameters.faultyFraction
      }
      return plan.spec.thresholds.map { ThresholdCrossing(rows, level: $0) }
    }
  }

  /// - Precondition: `rows` is not empty and ascends in f.
  private init(_ rows: [ResultTable.Row], level: Double) {
    cell = rows[0].cell.parameters
    self.level = level
    let grid = rows.map(\.cell.parameters.faultyFraction)
    let means = rows.map { 1 - $0.result.delivered.mean }
    let worst = rows.map { 1 - $0.result.delivered.low }
    let best = rows.map { 1 - $0.result.delivered.high }
    let below = means.firstIndex { $0 > 1 - level }
    firstBelow = below.map { grid[$0] }
    lastAbove = below == nil ? grid.last : below.flatMap { $0 > 0 ? grid[$0 - 1] : nil }
    let crossing = { (failures: [Double]) in
      Self.crossing(grid, failures: failures, means: means, limit: 1 - level)
    }
    estimate = crossing(means)
    low = estimate == nil ? nil : crossing(worst) ?? grid[0]
    high = estimate == nil ? nil : crossing(best) ?? grid[grid.count - 1]
  }

  /// Where `failures`, the means or an end of their intervals, first exceeds `limit`; nil when that
  /// is not between two cells.
  static func crossing(
    _ grid: [Double], failures: [Double], means: [Double], limit: Double
  ) -> Double? {
    guard let above = failures.firstIndex(where: { $0 > limit }), above > 0 else { return nil }
    let (before, after) = (failures[above - 1], failures[above])
    let share: Double
    if means[above - 1] == 0 {
      share = limit / after
    } else if before > 0 {
      share = log(limit / before) / log(after / before)
    } else {
      // The interval reaches down to no failure at all.
      share = 1
    }
    return grid[above - 1] + share * (grid[above] - grid[above - 1])
  }

  /// `.31 (.30 - .32)`, `> .6` when the curve stays above, `< .05` when it starts below.
  var text: String {
    guard let estimate, let low, let high else {
      if let firstBelow { return "< \(CanonicalJSON.format(firstBelow))" }
      return lastAbove.map { "> \(CanonicalJSON.format($0))" } ?? ""
    }
    let decimals = estimate < 0.01 ? 5 : 3
    let values = [estimate, low, high].map { decimalText($0, decimals: decimals) }
    return "\(values[0]) (\(values[1])–\(values[2]))"
  }

  /// `thresholds.csv`: a header line, then one line per curve and level.
  static func csv(_ crossings: [ThresholdCrossing], campaign: String) -> String {
    var lines = [columns.joined(separator: ",")]
    for row in crossings {
      let optional = { (value: Double?) in value.map { "\($0)" } ?? "" }
      let fields = [
        campaign, row.cell.router.label, row.cell.attack.label, "\(row.cell.overlay.nodes)",
        "\(row.cell.overlay.digitBits)", "\(row.cell.overlay.leafSetSize)", "\(row.level)",
        optional(row.lastAbove), optional(row.firstBelow), optional(row.estimate),
        optional(row.low), optional(row.high), row.cell.engine.rawValue,
      ]
      lines.append(fields.map(ResultTable.quote).joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
