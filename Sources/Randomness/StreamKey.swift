/// Names one random stream by a path of numbers and words.
///
/// Every consumer of randomness derives its own key, for example
/// `StreamKey(seed: 7)["overlay"][3]["faults"]`, and so draws from a stream that no other consumer
/// shares. Adding a consumer never shifts another one, and any stream is reached directly from its
/// name: nothing has to be drawn before it.
/// - Complexity: O(1) per number, O(bytes) per word; no allocation.
@frozen
public struct StreamKey: Hashable, Sendable, BitwiseCopyable {
  /// Two 64-bit halves that absorb the path; unrelated paths collide with probability 2^-128.
  @usableFromInline let left: UInt64
  @usableFromInline let right: UInt64

  /// The root of all streams of one seed.
  public init(seed: UInt64) {
    left = splitMix64(seed &+ 0x9E37_79B9_7F4A_7C15)
    right = splitMix64(seed ^ 0xD1B5_4A32_D192_ED03)
  }

  private init(left: UInt64, right: UInt64) {
    self.left = left
    self.right = right
  }

  /// The child stream with this number.
  public subscript(number: UInt64) -> StreamKey {
    absorb(number, tag: 1)
  }

  /// The child stream with this number.
  /// - Precondition: `number >= 0`.
  public subscript(number: Int) -> StreamKey {
    precondition(number >= 0, "a stream number must not be negative, got \(number)")
    return absorb(UInt64(number), tag: 1)
  }

  /// The child stream with this name; its UTF-8 bytes are absorbed, then their count.
  public subscript(name: String) -> StreamKey {
    var key = self
    var count: UInt64 = 0
    for byte in name.utf8 {
      key = key.absorb(UInt64(byte), tag: 2)
      count &+= 1
    }
    return key.absorb(count, tag: 3)
  }

  /// The random words of one of very many numbered things, such as the nodes of an overlay.
  ///
  /// Opens for a fraction of a `RandomStream`'s price, so that what a word decides about a thing
  /// can be computed whenever it is asked for and need not be stored. Each thing has its own start
  /// of the SplitMix64 sequence: n things that use 32 words each overlap somewhere with probability
  /// below n^2 / 2^58.
  /// - Complexity: O(1), about 1 ns to open and per word.
  @inlinable
  public func words(of number: UInt64) -> SplitMix64 {
    SplitMix64(state: left ^ splitMix64(number &+ right))
  }

  private func absorb(_ value: UInt64, tag: UInt64) -> StreamKey {
    StreamKey(
      left: splitMix64(left ^ splitMix64(value &+ tag &* 0x9E37_79B9_7F4A_7C15)),
      right: splitMix64(
        right &+ splitMix64(value ^ (tag &* 0xBF58_476D_1CE4_E5B9)) &* 0x2545_F491_4F6C_DD1D))
  }
}

/// The finalizer of SplitMix64, a bijection on 64 bits. Source: [Steele14].
@inlinable
public func splitMix64(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z &>> 31)
}
