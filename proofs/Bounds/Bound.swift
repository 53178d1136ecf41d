/// A closed form that is evaluated exactly, or enclosed: a name, what it takes, and the function.
///
/// The names and parameters are those that campaign files use for the same formula in floating
/// point, so that one can be held against the other.
public struct Bound: Sendable {
  /// The name, in lower case with hyphens.
  public let name: String
  /// One sentence: the formula, and under which assumption it holds.
  public let summary: String
  /// How it is computed: what is exact, and what is enclosed and why.
  public let derivation: String
  /// Where it comes from, as keys of `docs/references.bib`.
  public let source: String
  /// What it takes, all of it.
  public let parameters: [BoundParameter]
  /// The function; every argument is there and in its domain.
  let evaluate: @Sendable (Arguments) throws(BoundError) -> BoundValue

  /// Arguments that are in the domains of their parameters.
  struct Arguments {
    fileprivate let values: [String: Rational]
    /// What is asked for.
    let form: BoundForm

    /// The argument of that name; the bound declares it.
    subscript(name: String) -> Rational {
      guard let value = values[name] else { preconditionFailure("\(name) is not declared") }
      return value
    }

    /// A whole argument.
    func whole(_ name: String) -> Int {
      guard let value = self[name].numerator.int, self[name].isInteger else {
        preconditionFailure("\(name) is not declared as whole")
      }
      return value
    }
  }

  /// The bits that a numerator or denominator of an argument may have: more than 1,200 digits.
  public static let argumentBits = 4096

  /// The value at these arguments.
  /// - Parameter form: whether a fraction is wanted where there is one, or its digits will do.
  /// - Throws: `BoundError` when one is missing, unknown or out of its domain, or when the bound
  ///   does not exist for them together.
  public func value(
    _ arguments: [String: Rational], form: BoundForm = .fraction
  ) throws(BoundError) -> BoundValue {
    for name in arguments.keys.sorted() where !parameters.contains(where: { $0.name == name }) {
      throw BoundError(
        .unknownParameter, "\(self.name) takes no \(name); it takes \(parameterNames)")
    }
    for parameter in parameters {
      guard let value = arguments[parameter.name] else {
        throw BoundError(
          .missingParameter, "\(name) needs \(parameter.name): \(parameter.summary)")
      }
      if let fault = parameter.domain.fault(of: value) {
        throw BoundError(.outOfDomain, "\(parameter.name) \(fault), got \(Self.short(value))")
      }
    }
    let value = try evaluate(Arguments(values: arguments, form: form))
    // Between two equal ends there is one number.
    if case .enclosed(let enclosure) = value, enclosure.low == enclosure.high {
      return .exact(enclosure.low.rational)
    }
    return value
  }

  /// A number for a message: digits where the fraction is long.
  private static func short(_ value: Rational) -> String {
    max(value.numerator.bitWidth, value.denominator.bitWidth) <= 64
      ? "\(value)" : "\(CertifiedDecimal(value, digits: 6))"
  }

  private var parameterNames: String { parameters.map(\.name).joined(separator: ", ") }

  /// The bound of that name.
  public static func named(_ name: String) -> Bound? { all.first { $0.name == name } }
}

/// What a bound takes under one name.
public struct BoundParameter: Hashable, Sendable {
  /// Which values are allowed.
  public enum Domain: Hashable, Sendable {
    /// Integers from one to another.
    case whole(ClosedRange<Int>)
    /// Fractions in 0...1, with the ends that are left out.
    case fraction(excludingZero: Bool, excludingOne: Bool)
    /// Numbers from one to another.
    case number(ClosedRange<Int>)

    /// In 0...1.
    public static let fraction = Domain.fraction(excludingZero: false, excludingOne: false)
    /// In 0..<1.
    static let fractionBelowOne = Domain.fraction(excludingZero: false, excludingOne: true)
    /// Between 0 and 1.
    static let properFraction = Domain.fraction(excludingZero: true, excludingOne: true)
  }

  /// The name, as in a campaign file.
  public let name: String
  /// What it is, with its symbol and unit.
  public let summary: String
  /// Which values are allowed.
  public let domain: Domain
}

extension BoundParameter.Domain: CustomStringConvertible {
  /// `1...1000`, `0..<1`.
  public var description: String {
    switch self {
    case .whole(let range): "an integer in \(range.lowerBound)...\(range.upperBound)"
    case .fraction(let noZero, let noOne):
      "a fraction \(noZero ? "above 0" : "of at least 0") and \(noOne ? "below 1" : "at most 1")"
    case .number(let range): "a number in \(range.lowerBound)...\(range.upperBound)"
    }
  }

  /// What is wrong with a value, as the end of a sentence that begins with its name; or nil.
  public func fault(of value: Rational) -> String? {
    guard max(value.numerator.bitWidth, value.denominator.bitWidth) <= Bound.argumentBits
    else { return "must have at most 1,200 digits" }
    let isInside =
      switch self {
      case .whole(let range):
        value.isInteger && Rational(range.lowerBound) <= value
          && value <= Rational(range.upperBound)
      case .fraction(let noZero, let noOne):
        (noZero ? value > 0 : value >= 0) && (noOne ? value < 1 : value <= 1)
      case .number(let range):
        Rational(range.lowerBound) <= value && value <= Rational(range.upperBound)
      }
    return isInside ? nil : "must be \(self)"
  }
}

/// What is asked of a bound.
public enum BoundForm: Hashable, Sendable {
  /// A fraction wherever one can be had in seconds; an enclosure otherwise.
  case fraction
  /// An enclosure where that is faster: for tables.
  case digits
}

/// What a bound says.
public enum BoundValue: Hashable, Sendable {
  /// This number.
  case exact(Rational)
  /// A number in there.
  case enclosed(Enclosure)

  /// Its digits, each of them right; nil when an enclosure fixes none.
  public func decimal(digits: Int = 20) -> CertifiedDecimal? {
    switch self {
    case .exact(let number): CertifiedDecimal(number, digits: digits)
    case .enclosed(let enclosure): CertifiedDecimal(enclosure, digits: digits)
    }
  }

  /// A `Double` at it, or in its middle.
  public var double: Double {
    switch self {
    case .exact(let number): number.double
    case .enclosed(let enclosure): enclosure.double
    }
  }

  /// The least and the largest number that it may be.
  public var ends: (low: Rational, high: Rational) {
    switch self {
    case .exact(let number): (number, number)
    case .enclosed(let enclosure): (enclosure.low.rational, enclosure.high.rational)
    }
  }

  /// The numbers that it may be.
  public func enclosure(bits: Int = Enclosure.defaultBits) -> Enclosure {
    switch self {
    case .exact(let number): Enclosure(number, bits: bits)
    case .enclosed(let enclosure): enclosure
    }
  }
}

/// Why a bound has no value.
public struct BoundError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Kinds of trouble; more may come.
  public struct Code: Hashable, Sendable {
    let name: String
    /// An argument that the bound does not take.
    public static let unknownParameter = Code(name: "unknownParameter")
    /// An argument that it needs.
    public static let missingParameter = Code(name: "missingParameter")
    /// An argument out of its domain, or arguments that do not go together.
    public static let outOfDomain = Code(name: "outOfDomain")
  }

  /// What kind of trouble.
  public let code: Code
  /// One sentence with the remedy.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
