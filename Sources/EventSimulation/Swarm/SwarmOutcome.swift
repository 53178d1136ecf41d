/// What was found in the tables at quiescence.
public struct SwarmTables: Hashable, Sendable {
  /// Entries of both tables of all nodes.
  public var entries = 0
  /// Those of them that are no active nodes.
  public var deadEntries = 0
  /// Slots of constrained tables that some active node fits.
  public var constrainedSlots = 0
  /// Those of them that hold the nearest active node to their point.
  public var exactConstrained = 0
}

/// Sums over runs; no wall-clock time.
public struct SwarmTotals: Hashable, Sendable {
  /// Scenarios.
  public var seeds: UInt64 = 0
  /// Scenarios in which safety holds strictly.
  public var cleanSeeds: UInt64 = 0
  /// Scenarios in which l/2 neighbours on the ring stopped within the time of a repair.
  public var lostSides: UInt64 = 0
  /// Events.
  public var events: UInt64 = 0
  /// Nodes that became active.
  public var joins: UInt64 = 0
  /// Nodes that stopped or left.
  public var stops: UInt64 = 0
  /// Lookups.
  public var lookups: UInt64 = 0
  /// Calls of secure routing.
  public var calls: UInt64 = 0
  /// Deliveries of lookups, with duplicates.
  public var deliveries: UInt64 = 0
  /// Those of them at another node than the root.
  public var wrongDeliveries: UInt64 = 0
  /// Times that an active node was taken for failed.
  public var falseFailures: UInt64 = 0
  /// What was found in the tables.
  public var tables = SwarmTables()

  /// Nothing.
  public init() {}

  /// Adds the sums of other runs.
  public mutating func add(_ other: SwarmTotals) {
    seeds += other.seeds
    cleanSeeds += other.cleanSeeds
    lostSides += other.lostSides
    events += other.events
    joins += other.joins
    stops += other.stops
    lookups += other.lookups
    calls += other.calls
    deliveries += other.deliveries
    wrongDeliveries += other.wrongDeliveries
    falseFailures += other.falseFailures
    tables.entries += other.tables.entries
    tables.deadEntries += other.tables.deadEntries
    tables.constrainedSlots += other.tables.constrainedSlots
    tables.exactConstrained += other.tables.exactConstrained
  }
}

/// What one scenario came to.
public struct SwarmOutcome: Hashable, Sendable {
  /// The scenario.
  public let scenario: SwarmScenario
  /// What the checkers found, in the order of time.
  public let violations: [SwarmViolation]
  /// What happened.
  public let totals: SwarmTotals
  /// Stands for all events.
  public let digest: TraceDigest

  /// The checkers that found something, in their order.
  public var checkers: [SwarmChecker] {
    SwarmChecker.allCases.filter { checker in violations.contains { $0.checker == checker } }
  }
}

/// A seed that failed.
public struct SwarmFinding: Hashable, Sendable, CustomStringConvertible {
  /// What the seed's own scenario came to.
  public let outcome: SwarmOutcome
  /// What the smallest scenario that fails in the same way came to.
  public let shrunk: SwarmOutcome

  /// One command that shows it again, and the first violations.
  public var description: String {
    let command =
      shrunk.scenario == outcome.scenario
      ? "redoubt simulate swarm --seeds 1 --first-seed \(outcome.scenario.seed)"
      : "redoubt simulate swarm --scenario '\(shrunk.scenario)'"
    let lines = shrunk.violations.prefix(3).map { "  \($0)" }
    return ([command] + lines).joined(separator: "\n")
  }
}

/// What a range of seeds came to.
public struct SwarmReport: Hashable, Sendable {
  /// Sums over all seeds.
  public var totals = SwarmTotals()
  /// The seeds that failed, in their order when reports are merged in theirs.
  public var findings: [SwarmFinding] = []

  /// Nothing was run.
  public init() {}

  /// Appends the report of later seeds.
  public mutating func append(_ other: SwarmReport) {
    totals.add(other.totals)
    findings += other.findings
  }
}
