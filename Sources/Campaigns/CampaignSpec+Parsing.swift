import RouteSampling
import Yams

extension CampaignSpec {
  /// The format version that this build reads.
  public static let apiVersion = "redoubt/v1"
  /// No campaign file is larger than this.
  static let maxByteCount = 1 << 20
  /// No axis is longer than this.
  static let maxAxisCount = 10_000

  /// Reads the campaign file at `path`.
  /// - Throws: `CampaignError.Code.badData` when it cannot be read, `.badSpec` with line and
  ///   column when it is not a campaign.
  public init(path: String) throws(CampaignError) {
    let bytes = try AtomicFile.read(path)
    guard bytes.count <= Self.maxByteCount else {
      throw CampaignError(.badSpec, file: path, "is larger than \(Self.maxByteCount) bytes")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CampaignError(.badSpec, file: path, "is not UTF-8 text")
    }
    try self.init(parsing: text, file: path)
  }

  /// Parses the text of a campaign file; `file` names it in messages.
  ///
  /// Unknown keys, values out of range and names listed twice are errors.
  /// - Throws: `CampaignError.Code.badSpec` with line and column.
  public init(parsing text: String, file: String) throws(CampaignError) {
    let root = SpecNode(node: try Self.compose(text, file: file), file: file, path: "")
    let map = try root.mapping(.campaign)
    try Self.checkVersion(map)
    name = try Self.parseName(map.required("name"))
    title = try map["title"]?.text()
    summary = try map["description"]?.text()
    seed = try map.required("seed").seed()
    success = try map["success"]?.word(DeliveryEvent.self) ?? .replicaRoots
    method = try map["method"]?.word(SamplingMethod.self)
    engines = try Self.parseEngines(map.required("engine"))
    thresholds =
      try map["thresholds"]?.distinct { node throws(CampaignError) in
        try node.number(in: 1e-6...0.999_999_999)
      } ?? []
    formulas = try Self.parseFormulas(map["formulas"])
    if engines.isEmpty {
      try Self.requireFormulasAlone(map)
      overlay = OverlayAxes()
      (routers, attacks, faultyFractions, coalitionFractions) = ([], [], [], nil)
      precision = Precision()
      (references, figures, exclusions) = ([], [], [])
      events = nil
    } else {
      overlay = try OverlayAxes(map.required("overlay"))
      routers = try Self.parseRouters(map.required("routers"), engines: engines)
      attacks = try Self.parseAttacks(map.required("attacks"), engines: engines)
      events = try Self.parseEvents(map, engines: engines, overlay: overlay)
      try Self.requireFit(success, routers, engines: engines, map)
      faultyFractions = try Self.parseFractions(map.required("faultyFraction"))
      coalitionFractions = try Self.parseCoalition(map["coalitionFraction"])
      precision = try Precision(map.required("precision"))
      let labels = AxisLabels(
        engines: engines, routers: routers.map(\.label), attacks: attacks.map(\.label))
      references = try Self.parseReferences(map["references"], labels: labels)
      figures = try Self.parseFigures(map["figures"], labels: labels)
      exclusions = try Self.parseExclusions(map["exclude"], labels: labels)
    }
    self.text = text
  }

  static func compose(_ text: String, file: String) throws(CampaignError) -> Node {
    do {
      guard let node = try Yams.compose(yaml: text) else {
        throw CampaignError(
          .badSpec, file: file, line: 1, column: 1, "the file is empty",
          remedy: "Start from experiments/first-campaign/campaign.yaml.")
      }
      return node
    } catch let error as YamlError {
      throw malformed(error, file: file)
    } catch let error as CampaignError {
      throw error
    } catch {
      throw CampaignError(.badSpec, file: file, "is not YAML: \(error)")
    }
  }

  private static func malformed(_ error: YamlError, file: String) -> CampaignError {
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let detail = context.map { "\(problem) (\($0.text))" } ?? problem
      return CampaignError(
        .badSpec, file: file, line: mark.line, column: mark.column,
        "is not valid YAML: \(detail)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      return CampaignError(
        .badSpec, file: file, line: context.mark.line, column: context.mark.column,
        "key '\(duplicates.sorted().joined(separator: "', '"))' is given twice")
    default:
      return CampaignError(.badSpec, file: file, "is not valid YAML: \(error)")
    }
  }

  private static func checkVersion(_ map: SpecMapping) throws(CampaignError) {
    let version = try map.required("apiVersion")
    guard try version.text() == apiVersion else {
      throw version.failure(
        "apiVersion '\(try version.text())' is not known", remedy: "This build reads \(apiVersion)."
      )
    }
  }

  private static func requireFormulasAlone(_ map: SpecMapping) throws(CampaignError) {
    let own = ["apiVersion", "name", "title", "description", "engine", "seed", "formulas"]
    if let other = map.entries.first(where: { !own.contains($0.key) }) {
      throw other.keyNode.failure(
        "engine formulas measures nothing, so '\(other.key)' has no meaning",
        remedy: "It takes: \(own.joined(separator: ", ")).")
    }
    _ = try map.required("formulas")
  }

  private static func parseExclusions(
    _ node: SpecNode?, labels: AxisLabels
  ) throws(CampaignError) -> [CellFilter] {
    guard let node else { return [] }
    var exclusions: [CellFilter] = []
    for element in try node.elements() {
      let filter = try CellFilter(element, labels: labels)
      guard filter != CellFilter() else { throw element.failure("this excludes every cell") }
      exclusions.append(filter)
    }
    return exclusions
  }

  private static func parseName(_ node: SpecNode) throws(CampaignError) -> String {
    let name = try node.text()
    let isWord = name.unicodeScalars.allSatisfy {
      $0.isASCII
        && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
          || "-_.".unicodeScalars.contains($0))
    }
    guard isWord, !name.hasPrefix("."), name.count <= 80 else {
      throw node.failure(
        "\(node.path) must be at most 80 letters, digits, '-', '_' or '.', not '\(name)'",
        remedy: "It names the run directory.")
    }
    return name
  }

  private static func parseRouters(
    _ node: SpecNode, engines: [CellEngine]
  ) throws(CampaignError) -> [RouterParameters] {
    var routers: [RouterParameters] = []
    for element in try node.oneOrMore() {
      let router = try RouterParameters(element)
      try router.requireFit(engines, element)
      if routers.contains(where: { $0.label == router.label }) {
        throw element.failure(
          "router '\(router.label)' is listed twice",
          remedy: "Give one of them a label: {name: ..., label: ...}.")
      }
      routers.append(router)
    }
    return routers
  }

  private static func parseAttacks(
    _ node: SpecNode, engines: [CellEngine]
  ) throws(CampaignError) -> [AttackComposition] {
    var attacks: [AttackComposition] = []
    for element in try node.oneOrMore() {
      let attack = try AttackComposition(element, engines: engines)
      if attacks.contains(where: { $0.label == attack.label }) {
        throw element.failure(
          "attack '\(attack.label)' is listed twice",
          remedy: "Give one of them a label: {name: ..., label: ...}.")
      }
      attacks.append(attack)
    }
    return attacks
  }

  private static func parseCoalition(_ node: SpecNode?) throws(CampaignError) -> [Double]? {
    guard let node else { return nil }
    if node.shape == .scalar, try node.text().filter({ $0 != " " }) == "=faultyFraction" {
      return nil
    }
    return try parseFractions(node)
  }

  /// A list of fractions, one fraction, or `{from, to, step}`.
  static func parseFractions(_ node: SpecNode) throws(CampaignError) -> [Double] {
    if node.shape == .mapping {
      let map = try node.mapping(.fractionRange)
      let bounds = (
        from: try map.required("from"), to: try map.required("to"), step: try map.required("step")
      )
      _ = try bounds.from.number(in: 0...1)
      _ = try bounds.to.number(in: 0...1)
      guard
        let values = DecimalNumber.sweep(
          from: try bounds.from.decimal(), to: try bounds.to.decimal(),
          step: try bounds.step.decimal(), limit: maxAxisCount)
      else {
        throw node.failure(
          "\(node.path) needs from <= to, step > 0 and at most \(maxAxisCount) values")
      }
      return values
    }
    return try node.distinct { element throws(CampaignError) in try element.number(in: 0...1) }
  }
}

/// What filters may name.
struct AxisLabels {
  let engines: [CellEngine]
  let routers: [String]
  let attacks: [String]
}

extension SpecNode {
  /// One value or a list of values, none twice.
  func distinct<Value: Equatable>(
    _ parse: (SpecNode) throws(CampaignError) -> Value
  ) throws(CampaignError) -> [Value] {
    var values: [Value] = []
    for element in try oneOrMore() {
      let value = try parse(element)
      guard !values.contains(value) else {
        throw element.failure("\(path) lists \(value) twice")
      }
      values.append(value)
      guard values.count <= CampaignSpec.maxAxisCount else {
        throw failure("\(path) has more than \(CampaignSpec.maxAxisCount) values")
      }
    }
    return values
  }
}
