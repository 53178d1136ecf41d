import RouteSampling

extension CellFilter {
  /// Reads `keys` of a mapping; the caller has checked that no other keys are there.
  init(_ map: SpecMapping, labels: AxisLabels) throws(CampaignError) {
    engines = try map["engine"]?.distinct { node throws(CampaignError) in
      try node.engine(among: labels.engines)
    }
    routers = try map["router"]?.distinct { node throws(CampaignError) in
      try node.label(of: "router", among: labels.routers)
    }
    attacks = try map["attack"]?.distinct { node throws(CampaignError) in
      try node.label(of: "attack", among: labels.attacks)
    }
    nodes = try map["nodes"]?.distinct { node throws(CampaignError) in
      try node.integer(in: 2...50_000_000)
    }
    digitBits = try map["digitBits"]?.distinct { node throws(CampaignError) in
      try node.integer(in: 1...8)
    }
    leafSetSizes = try map["leafSetSize"]?.distinct { node throws(CampaignError) in
      try node.integer(in: 2...64)
    }
    faultyFractions = try map["faultyFraction"].map { node throws(CampaignError) in
      try CampaignSpec.parseFractions(node)
    }
    coalitionFractions = try map["coalitionFraction"].map { node throws(CampaignError) in
      try CampaignSpec.parseFractions(node)
    }
  }

  init(_ node: SpecNode, labels: AxisLabels) throws(CampaignError) {
    try self.init(try node.mapping(.filter), labels: labels)
  }
}

extension SpecNode {
  /// An engine that the campaign runs on.
  fileprivate func engine(among engines: [CellEngine]) throws(CampaignError) -> CellEngine {
    let engine = try word(CellEngine.self)
    guard engines.contains(engine) else {
      throw failure(
        "no cell of this campaign runs on engine \(engine.rawValue)",
        remedy: "It runs on: \(engines.map(\.rawValue).joined(separator: ", ")).")
    }
    return engine
  }

  /// A label that the campaign declares.
  fileprivate func label(of kind: String, among labels: [String]) throws(CampaignError) -> String {
    let label = try text()
    guard labels.contains(label) else {
      throw failure(
        "no \(kind) of this campaign is called '\(label)'",
        remedy: "It has: \(labels.joined(separator: ", ")).")
    }
    return label
  }
}

extension CampaignSpec {
  static func parseReferences(
    _ node: SpecNode?, labels: AxisLabels
  ) throws(CampaignError) -> [ReferenceValues] {
    guard let node else { return [] }
    var references: [ReferenceValues] = []
    for element in try node.elements() {
      references.append(try ReferenceValues(element, labels: labels))
    }
    return references
  }

  static func parseFigures(
    _ node: SpecNode?, labels: AxisLabels
  ) throws(CampaignError) -> [FigureSpec] {
    guard let node else { return [] }
    var figures: [FigureSpec] = []
    for element in try node.elements() {
      let figure = try FigureSpec(element, index: figures.count, labels: labels)
      guard !figures.contains(where: { $0.name == figure.name }) else {
        throw element.failure("figure '\(figure.name)' is listed twice")
      }
      figures.append(figure)
    }
    return figures
  }
}

extension Claim {
  /// Reads what references and formulas have in common.
  init(_ map: SpecMapping) throws(CampaignError) {
    source = try map.required("source").text()
    relation = try map["relation"]?.word(Relation.self) ?? .equal
    tolerance = try map["tolerance"]?.number(in: 0...1e15) ?? 0
    relativeTolerance = try map["relativeTolerance"]?.number(in: 0...1) ?? 0
    isRequired = try map["require"]?.flag() ?? false
    because = try map["because"]?.text()
  }
}

extension Formula {
  /// The formula that a word names.
  init(_ node: SpecNode) throws(CampaignError) {
    let name = try node.word(among: Self.all.map(\.name))
    guard let formula = Self.named(name) else {
      throw node.failure("formula '\(name)' is not known")
    }
    self = formula
  }

  /// Arguments given by name, each of which the formula must take.
  func arguments(_ node: SpecNode?) throws(CampaignError) -> [String: Double] {
    guard let node else { return [:] }
    var arguments: [String: Double] = [:]
    for entry in try node.openMapping().entries {
      guard parameters.contains(entry.key) else {
        throw entry.keyNode.failure(
          "formula '\(name)' has no parameter '\(entry.key)'",
          remedy: "It has: \(parameters.joined(separator: ", ")).")
      }
      arguments[entry.key] = try entry.value.number(in: 0...1e18)
    }
    return arguments
  }
}

extension FormulaRow {
  init(_ node: SpecNode) throws(CampaignError) {
    let map = try node.mapping(.formula)
    title = try map.required("title").text()
    formula = try Formula(map.required("formula"))
    arguments = try formula.arguments(map["parameters"])
    for name in formula.parameters where arguments[name] == nil {
      throw node.failure("formula '\(formula.name)' needs the parameter '\(name)'")
    }
    published = try map["published"]?.number(in: -1e18...1e18)
    claim = try Claim(map)
    guard formula.value(arguments).isFinite else {
      throw node.failure("formula '\(formula.name)' has no value at these parameters")
    }
  }
}

extension CampaignSpec {
  static func parseFormulas(_ node: SpecNode?) throws(CampaignError) -> [FormulaRow] {
    guard let node else { return [] }
    var rows: [FormulaRow] = []
    for element in try node.elements() { rows.append(try FormulaRow(element)) }
    return rows
  }
}

extension ReferenceValues {
  init(_ node: SpecNode, labels: AxisLabels) throws(CampaignError) {
    let map = try node.mapping(.reference)
    let quantity = try map["quantity"]?.word(Quantity.self) ?? .delivered
    self.quantity = quantity
    claim = try Claim(map)
    filter = try CellFilter(map, labels: labels)
    switch (map["closedForm"], map["values"]) {
    case (let word?, nil):
      let formula = try Formula(word)
      let arguments = try formula.arguments(map["parameters"])
      let known = CellParameters.formulaParameters + RouterRegistry.parameterNames
      for name in formula.parameters
      where arguments[name] == nil && !known.contains(name) {
        throw node.failure(
          "formula '\(formula.name)' needs the parameter '\(name)', which no cell has")
      }
      values = .closedForm(formula, arguments: arguments)
    case (nil, let table?):
      if let parameters = map["parameters"] {
        throw parameters.failure("parameters belong to a closedForm")
      }
      values = .table(try Self.table(table, limit: quantity.isProportion ? 1 : 1e15))
    default:
      throw node.failure(
        "a reference needs exactly one of closedForm and values",
        remedy: "Write `closedForm: forwarding` or `values: {0.1: 0.73}` (f: value).")
    }
  }

  private static func table(
    _ node: SpecNode, limit: Double
  ) throws(CampaignError) -> [(faultyFraction: Double, value: Double)] {
    var rows: [(faultyFraction: Double, value: Double)] = []
    for entry in try node.openMapping().entries {
      let f = try entry.keyNode.number(in: 0...1)
      guard !rows.contains(where: { $0.faultyFraction == f }) else {
        throw entry.keyNode.failure("f = \(f) is given twice")
      }
      rows.append((f, try entry.value.number(in: 0...limit)))
    }
    guard !rows.isEmpty else { throw node.failure("\(node.path) must not be empty") }
    return rows
  }
}

extension FigureSpec {
  init(_ node: SpecNode, index: Int, labels: AxisLabels) throws(CampaignError) {
    let map = try node.mapping(.figure)
    title = try map.required("title").text()
    let axis = try map["x"]?.word(Axis.self) ?? .faultyFraction
    self.axis = axis
    let quantity = try map["y"]?.word(Quantity.self) ?? .delivered
    self.quantity = quantity
    scale = try map["scale"]?.word(Scale.self) ?? .linear
    if scale == .failure, !quantity.isProportion, let node = map["scale"] {
      throw node.failure("\(quantity.rawValue) is no probability, so it has no failure scale")
    }
    series = try map.required("series").distinct { element throws(CampaignError) in
      let key = try element.word(SeriesKey.self)
      guard key.rawValue != axis.rawValue else {
        throw element.failure("\(key.rawValue) is the horizontal axis already")
      }
      return key
    }
    filter =
      try map["where"].map { node throws(CampaignError) in
        try CellFilter(node, labels: labels)
      } ?? CellFilter()
    showsReferences = try map["references"]?.flag() ?? true
    let nameNode = map["name"]
    let name = try nameNode?.text() ?? "figure-\(index + 1)"
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
      throw (nameNode ?? node).failure("\(node.path).name must be letters, digits and '-'")
    }
    self.name = name
  }
}
