import RouteSampling

extension CampaignSpec {
  /// Says that no engine measures anything.
  private static let formulasAlone = "formulas"
  /// The event engine holds no larger overlay.
  private static let eventNodesMax = 1_000_000

  /// Reads `engine`: one engine, a list of engines, or `formulas`, which is none.
  static func parseEngines(_ node: SpecNode) throws(CampaignError) -> [CellEngine] {
    if node.shape == .scalar {
      let word = try node.word(among: CellEngine.allCases.map(\.rawValue) + [formulasAlone])
      return CellEngine(rawValue: word).map { [$0] } ?? []
    }
    return try node.distinct { element throws(CampaignError) in try element.word(CellEngine.self) }
  }

  /// Reads `events`, and refuses keys that have no meaning on the campaign's engines.
  static func parseEvents(
    _ map: SpecMapping, engines: [CellEngine], overlay: OverlayAxes
  ) throws(CampaignError) -> EventSettings? {
    guard engines.contains(.events) else {
      if let events = map["events"] {
        throw events.failure(
          "no cell runs on engine events, so 'events' has no meaning",
          remedy: "Leave it out, or write `engine: events` or `engine: [sampling, events]`.")
      }
      return nil
    }
    if !engines.contains(.sampling) {
      if let method = map["method"] {
        throw method.failure(
          "method says how engine sampling evaluates cells",
          remedy: "Leave it out: engine events runs the protocol.")
      }
      let overlayMap = try map.required("overlay").mapping(.overlay)
      for key in ["tables", "network"] {
        guard let node = overlayMap[key] else { continue }
        throw node.failure(
          "\(node.path) belongs to engine sampling",
          remedy: "Leave it out: nodes of engine events hold both tables, and events.network is "
            + "the network that they are in.")
      }
    }
    if let largest = overlay.nodes.max(), largest > eventNodesMax {
      throw (map["overlay"] ?? map.owner).failure(
        "engine events takes at most \(eventNodesMax) nodes, not \(largest)",
        remedy: "Measure larger overlays with engine sampling.")
    }
    return try EventSettings(
      map["events"], smallestLeafSet: overlay.leafSetSizes.min() ?? 2)
  }

  /// Refuses a success that the event engine cannot tell.
  static func requireFit(
    _ success: DeliveryEvent, _ routers: [RouterParameters], engines: [CellEngine],
    _ map: SpecMapping
  ) throws(CampaignError) {
    guard engines.contains(.events), success != .replicaRoots else { return }
    let place = map["success"] ?? map.owner
    guard success == .root else {
      throw place.failure(
        "engine events cannot tell success \(success.rawValue)",
        remedy: "It can tell replica-roots, and root for router prefix.")
    }
    guard let other = routers.first(where: { $0.descriptor.name != RouterRegistry.prefix.name })
    else { return }
    throw place.failure(
      "success root is told for router prefix alone on engine events, not for '\(other.label)'",
      remedy: "Use success: replica-roots.")
  }
}
