import Adversary
import Randomness

/// A batch's random senders and keys, the same whatever the router, adversary and method.
struct RandomLookups {
  private var random: RandomStream
  private let count: UInt32
  private let excluded: Range<UInt32>
  private let target: UInt64?

  init(_ cell: SamplingCell, batch: Int) {
    random = RandomStream(cell.stream["routes"][batch])
    let chosen = cell.overlay.chosenNodes ?? 0..<0
    excluded = UInt32(chosen.lowerBound)..<UInt32(chosen.upperBound)
    count = UInt32(cell.overlay.nodeCount - chosen.count)
    target = cell.overlay.chosen?.target
  }

  /// The next lookup: a uniformly random correct sender and a uniformly random key, or the key that
  /// the adversary targets.
  @inline(__always)
  mutating func next() -> (source: UInt32, key: UInt64) {
    var source = random.index(below: count)
    if _slowPath(source >= excluded.lowerBound && !excluded.isEmpty) {
      source &+= UInt32(truncatingIfNeeded: excluded.count)
    }
    let key = random.next()
    return (source, target ?? key)
  }
}
