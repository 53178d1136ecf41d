public import Pastry
public import ProtocolTime

/// What secure routing wants done, in the order in which it is to be done.
public enum SecureAction: Hashable, Sendable {
  /// Send a message.
  case send(SecureMessage, to: NodeIndex)
  /// Call `timerFired` with this number after this time.
  case arm(UInt32, after: TimeSpan)
  /// Hand a message to the application: this node is one of the replica roots that it is for.
  case deliver(SecureRequest)
  /// A call of this node has ended.
  case completed(SecureResult)
  /// A message was refused.
  case refused(from: NodeIndex, RefusalReason)
}

/// How a call ended.
public struct SecureResult: Hashable, Sendable {
  /// What settled it.
  public enum Outcome: UInt8, Hashable, Sendable, CaseIterable {
    /// The caller's own leaf set holds the key.
    case ownLeafSet
    /// The root set passed the failure test and confirmed.
    case tested
    /// Redundant routing found the roots.
    case redundant
    /// Nobody answered.
    case failed
    /// Too many calls are open.
    case overloaded
  }

  /// The request.
  public let request: SecureRequest
  /// The caller's own number of it.
  public let tag: UInt64
  /// What settled it.
  public let outcome: Outcome
  /// The nodes found, closest to the key first.
  public let roots: NodeList
  /// Whether the failure test, or its time-out, made redundant routing start.
  public let isTestPositive: Bool
  /// Times that the caller waited for answers.
  public let rounds: UInt8
}

/// The buffer that secure routing appends its actions to.
public typealias SecureActions = ContiguousArray<SecureAction>

/// The queue and the buffer of one input: what the node wants done, then what secure routing wants
/// done.
///
/// All of the first is to be carried out before the second.
public struct OverlayActions: ~Copyable {
  /// Of the node.
  public var pastry = PastryActions()
  /// Of secure routing.
  public var secure = SecureActions()

  /// Both empty.
  public init() {}
}
