import RouteSampling

extension OverlayAxes {
  init(_ node: SpecNode) throws(CampaignError) {
    let map = try node.mapping(.overlay)
    let idsNode = try map.required("ids")
    identifiers = try IdentifierSource(idsNode)
    let nodesNode = map["nodes"]
    nodes =
      try nodesNode?.distinct { element throws(CampaignError) in
        try element.integer(in: 2...50_000_000)
      } ?? []
    switch identifiers {
    case .random:
      if nodes.isEmpty { throw node.failure("random ids need overlay.nodes, the number of nodes") }
    case .ledger, .file:
      if nodes.count > 1 {
        throw (nodesNode ?? node).failure(
          "ids from a ledger or file have one count, not \(nodes.count)",
          remedy: "Leave nodes out, or give the count that must be found.")
      }
    }
    digitBits = try map.required("digitBits").distinct { element throws(CampaignError) in
      try element.integer(in: 1...8)
    }
    leafSetSizes = try map.required("leafSetSize").distinct { element throws(CampaignError) in
      let size = try element.integer(in: 2...64)
      guard size % 2 == 0 else {
        throw element.failure("\(element.path) must be even (half on each side), got \(size)")
      }
      return size
    }
    tables = try map["tables"]?.word(RoutingTableKind.self) ?? .constrained
    let plane = try map["network"]?.mapping(.network).required("plane")
    let hasPlane = try plane?.flag() ?? false
    if tables == .proximity && !hasPlane {
      throw (map["tables"] ?? node).failure(
        "proximity tables need a network", remedy: "Add `network: {plane: true}` to overlay.")
    }
    if tables == .constrained && hasPlane, let plane {
      throw plane.failure(
        "constrained tables use no network", remedy: "Leave network out, or set tables: proximity.")
    }
    if let smallest = nodes.min(), let widest = leafSetSizes.max(), widest >= smallest {
      throw node.failure("leafSetSize \(widest) must be below the node count \(smallest)")
    }
  }
}

extension IdentifierSource {
  init(_ node: SpecNode) throws(CampaignError) {
    let map = try node.mapping(.identifiers)
    let kinds = ["random", "ledger", "file"].filter { map[$0] != nil }
    guard kinds.count == 1 else {
      throw node.failure("\(node.path) needs exactly one of random: true, ledger: DIR, file: FILE")
    }
    if kinds != ["ledger"], let overlay = map["overlay"] {
      throw overlay.failure("\(overlay.path) belongs to ids from a ledger")
    }
    if let ledger = map["ledger"] {
      self = .ledger(path: try ledger.text(), overlay: try map["overlay"]?.text())
    } else if let file = map["file"] {
      self = .file(path: try file.text())
    } else {
      let random = try map.required("random")
      guard try random.flag() else { throw random.failure("\(random.path) can only be true") }
      self = .random
    }
  }
}

extension RouterParameters {
  /// [Castro02], routing failure test: the main operating point of the routing failure test.
  static let defaultSamples = 256
  /// [Castro02], routing failure test: designed for c = .25 at beta = .001, which gives gamma 1.58
  /// at l = 32.
  static let defaultThreshold = Threshold.designed(designFraction: 0.25, targetError: 0.001)

  init(_ node: SpecNode) throws(CampaignError) {
    guard node.shape == .mapping else {
      kind = try node.word(Kind.self)
      label = kind.rawValue
      copies = nil
      samples = kind == .secRoute ? Self.defaultSamples : nil
      threshold = kind == .secRoute ? Self.defaultThreshold : nil
      return
    }
    let map = try node.mapping(.router)
    kind = try map.required("name").word(Kind.self)
    label = try map["label"]?.text() ?? kind.rawValue
    let own: [String] =
      switch kind {
      case .prefix: []
      case .anycast: ["copies"]
      case .secRoute:
        ["copies", "samples", "densityThreshold", "designFraction", "targetError"]
      }
    for entry in map.entries
    where entry.key != "name" && entry.key != "label" && !own.contains(entry.key) {
      throw entry.keyNode.failure(
        "router '\(kind.rawValue)' has no parameter '\(entry.key)'",
        remedy: own.isEmpty ? "It has none." : "It has: \(own.joined(separator: ", ")).")
    }
    copies = try map["copies"]?.integer(in: 1...64)
    let givenSamples = try map["samples"]?.integer(in: 1...1_000_000)
    samples = kind == .secRoute ? givenSamples ?? Self.defaultSamples : nil
    threshold = kind == .secRoute ? try Self.threshold(map) : nil
  }

  private static func threshold(_ map: SpecMapping) throws(CampaignError) -> Threshold {
    let design = map["designFraction"]
    let error = map["targetError"]
    if let fixed = map["densityThreshold"] {
      if let both = design ?? error {
        throw both.failure(
          "give either densityThreshold or designFraction with targetError, not both")
      }
      return .fixed(try fixed.number(in: 0.01...100))
    }
    guard design != nil || error != nil else { return defaultThreshold }
    guard let design, let error else {
      throw map.owner.failure("designFraction and targetError go together")
    }
    return .designed(
      designFraction: try design.number(in: 0.001...0.99),
      targetError: try error.number(in: 1e-12...0.5))
  }
}

extension Precision {
  init(_ node: SpecNode) throws(CampaignError) {
    let map = try node.mapping(.precision)
    confidence = try map["confidence"]?.number(in: 0.5...0.999999) ?? 0.95
    minBatches = try map["minBatches"]?.integer(in: 2...1_000_000) ?? 30
    routesPerBatch = try map["routesPerBatch"]?.integer(in: 1...65_536) ?? 64
    if let halfWidth = map["halfWidth"] {
      if let routes = map["routes"] {
        throw routes.failure("give either routes or halfWidth, not both")
      }
      let width = try halfWidth.number(in: 1e-6...0.5)
      let limit = try map["maxRoutes"]?.integer(in: 1...1_000_000_000) ?? 10_000_000
      stop = .halfWidth(width, maxRoutes: limit)
    } else {
      if let limit = map["maxRoutes"] {
        throw limit.failure("maxRoutes belongs to halfWidth", remedy: "Use routes alone.")
      }
      stop = .routes(try map.required("routes").integer(in: 1...1_000_000_000))
    }
  }
}

extension CellFilter {
  /// Reads `keys` of a mapping; the caller has checked that no other keys are there.
  init(_ map: SpecMapping, labels: AxisLabels) throws(CampaignError) {
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

extension ReferenceValues {
  init(_ node: SpecNode, labels: AxisLabels) throws(CampaignError) {
    let map = try node.mapping(.reference)
    source = try map.required("source").text()
    tolerance = try map["tolerance"]?.number(in: 0...1) ?? 0
    isRequired = try map["require"]?.flag() ?? false
    filter = try CellFilter(map, labels: labels)
    switch (map["closedForm"], map["values"]) {
    case (let formula?, nil):
      values = .closedForm(try formula.word(ClosedForm.self))
    case (nil, let table?):
      var rows: [(faultyFraction: Double, probability: Double)] = []
      for entry in try table.openMapping().entries {
        let row = (
          faultyFraction: try entry.keyNode.number(in: 0...1),
          probability: try entry.value.number(in: 0...1)
        )
        guard !rows.contains(where: { $0.faultyFraction == row.faultyFraction }) else {
          throw entry.keyNode.failure("f = \(row.faultyFraction) is given twice")
        }
        rows.append(row)
      }
      guard !rows.isEmpty else { throw table.failure("\(table.path) must not be empty") }
      values = .table(rows)
    default:
      throw node.failure(
        "a reference needs exactly one of closedForm and values",
        remedy: "Write `closedForm: forwarding` or `values: {0.1: 0.73}` (f: probability).")
    }
  }
}

extension FigureSpec {
  init(_ node: SpecNode, index: Int, labels: AxisLabels) throws(CampaignError) {
    let map = try node.mapping(.figure)
    title = try map.required("title").text()
    let axis = try map["x"]?.word(Axis.self) ?? .faultyFraction
    self.axis = axis
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
