/// One way in which faulty nodes harm the overlay: one type, one file, one line in the registry.
///
/// An attack is a value made from checked parameters. It says what it does in one or both forms:
/// the *static form* changes ids, tables and hop outcomes in the sampling engine; the *protocol
/// form* stands between the honest node machine and the network in the event simulation.
/// `docs/guides/attacks.md` shows how to write one.
public protocol Attack: Sendable {
  /// What the attack is, for `redoubt attacks list` and `show`, and for checking parameters.
  static var descriptor: AttackDescriptor { get }

  /// Makes the attack from parameters that the registry has already checked against the descriptor.
  /// - Throws: `AttackError` when single values are in range but contradict each other.
  init(parameters: AttackParameters) throws(AttackError)

  /// What the attack does to ids, tables and hops in the sampling engine, or nil if it has no
  /// static form; the engine then refuses it by name.
  var staticForm: StaticForm? { get }

  /// What the attack does to messages in the real protocol, or nil if it has no protocol form; the
  /// event engine then refuses it by name. A new value in each call.
  var protocolForm: (any ProtocolForm)? { get }
}

extension Attack {
  /// No static form.
  public var staticForm: StaticForm? { nil }

  /// No protocol form.
  public var protocolForm: (any ProtocolForm)? { nil }
}

/// The public face of an attack.
public struct AttackDescriptor: Sendable, Equatable {
  /// The name used in specifications, in kebab case.
  public let name: String
  /// One sentence: what the faulty nodes do.
  public let summary: String
  /// The parameters in the order in which they are printed.
  public let parameters: [AttackParameter]
  /// Where the attack is described, as keys of `docs/references.bib`.
  public let source: String
  /// What answers the attack.
  public let defence: String

  /// Describes an attack.
  public init(
    name: String, summary: String, parameters: [AttackParameter] = [], source: String,
    defence: String
  ) {
    self.name = name
    self.summary = summary
    self.parameters = parameters
    self.source = source
    self.defence = defence
  }
}

/// One parameter of an attack: its name, unit, domain and default.
public struct AttackParameter: Sendable, Equatable {
  /// What values a parameter takes.
  public enum Domain: Sendable, Equatable {
    /// Any number in the range.
    case number(ClosedRange<Double>)
    /// A whole number in the range.
    case integer(ClosedRange<Int>)
    /// One of the words.
    case choice([String])
  }

  /// The name used in specifications.
  public let name: String
  /// One sentence.
  public let summary: String
  /// The unit, or "1" for a pure number.
  public let unit: String
  /// The values allowed.
  public let domain: Domain
  /// The value taken when the specification gives none, in the form that a specification uses.
  public let defaultValue: String

  /// Describes a parameter.
  public init(
    _ name: String, summary: String, unit: String, domain: Domain, defaultValue: String
  ) {
    self.name = name
    self.summary = summary
    self.unit = unit
    self.domain = domain
    self.defaultValue = defaultValue
  }

  /// The domain in words, for help and errors.
  public var domainText: String {
    switch domain {
    case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .choice(let words): "one of " + words.joined(separator: ", ")
    }
  }

  /// Whether `text` is a value of this parameter.
  public func accepts(_ text: String) -> Bool {
    switch domain {
    case .number(let range): Double(text).map { range.contains($0) } ?? false
    case .integer(let range): Int(text).map { range.contains($0) } ?? false
    case .choice(let words): words.contains(text)
    }
  }
}

/// Why an attack cannot be made or composed. The text names the attack and says what to change.
public struct AttackError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of mistake it is.
  public enum Code: Sendable, Equatable {
    /// No attack has this name.
    case unknownAttack
    /// The attack has no parameter of this name.
    case unknownParameter
    /// The value is not in the parameter's domain.
    case valueOutOfDomain
    /// Values or attacks that exclude each other.
    case conflict
    /// The attack has no form that the engine understands.
    case noStaticForm
    /// The attack has no form for the event engine.
    case noProtocolForm
  }

  /// What kind of mistake it is.
  public let code: Code
  /// The whole message, with the remedy.
  public let description: String
  /// The line of the specification that holds the mistake, counted from 1.
  public let line: Int?

  /// Makes an error.
  public init(_ code: Code, _ description: String, line: Int? = nil) {
    self.code = code
    self.description = description
    self.line = line
  }
}
