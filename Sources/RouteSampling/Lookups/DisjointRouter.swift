/// Settings of `disjoint`.
public struct DisjointParameters: Hashable, Sendable {
  /// Lookups that share no node, d.
  public let paths: Int
  /// Nodes that a routing table slot holds, the choices of a path at every hop.
  public let slotEntries: Int

  /// Names the settings.
  public init(paths: Int = 8, slotEntries: Int = 8) {
    self.paths = paths
    self.slotEntries = slotEntries
  }
}

/// d iterative lookups that share no node. [Baumgart07]
///
/// The sender drives all paths in step. They start at different entries of the sender's own slot;
/// every node asked answers with its slot for the key's next digit, and the path goes on to the
/// entry nearest to the middle of the slot that no path has used. A path ends at a node that has
/// the root in its leaf set; the sender takes the closest certified root that any path found.
///
/// The adversary's best response, played against `impersonate-root`: a faulty node names coalition
/// members only, so its path is lost; the lookup is delivered if any path met correct nodes alone.
/// A silent node costs a timeout, and the path tries the next entry that it was told.
/// - Deviation: the published design routes by XOR distance in Kademlia buckets; this one takes
///   the same slots as the other routers, so that they can be compared.
struct DisjointRouter: LookupRouter {
  let parameters: DisjointParameters

  private struct Path {
    /// What the last answer named: consecutive nodes, tried by distance from their middle.
    var first: UInt32
    var count: Int
    var isOpen = true
    /// A liar has taken the path over; it goes on among accomplices as long as others do.
    var isCaptured = false
  }

  func route(_ lookup: Lookup, _ scratch: LookupScratch) -> LookupReport {
    let graph = lookup.graph
    var report = LookupReport(isDelivered: false)
    if lookup.isLocal {
      report.isDelivered = lookup.deliversFromLeafSet
      report.cost.send(graph.leafSetSize, of: MessageSizes.request)
      return report
    }
    // `nodes` holds the nodes that a path has used.
    scratch.nodes.removeAll(keepingCapacity: true)
    let start = slot(of: lookup.source, lookup)
    var paths = [Path](
      repeating: Path(first: start.first, count: start.count), count: parameters.paths)
    var arrived = 0
    // Hops get strictly closer to the key, and a path tries an entry once.
    for _ in 0..<(4 * graph.geometry.wholeDigits)
    where paths.contains(where: { $0.isOpen && !$0.isCaptured }) {
      var silent = 0
      var asked = 0
      for index in paths.indices where paths[index].isOpen {
        if paths[index].isCaptured {
          asked += 1
          continue
        }
        guard let node = take(paths[index], lookup, scratch) else {
          paths[index].isOpen = false
          continue
        }
        asked += 1
        let isAtEnd = graph.spans(node, lookup.position)
        if isAtEnd && lookup.delivers(node) { arrived += 1 }
        if lookup.faults.isFaulty(node) {
          if lookup.faultyNodesLie { paths[index].isCaptured = true } else { silent += 1 }
        } else if isAtEnd {
          paths[index].isOpen = false
        } else {
          let answer = slot(of: node, lookup)
          paths[index].first = answer.first
          paths[index].count = answer.count
        }
      }
      if asked == 0 { break }
      report.hops += 1
      report.cost.send(asked, of: MessageSizes.request)
      report.cost.send(
        asked - silent,
        of: MessageSizes.answer(certificates: parameters.slotEntries + 1))
      report.cost.send(silent * lookup.diversions, of: MessageSizes.request)
      report.cost.wait(missing: silent > 0)
    }
    report.isDelivered = arrived > 0 && lookup.deliversFromLeafSet
    report.isForgeryAccepted = arrived == 0 && lookup.faultyNodesLie
    report.cost.send(graph.leafSetSize + 1, of: MessageSizes.request)
    return report
  }

  /// What a correct node answers.
  private func slot(of node: UInt32, _ lookup: Lookup) -> (first: UInt32, count: Int) {
    lookup.graph.slot(of: node, key: lookup.key, count: parameters.slotEntries)
      ?? (lookup.graph.constrained.nextHop(from: node, key: lookup.key), 1)
  }

  /// The next unused node of a path, from the middle of its slot outwards.
  private func take(_ path: Path, _ lookup: Lookup, _ scratch: LookupScratch) -> UInt32? {
    let middle = path.count / 2
    for step in 0..<(2 * path.count) {
      let offset = step % 2 == 0 ? middle + step / 2 : middle - (step + 1) / 2
      guard offset >= 0, offset < path.count else { continue }
      let node = lookup.graph.neighbor(path.first, offset)
      if !scratch.nodes.contains(node), node != lookup.source {
        scratch.nodes.append(node)
        return node
      }
    }
    return nil
  }
}
