public import RingIdentifiers

/// Ids of an adversary's choice, packed around a target key.
///
/// Half of them on each side, 2^20 apart in the leading 64 bits: denser than any honest region.
public struct ChosenPlacement: Hashable, Sendable {
  /// The leading 64 bits of the key that the adversary wants to own.
  public let target: UInt64
  /// Number of ids.
  public let count: Int

  /// Between two ids, in the leading 64 bits.
  static let spacing: UInt64 = 1 << 20

  /// Places `count` ids around `target`.
  /// - Precondition: `count` in 1...4096; the target is far enough from the ring's origin.
  public init(target: UInt64, count: Int) {
    precondition((1...4096).contains(count), "a placement needs 1 to 4096 ids, got \(count)")
    precondition(
      target > 1 << 40 && target < UInt64.max - 1 << 40,
      "the target key must keep 2^40 from the ring's origin")
    self.target = target
    self.count = count
  }

  /// The ids, ascending; none equals the target.
  public var identifiers: [UInt64] {
    let below = UInt64(count / 2)
    return (0..<UInt64(count)).map { index in
      let step = ChosenPlacement.spacing
      return index < below
        ? target - (below - index) * step : target + (index - below + 1) * step
    }
  }

  /// The same as nodeIds; the bits that nobody chose are zero.
  public var nodeIds: ContiguousArray<NodeId> {
    ContiguousArray(identifiers.map { NodeId(UInt160(high: $0, middle: 0, low: 0)) })
  }

  /// The key in their middle, with the same number of ids above and below if that is even.
  public var key: Key { Key(UInt160(high: target, middle: 0, low: 0)) }

  /// The first of others' leading 64 bits that lie among the chosen ids, where there must be none.
  public func enclosed(among leadingBits: some Sequence<UInt64>) -> UInt64? {
    let reach = UInt64(count + 1) * ChosenPlacement.spacing
    return leadingBits.first { $0 >= target - reach && $0 <= target + reach }
  }
}
