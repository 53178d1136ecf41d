public import Pastry
public import ProtocolTime
public import RingIdentifiers
public import SecureRouting

/// Sees everything that happens in a run, and changes nothing.
///
/// A generic parameter of the run, so that the one that looks away costs nothing.
public protocol SimulationObserver {
  /// A node starts.
  mutating func started(_ node: UInt32, at now: Instant)
  /// A node stops.
  mutating func stopped(_ node: UInt32, at now: Instant)
  /// A node has joined.
  mutating func activated(_ node: UInt32, at now: Instant)
  /// A message arrives, whether or not the node is running.
  mutating func arrived(
    _ message: borrowing PastryMessage, from sender: UInt32, to receiver: UInt32, at now: Instant)
  /// A lookup starts at its source.
  mutating func lookedUp(_ message: RouteMessage, at now: Instant)
  /// A node takes itself for the root of a lookup's key.
  mutating func delivered(
    _ message: RouteMessage, at node: UInt32, isRoot: Bool, moment: Instant)
  /// A node gives a lookup up.
  mutating func dropped(
    _ message: RouteMessage, by node: UInt32, _ reason: DropReason, at now: Instant)
  /// A lookup is lost, because nobody delivered it in time.
  mutating func overdue(_ tag: UInt64, at now: Instant)
  /// A node takes a peer for failed.
  mutating func foundFailed(_ peer: UInt32, by node: UInt32, at now: Instant)
  /// A message of secure routing arrives, whether or not the node is running.
  mutating func secureArrived(
    _ message: borrowing SecureMessage, from sender: UInt32, to receiver: UInt32, at now: Instant)
  /// A node calls secure routing to send a message to the replica roots of a key.
  mutating func secureCalled(
    _ key: Key, replicas: UInt8, from source: UInt32, tag: UInt64, at now: Instant)
  /// A node takes itself for a replica root of a message and hands it to the application.
  mutating func secureDelivered(_ request: SecureRequest, at node: UInt32, moment: Instant)
  /// A call of secure routing has ended.
  mutating func secureCompleted(_ result: SecureResult, at node: UInt32, moment: Instant)
}

extension SimulationObserver {
  /// Does nothing.
  public mutating func started(_ node: UInt32, at now: Instant) {}
  /// Does nothing.
  public mutating func stopped(_ node: UInt32, at now: Instant) {}
  /// Does nothing.
  public mutating func activated(_ node: UInt32, at now: Instant) {}
  /// Does nothing.
  public mutating func arrived(
    _ message: borrowing PastryMessage, from sender: UInt32, to receiver: UInt32, at now: Instant
  ) {}
  /// Does nothing.
  public mutating func lookedUp(_ message: RouteMessage, at now: Instant) {}
  /// Does nothing.
  public mutating func delivered(
    _ message: RouteMessage, at node: UInt32, isRoot: Bool, moment: Instant
  ) {}
  /// Does nothing.
  public mutating func dropped(
    _ message: RouteMessage, by node: UInt32, _ reason: DropReason, at now: Instant
  ) {}
  /// Does nothing.
  public mutating func overdue(_ tag: UInt64, at now: Instant) {}
  /// Does nothing.
  public mutating func foundFailed(_ peer: UInt32, by node: UInt32, at now: Instant) {}
  /// Does nothing.
  public mutating func secureArrived(
    _ message: borrowing SecureMessage, from sender: UInt32, to receiver: UInt32, at now: Instant
  ) {}
  /// Does nothing.
  public mutating func secureCalled(
    _ key: Key, replicas: UInt8, from source: UInt32, tag: UInt64, at now: Instant
  ) {}
  /// Does nothing.
  public mutating func secureDelivered(
    _ request: SecureRequest, at node: UInt32, moment: Instant
  ) {}
  /// Does nothing.
  public mutating func secureCompleted(
    _ result: SecureResult, at node: UInt32, moment: Instant
  ) {}
}

/// The observer that looks away.
public struct NoObserver: SimulationObserver {
  /// Nothing to prepare.
  public init() {}
}
