import Admission
import NodeCredentials

extension EconomicsStudy {
  /// Reads the study at `path` and the policies that it names, relative to the directory in which
  /// redoubt was started.
  /// - Throws: `CampaignError.Code.badSpec` with line and column, `.badData` for a missing file.
  public init(path: String) throws(CampaignError) {
    let bytes = try AtomicFile.read(path)
    guard bytes.count <= CampaignSpec.maxByteCount,
      let text = String(validating: bytes, as: UTF8.self)
    else { throw CampaignError(.badSpec, file: path, "is not a text of at most 1 MiB") }
    try self.init(parsing: text, file: path)
  }

  init(parsing text: String, file: String) throws(CampaignError) {
    let node = SpecNode(
      node: try CampaignSpec.compose(text, file: file), file: file, path: "")
    let map = try node.mapping(.economics)
    let version = try map.required("apiVersion")
    guard try version.text() == CampaignSpec.apiVersion else {
      throw version.failure("apiVersion must be \(CampaignSpec.apiVersion)")
    }
    name = try map.required("name").text()
    title = try map["title"]?.text() ?? name
    _ = try map["description"]?.text()
    seed = try map.required("seed").seed()
    honestNodes = try map.required("honestNodes").integer(in: 16...10_000_000)
    deliveryPath = try map.required("delivery").text()
    level = try map.required("level").number(in: 0.5...0.999_999)
    fractions = try Self.fractions(map.required("fractions"))
    tableFractions = try Self.fractions(map.required("tableFractions"))
    days = try map.required("days").distinct { node throws(CampaignError) in
      try node.integer(in: 1...3_660)
    }
    let daysNode = try map.required("tableDays")
    tableDays = try daysNode.integer(in: 1...3_660)
    guard days.contains(tableDays) else { throw daysNode.failure("tableDays must be one of days") }
    budgets = try map.required("budgets").distinct { node throws(CampaignError) in
      try node.number(in: 0...1e12)
    }
    repetitions = try map.required("repetitions").integer(in: 2...10_000)
    confidence = try map["confidence"]?.number(in: 0.5...0.999_999) ?? 0.95
    prices = try Prices(map.required("prices"))
    supplies = try Self.list(map.required("supplies")) { node throws(CampaignError) in
      try AddressSupply(node)
    }
    policies = try Self.list(map.required("policies")) { node throws(CampaignError) in
      try Policy(node)
    }
    let honest = try map.required("honest").mapping(.economicsHonest)
    honestDays = try honest.required("days").integer(in: 1...3_660)
    honestFiles = try Self.list(honest.required("files")) { node throws(CampaignError) in
      let map = try node.mapping(.economicsFile)
      return (try map.required("name").text(), try map.required("prefixes").text())
    }
    claims =
      try map["claims"].map { node throws(CampaignError) in
        try Self.list(node) { node throws(CampaignError) in try PriceClaim(node) }
      } ?? []
    for claim in claims
    where !policies.contains(where: { $0.name == claim.policy }) || !days.contains(claim.days)
      || !tableFractions.contains(claim.fraction)
    {
      throw CampaignError(
        .badSpec, file: file, line: claim.line,
        "a claim must name a policy, one of days and one of tableFractions")
    }
  }

  private static func list<Value>(
    _ node: SpecNode, _ read: (SpecNode) throws(CampaignError) -> Value
  ) throws(CampaignError) -> [Value] {
    var values: [Value] = []
    for element in try node.elements() { values.append(try read(element)) }
    return values
  }

  private static func fractions(_ node: SpecNode) throws(CampaignError) -> [Double] {
    try node.distinct { node throws(CampaignError) in try node.number(in: 1e-6...0.69) }.sorted()
  }
}

extension EconomicsStudy.Prices {
  fileprivate init(_ node: SpecNode) throws(CampaignError) {
    let map = try node.mapping(.economicsPrices)
    creditUSD = try map.required("creditUSD").number(in: 0...1e9)
    triesPerUSD = try map.required("triesPerUSD").number(in: 1...1e30)
    triesPerSecond = try map.required("triesPerSecond").number(in: 1...1e30)
    honestTriesPerSecond = try map.required("honestTriesPerSecond").number(in: 1...1e30)
  }
}

extension EconomicsStudy.Policy {
  fileprivate init(_ node: SpecNode) throws(CampaignError) {
    let map = try node.mapping(.economicsPolicy)
    name = try map.required("name").text()
    accountUSD = try map.required("accountUSD").number(in: 0...1e9)
    let file = try map.required("file")
    let path = try file.text()
    do {
      var policy = try AdmissionPolicy(
        yaml: String(decoding: try AtomicFile.read(path), as: UTF8.self), path: path)
      if let bits = map["difficultyBits"] {
        policy.puzzle.difficultyBits = try bits.integer(in: 0...40)
      }
      if let price = map["priceCredits"] {
        policy.priceCredits = try price.integer(in: 0...1_000_000)
      }
      if let conflict = policy.conflict { throw file.failure(conflict.detail) }
      self.policy = policy
    } catch let error as AdmissionPolicyError {
      throw CampaignError(.badSpec, file: path, line: error.line, error.detail)
    } catch let error as CampaignError {
      throw error
    } catch {
      throw CampaignError(.badSpec, file: path, "\(error)")
    }
  }
}

extension AddressSupply {
  fileprivate init(_ node: SpecNode) throws(CampaignError) {
    let map = try node.mapping(.economicsSupply)
    name = try map.required("name").text()
    addressUSD = try map.required("addressUSD").number(in: 0...1e9)
    fixedUSD = try map["fixedUSD"]?.number(in: 0...1e9) ?? 0
    switch try map.required("kind").word(among: ["drawn", "hosted", "block"]) {
    case "drawn": kind = .drawn(path: try map.required("prefixes").text())
    case "hosted":
      kind = .hosted(
        path: try map.required("prefixes").text(),
        systems: try map.required("systems").integer(in: 1...100_000))
    default:
      let block = try map.required("block")
      let parts = try block.text().split(separator: "/")
      guard parts.count == 2, case .v6(let high, 0)? = IPAddress(String(parts[0])),
        let bits = Int(parts[1]), (16...48).contains(bits),
        high & (UInt64.max >> UInt64(bits)) == 0
      else { throw block.failure("block must be an IPv6 prefix of 16 to 48 bits") }
      kind = .block(
        IPv6Block(
          high: high, bits: bits,
          system: UInt32(try map.required("system").integer(in: 1...4_294_967_295))))
    }
  }
}

extension EconomicsStudy.PriceClaim {
  fileprivate init(_ node: SpecNode) throws(CampaignError) {
    let map = try node.mapping(.economicsClaim)
    policy = try map.required("policy").text()
    days = try map.required("days").integer(in: 1...3_660)
    fraction = try map.required("fraction").number(in: 0...1)
    relation = try map.required("relation").word(Relation.self)
    usd = try map.required("usd").number(in: 0...1e12)
    line = node.line
  }
}

extension SpecKeys {
  static let economics = SpecKeys(
    name: "economics study",
    keys: [
      "apiVersion", "name", "title", "description", "seed", "honestNodes", "delivery", "level",
      "fractions", "tableFractions", "days", "tableDays", "budgets", "repetitions", "confidence",
      "prices", "supplies", "policies", "honest", "claims",
    ])
  static let economicsPrices = SpecKeys(
    name: "prices",
    keys: ["creditUSD", "triesPerUSD", "triesPerSecond", "honestTriesPerSecond"])
  static let economicsSupply = SpecKeys(
    name: "supply",
    keys: ["name", "kind", "prefixes", "systems", "block", "system", "addressUSD", "fixedUSD"])
  static let economicsPolicy = SpecKeys(
    name: "policy", keys: ["name", "file", "accountUSD", "difficultyBits", "priceCredits"])
  static let economicsHonest = SpecKeys(name: "honest", keys: ["days", "files"])
  static let economicsFile = SpecKeys(name: "file", keys: ["name", "prefixes"])
  static let economicsClaim = SpecKeys(
    name: "claim", keys: ["policy", "days", "fraction", "relation", "usd"])
}
