import RouteSampling
import Testing

@testable import Campaigns

/// The table that names every router.
@Suite struct RouterRegistryTests {
  private func parse(_ text: String) throws -> RouterParameters {
    // The reference of the small campaign names a router; this one has others.
    let spec = smallSpec.replacing("[prefix, {name: anycast, copies: 16}]", with: "[\(text)]")
      .replacing("      router: prefix\n", with: "").replacing("    router: prefix\n", with: "")
    return try CampaignSpec(parsing: spec, file: "small.yaml").routers[0]
  }

  @Test(arguments: RouterRegistry.all.map(\.name))
  func everyRouterNeedsNothingButItsName(name: String) throws {
    let router = try parse(name)
    let overlay = OverlayParameters(
      identifiers: .random, nodes: 1000, digitBits: 4, leafSetSize: 16, tables: .constrained)
    // The engine's router, made from the defaults alone; one that it builds in two ways has two
    // entries.
    #expect(name.hasSuffix(router.engineRouter(overlay).name))
    let descriptor = router.descriptor
    #expect(!descriptor.methods.isEmpty)
    #expect(!descriptor.summary.isEmpty && !descriptor.bestResponse.isEmpty)
    #expect(descriptor.routesPerLookup(router) >= 1)
    for parameter in descriptor.parameters {
      #expect(
        descriptor.alternatives.flatMap { $0 }.contains(parameter.name)
          || parameter.defaultValue != .absent, "\(name) \(parameter.name)")
      let alone = descriptor.alternatives.allSatisfy {
        !$0.contains(parameter.name) || $0.count == 1
      }
      // The small campaign runs on the sampling engine.
      guard alone, parameter.engines.contains(.sampling) else { continue }
      let given = try parse("{name: \(name), \(parameter.name): \(parameter.example)}")
      #expect(given[parameter.name] != nil)
    }
  }

  /// The names of cells rest on these bytes: shards of earlier campaigns must be found again.
  @Test(arguments: [
    ("prefix", #"{"name":"prefix"}"#), ("anycast", #"{"copies":16,"name":"anycast"}"#),
    ("{name: anycast, copies: 4}", #"{"copies":4,"name":"anycast"}"#),
    (
      "sec-route",
      #"{"copies":16,"designFraction":0.25,"name":"sec-route","samples":256,"targetError":0.001}"#
    ),
    (
      "{name: sec-route, samples: 64, densityThreshold: 2, copies: 4}",
      #"{"copies":4,"densityThreshold":2,"name":"sec-route","samples":64}"#
    ),
    (
      "{name: cluster-iterative, width: 24}",
      #"{"name":"cluster-iterative","slotEntries":1,"widest":24,"width":24}"#
    ),
    (
      "{name: sec-route, fallback: anycast}",
      #"{"copies":16,"designFraction":0.25,"name":"sec-route","samples":256,"targetError":0.001}"#
    ),
    (
      "{name: sec-route, fallback: cluster-iterative}",
      #"{"copies":16,"designFraction":0.25,"fallback":"cluster-iterative","name":"sec-route","#
        + #""samples":256,"targetError":0.001}"#
    ),
  ])
  func theNameOfARouterIsPinned(text: String, canonical: String) throws {
    let overlay = try CampaignPlan(parsing: smallSpec).cells[0].parameters.overlay
    #expect(try parse(text).resolved(on: overlay).canonical.text == canonical)
  }

  @Test(arguments: [
    ("{name: prefix, copies: 2}", "has no parameter 'copies'"),
    ("{name: anycast, width: 2}", "has no parameter 'width'"),
    ("{name: anycast, copies: 65}", "must be in 1...64"),
    ("{name: disjoint, paths: 1.5}", "must be a whole number"),
    ("{name: sec-route, targetError: 0.1}", "go together"),
    ("{name: sec-route, densityThreshold: 1, targetError: 0.1}", "not both"),
    ("fortifed", "Did you mean 'fortified'?"),
  ])
  func aMistakeIsNamed(text: String, says: String) {
    let error = #expect(throws: CampaignError.self) { try parse(text) }
    #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
  }

  @Test func whatTheOverlayCannotGiveIsRefusedByThePlan() throws {
    for (text, says) in [
      ("{name: anycast, copies: 17}", "leafSetSize is 16"),
      ("{name: sec-route, samples: 1000}", "fewer than the 1000 nodes"),
      ("{name: sec-route, samples: 15}", "must be even"),
    ] {
      let spec = smallSpec.replacing("{name: anycast, copies: 16}", with: text)
      let error = #expect(throws: CampaignError.self) { try CampaignPlan(parsing: spec) }
      #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
    }
  }

  @Test func aMethodIsPartOfACellOnlyWhenGiven() throws {
    let plain = try CampaignPlan(parsing: smallSpec)
    let trials = try CampaignPlan(
      parsing: smallSpec.replacing("precision:", with: "method: trials\nprecision:"))
    #expect(!plain.cells[0].parameters.canonical.text.contains("method"))
    #expect(trials.cells[0].parameters.canonical.text.contains(#""method":"trials""#))
    #expect(Set(plain.cells.map(\.identity)).isDisjoint(with: trials.cells.map(\.identity)))
    let error = #expect(throws: CampaignError.self) {
      try CampaignPlan(
        parsing: smallSpec.replacing("precision:", with: "method: masks\nprecision:")
          .replacing("{name: anycast, copies: 16}", with: "fortified"))
    }
    #expect(error?.remedy?.contains("trials") == true)
  }
}
