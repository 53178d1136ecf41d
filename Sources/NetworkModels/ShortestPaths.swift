/// Dijkstra's algorithm over a fixed set of links, one source at a time.
struct ShortestPaths {
  /// The length of "no path".
  static let unreachable = UInt32.max

  private let starts: [Int]
  private let ends: [UInt32]
  private let lengths: [UInt32]
  /// The length of the best path to each router that the last search reached.
  private(set) var best: [UInt32]
  /// The routers that the last search reached, nearest first.
  private(set) var reached: [UInt32] = []
  private var heap: [(length: UInt32, router: UInt32)] = []

  /// Arranges the links by their ends.
  ///
  /// The caller bounds lengths and sizes so that every path is shorter than 2^32 - 1.
  /// - Complexity: O(routers + links).
  init(routerCount: Int, links: [TransitStubGraph.Link]) {
    var starts = [Int](repeating: 0, count: routerCount + 1)
    for link in links {
      starts[Int(link.first) + 1] += 1
      starts[Int(link.second) + 1] += 1
    }
    for router in 0..<routerCount { starts[router + 1] += starts[router] }
    var next = starts
    var ends = [UInt32](repeating: 0, count: 2 * links.count)
    var lengths = ends
    for link in links {
      for (from, to) in [(link.first, link.second), (link.second, link.first)] {
        ends[next[Int(from)]] = to
        lengths[next[Int(from)]] = link.length
        next[Int(from)] += 1
      }
    }
    self.starts = starts
    self.ends = ends
    self.lengths = lengths
    best = [UInt32](repeating: Self.unreachable, count: routerCount)
  }

  /// Finds the shortest paths from one router to all that it can reach.
  /// - Complexity: O(links of its component times their logarithm).
  mutating func search(from source: UInt32) {
    for router in reached { best[Int(router)] = Self.unreachable }
    reached.removeAll(keepingCapacity: true)
    best[Int(source)] = 0
    push(0, source)
    while let (length, router) = pop() {
      if length > best[Int(router)] { continue }
      reached.append(router)
      for link in starts[Int(router)]..<starts[Int(router) + 1] {
        let through = length + lengths[link]
        if through < best[Int(ends[link])] {
          best[Int(ends[link])] = through
          push(through, ends[link])
        }
      }
    }
  }

  private mutating func push(_ length: UInt32, _ router: UInt32) {
    var child = heap.count
    heap.append((length, router))
    while child > 0 {
      let parent = (child - 1) / 2
      if heap[parent].length <= heap[child].length { return }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private mutating func pop() -> (length: UInt32, router: UInt32)? {
    guard let top = heap.first, let last = heap.popLast() else { return nil }
    if heap.isEmpty { return top }
    heap[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= heap.count { return top }
      if child + 1 < heap.count, heap[child + 1].length < heap[child].length { child += 1 }
      if heap[parent].length <= heap[child].length { return top }
      heap.swapAt(parent, child)
      parent = child
    }
  }
}
