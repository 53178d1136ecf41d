/// A value of ours beside one that somebody else published.
struct Comparison {
  /// What the comparison says.
  enum Verdict: Equatable {
    /// The claim is met.
    case agrees
    /// It is not, and the campaign file says why.
    case explained(String)
    /// It is not.
    case differs
  }

  /// What is compared: a cell's title, or the title of a formula.
  let subject: String
  /// The cell; nil for a formula.
  let cell: Cell?
  let quantity: Quantity
  let measured: CellEstimate
  let reference: Double
  let claim: Claim
  /// The closed form that the reference is; nil for a published number.
  let closedForm: ClosedFormNumber?

  /// Ours minus theirs.
  var difference: Double { measured.mean - reference }

  var agrees: Bool { claim.isMet(by: measured, claimed: reference) }

  var verdict: Verdict {
    if agrees { return .agrees }
    return claim.because.map { .explained($0) } ?? .differs
  }

  /// For a failed run's message.
  var sentence: String {
    "\(subject): measured \(measured.mean)\(quantity == .delivered ? "" : " \(quantity.title)"), "
      + "reference \(claim.relation.sign)\(reference) (\(claim.source)), "
      + "tolerance \(claim.tolerance)"
      + (claim.relativeTolerance > 0 ? " or \(claim.relativeTolerance) of it" : "")
  }

  /// Every reference that applies to `row` and whose quantity its method measures, in file order.
  static func all(for row: ResultTable.Row, references: [ReferenceValues]) -> [Comparison] {
    references.compactMap { reference in
      guard let value = reference.value(for: row.cell.parameters),
        let measured = row.result[reference.quantity]
      else { return nil }
      return Comparison(
        subject: row.cell.title, cell: row.cell, quantity: reference.quantity, measured: measured,
        reference: value, claim: reference.claim,
        closedForm: reference.closedForm(for: row.cell.parameters))
    }
  }

  /// The cells' comparisons in the order of the rows, then those of the formulas.
  static func all(plan: CampaignPlan, table: ResultTable) -> [Comparison] {
    let cells = table.rows.flatMap { all(for: $0, references: plan.spec.references) }
    return cells + plan.spec.formulas.compactMap(Comparison.init)
  }

  /// What a formula gives, beside the published number; nil when none was published.
  init?(_ row: FormulaRow) {
    guard let published = row.published else { return nil }
    subject = row.title
    cell = nil
    quantity = .delivered
    measured = CellEstimate(mean: row.value, low: row.value, high: row.value)
    reference = published
    claim = row.claim
    closedForm = row.closedForm
  }

  private init(
    subject: String, cell: Cell, quantity: Quantity, measured: CellEstimate, reference: Double,
    claim: Claim, closedForm: ClosedFormNumber?
  ) {
    self.subject = subject
    self.cell = cell
    self.quantity = quantity
    self.measured = measured
    self.reference = reference
    self.claim = claim
    self.closedForm = closedForm
  }
}
