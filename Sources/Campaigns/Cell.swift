public import RouteSampling

/// The full parameters of one cell: everything that its result depends on besides the seed.
public struct CellParameters: Hashable, Sendable {
  /// What measures it.
  public let engine: CellEngine
  /// The overlay.
  public let overlay: OverlayParameters
  /// The router.
  public let router: RouterParameters
  /// The adversary.
  public let attack: AttackComposition
  /// f, the fraction of nodes that are faulty, in 0...1.
  public let faultyFraction: Double
  /// c, the fraction of nodes in one coalition, in 0...f.
  public let coalitionFraction: Double
  /// What counts as delivered.
  public let success: DeliveryEvent
  /// How the sampling engine evaluates it; nil leaves it to the router and the attack.
  public let method: SamplingMethod?
  /// What the event engine needs besides; nil for cells of the sampling engine.
  public let events: EventSettings?
  /// When the cell is measured well enough.
  public let precision: Precision

  /// SHA-256 of the canonical JSON of the parameters; labels and position do not count.
  public var identity: String {
    ContentHash.hex(of: canonical.text)
  }
}

/// One overlay: nodeIds, leaf sets and routing tables.
public struct OverlayParameters: Hashable, Sendable {
  /// Which nodeIds, by content.
  public enum Identifiers: Hashable, Sendable {
    /// Drawn from the campaign seed.
    case random
    /// The set whose sorted hex lines have this SHA-256.
    case digest(String)
  }

  /// Which nodeIds.
  public let identifiers: Identifiers
  /// N.
  public let nodes: Int
  /// b.
  public let digitBits: Int
  /// l.
  public let leafSetSize: Int
  /// Which routing table the nodes hold.
  public let tables: RoutingTableKind
}

/// One cell of a plan.
public struct Cell: Sendable {
  /// Position in the plan, from 0: the order of the rows in `results.csv`.
  public let index: Int
  /// The parameters.
  public let parameters: CellParameters
  /// 64 hex digits, see `CellParameters.identity`.
  public let identity: String

  /// The first 16 digits of the identity, distinct within a plan: file names and tables.
  public var name: String { String(identity.prefix(16)) }
}

extension CellParameters {
  var canonical: CanonicalJSON {
    var members: [String: CanonicalJSON] = [
      "engine": .text(engine.rawValue),
      "overlay": overlay.canonical(for: engine),
      "router": router.canonical,
      "attacks": attack.canonical,
      "faultyFraction": .number(faultyFraction),
      "coalitionFraction": .number(coalitionFraction),
      "success": .text(success.rawValue),
      "precision": precision.canonical,
    ]
    // Only when given, so that cells of campaigns without it keep their names.
    if let method { members["method"] = .text(method.rawValue) }
    if let events { members["events"] = events.canonical }
    return .object(members)
  }

  /// What a formula can take from a cell.
  static let formulaParameters = [
    "nodes", "digitBits", "leafSetSize", "faultyFraction", "coalitionFraction",
  ]

  /// The arguments that the cell gives a formula: those, and its router's parameters.
  var formulaArguments: [String: Double] {
    var arguments = [
      "nodes": Double(overlay.nodes), "digitBits": Double(overlay.digitBits),
      "leafSetSize": Double(overlay.leafSetSize), "faultyFraction": faultyFraction,
      "coalitionFraction": coalitionFraction,
    ]
    for parameter in router.descriptor.parameters {
      arguments[parameter.name] = router.number(parameter.name)
    }
    return arguments
  }

  /// Equal for cells that differ only in f and c.
  var groupKey: GroupKey {
    GroupKey(
      engine: engine, overlay: overlay, router: router, attack: attack, success: success,
      method: method, events: events, precision: precision)
  }

  /// The routing tables that routers follow: nodes of the event engine hold both.
  var tablesText: String {
    engine == .events ? "both" : overlay.tables.rawValue
  }
}

/// What the cells of one curve over f have in common, and so the lanes of one pass.
public struct GroupKey: Hashable, Sendable {
  /// What measures them.
  public let engine: CellEngine
  /// The overlay.
  public let overlay: OverlayParameters
  /// The router.
  public let router: RouterParameters
  /// The adversary.
  public let attack: AttackComposition
  /// What counts as delivered.
  public let success: DeliveryEvent
  /// How the sampling engine evaluates them; nil leaves it to the router and the attack.
  public let method: SamplingMethod?
  /// What the event engine needs besides.
  public let events: EventSettings?
  /// When a cell is measured well enough.
  public let precision: Precision
}

extension OverlayParameters {
  /// The overlay's part of a cell's name, and of its streams' names.
  func canonical(for engine: CellEngine) -> CanonicalJSON {
    var members: [String: CanonicalJSON] = [
      "nodes": .integer(nodes),
      "digitBits": .integer(digitBits),
      "leafSetSize": .integer(leafSetSize),
    ]
    if engine == .sampling { members["tables"] = .text(tables.rawValue) }
    switch identifiers {
    case .random: members["ids"] = .object(["random": .flag(true)])
    case .digest(let digest): members["ids"] = .object(["sha256": .text(digest)])
    }
    if engine == .sampling, tables == .proximity {
      members["network"] = .object(["plane": .flag(true)])
    }
    return .object(members)
  }
}

extension AttackComposition {
  /// Composition order does not count, file lines and labels neither.
  var canonical: CanonicalJSON {
    .array(
      members.sorted { $0.name < $1.name }.map { member in
        .object(["name": .text(member.name), "parameters": member.settings])
      })
  }
}

extension Precision {
  var canonical: CanonicalJSON {
    var members: [String: CanonicalJSON] = [
      "confidence": .number(confidence),
      "minBatches": .integer(minBatches),
      "routesPerBatch": .integer(routesPerBatch),
    ]
    switch stop {
    case .routes(let routes): members["routes"] = .integer(routes)
    case .halfWidth(let width, let maxRoutes):
      members["halfWidth"] = .number(width)
      members["maxRoutes"] = .integer(maxRoutes)
    }
    return .object(members)
  }
}
