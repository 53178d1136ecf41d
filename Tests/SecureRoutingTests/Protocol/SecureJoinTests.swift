import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers
import Testing

@testable import SecureRouting

/// A node that joins where its contacts may be hostile. [Castro02], routing table maintenance
@Suite("Joining through several contacts")
struct SecureJoinTests {
  private static let joiner = 300

  /// The coalition shows a joining node nobody but itself.
  private static func eclipse(_ members: [Peer], _ victim: Peer) -> SecureNetwork.Interception {
    let closest = members.sorted { $0.nodeId.isCloser(than: $1.nodeId, to: victim.nodeId) }
    let around = NodeList(closest.prefix(16).map(\.index))
    let report = LeafSetReport(members: around)
    return { message, from, at, sends in
      func answer(_ message: OverlayMessage, _ member: Int = at) {
        sends.append((message, member, Int(victim.index.number)))
      }
      let isVictim = from == Int(victim.index.number)
      switch message {
      case .pastry(.route(let route, let id)) where route.source == victim.index:
        sends.append((.pastry(.acknowledge(id)), at, from))
        answer(.pastry(.joinReply(report)), Int(closest[0].index.number))
        return false
      case .pastry(.nearbyRequest(let id)) where isVictim:
        answer(.pastry(.nearbyReply(around, id)))
        return false
      case .pastry(.rowRequest(_, let id)) where isVictim:
        answer(.pastry(.rowReply(around, rowCount: 1, id)))
        return false
      case .pastry(.leafSetProbe(_, let id)) where isVictim:
        answer(.pastry(.leafSetReply(report, id)))
        return false
      case .secure(.lookupRequest(_, let nonce)) where isVictim:
        answer(.secure(.lookupReply(around, nonce: nonce)))
        return false
      case .pastry(.ping), .pastry(.acknowledge), .secure, .read: return true
      case .pastry: return !isVictim
      }
    }
  }

  /// An overlay of 300 nodes, a quarter of them faulty, and one more that wants to join.
  private func network() -> SecureNetwork {
    let secure = SecRouteTests.configuration { $0.redundancy = .clusters }
    var network = SecureNetwork(nodes: 301, seed: 12, secure: secure, absent: 1, isStill: false)
    SecRouteTests.faulty(0.25, &network)
    network.isFaulty[Self.joiner] = false
    network.intercept = Self.eclipse(
      SecRouteTests.coalition(network), network.nodes[Self.joiner].peer)
    return network
  }

  /// The leaf set that the ring gives the joining node.
  private func trueLeafSet(_ network: SecureNetwork) -> Set<NodeIndex> {
    var set = LeafSet(owner: network.nodes[Self.joiner].peer, size: 16)
    for node in network.nodes { _ = set.insert(node.peer) }
    return Set(set.members.map(\.index))
  }

  private func contacts(_ network: SecureNetwork, correct: Int, faulty: Int) -> NodeList {
    let others = (0..<Self.joiner).map { NodeIndex(UInt32($0)) }
    let liars = others.filter { network.isFaulty[Int($0.number)] }.prefix(faulty)
    let honest = others.filter { !network.isFaulty[Int($0.number)] }.prefix(correct)
    return NodeList(liars + honest)
  }

  @Test func aHostileContactEclipsesAPlainJoin() {
    var network = network()
    let contact = contacts(network, correct: 0, faulty: 1)[0]
    network.input(Self.joiner) { $0.join(via: contact, $2, into: &$3.pastry) }
    network.run(.seconds(60))
    let members = network.nodes[Self.joiner].leafSet.members
    #expect(network.nodes[Self.joiner].phase == .active)
    #expect(!members.isEmpty)
    #expect(members.allSatisfy { network.isFaulty[Int($0.index.number)] })
  }

  @Test(arguments: [0, 3, 7])
  func oneCorrectContactIsEnough(_ faulty: Int) {
    var network = network()
    let all = contacts(network, correct: 1, faulty: faulty)
    network.input(Self.joiner) { node, router, world, actions in
      // The search for a near node may go through a hostile one.
      node.join(via: all[0], awaitsRoots: true, world, into: &actions.pastry)
      router.join(via: all, &node, world, into: &actions)
    }
    network.run(.seconds(60))
    #expect(network.activated.contains(Self.joiner))
    let members = Set(network.nodes[Self.joiner].leafSet.members.map(\.index))
    #expect(members == trueLeafSet(network))
  }

  @Test func withoutAnyAnswerTheNodeDoesNotJoin() {
    var network = network()
    for node in network.isAlive.indices where node != Self.joiner { network.isAlive[node] = false }
    network.input(Self.joiner) { node, router, world, actions in
      node.join(via: NodeIndex(3), awaitsRoots: true, world, into: &actions.pastry)
      router.join(via: [NodeIndex(3), NodeIndex(4)], &node, world, into: &actions)
    }
    network.run(.seconds(60))
    #expect(network.nodes[Self.joiner].phase != .active)
    #expect(network.routers[Self.joiner].joining == nil)
  }

  @Test func theRootsAnswerAloneIsNotBelieved() {
    var network = network()
    network.intercept = { _, _, _, _ in true }
    network.input(Self.joiner) {
      $0.join(via: NodeIndex(3), awaitsRoots: true, $2, into: &$3.pastry)
    }
    network.run(.seconds(20))
    #expect(network.nodes[Self.joiner].phase == .joining)
  }
}
