import RouteSampling

extension OverlayAxes {
  /// Of a campaign that builds none.
  init() {
    (identifiers, nodes, digitBits, leafSetSizes) = (.random, [], [], [])
    tables = .constrained
  }

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

extension Precision {
  /// Of a campaign that measures nothing.
  init() {
    (stop, confidence, minBatches, routesPerBatch) = (.routes(1), 0.95, 30, 64)
  }

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
