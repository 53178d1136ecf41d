/// Messages that arrive.
extension ProtocolRelation {
  mutating func arrive(
    _ message: ModelMessage, at node: UInt32, from peer: UInt32
  ) -> ModelRefusal? {
    guard nodes[Int(peer)].phase != .idle else {
      return refusal(
        node, "messages from nodes that have started",
        "\(message.name) from node \(peer), which has never started")
    }
    switch message {
    case .join(let source, let number):
      guard nodes[Int(source)].phase != .idle else {
        return refusal(
          node, "requests to join of nodes that have started", "a request of node \(source)")
      }
      owe(node, Debt(kind: .join, to: source, number: 0))
      owe(node, Debt(kind: .acknowledgement, to: peer, number: number))
    case .lookup(let tag, let number):
      guard
        nodes[Int(peer)].carries[tag] != nil || forgives(nodes[Int(peer)].carries.hasForgotten)
      else {
        return refusal(
          node, "a lookup from a node that it has come to",
          "lookup, tag \(tag), from node \(peer), where it has not been")
      }
      guard nodes[Int(node)].isRunning else { return nil }
      nodes[Int(node)].carries.add(tag)
      owe(node, Debt(kind: .acknowledgement, to: peer, number: number))
    case .leafSetProbe(let number):
      guard nodes[Int(peer)].wasTold else {
        return refusal(
          node, "leafSetProbe from a node that was told the nodes around its nodeId",
          "leafSetProbe from node \(peer), which was told nothing")
      }
      hear(node, peer)
      if nodes[Int(node)].isMember { owe(node, Debt(kind: .leafSet, to: peer, number: number)) }
    case .question(let kind, let number):
      guard kind != .ping || nodes[Int(node)].isMember else { return nil }
      owe(node, Debt(kind: .answer(kind), to: peer, number: number))
    case .fromMember:
      guard nodes[Int(peer)].wasActive else {
        return refusal(
          node, "heartbeats and arrivals from nodes that are or were in the overlay",
          "one from node \(peer), which never was")
      }
    case .free: break
    case .acknowledge, .leafSetReply, .joinReply, .answer:
      return takeAnswer(message, at: node, from: peer)
    }
    return nil
  }

  /// A node that runs owes an answer.
  private mutating func owe(_ node: UInt32, _ debt: Debt) {
    if nodes[Int(node)].isRunning { nodes[Int(node)].owes.add(debt) }
  }

  private mutating func takeAnswer(
    _ message: ModelMessage, at node: UInt32, from peer: UInt32
  ) -> ModelRefusal? {
    let debt: Debt
    let name: String
    switch message {
    case .acknowledge(let number):
      (debt, name) = (Debt(kind: .acknowledgement, to: node, number: number), "acknowledge")
    case .leafSetReply(let number):
      (debt, name) = (Debt(kind: .leafSet, to: node, number: number), "leafSetReply")
    case .joinReply: (debt, name) = (Debt(kind: .join, to: node, number: 0), "joinReply")
    case .answer(let kind, let number):
      (debt, name) = (Debt(kind: .answer(kind), to: node, number: number), message.name)
    default: return nil
    }
    guard nodes[Int(peer)].owes[debt] != nil || forgives(nodes[Int(peer)].owes.hasForgotten) else {
      let number = debt.kind == .join ? "" : " \(debt.number)"
      return refusal(
        node, "one \(name) for each request that has come to its sender",
        "\(name)\(number) from node \(peer), which owes none to node \(node)")
    }
    nodes[Int(peer)].owes.settle(debt)
    if case .leafSet = debt.kind { hear(node, peer) }
    if case .joinReply(let named) = message, nodes[Int(node)].phase == .joining {
      let before = nodes[Int(node)].named
      nodes[Int(node)].named = max(1, before == 0 ? named : min(before, named))
      nodes[Int(node)].wasTold = true
    }
    return nil
  }
}
