/// Counts by key, of which the most recent keys are kept.
///
/// Two generations: when the younger one is full it becomes the older one, and what was in that is
/// forgotten. So memory is bounded, and the last `capacity` keys at least are known. Once anything
/// has been forgotten, any count may be too low and a missing key says nothing.
struct RecentCounts<Key: Hashable & Sendable>: Hashable, Sendable {
  /// Keys of one generation.
  let capacity: Int
  private var recent: [Key: UInt32] = [:]
  private var older: [Key: UInt32] = [:]
  /// Whether any key has ever been forgotten before it was settled.
  private(set) var hasForgotten = false

  init(capacity: Int) {
    self.capacity = capacity
  }

  /// The count of a key; nil when it is not known.
  subscript(key: Key) -> UInt32? { recent[key] ?? older[key] }

  /// Adds one.
  mutating func add(_ key: Key) {
    let count = older.removeValue(forKey: key) ?? recent[key] ?? 0
    if recent[key] == nil, recent.count == capacity {
      hasForgotten = hasForgotten || !older.isEmpty
      older = recent
      recent = [:]
    }
    recent[key] = count == .max ? .max : count + 1
  }

  /// Takes one off; the key stays known.
  mutating func take(_ key: Key) {
    if let count = recent[key], count > 0 { recent[key] = count - 1 }
    if let count = older[key], count > 0 { older[key] = count - 1 }
  }

  /// Takes one off and forgets the key at zero.
  mutating func settle(_ key: Key) {
    take(key)
    if recent[key] == 0 { recent[key] = nil }
    if older[key] == 0 { older[key] = nil }
  }

  /// Sets all counts to zero; the keys stay known.
  mutating func zero() {
    recent = recent.mapValues { _ in 0 }
    older = older.mapValues { _ in 0 }
  }
}
