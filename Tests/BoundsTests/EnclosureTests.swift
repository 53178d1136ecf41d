import Randomness
import Testing

@testable import Bounds

@Suite struct EnclosureTests {
  /// Computed by PARI/GP 2.15.2 with 80 digits, and cut off.
  @Test(
    "exponentials, logarithms and roots to fifty digits",
    arguments: [
      (Enclosure(1).exponential, "2.7182818284590452353602874713526624977572470936999…"),
      (
        Enclosure(Rational(-7, 2)).exponential,
        "0.030197383422318500739786292363619845071660532247657…"
      ),
      (Enclosure(200).exponential, "7.2259737681257492581774770421893056973568744285273…e86"),
      (Enclosure(2).logarithm, "0.69314718055994530941723212145817656807550013436025…"),
      (
        Enclosure(Rational(9, 10)).logarithm,
        "-0.10536051565782630122750098083931279830612037298327…"
      ),
      (
        Enclosure(Rational(1, 1_000_000)).logarithm,
        "-13.815510557964274104107948728106185245606608931772…"
      ),
      (Enclosure(5).squareRoot, "2.2360679774997896964091736687312762354406183596115…"),
      (
        Enclosure(Rational(1, 7)).squareRoot,
        "0.37796447300922722721451653623418006081575131186892…"
      ),
    ])
  func digits(enclosure: Enclosure, text: String) throws {
    #expect(try #require(CertifiedDecimal(enclosure, digits: 50)).description == text)
  }

  private static func draw(_ stream: inout RandomStream) -> Rational {
    Rational(Int(stream.next() % 20_001) - 10_000, Int(stream.next() % 999) + 1)
  }

  @Test("the exact result of exact arguments is inside, at any precision")
  func inclusion() {
    var stream = RandomStream(StreamKey(seed: 9)["inclusion"])
    for bits in [16, 17, 53, 192] {
      for _ in 0..<200 {
        let (a, b) = (Self.draw(&stream), Self.draw(&stream))
        let (x, y) = (Enclosure(a, bits: bits), Enclosure(b, bits: bits))
        #expect((x + y).contains(a + b))
        #expect((x - y).contains(a - b))
        #expect((x * y).contains(a * b))
        #expect(x.power(5).contains(a.power(5)))
        if b.sign != 0 { #expect((x / y).contains(a / b)) }
        let (low, high) = (min(a, b), max(a, b))
        let wide = Enclosure(from: low, to: high, bits: bits)
        #expect((wide * wide).contains(low * high))
        #expect((-wide).contains(-low))
      }
    }
  }

  @Test("exponential and logarithm undo each other, and roots square back")
  func inverses() {
    var stream = RandomStream(StreamKey(seed: 10)["inverses"])
    for bits in [24, 64, 192] {
      for _ in 0..<40 {
        let number = Self.draw(&stream) / 100
        let image = Enclosure(number, bits: bits).exponential
        #expect(image.logarithm.contains(number))
        let positive = number.sign < 0 ? -number : number + 1
        let root = Enclosure(positive, bits: bits).squareRoot
        #expect((root * root).contains(positive))
        let half = Enclosure(positive, bits: bits).power(Enclosure(Rational(1, 2), bits: bits))
        #expect(half.high >= root.low && half.low <= root.high)
      }
    }
  }

  @Test("ends stand close together: within some units of the last bit")
  func width() {
    var stream = RandomStream(StreamKey(seed: 11)["width"])
    for _ in 0..<50 {
      let number = Self.draw(&stream)
      guard number.sign > 0 else { continue }
      for result in [
        Enclosure(number).logarithm, Enclosure(number / 50).exponential,
        Enclosure(number).squareRoot,
      ] {
        let (low, high) = (result.low.rational, result.high.rational)
        let size = high.sign > 0 && low.sign < 0 ? Rational(1) : (low.sign < 0 ? -low : high)
        #expect(high - low <= size / Rational(BigInteger.powerOfTwo(180)))
      }
    }
  }

  @Test("an end that is moved inward by a part in 2^180 loses the number: the check can fail")
  func planted() {
    let third = Enclosure(Rational(1, 3))
    let nudge = Rational(1, 1) / Rational(BigInteger.powerOfTwo(180))
    #expect(!Enclosure(from: third.low.rational + nudge, to: 1).contains(Rational(1, 3)))
    #expect(third.contains(1.0 / 3, relative: Rational(1, 1_000_000_000_000_000)))
    #expect(!third.contains(1.0 / 3))
  }

  @Test("zero to a power, and powers of what reaches down to zero")
  func zeroPower() {
    #expect(Enclosure(0).power(Enclosure(Rational(1, 2))).contains(Rational(0)))
    let reach = Enclosure(from: 0, to: Rational(1, 4)).power(Enclosure(Rational(1, 2)))
    #expect(reach.contains(Rational(0)) && reach.contains(Rational(1, 2)))
  }

  @Test("sums far apart in size keep the exact one inside, no wider than rounding it")
  func farApart() {
    var stream = RandomStream(StreamKey(seed: 12)["far apart"])
    for bits in [16, 53] {
      for gap in [0, 1, bits - 1, bits, bits + 1, bits + 2, bits + 3, bits + 4, 200, 900] {
        for _ in 0..<40 {
          let (a, b) = (Self.draw(&stream), Self.draw(&stream) / Rational(.powerOfTwo(gap)))
          let (x, y) = (Enclosure(a, bits: bits), Enclosure(b, bits: bits))
          for (sum, low, high) in [
            (x + y, x.low + y.low, x.high + y.high), (y + x, x.low + y.low, x.high + y.high),
            (x - y, x.low + -y.high, x.high + -y.low),
          ] {
            #expect(sum.low <= low && high <= sum.high)
            #expect(sum.low == low.rounded(bits, .down) && sum.high == high.rounded(bits, .up))
          }
          #expect((x + y).contains(a + b) && (y - x).contains(b - a))
        }
      }
    }
  }

  @Test("wide operands and powers of two keep their side when rounded sums skip the small one")
  func farApartOperands() {
    for bits in [16, 24] {
      let wide = Dyadic(.powerOfTwo(bits + 40) + 1)
      for large in [wide, -wide, .one, -.one, Dyadic(-1, exponent: 300)] {
        for place in [-3, -2, -1, 0, 1] {
          let exponent = large.magnitudeExponent - bits + place
          for small in [Dyadic(1, exponent: exponent), Dyadic(-3, exponent: exponent)] {
            #expect(Dyadic.sum(large, small, bits: bits, .down) <= large + small)
            #expect(Dyadic.sum(small, large, bits: bits, .up) >= large + small)
            #expect(Dyadic.sum(large, small, bits: bits, .up).significand.bitWidth <= bits)
          }
        }
      }
    }
  }

  @Test("exponents a billion apart are not lined up")
  func billion() throws {
    let small = Enclosure(Rational(1, 200)).power(1 << 30)
    let rest = Enclosure(1) - small
    #expect(rest.low < .one && rest.high == .one)
    #expect(rest.low.rational == 1 - 1 / Rational(.powerOfTwo(Enclosure.defaultBits)))
    let more = small + Enclosure(1)
    #expect(more.low == .one && more.high > .one)
    #expect(more.high.rational == 1 + 1 / Rational(.powerOfTwo(Enclosure.defaultBits - 1)))
    #expect((-small - Enclosure(1)).high == -.one)
    #expect(Enclosure(small.low, .one, bits: 64).double == 0.5)
    #expect(small.double == 0)
  }
}
