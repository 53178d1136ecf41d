/// The transition relation of joining and routing, as a trace shows it.
///
/// The same relation in Promela is `proofs/spin/trace.pml`; both are explored in full in two small
/// scopes and must have as many states. It allows more than the protocol does, where a trace leaves
/// things out: a message is noted when it arrives, and only the lengths of lists are kept. What it
/// refuses the protocol never does, whatever the network loses or delays.
///
/// What was asked of a node and which lookups have come to it is remembered for the last
/// `recentMax` of each at least. A node that has forgotten some of these is allowed what it would
/// be refused for want of them, and `notJudged` counts it.
///
/// - A node is in the overlay only when it has founded it, or has been told nodes around its nodeId
///   and as many as its leaf set holds have said what theirs is or were found to have failed.
///   Source: [Castro04], joining consistently.
/// - Every answer answers one request that has arrived at its sender.
/// - Only nodes of the overlay look keys up and deliver, and each arrival of a lookup at a node is
///   delivered there at most once.
/// - A node that has stopped takes no step of its own until it starts again: it looks no key up,
///   delivers and drops nothing, finds nobody failed and does not become active. What it sent
///   before may arrive at any time later, so messages from it are not refused.
/// - Complexity: O(1) for a step, but O(recent lookups) for a stop; memory bounded for each node,
///   and for each lookup that is open.
public struct ProtocolRelation: Hashable, Sendable {
  /// What one node owes another one.
  struct Debt: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
      case acknowledgement, leafSet, join
      case answer(ModelMessage.Question)
    }

    let kind: Kind
    let to: UInt32
    let number: UInt64
  }

  struct Node: Hashable, Sendable {
    var phase = ModelPhase.idle
    /// How many nodes it was told while joining, at least; 0 for not told.
    var named: UInt64 = 0
    /// Who has said what its leaf set is, or was lost, since then; no more than needed.
    var answers: Set<UInt32> = []
    /// Whether it was ever told, ever in the overlay: what it sent then may arrive at any time.
    var wasTold = false
    var wasActive = false
    var owes = RecentCounts<Debt>(capacity: ProtocolRelation.recentMax)
    /// Lookups that have come to it, and how often each may be delivered here.
    var carries = RecentCounts<UInt64>(capacity: ProtocolRelation.recentMax)

    var isRunning: Bool { phase == .joining || phase == .activated }
    var isSettling: Bool { phase == .joining && named > 0 }
    var isMember: Bool { phase == .activated || isSettling }
  }

  /// The last requests and lookups that are remembered for each node, at least.
  public static let recentMax = 2_048
  /// The most nodes; each takes about a hundred bytes before anything has happened.
  public static let nodeCountMax = 1 << 20

  /// Members of a leaf set, l.
  public let leafSetSize: Int
  var nodes: [Node]
  var activeCount = 0
  /// Whether something but `present` has happened.
  var hasBegun = false
  var openLookups: Set<UInt64> = []
  /// Steps that were allowed only because their node has forgotten what they must follow from.
  public internal(set) var notJudged: UInt64 = 0

  /// Nothing has happened yet.
  /// - Precondition: at most `nodeCountMax` nodes, at least one member of a leaf set.
  public init(nodeCount: Int, leafSetSize: Int) {
    precondition(
      (0...ProtocolRelation.nodeCountMax).contains(nodeCount) && leafSetSize > 0,
      "\(nodeCount) nodes of at most \(ProtocolRelation.nodeCountMax), l = \(leafSetSize)")
    self.leafSetSize = leafSetSize
    nodes = Array(repeating: Node(), count: nodeCount)
  }

  /// The phase of a node.
  /// - Precondition: the node exists.
  public func phase(of node: UInt32) -> ModelPhase { nodes[Int(node)].phase }

  /// How many nodes a joining node must have heard or lost: of those that it was told, one may be
  /// itself in an earlier life, and a leaf set holds l.
  func needed(_ node: Node) -> Int {
    min(Int(clamping: node.named) - 1, leafSetSize)
  }

  /// Takes a step; gives why it is not allowed, and has not taken it then.
  public mutating func take(_ step: ProtocolStep) -> ModelRefusal? {
    for node in ProtocolRelation.names(step) where Int(node) >= nodes.count {
      return refusal(nil, "nodes below \(nodes.count)", "node \(node)")
    }
    let wasBegun = hasBegun
    let refused = taken(step)
    if refused == nil {
      if case .present = step {} else { hasBegun = true }
    } else {
      hasBegun = wasBegun
    }
    return refused
  }

  private static func names(_ step: ProtocolStep) -> [UInt32] {
    switch step {
    case .arrive(.join(let source, _), at: let node, from: let peer): [node, peer, source]
    case .arrive(_, at: let node, from: let peer), .findFailed(let node, let peer): [node, peer]
    default: step.node.map { [$0] } ?? []
    }
  }

  private mutating func taken(_ step: ProtocolStep) -> ModelRefusal? {
    switch step {
    case .present(let node): return present(node)
    case .start(let node): return start(node)
    case .stop(let node): return stop(node)
    case .activate(let node): return activate(node)
    case .arrive(let message, at: let node, from: let peer):
      return arrive(message, at: node, from: peer)
    case .findFailed(let node, let peer): return findFailed(node, peer)
    case .lookUp(let node, let tag): return lookUp(node, tag)
    case .deliver(let node, let tag): return deliver(node, tag)
    case .drop(let node, let tag): return drop(node, tag)
    case .overdue(let tag):
      guard openLookups.remove(tag) != nil else {
        return refusal(nil, "the deadline of a lookup that is open", "tag \(tag) is not open")
      }
      return nil
    }
  }

  /// Words a refusal.
  func refusal(_ node: UInt32?, _ allowed: String, _ happened: String) -> ModelRefusal {
    guard let node else {
      return ModelRefusal(
        node: nil, phase: .idle, state: "\(openLookups.count) lookups are open",
        allowed: allowed, happened: happened)
    }
    let known = nodes[Int(node)]
    var state = "node \(node) is \(known.phase.rawValue)"
    if known.isSettling {
      state += ", was told \(known.named) nodes, \(known.answers.count) have answered or are lost"
    } else if known.phase == .joining {
      state += ", was told no nodes"
    }
    return ModelRefusal(
      node: node, phase: known.phase, state: state, allowed: allowed, happened: happened)
  }
}
