public import ProtocolTime

/// Round-trip times of the peers heard last: what the time-outs of hops are made of.
///
/// Smoothed mean and deviation as in RFC 6298. A direct-mapped cache of 64 peers: two peers that
/// fall on one entry push each other out, and a peer that is not in it has the initial time-out.
/// So the memory is 1 KiB whatever strangers send.
public struct RoundTripCache: Sendable {
  struct Entry: Equatable {
    var peer = NodeIndex.none
    var smoothed: UInt32 = 0
    var deviation: UInt32 = 0
    var heardSeconds: UInt32 = 0

    /// Whether there is more than a note; a peer at no distance at all counts as not measured.
    var hasSample: Bool { smoothed | deviation != 0 }
  }

  /// The least that a time-out lies above the mean, in microseconds: G of RFC 6298. Without it the
  /// time-out of a peer with a constant delay falls to the round trip itself.
  private static var granularity: UInt64 { 1_000 }
  private(set) var entries = InlineArray<64, Entry>(repeating: Entry())

  /// An empty cache.
  public init() {}

  /// Takes a sample.
  /// - Parameters:
  ///   - sample: from sending a request to its answer; never of a request that was sent twice.
  ///   - now: when the answer came.
  @inline(__always)
  public mutating func record(_ peer: NodeIndex, _ sample: TimeSpan, at now: Instant) {
    let micros = RoutingTable.microseconds(sample)
    let place = RoundTripCache.place(peer)
    if entries[place].peer == peer, entries[place].hasSample {
      let old = entries[place].smoothed
      let difference = old > micros ? old - micros : micros - old
      entries[place].deviation = entries[place].deviation / 4 * 3 + difference / 4
      entries[place].smoothed = old / 8 * 7 + micros / 8
    } else {
      entries[place] = Entry(peer: peer, smoothed: micros, deviation: micros / 2)
    }
    entries[place].heardSeconds = RoundTripCache.seconds(now)
  }

  /// Notes that the peer was heard, without a sample.
  public mutating func note(_ peer: NodeIndex, at now: Instant) {
    let place = RoundTripCache.place(peer)
    if entries[place].peer != peer { entries[place] = Entry(peer: peer) }
    entries[place].heardSeconds = RoundTripCache.seconds(now)
  }

  // What a hop asks changes nothing, and still may not say so: all 64 would be copied first.

  /// Whether there is a sample of the peer.
  @inline(__always)
  public mutating func knows(_ peer: NodeIndex) -> Bool {
    let entry = entries[RoundTripCache.place(peer)]
    return entry.peer == peer && entry.hasSample
  }

  /// How long to wait for the peer's answer: the mean and four deviations, at least a
  /// millisecond above the mean and at least `lowest`; `initial` for a peer that is not in the
  /// cache.
  @inline(__always)
  public mutating func timeout(for peer: NodeIndex, initial: TimeSpan, lowest: TimeSpan) -> TimeSpan
  {
    let entry = entries[RoundTripCache.place(peer)]
    guard entry.peer == peer, entry.hasSample else { return initial }
    let margin = max(RoundTripCache.granularity, 4 * UInt64(entry.deviation))
    let micros = UInt64(entry.smoothed) + margin
    return min(initial, max(lowest, .microseconds(micros)))
  }

  /// Whether an answer of the peer came within the last `span`, to the second.
  public func heard(_ peer: NodeIndex, within span: TimeSpan, at now: Instant) -> Bool {
    let entry = entries[RoundTripCache.place(peer)]
    guard entry.peer == peer else { return false }
    let seconds = RoundTripCache.seconds(now)
    return UInt64(seconds - min(seconds, entry.heardSeconds)) < span.nanoseconds / 1_000_000_000
  }

  private static func seconds(_ now: Instant) -> UInt32 {
    UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000_000)
  }

  @inline(__always)
  static func place(_ peer: NodeIndex) -> Int {
    Int((peer.number &* 0x9E37_79B1) >> 26)
  }
}
