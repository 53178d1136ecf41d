/// An attack as a specification names it: not yet checked.
public struct AttackSelection: Sendable, Equatable {
  /// One parameter as written.
  public struct Assignment: Sendable, Equatable {
    /// The parameter's name.
    public let name: String
    /// The value as written.
    public let value: String
    /// The line of the specification, counted from 1, if there is one.
    public let line: Int?

    /// Names a parameter and its value.
    public init(name: String, value: String, line: Int? = nil) {
      self.name = name
      self.value = value
      self.line = line
    }
  }

  /// The attack's name.
  public let name: String
  /// The parameters given, in order.
  public let parameters: [Assignment]
  /// The line of the specification, counted from 1, if there is one.
  public let line: Int?

  /// Selects an attack by name.
  public init(name: String, parameters: [Assignment] = [], line: Int? = nil) {
    self.name = name
    self.parameters = parameters
    self.line = line
  }
}

/// Checked parameter values of one attack, defaults filled in.
public struct AttackParameters: Sendable, Equatable {
  private let descriptor: AttackDescriptor
  private let values: [String]

  /// Checks a selection against the descriptor and fills in the defaults.
  /// - Throws: `AttackError` with code `unknownParameter` or `valueOutOfDomain`, naming what is
  ///   allowed and the line of the mistake; `conflict` when a parameter is given twice.
  public init(_ selection: AttackSelection, of descriptor: AttackDescriptor) throws(AttackError) {
    self.descriptor = descriptor
    var values = descriptor.parameters.map(\.defaultValue)
    var given = [Bool](repeating: false, count: values.count)
    for assignment in selection.parameters {
      guard
        let index = descriptor.parameters.firstIndex(where: { $0.name == assignment.name })
      else {
        let known = descriptor.parameters.map(\.name).joined(separator: ", ")
        throw AttackError(
          .unknownParameter,
          "attack \(descriptor.name) has no parameter \(assignment.name); it has "
            + (known.isEmpty ? "none" : known), line: assignment.line)
      }
      if given[index] {
        throw AttackError(
          .conflict, "attack \(descriptor.name): parameter \(assignment.name) is given twice",
          line: assignment.line)
      }
      let parameter = descriptor.parameters[index]
      guard parameter.accepts(assignment.value) else {
        throw AttackError(
          .valueOutOfDomain,
          "attack \(descriptor.name): \(parameter.name) must be \(parameter.domainText), got "
            + assignment.value, line: assignment.line)
      }
      values[index] = assignment.value
      given[index] = true
    }
    self.values = values
  }

  /// The value of a number or whole-number parameter.
  /// - Precondition: the descriptor has such a parameter.
  public func number(_ name: String) -> Double {
    guard let value = Double(text(name)) else {
      preconditionFailure("attack \(descriptor.name): parameter \(name) is not a number")
    }
    return value
  }

  /// The value of a whole-number parameter.
  /// - Precondition: the descriptor has such a parameter.
  public func integer(_ name: String) -> Int {
    guard let value = Int(text(name)) else {
      preconditionFailure("attack \(descriptor.name): parameter \(name) is not a whole number")
    }
    return value
  }

  /// The value as text; for choices, one of the words.
  /// - Precondition: the descriptor has such a parameter.
  public func text(_ name: String) -> String {
    guard let index = descriptor.parameters.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("attack \(descriptor.name) declares no parameter \(name)")
    }
    return values[index]
  }
}
