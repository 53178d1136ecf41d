public import Pastry
import ProtocolTime
import Randomness
import RingIdentifiers

/// A node that joins and has asked its contacts.
struct SecureJoin: Sendable {
  let nonce: UInt64
  let startedAt: Instant
  /// Contacts that have not answered.
  var outstanding: NodeList
  /// The nodes that they have named.
  var named: NodeList = []
  var timer: UInt32
}

/// Joining through several contacts: each looks the joining node's nodeId up by secure routing, and
/// the nodes that any of them names are asked whether they live. One correct contact is enough.
/// [Castro02], routing table maintenance
extension SecureRouter {
  /// Time-outs that a contact's own lookup may take: the test, copies or clusters, the lists.
  private static let patience: UInt64 = 8

  /// Joins the node through several contacts; call besides `PastryNode.join(via:awaitsRoots:)`.
  public mutating func join(
    via contacts: NodeList, _ node: inout PastryNode, _ world: borrowing PastryEnvironment,
    into actions: inout OverlayActions
  ) {
    var asked: NodeList = []
    for contact in contacts.prefix(configuration.contacts)
    where world.book.contains(contact) && contact != node.peer.index {
      asked.append(contact)
    }
    let nonce = random.next()
    for contact in asked {
      actions.secure.append(
        .send(.lookupRequest(Key(node.peer.nodeId.value), nonce: nonce), to: contact))
    }
    joining = SecureJoin(
      nonce: nonce, startedAt: world.now, outstanding: asked,
      timer: arm(configuration.roundTimeout * SecureRouter.patience, into: &actions))
  }

  mutating func takeJoinReply(
    _ nodes: NodeList, _ nonce: UInt64, from sender: NodeIndex, _ node: inout PastryNode,
    _ world: borrowing PastryEnvironment, into actions: inout OverlayActions
  ) {
    guard var join = joining, join.nonce == nonce, join.outstanding.contains(sender) else {
      actions.secure.append(.refused(from: sender, .unsolicited))
      return
    }
    join.outstanding.removeAll { $0 == sender }
    for index in nodes where index != node.peer.index && !join.named.contains(index) {
      join.named.append(index)
    }
    let isComplete = join.outstanding.isEmpty
    joining = join
    guard isComplete else { return }
    // The search for a near contact, which fills the table by proximity, takes some time as well.
    let passed = world.now.since(join.startedAt)
    if passed < configuration.lookupTimeout {
      let timer = arm(configuration.lookupTimeout - passed, into: &actions)
      joining?.timer = timer
    } else {
      concludeJoin(&node, world, into: &actions)
    }
  }

  /// All contacts have answered, or the time is up.
  mutating func concludeJoin(
    _ node: inout PastryNode, _ world: borrowing PastryEnvironment,
    into actions: inout OverlayActions
  ) {
    guard let join = joining else { return }
    joining = nil
    node.adopt(join.named, world, into: &actions.pastry)
  }
}
