public import Randomness

/// The plane model of a network: nodes at uniformly random places of a square.
///
/// Source: [Rowstron01], experimental results: each node has a random place in a plane of 1000 by
/// 1000, and proximity is the Euclidean metric between two places.
public enum Plane {
  /// The length of each side, in plane units.
  public static let side: Float = 1000

  /// Places of `count` nodes, uniform on the square with corners (0, 0) and (`side`, `side`).
  ///
  /// Place i depends on the stream and on i alone, so a larger overlay extends a smaller one. Each
  /// place takes one word of the stream; a coordinate is one of 2^24 equally spaced values.
  /// - Precondition: `count >= 0`.
  /// - Complexity: O(count).
  public static func positions(count: Int, stream: StreamKey) -> [SIMD2<Float>] {
    precondition(count >= 0, "a plane cannot have \(count) nodes")
    var source = RandomStream(stream)
    var places: [SIMD2<Float>] = []
    places.reserveCapacity(count)
    for _ in 0..<count { places.append(position(of: source.next())) }
    return places
  }

  /// The place that one random word stands for.
  private static func position(of word: UInt64) -> SIMD2<Float> {
    let x = Float(word &>> 40)
    let y = Float((word &>> 8) & 0xFF_FFFF)
    return SIMD2(x, y) * (side * 0x1p-24)
  }

  /// The proximity of two places: their Euclidean metric.
  ///
  /// Symmetric, zero for one place, at most `side` times the square root of two.
  /// - Precondition: both places have finite coordinates.
  @inlinable
  public static func proximity(_ first: SIMD2<Float>, _ second: SIMD2<Float>)
    -> Proximity<PlaneUnit>
  {
    let difference = first - second
    return Proximity((difference * difference).sum().squareRoot())
  }
}
