import RouteSampling

/// The rows of `results.csv`.
///
/// Columns keep their order for ever; new ones are added at the end. Numbers are printed with the
/// fewest digits that give the same `Double` back, with '.' as the decimal point.
struct ResultTable {
  /// One row: a finished cell.
  struct Row {
    let cell: Cell
    let result: CellResult
    let reference: Double?
  }

  static let columns = [
    "campaign", "cell", "router", "attack", "nodes", "digit_bits", "leaf_set_size",
    "faulty_fraction", "coalition_fraction", "routes", "fault_sets", "probability", "ci_low",
    "ci_high", "method", "hops_mean", "messages_mean", "reference", "seed", "success", "tables",
    "stop", "batches", "confidence", "faulty_fraction_reached", "test_fired", "forgery_accepted",
  ]

  let campaign: String
  let seed: UInt64
  let rows: [Row]

  init(plan: CampaignPlan, shards: [(cell: Cell, shard: Shard)]) {
    campaign = plan.spec.name
    seed = plan.spec.seed
    rows = shards.map { cell, shard in
      Row(cell: cell, result: shard.result, reference: plan.reference(for: cell))
    }
  }

  /// The file: a header line, then one line per finished cell in plan order.
  var csv: String {
    var lines = [Self.columns.joined(separator: ",")]
    for row in rows { lines.append(fields(row).map(Self.quote).joined(separator: ",")) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The values of one row, in the order of `columns`.
  func fields(_ row: Row) -> [String] {
    let parameters = row.cell.parameters
    let result = row.result
    return [
      campaign, row.cell.name, parameters.router.label, parameters.attack.label,
      "\(parameters.overlay.nodes)", "\(parameters.overlay.digitBits)",
      "\(parameters.overlay.leafSetSize)", "\(parameters.faultyFraction)",
      "\(parameters.coalitionFraction)", "\(result.routes)", "\(result.faultSets)",
      "\(result.estimate.probability)", "\(result.estimate.low)", "\(result.estimate.high)",
      result.method.rawValue, "\(result.hops)", "\(result.messages)",
      row.reference.map { "\($0)" } ?? "", "\(seed)", parameters.success.rawValue,
      parameters.overlay.tables.rawValue, result.end.rawValue, "\(result.batchMeans.count)",
      "\(parameters.precision.confidence)", "\(result.faultyFraction)", "\(result.testFired)",
      "\(result.forgeryAccepted)",
    ]
  }

  /// RFC 4180.
  private static func quote(_ field: String) -> String {
    guard field.contains(where: { ",\"\n\r".contains($0) }) else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}
