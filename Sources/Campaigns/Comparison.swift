/// A measured probability beside a reference value.
struct Comparison {
  let cell: Cell
  let probability: Double
  let low: Double
  let high: Double
  let reference: Double
  let source: String
  let tolerance: Double
  let isRequired: Bool

  /// Measured minus reference.
  var difference: Double { probability - reference }

  /// Whether the reference lies in the interval, or within the tolerance of the measured value.
  var agrees: Bool {
    (low <= reference && reference <= high) || abs(difference) <= tolerance
  }

  /// For a failed run's message.
  var sentence: String {
    "\(cell.title): measured \(probability), reference \(reference) (\(source)), "
      + "tolerance \(tolerance)"
  }

  /// Every reference that applies to `row`, in file order.
  static func all(for row: ResultTable.Row, references: [ReferenceValues]) -> [Comparison] {
    references.compactMap { reference in
      guard let value = reference.probability(for: row.cell.parameters) else { return nil }
      let estimate = row.result.estimate
      return Comparison(
        cell: row.cell, probability: estimate.probability, low: estimate.low, high: estimate.high,
        reference: value, source: reference.source, tolerance: reference.tolerance,
        isRequired: reference.isRequired)
    }
  }
}
