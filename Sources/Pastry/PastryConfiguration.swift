public import ProtocolTime

/// What all nodes of an overlay agree on, and how each of them keeps its state fresh.
///
/// The defaults are those of [Castro04] (MSPastry): b = 4, l = 32, heartbeats every 30 s, time-outs
/// of 3 s, two retries, a raw loss rate of 5 %.
public struct PastryConfiguration: Hashable, Sendable {
  /// Bits per digit, b, in 1...8.
  public let digitBits: Int
  /// Members of a leaf set, l, even, in 2...64.
  public let leafSetSize: Int
  /// Members of a neighborhood set, M.
  public var neighborhoodSize = 16
  /// Whether nodes keep a constrained routing table beside the one by proximity.
  public var keepsConstrainedTable = true
  /// The time between heartbeats to the left neighbour.
  public var heartbeatPeriod = TimeSpan.seconds(30)
  /// The time-out of a probe, and of a hop while nothing is known of the peer.
  public var probeTimeout = TimeSpan.seconds(3)
  /// Further attempts before a peer that does not answer counts as failed, below 65,535.
  public var probeRetries: UInt16 = 2
  /// The shortest time-out of a hop.
  public var hopTimeoutMin = TimeSpan.milliseconds(50)
  /// Hops after which a message is given up: a loop, or an attack.
  public var hopsMax = 40
  /// Times that one node tries to hand on one message.
  public var attemptsMax: UInt16 = 8
  /// The target raw loss rate in 2^-16: the probability that a message meets a failed node that
  /// nobody has found out about.
  public var rawLossTarget: UInt32 = 3_277
  /// Bounds of the tuned period of liveness probes of table entries.
  public var tableProbePeriod = TimeSpan.seconds(20)...TimeSpan.hours(2)
  /// Turns of probes through the table by proximity for one through the constrained table: only
  /// redundant routing follows that one, and it takes many routes.
  public var constrainedProbeTurns = 4
  /// The time between exchanges of table rows.
  public var rowExchangePeriod = TimeSpan.minutes(20)
  /// Requests that a node keeps open at one time; what would be more is dropped.
  public var pendingMax = 1_024
  /// Messages that a node keeps while it joins or repairs.
  public var heldMax = 64

  /// Fixes the shape.
  /// - Precondition: `digitBits` in 1...8; `leafSetSize` even and in 2...64.
  public init(digitBits: Int = 4, leafSetSize: Int = 32) {
    precondition((1...8).contains(digitBits), "digitBits must be in 1...8, got \(digitBits)")
    precondition(
      leafSetSize % 2 == 0 && (2...64).contains(leafSetSize),
      "leafSetSize must be even and in 2...64, got \(leafSetSize)")
    self.digitBits = digitBits
    self.leafSetSize = leafSetSize
  }

  /// The most node numbers that any honest message lists: a full leaf set, or a full row.
  public var listMax: Int { max(leafSetSize, 1 << digitBits, neighborhoodSize) }

  /// The most members that a message lists: the root's own number comes on top of its leaf set.
  public var memberListMax: Int { listMax + 1 }
}
