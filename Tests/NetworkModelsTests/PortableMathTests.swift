import Foundation
import Testing

@testable import NetworkModels

/// Against the C library, which is good to a unit in the last place where it is not exact.
@Suite struct PortableMathTests {
  private static func relative(_ found: Double, _ wanted: Double) -> Double {
    found == wanted ? 0 : ((found - wanted) / wanted).magnitude
  }

  @Test func logarithms() {
    #expect(PortableMath.log(1) == 0)
    #expect(PortableMath.log(2) == 0x1.62E42FEFA39EFp-1)
    var x = 0x1p-60
    while x < 0x1p60 {
      let wanted = Foundation.log(x)
      #expect((PortableMath.log(x) - wanted).magnitude <= max(wanted.magnitude, 1e-3) * 4.5e-16)
      x *= 1.0037
    }
  }

  @Test func exponentials() {
    #expect(PortableMath.exp(0) == 1)
    #expect(Self.relative(PortableMath.exp(1), 0x1.5BF0A8B145769p1) < 5e-16)
    #expect(PortableMath.exp(-701) == 0)
    #expect(PortableMath.exp(1e9).isFinite)
    var x = -699.9
    while x < 708 {
      #expect(Self.relative(PortableMath.exp(x), Foundation.exp(x)) < 5e-16, "\(x)")
      x += 0.377
    }
  }

  @Test func powers() {
    for base in [1e-15, 0.1, 0.5, 0.999, 1, 3, 1e6] {
      for exponent in [-10, -1.5, -0.3, 0, 0.1, 1, 2.5, 10] {
        let wanted = Foundation.pow(base, exponent)
        #expect(Self.relative(PortableMath.power(base, exponent), wanted) < 1e-13)
      }
    }
  }

  @Test func arcSines() {
    #expect(PortableMath.arcSine(0) == 0)
    #expect(PortableMath.arcSine(1) == Double.pi / 2)
    for step in 1...10_000 {
      let x = Double(step) / 10_000
      #expect(Self.relative(PortableMath.arcSine(x), Foundation.asin(x)) < 5e-16, "\(x)")
    }
  }

  @Test func gammaFunction() {
    var factorial = 1.0
    for n in 1...12 {
      #expect(Self.relative(PortableMath.gamma(Double(n)), factorial) < 1e-12)
      factorial *= Double(n)
    }
    #expect(Self.relative(PortableMath.gamma(1.5), Double.pi.squareRoot() / 2) < 1e-13)
  }
}
