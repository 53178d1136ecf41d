public import Bounds

/// A number that an experiment takes from a closed form: which one, at which arguments.
public struct ClosedFormNumber: Hashable, Sendable {
  /// One argument, as the campaign file or the cell has it.
  struct Argument: Hashable {
    let name: String
    let value: Double

    /// The decimal that the file says: the shortest one that gives this `Double`.
    var text: String { CanonicalJSON.format(value) }
  }

  /// The name of the formula, which is that of the bound as well.
  public let formula: String
  /// In the order of the formula.
  let arguments: [Argument]

  init(_ formula: Formula, _ values: [String: Double]) {
    self.formula = formula.name
    arguments = formula.parameters.compactMap { name in
      values[name].map { Argument(name: name, value: $0) }
    }
  }

  /// Reads `name=value;name=value`.
  init?(formula: String, argumentText: String) {
    self.formula = formula
    var arguments: [Argument] = []
    for field in argumentText.split(separator: ";") {
      let parts = field.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2, let value = Double(parts[1]), value.isFinite else { return nil }
      arguments.append(Argument(name: String(parts[0]), value: value))
    }
    self.arguments = arguments
  }

  /// `name=value;name=value`.
  var argumentText: String {
    arguments.map { "\($0.name)=\($0.text)" }.joined(separator: ";")
  }

  /// `forwarding nodes=100000;digitBits=4;faultyFraction=0.1`.
  public var description: String { "\(formula) \(argumentText)" }

  /// What floating point says; nil when no formula has that name.
  var double: Double? {
    Formula.named(formula)?.value(
      Dictionary(arguments.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }))
  }

  /// What exact arithmetic says.
  /// - Throws: `CampaignError.Code.badData` when there is no such bound, or it has no value here.
  public func exact() throws(CampaignError) -> BoundValue {
    guard let bound = Bound.named(formula) else {
      throw CampaignError(
        .badData, "no bound is called \(formula)", remedy: "`redoubt bound` lists them.")
    }
    var values: [String: Rational] = [:]
    for argument in arguments { values[argument.name] = Rational(argument.text) }
    do {
      return try bound.value(values)
    } catch {
      throw CampaignError(.badData, "\(description): \(error)")
    }
  }
}

extension CampaignPlan {
  /// The closed forms of the references and of the formula rows, each once, in plan order.
  public var closedFormNumbers: [ClosedFormNumber] {
    var seen: Set<ClosedFormNumber> = []
    var numbers: [ClosedFormNumber] = []
    for reference in spec.references {
      for cell in cells {
        if let number = reference.closedForm(for: cell.parameters), seen.insert(number).inserted {
          numbers.append(number)
        }
      }
    }
    for row in spec.formulas where seen.insert(row.closedForm).inserted {
      numbers.append(row.closedForm)
    }
    return numbers
  }
}

extension ReferenceValues {
  /// The closed form that the reference takes for a cell; nil for a table or where none applies.
  func closedForm(for cell: CellParameters) -> ClosedFormNumber? {
    guard case .closedForm(let formula, let arguments) = values, value(for: cell) != nil else {
      return nil
    }
    return ClosedFormNumber(formula, cell.formulaArguments.merging(arguments) { $1 })
  }
}

extension FormulaRow {
  var closedForm: ClosedFormNumber { ClosedFormNumber(formula, arguments) }
}
