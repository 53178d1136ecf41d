public import Pastry
public import ProtocolTime
public import RingIdentifiers

/// Writes what happens in a run as JSON lines, into a buffer that the caller drains to a file.
///
/// No files in here: the engine's module knows none. The same run gives the same bytes.
/// - Complexity: O(1) per event, about 100 bytes.
public struct TraceWriter: SimulationObserver {
  /// Events written, drained or not.
  public private(set) var lines: UInt64 = 0
  private let nodeIds: ContiguousArray<NodeId>
  private var text = TraceText()

  /// Writes the header.
  /// - Parameter nodeIds: by node index.
  /// - Precondition: as many as the header says.
  public init(_ header: TraceHeader, nodeIds: ContiguousArray<NodeId>) {
    precondition(nodeIds.count == Int(header.nodes), "\(nodeIds.count) nodes, not \(header.nodes)")
    self.nodeIds = nodeIds
    text.append(header)
  }

  /// Gives whole lines to the caller and forgets them.
  public mutating func drain() -> [UInt8] {
    let bytes = text.bytes
    text.bytes = []
    text.bytes.reserveCapacity(bytes.count)
    return bytes
  }

  /// Notes a node that is in the overlay before anything happens.
  public mutating func present(_ node: UInt32, at now: Instant) {
    let nodeId = nodeIds[Int(node)]
    write(.present, now) {
      $0.node = node
      $0.nodeId = nodeId
    }
  }

  /// Writes the trailer; nothing may follow.
  public mutating func end(
    at now: Instant, isComplete: Bool, counters: SimulationCounters, digest: TraceDigest
  ) {
    text.append(
      TraceTrailer(
        nanoseconds: min(now.nanoseconds, TraceSchema.numberMax), lines: lines,
        isComplete: isComplete, counters: counters.traced, digest: digest.description))
  }

  private mutating func write(_ kind: TraceKind, _ now: Instant, _ fill: (inout TraceEvent) -> Void)
  {
    var event = TraceEvent(
      nanoseconds: min(now.nanoseconds, TraceSchema.numberMax), kind: kind)
    fill(&event)
    text.append(event)
    lines += 1
  }

  // MARK: SimulationObserver

  /// A node starts.
  public mutating func started(_ node: UInt32, at now: Instant) {
    let nodeId = nodeIds[Int(node)]
    write(.started, now) {
      $0.node = node
      $0.nodeId = nodeId
    }
  }

  /// A node stops.
  public mutating func stopped(_ node: UInt32, at now: Instant) {
    write(.stopped, now) { $0.node = node }
  }

  /// A node has joined.
  public mutating func activated(_ node: UInt32, at now: Instant) {
    write(.activated, now) { $0.node = node }
  }

  /// A message arrives.
  public mutating func arrived(
    _ message: borrowing PastryMessage, from sender: UInt32, to receiver: UInt32, at now: Instant
  ) {
    var event = TraceEvent(
      nanoseconds: min(now.nanoseconds, TraceSchema.numberMax), kind: .message)
    event.node = receiver
    event.peer = sender
    event.take(message)
    text.append(event)
    lines += 1
  }

  /// A lookup starts.
  public mutating func lookedUp(_ message: RouteMessage, at now: Instant) {
    write(.lookup, now) {
      $0.node = message.source.number
      $0.key = message.key
      $0.tag = message.tag
    }
  }

  /// A lookup is delivered.
  public mutating func delivered(
    _ message: RouteMessage, at node: UInt32, isRoot: Bool, moment: Instant
  ) {
    write(.delivered, moment) {
      $0.take(message)
      $0.node = node
      $0.isRoot = isRoot
    }
  }

  /// A lookup is given up.
  public mutating func dropped(
    _ message: RouteMessage, by node: UInt32, _ reason: DropReason, at now: Instant
  ) {
    write(.dropped, now) {
      $0.take(message)
      $0.node = node
      $0.reason = DropReasonName(reason)
    }
  }

  /// A lookup is lost.
  public mutating func overdue(_ tag: UInt64, at now: Instant) {
    write(.overdue, now) { $0.tag = tag }
  }

  /// A peer is taken for failed.
  public mutating func foundFailed(_ peer: UInt32, by node: UInt32, at now: Instant) {
    write(.foundFailed, now) {
      $0.node = node
      $0.peer = peer
    }
  }
}

extension SimulationCounters {
  /// The counters that a trailer names.
  var traced: [TraceCounter] {
    [
      TraceCounter("events", events), TraceCounter("messages", messages),
      TraceCounter("received", received), TraceCounter("lostInNetwork", lostInNetwork),
      TraceCounter("toStoppedNodes", toStoppedNodes), TraceCounter("lookups", lookups),
      TraceCounter("delivered", delivered), TraceCounter("misdelivered", misdelivered),
      TraceCounter("dropped", dropped.reduce(0, +)), TraceCounter("overdue", overdue),
      TraceCounter("abandoned", abandoned), TraceCounter("duplicates", duplicates),
      TraceCounter("wrongDuplicates", wrongDuplicates),
      TraceCounter("started", started), TraceCounter("activated", activated),
      TraceCounter("stopped", stopped), TraceCounter("foundFailed", foundFailed),
      TraceCounter("foundFailedAlive", foundFailedAlive),
      TraceCounter("refused", refused.reduce(0, +)),
    ]
  }
}
