/// The spans of ids that the routing failure test compares, as the coalition lets them look.
extension Lookup {
  /// Span of the densest well-formed root set that the coalition can forge: the member closest to
  /// the key in the middle, `half` consecutive members on either side.
  /// - Returns: ring units; nil if the coalition cannot fill the set.
  func forgedSpan(half: Int) -> UInt64? {
    span(around: key, rank: position, half: half) { faults.isInCoalition($0) }
  }

  /// Span of the root set with all coalition members hiding around the key.
  func honestSpan(half: Int) -> UInt64? {
    span(around: key, rank: position, half: half) { !faults.isInCoalition($0) }
  }

  /// Span of the sender's 2 `half` nearest gaps, the coalition hiding from it or not.
  func localSpan(half: Int, suppressed: Bool) -> UInt64 {
    if !suppressed { return trueSpan(around: source, half: half) }
    return span(around: graph.ring.identifier(source), rank: source, half: half) {
      !faults.isInCoalition($0)
    } ?? .max
  }

  /// Distance from the node `half` places before `node` to the one `half` places after it.
  func trueSpan(around node: UInt32, half: Int) -> UInt64 {
    graph.ring.identifier(graph.neighbor(node, half))
      &- graph.ring.identifier(graph.neighbor(node, -half))
  }

  /// Span of the 2 `half` + 1 nodes that fulfil a condition, centred on the one nearest to a point.
  private func span(
    around point: UInt64, rank: UInt32, half: Int, where condition: (UInt32) -> Bool
  ) -> UInt64? {
    guard let nearestAbove = member(1, from: rank, step: 1, where: condition),
      let nearestBelow = member(1, from: rank, step: -1, where: condition)
    else { return nil }
    let clockwise = graph.ring.identifier(nearestAbove) &- point
    let counterclockwise = point &- graph.ring.identifier(nearestBelow)
    let isBelow = counterclockwise <= clockwise && clockwise != 0
    guard
      let last = member(half + (isBelow ? 0 : 1), from: rank, step: 1, where: condition),
      let first = member(half + (isBelow ? 1 : 0), from: rank, step: -1, where: condition)
    else { return nil }
    return graph.ring.identifier(last) &- graph.ring.identifier(first)
  }

  /// Member number `number` that fulfils a condition, counted from a rank on; within half a turn.
  func member(
    _ number: Int, from rank: UInt32, step: Int, where condition: (UInt32) -> Bool
  ) -> UInt32? {
    let count = graph.ring.count
    var left = number
    var node = rank == count ? 0 : rank
    if step < 0 { node = graph.neighbor(node, -1) }
    for _ in 0..<(count / 2) {
      if condition(node) {
        left -= 1
        if left == 0 { return node }
      }
      node = graph.neighbor(node, step)
    }
    return nil
  }
}
