import RouteSampling
import SecureRouting

/// Entries that measure a part of secure routing by itself, or an alternative to it.
extension RouterRegistry {
  static let chord = RouterDescriptor(
    name: "chord",
    summary: "One message over Chord fingers to the key's successor.",
    parameters: [],
    alternatives: [],
    bestResponse: "The first faulty node keeps the message.",
    source: "[Stoica01]",
    methods: [.trials],
    routesPerLookup: { _ in 20 },
    engineRouter: { _, _ in .chord })

  static let quorumGroups = RouterDescriptor(
    name: "quorum-groups",
    summary: "One message from group to group of nodes that run Byzantine agreement; test-fired "
      + "says that the root's group alone has a third or more faulty members.",
    parameters: [
      RouterParameter(
        "groupSize", .integer(1...100_000), default: .value(.integer(32)), "Nodes of a group, r.")
    ],
    alternatives: [],
    bestResponse: "Faulty members vote against the message; certified ids cannot gather.",
    source: "[Lynch02], as rejected by [Castro02]",
    methods: [.trials],
    routesPerLookup: { 1 + Double($0.integer("groupSize") ?? 32) },
    engineRouter: { router, _ in
      .quorumGroups(groupSize: router.integer("groupSize") ?? 32)
    })

  static let failureTest = RouterDescriptor(
    name: "failure-test",
    summary: "Routes nothing: judges the honest and the densest forged root set of every lookup; "
      + "test-fired is alpha, forgery-accepted is beta.",
    parameters: [localSamples, rootSamples(32)]
      + [
        RouterParameter(
          "densityThreshold", .number(0.01...100), default: .absent,
          "gamma of the routing failure test.")
      ] + design,
    alternatives: [["densityThreshold"], ["designFraction", "targetError"]],
    bestResponse: "Hide around the key from honest answers, around the sender for forged ones: "
      + "suppress-ids, side worst.",
    source: "[Castro02], routing failure test",
    methods: [.trials],
    routesPerLookup: { 10 + Double(($0.integer("samples") ?? 256) / 4) },
    engineRouter: { router, _ in
      let k = router.integer("rootSamples") ?? 32
      return .failureTest(
        FailureTestParameters(
          localSamples: router.integer("samples") ?? 256, rootSamples: k,
          judgement: .fixed(densityThreshold: router.densityThreshold(leafSetSize: k))))
    })

  static let sequentialFailureTest = RouterDescriptor(
    name: "sequential-failure-test",
    summary: "As failure-test, but sample by sample until both errors are below the target; hops "
      + "and rounds count the samples of honest and of forged sets.",
    parameters: [localSamples, rootSamples(256)] + design,
    alternatives: [["designFraction", "targetError"]],
    bestResponse: "As for failure-test.",
    source: "[Wald45], Redoubt",
    methods: [.trials],
    routesPerLookup: { 10 + Double(($0.integer("samples") ?? 256) / 4) },
    engineRouter: { router, _ in
      .failureTest(
        FailureTestParameters(
          localSamples: router.integer("samples") ?? 256,
          rootSamples: router.integer("rootSamples") ?? 256,
          judgement: .sequential(
            designFraction: router.number("designFraction") ?? 0.25,
            targetError: router.number("targetError") ?? 0.001)))
    })

  static let anycastSpread = RouterDescriptor(
    name: "anycast-spread",
    summary: "Routes nothing: counts the distinct nodes that the copies of an anycast reach at one "
      + "hop when nothing is faulty; hops is the count.",
    parameters: [
      RouterParameter(
        "copies", .integer(1...64), default: .leafSetSize, limit: .leafSetSize,
        "Redundant copies r, one per leaf-set member."),
      RouterParameter(
        "hop", .integer(0...16), default: .value(.integer(1)),
        "After how many hops from the start points the nodes are counted."),
    ],
    alternatives: [],
    bestResponse: "None: no fault takes part.",
    source: "[Castro02], redundant routing",
    methods: [.trials],
    routesPerLookup: { Double($0.integer("copies") ?? 32) },
    engineRouter: { router, leafSetSize in
      .anycastSpread(
        AnycastSpreadParameters(
          copies: router.integer("copies") ?? leafSetSize, hop: router.integer("hop") ?? 1))
    })

  static let hopTest = RouterDescriptor(
    name: "hop-test",
    summary: "Routes nothing: judges the node closest to a point and the coalition member closest "
      + "to it by one distance; test-fired is alpha, forgery-accepted is beta.",
    parameters: [
      localSamples,
      RouterParameter(
        "hopThreshold", .number(0.01...100), default: .value(.number(1.03)),
        "Distance at which the test fires, in mean distances to the nearest node."),
    ],
    alternatives: [],
    bestResponse: "Hide around the sender: suppress-ids.",
    source: "[Castro02], checked iterative routing",
    methods: [.trials],
    routesPerLookup: { 10 + Double(($0.integer("samples") ?? 256) / 4) },
    engineRouter: { router, _ in
      .hopTest(
        HopTestParameters(
          localSamples: router.integer("samples") ?? 256,
          hopThreshold: router.number("hopThreshold") ?? 1.03))
    })

  static let tableUpdates = RouterDescriptor(
    name: "table-updates",
    summary: "Routes nothing: follows a routing-table slot through updates from random nodes; "
      + "delivered means that its entry is correct.",
    parameters: [
      RouterParameter(
        "updates", .integer(0...1_024), default: .value(.integer(8)), "Updates of every slot, t."),
      RouterParameter(
        "spreads", .flag, default: .value(.flag(false)),
        "Whether correct nodes pass on entries of poisoned tables; updates are at most 12 then."),
    ],
    alternatives: [],
    bestResponse: "Name coalition members, which look nearest as long as proximity is measured "
      + "with their help.",
    source: "[Castro02], secure routing table maintenance",
    methods: [.trials],
    routesPerLookup: { 1 + Double($0.integer("updates") ?? 8) },
    engineRouter: { router, _ in
      .tableUpdates(
        TableUpdatesParameters(
          updates: router.integer("updates") ?? 8, spreads: router.flag("spreads")))
    })

  private static let localSamples = RouterParameter(
    "samples", .integer(2...1_000_000), default: .value(.integer(256)), limit: .evenBelowNodes,
    "Gaps n averaged around the sender.")

  private static func rootSamples(_ standard: Int) -> RouterParameter {
    RouterParameter(
      "rootSamples", .integer(2...1_000_000), default: .value(.integer(standard)),
      limit: .evenBelowNodes, "Ids k around the key that a set lists.")
  }

  private static let design = [
    RouterParameter(
      "designFraction", .number(0.001...0.99), default: .value(.number(0.25)),
      "Coalition fraction that the test is built for."),
    RouterParameter(
      "targetError", .number(1e-12...0.5), default: .value(.number(0.001)),
      "Probability of accepting a forged root set."),
  ]
}
