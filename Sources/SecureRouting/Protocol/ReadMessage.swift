public import Pastry
public import ProtocolTime
public import RingIdentifiers

/// The octets of an object.
public typealias ObjectOctets = ContiguousArray<UInt8>

/// What a read needs of the storage layer of its node.
///
/// A key names its object so that a copy can be checked without trust in whoever gives it: the key
/// is the hash of the content, or the owner has signed both. [Castro02], self-certifying data
public protocol SelfCertifyingObjects {
  /// This node's copy of the object with this key; nil when it has none.
  func copy(of key: Key) -> ObjectOctets?

  /// Whether octets are an object that this key names.
  func isObject(_ octets: ObjectOctets, of key: Key) -> Bool
}

/// What nodes send to each other to read objects, beside the message that is routed.
///
/// Every answer carries the nonce of the read, and counts for its sender alone.
public enum ReadMessage: Hashable, Sendable {
  /// Send me your copy of the object with this key.
  case request(Key, nonce: UInt64)
  /// The sender's copy.
  case object(ObjectOctets, nonce: UInt64)
  /// The sender has no copy.
  case absent(nonce: UInt64)

  /// Whether the object is no longer than an honest node ever sends it.
  public func isBounded(by configuration: ReadConfiguration) -> Bool {
    switch self {
    case .object(let octets, _): octets.count <= configuration.objectOctetsMax
    case .request, .absent: true
    }
  }
}

/// What a read wants done, in the order in which it is to be done.
public enum ReadAction: Hashable, Sendable {
  /// Route a message of the application along the table by proximity: `PastryNode.route`.
  case route(RouteMessage)
  /// Call `SecureRouter.secRoute` with these, and `completed` with its result.
  case secRoute(Key, replicas: UInt8, tag: UInt64)
  /// Send a message.
  case send(ReadMessage, to: NodeIndex)
  /// Call `timerFired` with this number after this time.
  case arm(UInt32, after: TimeSpan)
  /// A read of this node has ended.
  case completed(ReadResult)
  /// A message was refused.
  case refused(from: NodeIndex, RefusalReason)
}

/// The buffer that reads append their actions to.
public typealias ReadActions = ContiguousArray<ReadAction>

/// How a read ended.
public struct ReadResult: Hashable, Sendable {
  /// What it came to.
  public enum Outcome: Hashable, Sendable {
    /// The object, and the node whose copy it is.
    case found(ObjectOctets, from: NodeIndex)
    /// All replica roots that answered have no copy: so many, of so many that were asked. Without
    /// fallback, whoever answered first has said so.
    case absent(said: UInt8, asked: UInt8)
    /// Neither.
    case failed(Failure)
  }

  /// Why a read has neither an object nor a proof that there is none.
  public enum Failure: UInt8, Hashable, Sendable, CaseIterable {
    /// Too many reads are open.
    case overloaded
    /// Secure routing has found no replica roots.
    case rootsUnknown
    /// Nobody who was asked has answered.
    case unanswered
    /// No answer was the object, and at least one was another one: whoever gave that lies, or its
    /// copy is damaged.
    case wrongObject
  }

  /// The object's key.
  public let key: Key
  /// The caller's own number of the read.
  public let tag: UInt64
  /// What it came to.
  public let outcome: Outcome
  /// Whether plain routing was not enough.
  public let fellBack: Bool
}

/// How a node reads self-certifying objects.
public struct ReadConfiguration: Hashable, Sendable {
  /// Whether secure routing follows when the plain lookup has not brought the object. To see what
  /// it buys.
  public var fallsBack = true
  /// Whether an object is checked. To see what the check buys.
  public var checks = true
  /// How long the caller waits for the answer to the plain lookup; that of secure routing for a
  /// root set.
  public var lookupTimeout = TimeSpan.seconds(3)
  /// How long the caller waits for the answers of the replica roots; that of secure routing for a
  /// round.
  public var roundTimeout = TimeSpan.milliseconds(1_500)
  /// Octets of an object: what one message carries. Larger things are stored as several objects.
  public var objectOctetsMax = 65_536
  /// Reads that a node keeps open: as many as it may have calls of secure routing, so that all of
  /// them can fall back at once.
  public var readsMax = 64

  /// The defaults.
  public init() {}
}
