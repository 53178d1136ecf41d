/// A reproducible stream of random bits: xoshiro256** seeded by SplitMix64 from a `StreamKey`.
///
/// Source: [Blackman21] for the generator, [Steele14] for the seeding.
/// The same key gives the same bits on every machine, in every build and on any number of threads.
/// Not for secrets: certificates and nodeIds come from the system's generator.
/// - Complexity: O(1) per draw, about 1.2 ns.
@frozen
public struct RandomStream: RandomNumberGenerator, Sendable {
  @usableFromInline var s0: UInt64
  @usableFromInline var s1: UInt64
  @usableFromInline var s2: UInt64
  @usableFromInline var s3: UInt64

  /// Opens the stream that `key` names.
  public init(_ key: StreamKey) {
    var left = SplitMix64(state: key.left)
    var right = SplitMix64(state: key.right)
    s0 = left.next()
    s1 = right.next()
    s2 = left.next()
    s3 = right.next()
    if s0 | s1 | s2 | s3 == 0 { s0 = 1 }
  }

  /// Starts from an explicit state, for known-answer tests.
  /// - Precondition: not all four words are zero.
  public init(state: (UInt64, UInt64, UInt64, UInt64)) {
    (s0, s1, s2, s3) = state
    precondition(s0 | s1 | s2 | s3 != 0, "xoshiro256** must not start from the zero state")
  }

  /// The next 64 uniformly random bits.
  @inlinable
  public mutating func next() -> UInt64 {
    let product = s1 &* 5
    let result = ((product &<< 7) | (product &>> 57)) &* 9
    let t = s1 &<< 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = (s3 &<< 45) | (s3 &>> 19)
    return result
  }

  /// A uniformly random index in `0..<count`, by one multiplication.
  ///
  /// The bias is below `count / 2^64`, under 2^-32 for every index that fits a `NodeIndex`.
  /// - Precondition: `count > 0`.
  @inlinable
  public mutating func index(below count: UInt32) -> UInt32 {
    assert(count > 0, "a random index needs a non-empty range")
    return UInt32(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(count)).high)
  }

  /// A uniformly random number in `[0, 1)` with 53 random bits.
  @inlinable
  public mutating func unit() -> Double {
    Double(next() &>> 11) * 0x1p-53
  }
}

/// SplitMix64, used to expand a key into a generator state. Source: [Steele14].
@frozen
public struct SplitMix64: RandomNumberGenerator, Sendable {
  @usableFromInline var state: UInt64

  /// Starts from `state`.
  @inlinable
  public init(state: UInt64) {
    self.state = state
  }

  /// The next 64 bits.
  @inlinable
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return splitMix64(state)
  }
}
