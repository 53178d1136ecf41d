/// What a coalition has seen lately: a set that forgets the oldest entry when it is full.
struct RecentMemory<Element: Hashable & Sendable>: Sendable {
  /// The most entries.
  let capacity: Int
  private var known: Set<Element> = []
  /// The entries in the order of their coming, from `oldest` round.
  private var order: ContiguousArray<Element> = []
  private var oldest = 0

  /// An empty memory.
  /// - Precondition: `capacity > 0`.
  init(capacity: Int) {
    precondition(capacity > 0, "a memory needs room, got \(capacity)")
    self.capacity = capacity
  }

  /// The number of entries.
  var count: Int { order.count }

  /// Whether an entry is remembered.
  /// - Complexity: O(1).
  func contains(_ element: Element) -> Bool { known.contains(element) }

  /// Remembers an entry; false when it was known, which makes it no younger.
  /// - Complexity: O(1).
  mutating func insert(_ element: Element) -> Bool {
    guard known.insert(element).inserted else { return false }
    if order.count < capacity {
      order.append(element)
    } else {
      known.remove(order[oldest])
      order[oldest] = element
      oldest = (oldest + 1) % capacity
    }
    return true
  }

  /// The entry at a place in `0..<count`; places say nothing of age.
  subscript(place: Int) -> Element { order[place] }
}
