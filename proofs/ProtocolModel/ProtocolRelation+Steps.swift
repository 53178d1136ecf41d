/// What happens to one node without a message.
extension ProtocolRelation {
  mutating func present(_ node: UInt32) -> ModelRefusal? {
    guard !hasBegun, nodes[Int(node)].phase == .idle else {
      return refusal(node, "nodes that are present, each once, before all else", "present")
    }
    enter(node)
    return nil
  }

  mutating func start(_ node: UInt32) -> ModelRefusal? {
    guard !nodes[Int(node)].isRunning else {
      return refusal(node, "the start of a node that does not run", "start")
    }
    nodes[Int(node)].phase = .joining
    return nil
  }

  mutating func stop(_ node: UInt32) -> ModelRefusal? {
    guard nodes[Int(node)].isRunning else {
      return refusal(node, "the stop of a node that runs", "stop")
    }
    if nodes[Int(node)].phase == .activated { activeCount -= 1 }
    nodes[Int(node)].phase = .stopped
    nodes[Int(node)].named = 0
    nodes[Int(node)].answers = []
    nodes[Int(node)].carries.zero()
    return nil
  }

  mutating func activate(_ node: UInt32) -> ModelRefusal? {
    let known = nodes[Int(node)]
    guard known.phase == .joining else {
      return refusal(node, "activate of a joining node", "activate")
    }
    guard activeCount == 0 || known.named > 0 && known.answers.count >= needed(known) else {
      let allowed =
        known.named == 0
        ? "activate once the root has answered its request to join, or when no other is active"
        : "activate once \(needed(known)) nodes have said what their leaf sets are, or are lost"
      return refusal(node, allowed, "activate")
    }
    enter(node)
    return nil
  }

  private mutating func enter(_ node: UInt32) {
    nodes[Int(node)].phase = .activated
    nodes[Int(node)].named = 0
    nodes[Int(node)].answers = []
    nodes[Int(node)].wasTold = true
    nodes[Int(node)].wasActive = true
    activeCount += 1
  }

  /// Somebody has said what its leaf set is, or is lost.
  mutating func hear(_ node: UInt32, _ peer: UInt32) {
    let known = nodes[Int(node)]
    guard known.isSettling, known.answers.count < leafSetSize else { return }
    nodes[Int(node)].answers.insert(peer)
  }

  mutating func findFailed(_ node: UInt32, _ peer: UInt32) -> ModelRefusal? {
    guard nodes[Int(node)].isRunning, node != peer else {
      return refusal(node, "findFailed at a node that runs, of another one", "findFailed \(peer)")
    }
    hear(node, peer)
    return nil
  }

  // MARK: lookups

  /// Counts a step that cannot be judged, when its node has forgotten something.
  /// - Returns: whether it has.
  mutating func forgives(_ hasForgotten: Bool) -> Bool {
    if hasForgotten { notJudged += 1 }
    return hasForgotten
  }

  mutating func lookUp(_ node: UInt32, _ tag: UInt64) -> ModelRefusal? {
    guard nodes[Int(node)].phase == .activated, !openLookups.contains(tag) else {
      return refusal(
        node, "lookUp at an activated node, with a tag that is not open", "lookUp, tag \(tag)")
    }
    openLookups.insert(tag)
    nodes[Int(node)].carries.add(tag)
    return nil
  }

  mutating func deliver(_ node: UInt32, _ tag: UInt64) -> ModelRefusal? {
    guard nodes[Int(node)].phase == .activated else {
      return refusal(node, "deliver at an activated node", "deliver, tag \(tag)")
    }
    let left = nodes[Int(node)].carries[tag]
    guard left ?? 0 > 0 || forgives(nodes[Int(node)].carries.hasForgotten) else {
      return refusal(
        node, "deliver once for each time that the lookup has come to the node",
        "deliver, tag \(tag), which has "
          + (left == nil ? "not come here" : "been delivered as often"))
    }
    nodes[Int(node)].carries.take(tag)
    openLookups.remove(tag)
    return nil
  }

  mutating func drop(_ node: UInt32, _ tag: UInt64) -> ModelRefusal? {
    guard nodes[Int(node)].isRunning, openLookups.contains(tag),
      nodes[Int(node)].carries[tag] != nil || forgives(nodes[Int(node)].carries.hasForgotten)
    else {
      return refusal(
        node, "drop at a node that runs, of an open lookup that has come to it",
        "drop, tag \(tag)")
    }
    openLookups.remove(tag)
    return nil
  }
}
