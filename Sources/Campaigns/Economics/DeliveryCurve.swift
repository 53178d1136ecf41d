import Glibc

/// Delivery of one router against f, as a campaign measured it.
///
/// Between two measured f, log(1 - delivery) is taken as linear, or 1 - delivery itself where
/// nothing failed at the lower one; a point above one to its left is lowered to it, since more
/// faults never help delivery.
struct DeliveryCurve: Sendable {
  struct Point: Sendable {
    let faultyFraction: Double
    let mean: Double
    let low: Double
    let high: Double
  }

  let router: String
  /// Ascending in f, at least one.
  let points: [Point]
  /// Where the mean first falls below the level; nil when it does not between two points.
  let crossing: Double?

  /// The curves of the first attack, one per router in plan order.
  static func all(_ table: ResultTable, level: Double) -> [DeliveryCurve] {
    var order: [String] = []
    var rows: [String: [Point]] = [:]
    let attack = table.rows.first?.cell.parameters.attack.label
    for row in table.rows where row.cell.parameters.attack.label == attack {
      let cell = row.cell.parameters
      if rows[cell.router.label] == nil { order.append(cell.router.label) }
      let delivered = row.result.delivered
      rows[cell.router.label, default: []].append(
        Point(
          faultyFraction: cell.faultyFraction, mean: delivered.mean, low: delivered.low,
          high: delivered.high))
    }
    return order.map { DeliveryCurve(router: $0, points: rows[$0] ?? [], level: level) }
  }

  init(router: String, points: [Point], level: Double) {
    self.router = router
    var falling: [Point] = []
    for point in points.sorted(by: { $0.faultyFraction < $1.faultyFraction }) {
      let last = falling.last
      falling.append(
        Point(
          faultyFraction: point.faultyFraction, mean: min(point.mean, last?.mean ?? 1),
          low: min(point.low, last?.low ?? 1), high: min(point.high, last?.high ?? 1)))
    }
    self.points = falling
    let failures = falling.map { 1 - $0.mean }
    crossing = ThresholdCrossing.crossing(
      falling.map(\.faultyFraction), failures: failures, means: failures, limit: 1 - level)
  }

  /// Delivery at f; nil outside of what was measured.
  func delivery(at f: Double) -> Point? {
    guard let above = points.firstIndex(where: { $0.faultyFraction >= f }) else { return nil }
    let next = points[above]
    if next.faultyFraction == f { return next }
    guard above > 0 else { return nil }
    let last = points[above - 1]
    let share = (f - last.faultyFraction) / (next.faultyFraction - last.faultyFraction)
    func between(_ left: Double, _ right: Double) -> Double {
      let (low, high) = (1 - left, 1 - right)
      // The ends of the interval follow the rule of the mean, or they would cross it.
      guard last.mean < 1, low > 0 else { return 1 - low - share * (high - low) }
      return 1 - low * pow(high / low, share)
    }
    let mean = between(last.mean, next.mean)
    return Point(
      faultyFraction: f, mean: mean, low: min(mean, between(last.low, next.low)),
      high: max(mean, between(last.high, next.high)))
  }
}
