import Pastry
import ProtocolTime
import RingIdentifiers
import SecureRouting

/// The observer that judges secure routing among honest nodes: its own ring of active nodes, its
/// own book of calls.
///
/// For runs without faults: a call that has ended must have brought its message, within some time,
/// to every node that was a replica root from its start to its end and has stayed.
struct SecureWatch: SimulationObserver {
  private struct Call {
    let key: Key
    let source: UInt32
    let replicas: Int
    let tag: UInt64
    /// Replica roots at the start; from the end on, those that still are. Who stops before the
    /// message has had its time is none.
    var roots: [UInt32]
    var nonce: UInt64?
    var endedAt = Instant.never

    func isOpen(at now: Instant, _ grace: TimeSpan) -> Bool {
      nonce == nil || now < endedAt + grace
    }
  }

  private struct Delivery: Hashable {
    let key: Key
    let source: UInt32
    let nonce: UInt64
    let node: UInt32
  }

  private let points: [RingPoint]
  private let grace: TimeSpan
  /// Active nodes.
  private var ring = CheckedRing()
  private var calls: [Call] = []
  private var deliveries: Set<Delivery> = []

  /// - Parameter grace: the time that a message has after the end of its call.
  init(_ nodeIds: some Sequence<NodeId>, grace: TimeSpan) {
    points = nodeIds.map { RingPoint($0.value) }
    self.grace = grace
  }

  /// Calls seen.
  var callCount: Int { calls.count }

  mutating func activated(_ node: UInt32, at now: Instant) {
    ring.insert(node, points[Int(node)])
    // Whoever it pushes out of the replica roots may have known of it before the end.
    for place in calls.indices where calls[place].isOpen(at: now, grace) {
      let last = roots(of: calls[place].key, count: calls[place].replicas)
      calls[place].roots.removeAll { !last.contains($0) }
    }
  }

  mutating func stopped(_ node: UInt32, at now: Instant) {
    ring.remove(node)
    for place in calls.indices where calls[place].isOpen(at: now, grace) {
      calls[place].roots.removeAll { $0 == node }
    }
  }

  private func roots(of key: Key, count: Int) -> [UInt32] {
    ring.nearest(to: RingPoint(key.value), count: count)
  }

  mutating func secureCalled(
    _ key: Key, replicas: UInt8, from source: UInt32, tag: UInt64, at now: Instant
  ) {
    calls.append(
      Call(
        key: key, source: source, replicas: Int(replicas), tag: tag,
        roots: roots(of: key, count: Int(replicas))))
  }

  mutating func secureDelivered(_ request: SecureRequest, at node: UInt32, moment: Instant) {
    deliveries.insert(
      Delivery(
        key: request.key, source: request.source.number, nonce: request.nonce, node: node))
  }

  mutating func secureCompleted(_ result: SecureResult, at node: UInt32, moment: Instant) {
    guard let place = calls.lastIndex(where: { $0.tag == result.tag && $0.nonce == nil }) else {
      return
    }
    let last = roots(of: result.request.key, count: calls[place].replicas)
    calls[place].nonce = result.request.nonce
    calls[place].endedAt = moment
    calls[place].roots.removeAll { !last.contains($0) }
  }

  /// What is wrong with the calls so far.
  /// - Parameter now: calls that ended less than the grace before it are passed over.
  func violations(at now: Instant) -> [SwarmViolation] {
    var found: [SwarmViolation] = []
    for call in calls {
      guard let nonce = call.nonce, !call.isOpen(at: now, grace) else { continue }
      for root in call.roots {
        let delivery = Delivery(key: call.key, source: call.source, nonce: nonce, node: root)
        if deliveries.contains(delivery) { continue }
        found.append(
          SwarmViolation(
            .replicaRoots, node: root, at: call.endedAt,
            "has no message for \(call.key) from \(call.source)"))
      }
    }
    return found
  }
}

extension CheckedRing {
  /// The nearest nodes to a key, by sorting all of them.
  func nearest(to key: RingPoint, count: Int) -> [UInt32] {
    entries.sorted { $0.point.isNearer(than: $1.point, to: key) }.prefix(count).map(\.node)
  }
}
