import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

/// What the mutant `PROBE_CONFIRMS` of `proofs/spin/join.pml` gets wrong, on the real machine.
struct ProbeAnswerTests {
  private var world = PastryEnvironment(
    configuration: PastryConfiguration(leafSetSize: 2),
    book: PeerBook(
      ContiguousArray(
        [0x10, 0x80, 0x20].map { NodeId(UInt160(high: $0 << 56, middle: 0, low: 0)) })))
  private var nodes: [PastryNode] = []
  private let near = 0
  private let far = 1
  private let joining = 2

  init() {
    for number in 0..<3 {
      nodes.append(
        PastryNode(
          world.book.peer(NodeIndex(UInt32(number))), configuration: world.configuration,
          stream: StreamKey(seed: UInt64(number))))
    }
    for (node, other) in [(near, far), (far, near)] {
      var actions = PastryActions()
      var snapshot = PastryNode.Snapshot()
      snapshot.leafSet = [world.book.peer(NodeIndex(UInt32(other)))]
      snapshot.isWhole = true
      nodes[node].restore(snapshot, world, into: &actions)
    }
  }

  /// The leaf set message from one node to another among actions.
  private func message(_ actions: [PastryAction], to receiver: Int) -> PastryMessage? {
    actions.compactMap { action -> PastryMessage? in
      guard case .send(let message, to: let node) = action, Int(node.number) == receiver else {
        return nil
      }
      switch message {
      case .leafSetProbe, .leafSetReply: return message
      default: return nil
      }
    }.first
  }

  private mutating func take(
    _ message: PastryMessage, at node: Int, from sender: Int
  ) -> [PastryAction] {
    var actions = PastryActions()
    nodes[node].receive(message, from: NodeIndex(UInt32(sender)), world, into: &actions)
    return actions.takeAll()
  }

  private mutating func delivers(_ node: Int, _ key: Key) -> Bool {
    var actions = PastryActions()
    let message = RouteMessage(key: key, source: NodeIndex(UInt32(node)), tag: 1)
    nodes[node].route(message, world, into: &actions)
    return actions.takeAll().contains(.deliver(message))
  }

  /// The probe of the joining node to `near` takes longer than the way over `far` and back.
  @Test mutating func `two active nodes do not deliver one key`() throws {
    var actions = PastryActions()
    nodes[joining].join(via: NodeIndex(0), awaitsRoots: true, world, into: &actions)
    _ = actions.takeAll()
    nodes[joining].adopt([NodeIndex(0), NodeIndex(1)], world, into: &actions)
    // What it sends to `near` is still under way at the end.
    let sent = actions.takeAll()
    #expect(message(sent, to: near) != nil)
    let answer = take(try #require(message(sent, to: far)), at: far, from: joining)
    _ = take(try #require(message(answer, to: joining)), at: joining, from: far)
    #expect(nodes[joining].phase == .settling)
    // At its next heartbeat `far` compares sets with `near`, and so names the joining node.
    var beat: [PastryAction] = []
    for _ in 0..<2 where message(beat, to: near) == nil {
      nodes[far].timerFired(.heartbeat, world, into: &actions)
      beat += actions.takeAll()
    }
    let named = take(try #require(message(beat, to: near)), at: near, from: far)
    _ = take(try #require(message(named, to: joining)), at: joining, from: near)
    let key = Key(world.book[NodeIndex(2)].value)
    let (atNear, atJoining) = (delivers(near, key), delivers(joining, key))
    #expect(atNear, "the node near by does not know of the other one yet")
    #expect(!atJoining, "a probe whose sender does not know this node confirms nothing")
    #expect(nodes[joining].phase == .settling)
  }
}
