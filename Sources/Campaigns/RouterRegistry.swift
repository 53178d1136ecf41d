import RouteSampling
import SecureRouting

/// The routers that a campaign may name. A new one is one entry here.
public enum RouterRegistry {
  /// All routers, in the order in which they are listed.
  public static let all: [RouterDescriptor] = [
    prefix, checkedIterative, anycast, diverseAnycast, disjoint, wide, clusterIterative, secRoute,
    fortified, chord, quorumGroups, failureTest, sequentialFailureTest, hopTest, anycastSpread,
    tableUpdates,
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
