/// Decides the bucket width from what the buckets held when they were reached.
///
/// Only numbers of events enter, never a clock, so that equal runs tune equally (and the order of
/// events does not depend on the width at all). Events of one nanosecond cannot be parted by
/// narrower buckets: narrowing goes by distinct times, widening by events.
struct LadderTuning {
  /// Log2 of the narrowest and the widest bucket, in nanoseconds: 16 ns to 13 days.
  static var shifts: ClosedRange<UInt64> { 4...50 }
  /// Events per bucket that a new width aims at, within a factor of sqrt(2): the middle of 8 to 32,
  /// between which prototypes differed little.
  static var target: Double { 16 }
  /// Mean distinct times per bucket above which buckets become narrower.
  static var crowded: Int { 40 }
  /// Mean events per bucket below which buckets become wider.
  static var sparse: Int { 7 }

  private var buckets = 0
  private var events = 0
  private var distinct = 0
  private var firstBucket: UInt64 = 0
  private var lastBucket: UInt64 = 0
  /// Events that went through buckets since the last change of the width. The first change is free.
  private var sinceChange = 1 << 40

  /// Counts a bucket that has been reached.
  @inline(__always)
  mutating func opened(_ bucket: UInt64, events more: Int, distinct times: Int) {
    if buckets == 0 { firstBucket = bucket }
    lastBucket = bucket
    buckets &+= 1
    events &+= more
    distinct &+= times
  }

  /// Counts an event that came late, into the current bucket.
  @inline(__always)
  mutating func inserted(distinct isDistinct: Bool) {
    events &+= 1
    if isDistinct { distinct &+= 1 }
  }

  /// Whether enough has been seen to judge.
  @inline(__always)
  var isDue: Bool { buckets >= 64 || events >= 4096 }

  /// Judges the width and starts counting anew.
  ///
  /// A change costs a move of all `count` events, so it waits until half as many have passed.
  /// - Returns: log2 of the new width; nil to keep the present one.
  mutating func decide(shift: UInt64, count: Int) -> UInt64? {
    sinceChange &+= events
    let wanted = wish(shift: shift)
    buckets = 0
    events = 0
    distinct = 0
    if wanted == shift || sinceChange < count / 2 { return nil }
    sinceChange = 0
    return wanted
  }

  private func wish(shift: UInt64) -> UInt64 {
    let visited = max(1, buckets)
    var wanted = shift
    if distinct > LadderTuning.crowded &* visited {
      var mean = Double(distinct) / Double(visited)
      while mean > LadderTuning.target * 1.5, wanted > LadderTuning.shifts.lowerBound {
        mean /= 2
        wanted &-= 1
      }
    } else if events < LadderTuning.sparse &* visited {
      let covered = Double(lastBucket &- firstBucket) + 1
      var mean = Double(events) / covered
      while mean < LadderTuning.target * 0.75, wanted < LadderTuning.shifts.upperBound {
        mean *= 2
        wanted &+= 1
      }
    }
    return wanted
  }
}
