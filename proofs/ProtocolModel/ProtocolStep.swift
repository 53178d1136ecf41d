/// How far a node has come, as far as a trace shows it. Names as in `proofs/spin/trace.pml`.
public enum ModelPhase: String, Hashable, Sendable {
  /// Never started.
  case idle
  /// Started, and not in the overlay yet.
  case joining
  /// In the overlay.
  case activated
  /// Stopped; may start again.
  case stopped
}

/// A message as far as the relation looks at it.
public enum ModelMessage: Hashable, Sendable {
  /// A request of `source` to join, handed on.
  case join(source: UInt32, number: UInt64)
  /// A lookup handed on.
  case lookup(tag: UInt64, number: UInt64)
  /// One of the two has come.
  case acknowledge(number: UInt64)
  /// What the sender's leaf set is, and the question for the receiver's.
  case leafSetProbe(number: UInt64)
  /// The answer.
  case leafSetReply(number: UInt64)
  /// The answer to a request to join, which names so many nodes.
  case joinReply(named: UInt64)
  /// A question or answer of another kind.
  case question(Question, number: UInt64)
  /// The answer to such a question.
  case answer(Question, number: UInt64)
  /// Only nodes that are or were in the overlay send it: heartbeats and arrivals.
  case fromMember
  /// Any node that has started may have sent it.
  case free

  /// What it is called in findings.
  var name: String {
    switch self {
    case .join: "join"
    case .lookup: "lookup"
    case .acknowledge: "acknowledge"
    case .leafSetProbe: "leafSetProbe"
    case .leafSetReply: "leafSetReply"
    case .joinReply: "joinReply"
    case .question(let kind, _): "question of kind \(kind)"
    case .answer(let kind, _): "answer of kind \(kind)"
    case .fromMember: "heartbeat or arrival"
    case .free: "message"
    }
  }

  /// Questions that have no other effect.
  public enum Question: UInt8, Hashable, Sendable {
    /// `ping`, answered by `pong` in the overlay only.
    case ping
    /// `nearbyRequest`, `nearbyReply`.
    case nearby
    /// `rowRequest`, `rowReply`.
    case row
  }
}

/// One step of the relation: what one event of a trace says. Names as in `proofs/spin/trace.pml`.
public enum ProtocolStep: Hashable, Sendable {
  /// The node is in the overlay when the trace begins.
  case present(UInt32)
  /// The node starts, and joins.
  case start(UInt32)
  /// The node stops.
  case stop(UInt32)
  /// The node is in the overlay from now on.
  case activate(UInt32)
  /// A message arrives, whether or not the node is running.
  case arrive(ModelMessage, at: UInt32, from: UInt32)
  /// The node takes the peer for failed.
  case findFailed(UInt32, UInt32)
  /// The node looks up a key.
  case lookUp(UInt32, tag: UInt64)
  /// The node takes itself for the root.
  case deliver(UInt32, tag: UInt64)
  /// The node gives a lookup up.
  case drop(UInt32, tag: UInt64)
  /// Nobody has delivered the lookup in time.
  case overdue(tag: UInt64)

  /// The node that it happens to; nil for a lookup's deadline.
  public var node: UInt32? {
    switch self {
    case .present(let node), .start(let node), .stop(let node), .activate(let node),
      .arrive(_, at: let node, from: _), .findFailed(let node, _), .lookUp(let node, _),
      .deliver(let node, _), .drop(let node, _):
      node
    case .overdue: nil
    }
  }
}

/// Why a step is none of the relation's.
public struct ModelRefusal: Hashable, Sendable {
  /// The node that it happens to; nil for a lookup's deadline.
  public let node: UInt32?
  /// The node's phase before it; `idle` without a node.
  public let phase: ModelPhase
  /// What else the relation knows of the node, in words.
  public let state: String
  /// What would have been allowed.
  public let allowed: String
  /// What happened instead.
  public let happened: String
}
