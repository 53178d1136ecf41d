import RouteSampling

/// The entries, one per router.
extension RouterRegistry {
  static let prefix = RouterDescriptor(
    name: "prefix",
    summary: "One message along the routing tables, a digit per hop.",
    parameters: [],
    alternatives: [],
    bestResponse: "The first faulty node keeps the message, or answers in the root's name.",
    source: "[Rowstron01], [Castro02]",
    methods: [.exact, .masks, .trials],
    routesPerLookup: { _ in 1 },
    engineRouter: { _, _ in .prefix },
    protocolForm: { _, _ in .plain })

  static let checkedIterative = RouterDescriptor(
    name: "checked-iterative",
    summary: "The sender drives every hop and tests whether the next node is close enough.",
    parameters: [
      samples("the hop test"),
      RouterParameter(
        "hopThreshold", .number(0.01...100), default: .value(.number(1.03)),
        "Distance from the slot's point at which the test fires, in mean distances."),
      RouterParameter(
        "alternatives", .integer(0...64), default: .value(.integer(4)), limit: .leafSetSize,
        "Other nodes asked when the test fires, at most."),
    ],
    alternatives: [],
    bestResponse: "Name the coalition member closest to the point and list coalition members as "
      + "neighbours; suppress ids around the sender: impersonate-root with suppress-ids.",
    source: "[Castro02], checked iterative routing",
    methods: [.trials],
    routesPerLookup: { _ in 10 },
    engineRouter: { router, _ in
      .checkedIterative(
        CheckedIterativeParameters(
          localSamples: router.integer("samples") ?? 256,
          hopThreshold: router.number("hopThreshold") ?? 1.03,
          alternatives: router.integer("alternatives") ?? 4))
    })

  static let anycast = RouterDescriptor(
    name: "anycast",
    summary: "Copies through leaf-set members over constrained tables; one must arrive.",
    parameters: [copies],
    alternatives: [],
    bestResponse: "Drop copies: nothing that a faulty node says can undo an arrival. Coalition "
      + "members that join the list and never confirm cost rounds but save messages.",
    source: "[Castro02], redundant routing",
    methods: [.exact, .masks, .trials],
    routesPerLookup: { Double($0.integer("copies") ?? 1) },
    engineRouter: { router, leafSetSize in
      .anycast(copies: router.integer("copies") ?? leafSetSize)
    },
    protocolForm: { router, leafSetSize in
      .anycast(copies: router.integer("copies") ?? leafSetSize)
    })

  static let diverseAnycast = RouterDescriptor(
    name: "diverse-anycast",
    summary: "Anycast whose copies start at nodes spread over the ring, so routes meet late.",
    parameters: [
      RouterParameter(
        "copies", .integer(1...255), default: .value(.integer(32)), "Redundant copies r.")
    ],
    alternatives: [],
    bestResponse: "As for anycast: drop copies, join the list and never confirm.",
    source: "[Castro02], redundant routing, with other start points",
    methods: [.trials],
    routesPerLookup: { 2 * Double($0.integer("copies") ?? 32) },
    engineRouter: { router, _ in .diverseAnycast(copies: router.integer("copies") ?? 32) })

  static let disjoint = RouterDescriptor(
    name: "disjoint",
    summary: "Iterative lookups that share no node; one must meet correct nodes alone.",
    parameters: [
      RouterParameter(
        "paths", .integer(1...64), default: .value(.integer(8)), "Lookups that share no node, d."),
      slotEntries(8),
    ],
    alternatives: [],
    bestResponse: "A faulty node names coalition members only, so its path is lost: "
      + "impersonate-root.",
    source: "[Baumgart07]",
    methods: [.trials],
    routesPerLookup: { 3 * Double($0.integer("paths") ?? 8) },
    engineRouter: { router, _ in
      .disjoint(
        DisjointParameters(
          paths: router.integer("paths") ?? 8, slotEntries: router.integer("slotEntries") ?? 8))
    })

  static let wide = RouterDescriptor(
    name: "wide",
    summary: "Every node forwards to all entries of a wide slot, from cluster to cluster.",
    parameters: [slotEntries(8)],
    alternatives: [],
    bestResponse: "Drop: a faulty node can add no copy that a correct one would not have.",
    source: "[FiatSaia02], [Hildrum03]",
    methods: [.trials],
    routesPerLookup: { 30 * Double($0.integer("slotEntries") ?? 8) },
    engineRouter: { router, _ in .wide(slotEntries: router.integer("slotEntries") ?? 8) })

  static let clusterIterative = RouterDescriptor(
    name: "cluster-iterative",
    summary: "The sender asks the W known nodes closest to each level's point; one honest answer "
      + "corrects all lies.",
    parameters: clusterParameters(ClusterParameters(), isFixedWidth: true),
    alternatives: [],
    bestResponse: "Name coalition members only, no two liars the same: impersonate-root.",
    source: "Redoubt",
    methods: [.trials],
    routesPerLookup: { 5 * Double($0.integer("width") ?? 32) },
    engineRouter: { router, _ in .clusterIterative(router.clusterParameters) },
    protocolForm: { router, _ in .clusterIterative(width: router.clusterParameters.width) })

  static let secRoute = RouterDescriptor(
    name: "sec-route",
    summary: "One message, the routing failure test on its answer, anycast when the test fires.",
    parameters: [copies, samples("the routing failure test")] + threshold + [fallback, without],
    alternatives: [["densityThreshold"], ["designFraction", "targetError"]],
    bestResponse: "Answer with the densest set of coalition members around the key and suppress "
      + "ids where it hurts more: impersonate-root with suppress-ids, side worst.",
    source: "[Castro02], secure routing",
    methods: [.masks, .trials],
    routesPerLookup: { Double(1 + ($0.integer("copies") ?? 1)) },
    engineRouter: { router, leafSetSize in
      .secRoute(
        SecRouteParameters(
          copies: router.integer("copies") ?? leafSetSize,
          localSamples: router.integer("samples") ?? 256,
          densityThreshold: router.densityThreshold(leafSetSize: leafSetSize),
          fallback: router.fallsBackToClusters ? .clusters(ClusterParameters()) : .anycast))
    },
    protocolForm: { router, leafSetSize in .secRoute(router, leafSetSize: leafSetSize) },
    remainingMethods: { router in
      // The masks kernel knows anycast alone.
      router.fallsBackToClusters ? [.trials] : [.masks, .trials]
    })

  static let fortified = RouterDescriptor(
    name: "fortified",
    summary: "Cluster-iterative over wide slots; levels after a contradiction are wider.",
    parameters: clusterParameters(.fortified, isFixedWidth: false),
    alternatives: [],
    bestResponse: "As for cluster-iterative; silence costs a timeout and is answered by asking "
      + "the next node.",
    source: "Redoubt",
    methods: [.trials],
    routesPerLookup: { 10 * Double($0.integer("width") ?? 13) },
    engineRouter: { router, _ in .fortified(router.clusterParameters) })
}

/// Parameters that several routers share.
extension RouterRegistry {
  private static let copies = RouterParameter(
    "copies", .integer(1...64), default: .leafSetSize, limit: .leafSetSize,
    "Redundant copies r, one per leaf-set member.")

  private static func samples(_ test: String) -> RouterParameter {
    RouterParameter(
      "samples", .integer(1...1_000_000), default: .value(.integer(256)), limit: .evenBelowNodes,
      "Gaps n that \(test) averages at the sender.")
  }

  private static func slotEntries(_ standard: Int) -> RouterParameter {
    RouterParameter(
      "slotEntries", .integer(1...64), default: .value(.integer(standard)), engines: [.sampling],
      "Nodes that a routing table slot holds.")
  }

  private static func clusterParameters(
    _ standard: ClusterParameters, isFixedWidth: Bool
  ) -> [RouterParameter] {
    [
      RouterParameter(
        "width", .integer(1...128), default: .value(.integer(standard.width)),
        "Nodes W asked at each level."),
      RouterParameter(
        "widest", .integer(1...128),
        default: isFixedWidth ? .parameter("width") : .value(.integer(standard.widest)),
        engines: [.sampling],
        "Nodes asked at a level at most, once answers contradict each other."),
      slotEntries(standard.slotEntries),
    ]
  }

  private static let fallback = RouterParameter(
    "fallback", .choice(["anycast", "cluster-iterative"]), default: .implied(.word("anycast")),
    "What follows when the test fires.")

  private static let without = RouterParameter(
    "without", .choice(["nothing"] + Defence.allCases.map(\.rawValue)),
    default: .implied(.word("nothing")), engines: [.events],
    "The one defence that is switched off, to see what it buys.")

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
}

extension RouterParameters {
  /// Whether `sec-route` asks clusters when the test fires.
  var fallsBackToClusters: Bool { word("fallback") == "cluster-iterative" }

  fileprivate var clusterParameters: ClusterParameters {
    let width = integer("width") ?? ClusterParameters().width
    return ClusterParameters(
      width: width, widest: integer("widest"), slotEntries: integer("slotEntries") ?? 1)
  }
}
