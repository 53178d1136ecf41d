public import RouteSampling

/// One kind of router: what a campaign file, the command line and the guide say about it.
///
/// A router is one entry of `RouterRegistry.all`; nothing else in this library names it.
public struct RouterDescriptor: Sendable {
  /// The name used in campaign files, in kebab case.
  public let name: String
  /// One sentence: how a lookup goes.
  public let summary: String
  /// The parameters, in the order in which they are printed.
  public let parameters: [RouterParameter]
  /// Names of parameters that exclude each other, group by group; those of one group go together.
  public let alternatives: [[String]]
  /// The best documented response of an adversary that knows the router.
  public let bestResponse: String
  /// Where the router is described, as keys of `docs/references.bib`.
  public let source: String
  /// How it can be evaluated, the way taken when a campaign names none first.
  public let methods: [SamplingMethod]
  /// How many single routes one lookup costs, roughly; only for time estimates.
  let routesPerLookup: @Sendable (RouterParameters) -> Double
  /// The sampling engine's router, on an overlay with that many leaf-set members.
  let engineRouter: @Sendable (RouterParameters, _ leafSetSize: Int) -> Router
  /// What nodes of the event engine do, on such an overlay; nil when that engine has no such
  /// router.
  var protocolForm: (@Sendable (RouterParameters, _ leafSetSize: Int) -> ProtocolRouter)?
  /// Ways of evaluation that some values of the parameters leave; nil when none leaves fewer.
  var remainingMethods: (@Sendable (RouterParameters) -> [SamplingMethod])?

  /// The engines that have this router.
  public var engines: [CellEngine] { protocolForm == nil ? [.sampling] : CellEngine.allCases }

  /// The parameter of that name.
  func parameter(_ name: String) -> RouterParameter? {
    parameters.first { $0.name == name }
  }
}

/// One parameter of a router: its domain and default.
public struct RouterParameter: Sendable {
  /// What values a parameter takes.
  public enum Domain: Hashable, Sendable {
    /// A whole number in the range.
    case integer(ClosedRange<Int>)
    /// Any number in the range.
    case number(ClosedRange<Double>)
    /// One of the words.
    case choice([String])
    /// `true` or `false`.
    case flag
  }

  /// The value taken when the campaign file gives none.
  public enum Default: Hashable, Sendable {
    /// This one.
    case value(RouterParameters.Value)
    /// The overlay's leaf set size, l.
    case leafSetSize
    /// The value of another parameter.
    case parameter(String)
    /// This one, which stays out of the names of cells: the parameter came later than they did.
    case implied(RouterParameters.Value)
    /// None: the parameter is absent.
    case absent
  }

  /// What the overlay demands of the value besides.
  public enum Limit: Hashable, Sendable {
    /// Nothing.
    case none
    /// At most the leaf set size: one per leaf-set member.
    case leafSetSize
    /// Even and below the number of nodes: half on each side.
    case evenBelowNodes
  }

  /// The name used in campaign files.
  public let name: String
  /// One sentence.
  public let summary: String
  /// The values allowed.
  public let domain: Domain
  /// The value when none is given.
  public let defaultValue: Default
  /// What the overlay demands besides.
  public let limit: Limit
  /// The engines on which another value than the default has a meaning.
  public let engines: [CellEngine]

  init(
    _ name: String, _ domain: Domain, default defaultValue: Default, limit: Limit = .none,
    engines: [CellEngine] = CellEngine.allCases, _ summary: String
  ) {
    self.name = name
    self.summary = summary
    self.domain = domain
    self.defaultValue = defaultValue
    self.limit = limit
    self.engines = engines
  }

  /// The domain in words.
  public var domainText: String {
    let range =
      switch domain {
      case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
      case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
      case .choice(let words): "one of " + words.joined(separator: ", ")
      case .flag: "true or false"
      }
    switch limit {
    case .none: return range
    case .leafSetSize: return range + ", at most leafSetSize"
    case .evenBelowNodes: return range + ", even, fewer than the nodes"
    }
  }

  /// A value for an example in the help.
  public var example: String {
    if case .value(let value) = defaultValue { return value.text }
    switch domain {
    case .integer(let range): return "\(min(16, range.upperBound))"
    case .number(let range): return RouterParameters.Value.number(range.lowerBound).text
    case .choice(let words): return words.last ?? ""
    case .flag: return "true"
    }
  }

  /// The default in words.
  public var defaultText: String {
    switch defaultValue {
    case .value(let value), .implied(let value): value.text
    case .leafSetSize: "leafSetSize"
    case .parameter(let name): name
    case .absent: "none"
    }
  }
}

/// One router and the values of its parameters.
public struct RouterParameters: Hashable, Sendable {
  /// The value of one parameter.
  public enum Value: Hashable, Sendable {
    /// A whole number.
    case integer(Int)
    /// Any number.
    case number(Double)
    /// A word.
    case word(String)
    /// `true` or `false`.
    case flag(Bool)

    /// The value as a campaign file writes it.
    public var text: String {
      switch self {
      case .integer(let value): "\(value)"
      case .number(let value): CanonicalJSON.format(value)
      case .word(let word): word
      case .flag(let flag): "\(flag)"
      }
    }

    var canonical: CanonicalJSON {
      switch self {
      case .integer(let value): .integer(value)
      case .number(let value): .number(value)
      case .word(let word): .text(word)
      case .flag(let flag): .flag(flag)
      }
    }
  }

  /// The name of its entry in `RouterRegistry`.
  public let name: String
  /// Names the router in tables and figures.
  public let label: String
  /// Values by parameter name; those that the overlay decides are missing until it is known.
  private(set) var values: [String: Value]

  init(name: String, label: String, values: [String: Value]) {
    self.name = name
    self.label = label
    self.values = values
  }

  /// The value of a parameter, nil when it is absent or still open.
  public subscript(parameter: String) -> Value? { values[parameter] }

  /// A parameter that is a whole number; nil when it is absent or still open.
  func integer(_ parameter: String) -> Int? {
    if case .integer(let value) = values[parameter] { value } else { nil }
  }

  /// A parameter that is any number; nil when it is absent.
  func number(_ parameter: String) -> Double? {
    switch values[parameter] {
    case .number(let value): value
    case .integer(let value): Double(value)
    case .word, .flag, nil: nil
    }
  }

  /// A parameter that is a word; nil when it is absent.
  func word(_ parameter: String) -> String? {
    if case .word(let value) = values[parameter] { value } else { nil }
  }

  /// Whether a flag is set.
  func flag(_ parameter: String) -> Bool { values[parameter] == .flag(true) }

  /// The registry's entry.
  var descriptor: RouterDescriptor {
    guard let descriptor = RouterRegistry.descriptor(name) else {
      preconditionFailure("router \(name) is not in the registry")
    }
    return descriptor
  }

  /// How the sampling engine can evaluate the router, the way taken when none is named first.
  var methods: [SamplingMethod] { descriptor.remainingMethods?(self) ?? descriptor.methods }

  /// The same router with nothing left open.
  func resolved(on overlay: OverlayParameters) -> RouterParameters {
    var result = self
    for parameter in descriptor.parameters
    where parameter.defaultValue == .leafSetSize && values[parameter.name] == nil {
      result.values[parameter.name] = .integer(overlay.leafSetSize)
    }
    return result
  }

  /// The router's part of a cell's name: its kind and every value, never the label.
  var canonical: CanonicalJSON {
    var members = values.mapValues(\.canonical)
    members["name"] = .text(name)
    return .object(members)
  }

  /// The sampling engine's router on `overlay`.
  func engineRouter(_ overlay: OverlayParameters) -> Router {
    let router = resolved(on: overlay)
    return router.descriptor.engineRouter(router, overlay.leafSetSize)
  }

  /// What nodes of the event engine do on `overlay`; nil when that engine has no such router.
  func protocolRouter(_ overlay: OverlayParameters) -> ProtocolRouter? {
    let router = resolved(on: overlay)
    return router.descriptor.protocolForm?(router, overlay.leafSetSize)
  }
}
