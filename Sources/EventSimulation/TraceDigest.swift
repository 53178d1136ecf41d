import ProtocolTime
import Randomness

/// A number that stands for all events of a run in their order.
///
/// Two runs with the same digest took the same events: 128 bits, not made against an adversary.
public struct TraceDigest: Hashable, Sendable, CustomStringConvertible {
  private var left: UInt64 = 0x243F_6A88_85A3_08D3
  private var right: UInt64 = 0x1319_8A2E_0370_7344

  /// The digest of no events.
  public init() {}

  /// Takes in one event: its place in the order and what it carries.
  mutating func absorb(_ event: Event, detail: UInt64) {
    left = splitMix64(left ^ event.key.time.nanoseconds) &+ event.key.order
    right = splitMix64(right &+ event.key.order) ^ (UInt64(event.key.sequence) << 32 | detail)
  }

  /// 32 hexadecimal digits.
  public var description: String {
    [left, right].map { word in
      let digits = String(splitMix64(word), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
