import Pastry
import RingIdentifiers
import SecureRouting

/// Reads of objects: the routed message of a plain lookup, and the request that a replica root gets
/// when secure routing has found it.
extension AttackScene {
  /// One read of a node that the attack is aimed at, as a member meets it.
  struct ReadMet: Hashable {
    let key: Key
    let nonce: UInt64
    let reader: NodeIndex
    /// The number that the last hop wants acknowledged; nil for a request that came directly.
    let hop: RequestId?
  }

  /// What every coalition gives in place of an object: no key that a read asks for is its hash.
  static let forgedObject = ObjectOctets(repeating: 0x66, count: 32)

  /// The read that a message to the acting member is for; nil for all other messages.
  func read(in message: OverlayMessage, from sender: NodeIndex) -> ReadMet? {
    if case .read(.request(let key, let nonce)) = message, isVictim(sender) {
      return ReadMet(key: key, nonce: nonce, reader: sender, hop: nil)
    }
    guard routesReads, let (route, id) = routed(message), route.purpose == .application else {
      return nil
    }
    return ReadMet(key: route.key, nonce: route.tag, reader: route.source, hop: id)
  }

  /// Answers a read in a member's name; the last hop is content.
  mutating func answer(
    _ read: ReadMet, from sender: NodeIndex, with answer: ReadMessage, as member: NodeIndex
  ) {
    if let id = read.hop { acknowledge(id, to: sender) }
    send(.read(answer), to: read.reader, from: member)
  }
}
