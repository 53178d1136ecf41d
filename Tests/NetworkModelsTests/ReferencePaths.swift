import NetworkModels

/// Shortest paths by a second, plain implementation that searches the whole graph.
struct ReferencePaths {
  private let graph: TransitStubGraph
  private var neighbours: [[(router: Int, length: UInt64)]]

  init(_ graph: TransitStubGraph) {
    self.graph = graph
    neighbours = Array(repeating: [], count: graph.routerCount)
    for link in graph.links {
      neighbours[Int(link.first)].append((Int(link.second), UInt64(link.length)))
      neighbours[Int(link.second)].append((Int(link.first), UInt64(link.length)))
    }
  }

  /// To all routers along any links.
  func anyPath(from source: Int) -> [UInt64] {
    search(from: source, states: graph.routerCount) { router in
      neighbours[router].map { ($0.router, $0.length) }
    }
  }

  /// To one router along the links that the policy of stub domains allows.
  ///
  /// States are (router, phase): 0 in the domain of the source, 1 in the core, 2 in the domain of
  /// the target; phases never go back.
  func policyPath(from source: Int, to target: Int) -> UInt64 {
    let count = graph.routerCount
    let home = graph.stubDomains[source]
    let goal = graph.stubDomains[target]
    if home != nil && home == goal {
      return search(from: source, states: count) { router in
        neighbours[router].filter { graph.stubDomains[$0.router] == home }
          .map { ($0.router, $0.length) }
      }[target]
    }
    let start = home == nil ? count + source : source
    let lengths = search(from: start, states: 3 * count) { state in
      let phase = state / count
      return neighbours[state % count].compactMap { neighbour in
        let domain = graph.stubDomains[neighbour.router]
        var next: Int?
        if domain == nil {
          next = phase <= 1 ? 1 : nil
        } else if domain == goal {
          next = 2
        } else if domain == home && phase == 0 {
          next = 0
        }
        return next.map { ($0 * count + neighbour.router, neighbour.length) }
      }
    }
    return goal == nil ? lengths[count + target] : lengths[2 * count + target]
  }

  /// Dijkstra without a heap: each round takes the nearest open state.
  private func search(
    from source: Int, states: Int, _ links: (Int) -> [(Int, UInt64)]
  ) -> [UInt64] {
    var best = [UInt64](repeating: .max, count: states)
    var isDone = [Bool](repeating: false, count: states)
    var open = [source]
    best[source] = 0
    while let place = open.indices.min(by: { best[open[$0]] < best[open[$1]] }) {
      let state = open.remove(at: place)
      if isDone[state] { continue }
      isDone[state] = true
      for (next, length) in links(state) where best[state] + length < best[next] {
        best[next] = best[state] + length
        open.append(next)
      }
    }
    return best
  }
}
