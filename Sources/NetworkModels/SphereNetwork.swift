public import ProtocolTime
public import Randomness

/// Nodes at uniformly random points of a sphere; the delay is along the great circle.
///
/// Source: the sphere model of the Pastry and MSPastry simulators. Symmetric, and a metric up to
/// rounding to nanoseconds.
public struct SphereNetwork: Sendable {
  let places: ContiguousArray<SIMD3<Float>>
  /// The one-way delay between two opposite points.
  public let maximumDelay: TimeSpan

  /// Places `nodeCount` nodes; node i's place depends on the stream and on i alone.
  ///
  /// Points by rejection in the unit disk (Marsaglia, Annals of Mathematical Statistics 43, 1972).
  /// - Precondition: `nodeCount >= 0`.
  /// - Complexity: O(nodeCount), 16 bytes each.
  public init(nodeCount: Int, stream: StreamKey, maximumDelay: TimeSpan) {
    precondition(nodeCount >= 0, "a sphere cannot have \(nodeCount) nodes")
    self.maximumDelay = maximumDelay
    var places: ContiguousArray<SIMD3<Float>> = []
    places.reserveCapacity(nodeCount)
    for node in 0..<nodeCount {
      var words = stream.words(of: UInt64(node))
      places.append(Self.point(from: &words))
    }
    self.places = places
  }

  private static func point(from words: inout SplitMix64) -> SIMD3<Float> {
    while true {
      let x = Double(words.next() &>> 11) * 0x1p-52 - 1
      let y = Double(words.next() &>> 11) * 0x1p-52 - 1
      let s = x * x + y * y
      if s >= 1 { continue }
      let root = 2 * (1 - s).squareRoot()
      return SIMD3(Float(x * root), Float(y * root), Float(1 - 2 * s))
    }
  }

  /// The number of nodes.
  public var nodeCount: Int { places.count }

  /// The one-way delay: zero to itself, at most `maximumDelay`.
  /// - Precondition: both are below `nodeCount`.
  /// - Complexity: O(1), no allocation.
  public func delay(from: UInt32, to: UInt32) -> TimeSpan {
    let chord = SIMD3<Double>(places[Int(from)] - places[Int(to)])
    let sine = min(1, (chord * chord).sum().squareRoot() / 2)
    let share = PortableMath.arcSine(sine) * (2 / Double.pi)
    return TimeSpan(nanoseconds: roundedNanoseconds(Double(maximumDelay.nanoseconds) * share))
  }
}

/// The nearest whole number of nanoseconds, at least 0 and at most 2^63.
func roundedNanoseconds(_ value: Double) -> UInt64 {
  guard value > 0 else { return 0 }
  if value >= 0x1p51 { return value >= 0x1p63 ? 1 &<< 63 : UInt64(value.rounded()) }
  // `rounded()` calls the C library. From 2^52 on the numbers are whole: a sum is rounded to the
  // nearest one, of two to the even one, and is itself the bits of the result.
  let sum = value + 0x1p52
  let isHalfBelow = value - (sum - 0x1p52) == 0.5
  return sum.bitPattern & (1 &<< 52 &- 1) &+ (isHalfBelow ? 1 : 0)
}
