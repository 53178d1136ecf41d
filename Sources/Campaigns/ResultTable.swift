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

  static let columns =
    [
      "campaign", "cell", "router", "attack", "nodes", "digit_bits", "leaf_set_size",
      "faulty_fraction", "coalition_fraction", "routes", "fault_sets", "probability", "ci_low",
      "ci_high", "method", "hops_mean", "messages_mean", "reference", "seed", "success", "tables",
      "stop", "batches", "confidence", "faulty_fraction_reached", "test_fired", "forgery_accepted",
      "bytes_mean", "rounds_mean", "timeouts_mean",
    ] + intervalQuantities.flatMap { ["\($0.column)_low", "\($0.column)_high"] }
    + ["engine"]

  /// The quantities whose interval stands in columns of its own, at the end.
  static let intervalQuantities = Quantity.allCases.filter { $0 != .delivered }

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
    let delivered = result.delivered
    let mean = { (quantity: Quantity) in result[quantity].map { "\($0.mean)" } ?? "" }
    return [
      campaign, row.cell.name, parameters.router.label, parameters.attack.label,
      "\(parameters.overlay.nodes)", "\(parameters.overlay.digitBits)",
      "\(parameters.overlay.leafSetSize)", "\(parameters.faultyFraction)",
      "\(parameters.coalitionFraction)", "\(result.routes)", "\(result.faultSets)",
      "\(delivered.mean)", "\(delivered.low)", "\(delivered.high)", result.evaluation.rawValue,
      mean(.hops), mean(.messages), row.reference.map { "\($0)" } ?? "", "\(seed)",
      parameters.success.rawValue, parameters.tablesText, result.end.rawValue,
      "\(result.batchMeans.count)", "\(parameters.precision.confidence)",
      "\(result.faultyFraction)", mean(.testFired), mean(.forgeryAccepted), mean(.bytes),
      mean(.rounds), mean(.timeouts),
    ]
      + Self.intervalQuantities.flatMap { quantity in
        result[quantity].map { ["\($0.low)", "\($0.high)"] } ?? ["", ""]
      }
      + [parameters.engine.rawValue]
  }

  /// RFC 4180.
  static func quote(_ field: String) -> String {
    guard field.contains(where: { ",\"\n\r".contains($0) }) else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}
