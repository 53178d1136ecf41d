import Adversary

extension AttackComposition {
  /// - Parameter engines: those of the campaign; each must have a form of every attack.
  init(_ node: SpecNode, engines: [CellEngine]) throws(CampaignError) {
    var selections: [AttackSelection]
    var given: String?
    switch node.shape {
    case .sequence: selections = try Self.selections(node)
    case .scalar: selections = [try Self.selection(node)]
    case .mapping:
      let map = try node.openMapping()
      if let compose = map["compose"] {
        _ = try node.mapping(.attack)
        if let name = map["name"] {
          throw name.failure("give either name or compose, not both")
        }
        selections = try Self.selections(compose)
      } else {
        selections = [try Self.selection(node)]
      }
      given = try map["label"]?.text()
    }
    label = given ?? Self.label(selections)
    var attacks: [any Attack] = []
    var members: [Member] = []
    do throws(AttackError) {
      for selection in selections {
        let attack = try AttackRegistry.make(selection)
        attacks.append(attack)
        members.append(try Self.member(selection, type(of: attack).descriptor))
      }
      adversary = try ComposedAdversary(attacks, engines: engines)
    } catch {
      throw CampaignError(
        .badSpec, file: node.file, line: error.line ?? node.line, error.description,
        remedy: "`redoubt attacks list` and `redoubt attacks show NAME` describe them.")
    }
    self.members = members
  }

  private static func selections(_ node: SpecNode) throws(CampaignError) -> [AttackSelection] {
    var selections: [AttackSelection] = []
    for element in try node.elements() {
      let selection = try selection(element)
      guard !selections.contains(where: { $0.name == selection.name }) else {
        throw element.failure("attack '\(selection.name)' is composed with itself")
      }
      selections.append(selection)
    }
    return selections
  }

  private static func selection(_ node: SpecNode) throws(CampaignError) -> AttackSelection {
    guard node.shape == .mapping else {
      return AttackSelection(name: try node.text(), line: node.line)
    }
    let map = try node.openMapping()
    var parameters: [AttackSelection.Assignment] = []
    for entry in map.entries where entry.key != "name" && entry.key != "label" {
      parameters.append(
        .init(name: entry.key, value: try entry.value.text(), line: entry.keyNode.line))
    }
    return AttackSelection(
      name: try map.required("name").text(), parameters: parameters, line: node.line)
  }

  /// The attack with every parameter resolved, numbers by value and not by spelling.
  private static func member(
    _ selection: AttackSelection, _ descriptor: AttackDescriptor
  ) throws(AttackError) -> Member {
    let values = try AttackParameters(selection, of: descriptor)
    var settings: [String: CanonicalJSON] = [:]
    for parameter in descriptor.parameters {
      settings[parameter.name] =
        switch parameter.domain {
        case .number: .number(values.number(parameter.name))
        case .integer: .integer(values.integer(parameter.name))
        case .choice: .text(values.text(parameter.name))
        }
    }
    return Member(name: descriptor.name, settings: .object(settings))
  }

  /// `drop`, `impersonate-root+suppress-ids(side=root)`.
  private static func label(_ selections: [AttackSelection]) -> String {
    selections.map { selection in
      let settings = selection.parameters.map { "\($0.name)=\($0.value)" }
      return settings.isEmpty
        ? selection.name : "\(selection.name)(\(settings.joined(separator: " ")))"
    }.joined(separator: "+")
  }
}

extension ComposedAdversary {
  /// Composes attacks in the forms that the engines need.
  ///
  /// An attack that only obtains identities acts on both engines before a run begins. Faulty nodes
  /// that nothing else instructs keep silent on both: on the event engine they play `drop`.
  /// - Throws: `AttackError` when an engine has no form of an attack, or attacks exclude each
  ///   other.
  init(_ attacks: [any Attack], engines: [CellEngine]) throws(AttackError) {
    staticForm = engines.contains(.sampling) ? try StaticAdversary(composing: attacks) : nil
    identities = try StaticAdversary(composing: attacks.filter { $0.staticForm?.identities != nil })
    guard engines.contains(.events) else {
      protocolAttacks = []
      return
    }
    var played: [any Attack] = []
    for attack in attacks where attack.staticForm?.identities == nil {
      guard attack.protocolForm != nil else {
        throw AttackError(
          .noProtocolForm,
          "attack \(type(of: attack).descriptor.name) has no protocol form; run it on the "
            + "sampling engine or remove it")
      }
      played.append(attack)
    }
    if played.isEmpty { played.append(try AttackRegistry.make(AttackSelection(name: "drop"))) }
    protocolAttacks = played
  }
}
