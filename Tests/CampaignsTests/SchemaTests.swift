import Foundation
import RouteSampling
import Testing

@testable import Campaigns

/// The published JSON Schema and the parser know the same keys.
@Suite struct SchemaTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private func definitions() throws -> [String: [String: Any]] {
    let url = Self.root.appending(path: "docs/campaigns.schema.json")
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
    let schema = try #require(object as? [String: Any])
    return try #require(schema["$defs"] as? [String: [String: Any]])
  }

  @Test func everyKeyOfTheParserIsInTheSchemaAndBack() throws {
    let definitions = try definitions()
    for known in SpecKeys.all {
      let definition = try #require(definitions[known.name], "\(known.name)")
      let properties = try #require(definition["properties"] as? [String: Any])
      #expect(properties.keys.sorted() == known.keys.sorted(), "\(known.name)")
      if known.name != SpecKeys.attack.name {
        #expect(definition["additionalProperties"] as? Bool == false, "\(known.name)")
      }
    }
    // An attack's own parameters stand beside its name, so its member is open by design.
    let closed = Set(SpecKeys.all.map(\.name)).union(["attackMember"])
    #expect(Set(definitions.keys) == closed)
  }

  @Test func theWordsOfTheSchemaAreThoseOfTheParser() throws {
    let definitions = try definitions()
    func words(_ name: String, _ key: String) throws -> [String] {
      let properties = try #require(definitions[name]?["properties"] as? [String: Any])
      let property = try #require(properties[key] as? [String: Any])
      return try #require(property["enum"] as? [String])
    }
    #expect(try words("router", "name") == RouterRegistry.all.map(\.name))
    #expect(try words("figure", "x") == FigureSpec.Axis.allCases.map(\.rawValue))
    #expect(try words("figure", "y") == Quantity.allCases.map(\.rawValue))
    #expect(try words("figure", "scale") == FigureSpec.Scale.allCases.map(\.rawValue))
    #expect(try words("reference", "quantity") == Quantity.allCases.map(\.rawValue))
    #expect(try words("reference", "closedForm") == Formula.all.map(\.name))
    #expect(try words("formula", "formula") == Formula.all.map(\.name))
    #expect(try words("formula", "relation") == Claim.Relation.allCases.map(\.rawValue))
    #expect(try words("events", "delivered") == EventSettings.Delivered.allCases.map(\.rawValue))
    #expect(
      try words("router", "without") == ["nothing"] + Defence.allCases.map(\.rawValue))
    #expect(try words("campaign", "method") == SamplingMethod.allCases.map(\.rawValue))
    let success = try words("campaign", "success")
    let small = smallSpec + "\nsuccess: "
    for word in success {
      #expect(throws: Never.self) { try CampaignSpec(parsing: small + word, file: "s.yaml") }
    }
    #expect(success.count == 3)
  }

  /// Every campaign file of the repository, relative to `experiments/`; the study of
  /// `redoubt economics` is a file of another kind.
  static let experiments: [String] = {
    let folder = root.appending(path: "experiments").path
    let names = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
    return names.filter { $0.hasSuffix(".yaml") && !$0.hasSuffix("/study.yaml") }.sorted()
  }()

  @Test(arguments: experiments)
  func theExperimentsAreValid(name: String) throws {
    let path = Self.root.appending(path: "experiments/" + name).path
    let spec = try CampaignSpec(path: path)
    #expect(spec.title != nil || name == "first-campaign/campaign.yaml")
    #expect(spec.summary != nil)
    if case .ledger(let path, _) = spec.overlay.identifiers {
      #expect(path == "out/first-campaign/authority")
      #expect(spec.overlay.nodes == [10_000])
    } else {
      let plan = try CampaignPlan(spec: spec, identifiers: nil)
      #expect(plan.cells.isEmpty == spec.measuresNothing)
      // A reference that selects nothing compares nothing.
      for reference in spec.references {
        #expect(plan.cells.contains { reference.value(for: $0.parameters) != nil })
      }
      for figure in spec.figures {
        #expect(plan.cells.contains { figure.filter.matches($0.parameters) }, "\(figure.name)")
      }
    }
  }

  @Test func thePublishedExperimentsAreAllThere() {
    #expect(Self.experiments.count >= 11)
    for name in ["anycast", "certificate-price", "checked-iterative", "cost", "forwarding"] {
      #expect(Self.experiments.contains("osdi02/\(name).yaml"))
    }
    for name in ["delivery-1e5", "delivery-1e6", "frontier", "growth"] {
      #expect(Self.experiments.contains("beyond/\(name).yaml"))
    }
  }

  @Test func theClosedFormHasThePublishedValues() throws {
    // [Castro02], message forwarding: 65 % at f = .1, N = 1e5, b = 4; 75 % at b = 6.
    for (nodes, digitBits, f, published) in [
      (1e5, 4.0, 0.1, 0.646), (1e5, 6, 0.1, 0.747), (1e3, 4, 0.3, 0.411), (1e6, 4, 0.2, 0.329),
    ] {
      let value = try forwarding(nodes, digitBits, f)
      #expect(abs(value - published) < 0.0006)
    }
    #expect(try forwarding(1_000, 1, 0) == 1)
    #expect(try forwarding(1_000, 1, 1) == 0)
  }

  private func forwarding(_ nodes: Double, _ digitBits: Double, _ f: Double) throws -> Double {
    try #require(Formula.named("forwarding"))
      .value(["nodes": nodes, "digitBits": digitBits, "faultyFraction": f])
  }
}
