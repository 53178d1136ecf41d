import Pastry
import ProtocolTime

/// One call of this node that has not ended.
struct SecureCall: Sendable {
  /// What the caller waits for.
  enum Stage: Sendable {
    /// The gaps around the caller.
    case sampling
    /// The root set of one routed message.
    case testing
    /// Confirmations of this root set, in ring order.
    case confirming(NodeList)
    /// Nodes that a copy has reached.
    case copying
    /// Answers of a cluster.
    case walking(ClusterWalk)
    /// Confirmations of the list.
    case listing
  }

  /// Who wants to know.
  enum Client: Sendable {
    /// The application, by its own number.
    case application(UInt64)
    /// A node that joins, by its nonce.
    case joining(NodeIndex, nonce: UInt64)
  }

  let request: SecureRequest
  let client: Client
  var stage = Stage.sampling
  /// The nodes found.
  var roots: RootList
  /// What `SecureResult` says if nothing else happens.
  var outcome = SecureResult.Outcome.failed
  var isTestPositive = false
  /// The number of the timer that this stage has armed.
  var timer: UInt32 = 0
  /// Times that the caller has waited.
  var rounds: UInt8 = 0
  /// Times that the list was sent.
  var listRounds = 0
  /// Copies that have reached a node which answered.
  var arrivals = 0
}

/// A request of another node, as a node that it has reached remembers it.
struct SeenRequest: Sendable {
  let nonce: UInt64
  let source: NodeIndex
  var isDelivered = false
  /// Nodes that it was handed on to.
  var handedTo: NodeList = []
}
