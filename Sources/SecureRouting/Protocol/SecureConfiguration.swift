public import Pastry
public import ProtocolTime

/// How a node finds the replica roots of a key when others may lie.
public struct SecureConfiguration: Hashable, Sendable {
  /// What follows when one route has not led to a root set that can be believed.
  public enum Redundancy: UInt8, Hashable, Sendable, CaseIterable {
    /// Nothing: the call has failed. To see what the others buy.
    case none
    /// Copies through leaf-set members over constrained tables. [Castro02], redundant routing
    case copies
    /// The caller asks the W nodes that it knows closest to each level's point; see
    /// `ClusterIterativeRouter` of the sampling engine.
    case clusters
  }

  /// Whether a message is first routed along the table by proximity and the answer tested.
  public var testsFirst = true
  /// What follows.
  public var redundancy = Redundancy.copies
  /// Copies r, at most one for each leaf-set member.
  public var copies = 32
  /// The table that copies follow, and that answers to a cluster's questions come from. An
  /// adversary can fill the one by proximity with its nodes.
  public var copyTable = RoutingTableKind.constrained
  /// Nodes W that a level of the clusters is asked from.
  public var clusterWidth = 32
  /// Gaps n around the caller that the failure test averages.
  public var localSamples = 256
  /// gamma of the failure test: the published value for l = 32 and coalitions of at most a quarter
  /// of the nodes. [Castro02]
  public var densityThreshold = 1.58
  /// Whether the nodes of a root set must confirm that they are there. Without it, certificates of
  /// nodes that have left make a sparse set dense.
  public var confirms = true
  /// How long the sample of gaps stays good.
  public var sampleAge = TimeSpan.minutes(20)
  /// How long the caller waits for a root set.
  public var lookupTimeout = TimeSpan.seconds(3)
  /// How long the caller waits for the answers of one round.
  public var roundTimeout = TimeSpan.milliseconds(1_500)
  /// Times that the list is sent at most. [Castro02]
  public var listRounds = 3
  /// Nodes that a joining node asks to look up its nodeId.
  public var contacts = 8
  /// Calls that a node keeps open.
  public var callsMax = 64
  /// Requests of others that a node remembers, so that it hands each on once and delivers it once.
  public var seenMax = 128

  /// The published defaults.
  public init() {}
}
