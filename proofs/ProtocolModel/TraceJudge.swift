public import EventSimulation
import RingIdentifiers

/// Where a trace leaves the model.
public struct TraceDeparture: Hashable, Sendable {
  /// Its line in the file, counted from 1.
  public let line: UInt64
  /// Nanoseconds on the engine's clock.
  public let nanoseconds: UInt64
  /// Why.
  public let refusal: ModelRefusal
}

/// Checks a trace against `ProtocolRelation`, event by event.
///
/// It also keeps the key and the source of every lookup that is open: a message, a delivery or a
/// drop that gives its tag must give the same. They are forgotten once the lookup has ended, so
/// what comes of it later may say otherwise.
///
/// And it keeps a ring of its own of the nodes in the overlay: what a delivery says of the root
/// must be so. Whether deliveries elsewhere are allowed is the caller's choice: with losses they
/// happen (decision 24), without any the model has none (`consistent` of `proofs/spin/join.pml`).
public struct TraceJudge: Sendable {
  /// Events taken so far.
  public private(set) var events: UInt64 = 0
  /// Deliveries, and those at another node than the root.
  public private(set) var deliveries: UInt64 = 0
  /// Of the deliveries, those at another node than the root.
  public private(set) var wrongDeliveries: UInt64 = 0
  /// Nodes that have become active after the beginning.
  public private(set) var activations: UInt64 = 0
  /// Where the trace leaves the model; nil while it does not.
  public private(set) var departure: TraceDeparture?
  /// Events that were allowed only because their node has forgotten what they must follow from; see
  /// `ProtocolRelation.recentMax`.
  public var notJudged: UInt64 { relation.notJudged }
  private var relation: ProtocolRelation
  private var ring = ActiveRing()
  private var nodeIds: [UInt32: NodeId] = [:]
  private var openLookups: [UInt64: OpenLookup] = [:]
  private let demandsRoots: Bool

  /// What stays the same about a lookup for as long as it is open.
  private struct OpenLookup {
    let key: Key
    let source: UInt32
  }

  /// Ready for the events of a trace.
  /// - Precondition: the header names at most `ProtocolRelation.nodeCountMax` nodes.
  /// - Parameters:
  ///   - leafSetSize: l of the overlay; nil to take it from the header's settings, or 32.
  ///   - demandsRoots: whether every delivery must be at the root.
  public init(_ header: TraceHeader, leafSetSize: Int? = nil, demandsRoots: Bool = false) {
    let named = header.settings.first { $0.name == "leaf-set" }.flatMap { Int($0.value) }
    relation = ProtocolRelation(
      nodeCount: Int(header.nodes), leafSetSize: max(1, leafSetSize ?? named ?? 32))
    self.demandsRoots = demandsRoots
  }

  /// Takes the next event; once the trace has left the model, nothing more is looked at.
  public mutating func take(_ event: TraceEvent, line: UInt64) {
    guard departure == nil else { return }
    events += 1
    guard let step = ProtocolStep(event) else {
      return depart(event, line, relation.refusal(nil, "events with all their fields", "\(event)"))
    }
    if let refusal = relation.take(step) ?? differing(event) { return depart(event, line, refusal) }
    watchLookups(event)
    watchRing(event, line)
  }

  /// Refuses an event that gives an open lookup another key or source; nil for all others.
  private func differing(_ event: TraceEvent) -> ModelRefusal? {
    guard event.kind != .lookup, let tag = event.tag, let open = openLookups[tag] else {
      return nil
    }
    if let key = event.key, key != open.key {
      return relation.refusal(
        event.node, "the key \(open.key.hex) of the lookup with tag \(tag)", "key \(key.hex)")
    }
    if let source = event.source, source != open.source {
      return relation.refusal(
        event.node, "the source of the lookup with tag \(tag), node \(open.source)",
        "source \(source)")
    }
    return nil
  }

  private mutating func watchLookups(_ event: TraceEvent) {
    guard let tag = event.tag else { return }
    switch event.kind {
    case .lookup:
      guard let key = event.key, let source = event.node else { return }
      openLookups[tag] = OpenLookup(key: key, source: source)
    case .delivered, .dropped, .overdue: openLookups[tag] = nil
    case .message, .present, .started, .stopped, .activated, .foundFailed, .end: break
    }
  }

  private mutating func depart(_ event: TraceEvent, _ line: UInt64, _ refusal: ModelRefusal) {
    departure = TraceDeparture(line: line, nanoseconds: event.nanoseconds, refusal: refusal)
  }

  private mutating func watchRing(_ event: TraceEvent, _ line: UInt64) {
    guard let node = event.node else { return }
    switch event.kind {
    case .present, .started:
      if let nodeId = event.nodeId {
        if let known = nodeIds[node], known != nodeId {
          return depart(
            event, line,
            relation.refusal(node, "the nodeId \(known.hex), as before", "\(nodeId.hex)"))
        }
        nodeIds[node] = nodeId
      }
      if event.kind == .present, let nodeId = event.nodeId { ring.insert(node, nodeId) }
    case .activated:
      activations += 1
      if let nodeId = nodeIds[node] { ring.insert(node, nodeId) }
    case .stopped:
      if let nodeId = nodeIds[node] { ring.remove(nodeId) }
    case .delivered:
      deliveries += 1
      guard let key = event.key, let root = ring.root(of: key) else { return }
      if root != node { wrongDeliveries += 1 }
      if event.isRoot != (root == node) {
        return depart(
          event, line,
          relation.refusal(
            node, "isRoot \(root == node): of the nodes in the overlay node \(root) is the root",
            "isRoot \(event.isRoot == true)"))
      }
      if demandsRoots, root != node {
        depart(event, line, relation.refusal(node, "deliver at node \(root), the root", "deliver"))
      }
    case .message, .lookup, .dropped, .overdue, .foundFailed, .end: break
    }
  }
}

extension ProtocolStep {
  /// The step that an event says; nil when it lacks a field of its kind.
  public init?(_ event: TraceEvent) {
    if event.kind == .overdue {
      guard let tag = event.tag else { return nil }
      self = .overdue(tag: tag)
      return
    }
    guard let node = event.node else { return nil }
    switch (event.kind, event.peer, event.tag) {
    case (.present, _, _): self = .present(node)
    case (.started, _, _): self = .start(node)
    case (.stopped, _, _): self = .stop(node)
    case (.activated, _, _): self = .activate(node)
    case (.foundFailed, let peer?, _): self = .findFailed(node, peer)
    case (.lookup, _, let tag?): self = .lookUp(node, tag: tag)
    case (.delivered, _, let tag?): self = .deliver(node, tag: tag)
    case (.dropped, _, let tag?): self = .drop(node, tag: tag)
    case (.message, let peer?, _):
      guard let message = ModelMessage(event) else { return nil }
      self = .arrive(message, at: node, from: peer)
    default: return nil
    }
  }
}

extension ModelMessage {
  /// The message of an event of kind `message`; nil when it lacks a field.
  init?(_ event: TraceEvent) {
    switch (event.message, event.request, event.tag) {
    case (.lookup, let number?, let tag?): self = .lookup(tag: tag, number: number)
    case (.join, let number?, _):
      guard let source = event.source else { return nil }
      self = .join(source: source, number: number)
    case (.acknowledge, let number?, _): self = .acknowledge(number: number)
    case (.leafSetProbe, let number?, _): self = .leafSetProbe(number: number)
    case (.leafSetReply, let number?, _): self = .leafSetReply(number: number)
    case (.joinReply, _, _):
      guard let named = event.list else { return nil }
      self = .joinReply(named: named)
    case (.ping, let number?, _): self = .question(.ping, number: number)
    case (.pong, let number?, _): self = .answer(.ping, number: number)
    case (.nearbyRequest, let number?, _): self = .question(.nearby, number: number)
    case (.nearbyReply, let number?, _): self = .answer(.nearby, number: number)
    case (.rowRequest, let number?, _): self = .question(.row, number: number)
    case (.rowReply, let number?, _): self = .answer(.row, number: number)
    case (.heartbeat, _, _), (.arrival, _, _): self = .fromMember
    case (.row, _, _), (.constrainedRequest, _, _), (.constrainedRow, _, _), (.departure, _, _):
      self = .free
    default: return nil
    }
  }
}
