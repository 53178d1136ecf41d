extension PrefixWalk {
  /// The rare case of prefix routing: the slot of the key's next digit is empty. [Rowstron01] 2.3
  ///
  /// Among the nodes that `owner` knows (leaf set and routing table) and that share at least `row`
  /// digits with the key, the one closest to it. Only three kinds can win: the leaf set's ends, the
  /// first non-empty slot of the row on either side of the key's digit, and, if that slot is the
  /// owner's own digit, the owner's deeper rows on the key's side. The result is strictly closer to
  /// the key than the owner, because the key lies beyond one end of its leaf set. On equal
  /// distance the node counterclockwise of the key wins.
  /// - Complexity: O(2^b) slots, more only while the leaf set's end stays in the owner's block.
  @inline(never)
  func nearestKnown(to key: UInt64, row: Int, owner: UInt32) -> UInt32 {
    let geometry = columns.geometry
    let ring = columns.ring
    let count = ring.count
    let upper = owner &+ half >= count ? owner &+ half &- count : owner &+ half
    let lower = owner < half ? owner &+ count &- half : owner &- half
    var best = emptySlot
    var bestDistance = UInt64.max
    func offer(_ node: UInt32) {
      let identifier = ring.identifier(node)
      guard row == 0 || geometry.sharedPrefixLength(identifier, key) >= row else { return }
      let clockwise = identifier &- key
      let distance = min(clockwise, 0 &- clockwise)
      let isBelow = clockwise != distance || clockwise == 0
      if distance < bestDistance || (distance == bestDistance && isBelow) {
        best = node
        bestDistance = distance
      }
    }
    offer(upper)
    offer(lower)
    guard row < geometry.wholeDigits else { return best }
    let wanted = geometry.digit(key, row: row)
    let own = geometry.digit(ring.identifier(owner), row: row)
    for step in [-1, 1] {
      var digit = wanted
      for _ in 1..<geometry.base {
        digit += step
        if digit < 0 || digit >= geometry.base {
          // Rows above 0 end with their block; row 0 is the whole ring.
          if row > 0 { break }
          digit &= geometry.base - 1
        }
        if digit == own {
          offerOwnBlock(
            owner: owner, end: step < 0 ? upper : lower, row: row + 1, step: step, offer: offer)
          break
        }
        let node = columns.node(in: row, digit: digit, of: owner)
        if node != emptySlot {
          offer(node)
          break
        }
      }
    }
    return best
  }

  /// Offers the owner's deeper slots on the key's side while its leaf set does not cover them.
  private func offerOwnBlock(
    owner: UInt32, end: UInt32, row: Int, step: Int, offer: (UInt32) -> Void
  ) {
    let geometry = columns.geometry
    let identifier = columns.ring.identifier(owner)
    var row = row
    while row < geometry.wholeDigits,
      geometry.sharedPrefixLength(columns.ring.identifier(end), identifier) >= row
    {
      let own = geometry.digit(identifier, row: row)
      // The key lies above the block when it is left downwards (step -1), so scan from the top.
      var digit = step < 0 ? geometry.base - 1 : 0
      while digit != own {
        let node = columns.node(in: row, digit: digit, of: owner)
        if node != emptySlot {
          offer(node)
          return
        }
        digit += step
      }
      row += 1
    }
  }
}
