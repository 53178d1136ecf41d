import Pastry
import Randomness
import SecureRouting

/// Faulty nodes alter the messages that they forward.
///
/// Applications authenticate data, so an altered message is rejected where it arrives: it counts
/// as not delivered, but it still costs every hop of its route.
///
/// In the protocol the tag stands for what the source has signed, the nonce of its request
/// included. The honest machine gets the message with a random tag in place of its own, with its
/// hops and rows as they are, so it acknowledges it and hands it on like any other. Whoever
/// receives it answers a nonce that nobody waits for, or delivers a message that nobody has sent.
/// A read is answered at once, by an object that is not the one asked for: an altered copy.
struct Corrupt: Attack {
  static let descriptor = AttackDescriptor(
    name: "corrupt",
    summary: "Faulty nodes forward altered messages, which the receiver rejects.",
    source: "[Druschel] securing data",
    defence: "authenticated data turns corruption into loss; redundant routing (anycast, sec-route)"
  )

  init(parameters: AttackParameters) throws(AttackError) {}

  var staticForm: StaticForm? { StaticForm(interception: .corruption) }

  var protocolForm: (any ProtocolForm)? { Form() }
}

private struct Form: ProtocolForm {
  mutating func receive(
    _ message: OverlayMessage, from sender: NodeIndex, _ scene: inout AttackScene
  ) -> OverlayMessage? {
    if let read = scene.read(in: message, from: sender) {
      scene.answer(
        read, from: sender, with: .object(AttackScene.forgedObject, nonce: read.nonce),
        as: scene.node.index)
      return nil
    }
    guard let (route, id) = scene.routed(message) else { return message }
    var altered = RouteMessage(
      key: route.key, source: route.source, tag: scene.random.next(), purpose: route.purpose,
      table: route.table, replicas: route.replicas)
    altered.hopCount = route.hopCount
    altered.nextRow = route.nextRow
    return .pastry(.route(altered, id))
  }
}
