extension RouterParameters {
  /// Reads a router: its name, or a mapping with its parameters.
  init(_ node: SpecNode) throws(CampaignError) {
    guard node.shape == .mapping else {
      let descriptor = try Self.descriptor(node)
      self.init(
        name: descriptor.name, label: descriptor.name, values: Self.complete([:], descriptor))
      return
    }
    let map = try node.mapping(.router)
    let descriptor = try Self.descriptor(map.required("name"))
    var given: [String: Value] = [:]
    for entry in map.entries where entry.key != "name" && entry.key != "label" {
      guard let parameter = descriptor.parameter(entry.key) else {
        let own = descriptor.parameters.map(\.name)
        throw entry.keyNode.failure(
          "router '\(descriptor.name)' has no parameter '\(entry.key)'",
          remedy: own.isEmpty ? "It has none." : "It has: \(own.joined(separator: ", ")).")
      }
      given[entry.key] =
        switch parameter.domain {
        case .integer(let range): .integer(try entry.value.integer(in: range))
        case .number(let range): .number(try entry.value.number(in: range))
        case .choice(let words): .word(try entry.value.word(among: words))
        case .flag: .flag(try entry.value.flag())
        }
    }
    try Self.requireOneAlternative(given, descriptor, map)
    self.init(
      name: descriptor.name, label: try map["label"]?.text() ?? descriptor.name,
      values: Self.complete(given, descriptor))
  }

  private static func descriptor(_ node: SpecNode) throws(CampaignError) -> RouterDescriptor {
    let name = try node.word(among: RouterRegistry.all.map(\.name))
    guard let descriptor = RouterRegistry.descriptor(name) else {
      throw node.failure("router '\(name)' is not in the registry")
    }
    return descriptor
  }

  private static func requireOneAlternative(
    _ given: [String: Value], _ descriptor: RouterDescriptor, _ map: SpecMapping
  ) throws(CampaignError) {
    let groups = descriptor.alternatives.filter { $0.contains { given[$0] != nil } }
    if groups.count > 1 {
      let offered = descriptor.alternatives.map { $0.joined(separator: " with ") }
      throw (map[groups[1].first { given[$0] != nil } ?? ""] ?? map.owner).failure(
        "give either \(offered.joined(separator: " or ")), not both")
    }
    if let group = groups.first, group.contains(where: { given[$0] == nil }) {
      throw map.owner.failure("\(group.joined(separator: " and ")) go together")
    }
  }

  /// The given values and the defaults of the others; an alternative to a given one has none.
  private static func complete(
    _ given: [String: Value], _ descriptor: RouterDescriptor
  ) -> [String: Value] {
    let replaced =
      descriptor.alternatives.contains { $0.contains { given[$0] != nil } }
      ? descriptor.alternatives.flatMap { $0 } : []
    var values = given
    for parameter in descriptor.parameters
    where given[parameter.name] == nil && !replaced.contains(parameter.name) {
      switch parameter.defaultValue {
      case .value(let value): values[parameter.name] = value
      case .parameter(let other): values[parameter.name] = values[other]
      case .leafSetSize, .implied, .absent: break
      }
    }
    // Naming the implied value gives the cell no other name.
    return values.filter { descriptor.parameter($0.key)?.defaultValue != .implied($0.value) }
  }
}

extension RouterParameters {
  /// Refuses what an engine of the campaign cannot do.
  /// - Parameter node: the router as the file has it.
  func requireFit(_ engines: [CellEngine], _ node: SpecNode) throws(CampaignError) {
    for engine in engines {
      guard descriptor.engines.contains(engine) else {
        let able = RouterRegistry.all.filter { $0.engines.contains(engine) }.map(\.name)
        throw node.failure(
          "router '\(name)' does not run on engine \(engine.rawValue)",
          remedy: "These do: \(able.joined(separator: ", ")).")
      }
      for parameter in descriptor.parameters where !parameter.engines.contains(engine) {
        guard values[parameter.name] != standardValue(of: parameter) else { continue }
        let able = parameter.engines.map(\.rawValue).joined(separator: ", ")
        let place = node.shape == .mapping ? try node.openMapping()[parameter.name] : nil
        throw (place ?? node).failure(
          "router '\(label)': \(parameter.name) has no meaning on engine \(engine.rawValue)",
          remedy: "Leave it out, or measure this router in a campaign of engine \(able) alone.")
      }
    }
  }

  /// The value of a parameter that was not given.
  private func standardValue(of parameter: RouterParameter) -> Value? {
    switch parameter.defaultValue {
    case .value(let value): value
    case .parameter(let other): values[other]
    case .leafSetSize, .implied, .absent: nil
    }
  }
}
