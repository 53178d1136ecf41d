public import Pastry
public import ProtocolTime
public import Randomness
public import SecureRouting

/// What one coalition knows, and what it wants done: the stage on which its attacks play.
///
/// A coalition shares all that its members see, at once and for nothing: the strongest form of
/// [Castro02], constrained collusion.
public struct AttackScene: Sendable {
  /// What an attack wants done besides what the honest machines do.
  public enum Deed: Hashable, Sendable {
    /// Send a message in a member's name.
    case send(OverlayMessage, from: NodeIndex, to: NodeIndex, after: TimeSpan)
    /// A member leaves without a word and joins again after this time.
    case leave(NodeIndex, returningAfter: TimeSpan)
  }

  /// The member that acts now.
  public internal(set) var node: Peer
  /// The engine's clock.
  public internal(set) var now = Instant.zero
  /// What all nodes of the overlay agree on.
  public let configuration: PastryConfiguration
  /// All certified nodes.
  public let book: PeerBook
  /// The members.
  public internal(set) var coalition: Coalition
  /// Honest nodes that the attack is aimed at; empty when it is aimed at all.
  public let victims: NodeList
  /// Whether what applications route are reads of self-certifying objects.
  public let routesReads: Bool
  private let sortedVictims: SortedNodes
  /// Honest nodes in the overlay, as far as the engine has said so; here during a tick alone.
  var present = PresentNodes()
  /// Draws of the coalition.
  public var random: RandomStream
  /// What is to be done, in order; the engine empties it after each call.
  public private(set) var deeds: ContiguousArray<Deed> = []

  /// A scene at the start of a run.
  /// - Parameter stream: names every draw of the coalition.
  public init(
    coalition: Coalition, victims: NodeList, configuration: PastryConfiguration, book: PeerBook,
    routesReads: Bool = false, stream: StreamKey
  ) {
    self.coalition = coalition
    self.victims = victims
    self.routesReads = routesReads
    sortedVictims = SortedNodes(victims)
    self.configuration = configuration
    self.book = book
    node = coalition.members.first.map { book.peer($0) } ?? Peer(book[NodeIndex(0)], .none)
    random = RandomStream(stream)
  }

  /// Whether a node is in this coalition.
  public func isMember(_ index: NodeIndex) -> Bool { coalition.contains(index) }

  /// Whether a node is one that the attack is aimed at: honest, and named if any are.
  /// - Complexity: O(log n) for n victims.
  public func isVictim(_ index: NodeIndex) -> Bool {
    guard book.contains(index), !isMember(index) else { return false }
    return victims.isEmpty || sortedVictims.contains(index)
  }

  /// Draws made in search of an honest node while nothing is known of who is in the overlay: even
  /// if three quarters of all nodes are members, all fail once in a hundred times, and an attack
  /// that wanted a victim tries again later.
  static let drawsMax = 16

  /// A random node that the attack is aimed at, in the overlay unless it is named; nil when none
  /// was drawn. For ticks.
  mutating func randomVictim() -> NodeIndex? {
    if !victims.isEmpty { return randomNode(of: victims) }
    if let node = present.random(from: &random) { return node }
    for _ in 0..<AttackScene.drawsMax {
      let node = randomNode()
      if isVictim(node) { return node }
    }
    return nil
  }

  /// A random certified node, in the overlay or not.
  mutating func randomNode() -> NodeIndex {
    NodeIndex(random.index(below: UInt32(clamping: book.count)))
  }

  /// A random member other than the acting one; nil when there is none.
  mutating func randomAccomplice() -> NodeIndex? {
    let others = coalition.members.count - (isMember(node.index) ? 1 : 0)
    guard others > 0 else { return nil }
    let chosen = coalition.members[Int(random.index(below: UInt32(clamping: others)))]
    return chosen == node.index ? coalition.members.last : chosen
  }

  /// A random node of a list.
  /// - Precondition: it has one.
  mutating func randomNode(of nodes: NodeList) -> NodeIndex {
    nodes[Int(random.index(below: UInt32(clamping: nodes.count)))]
  }

  /// Sends a message in the name of the acting member, or of another one. One to a node that is
  /// not in the book is not sent: whoever wrote that number made it up.
  public mutating func send(
    _ message: OverlayMessage, to receiver: NodeIndex, from member: NodeIndex? = nil,
    after delay: TimeSpan = .zero
  ) {
    guard book.contains(receiver) else { return }
    deeds.append(.send(message, from: member ?? node.index, to: receiver, after: delay))
  }

  /// Lets a member leave, and join again later.
  public mutating func leave(_ member: NodeIndex, returningAfter pause: TimeSpan) {
    deeds.append(.leave(member, returningAfter: pause))
  }

  /// Empties the list of deeds and gives it.
  package mutating func takeDeeds() -> ContiguousArray<Deed> {
    let all = deeds
    deeds.removeAll()
    return all
  }
}
