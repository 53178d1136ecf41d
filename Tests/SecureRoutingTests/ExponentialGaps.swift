import Foundation
import Randomness

/// Sums of exponential gaps in ring units, for Monte Carlo against the F law.
struct ExponentialGaps {
  var random: RandomStream
  /// The mean gap in ring units: wide enough that rounding to whole units does not show.
  static let meanGap = 0x1p32

  init(_ name: String) { random = RandomStream(StreamKey(seed: 2002)[name]) }

  /// One gap of a region that is thinner by `density`.
  mutating func gap(density: Double = 1) -> UInt64 { sum(1, density: density) }

  /// The sum of `count` gaps, from the logarithm of a product of uniforms.
  mutating func sum(_ count: Int, density: Double = 1) -> UInt64 {
    var total = 0.0
    var product = 1.0
    for _ in 0..<count {
      product *= 1 - random.unit()
      if product < 1e-200 {
        total -= log(product)
        product = 1
      }
    }
    return UInt64((total - log(product)) * Self.meanGap / density)
  }
}
