public import NetworkModels
public import Pastry
public import ProtocolTime
public import SecureRouting

/// Everything that a run depends on, besides what its caller schedules.
public struct SimulationSettings: Sendable {
  /// What all nodes of the overlay agree on.
  public var pastry: PastryConfiguration
  /// How long messages take.
  public var network: Network
  /// The place of each node in the network, by node number; empty when node i is at place i.
  public var places: ContiguousArray<UInt32> = []
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
  /// How it is looked up.
  public var lookupKind = LookupKind.plain
  /// After this time a lookup counts as lost.
  public var lookupDeadline = TimeSpan.seconds(60)
  /// After the end of a secure call, its message may still arrive for so long: the caller is
  /// content as soon as the roots have the last hop before them.
  public var deliveryGrace = TimeSpan.seconds(5)
  /// How nodes route securely; nil when they do not.
  public var secure: SecureConfiguration?
  /// Whether nodes find the nodes around them by secure routing when they join. Needs `secure`.
  public var joinsSecurely = false
  /// How nodes read objects; nil when they do not. Every message that applications route is then
  /// that of a read. Needs `secure`.
  public var reads: ReadConfiguration?

  /// Names the three that have no default.
  public init(pastry: PastryConfiguration, network: Network, seed: UInt64) {
    self.pastry = pastry
    self.network = network
    self.seed = seed
  }

  /// How long the network takes for a message.
  @inline(__always)
  func delay(from sender: UInt32, to receiver: UInt32) -> TimeSpan {
    if places.isEmpty { return network.delay(from: sender, to: receiver) }
    return network.delay(from: places[Int(sender)], to: places[Int(receiver)])
  }

  /// How long it takes there and back.
  func roundTrip(_ first: UInt32, _ second: UInt32) -> TimeSpan {
    delay(from: first, to: second) + delay(from: second, to: first)
  }
}

/// How a key is looked up.
public enum LookupKind: Hashable, Sendable {
  /// One message on its way to the key's root.
  case plain
  /// A call of secure routing that sends a message to this many replica roots. Needs
  /// `SimulationSettings.secure`.
  case secure(replicas: UInt8)
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
