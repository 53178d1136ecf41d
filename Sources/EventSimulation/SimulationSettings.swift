public import NetworkModels
public import Pastry
public import ProtocolTime

/// Everything that a run depends on, besides what its caller schedules.
public struct SimulationSettings: Sendable {
  /// What all nodes of the overlay agree on.
  public var pastry: PastryConfiguration
  /// How long messages take.
  public var network: Network
  /// What networks do to messages besides delaying them.
  public var conditions = LinkConditions.ideal
  /// Names every random draw.
  public var seed: UInt64
  /// The largest difference of a node's clock from the engine's at the start.
  public var clockSkewMax = TimeSpan.zero
  /// The largest drift of a node's clock, in parts of 2^20.
  public var clockDriftMax: Int32 = 0
  /// What is looked up.
  public var workload = Workload.none
  /// After this time a lookup counts as lost.
  public var lookupDeadline = TimeSpan.seconds(60)

  /// Names the three that have no default.
  public init(pastry: PastryConfiguration, network: Network, seed: UInt64) {
    self.pastry = pastry
    self.network = network
    self.seed = seed
  }
}

/// Lookups of random keys from random nodes of the overlay.
public enum Workload: Equatable, Sendable {
  /// No lookups.
  case none
  /// Always this many under way: one that ends starts the next.
  case inFlight(Int)
  /// One after each such span, for the whole overlay.
  case every(SpanDistribution)
}
