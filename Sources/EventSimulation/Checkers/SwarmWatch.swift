import Pastry
import ProtocolTime
import RingIdentifiers
import SecureRouting

/// The observer of the checkers: its own ring of active nodes, its own book of lookups.
struct SwarmWatch: SimulationObserver {
  /// What is expected of a run at this moment.
  struct Strictness: Sendable {
    /// Whether a delivery at a wrong node is a violation.
    var delivery = false
    /// Whether taking an active node for failed is a violation.
    var failure = false
    /// Whether a lookup that started since must be delivered at the root.
    var reachabilitySince = Instant.never
  }

  let points: [RingPoint]
  let failureTime: TimeSpan
  var strictness = Strictness()
  private(set) var ring = CheckedRing()
  private(set) var running: [Bool]
  /// When a node became active last; `never` while it is not.
  private(set) var activeSince: [Instant]
  private(set) var startedAt: [Instant]
  private var open: [UInt64: Instant] = [:]
  private(set) var issued: UInt64 = 0
  private(set) var ended: UInt64 = 0
  private(set) var deliveries: UInt64 = 0
  private(set) var wrongDeliveries: UInt64 = 0
  private(set) var falseFailures: UInt64 = 0
  /// Whether so many neighbours on the ring stopped within a short time that some node lost a whole
  /// side of its leaf set at once: beyond what the protocol promises to survive.
  private(set) var lostSide = false
  /// Nodes of the ring now and those that left it lately.
  private var recent = CheckedRing()
  private var leftAt: [Instant]
  private let sideCapacity: Int
  /// The judge of secure routing.
  private(set) var secure: SecureWatch
  private(set) var violations: [SwarmViolation] = []

  /// The time in which a failure is found and the leaf sets around it are repaired.
  static var repairTime: TimeSpan { .seconds(120) }

  /// - Parameter grace: the time that a secure message has after the end of its call.
  init(
    _ nodeIds: ContiguousArray<NodeId>, failureTime: TimeSpan, sideCapacity: Int,
    grace: TimeSpan
  ) {
    self.sideCapacity = sideCapacity
    secure = SecureWatch(nodeIds, grace: grace)
    leftAt = Array(repeating: .never, count: nodeIds.count)
    points = nodeIds.map { RingPoint($0.value) }
    self.failureTime = failureTime
    running = Array(repeating: false, count: nodeIds.count)
    activeSince = Array(repeating: .never, count: nodeIds.count)
    startedAt = Array(repeating: .never, count: nodeIds.count)
  }

  /// Lookups that have not ended.
  var openCount: Int { open.count }

  mutating func report(_ violation: SwarmViolation) {
    violations.append(violation)
  }

  mutating func started(_ node: UInt32, at now: Instant) {
    running[Int(node)] = true
    startedAt[Int(node)] = now
  }

  mutating func stopped(_ node: UInt32, at now: Instant) {
    running[Int(node)] = false
    activeSince[Int(node)] = .never
    secure.stopped(node, at: now)
    guard ring.contains(node) else { return }
    ring.remove(node)
    leftAt[Int(node)] = now
    for entry in recent.entries
    where !ring.contains(entry.node) && leftAt[Int(entry.node)] + Self.repairTime < now {
      recent.remove(entry.node)
    }
    var run = 0
    for entry in recent.entries + recent.entries {
      run = ring.contains(entry.node) ? 0 : run + 1
      if run >= sideCapacity { lostSide = true }
    }
    if lostSide { strictness.delivery = false }
  }

  mutating func activated(_ node: UInt32, at now: Instant) {
    guard running[Int(node)] else {
      report(SwarmViolation(.activation, node: node, at: now, "active without being started"))
      return
    }
    activeSince[Int(node)] = now
    secure.activated(node, at: now)
    ring.insert(node, points[Int(node)])
    recent.insert(node, points[Int(node)])
  }

  mutating func lookedUp(_ message: RouteMessage, at now: Instant) {
    issued += 1
    if open.updateValue(now, forKey: message.tag) != nil {
      report(SwarmViolation(.lookups, node: nil, at: now, "tag \(message.tag) is open twice"))
    }
  }

  mutating func delivered(
    _ message: RouteMessage, at node: UInt32, isRoot: Bool, moment: Instant
  ) {
    let root = ring.root(of: RingPoint(message.key.value))
    deliveries += 1
    if root != node {
      wrongDeliveries += 1
      if strictness.delivery {
        report(
          SwarmViolation(
            .delivery, node: node, at: moment,
            "key \(message.key) delivered here, its root is \(root.map(String.init) ?? "-")"))
      }
    }
    if isRoot != (root == node) {
      report(
        SwarmViolation(
          .delivery, node: node, at: moment, "the engine takes it for the root: \(isRoot)"))
    }
    guard let start = open.removeValue(forKey: message.tag) else { return }
    ended += 1
    if root != node, start >= strictness.reachabilitySince {
      report(
        SwarmViolation(
          .reachability, node: node, at: moment,
          "a lookup of \(message.key) ended here, not at \(root.map(String.init) ?? "-")"))
    }
  }

  mutating func dropped(
    _ message: RouteMessage, by node: UInt32, _ reason: DropReason, at now: Instant
  ) {
    end(message.tag, node, now, "dropped: \(reason)")
  }

  mutating func overdue(_ tag: UInt64, at now: Instant) {
    end(tag, nil, now, "overdue")
  }

  private mutating func end(_ tag: UInt64, _ node: UInt32?, _ now: Instant, _ words: String) {
    guard let start = open.removeValue(forKey: tag) else {
      report(SwarmViolation(.lookups, node: node, at: now, "\(words) after its end"))
      return
    }
    ended += 1
    if start >= strictness.reachabilitySince {
      report(SwarmViolation(.reachability, node: node, at: now, "a lookup was \(words)"))
    }
  }

  mutating func secureCalled(
    _ key: Key, replicas: UInt8, from source: UInt32, tag: UInt64, at now: Instant
  ) {
    secure.secureCalled(key, replicas: replicas, from: source, tag: tag, at: now)
  }

  mutating func secureDelivered(_ request: SecureRequest, at node: UInt32, moment: Instant) {
    secure.secureDelivered(request, at: node, moment: moment)
  }

  mutating func secureCompleted(_ result: SecureResult, at node: UInt32, moment: Instant) {
    secure.secureCompleted(result, at: node, moment: moment)
  }

  mutating func foundFailed(_ peer: UInt32, by node: UInt32, at now: Instant) {
    guard activeSince[Int(peer)] + failureTime < now else { return }
    falseFailures += 1
    if strictness.failure {
      report(
        SwarmViolation(
          .falseFailure, node: node, at: now,
          "takes \(peer) for failed, active since \(activeSince[Int(peer)])"))
    }
  }
}
