import Adversary
import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import SecureRouting
import Testing

/// A hand-made overlay on which one coalition plays attacks.
///
/// Node i of n stands at i/n of the ring. b = 4 and l = 4, so a root set has five nodes.
struct Stage {
  typealias Deed = AttackScene.Deed

  static let configuration = PastryConfiguration(digitBits: 4, leafSetSize: 4)

  let book: PeerBook
  var adversary: ProtocolAdversary
  var now = Instant.zero

  /// A stage on which the members play the attacks named.
  init(
    _ attacks: [AttackSelection], members: [UInt32], of count: Int = 64, victims: [UInt32] = [],
    routesReads: Bool = false, seed: UInt64 = 1
  ) throws {
    try self.init(
      playing: attacks.map { try AttackRegistry.make($0) }, members: members, of: count,
      victims: victims, routesReads: routesReads, seed: seed)
  }

  /// A stage on which the members play these attacks.
  init(
    playing attacks: [any Attack], members: [UInt32], of count: Int = 64, victims: [UInt32] = [],
    routesReads: Bool = false, seed: UInt64 = 1
  ) throws {
    book = Stage.book(of: count)
    let scene = AttackScene(
      coalition: Coalition(NodeList(members.map { NodeIndex($0) }), in: book),
      victims: NodeList(victims.map { NodeIndex($0) }), configuration: Stage.configuration,
      book: book, routesReads: routesReads, stream: StreamKey(seed: seed)["coalition"])
    adversary = try ProtocolAdversary(playing: attacks, on: [scene], nodeCount: count)
  }

  /// The nodes of a stage.
  /// - Parameter count: a power of two.
  static func book(of count: Int) -> PeerBook {
    PeerBook(ContiguousArray((0..<count).map { NodeId(point($0, of: count)) }))
  }

  /// The point at `place`/`count` of the ring.
  static func point(_ place: Int, of count: Int = 64) -> UInt160 {
    UInt160(
      high: UInt64(place) << UInt64(64 - count.trailingZeroBitCount), middle: 0, low: 0)
  }

  /// A key just above a node of 64.
  static func key(above place: Int) -> Key {
    Key(point(place) &+ UInt160(1))
  }

  /// What the honest machine of a member gets, and what else is done.
  mutating func receive(
    _ message: OverlayMessage, from sender: UInt32, at node: UInt32
  ) -> (message: OverlayMessage?, deeds: [Deed]) {
    let rest = adversary.receive(
      message, from: NodeIndex(sender), at: book.peer(NodeIndex(node)), now: now)
    return (rest, Array(adversary.takeDeeds()))
  }

  /// What a member sends, and what else is done.
  mutating func send(
    _ message: OverlayMessage, from node: UInt32, to receiver: UInt32
  ) -> (message: OverlayMessage?, deeds: [Deed]) {
    let rest = adversary.send(
      message, from: book.peer(NodeIndex(node)), to: NodeIndex(receiver), now: now)
    return (rest, Array(adversary.takeDeeds()))
  }

  /// What is done at a tick of an attack.
  mutating func tick(_ index: Int = 0) -> [Deed] {
    adversary.tick(index, now: now)
    return Array(adversary.takeDeeds())
  }
}

/// Selects an attack by name.
func attack(_ name: String, _ parameters: [String: String] = [:]) -> AttackSelection {
  AttackSelection(
    name: name,
    parameters: parameters.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) })
}

/// Node numbers.
func nodes(_ numbers: UInt32...) -> NodeList { NodeList(numbers.map { NodeIndex($0) }) }

/// A message sent at once.
func sent(
  _ message: OverlayMessage, from member: UInt32, to receiver: UInt32,
  after delay: TimeSpan = .zero
) -> AttackScene.Deed {
  .send(message, from: NodeIndex(member), to: NodeIndex(receiver), after: delay)
}

/// A routed message of a node on its way.
func routed(
  _ purpose: RouteMessage.Purpose, _ key: Key, source: UInt32, tag: UInt64 = 7,
  id: UInt32 = 3, hops: UInt8 = 2
) -> OverlayMessage {
  var message = RouteMessage(
    key: key, source: NodeIndex(source), tag: tag, purpose: purpose, table: .constrained,
    replicas: 4)
  message.hopCount = hops
  return .pastry(.route(message, RequestId(id)))
}
