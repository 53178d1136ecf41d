/// Draws machine words whose bits are independently one with a given probability.
///
/// An AND/OR ladder over the binary expansion of the probability, least significant digit first: 64
/// bitwise comparisons of a random number with it. The probability is rounded to a multiple of
/// 2^-32 (so 0 and 1 are exact). Masks drawn from the same stream are coupled: a larger probability
/// gives a superset.
/// - Complexity: 32 random words per mask, about 40 ns; none for 0 and 1.
@frozen
public struct BernoulliMask: Sendable, Equatable {
  /// The probability of a one as a numerator over 2^32, in `0...2^32`.
  public let numerator: UInt64

  /// Fixes the probability of a one bit.
  /// - Precondition: `0 <= probability <= 1`.
  public init(probability: Double) {
    precondition(
      probability >= 0 && probability <= 1, "a probability must be in 0...1, got \(probability)")
    numerator = UInt64((probability * 0x1p32).rounded())
  }

  /// The next mask: 64 independent bits.
  @inlinable
  public func next(from stream: inout RandomStream) -> UInt64 {
    if numerator == 0 { return 0 }
    if numerator == 1 &<< 32 { return ~0 }
    var digits = numerator
    var word: UInt64 = 0
    for _ in 0..<32 {
      let bits = stream.next()
      word = digits & 1 == 1 ? word | bits : word & bits
      digits &>>= 1
    }
    return word
  }
}
