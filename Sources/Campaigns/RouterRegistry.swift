import RouteSampling
import SecureRouting

/// The routers that a campaign may name. A new one is one entry here.
public enum RouterRegistry {
  /// All routers, in the order in which they are listed.
  public static let all: [RouterDescriptor] = [
    RouterDescriptor(
      name: "prefix",
      summary: "One message along the routing tables, a digit per hop.",
      parameters: [],
      alternatives: [],
      bestResponse: "Any faulty node on the path drops, misroutes or corrupts the message.",
      source: "[Rowstron01], [Castro02]",
      routesPerLookup: { _ in 1 },
      engineRouter: { _, _ in .prefix }),
    RouterDescriptor(
      name: "anycast",
      summary: "Copies through leaf-set members over constrained tables; one must arrive.",
      parameters: [copies],
      alternatives: [],
      bestResponse: "Drop: lies cannot outvote a copy that arrives over correct nodes.",
      source: "[Castro02], redundant routing",
      routesPerLookup: { Double($0.integer("copies") ?? 1) },
      engineRouter: { router, leafSetSize in
        .anycast(copies: router.integer("copies") ?? leafSetSize)
      }),
    RouterDescriptor(
      name: "sec-route",
      summary: "One message, the routing failure test on its answer, anycast when the test fires.",
      parameters: [copies, samples("the routing failure test")] + threshold,
      alternatives: alternatives,
      bestResponse: "Answer as the root with coalition nodes and suppress ids where it hurts more: "
        + "impersonate-root with suppress-ids, side worst.",
      source: "[Castro02], secure routing",
      routesPerLookup: { Double(1 + ($0.integer("copies") ?? 1)) },
      drawsFaults: true,
      engineRouter: { router, leafSetSize in
        .secRoute(
          SecRouteParameters(
            copies: router.integer("copies") ?? leafSetSize,
            localSamples: router.integer("samples") ?? 256,
            densityThreshold: router.densityThreshold(leafSetSize: leafSetSize)))
      }),
  ]

  /// The router of that name.
  public static func descriptor(_ name: String) -> RouterDescriptor? {
    all.first { $0.name == name }
  }

  /// Every parameter name of any router, each once, in registry order.
  static let parameterNames: [String] = all.flatMap(\.parameters).map(\.name)
    .reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }

  private static let copies = RouterParameter(
    "copies", .integer(1...64), default: .leafSetSize, limit: .leafSetSize,
    "Redundant copies r, one per leaf-set member.")

  private static func samples(_ test: String) -> RouterParameter {
    RouterParameter(
      "samples", .integer(1...1_000_000), default: .value(.integer(256)), limit: .evenBelowNodes,
      "Gaps n that \(test) averages at the sender.")
  }

  /// gamma, given or designed. The default is [Castro02]'s operating point for f <= .25 at l = 32.
  private static let threshold = [
    RouterParameter(
      "densityThreshold", .number(0.01...100), default: .absent,
      "gamma of the routing failure test."),
    RouterParameter(
      "designFraction", .number(0.001...0.99), default: .value(.number(0.25)),
      "Choose gamma for this coalition fraction."),
    RouterParameter(
      "targetError", .number(1e-12...0.5), default: .value(.number(0.001)),
      "Choose gamma for this probability of accepting a forged root set."),
  ]
  private static let alternatives = [["densityThreshold"], ["designFraction", "targetError"]]
}

extension RouterParameters {
  /// gamma of the routing failure test, for `leafSetSize` gaps at the root.
  ///
  /// A designed gamma accepts a forged set with probability `targetError` when a coalition of
  /// `designFraction` hides at the sender's side.
  func densityThreshold(leafSetSize: Int) -> Double {
    if let fixed = number("densityThreshold") { return fixed }
    return RoutingFailureTest.threshold(
      rootGaps: leafSetSize, localGaps: integer("samples") ?? 256,
      designFraction: number("designFraction") ?? 0.25,
      targetError: number("targetError") ?? 0.001)
  }
}
