import ProtocolTime

/// What the engine keeps of each node besides its protocol values: 32 bytes, because nearly every
/// event needs some of it and each array of its own would be another line of memory to wait for.
struct HostState: Sendable {
  var clock = NodeClock.exact
  /// The number of the node's start: its timers name it.
  var incarnation: UInt32 = 0
  /// The next number of the node's own events.
  var sequence: UInt32 = 0
  /// Whether the node runs.
  var isRunning = false
  /// When it started last.
  var startedAt = Instant.zero
}
