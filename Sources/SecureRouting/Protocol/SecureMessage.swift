public import Pastry
public import RingIdentifiers

/// A message to the replica roots of a key, as it travels: who asks, and how many roots are meant.
///
/// It stands for the application's message, which goes with every copy of it.
public struct SecureRequest: Hashable, Sendable {
  /// The key.
  public let key: Key
  /// The node that asks, and is answered.
  public let source: NodeIndex
  /// Drawn by the source for this request alone; whoever answers signs it.
  public let nonce: UInt64
  /// The number of replica roots that the message is for; 0 when the source wants to know the roots
  /// and sends nothing.
  public let replicas: UInt8

  /// Names a request.
  public init(key: Key, source: NodeIndex, nonce: UInt64, replicas: UInt8) {
    self.key = key
    self.source = source
    self.nonce = nonce
    self.replicas = replicas
  }

  /// The request that a routed message carries.
  public init(_ message: RouteMessage) {
    self.init(
      key: message.key, source: message.source, nonce: message.tag, replicas: message.replicas)
  }
}

/// What nodes send to each other for secure routing, beside what they route.
///
/// Every answer is signed with the nonce of what it answers, so an old one is worth nothing, and it
/// counts for its sender alone. Lists are of certified nodes and bounded; see `isBounded(by:)`.
public enum SecureMessage: Hashable, Sendable {
  /// The root's leaf set with the root in the middle, in ring order: the answer to a routed
  /// message for `.roots`.
  case rootSet(NodeList, nonce: UInt64)
  /// The nodes that the source takes for the closest to the key. Confirm, or hand the message on
  /// to those that are missing.
  case list(SecureRequest, NodeList)
  /// The sender got the list and misses nobody.
  case confirmed(nonce: UInt64)
  /// The message, handed on by a node that missed the receiver in a list.
  case forwarded(SecureRequest)
  /// Nodes closer to the key do not answer: the receiver is one of those that the message is for.
  case needed(SecureRequest)
  /// The sender has got the message and has the key's root in its leaf set; of a list, too, if
  /// somebody is missing there.
  case found(nonce: UInt64)
  /// Send me your leaf set, and the node in your slot for the key.
  case clusterRequest(Key, nonce: UInt64)
  /// The answer: a leaf set, and the slot's node or `.none`.
  case clusterReply(NodeList, slot: NodeIndex, nonce: UInt64)
  /// Find the replica roots of this key for me: I cannot yet.
  case lookupRequest(Key, nonce: UInt64)
  /// The nodes found, both sides of the key.
  case lookupReply(NodeList, nonce: UInt64)

  /// The most nodes that any honest message lists: a leaf set with its owner, or l/2 + 1 on both
  /// sides of a key.
  public static func listMax(_ configuration: PastryConfiguration) -> Int {
    configuration.leafSetSize + 2
  }

  /// Whether every list is no longer than an honest node ever makes it.
  public func isBounded(by configuration: PastryConfiguration) -> Bool {
    let most = SecureMessage.listMax(configuration)
    switch self {
    case .rootSet(let nodes, _), .list(_, let nodes), .clusterReply(let nodes, _, _),
      .lookupReply(let nodes, _):
      return nodes.count <= most
    case .confirmed, .forwarded, .needed, .found, .clusterRequest, .lookupRequest: return true
    }
  }

  /// Whether every node that it names is in the book.
  func names(only book: borrowing PeerBook) -> Bool {
    switch self {
    case .rootSet(let nodes, _), .lookupReply(let nodes, _): nodes.allSatisfy(book.contains)
    case .clusterReply(let nodes, let slot, _):
      nodes.allSatisfy(book.contains) && (!slot.exists || book.contains(slot))
    case .list(let request, let nodes):
      book.contains(request.source) && nodes.allSatisfy(book.contains)
    case .forwarded(let request), .needed(let request): book.contains(request.source)
    case .confirmed, .found, .clusterRequest, .lookupRequest: true
    }
  }
}

/// Any message between two nodes: what an attack sees.
public enum OverlayMessage: Hashable, Sendable {
  /// For the overlay itself.
  case pastry(PastryMessage)
  /// For secure routing.
  case secure(SecureMessage)
  /// For reads of objects.
  case read(ReadMessage)
}
