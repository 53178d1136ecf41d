import Adversary
import RouteSampling

/// The cells of a campaign, in the order of the rows of `results.csv`.
///
/// A pure function of the specification and of the nodeIds that its ledger or file holds.
public struct CampaignPlan: Sendable {
  /// No plan has more cells than this.
  public static let maxCellCount = 200_000
  /// One engine pass measures at most this many values of (f, c).
  static let maxLaneCount = 8

  /// The specification.
  public let spec: CampaignSpec
  /// Count and content hash of nodeIds from a ledger or file; nil for random ones.
  public let identifiers: IdentifierSummary?
  /// All cells, ordered by engine, nodes, digitBits, leafSetSize, router, attack, f, c.
  public let cells: [Cell]
  /// SHA-256 of what determines `results.csv`. Comments, figures and the description do not count.
  public let specHash: String

  /// Expands `spec`.
  /// - Parameter identifiers: what the ledger or file holds; nil for random nodeIds.
  /// - Throws: `CampaignError.Code.badSpec` when no cell or too many cells are left,
  ///   `.badData` when the count of nodeIds is not the one that the specification asks for.
  public init(spec: CampaignSpec, identifiers: IdentifierSummary?) throws(CampaignError) {
    self.spec = spec
    self.identifiers = identifiers
    let parameters = try Self.expand(spec, identifiers)
    var cells: [Cell] = []
    cells.reserveCapacity(parameters.count)
    var owners: [String: Int] = [:]
    for (index, parameters) in parameters.enumerated() {
      let cell = Cell(index: index, parameters: parameters, identity: parameters.identity)
      if let other = owners.updateValue(index, forKey: cell.name) {
        throw CampaignError(
          .badSpec,
          "cells \(other + 1) and \(index + 1) are the same: \(cells[other].title) "
            + "and \(cell.title)",
          remedy: "Remove one of the two routers or attacks that differ only in their label.")
      }
      cells.append(cell)
    }
    self.cells = cells
    specHash = Self.hash(spec, cells)
  }

  /// The cells that one engine pass can measure together, in plan order, at most 8 per pass.
  ///
  /// How cells are grouped has no influence on their results. Lanes share routes on the sampling
  /// engine; a pass of the event engine has one cell, so that a stopped run loses little.
  func passes(of cells: [Cell], laneCount: Int = maxLaneCount) -> [[Cell]] {
    var order: [GroupKey] = []
    var members: [GroupKey: [Cell]] = [:]
    for cell in cells {
      let key = cell.parameters.groupKey
      if members[key] == nil { order.append(key) }
      members[key, default: []].append(cell)
    }
    return order.flatMap { key in
      let group = members[key] ?? []
      let laneCount = key.engine == .events ? 1 : laneCount
      return stride(from: 0, to: group.count, by: laneCount).map {
        Array(group[$0..<min($0 + laneCount, group.count)])
      }
    }
  }

  /// The first reference for the delivery of `cell`.
  func reference(for cell: Cell) -> Double? {
    for reference in spec.references where reference.quantity == .delivered {
      if let value = reference.value(for: cell.parameters) { return value }
    }
    return nil
  }

  private static func expand(
    _ spec: CampaignSpec, _ identifiers: IdentifierSummary?
  ) throws(CampaignError) -> [CellParameters] {
    var result: [CellParameters] = []
    let overlays = try overlays(spec, identifiers)
    for engine in spec.engines {
      for overlay in overlays {
        for written in spec.routers {
          let router = written.resolved(on: overlay)
          try requireFit(router, overlay, engine == .sampling ? spec.method : nil)
          for attack in spec.attacks {
            try requireFit(attack, overlay)
            append(spec, engine, overlay, router, attack, to: &result)
            guard result.count <= maxCellCount else {
              throw CampaignError(
                .badSpec, "the campaign has more than \(maxCellCount) cells",
                remedy: "Shorten an axis or split the campaign.")
            }
          }
        }
      }
    }
    try requireUse(of: spec.references, result)
    guard !result.isEmpty || spec.measuresNothing else {
      throw CampaignError(
        .badSpec, "the campaign has no cell",
        remedy: "Everything is excluded, or every coalitionFraction exceeds faultyFraction.")
    }
    return result
  }

  /// Appends the cells of one curve, f by f.
  private static func append(
    _ spec: CampaignSpec, _ engine: CellEngine, _ overlay: OverlayParameters,
    _ router: RouterParameters, _ attack: AttackComposition, to result: inout [CellParameters]
  ) {
    for faulty in spec.faultyFractions {
      // A coalition is a part of the faulty nodes.
      let coalitions = spec.coalitionFractions?.filter { $0 <= faulty } ?? [faulty]
      for coalition in coalitions {
        let cell = CellParameters(
          engine: engine, overlay: overlay, router: router, attack: attack,
          faultyFraction: faulty, coalitionFraction: coalition, success: spec.success,
          method: engine == .sampling ? spec.method : nil,
          events: engine == .events ? spec.events?.resolved(on: overlay) : nil,
          precision: spec.precision)
        if spec.exclusions.contains(where: { $0.matches(cell) }) { continue }
        result.append(cell)
      }
    }
  }

  private static func overlays(
    _ spec: CampaignSpec, _ identifiers: IdentifierSummary?
  ) throws(CampaignError) -> [OverlayParameters] {
    let axes = spec.overlay
    var counts = axes.nodes
    var content = OverlayParameters.Identifiers.random
    if let identifiers {
      content = .digest(identifiers.digest)
      if let expected = counts.first, expected != identifiers.count {
        throw CampaignError(
          .badData, file: identifiers.origin,
          "holds \(identifiers.countText), the campaign asks for \(expected)",
          remedy: "Issue or revoke certificates, or correct overlay.nodes.")
      }
      counts = [identifiers.count]
      if let widest = axes.leafSetSizes.max(), widest >= identifiers.count {
        throw CampaignError(
          .badSpec, "leafSetSize \(widest) must be below the node count \(identifiers.count)")
      }
    }
    return counts.flatMap { nodes in
      axes.digitBits.flatMap { digitBits in
        axes.leafSetSizes.map { leafSetSize in
          OverlayParameters(
            identifiers: content, nodes: nodes, digitBits: digitBits, leafSetSize: leafSetSize,
            tables: axes.tables)
        }
      }
    }
  }

  /// A required reference that no cell meets would be missed in silence.
  private static func requireUse(
    of references: [ReferenceValues], _ cells: [CellParameters]
  ) throws(CampaignError) {
    for reference in references where reference.claim.isRequired && !cells.isEmpty {
      var unmet: String?
      switch reference.values {
      case .closedForm:
        if !cells.contains(where: { reference.value(for: $0) != nil }) { unmet = "no cell" }
      case .table(let rows):
        let missing = rows.first { row in
          !cells.contains {
            reference.filter.matches($0) && $0.faultyFraction == row.faultyFraction
          }
        }
        if let missing { unmet = "no cell at f = \(missing.faultyFraction)" }
      }
      guard let unmet else { continue }
      throw CampaignError(
        .badSpec, "the required reference '\(reference.claim.source)' selects \(unmet)",
        remedy: "Correct its selection or its fractions, or leave require out.")
    }
  }

  /// What the engine would refuse is refused before anything is measured.
  private static func requireFit(
    _ router: RouterParameters, _ overlay: OverlayParameters, _ method: SamplingMethod?
  ) throws(CampaignError) {
    let methods = router.methods
    if let method, !methods.contains(method) {
      throw CampaignError(
        .badSpec,
        "router '\(router.label)' cannot be evaluated by the method \(method.rawValue)",
        remedy: "It can by: \(methods.map(\.rawValue).joined(separator: ", ")).")
    }
    for parameter in router.descriptor.parameters {
      guard let value = router.integer(parameter.name) else { continue }
      switch parameter.limit {
      case .none: break
      case .leafSetSize where value > overlay.leafSetSize:
        throw CampaignError(
          .badSpec,
          "router '\(router.label)': \(parameter.name) is \(value), one per leaf-set member, but "
            + "leafSetSize is \(overlay.leafSetSize)",
          remedy: "Set \(parameter.name) to at most leafSetSize, or exclude the pair.")
      case .evenBelowNodes where value % 2 != 0 || value >= overlay.nodes:
        throw CampaignError(
          .badSpec,
          "router '\(router.label)' takes \(value) \(parameter.name); they must be even and fewer "
            + "than the \(overlay.nodes) nodes")
      case .leafSetSize, .evenBelowNodes: break
      }
    }
  }

  private static func requireFit(
    _ attack: AttackComposition, _ overlay: OverlayParameters
  ) throws(CampaignError) {
    guard attack.adversary.identities.chosenIdentifiers > 0 else { return }
    guard overlay.identifiers == .random else {
      throw CampaignError(
        .badSpec,
        "attack '\(attack.label)': nobody can choose ids where an authority or a file gives them",
        remedy: "That is the defence. Use ids: {random: true} to see the attack succeed.")
    }
    guard overlay.tables == .constrained else {
      throw CampaignError(
        .badSpec, "attack '\(attack.label)': chosen ids need constrained tables")
    }
  }

  private static func hash(_ spec: CampaignSpec, _ cells: [Cell]) -> String {
    let rows = cells.map { cell in
      CanonicalJSON.array([
        .text(cell.identity), .text(cell.parameters.router.label),
        .text(cell.parameters.attack.label),
      ])
    }
    return ContentHash.hex(
      of: CanonicalJSON.object([
        "apiVersion": .text(CampaignSpec.apiVersion),
        "name": .text(spec.name),
        "seed": .integer(Int(spec.seed)),
        "cells": .array(rows),
        "references": .array(spec.references.map(\.canonical)),
      ]).text)
  }
}

/// What a campaign will cost, roughly.
public struct CampaignEstimate: Sendable, Codable, Equatable {
  /// Rows of `results.csv`.
  public let cells: Int
  /// Engine passes, each over up to 8 values of f.
  public let passes: Int
  /// Overlays to build.
  public let overlays: Int
  /// Routes over all passes; a guess for cells that stop at a half-width.
  public let routes: Int
  /// Time on one core, in seconds.
  public let coreSeconds: Double
}

extension CampaignPlan {
  /// What the whole plan will cost on one core; rough, from the engine's measured rates.
  public var estimate: CampaignEstimate {
    let passes = passes(of: cells)
    var overlays: [OverlayParameters] = []
    var built: Set<OverlayParameters> = []
    var routes = 0
    var nanoseconds = 0.0
    for pass in passes {
      let cell = pass[0].parameters
      if !overlays.contains(cell.overlay) { overlays.append(cell.overlay) }
      // Every batch of the event engine constructs its overlay.
      if cell.engine == .sampling, built.insert(cell.overlay).inserted {
        nanoseconds += CostModel.nanosecondsToBuild(cell.overlay)
      }
      routes += cell.precision.expectedRoutes
      nanoseconds +=
        Double(cell.precision.expectedRoutes)
        * CostModel.nanosecondsPerRoute(cell, lanes: pass.count)
    }
    return CampaignEstimate(
      cells: cells.count, passes: passes.count, overlays: overlays.count, routes: routes,
      coreSeconds: nanoseconds / 1e9)
  }
}

extension Cell {
  /// One line for messages: `prefix, drop, N = 1000, b = 4, l = 32, f = 0.1`, and `, events` behind
  /// it for cells of that engine.
  var title: String {
    let overlay = parameters.overlay
    return "\(parameters.router.label), \(parameters.attack.label), N = \(overlay.nodes), "
      + "b = \(overlay.digitBits), l = \(overlay.leafSetSize), f = \(parameters.faultyFraction)"
      + (parameters.engine == .events ? ", events" : "")
  }
}

extension ReferenceValues {
  /// What the reference column of `results.csv` depends on; reasons and figures do not count.
  var canonical: CanonicalJSON {
    var members: [String: CanonicalJSON] = [
      "source": .text(claim.source), "tolerance": .number(claim.tolerance),
      "require": .flag(claim.isRequired),
      "routers": filter.routers.canonical { .text($0) },
      "attacks": filter.attacks.canonical { .text($0) },
      "nodes": filter.nodes.canonical { .integer($0) },
      "digitBits": filter.digitBits.canonical { .integer($0) },
      "leafSetSizes": filter.leafSetSizes.canonical { .integer($0) },
    ]
    if let engines = filter.engines {
      members["engines"] = .array(engines.map { .text($0.rawValue) })
    }
    if quantity != .delivered { members["quantity"] = .text(quantity.rawValue) }
    if claim.relation != .equal { members["relation"] = .text(claim.relation.rawValue) }
    if claim.relativeTolerance > 0 {
      members["relativeTolerance"] = .number(claim.relativeTolerance)
    }
    switch values {
    case .closedForm(let formula, let arguments):
      members["closedForm"] = .text(formula.name)
      if !arguments.isEmpty {
        members["parameters"] = .object(arguments.mapValues { .number($0) })
      }
    case .table(let rows):
      members["values"] = .array(
        rows.map { .array([.number($0.faultyFraction), .number($0.value)]) })
    }
    return .object(members)
  }
}

extension Optional {
  fileprivate func canonical<Element>(
    _ element: (Element) -> CanonicalJSON
  ) -> CanonicalJSON where Wrapped == [Element] {
    guard let list = self else { return .null }
    return .array(list.map(element))
  }
}
